//! Decides what becomes of a request that its client pushes, and of the reference to it that a browser brings (RFC 9126).
//!
//! A reference is good for one answer and not for one look at the page: it counts as used with the code that is given on it, so
//! that a page may be loaded again, and whoever only opens the link uses nothing up ([`crate::flow::issue`]).

use crate::change::{Change, PushedRequest};
use crate::client::Client;
use crate::ctx::Ctx;
use crate::id::EnvironmentId;
use crate::model::{Environment, ParRequirement};
use crate::params::Params;
use crate::policy::{self, Demands, PUSHED_SECONDS};
use crate::refusal::{Reason, Refused};
use crate::secret::{Artefact, Secret, TokenHash};

use super::AuthorizationRequest;

/// A request that was pushed.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The `request_uri`, which opens it once.
    pub request_uri: Secret,
    /// Seconds.
    pub expires_in: i64,
    pub change: Change,
}

/// What is kept beside the request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// An `id_token_hint` that was verified.
    pub hint: Option<&'a str>,
    /// Whether the request came in a request object: it may have to by the time at which it is answered (RFC 9101 §10.5).
    pub signed: bool,
}

/// RFC 9126 §2.1: a reference to something else is not pushed, whatever stands beside it.
///
/// # Errors
/// [`Reason::RequestUriPushed`].
pub fn pushable(params: &Params) -> Result<(), Refused> {
    match params.text("request_uri") {
        Some(_) => Err(Refused::new(Reason::RequestUriPushed, "the parameters themselves", "request_uri")),
        None => Ok(()),
    }
}

/// Keeps a checked request under a fresh reference, as the parameters that ask for the same again: nothing that was not read is
/// kept, and no credential.
///
/// # Errors
/// Written out they are longer than a request may be.
pub fn push(
    ctx: &Ctx<'_>,
    (environment, demands): (EnvironmentId, &Demands),
    client: &Client,
    request: &AuthorizationRequest,
    Beside { hint, signed }: Beside<'_>,
) -> Result<Pushed, Refused> {
    let application = &client.application;
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(request.parameters(&application.client_id));
    form.extend_pairs(hint.map(|token| ("id_token_hint", token)));
    form.extend_pairs(signed.then_some((SIGNED, "true")));
    let parameters = form.finish();
    Params::form(parameters.as_bytes()).map_err(|error| error.refused())?;
    // RFC 9126 §7.1: 256 random bits, of which the store keeps the hash.
    let reference = ctx.token::<32>();
    let expires_in = application.par.timeout.unwrap_or(PUSHED_SECONDS).min(demands.longest_push);
    let pushed = PushedRequest {
        environment,
        hash: TokenHash::of(Artefact::PushedRequest, reference.expose()),
        application: application.id,
        issuer: request.issuer.clone(),
        parameters,
        expires_at: ctx.now.to_millis().plus(expires_in),
        used_at: None,
    };
    let request_uri = Secret::new(format!("{REQUEST_URI}{}", reference.expose()));
    Ok(Pushed { request_uri, expires_in, change: Change::PushRequest(Box::new(pushed)) })
}

/// Whether what was pushed, as it is kept, came in a request object.
pub fn was_signed(kept: &Params) -> bool {
    kept.present(SIGNED)
}

/// What of the store a request at the authorization endpoint refers to. None for one that brings its parameters itself, or
/// refers to somewhere else.
pub fn referred(params: &Params) -> Option<TokenHash> {
    let reference = params.text("request_uri")?.strip_prefix(REQUEST_URI)?;
    Some(TokenHash::of(Artefact::PushedRequest, reference))
}

/// The request that a reference stands for, where `client` may have it answered by this issuer and now.
///
/// # Errors
/// Unknown and another client's alike (RFC 9126 §4, §7.1); expired; used.
pub fn found<'a>(
    ctx: &Ctx<'_>,
    pushed: Option<&'a PushedRequest>,
    client: &Client,
    issuer: &str,
) -> Result<&'a PushedRequest, Refused> {
    let pushed = pushed.ok_or_else(|| {
        Refused::new(Reason::RequestUriUnknown, "the reference to a request that was pushed", "another")
    })?;
    let theirs = |came: String| Refused::new(Reason::RequestUriOfOtherClient, "a request of the application", came);
    if pushed.application != client.application.id {
        return Err(theirs(format!("a request of application {}", pushed.application)));
    }
    if pushed.issuer != issuer {
        return Err(theirs(format!("a request that was pushed to {}", pushed.issuer)));
    }
    unused(ctx, pushed)?;
    if ctx.now >= pushed.expires_at {
        let came = format!("one that expired {} s before", ctx.now.since(pushed.expires_at));
        return Err(Refused::new(Reason::RequestUriExpired, "a live reference", came));
    }
    Ok(pushed)
}

/// Whether an answer may still be given on it, to a sign-on that began while it lived.
///
/// # Errors
/// [`Reason::RequestUriUsed`].
pub fn unused(ctx: &Ctx<'_>, pushed: &PushedRequest) -> Result<(), Refused> {
    let Some(at) = pushed.used_at else { return Ok(()) };
    let came = format!("one that was used {} s before", ctx.now.since(at));
    Err(Refused::new(Reason::RequestUriUsed, "a reference not used before", came))
}

/// Whether the application may send its parameters by a browser (RFC 9126 §5, §6).
pub(super) fn not_demanded(client: &Client, environment: &Environment) -> Result<(), Refused> {
    let demands = policy::demands_of_all(environment);
    let expected = if demands.push {
        demands.expects("a pushed request")
    } else if policy::push_required(environment) {
        "a pushed request: parRequirement of the environment is REQUIRED".to_owned()
    } else if client.application.par.requirement == Some(ParRequirement::Required) {
        "a pushed request: parRequirement of the application is REQUIRED".to_owned()
    } else {
        return Ok(());
    };
    Err(Refused::new(Reason::PushRequired, expected, "parameters by the browser"))
}

/// Among the parameters that are kept. Only what was read of a request is, so none of a client's has this name.
const SIGNED: &str = "came_signed";
/// RFC 9126 §2.2: as an example there, and read by many.
const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";
