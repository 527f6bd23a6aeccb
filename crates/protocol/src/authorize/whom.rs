//! Decides about whom a response may be, and about nobody else (OIDC Core §3.1.2.2, §5.5.1).

use crate::client::Client;
use crate::id::UserId;
use crate::mapping::subject;
use crate::model::{Session, TokenProfile, User};
use crate::refusal::{Reason, Refused};

use super::{AuthorizationRequest, IdTokenHint, Presence};

/// The only person whom the response may be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    User(UserId),
    /// Of this name: Spring's tokens know no other `sub`, nor do those of an application whose `sub` is mapped.
    Named(String),
}

impl Whom {
    /// The person whose tokens have this `sub`.
    ///
    /// # Errors
    /// `login_required`: no token of this server can have it, so whoever signs on is another.
    pub fn of_sub(sub: &str, client: &Client, profile: TokenProfile) -> Result<Self, Refused> {
        match profile {
            _ if client.mappings.has_sub() => Ok(Self::Named(sub.to_owned())),
            TokenProfile::PingOne | TokenProfile::Rfc9068 => {
                UserId::parse(sub).map(Self::User).ok_or_else(|| other("a sub that nobody has"))
            }
            TokenProfile::Spring => Ok(Self::Named(sub.to_owned())),
        }
    }

    /// Whether tokens for the client would be about this person.
    pub fn is(&self, user: &User, client: &Client) -> bool {
        match self {
            Self::User(id) => *id == user.id,
            Self::Named(name) => subject(client, user, TokenProfile::Spring).is_ok_and(|sub| sub == *name),
        }
    }

    /// As tokens have it.
    pub fn sub(&self) -> String {
        match self {
            Self::User(id) => id.to_string(),
            Self::Named(name) => name.clone(),
        }
    }
}

impl AuthorizationRequest {
    /// Takes the person of a verified hint for the one that the response must be about. A hint of Spring's profile names only
    /// its session.
    ///
    /// # Errors
    /// `login_required` where `claims` names somebody else.
    pub fn expect(&mut self, hint: &IdTokenHint) -> Result<(), Refused> {
        let Some(hinted) = hint.subject.map(Whom::User) else { return Ok(()) };
        match &self.whom {
            Some(whom) if *whom != hinted => Err(other("id_token_hint of one person and sub of another")),
            _ => {
                self.whom = Some(hinted);
                Ok(())
            }
        }
    }

    /// Whether a sign-on is what the request insists on, once somebody signed on.
    ///
    /// # Errors
    /// `login_required` for another person; `unmet_authentication_requirements` for another policy than an essential `acr` named.
    pub fn insists(&self, presence: &Presence<'_>, client: &Client) -> Result<(), Refused> {
        let Presence { session, user } = presence;
        if self.whom.as_ref().is_some_and(|whom| !whom.is(user, client)) {
            return Err(other("another user"));
        }
        let Session { acr, .. } = session;
        if self.claims.acr_essential && self.policies().all(|name| name != acr) {
            let expected = self.policies().collect::<Vec<_>>().join(" ");
            return Err(Refused::new(Reason::AcrUnmet, expected, acr.clone()));
        }
        Ok(())
    }
}

fn other(came: &str) -> Refused {
    Refused::new(Reason::UserOther, "the user that id_token_hint or the sub of claims names", came)
}
