//! The token endpoint: read → load → decide → commit → render (RFC 6749 §3.2). Start reading the server here.
//!
//! [`exchange`] is the whole request. What may be refused is decided in `protocol`; this file only fetches the facts
//! that a decision asks for, signs what was granted, and commits before anything is answered.

mod call;
mod load;
mod verify;

use protocol::audit::Action;
use protocol::client_auth::{AuthenticatedClient, Presented};
use protocol::grant::{Decision, Denial, Grant, GrantType, Terms};
use protocol::params::Params;
use protocol::refusal::Refused;
use protocol::scope::Scope;
use protocol::secret::Secret;
use protocol::token::{Stamp, mint, sign_id_token};

use crate::app::{App, Ask};
use crate::failure::Failure;
use crate::finish::{Finished, Granted, Lost, attempt, finish_stateless};
use crate::site::Site;

pub(crate) use call::{Call, Stop};
pub use verify::{AccessFacts, verify};
pub(crate) use verify::{Known, find, issued_to};

/// The form of a request with client authentication, read but not believed.
#[derive(Debug)]
pub struct Form {
    pub presented: Presented,
    pub params: Params,
}

/// What a successful token request is answered with (RFC 6749 §5.1).
#[derive(Debug)]
pub struct TokenResponse {
    pub grant: GrantType,
    pub access_token: Secret,
    /// Seconds, as promised: computed once, with `exp`.
    pub expires_in: i64,
    pub scope: Scope,
    pub refresh_token: Option<Secret>,
    pub id_token: Option<Secret>,
}

/// Answers a token request. `form` may already be a refusal: it is recorded like any other.
pub async fn exchange(app: &App, site: &Site, ask: &Ask, form: Result<Form, Refused>) -> Finished<TokenResponse> {
    match try_exchange(app, site, ask, form).await {
        Ok(finished) => finished,
        Err(stop) => stop.finish(app).await,
    }
}

async fn try_exchange(
    app: &App,
    site: &Site,
    ask: &Ask,
    form: Result<Form, Refused>,
) -> Result<Finished<TokenResponse>, Stop> {
    let mut call = Call::begin(app, site, ask, Action::TokenIssued).await?;
    let form = form.map_err(|refused| call.refuse(refused))?;
    let client = call.authenticate(&form.presented).await?;
    let grant = Grant::read(&form.params, &client).map_err(|refused| call.refuse(refused))?;
    call.note(grant.kind().name());

    for _ in 0..ATTEMPTS {
        let decision = decide(&call, &client, &grant).await?;
        let granted = sign(&call, &client, grant.kind(), decision)?;
        if let Ok(finished) = commit(app, granted).await {
            return Ok(finished);
        }
        // Somebody else was first: the facts are read again, and will usually show a replay.
    }
    Err(Failure::Unavailable.into())
}

/// Loads what the grant needs and decides.
async fn decide(call: &Call<'_>, client: &AuthenticatedClient, grant: &Grant) -> Result<Decision, Stop> {
    use protocol::grant::{authorization_code, client_credentials, refresh_token};
    let terms = Terms {
        environment: &call.tenant.environment,
        scopes: &call.tenant.scopes,
        api: &call.app.config.api_url,
        issuer: &call.site.issuer,
    };
    let decided = match grant {
        Grant::ClientCredentials(request) => client_credentials::decide(&call.ctx, client, request, &terms),
        Grant::AuthorizationCode(request) => {
            let facts = load::code(call, &request.code).await?;
            authorization_code::decide(&call.ctx, client, request, &facts, &terms)
        }
        Grant::RefreshToken(request) => {
            let facts = load::refresh(call, &request.refresh_token).await?;
            refresh_token::decide(&call.ctx, client, request, &facts, &terms, call.app.seal())
        }
    };
    decided.map_err(|denial: Denial| call.deny(denial))
}

/// Makes the tokens that were decided on, and adds the access token's record to the changes.
fn sign(
    call: &Call<'_>,
    client: &AuthenticatedClient,
    grant: GrantType,
    decision: Decision,
) -> Result<Granted<TokenResponse>, Stop> {
    let Decision { access, id_token, refresh_token, mut changes, user } = decision;
    let stamp = Stamp { issuer: &call.site.issuer, client: client.client(), environment: &call.tenant.environment };
    let key = call.tenant.keys.active();
    let minted = mint(&call.ctx, &access, &stamp, key).map_err(unsigned)?;
    let id_token = id_token.map(|plan| sign_id_token(&call.ctx, &plan, &minted.text, &stamp, key));
    let id_token = id_token.transpose().map_err(unsigned)?;
    changes.extend(minted.record);
    let value = TokenResponse {
        grant,
        access_token: minted.text,
        expires_in: access.reach.lifetime,
        scope: access.reach.scope,
        refresh_token: refresh_token.map(|text| text.0),
        id_token,
    };
    let mut event = call.event.clone();
    event.user = user;
    Ok(Granted { value, changes, event })
}

/// A token that leaves a trace is answered after its commit; one that leaves none hands its event to the writer.
async fn commit(app: &App, granted: Granted<TokenResponse>) -> Result<Finished<TokenResponse>, Lost> {
    if granted.changes.is_empty() {
        return Ok(finish_stateless(app, Ok(granted)).await);
    }
    attempt(app, granted).await
}

fn unsigned(error: jose::Error) -> Stop {
    tracing::error!(%error, "a token could not be signed");
    Failure::Bug("signing").into()
}

/// A guard that loses twice means that the same code or token is contended for right now.
const ATTEMPTS: usize = 2;
