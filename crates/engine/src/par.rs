//! Pushed authorization requests: a client hands its request in before a browser comes with the reference to it (RFC 9126).
//!
//! It is checked by the same function as at the authorization endpoint, and once more when the browser comes: what was
//! registered may have changed meanwhile.

use protocol::audit::Action;
use protocol::authorize::{
    Asked, AuthorizeRefusal, Beside, Pushed, Via, check, code_key, object, push, pushable, unused,
};
use protocol::confirmation::Confirmation;
use protocol::dpop::Proof;
use protocol::refusal::{Reason, Refused};
use protocol::secret::{Secret, TokenHash};

use crate::app::{App, Ask};
use crate::authorize::{may_begin, surroundings, verify_hint};
use crate::brought::said;
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
    /// For the next proof, where they need one (RFC 9449 §8.2).
    pub dpop_nonce: Option<String>,
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
    for attempt in 0..ATTEMPTS {
        let outcome = try_push(&mut call, &form, attempt > 0).await;
        if let Ok(finished) = call.settle(outcome).await {
            return finished;
        }
    }
    call.stop(Fault::Unavailable.into()).await
}

async fn try_push(call: &mut Call<'_>, form: &Form, again: bool) -> Result<Granted<Reference>, Stop> {
    let authenticated = call.authenticate(form, Endpoint::Par).await?;
    let client = authenticated.client();
    call.at.tenant.must_know_policies()?;
    let params = &form.params;
    pushable(params)?;
    let object = match object::brought(params)? {
        Some(text) => Some(said(call, text, client).await??),
        None => None,
    };
    let params = object.as_ref().unwrap_or(params);
    let asked = Asked { via: Via::Push { object: object.is_some() }, params, problem: None, origin: None };
    // Whoever authenticated by a header names the client in the request as well (RFC 9126 §2.1).
    protocol::authorize::client_id(&asked).map_err(|refusal| told(&refusal))?;
    let userinfo = call.at.site.url(Endpoint::Userinfo);
    let assignments = call.at.tenant.assignments(call.app, client.application.id).await?;
    let surroundings = surroundings(call, &userinfo, &assignments);
    let mut request = check(&asked, client, &surroundings).map_err(|refusal| told(&refusal))?;
    let demands = call.demands(client);
    let proof = call.pushed_with(form, &authenticated, again).await?;
    proof.as_ref().map_or(Ok(()), |proof| demands.judge_alg(proof.alg(), Reason::DpopProofInvalid))?;
    let shown = proof.as_ref().map_or(Confirmation::None, Proof::confirmation);
    if let Confirmation::Jkt(key) = &shown {
        code_key(params, Some(key))?.map_or(Ok(()), |key| request.bind(key))?;
    }
    let hint = params.text("id_token_hint");
    hint.map(|token| verify_hint(call, token)).transpose()?;
    may_begin(call)?;
    let beside = Beside { hint, signed: object.is_some() };
    let Pushed { request_uri, expires_in, change } =
        push(&call.ctx, (call.environment(), demands), client, &request, beside)?;
    let used = proof.map(|proof| proof.single_use(call.environment()));
    let value = Reference { request_uri, expires_in, dpop_nonce: call.next_nonce(&shown) };
    Ok(Granted { value, changes: used.into_iter().chain([change]).collect() })
}

/// Everything is told to the client that pushes.
fn told(refusal: &AuthorizeRefusal) -> Stop {
    refusal.refused().clone().into()
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
