//! Sign-off: which session ends, whether the person is asked first, and where they go then (OpenID Connect RP-Initiated
//! Logout 1.0).

use std::sync::Arc;

use protocol::audit::{Action, Actor, Event};
use protocol::authorize::IdTokenHint;
use protocol::change::Change;
use protocol::client::Client;
use protocol::ctx::Ctx;
use protocol::refusal::{Reason, Refused};
use protocol::uri::match_redirect;

use crate::app::{App, Ask};
use crate::authorize::verify_hint;
use crate::failure::Failure;
use crate::finish::{Denied, Granted, finish, finish_stateless};
use crate::flow::{Present, Visitor, tenant};
use crate::site::Site;
use crate::tenant::Tenant;

/// What was asked.
#[derive(Clone, Copy, Default)]
pub struct SignoffRequest<'a> {
    pub id_token_hint: Option<&'a str>,
    pub client_id: Option<&'a str>,
    pub post_logout_redirect_uri: Option<&'a str>,
    pub state: Option<&'a str>,
    /// The person pressed the button of this server's own page.
    pub confirmed: bool,
}

/// What comes of it.
#[derive(Debug)]
pub struct Signoff {
    pub step: SignoffStep,
    /// Which application the person leaves, where it is known.
    pub client: Option<Arc<Client>>,
    pub locale: String,
}

#[derive(Debug)]
pub enum SignoffStep {
    /// Nothing proves that the person wants it: they are asked (§2, against sign-off by a link in a foreign page).
    Ask { username: String },
    /// Nobody is signed on any more; where the browser goes then, if anywhere.
    Done { redirect: Option<String> },
}

/// Answers a sign-off request.
///
/// # Errors
/// 400 for a hint that this environment did not issue, one of another client, and a return address that is not registered.
pub async fn signoff(
    app: &App,
    site: &Site,
    ask: &Ask,
    request: &SignoffRequest<'_>,
    visitor: &Visitor<'_>,
) -> Result<Signoff, Failure> {
    let ctx = app.ctx(ask);
    let tenant = tenant(app, site.environment).await?;
    let present = visitor.present(app, &ctx, site.environment).await?;
    let checked = match check(app, &ctx, &tenant, request).await {
        Ok(checked) => checked,
        Err(Failure::Refused(refused)) => return Err(record(app, site, ask, &ctx, *refused).await),
        Err(failure) => return Err(failure),
    };
    let Checked { hint, client, redirect } = checked;
    let locale = tenant.environment.settings.locale.clone();
    match present {
        Some(present) if !request.confirmed && !is_proof(hint.as_ref(), &present) => {
            let step = SignoffStep::Ask { username: present.user.username };
            Ok(Signoff { step, client, locale })
        }
        present => {
            let value = Signoff { step: SignoffStep::Done { redirect }, client, locale };
            end(app, site, ask, &ctx, value, present).await
        }
    }
}

struct Checked {
    hint: Option<IdTokenHint>,
    client: Option<Arc<Client>>,
    redirect: Option<String>,
}

async fn check(app: &App, ctx: &Ctx<'_>, tenant: &Tenant, request: &SignoffRequest<'_>) -> Result<Checked, Failure> {
    let hint = request.id_token_hint.map(|token| verify_hint(app, tenant, token, ctx)).transpose()?;
    // §2: client_id must be an audience of the hint.
    if let (Some(hint), Some(id)) = (&hint, request.client_id)
        && !hint.is_for(id)
    {
        return Err(Refused::new(Reason::HintOfOtherClient, "a hint made for client_id", "one for another").into());
    }
    let named = request.client_id.or_else(|| hint.as_ref().and_then(|h| h.audience.first()).map(String::as_str));
    let client = match named {
        Some(id) => tenant.client(app, id).await?,
        None => None,
    };
    let redirect = match request.post_logout_redirect_uri {
        Some(uri) => Some(back(client.as_deref(), uri, request.state)?),
        None => None,
    };
    Ok(Checked { hint, client, redirect })
}

/// §3: only to an address that the client registered, compared exactly.
fn back(client: Option<&Client>, uri: &str, state: Option<&str>) -> Result<String, Refused> {
    let registered = client.map_or(&[][..], |client| &client.application.post_logout_redirect_uris);
    let Some(to) = match_redirect(registered, uri, false) else {
        let came: String = uri.chars().take(200).collect();
        let refused = Refused::new(Reason::RedirectUriInvalid, registered.join(" "), came);
        return Err(refused.saying("post_logout_redirect_uri is not registered for the application"));
    };
    let parameters: Vec<(&str, &str)> = state.map(|state| ("state", state)).into_iter().collect();
    Ok(to.with_query(&parameters))
}

/// Whether the hint shows that the application speaks for the person who is signed on.
fn is_proof(hint: Option<&IdTokenHint>, present: &Present) -> bool {
    hint.is_some_and(|hint| {
        hint.subject == present.user.id && hint.session.is_none_or(|session| session == present.session.id)
    })
}

async fn end(
    app: &App,
    site: &Site,
    ask: &Ask,
    ctx: &Ctx<'_>,
    value: Signoff,
    present: Option<Present>,
) -> Result<Signoff, Failure> {
    let Some(Present { session, user }) = present else { return Ok(value) };
    let mut event = Event::new(Some(site.environment), ctx.now, ctx.correlation, Action::SessionEnded)
        .by(Actor::User(user.id))
        .on("SESSION", session.id.uuid());
    event.source = ask.source;
    event.application = value.client.as_ref().map(|client| client.application.id);
    let changes = vec![Change::EndSession(site.environment, session.id, ctx.now.to_millis())];
    finish(app, Ok(Granted { value, changes, event })).await.into_result()
}

async fn record(app: &App, site: &Site, ask: &Ask, ctx: &Ctx<'_>, refused: Refused) -> Failure {
    let mut event = Event::new(Some(site.environment), ctx.now, ctx.correlation, Action::SessionEnded);
    event.source = ask.source;
    let denied = Denied { refused: refused.clone(), changes: Vec::new(), event };
    finish_stateless::<()>(app, Err(denied)).await.into_result().err().unwrap_or_else(|| refused.into())
}

/// The hint is a bearer string of sorts, so it is not printed.
impl std::fmt::Debug for SignoffRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignoffRequest").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
