//! How the recorder shows what is secret.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// How the recorder shows a secret, a code or a token: two places can be compared by it.
pub fn hashed(value: &str) -> String {
    let mut shown = "sha256:".to_owned();
    for octet in Sha256::digest(value.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(shown, "{octet:02x}");
    }
    shown
}
