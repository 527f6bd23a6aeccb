//! Environments, in which everything else is, and the organizations and licences above them.

use protocol::model::{Environment, License, Organization};

use super::{Kind, Stored};
use crate::list::Indexed;

impl Stored for Environment {
    const KIND: Kind = Kind {
        // A process of before writes the body without it.
        reads: &["activity_retention_days"],
        counted: true,
        indexed: &[Indexed::Few("id"), Indexed::Few("name_key")],
        unique: &[("environments_organization_id_name_key_key", "name")],
        // Its id is never given again, so nothing that outlives the rows could come to belong to another environment. What
        // describes itself ends by its kind. What is as much as there are people goes afterwards, in parts (`read/left.rs`): without the
        // environment nobody gets to it.
        ends: &[("DELETE FROM signing_keys WHERE environment_id = $1", &[0])],
        ..Kind::new("environments", &["id"])
    };
}

impl Stored for Organization {
    const KIND: Kind = Kind {
        removable: Some("NOT EXISTS (SELECT 1 FROM environments e WHERE e.organization_id = $1)"),
        ends: &[("DELETE FROM licenses WHERE organization_id = $1", &[0])],
        ..Kind::new("organizations", &["id"])
    };
}

impl Stored for License {
    const KIND: Kind = Kind {
        removable: Some("NOT EXISTS (SELECT 1 FROM environments e WHERE e.organization_id = $1 AND e.license_id = $2)"),
        ..Kind::new("licenses", &["organization_id", "id"])
    };
}
