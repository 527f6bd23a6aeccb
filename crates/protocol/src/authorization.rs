//! An authorization: what one person's sign-on allows one application. A code is a way to it, a family of refresh tokens
//! keeps it, every token of a person tells of it.
//!
//! It stands below the grants, the policy and the tokens, which all read it and know nothing of each other.

mod grant_type;
mod reach;

pub use grant_type::GrantType;
pub use reach::Reach;

use crate::claims::AskedClaims;
use crate::confirmation::{Confirmation, Thumbprint};
use crate::details::Details;
use crate::id::{ApplicationId, SessionId, UserId};
use crate::scope::{OFFLINE_ACCESS, Scope};
use crate::time::Time;

/// Who allowed whom what, and by which sign-on. It never changes: a token request may use less of it, never more.
///
/// A new fact of an authorization is a member here. The compiler then asks whoever makes one
/// ([`crate::authorize::AuthorizationRequest::authorized_by`]), what tokens say of it (`token/mint.rs`) and how it is
/// stored. This is the place of
/// who acts for the person (`act`: RFC 8693 §4.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Authorization {
    pub application: ApplicationId,
    /// Of the site that was asked: tokens carry it.
    pub issuer: String,
    pub user: UserId,
    pub session: SessionId,
    /// When, by which sign-on policy and by what the person proved who they are (OIDC Core §2).
    pub auth_time: Time,
    pub acr: String,
    pub amr: Vec<String>,
    pub scope: Scope,
    /// RFC 8707. Empty: no resource was named.
    pub resource: Vec<String>,
    /// OIDC Core §5.5: what was asked of the person claim by claim.
    pub claims: AskedClaims,
    /// RFC 9396 §7.
    pub details: Details,
    /// By what whoever uses it must prove that it is theirs: a code by the key of `dpop_jkt` (RFC 9449 §10), a refresh token of a
    /// public client by that of its first token request (§5). An access token has its own.
    pub confirmation: Confirmation,
    /// The attested key of the instance of the client that its refresh tokens are for
    /// (draft-ietf-oauth-attestation-based-client-auth §11.3).
    pub instance: Option<Thumbprint>,
}

impl Authorization {
    /// Whether it is meant to last when nobody is signed on any more (OIDC Core §11): the sign-off of its session does not end it
    /// (Back-Channel Logout §2.7). Whatever ends all that a person gave does.
    pub fn is_offline(&self) -> bool {
        self.scope.contains(OFFLINE_ACCESS)
    }
}
