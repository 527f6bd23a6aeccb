//! Signing keys. They are no objects: their name is a text, and what guards them is the status that a rotation was decided on.

use super::Kind;

pub(super) const KIND: Kind = Kind {
    reads: &["environment_id", "kid", "created_at", "sealed"],
    ..Kind::new("signing_keys", &["environment_id", "kid"])
};
