//! Password and sign-on policies.

use protocol::model::{PasswordPolicy, SignOnPolicy};

use super::{Kind, Stored};

impl Stored for PasswordPolicy {
    const KIND: Kind = Kind::new("password_policies", &["environment_id", "id"]);
}

impl Stored for SignOnPolicy {
    const KIND: Kind = Kind::new("sign_on_policies", &["environment_id", "id"]);
}
