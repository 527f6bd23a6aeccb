//! Pushed authorization requests: a client hands its request in before a browser comes with the reference to it (RFC 9126).
//!
//! It is checked by the same function as at the authorization endpoint, and once more when the browser comes: what was
//! registered may have changed meanwhile.

use protocol::audit::Action;
use protocol::authorize::{Asked, AuthorizeRefusal, Pushed, Via, check, found, push, pushable, unused};
use protocol::client::Client;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use protocol::secret::{Secret, TokenHash};

use crate::app::{App, Ask};
use crate::authorize::{may_begin, surroundings, verify_hint};
use crate::call::{Call, Stop};
use crate::failure::Fault;
use crate::finish::{Finished, Granted};
use crate::site::{Endpoint, Site};
use crate::token::{ATTEMPTS, Form};

/// What the client is given (RFC 9126 §2.2).
#[derive(Debug)]
pub struct Reference {
    pub request_uri: Secret,
    /// Seconds.
    pub expires_in: i64,
}

/// Answers a pushed authorization request.
pub async fn pushed(app: &App, site: &Site, ask: &Ask, form: Result<Form, Refused>) -> Finished<Reference> {
    let mut call = match Call::begin(app, site, ask, Action::RequestPushed).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let form = match form {
        Ok(form) => form,
        Err(refused) => return call.stop(refused.into()).await,
    };
    for _ in 0..ATTEMPTS {
        let outcome = try_push(&mut call, &form).await;
        if let Ok(finished) = call.settle(outcome).await {
            return finished;
        }
    }
    call.stop(Fault::Unavailable.into()).await
}

async fn try_push(call: &mut Call<'_>, form: &Form) -> Result<Granted<Reference>, Stop> {
    let client = call.authenticate(form, Endpoint::Par).await?;
    let client = client.client();
    call.at.tenant.must_know_policies()?;
    let params = &form.params;
    pushable(params)?;
    let asked = Asked { via: Via::Push, params, problem: None, origin: None };
    // Whoever authenticated by a header names the client in the request as well (RFC 9126 §2.1).
    protocol::authorize::client_id(&asked).map_err(|refusal| told(&refusal))?;
    let userinfo = call.at.site.url(Endpoint::Userinfo);
    let request = check(&asked, client, &surroundings(call, &userinfo)).map_err(|refusal| told(&refusal))?;
    let hint = params.text("id_token_hint");
    hint.map(|token| verify_hint(call, token)).transpose()?;
    may_begin(call)?;
    let Pushed { request_uri, expires_in, change } = push(&call.ctx, call.environment(), client, &request, hint)?;
    Ok(Granted { value: Reference { request_uri, expires_in }, changes: vec![change] })
}

/// Everything is told to the client that pushes.
fn told(refusal: &AuthorizeRefusal) -> Stop {
    refusal.refused().clone().into()
}

/// A request that was pushed, as it came back with a browser.
pub(crate) struct Referred {
    hash: TokenHash,
    params: Params,
}

impl Referred {
    /// What is asked by it. What else stands in the address counts for nothing, whatever it is (RFC 9126 §4, RFC 9101 §6.3).
    pub(crate) fn asked<'a>(&'a self, by: &Asked<'a>) -> Asked<'a> {
        Asked { via: Via::Pushed(self.hash), params: &self.params, problem: None, ..*by }
    }
}

/// The pushed request that `asked` refers to; None where it refers to none.
pub(crate) async fn referred(
    call: &Call<'_>,
    asked: &Asked<'_>,
    client: &Client,
) -> Result<Result<Option<Referred>, AuthorizeRefusal>, Stop> {
    let Some(hash) = protocol::authorize::referred(asked.params) else { return Ok(Ok(None)) };
    let stored = call.app.store.pushed_request(call.environment(), hash).await?;
    let pushed = match found(&call.ctx, stored.as_ref(), client, &call.at.site.issuer) {
        Ok(pushed) => pushed,
        Err(refused) => return Ok(Err(asked.unredirectable(refused))),
    };
    let params = Params::form(pushed.parameters.as_bytes()).map_err(|error| {
        tracing::error!(%error, "a pushed request does not read any more");
        Fault::Bug("pushed request")
    })?;
    Ok(Ok(Some(Referred { hash, params })))
}

/// Whether an answer may still be given on the reference that a sign-on began with.
///
/// # Errors
/// It was used meanwhile, or is forgotten since it expired long ago.
pub(crate) async fn still_unused(call: &Call<'_>, reference: Option<TokenHash>) -> Result<(), Stop> {
    let Some(hash) = reference else { return Ok(()) };
    let pushed = call.app.store.pushed_request(call.environment(), hash).await?.ok_or_else(|| {
        let came = "one that expired long before the sign-on ended";
        Refused::new(Reason::RequestUriExpired, "a live reference", came)
    })?;
    Ok(unused(&call.ctx, &pushed)?)
}
