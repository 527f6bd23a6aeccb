//! Keys with certificates, the policies that rotate some of them, and certificates of others.

use protocol::model::{Certificate, KeyPair, KeyRotationPolicy};

use super::{Kind, Stored};

impl Stored for KeyPair {
    const KIND: Kind = Kind {
        // A master key that takes the place of another writes it alone.
        reads: &["sealed"],
        ..Kind::new("keys", &["environment_id", "id"])
    };
}

impl Stored for KeyRotationPolicy {
    const KIND: Kind = Kind::new("key_rotation_policies", &["environment_id", "id"]);
}

impl Stored for Certificate {
    const KIND: Kind = Kind::new("certificates", &["environment_id", "id"]);
}
