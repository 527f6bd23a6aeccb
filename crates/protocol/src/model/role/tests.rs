use std::collections::HashSet;

use uuid::uuid;

use super::Permission::ReadEnvironments;
use super::{ROLES, Role, RoleScopeKind};

fn named(name: &str) -> &'static Role {
    ROLES.iter().find(|role| role.name == name).unwrap()
}

/// P1: the ids that are the same in every PingOne.
#[test]
fn the_published_ids_mean_what_they_mean_at_pingone() {
    for (id, name) in [
        (uuid!("29ddce68-cd7f-4b2a-b6fc-f7a19553b496"), "Environment Admin"),
        (uuid!("6f770b08-793f-4393-b2aa-b1d1587a0324"), "Custom Roles Admin"),
        (uuid!("0bd9c966-7664-4ac1-b059-0ff9293908e2"), "Identity Data Admin"),
    ] {
        assert_eq!(Role::find(id).map(|role| role.name), Some(name));
    }
    let ids: HashSet<_> = ROLES.iter().map(|role| role.id).collect();
    assert_eq!(ids.len(), ROLES.len());
}

/// P4: the nineteen names, each with something that it gives.
#[test]
fn every_role_of_pingone_is_there() {
    let names: HashSet<_> = ROLES.iter().map(|role| role.name).collect();
    assert_eq!((names.len(), ROLES.len()), (19, 19));
    assert!(ROLES.iter().all(|role| !role.permissions.is_empty() && !role.applies_to.is_empty()));
}

/// P4: the matrix of roles and what they are given for.
#[test]
fn a_role_is_given_for_what_pingone_gives_it_for() {
    let of = |kind: RoleScopeKind| {
        let mut names: Vec<_> = ROLES.iter().filter(|role| role.applies_to.contains(&kind)).map(|r| r.name).collect();
        names.sort_unstable();
        names
    };
    let over_organizations = ["DaVinci Admin", "DaVinci Admin Read Only", "Environment Admin", "Organization Admin"];
    assert_eq!(of(RoleScopeKind::Organization), over_organizations);
    assert_eq!(of(RoleScopeKind::Population), ["Identity Data Admin", "Identity Data Read Only"]);
    assert_eq!(of(RoleScopeKind::Application), ["Application Owner"]);
    assert_eq!(of(RoleScopeKind::Environment).len(), ROLES.len() - 1);
    assert!(!named("Organization Admin").applies_to.contains(&RoleScopeKind::Environment));
}

/// P1, P4: what the document says of each role, by its row or as one of those that give nothing here.
#[test]
fn the_document_tells_the_roles() {
    let document = include_str!("../../../../../docs/roles.md");
    let mut untold: Vec<&Role> = ROLES.iter().collect();
    for row in document.lines().filter_map(|line| line.strip_prefix("| ")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let Some(role) = ROLES.iter().find(|role| role.name == cells[0]) else { continue };
        untold.retain(|other| other.id != role.id);
        let kinds: Vec<_> = role.applies_to.iter().map(|kind| format!("{kind:?}").to_lowercase()).collect();
        assert!(cells[1].starts_with(&format!("`{}`", role.id)), "{}", role.name);
        assert_eq!(cells[2].trim_end_matches(" |"), kinds.join(", "), "{}", role.name);
    }
    assert!(document.contains("| the eight others of PingOne | `GET /v1/roles` (ours) | environment;"));
    assert_eq!(untold.len(), 8);
    for role in untold {
        assert_eq!((role.permissions, role.applies_to), (&[ReadEnvironments][..], &[RoleScopeKind::Environment][..]));
    }
}

/// P4: who may give what.
#[test]
fn a_role_lets_its_holder_give_some_others() {
    let given = |name: &str| {
        let role = named(name);
        ROLES.iter().filter(|other| role.assigns(other)).map(|other| other.name).collect::<Vec<_>>()
    };
    // One more than is published: else nobody could give it.
    assert_eq!(given("Organization Admin"), ["Organization Admin", "Environment Admin"]);
    assert_eq!(given("Environment Admin").len(), ROLES.len() - 1);
    assert!(!given("Environment Admin").contains(&"Organization Admin"));
    assert_eq!(given("Identity Data Admin"), ["Identity Data Admin", "Identity Data Read Only", "Help Desk Admin"]);
    for role in ROLES.iter().filter(|role| !role.name.contains("Admin")) {
        assert_eq!(given(role.name), [""; 0], "{}", role.name);
    }
}
