//! The token endpoint: read → load → decide → commit → render (RFC 6749 §3.2). Start reading the server here.
//!
//! [`exchange`] is the whole request. What may be refused is decided in `protocol`; this file only fetches the facts
//! that a decision asks for, signs what was granted, and commits before anything is answered.

mod authenticate;
mod load;
mod mapped;
mod possession;
mod unanswered;
mod verify;

use jose::SigningKey;
use protocol::audit::Action;
use protocol::change::Change;
use protocol::client::Client;
use protocol::client_auth::{AuthenticatedClient, Method, Presented};
use protocol::details::Details;
use protocol::dpop;
use protocol::grant::{Decision, Grant, GrantType, Terms};
use protocol::model::{Application, SigningSettings};
use protocol::mutual_tls;
use protocol::params::Params;
use protocol::policy::{self, Own};
use protocol::refusal::Refused;
use protocol::scope::Scope;
use protocol::secret::Secret;
use protocol::token::{Access, Beside, IdToken, Minted, Stamp, mint, sign_id_token};

use crate::app::{App, Ask};
use crate::call::{Call, Here, Stop};
use crate::controls::{forced, issued};
use crate::failure::Fault;
use crate::finish::{Finished, Granted};
use crate::site::{Endpoint, Site};

pub(crate) use mapped::{By, groups, mapped};
use possession::Shown;
pub(crate) use unanswered::Unanswered;
pub use verify::{AccessFacts, verify};
pub(crate) use verify::{Known, Unknown, find, issued_to};

/// The form of a request with client authentication, read but not believed.
#[derive(Debug)]
pub struct Form {
    pub presented: Presented,
    pub params: Params,
    /// What stands in its `DPoP` header.
    pub dpop: dpop::Sent,
    /// The certificate that its connection shows.
    pub certificate: mutual_tls::Sent,
    /// Seconds that its sender, who failed too often, is told to wait where they fail once more. A right secret is not asked to.
    pub wait: Option<u64>,
}

/// What a successful token request is answered with (RFC 6749 §5.1).
#[derive(Clone, Debug)]
pub struct TokenResponse {
    pub grant: GrantType,
    pub access_token: Secret,
    /// `Bearer`, or `DPoP` for a token that is bound to a key (RFC 9449 §5).
    pub token_type: &'static str,
    /// Seconds, as promised: computed once, with `exp`.
    pub expires_in: i64,
    pub scope: Scope,
    /// RFC 9396 §7.
    pub details: Details,
    pub refresh_token: Option<Secret>,
    pub id_token: Option<Secret>,
    /// For the next proof, where they need one (RFC 9449 §8.2).
    pub dpop_nonce: Option<String>,
}

/// Answers a token request. `form` may already be a refusal: it is recorded like any other.
pub async fn exchange(app: &App, site: &Site, ask: &Ask, form: Result<Form, Refused>) -> Finished<TokenResponse> {
    let mut call = match Call::begin(app, site, ask, Action::TokenIssued).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let form = match form {
        Ok(form) => form,
        Err(refused) => return call.stop(refused.into()).await,
    };
    for attempt in 0..ATTEMPTS {
        let mut proof = Shown { again: attempt > 0, used: None };
        let outcome = grant(&mut call, &form, &mut proof).await;
        let (outcome, taken) = unanswered::recalled(&mut call, &form, outcome, proof.used).await;
        let settled = match outcome {
            Ok(granted) if !granted.changes.is_empty() => {
                call.attempt_or(granted, |response, event| unanswered::keep(&call, &form, response, event)).await
            }
            other => call.settle(other).await,
        };
        if settled.as_ref().map_or(true, Finished::is_refused) {
            unanswered::put_back(&call, taken);
        }
        if let Ok(finished) = settled {
            return finished;
        }
        // Somebody else was first: the facts are read again, and will usually show a replay.
    }
    call.stop(Fault::Unavailable.into()).await
}

/// Who asks, proven; for what; and the tokens that are given for it.
async fn grant(call: &mut Call<'_>, form: &Form, shown: &mut Shown) -> Result<Granted<TokenResponse>, Stop> {
    let client = call.authenticate(form, Endpoint::Token).await?;
    let grant = Grant::read(&form.params, &client)?;
    call.note(grant.kind().name());
    let client = call.possession(form, client, shown).await?;
    let mut decision = decide(call, &client, &grant).await?;
    decision.changes.extend(shown.used.clone());
    let by = By { grant: Some(grant.kind()), assertion: assertion(form, &client) };
    sign(call, &client, (grant.kind(), by), decision).await
}

/// What the client itself made and signed, where that proved it.
fn assertion<'a>(form: &'a Form, client: &AuthenticatedClient) -> Option<&'a str> {
    let is_own = matches!(client.method(), Method::ClientSecretJwt | Method::PrivateKeyJwt);
    form.params.text("client_assertion").filter(|_| is_own)
}

