//! Users. What other changes write of them (`commit/users.rs`) stands in columns alone.

use protocol::model::{ObjectKind, User};

use super::{Kind, Stored};
use crate::list::Indexed;

impl Stored for User {
    const KIND: Kind = Kind {
        reads: &[
            "id",
            "environment_id",
            "population_id",
            "enabled",
            "created_at",
            "updated_at",
            "version",
            "locked_at",
            "unlock_at",
            "failures",
            "tried",
            "password_hash",
            "must_change",
            "password_chosen",
            "password_changed_at",
            "last_sign_on",
        ],
        unique: &[(crate::USERNAME_TAKEN, "username")],
        // A population is deleted only while it is empty.
        needs: &[("population_id", ObjectKind::Population)],
        counted: true,
        many: true,
        groups: Some("memberOfGroups"),
        indexed: &[
            Indexed::Few("id"),
            Indexed::Paged("username_key"),
            Indexed::Paged("email_key"),
            Indexed::Beginning("body.profile.external_id"),
            Indexed::Paged("family_key"),
            Indexed::Paged("given_key"),
            Indexed::Part("population_id"),
        ],
        ends: &[
            ("DELETE FROM user_values WHERE environment_id = $1 AND user_id = $2", &[0, 1]),
            ("DELETE FROM role_assignments WHERE environment_id = $1 AND actor = $2", &[0, 1]),
            ("DELETE FROM consents WHERE environment_id = $1 AND user_id = $2", &[0, 1]),
            ("DELETE FROM mailed_codes WHERE environment_id = $1 AND user_id = $2", &[0, 1]),
            ("DELETE FROM password_history WHERE environment_id = $1 AND user_id = $2", &[0, 1]),
            ("DELETE FROM sessions WHERE environment_id = $1 AND user_id = $2", &[0, 1]),
            ("DELETE FROM codes WHERE environment_id = $1 AND user_id = $2", &[0, 1]),
            (
                "DELETE FROM refresh_tokens WHERE environment_id = $1 AND family_id IN (SELECT id FROM families WHERE environment_id = $1 AND user_id = $2)",
                &[0, 1],
            ),
            (
                "DELETE FROM access_tokens WHERE environment_id = $1 AND family_id IN (SELECT id FROM families WHERE environment_id = $1 AND user_id = $2)",
                &[0, 1],
            ),
            ("DELETE FROM families WHERE environment_id = $1 AND user_id = $2", &[0, 1]),
            // Whoever took part in their sessions is told at once.
            (
                "UPDATE participations SET due_at = 0 WHERE environment_id = $1 AND user_id = $2 AND due_at IS NULL",
                &[0, 1],
            ),
        ],
        ..Kind::new("users", &["environment_id", "id"])
    };
}
