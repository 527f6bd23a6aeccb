use std::collections::HashSet;

use axum::routing::MethodFilter;
use protocol::model::Permission;

use super::ROUTES;

#[test]
fn no_call_is_in_the_table_twice() {
    let mut seen = HashSet::new();
    for route in ROUTES {
        assert!(seen.insert((format!("{:?}", route.method), route.path)), "{}", route.path);
    }
}

#[test]
fn whoever_may_only_read_writes_nothing() {
    // MG-05: a row that writes needs more than a reading permission, whichever row it is.
    let reading = [
        Permission::ReadActivities,
        Permission::ReadApplicationSecrets,
        Permission::ReadApplications,
        Permission::ReadEnvironments,
        Permission::ReadLicenses,
        Permission::ReadOrganizations,
        Permission::ReadPopulations,
        Permission::ReadUsers,
    ];
    for route in ROUTES {
        let reads = route.method == MethodFilter::GET;
        assert_eq!(reads, reading.contains(&route.permission), "{:?} {}", route.method, route.path);
    }
    // MG-06: secrets have a permission of their own.
    let secret = ROUTES.iter().find(|route| route.path.ends_with("/secret") && route.method == MethodFilter::GET);
    assert_eq!(secret.map(|route| route.permission), Some(Permission::ReadApplicationSecrets));
}
