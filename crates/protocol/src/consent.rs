//! Consent: what a person lets an application that nobody here vouches for do in their name (RFC 6749 §4.1.1, RFC 9700 §4.14;
//! OIDC Core §3.1.2.4), when they are asked, and what is remembered of it.
//!
//! An administrator who makes an application has answered for all people of the environment. A client that anybody could have
//! registered is foreign: of it each person is asked. [`needed`] says whether they are, and [`settle`] is the wall: no response
//! is given without its changes, whose guards hold a withdrawal off until the commit.

mod shown;

pub use shown::{Direction, direction, host};

use crate::authorize::AuthorizationRequest;
use crate::change::Change;
use crate::client::Client;
use crate::ctx::Ctx;
use crate::flow::Flow;
use crate::id::{ApplicationId, EnvironmentId, UserId};
use crate::model::Standing;
use crate::refusal::{Reason, Refused};
use crate::scope::Scope;
use crate::time::Time;

/// What one person allowed one application, until they withdraw it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Consent {
    pub environment: EnvironmentId,
    pub user: UserId,
    pub application: ApplicationId,
    /// The client id and the name that the person was shown.
    pub client_id: String,
    pub name: String,
    pub allowed: Allowed,
    pub created_at: Time,
    pub updated_at: Time,
    /// Counts writes, from anywhere; the guard of the next one.
    pub version: i64,
}

/// What a request asks a person for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Allowed {
    pub scope: Scope,
    /// OIDC Core §5.5: asked for one by one.
    pub claims: Vec<String>,
    /// RFC 8707: the resources that were named.
    pub resource: Vec<String>,
}

/// What is known of a person's will when a request is answered, and whether they may want it.
#[derive(Clone, Copy, Debug)]
pub struct Will<'a> {
    pub client: &'a Client,
    /// What decides whether the application is for them (`accessControl`).
    pub standing: &'a Standing,
    /// What they allowed before.
    pub known: Option<&'a Consent>,
    /// Whether they allowed this very request, in its flow.
    pub answered: bool,
}

impl<'a> Will<'a> {
    /// Of a person who was never asked.
    pub fn unknown(client: &'a Client) -> Self {
        Self { client, standing: &NOBODY, known: None, answered: false }
    }

    /// Whether the application is for them.
    ///
    /// # Errors
    /// `access_denied`.
    pub fn admit(&self) -> Result<(), Refused> {
        self.client.application.admit(self.standing)
    }

    /// The same with what they answered in this flow.
    pub(crate) fn in_flow(self, flow: &Flow) -> Self {
        Self { answered: flow.consented == Some(true), ..self }
    }
}

impl Allowed {
    /// What this request asks for.
    pub fn of(request: &AuthorizationRequest) -> Self {
        let claims = request.claims.userinfo.iter().chain(&request.claims.id_token);
        let mut claims: Vec<String> = claims.map(|asked| asked.claim.name().to_owned()).collect();
        claims.sort_unstable();
        claims.dedup();
        Self { scope: request.scope.clone(), claims, resource: request.resource.clone() }
    }

    /// What of this is not in `known`.
    #[must_use]
    pub fn beyond(&self, known: &Self) -> Self {
        let others =
            |all: &[String], known: &[String]| all.iter().filter(|one| !known.contains(one)).cloned().collect();
        let scope = self.scope.iter().filter(|token| !known.scope.contains(token));
        Self {
            scope: Scope::from_tokens(scope).unwrap_or_default(),
            claims: others(&self.claims, &known.claims),
            resource: others(&self.resource, &known.resource),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.scope.is_empty() && self.claims.is_empty() && self.resource.is_empty()
    }

    /// Both together. What does not fit into a scope is asked for again.
    fn with(&self, more: &Self) -> Self {
        let new = more.beyond(self);
        let both = |old: &[String], new: &[String]| old.iter().chain(new).cloned().collect();
        let scope = self.scope.iter().chain(new.scope.iter());
        Self {
            scope: Scope::from_tokens(scope).unwrap_or_else(|_| more.scope.clone()),
            claims: both(&self.claims, &new.claims),
            resource: both(&self.resource, &new.resource),
        }
    }
}

/// Whether a person's will may matter to this request at all, so that it is worth a look into the store.
pub fn concerns(client: &Client, request: &AuthorizationRequest) -> bool {
    client.is_foreign() || request.prompt.consent
}

/// Whether the person must be asked before the request is answered.
///
/// RFC 8252 §8.6, RFC 9700 §4.14: who cannot be told from an impostor, because anybody's program on the device gets the answer, is
/// asked for each time. So is what a request says in detail (RFC 9396): it is about one payment, one document, and is not remembered.
pub fn needed(request: &AuthorizationRequest, will: Will<'_>) -> bool {
    if will.answered || !concerns(will.client, request) {
        return false;
    }
    let assured = will.client.is_confidential() || direction(request.redirect_uri.as_deref()) == Direction::Web;
    let remembered = will.known.is_some_and(|known| Allowed::of(request).beyond(&known.allowed).is_empty());
    request.prompt.consent || !assured || !remembered || !request.details.is_empty()
}

/// What a person allows with their answer, beside what they allowed before. It is kept with the answer and not with what comes of it,
/// so that a withdrawal finds it whichever of the two is still to come (AC-13).
pub(crate) fn give(
    request: &AuthorizationRequest,
    will: Will<'_>,
    person: (EnvironmentId, UserId),
    ctx: &Ctx<'_>,
) -> Change {
    let ((environment, user), application) = (person, &will.client.application);
    let now = ctx.now.to_millis();
    // It counts from anywhere: one that was given anew after a withdrawal is never taken for the one before.
    let begins = || (ctx.uuid().as_u128() >> 68) as i64;
    let before = will.known.cloned();
    let before = before.unwrap_or_else(|| Consent { created_at: now, version: begins(), ..Consent::default() });
    let consent = Consent {
        environment,
        user,
        application: request.application,
        client_id: application.client_id.clone(),
        name: application.name.clone(),
        allowed: before.allowed.with(&Allowed::of(request)),
        updated_at: now,
        ..before
    };
    Change::GiveConsent { consent: Box::new(consent), new: will.known.is_none() }
}

/// What makes a response to this request one that the person allowed: nothing where nobody need be asked, else the guard that what they
/// allowed, just now or long ago, still stands.
///
/// # Errors
/// `consent_required` where they must be asked first, or withdrew what they answered.
pub fn settle(request: &AuthorizationRequest, will: Will<'_>) -> Result<Option<Change>, Refused> {
    if !concerns(will.client, request) {
        return Ok(None);
    }
    let wanted = Allowed::of(request);
    let stands = will.known.filter(|known| wanted.beyond(&known.allowed).is_empty() && !needed(request, will));
    let Some(Consent { environment, user, application, version, .. }) = stands else { return Err(required(will)) };
    let (environment, user, application, version) = (*environment, *user, *application, *version);
    Ok(Some(Change::UseConsent { environment, user, application, version }))
}

/// That the person must be asked, and may not be.
pub fn required(will: Will<'_>) -> Refused {
    let came = if will.known.is_some() { "a consent to less, or to be asked again" } else { "no consent" };
    Refused::new(Reason::ConsentRequired, "the person's consent to what is asked for", came)
}

static NOBODY: Standing = Standing::UNKNOWN;

#[cfg(test)]
mod tests;
