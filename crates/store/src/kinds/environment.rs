//! Environments: everything else is in one.

use super::Kind;
use crate::commit::Counted;
use crate::list::Indexed;

pub(super) const KIND: Kind = Kind {
    counted: Some(Counted::Environments),
    indexed: &[Indexed::Few("id"), Indexed::Few("name_key")],
    unique: &[("environments_organization_id_name_key_key", "name")],
    // Its id is never given again, so nothing that outlives the rows could come to belong to another environment. What
    // describes itself ends by its kind.
    ends: &[
        ("DELETE FROM signing_keys WHERE environment_id = $1", &[0]),
        ("DELETE FROM users WHERE environment_id = $1", &[0]),
        ("DELETE FROM group_members WHERE environment_id = $1", &[0]),
        ("DELETE FROM group_nestings WHERE environment_id = $1", &[0]),
        ("DELETE FROM flows WHERE environment_id = $1", &[0]),
        ("DELETE FROM sessions WHERE environment_id = $1", &[0]),
        ("DELETE FROM codes WHERE environment_id = $1", &[0]),
        ("DELETE FROM families WHERE environment_id = $1", &[0]),
        ("DELETE FROM refresh_tokens WHERE environment_id = $1", &[0]),
        ("DELETE FROM access_tokens WHERE environment_id = $1", &[0]),
    ],
    ..Kind::new("environments", &["id"])
};
