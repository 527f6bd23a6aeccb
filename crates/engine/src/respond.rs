//! Puts what an application is told at the authorization endpoint on its way, signed where the mode wants it (JARM §2).

use std::sync::Arc;

use protocol::authorize::{
    Answer, AuthorizationRequest, AuthorizeRefusal, Bearer, Delivery, Given, Presence, ResponseMode, deliver,
    sign_response,
};
use protocol::client::Client;
use protocol::grant::Denial;
use protocol::grant::front::{self, Front};
use protocol::id::FamilyId;
use protocol::model::SigningSettings;
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;
use protocol::session_state::SessionState;
use protocol::token::{Beside, Minted, Stamp};
use protocol::uri::{Leeway, MatchedRedirectUri};

use crate::call::{Call, Stop};
use crate::failure::{Failure, Fault};
use crate::finish::Granted;
use crate::site::{Endpoint, Layout};
use crate::token::{By, first_use, mapped, sign_access, sign_identity, terms};

/// A response to the application, and what the page around it says.
#[derive(Debug)]
pub struct Response {
    pub delivery: Delivery,
    pub client: Arc<Client>,
    pub locale: String,
    /// What the browser keeps of the session, where the application may watch it.
    pub browser_state: Option<String>,
}

/// Where the response of a checked request goes, compared anew with what the application registers now.
fn target(call: &Call<'_>, request: &AuthorizationRequest, client: &Client) -> Option<MatchedRedirectUri> {
    let application = &client.application;
    let (registered, uri) = (&application.redirect_uris, request.redirect_uri.as_deref()?);
    let wildcard = application.allow_wildcard_in_redirect_uris;
    MatchedRedirectUri::from_flow(registered, uri, Leeway { wildcard, any_port: call.app.config.developer })
}

/// A refusal of a checked request, told where its response would go.
pub(crate) fn redirectable(
    call: &Call<'_>,
    request: &AuthorizationRequest,
    client: &Client,
    refused: Refused,
) -> AuthorizeRefusal {
    match target(call, request, client) {
        Some(to) if !request.drives_itself() => AuthorizeRefusal::Redirect {
            to,
            mode: request.response_mode,
            state: request.state.clone(),
            refused: Box::new(refused),
        },
        _ => AuthorizeRefusal::Flow(Box::new(refused)),
    }
}

/// Makes what a granted request is answered with, where its response type names more than the code: the tokens, and the changes that
/// make them good.
///
/// # Errors
/// The application is not answered so any more; a required attribute of which the person has none; that there is no key.
pub(crate) async fn give(
    call: &Call<'_>,
    client: &Client,
    request: &AuthorizationRequest,
    presence: Presence<'_>,
    (code, front): (Option<Secret>, Option<FamilyId>),
) -> Result<Granted<Given>, Stop> {
    let session = watched(call, client, request, presence);
    let Some(family) = front else {
        let value = Given { code, session, ..Given::default() };
        return Ok(Granted { value, changes: Vec::new() });
    };
    let userinfo = call.at.site.url(Endpoint::Userinfo);
    let terms = terms(call, &userinfo);
    let decided = front::decide(&call.ctx, client, request, presence, family, &terms)?;
    let Front { mut access, mut id_token, mut changes } = decided;
    mapped(call, client, By::default(), (access.as_mut(), id_token.as_mut())).await?;
    let stamp = Stamp { issuer: &request.issuer, client, environment: terms.environment };
    let access_token = match access {
        Some(access) => {
            let Minted { text, record } = sign_access(call, &access, &stamp)?;
            changes.extend(record);
            Some(Bearer { text, expires_in: access.reach.lifetime, scope: access.reach.scope })
        }
        None => None,
    };
    let (beside, state) = (access_token.as_ref().map(|token| &token.text), request.state.as_deref());
    let beside = Beside::Response { access_token: beside, code: code.as_ref(), state };
    let id_token = id_token.map(|plan| sign_identity(call, &plan, beside, &stamp)).transpose()?;
    changes.extend(first_use(client));
    Ok(Granted { value: Given { code, access_token, id_token, session }, changes })
}

