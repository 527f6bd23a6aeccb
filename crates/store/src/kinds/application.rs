//! Applications. Their secrets stand in columns of the same row, which have statements of their own.

use super::Kind;
use crate::commit::Counted;
use crate::list::Indexed;

pub(super) const KIND: Kind = Kind {
    unique: &[(crate::CLIENT_ID_TAKEN, "clientId")],
    counted: Some(Counted::Applications),
    indexed: &[Indexed::Few("id"), Indexed::Few("client_id"), Indexed::Paged("name_key")],
    ends: &[
        ("DELETE FROM resource_grants WHERE environment_id = $1 AND application_id = $2", &[0, 1]),
        ("DELETE FROM role_assignments WHERE environment_id = $1 AND actor = $2", &[0, 1]),
        ("DELETE FROM flows WHERE environment_id = $1 AND application_id = $2", &[0, 1]),
        ("DELETE FROM codes WHERE environment_id = $1 AND application_id = $2", &[0, 1]),
        ("DELETE FROM access_tokens WHERE environment_id = $1 AND application_id = $2", &[0, 1]),
        (
            "DELETE FROM refresh_tokens WHERE environment_id = $1 AND family_id IN (SELECT id FROM families WHERE environment_id = $1 AND application_id = $2)",
            &[0, 1],
        ),
        ("DELETE FROM families WHERE environment_id = $1 AND application_id = $2", &[0, 1]),
    ],
    ..Kind::new("applications", &["environment_id", "id"])
};
