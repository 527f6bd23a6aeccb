//! Tokens: what they say ([`Access`], [`IdToken`]) and how each profile writes it (PingOne contract §4, RFC 9068,
//! OIDC Core §2, Spring Authorization Server's claims).
//!
//! A decision makes plans, and [`mint`] makes text of them. No rule elsewhere knows the profiles.

mod id_token;
mod json;
mod mint;
pub mod minted;
mod person;

pub use json::Json;
pub use mint::{Minted, Stamp, mint, sign_id_token};
pub use person::{address_members, signed_userinfo, userinfo};

use std::sync::Arc;

use uuid::Uuid;

use crate::authorization::{Authorization, Reach};
use crate::confirmation::Confirmation;
use crate::id::FamilyId;
use crate::mapping::Made;
use crate::model::User;
use crate::secret::Secret;

/// An access token before it has a form.
#[derive(Clone, Debug)]
pub struct Access {
    pub jti: Uuid,
    pub reach: Reach,
    /// None for an application's own token.
    pub subject: Option<Arc<Subject>>,
    /// What it is bound to.
    pub confirmation: Confirmation,
    /// What the resources that it is for add.
    pub mapped: Made,
}

/// Whom a token speaks of, and by which authorization.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// `sub` of ID tokens for the application.
    pub sub: String,
    pub user: Box<User>,
    /// What the token is revoked with.
    pub family: FamilyId,
    pub authorization: Authorization,
}

/// An ID token before it is signed.
#[derive(Clone, Debug)]
pub struct IdToken {
    pub jti: Uuid,
    pub subject: Arc<Subject>,
    /// What decides which claims about the person are in it.
    pub scope: crate::scope::Scope,
    /// What attributes of the application and of `openid` add.
    pub mapped: Made,
    pub nonce: Option<String>,
    /// Seconds.
    pub lifetime: i64,
}

/// What comes in one answer with an ID token, and is tied to it by a hash (OIDC Core §3.1.3.6, §3.3.2.11).
#[derive(Clone, Copy, Debug)]
pub enum Beside<'a> {
    /// At the token endpoint, where the hash is optional.
    Exchange(&'a Secret),
    /// At the authorization endpoint, where all of it is tied, `state` as well.
    Response { access_token: Option<&'a Secret>, code: Option<&'a Secret>, state: Option<&'a str> },
}

/// The text of a refresh token, which the store keeps only as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshTokenText(pub Secret);

#[cfg(test)]
mod tests;
