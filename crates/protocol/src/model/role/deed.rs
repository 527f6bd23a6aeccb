//! What one call does, and by which identifier a role of an environment's own making gives it.
//!
//! PingOne names a permission `service:verb:object`. A built-in role holds a [`Permission`] whole; a custom one holds single
//! identifiers, so that whoever may change applications does not delete them by the way.

use std::borrow::Cow;

use super::Permission;

/// What a call does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Create,
    Read,
    /// Also of what is a part of it.
    Update,
    Delete,
}

/// The permission that a call needs, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    pub permission: Permission,
    pub verb: Verb,
    /// Which of an environment's collections it is about, as its path writes it; empty above them.
    pub collection: &'static str,
}

impl Deed {
    /// The use of a permission that says by itself what it is about.
    pub const fn of(permission: Permission) -> Self {
        Self { permission, verb: Verb::Update, collection: "" }
    }

    /// What a custom role must hold. Permissions that stand for all that is done to an object, and to objects beside it, come apart
    /// into its verbs and those objects.
    pub fn identifier(self) -> Cow<'static, str> {
        let name = self.permission.name();
        let mut parts = name.split(':');
        let (Some(service), Some(said), Some(object)) = (parts.next(), parts.next(), parts.next()) else {
            return name.into();
        };
        if !BROAD.contains(&self.permission) {
            return name.into();
        }
        let verb = match self.verb {
            _ if said == "read" => said,
            Verb::Create => "create",
            Verb::Read => "read",
            Verb::Update => "update",
            Verb::Delete => "delete",
        };
        let object = if OWN.contains(&self.collection) { object.into() } else { one(self.collection) };
        format!("{service}:{verb}:{object}").into()
    }
}

/// What one of a collection is called.
fn one(collection: &str) -> Cow<'_, str> {
    match (collection.strip_suffix("ies"), collection.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y").into(),
        (None, Some(one)) => one.into(),
        (None, None) => collection.into(),
    }
}

/// They are asked for by many routes, of objects that have no permission of their own too.
const BROAD: [Permission; 10] = [
    Permission::ManageApplications,
    Permission::ManageGroups,
    Permission::ManagePopulations,
    Permission::ManageRoles,
    Permission::ManageUsers,
    Permission::ReadApplications,
    Permission::ReadGroups,
    Permission::ReadPopulations,
    Permission::ReadRoles,
    Permission::ReadUsers,
];

/// The collections whose objects the permissions themselves name.
const OWN: [&str; 6] = ["", "applications", "groups", "populations", "roles", "users"];

#[cfg(test)]
mod tests {
    use super::{Deed, Verb};
    use crate::model::Permission;

    #[test]
    fn a_deed_has_the_identifier_that_pingone_gives_it() {
        for (permission, verb, collection, identifier) in [
            (Permission::ManageUsers, Verb::Create, "users", "dir:create:user"),
            (Permission::ManageUsers, Verb::Update, "users", "dir:update:user"),
            (Permission::ManageUsers, Verb::Delete, "users", "dir:delete:user"),
            (Permission::ReadUsers, Verb::Read, "users", "dir:read:user"),
            (Permission::ManageGroups, Verb::Update, "users", "dir:update:group"),
            (Permission::ManageRoles, Verb::Create, "roles", "permissions:create:roles"),
            (Permission::ManageUserPasswords, Verb::Create, "users", "dir:update:userPassword"),
            (Permission::UpdateUserRoleAssignments, Verb::Delete, "users", "permissions:update:userRoleAssignments"),
            (Permission::ManageApplications, Verb::Delete, "trustedIssuers", "applications:delete:trustedIssuer"),
            (Permission::ReadPopulations, Verb::Read, "passwordPolicies", "dir:read:passwordPolicy"),
            (Permission::ReadEnvironments, Verb::Read, "", "orgmgt:read:environment"),
        ] {
            assert_eq!(Deed { permission, verb, collection }.identifier(), identifier);
        }
    }
}
