//! What is given to applications: codes, lines of refresh tokens, and tokens.

use crate::authorization::Authorization;
use crate::id::{ApplicationId, EnvironmentId, FamilyId};
use crate::pkce::Challenge;
use crate::secret::TokenHash;
use crate::time::Time;

/// An authorization code: the way to an authorization, and what its exchange must show (specs §7.4).
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    pub environment: EnvironmentId,
    pub hash: TokenHash,
    /// The family that its exchange will make.
    pub family: FamilyId,
    /// The family of the access token that came with it, where one did (OIDC Core §3.3.2.5).
    pub beside: Option<FamilyId>,
    pub authorization: Authorization,
    /// Where the code went. Absent only with `pi.flow`.
    pub redirect_uri: Option<String>,
    /// Whether the authorization request had `redirect_uri`, so that the token request must repeat it (RFC 6749 §4.1.3).
    pub redirect_uri_sent: bool,
    pub challenge: Option<Challenge>,
    /// For the ID token.
    pub nonce: Option<String>,
    pub issued_at: Time,
    /// Negative: when it was ended.
    pub expires_at: Time,
    pub consumed_at: Option<Time>,
}

impl Code {
    /// Whether it can be exchanged at no time any more, though nobody used it: what it stood on was withdrawn or ended.
    pub fn is_ended(&self) -> bool {
        self.expires_at.0 < 0
    }
}

/// What one authorization gave, revoked as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    pub environment: EnvironmentId,
    pub id: FamilyId,
    pub authorization: Authorization,
    pub created_at: Time,
    /// When the whole line of refresh tokens ends.
    pub expires_at: Time,
    pub revoked_at: Option<Time>,
    /// How often a superseded token was answered in its grace period (D6: at most once).
    pub grace_replays: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RefreshToken {
    pub environment: EnvironmentId,
    pub hash: TokenHash,
    pub family: FamilyId,
    pub generation: i64,
    pub issued_at: Time,
    pub expires_at: Time,
    pub superseded_at: Option<Time>,
    /// The successor's text under the master key, kept only where a grace period may ask for it again.
    pub sealed_successor: Option<Vec<u8>>,
}

/// A record of an access token: always for opaque ones and for users' tokens, and for a revoked JWT.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessToken {
    pub environment: EnvironmentId,
    /// Of the opaque token's text, or of the JWT's `jti`.
    pub hash: TokenHash,
    pub application: ApplicationId,
    pub family: Option<FamilyId>,
    /// The claims of an opaque token, as JSON.
    pub claims: Option<String>,
    pub expires_at: Time,
    pub revoked_at: Option<Time>,
}
