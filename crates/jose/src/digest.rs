//! Hashes, keyed hashes and the comparison that takes the same time whatever the inputs.

use std::fmt;

use aws_lc_rs::{constant_time, digest, hmac};

use crate::alg::{Alg, Hash};
use crate::{b64, seal};

/// An HMAC-SHA-256 key, prepared once.
#[derive(Clone)]
pub struct HmacKey(hmac::Key);

impl HmacKey {
    /// A key from `secret`, of any length.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The key for one purpose, named by `label`, out of the master key (HKDF-SHA-256, RFC 5869).
    pub fn derive(master: &[u8; 32], label: &str) -> Self {
        Self::new(seal::expand(master, "hmac", label).as_slice())
    }
}

/// Shows nothing of the key.
impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey")
    }
}

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    leading(digest::digest(&digest::SHA256, data).as_ref())
}

/// HMAC-SHA-256 of `data`. Compare it with [`eq`], never with `==`.
pub fn hmac_sha256(key: &HmacKey, data: &[u8]) -> [u8; 32] {
    leading(hmac::sign(&key.0, data).as_ref())
}

/// Equality in time that depends on the lengths alone.
pub fn eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// `at_hash`, `c_hash` and `s_hash`: the left half of the hash of the ID token's `alg` (OIDC Core §3.1.3.6). None for an algorithm of
/// which nobody has said what its hash is.
pub fn half_hash(alg: Alg, data: &[u8]) -> Option<String> {
    let hash = alg.hash()?;
    let algorithm = match hash {
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha384 => &digest::SHA384,
        Hash::Sha512 => &digest::SHA512,
    };
    let whole = digest::digest(algorithm, data);
    Some(b64::encode(&whole.as_ref()[..hash.size() / 2]))
}

fn leading(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(&bytes[..32]);
    out
}
