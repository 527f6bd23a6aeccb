//! Password and sign-on policies.

use protocol::model::{ObjectKind, PasswordPolicy, SignOnPolicy, SignOnPolicyAssignment};

use super::{Kind, Stored};
use crate::list::Indexed;

impl Stored for PasswordPolicy {
    const KIND: Kind = Kind {
        // One statement takes the flag from whichever had it. A process of before leaves its column empty: then the body has it. What
        // its rows do not say of what is similar, the column does: they forbade it.
        reads: &["is_default", "not_similar", "version"],
        only_one: Some("is_default"),
        unique: &[("password_policies_environment_id_name_key_key", "name")],
        indexed: &[Indexed::Few("id"), Indexed::Few("name_key")],
        removable: Some(
            "NOT is_default AND NOT EXISTS (SELECT 1 FROM populations p WHERE p.environment_id = $1 AND p.password_policy_id = $2)",
        ),
        ..Kind::new("password_policies", &["environment_id", "id"])
    };
}

/// Its actions stand in its body.
impl Stored for SignOnPolicy {
    const KIND: Kind = Kind {
        // A process of a release that knows no version writes a body without one.
        reads: &["version"],
        unique: &[("sign_on_policies_name", "name")],
        indexed: &[Indexed::Few("id"), Indexed::Few("name")],
        ends: &[("DELETE FROM policy_assignments WHERE environment_id = $1 AND policy_id = $2", &[0, 1])],
        ..Kind::new("sign_on_policies", &["environment_id", "id"])
    };
}

impl Stored for SignOnPolicyAssignment {
    const KIND: Kind = Kind {
        unique: &[("policy_assignments_environment_id_application_id_policy_id_key", "signOnPolicy.id")],
        needs: &[("application_id", ObjectKind::Application), ("policy_id", ObjectKind::SignOnPolicy)],
        ..Kind::new("policy_assignments", &["environment_id", "application_id", "id"])
    };
}
