//! Who holds which role. There is no body: every member is searched for.

use super::Kind;

pub(super) const KIND: Kind = Kind {
    reads: &["id", "environment_id", "actor", "role", "scope_id", "scope_kind", "read_only"],
    body: false,
    unique: &[("role_assignments_environment_id_actor_role_scope_kind_scope_key", "role")],
    // Actors of other environments may hold roles over this one and over its populations.
    outside: &[
        "DELETE FROM role_assignments WHERE scope_kind = 'ENVIRONMENT' AND scope_id = $1",
        "DELETE FROM role_assignments WHERE scope_kind = 'POPULATION' AND scope_id IN (SELECT id FROM populations WHERE environment_id = $1)",
    ],
    ..Kind::new("role_assignments", &["environment_id", "actor", "id"])
};
