//! Sign-on policies.

use super::Kind;

pub(super) const KIND: Kind = Kind::new("sign_on_policies", &["environment_id", "id"]);
