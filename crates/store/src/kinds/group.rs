//! Groups.

use protocol::model::ObjectKind;

use super::Kind;
use crate::commit::Counted;
use crate::list::Indexed;

pub(super) const KIND: Kind = Kind {
    // Members are counted in the column alone, where they come and go.
    reads: &["direct_users"],
    unique: &[("groups_environment_id_name_key_key", "name")],
    counted: Some(Counted::Groups),
    indexed: &[
        Indexed::Few("id"),
        Indexed::Paged("name_key"),
        Indexed::Beginning("external_id"),
        Indexed::Paged("population_id"),
    ],
    needs: &[("population_id", ObjectKind::Population)],
    ends: &[
        ("DELETE FROM group_members WHERE environment_id = $1 AND group_id = $2", &[0, 1]),
        ("DELETE FROM group_nestings WHERE environment_id = $1 AND (child_id = $2 OR parent_id = $2)", &[0, 1]),
    ],
    ..Kind::new("groups", &["environment_id", "id"])
};
