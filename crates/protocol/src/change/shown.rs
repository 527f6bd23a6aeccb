//! What a client shows once.

use crate::id::{ApplicationId, EnvironmentId};
use crate::secret::TokenHash;
use crate::time::Time;

/// An assertion by which a client authenticated, which it may do once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedAssertion {
    pub environment: EnvironmentId,
    pub application: ApplicationId,
    /// Of its `jti`.
    pub hash: TokenHash,
    /// From when on it is refused by its `exp`.
    pub expires_at: Time,
}

/// An authorization request that its client pushed, until a browser brings the reference to it (RFC 9126 §2.2).
#[derive(Clone, PartialEq, Eq)]
pub struct PushedRequest {
    pub environment: EnvironmentId,
    /// Of the reference.
    pub hash: TokenHash,
    /// Whose it is: nobody else's browser may bring it.
    pub application: ApplicationId,
    /// The issuer that it was pushed to.
    pub issuer: String,
    /// The parameters that were checked, as a form.
    pub parameters: String,
    pub expires_at: Time,
    /// When an answer was given on it.
    pub used_at: Option<Time>,
}

/// What was asked for is the person's and the application's own.
impl std::fmt::Debug for PushedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { environment, application, expires_at, used_at, .. } = self;
        write!(f, "PushedRequest({environment:?}, {application:?}, {expires_at:?}, {used_at:?})")
    }
}

/// A DPoP proof that was shown, which may be done once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedProof {
    pub environment: EnvironmentId,
    /// Of its key, its address and its `jti`: whichever application shows it, it is the key's.
    pub hash: TokenHash,
    /// From when on it is refused by its `iat`.
    pub expires_at: Time,
}