/// Whether the application is told why it is given nothing: its request is good, and the person lacks what it must know of them
/// (RFC 6749 §4.1.2.1). Whoever drives the flow themselves is told there.
pub(crate) fn is_told(denial: &Denial, request: &AuthorizationRequest) -> bool {
    denial.refused.reason == Reason::MappingUnmet && !request.drives_itself()
}

/// Session Management §2: for whoever asked who is signed on, where the environment lets them watch it.
fn watched(
    call: &Call<'_>,
    client: &Client,
    request: &AuthorizationRequest,
    presence: Presence<'_>,
) -> Option<SessionState> {
    if !call.at.tenant.environment.settings.session_management || !request.scope.contains("openid") {
        return None;
    }
    let (browser, salt) = (call.app.browser_state(presence.session), call.ctx.token::<12>());
    SessionState::of(browser, &client.application.client_id, request.redirect_uri.as_deref()?, salt.expose())
}

/// A response of a checked request.
///
/// # Errors
/// A page when the redirection URI is not registered any more.
pub(crate) fn respond(
    call: &Call<'_>,
    client: Arc<Client>,
    request: &AuthorizationRequest,
    answer: Answer<'_>,
) -> Result<Response, Failure> {
    let to = target(call, request, &client).ok_or_else(|| {
        Refused::new(Reason::RedirectUriInvalid, "a redirect_uri that is still registered", "one that was removed")
    })?;
    let state = request.state.as_deref();
    let delivery = delivered(call, &client, answer, (&to, request.response_mode), state, &request.issuer)?;
    let locale = call.at.tenant.environment.settings.locale.clone();
    let browser_state = match answer {
        Answer::Granted(given) => given.session.as_ref().map(|session| session.browser.clone()),
        Answer::Error { .. } => None,
    };
    Ok(Response { delivery, client, locale, browser_state })
}

/// The response that tells a refusal. None where it may not be told by the browser.
///
/// # Errors
/// There is no key to sign it with.
pub(crate) fn refuse(
    call: &Call<'_>,
    client: Option<&Arc<Client>>,
    refusal: &AuthorizeRefusal,
) -> Result<Option<Response>, Failure> {
    let (AuthorizeRefusal::Redirect { to, mode, state, refused }, Some(client)) = (refusal, client) else {
        return Ok(None);
    };
    let (code, description) = (refused.reason.row().oauth, description(call, refused));
    let code = if code.is_empty() { "server_error" } else { code };
    let answer = Answer::Error { code, description: &description };
    let delivery = delivered(call, client, answer, (to, *mode), state.as_deref(), &call.at.site.issuer)?;
    let locale = call.at.tenant.environment.settings.locale.clone();
    Ok(Some(Response { delivery, client: client.clone(), locale, browser_state: None }))
}

/// RFC 6749 §4.1.2.1: `error_description`, with the number that PingOne puts at its end.
pub(crate) fn description(call: &Call<'_>, refused: &Refused) -> String {
    let sentence = refused.sentence();
    match call.at.site.layout {
        Layout::PingOne => format!("{sentence} (Correlation ID: {})", call.ctx.correlation),
        Layout::Spring => sentence.into_owned(),
    }
}

fn delivered(
    call: &Call<'_>,
    client: &Client,
    answer: Answer<'_>,
    (to, mode): (&MatchedRedirectUri, ResponseMode),
    state: Option<&str>,
    issuer: &str,
) -> Result<Delivery, Failure> {
    let application = &client.application;
    deliver(answer, to, mode, state, issuer, |parameters| {
        let SigningSettings { policy, authorization, .. } = application.signing;
        let key = call.at.tenant.keys.signing_within(call.demands(client), policy, authorization)?;
        sign_response(key, &application.client_id, issuer, parameters, call.ctx.now).map_err(|error| {
            tracing::error!(%error, "a response could not be signed");
            Fault::Bug("signing").into()
        })
    })
}
