//! Resources and their scopes.

use super::Kind;

pub(super) const RESOURCE: Kind = Kind {
    unique: &[("resources_environment_id_name_key_key", "name")],
    ends: &[
        ("DELETE FROM scopes WHERE environment_id = $1 AND resource_id = $2", &[0, 1]),
        ("DELETE FROM resource_grants WHERE environment_id = $1 AND resource_id = $2", &[0, 1]),
    ],
    ..Kind::new("resources", &["environment_id", "id"])
};

pub(super) const SCOPE: Kind = Kind {
    unique: &[("scopes_environment_id_resource_id_name_key", "name")],
    ..Kind::new("scopes", &["environment_id", "id"])
};
