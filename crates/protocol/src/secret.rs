//! Strings that open something, and the one-way forms in which they are kept.

use std::fmt;

use jose::digest::{self, HmacKey};
use zeroize::{ZeroizeOnDrop, optimization_barrier};

/// A bearer string: a token, a code, a client secret, a password. It is wiped when dropped and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself. Only what puts it into an answer or compares it may call this.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// All of its memory at once: octet by octet a token of a kilobyte would cost as much as a tenth of its signature.
impl Drop for Secret {
    fn drop(&mut self) {
        let mut octets = std::mem::take(&mut self.0).into_bytes();
        octets.fill(0);
        // Room that is left, where a longer text may have stood.
        octets.resize(octets.capacity(), 0);
        // Whoever looks at it now finds zeros: so they have to be written.
        optimization_barrier(octets.as_slice());
    }
}

impl ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What kind of artefact a token is. It is hashed in, so that no artefact is ever accepted as another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Artefact {
    AccessToken,
    AuthorizationCode,
    BrowserBinding,
    /// The `jti` of an assertion.
    ClientAssertion,
    PushedRequest,
    /// The `jti` of a DPoP proof, with its key and address.
    DpopProof,
    InitialAccessToken,
    RefreshToken,
    RegistrationToken,
    Session,
}

impl Artefact {
    const fn prefix(self) -> &'static [u8] {
        match self {
            Self::AccessToken => b"access-token:",
            Self::AuthorizationCode => b"authorization-code:",
            Self::BrowserBinding => b"browser-binding:",
            Self::ClientAssertion => b"client-assertion:",
            Self::PushedRequest => b"pushed-request:",
            Self::DpopProof => b"dpop-proof:",
            Self::InitialAccessToken => b"initial-access-token:",
            Self::RefreshToken => b"refresh-token:",
            Self::RegistrationToken => b"registration-token:",
            Self::Session => b"session:",
        }
    }
}

/// The form in which a random token is stored: SHA-256 over its kind and its text. Looking one up is a keyed read,
/// so its whole length counts and nothing is compared byte by byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    pub fn of(artefact: Artefact, token: &str) -> Self {
        let mut text = Vec::with_capacity(32 + token.len());
        text.extend_from_slice(artefact.prefix());
        text.extend_from_slice(token.as_bytes());
        Self(digest::sha256(&text))
    }

    pub const fn from_stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// The form in which a client secret is compared: HMAC-SHA-256 under a pepper that is not in the database.
/// Generated secrets carry 380 bits, so a slow hash would only slow the token endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    pub fn of(pepper: &HmacKey, secret: &str) -> Self {
        Self(digest::hmac_sha256(pepper, secret.as_bytes()))
    }

    pub const fn from_stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        digest::eq(&self.0, &other.0)
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(…)")
    }
}
