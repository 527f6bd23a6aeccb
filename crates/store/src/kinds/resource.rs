//! Resources and their scopes. The secrets of resources stand in columns of the same row, which have statements of their own.

use protocol::model::{ObjectKind, Resource, ResourceScope};

use super::{Kind, Stored};

impl Stored for Resource {
    const KIND: Kind = Kind {
        // A process of a release that knows no version writes a body without one.
        reads: &["version"],
        unique: &[("resources_environment_id_name_key_key", "name")],
        ends: &[
            ("DELETE FROM scopes WHERE environment_id = $1 AND resource_id = $2", &[0, 1]),
            ("DELETE FROM resource_attributes WHERE environment_id = $1 AND resource_id = $2", &[0, 1]),
            ("DELETE FROM authorization_details_types WHERE environment_id = $1 AND resource_id = $2", &[0, 1]),
            ("DELETE FROM resource_grants WHERE environment_id = $1 AND resource_id = $2", &[0, 1]),
        ],
        ..Kind::new("resources", &["environment_id", "id"])
    };
}

impl Stored for ResourceScope {
    const KIND: Kind = Kind {
        reads: &["version"],
        unique: &[("scopes_environment_id_resource_id_name_key", "name")],
        needs: &[("resource_id", ObjectKind::Resource)],
        ..Kind::new("scopes", &["environment_id", "resource_id", "id"])
    };
}
