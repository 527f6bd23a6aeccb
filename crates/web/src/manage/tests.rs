use std::collections::HashSet;

use axum::routing::MethodFilter;
use engine::Failure;
use engine::reads::StoreError;
use protocol::model::Permission;
use protocol::refusal::Reason;
use serde_json::json;

use super::all;

#[test]
fn no_call_is_in_the_table_twice() {
    let mut seen = HashSet::new();
    for route in all() {
        assert!(seen.insert((format!("{:?}", route.method), route.path)), "{}", route.path);
    }
}

#[test]
fn whoever_may_only_read_writes_nothing() {
    // MG-05: a row that writes needs more than a reading permission, whichever row it is.
    let reading = [
        Permission::ReadActivities,
        Permission::ReadAdministratorSecurity,
        Permission::ReadApplicationSecrets,
        Permission::ReadApplications,
        Permission::ReadEnvironments,
        Permission::ReadGroupRoleAssignments,
        Permission::ReadGroups,
        Permission::ReadLicenses,
        Permission::ReadOrganizations,
        Permission::ReadPopulations,
        Permission::ReadRoles,
        Permission::ReadUserRoleAssignments,
        Permission::ReadUsers,
    ];
    for route in all() {
        // A search may be long, so it comes as a body.
        let searches = (route.method, route.path) == (MethodFilter::POST, "/environments/{environment}/activities");
        let reads = route.method == MethodFilter::GET || searches;
        assert_eq!(reads, reading.contains(&route.permission), "{:?} {}", route.method, route.path);
    }
    // MG-06: secrets have a permission of their own.
    let secret = all().find(|route| route.path.ends_with("/secret") && route.method == MethodFilter::GET);
    assert_eq!(secret.map(|route| route.permission), Some(Permission::ReadApplicationSecrets));
}

#[test]
fn a_costly_filter_is_told_what_to_filter_by() {
    let failure =
        super::list::refused(StoreError::Costly { equal: vec!["id", "username"], beginning: vec!["username"] });
    let Failure::Refused(refused) = failure else { panic!("{failure:?}") };
    assert_eq!(refused.reason.status(), 400);
    assert_eq!((refused.reason, refused.details[0].code), (Reason::FilterTooCostly, "INVALID_FILTER"));
    let told = json!({ "indexedAttributes": { "eq": ["id", "username"], "sw": ["username"] } });
    assert_eq!((refused.details[0].target.as_str(), refused.details[0].inner.as_ref()), ("filter", Some(&told)));
}

#[test]
fn one_long_list_too_many_is_told_to_come_back() {
    let refused = super::list::refused(StoreError::Crowded).into_refused();
    assert_eq!(refused.reason.status(), 429);
    assert!(refused.retry_after.is_some());
}
