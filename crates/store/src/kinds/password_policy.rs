//! Password policies.

use super::Kind;

pub(super) const KIND: Kind = Kind::new("password_policies", &["environment_id", "id"]);
