//! Populations and groups.

use protocol::model::{Group, ObjectKind, Population};

use super::{Kind, Stored};
use crate::list::Indexed;

impl Stored for Population {
    const KIND: Kind = Kind {
        // The flag lives in the column alone, so one statement takes it from whoever held it.
        reads: &["is_default", "version"],
        only_one: Some("is_default"),
        unique: &[("populations_environment_id_name_key_key", "name")],
        counted: true,
        indexed: &[Indexed::Few("id"), Indexed::Few("name_key")],
        needs: &[("password_policy_id", ObjectKind::PasswordPolicy)],
        removable: Some(
            "NOT is_default AND NOT EXISTS (SELECT 1 FROM users u WHERE u.environment_id = $1 AND u.population_id = $2)",
        ),
        holds: Some((
            "SELECT 1 FROM groups WHERE environment_id = $1 AND population_id = $2 ORDER BY id FOR UPDATE",
            &[0, 1],
        )),
        ends: &[
            ("DELETE FROM role_assignments WHERE scope_kind = 'POPULATION' AND scope_id = $1", &[1]),
            ("DELETE FROM counts WHERE owner_id = $1 AND kind = 'users' AND of_id = $2", &[0, 1]),
            (
                "UPDATE identity_providers SET registration_population_id = NULL WHERE environment_id = $1 AND registration_population_id = $2",
                &[0, 1],
            ),
            (
                "DELETE FROM group_fillings WHERE environment_id = $1 AND EXISTS (
                    SELECT 1 FROM groups g WHERE g.environment_id = $1 AND g.population_id = $2 AND g.id = group_id)",
                &[0, 1],
            ),
            (
                "DELETE FROM group_nestings WHERE environment_id = $1 AND EXISTS (
                    SELECT 1 FROM groups g WHERE g.environment_id = $1 AND g.population_id = $2 AND g.id IN (child_id, parent_id))",
                &[0, 1],
            ),
            (
                "INSERT INTO counts (owner_id, kind, of_id, slot, value)
                 SELECT environment_id, 'groups', environment_id, 0, -COUNT(*) FROM groups WHERE environment_id = $1 AND population_id = $2 GROUP BY environment_id
                 ON CONFLICT (owner_id, kind, of_id, slot) DO UPDATE SET value = counts.value + excluded.value",
                &[0, 1],
            ),
            (
                "DELETE FROM role_assignments WHERE environment_id = $1
                    AND actor IN (SELECT id FROM groups WHERE environment_id = $1 AND population_id = $2)",
                &[0, 1],
            ),
            // Nobody is in them: their users are the population's, and it has none.
            ("DELETE FROM groups WHERE environment_id = $1 AND population_id = $2", &[0, 1]),
        ],
        ..Kind::new("populations", &["environment_id", "id"])
    };
}

impl Stored for Group {
    const KIND: Kind = Kind {
        // Members are counted in the column alone, where they come and go.
        reads: &["direct_users"],
        unique: &[("groups_environment_id_name_key_key", "name")],
        counted: true,
        many: true,
        indexed: &[
            Indexed::Few("id"),
            Indexed::Paged("name_key"),
            Indexed::Beginning("external_id"),
            Indexed::Paged("population_id"),
        ],
        needs: &[("population_id", ObjectKind::Population)],
        ends: &[
            // First: whoever goes through users for it is waited for, and then nobody does any more.
            ("DELETE FROM group_fillings WHERE environment_id = $1 AND group_id = $2", &[0, 1]),
            ("DELETE FROM group_members WHERE environment_id = $1 AND group_id = $2", &[0, 1]),
            ("DELETE FROM role_assignments WHERE environment_id = $1 AND actor = $2", &[0, 1]),
            ("DELETE FROM group_nestings WHERE environment_id = $1 AND (child_id = $2 OR parent_id = $2)", &[0, 1]),
        ],
        ..Kind::new("groups", &["environment_id", "id"])
    };
}