/// The configuration that tokens are given under. `userinfo` is its address at this site.
pub(crate) fn terms<'a>(call: &'a Call<'_>, userinfo: &'a str) -> Terms<'a> {
    let Here { site, tenant } = &call.at;
    Terms {
        environment: &tenant.environment,
        scopes: &tenant.scopes,
        own: Own { api: &call.app.config.api_url, userinfo },
        issuer: &site.issuer,
        developer: call.app.config.developer,
    }
}

/// Loads what the grant needs and decides.
async fn decide(call: &Call<'_>, client: &AuthenticatedClient, grant: &Grant) -> Result<Decision, Stop> {
    use protocol::grant::{authorization_code, client_credentials, refresh_token};
    let userinfo = call.at.site.url(Endpoint::Userinfo);
    let terms = terms(call, &userinfo);
    let decided = match grant {
        Grant::ClientCredentials(request) => client_credentials::decide(&call.ctx, client, request, &terms),
        Grant::AuthorizationCode(request) => {
            let facts = load::code(call, &request.code).await?;
            let standing = load::standing(call, client.client(), facts.user.as_ref()).await?;
            let facts = authorization_code::Facts { standing, ..facts };
            authorization_code::decide(&call.ctx, client, request, &facts, &terms)
        }
        Grant::RefreshToken(request) => {
            let facts = load::refresh(call, &request.refresh_token).await?;
            let standing = load::standing(call, client.client(), facts.user.as_ref()).await?;
            let facts = refresh_token::Facts { standing, ..facts };
            refresh_token::decide(&call.ctx, client, request, &facts, &terms, call.app.seal())
        }
    };
    Ok(decided?)
}

/// Makes the tokens that were decided on, and adds the access token's record to the changes.
async fn sign(
    call: &mut Call<'_>,
    client: &AuthenticatedClient,
    (grant, by): (GrantType, By<'_>),
    decision: Decision,
) -> Result<Granted<TokenResponse>, Stop> {
    let Decision { mut access, mut id_token, refresh_token, mut changes, user } = decision;
    // Before anything is refused: whose tokens they would be.
    call.event.user = user;
    mapped(call, client.client(), by, (Some(&mut access), id_token.as_mut())).await?;
    let stamp =
        Stamp { issuer: &call.at.site.issuer, client: client.client(), environment: &call.at.tenant.environment };
    let minted = sign_access(call, &access, &stamp)?;
    if minted.record.is_none() {
        issued::keep(call, client.client(), &minted.text);
    }
    let id_token =
        id_token.map(|plan| sign_identity(call, &plan, Beside::Exchange(&minted.text), &stamp)).transpose()?;
    changes.extend(minted.record);
    changes.extend(first_use(client.client()));
    let value = TokenResponse {
        grant,
        access_token: minted.text,
        token_type: access.confirmation.token_type(),
        expires_in: access.reach.lifetime,
        scope: access.reach.scope,
        details: access.reach.details,
        refresh_token: refresh_token.map(|text| text.0),
        id_token,
        dpop_nonce: call.next_nonce(client.confirmation()),
    };
    call.acts(client);
    Ok(Granted { value, changes })
}

/// With its first token a client that registered itself stays: one write for all that it is ever given.
pub(crate) fn first_use(client: &Client) -> Option<Change> {
    let Application { environment, id: application, unused_since, .. } = client.application;
    unused_since.map(|_| Change::MarkClient { environment, application, unused_since: None })
}

/// An access token, by the key of the application's policy: others verify it, so no algorithm is chosen for it. Where the environment
/// demands another algorithm of all, its own key signs.
pub(crate) fn sign_access(call: &Call<'_>, plan: &Access, stamp: &Stamp<'_>) -> Result<Minted, Stop> {
    let key = key_of_access(call, stamp)?;
    mint(&call.ctx, plan, stamp, key).and_then(|minted| forced::access(minted, key)).map_err(unsigned)
}

pub(crate) fn key_of_access<'a>(call: &'a Call<'_>, stamp: &Stamp<'_>) -> Result<&'a SigningKey, Fault> {
    let keys = &call.at.tenant.keys;
    let of_policy = keys.of_policy(stamp.client.application.signing.policy)?;
    let taken = policy::demands_of_all(stamp.environment).takes_alg(of_policy.alg());
    Ok(if taken { of_policy } else { keys.active() })
}

/// An ID token, by the key that its application chose.
pub(crate) fn sign_identity(
    call: &Call<'_>,
    plan: &IdToken,
    beside: Beside<'_>,
    stamp: &Stamp<'_>,
) -> Result<Secret, Stop> {
    let SigningSettings { policy, id_token, .. } = stamp.client.application.signing;
    let key = call.at.tenant.keys.signing_within(call.demands(stamp.client), policy, id_token)?;
    sign_id_token(&call.ctx, plan, beside, stamp, key).and_then(|token| forced::token(token, key)).map_err(unsigned)
}

pub(crate) fn unsigned(error: jose::Error) -> Stop {
    tracing::error!(%error, "a token could not be signed");
    Fault::Bug("signing").into()
}

/// A guard that loses twice means that the same code, token or proof is contended for right now.
pub(crate) const ATTEMPTS: usize = 2;
