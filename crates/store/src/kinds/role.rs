//! Roles of an environment's own making, and whom any role was given to.

use protocol::model::{CustomRole, RoleAssignment};

use super::{Kind, Stored};
use crate::list::Indexed;

impl Stored for CustomRole {
    const KIND: Kind = Kind {
        unique: &[("roles_environment_id_name_key_key", "name")],
        indexed: &[Indexed::Few("id"), Indexed::Few("name_key")],
        // One that somebody holds stays.
        removable: Some("NOT EXISTS (SELECT 1 FROM role_assignments r WHERE r.environment_id = $1 AND r.role = $2)"),
        ..Kind::new("roles", &["environment_id", "id"])
    };
}

/// There is no body: every member is searched for.
impl Stored for RoleAssignment {
    const KIND: Kind = Kind {
        reads: &["id", "environment_id", "actor", "actor_kind", "role", "scope_id", "scope_kind", "read_only"],
        body: false,
        unique: &[("role_assignments_environment_id_actor_role_scope_kind_scope_key", "role")],
        // Actors of other environments may hold roles over this one, its applications and its populations.
        outside: &[
            "DELETE FROM role_assignments WHERE scope_kind = 'APPLICATION' AND scope_id IN (SELECT id FROM applications WHERE environment_id = $1)",
            "DELETE FROM role_assignments WHERE scope_kind = 'ENVIRONMENT' AND scope_id = $1",
            "DELETE FROM role_assignments WHERE scope_kind = 'POPULATION' AND scope_id IN (SELECT id FROM populations WHERE environment_id = $1)",
        ],
        ..Kind::new("role_assignments", &["environment_id", "actor", "id"])
    };
}
