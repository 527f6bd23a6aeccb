//! What an authorization request brings instead of its parameters: a reference to what was pushed, or an object that its client signed.

use protocol::authorize::reference::{self, Reference};
use protocol::authorize::{Asked, AuthorizeRefusal, Via, found, object, referred, was_signed};
use protocol::client::Client;
use protocol::client_auth::{Asserted, Keys};
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};

use crate::call::{Call, Stop};
use crate::failure::Fault;
use crate::fetch::{Expected, Wanted};

/// The parameters that count, and the way they came.
pub(crate) struct Brought {
    via: Via,
    params: Params,
}

impl Brought {
    /// What is asked by it. What else stands in the address counts for nothing, whatever it is (RFC 9126 §4, RFC 9101 §6.3).
    pub(crate) fn asked<'a>(&'a self, by: &Asked<'a>) -> Asked<'a> {
        Asked { via: self.via, params: &self.params, problem: None, ..*by }
    }
}

/// What `asked` brings; None where its own parameters count.
pub(crate) async fn brought(
    call: &Call<'_>,
    asked: &Asked<'_>,
    client: &Client,
) -> Result<Result<Option<Brought>, AuthorizeRefusal>, Stop> {
    let found = match object::brought(asked.params) {
        Ok(Some(text)) => said(call, text, client).await?.map(|params| Some(Brought { via: Via::Object, params })),
        Ok(None) => match reference::read(asked.params, client, &call.at.tenant.environment) {
            Ok(Some(reference)) => fetched(call, reference, client).await?,
            Ok(None) => pushed(call, asked, client).await?,
            Err(refused) => Err(refused),
        },
        Err(refused) => Err(refused),
    };
    // Before it is read, nobody knows where the application is.
    Ok(found.map_err(|refused| asked.unredirectable(refused)))
}

/// The pushed request that `asked` refers to.
async fn pushed(call: &Call<'_>, asked: &Asked<'_>, client: &Client) -> Result<Result<Option<Brought>, Refused>, Stop> {
    let Some(hash) = referred(asked.params) else { return Ok(Ok(None)) };
    let stored = call.app.store.pushed_request(call.environment(), hash).await?;
    let pushed = match found(&call.ctx, stored.as_ref(), client, &call.at.site.issuer) {
        Ok(pushed) => pushed,
        Err(refused) => return Ok(Err(refused)),
    };
    let params = Params::form(pushed.parameters.as_bytes()).map_err(|error| {
        tracing::error!(%error, "a pushed request does not read any more");
        Fault::Bug("pushed request")
    })?;
    let object = was_signed(&params);
    Ok(Ok(Some(Brought { via: Via::Pushed { reference: hash, object }, params })))
}

/// What the request object says that lies at an address of the client's. One that is kept will do where the reference says that it is the
/// one that is meant; otherwise it is fetched, at most once a minute however many ask (ADR 0040).
async fn fetched(
    call: &Call<'_>,
    reference: Reference<'_>,
    client: &Client,
) -> Result<Result<Option<Brought>, Refused>, Stop> {
    let (outgoing, environment) = (&call.app.outgoing, call.environment());
    let read = |wanted| outgoing.document(environment, reference.address, OBJECT, wanted);
    let kept = if reference.has_version() { read(Wanted::Kept).await } else { read(Wanted::Newer).await };
    let found = match kept {
        Ok(kept) if reference.has_version() && !reference.is_kept_as(&kept.body) => read(Wanted::Newer).await,
        kept => kept,
    };
    let document = match found {
        Ok(document) => document,
        Err(unfetched) => {
            let expected = "a request object at the address";
            return Ok(Err(Refused::new(Reason::RequestUriUnfetched, expected, unfetched.to_string())));
        }
    };
    // What is no text is no JWT either.
    let text = str::from_utf8(&document.body).unwrap_or_default().trim_ascii();
    let said = said(call, text, client).await?;
    Ok(said.map(|params| Some(Brought { via: Via::Object, params })))
}

/// What a request object of `client` says.
pub(crate) async fn said(call: &Call<'_>, text: &str, client: &Client) -> Result<Result<Params, Refused>, Stop> {
    let (issuer, demands, now) = (&call.at.site.issuer, call.demands(client), call.ctx.now);
    let read = |keys| object::read(text, client, &object::Expected { issuer, keys, demands, now });
    Ok(match Asserted::read(text) {
        Some(asserted) if !asserted.alg().is_symmetric() => {
            let keys = call.keys(&asserted, &client.application.keys).await;
            read(Keys::Public(keys.as_ref().as_ref().map_err(String::as_str)))
        }
        // RFC 9101 §10.1: a secret that anybody may have signs nothing.
        Some(_) if client.is_confidential() => read(Keys::Shared(&call.secrets(client)?)),
        // What cannot be taken apart is refused for that.
        Some(_) | None => read(Keys::Shared(&[])),
    })
}

/// RFC 9101 §5.2.3; OpenID Connect's clients publish it as a plain JWT.
const OBJECT: Expected =
    Expected { media: &["application/oauth-authz-req+jwt", "application/jwt"], largest: 64 * 1024, withdrawn: false };
