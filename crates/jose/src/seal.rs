//! Secrets at rest: AES-256-GCM under a key derived from the master key, bound to the place where they are kept.
//!
//! NIST SP 800-38D; HKDF of RFC 5869. The caller supplies the nonce, because only one module of the product may ask
//! the operating system for randomness; a nonce must never be used twice with one key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

/// An AES-256-GCM key, prepared once.
pub struct SealKey(LessSafeKey);

impl SealKey {
    /// The key made of these 32 bytes.
    #[expect(
        clippy::missing_panics_doc,
        clippy::expect_used,
        reason = "an AES-256 key is 32 bytes and the type says so"
    )]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are an AES-256 key")))
    }

    /// The key for one purpose, named by `label`, out of the master key (HKDF-SHA-256, RFC 5869).
    pub fn derive(master: &[u8; 32], label: &str) -> Self {
        Self::new(&expand(master, "seal", label))
    }

    /// `nonce ‖ ciphertext ‖ tag`. `aad` names the place (table, row, column), so a sealed value cannot be moved.
    #[expect(
        clippy::missing_panics_doc,
        clippy::expect_used,
        reason = "GCM refuses only plaintexts above 64 GiB (SP 800-38D §5.2.1.1)"
    )]
    pub fn seal(&self, nonce: [u8; NONCE_LEN], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(NONCE_LEN + plaintext.len() + TAG_LEN);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed[NONCE_LEN..])
            .expect("the plaintext is shorter than 64 GiB");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// The plaintext, or `None` when the key, the place or a single bit is not the one that was sealed.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, Aad::from(aad), buffer.as_mut_slice()).ok()?.len();
        buffer.truncate(length);
        Some(buffer)
    }
}

/// Shows nothing of the key.
impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

/// 32 bytes for one `kind` of key and one `label`; the fixed-width kind keeps the two uses of a label apart.
#[expect(clippy::expect_used, reason = "HKDF-SHA-256 yields up to 255 × 32 bytes; 32 are asked for")]
pub(crate) fn expand(master: &[u8; 32], kind: &str, label: &str) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA256, SALT)
        .extract(master)
        .expand(&[kind.as_bytes(), b" ", label.as_bytes()], HKDF_SHA256)
        .and_then(|okm| okm.fill(out.as_mut_slice()))
        .expect("32 bytes are one block of HKDF-SHA-256");
    out
}

const TAG_LEN: usize = 16;

/// Part of every sealed value's key: a change makes existing stores unreadable.
const SALT: &[u8] = b"grantor master key v1";
