//! The grants of the token endpoint: what each needs loaded, and what it decides (RFC 6749 §4, §6).
//!
//! Client authentication came before: every `decide` takes an [`crate::client_auth::AuthenticatedClient`].

pub mod authorization_code;
pub mod client_credentials;
pub mod front;
mod issue;
pub mod minted;
pub mod refresh_token;
mod request;

pub use crate::authorization::GrantType;
pub use request::{CodeRequest, CredentialsRequest, Grant, RefreshRequest, missing};

use crate::change::Change;
use crate::client::Client;
use crate::id::UserId;
use crate::model::{Environment, Scopes, Session, Standing, User};
use crate::policy::Own;
use crate::refusal::{Reason, Refused};
use crate::token::{Access, IdToken, RefreshTokenText};

/// The configuration that every grant decides under.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub environment: &'a Environment,
    pub scopes: &'a Scopes,
    pub own: Own<'a>,
    pub issuer: &'a str,
    /// A developer's server: its clock may be put back, and any port of this machine is registered there.
    pub developer: bool,
}

/// What the token endpoint will answer, and what makes it true. Minting adds the record of the access token.
#[derive(Debug)]
pub struct Decision {
    pub access: Access,
    pub id_token: Option<IdToken>,
    pub refresh_token: Option<RefreshTokenText>,
    pub changes: Vec<Change>,
    pub user: Option<UserId>,
}

/// A refusal, which may change something: the replay of a code revokes what the code gave.
#[derive(Debug)]
pub struct Denial {
    pub refused: Box<Refused>,
    pub changes: Vec<Change>,
    pub user: Option<UserId>,
}

impl From<Refused> for Denial {
    fn from(refused: Refused) -> Self {
        Self { refused: Box::new(refused), changes: Vec::new(), user: None }
    }
}

impl Denial {
    fn new(reason: Reason, expected: &str, came: impl Into<String>) -> Self {
        Refused::new(reason, expected, came).into()
    }

    #[must_use]
    fn changing(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    #[must_use]
    fn of(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }
}

/// Whether the person behind a grant may still be acted for (specs §7.7, §8.6).
pub fn active<'a>(user: Option<&'a User>, session: Option<&Session>) -> Result<&'a User, Denial> {
    let inactive = |came: &str| Denial::new(Reason::SubjectInactive, "an active user and a session not ended", came);
    let user = user.ok_or_else(|| inactive("a user who was deleted"))?;
    user.may_act().map_err(|came| inactive(came).of(user.id))?;
    // A session that merely expired may be gone from the store; ending one revokes its families by itself.
    if session.is_some_and(|s| s.ended_at.is_some()) {
        return Err(inactive("a session that was ended").of(user.id));
    }
    Ok(user)
}

/// Whether the application is still for the user: who left its groups, or holds no role any more, is given nothing more, whatever they
/// were given before.
fn admitted(client: &Client, user: &User, standing: &Standing) -> Result<(), Denial> {
    let admitted = client.application.admit(standing);
    admitted
        .map_err(|refused| Denial::new(Reason::SubjectInactive, &refused.expected, refused.came.clone()).of(user.id))
}

#[cfg(test)]
pub(crate) mod tests;
