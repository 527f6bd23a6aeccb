//! Organizations and their licences.

use super::Kind;

pub(super) const ORGANIZATION: Kind = Kind {
    removable: Some("NOT EXISTS (SELECT 1 FROM environments e WHERE e.organization_id = $1)"),
    ends: &[("DELETE FROM licenses WHERE organization_id = $1", &[0])],
    ..Kind::new("organizations", &["id"])
};

pub(super) const LICENSE: Kind = Kind {
    removable: Some("NOT EXISTS (SELECT 1 FROM environments e WHERE e.organization_id = $1 AND e.license_id = $2)"),
    ..Kind::new("licenses", &["organization_id", "id"])
};
