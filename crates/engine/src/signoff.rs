//! Sign-off: which session ends, whether the person is asked first, and where they go then (OpenID Connect RP-Initiated
//! Logout 1.0).

use std::sync::Arc;

use protocol::audit::{Action, Actor, Kind, Target};
use protocol::authorize::IdTokenHint;
use protocol::change::Change;
use protocol::client::Client;
use protocol::logout;
use protocol::refusal::{Reason, Refused};
use protocol::told;
use protocol::uri::{Leeway, match_redirect};

use crate::app::{App, Ask};
use crate::authorize::verify_hint;
use crate::call::{Call, Stop};
use crate::failure::{Failure, Fault};
use crate::finish::{Finished, Granted, Lost};
use crate::flow::{Present, Visitor};
use crate::site::Site;

/// What was asked.
#[derive(Clone, Copy, Default)]
pub struct SignoffRequest<'a> {
    pub id_token_hint: Option<&'a str>,
    pub client_id: Option<&'a str>,
    /// Who leaves, in the application's words: names them in the question, and answers nothing.
    pub logout_hint: Option<&'a str>,
    pub post_logout_redirect_uri: Option<&'a str>,
    pub state: Option<&'a str>,
    /// What the person answered to the question of this server's own page: whether to sign off. None where it was not asked.
    pub answer: Option<bool>,
}

/// What comes of it.
#[derive(Debug)]
pub struct Signoff {
    pub step: SignoffStep,
    /// Which application the person leaves, where it is known.
    pub client: Option<Arc<Client>>,
    /// The environment's name.
    pub environment: String,
    pub locale: String,
}

#[derive(Debug)]
pub enum SignoffStep {
    /// Nothing proves that the person wants it: they are asked (§2, against sign-off by a link in a foreign page).
    Ask { username: String },
    /// They were, and stay.
    Stay,
    /// Nobody is signed on any more; what the browser loads at applications that want to know, and where it goes then, if anywhere.
    Done { redirect: Option<String>, frames: Vec<String> },
}

/// Answers a sign-off request: 400 for a hint that this environment did not issue, one of another client, and a return
/// address that is not registered. Where a browser brings several live sessions, the person's word ends all of them, and a
/// hint those that it is for.
pub async fn signoff(
    app: &App,
    site: &Site,
    ask: &Ask,
    request: &SignoffRequest<'_>,
    visitor: &Visitor<'_>,
) -> Finished<Signoff> {
    let mut call = match Call::begin(app, site, ask, Action::SessionEnded).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let (checked, mut present) = match read(&mut call, request, visitor).await {
        Ok(read) => read,
        Err(stop) => return call.stop(stop).await,
    };
    let Checked { hint, client, redirect } = checked;
    let environment = &call.at.tenant.environment;
    let (environment, locale) = (environment.name.clone(), environment.settings.locale.clone());
    let meant = |present: &&Present| request.logout_hint.is_some_and(|hint| is_meant(present, hint));
    let asked = present.iter().find(meant).or(present.first()).map(|present| present.user.username.clone());
    present.retain(|present| request.answer.unwrap_or_else(|| is_proof(hint.as_ref(), present)));
    let frames = match frames(&call, &present).await {
        Ok(frames) => frames,
        Err(failure) => return call.stop(failure.into()).await,
    };
    let step = match (request.answer, asked) {
        (Some(false), Some(_)) => SignoffStep::Stay,
        // The session ended meanwhile. The person did not ask to be sent on.
        (Some(false), None) => SignoffStep::Done { redirect: None, frames: Vec::new() },
        (None, Some(username)) if present.is_empty() => SignoffStep::Ask { username },
        _ => SignoffStep::Done { redirect, frames },
    };
    let shown = hint.is_some() || request.answer.is_some();
    let value = Signoff { step, client, environment, locale };
    let Some(first) = present.first() else {
        // To whoever shows that there was a session no leader that was frozen and wakes up says that there is none.
        let said = shown && matches!(value.step, SignoffStep::Done { .. });
        let absent = if said { visitor.absent(&call) } else { Vec::new() };
        return nobody(call, value, absent).await;
    };
    call.event.target = Some(Target { kind: Kind::Session, id: first.session.id.uuid() });
    call.event.user = Some(first.user.id);
    call.event.actor = Actor::User(first.user.id);
    let (environment, now) = (call.environment(), call.ctx.now.to_millis());
    let ends = present.iter().map(|present| Change::EndSession(environment, present.session.id, now));
    let changes = ends.collect();
    call.finish(Ok(Granted { value, changes })).await
}

/// What the browser loads at the applications that took part in the sessions that end, and want it (Front-Channel Logout §3). More than
/// a page can hold are told by the back channel alone.
async fn frames(call: &Call<'_>, ending: &[Present]) -> Result<Vec<String>, Failure> {
    let mut frames = Vec::new();
    for present in ending {
        for participation in call.app.store.participations(call.environment(), present.session.id, FRAMES).await? {
            let client = call.at.tenant.client_of(call.app, participation.application).await?;
            let uri = client.as_ref().and_then(|client| client.application.logout.frontchannel_uri.as_deref());
            frames.extend(uri.and_then(|uri| logout::frame(&participation, uri)));
        }
    }
    frames.truncate(usize::try_from(FRAMES).unwrap_or_default());
    Ok(frames)
}

/// Nobody is signed on. With something to look for once more, that is not said before its event is committed.
async fn nobody(mut call: Call<'_>, value: Signoff, absent: Vec<Change>) -> Finished<Signoff> {
    if absent.is_empty() {
        return call.show(Ok(value)).await;
    }
    call.note("nobody was signed on");
    match call.attempt(Granted { value, changes: absent }).await {
        Ok(finished) => finished,
        Err(Lost) => call.stop(Fault::Unavailable.into()).await,
    }
}

/// Tells the event who asks, and for which application, before anything is refused.
async fn read(
    call: &mut Call<'_>,
    request: &SignoffRequest<'_>,
    visitor: &Visitor<'_>,
) -> Result<(Checked, Vec<Present>), Stop> {
    let present = visitor.all_present(call).await?;
    if let Some(present) = present.first() {
        call.event.user = Some(present.user.id);
        call.event.actor = Actor::User(present.user.id);
    }
    Ok((check(call, request).await?, present))
}

struct Checked {
    hint: Option<IdTokenHint>,
    client: Option<Arc<Client>>,
    redirect: Option<String>,
}

async fn check(call: &mut Call<'_>, request: &SignoffRequest<'_>) -> Result<Checked, Stop> {
    let named = named(call, request.client_id).await?;
    let hint = request.id_token_hint.map(|token| verify_hint(call, token)).transpose()?;
    // §2: client_id must be an audience of the hint.
    if let (Some(hint), Some(id)) = (&hint, request.client_id)
        && !hint.is_for(id)
    {
        return Err(Refused::new(Reason::HintOfOtherClient, "a hint made for client_id", "one for another").into());
    }
    let client = match (request.client_id, &hint) {
        (None, Some(hint)) => self::named(call, hint.audience.first().map(String::as_str)).await?,
        _ => named,
    };
    // It names its session alone where people are known by something else than their id.
    let hint = match (hint, &client) {
        (Some(hint), Some(client)) => Some(hint.of(client, None)),
        (hint, _) => hint,
    };
    let may_act = client.as_ref().map_or(Ok(()), |client| client.may_act());
    let redirect = match request.post_logout_redirect_uri {
        Some(uri) => {
            may_act.clone()?;
            let to = back((call.app.config.developer, client.as_deref()), request, uri)?;
            // RFC 9700 §4.11.2: whom nobody vouches for shows that it has to do with the person, or they say so themselves.
            let stranger = client.as_ref().is_some_and(|client| client.is_foreign());
            Some(to).filter(|_| !stranger || hint.is_some() || request.answer == Some(true))
        }
        None => None,
    };
    // The person may leave a disabled application all the same.
    Ok(Checked { hint, client: client.filter(|_| may_act.is_ok()), redirect })
}

/// The application of this client id. The event names it also when it is refused.
async fn named(call: &mut Call<'_>, client_id: Option<&str>) -> Result<Option<Arc<Client>>, Stop> {
    let Some(id) = client_id else { return Ok(None) };
    let client = call.at.tenant.client(call.app, id).await?;
    call.event.application = client.as_ref().map(|client| client.application.id);
    Ok(client)
}

/// §3: only to an address that the client registered, compared exactly. Whose it is must be said: who registered it is not
/// searched for, as anybody may register an address.
fn back(
    (developer, client): (bool, Option<&Client>),
    request: &SignoffRequest<'_>,
    uri: &str,
) -> Result<String, Refused> {
    let Some(client) = client else {
        return Err(match (request.client_id, request.id_token_hint) {
            (None, None) => {
                let expected = "client_id or id_token_hint beside post_logout_redirect_uri";
                Refused::new(Reason::LogoutClientMissing, expected, "post_logout_redirect_uri alone")
            }
            (Some(_), _) => Refused::new(Reason::ClientUnknown, "the client id of an application", "another"),
            (None, Some(_)) => Refused::new(
                Reason::ClientUnknown,
                "a hint made for an application",
                "one of an application that is gone",
            ),
        });
    };
    let registered = &client.application.post_logout_redirect_uris;
    let leeway = Leeway { any_port: developer, ..Leeway::default() };
    let Some(to) = match_redirect(registered, uri, leeway) else {
        let expected = match registered.as_slice() {
            [] => "an address of postLogoutRedirectUris, where the application has none".to_owned(),
            some => some.join(" "),
        };
        let came = told::address(uri);
        return Err(Refused::new(Reason::LogoutUriInvalid, expected, came));
    };
    let parameters: Vec<(&str, &str)> = request.state.map(|state| ("state", state)).into_iter().collect();
    Ok(to.with_query(&parameters))
}

/// Whether the hint shows that the application speaks for the person who is signed on.
fn is_proof(hint: Option<&IdTokenHint>, present: &Present) -> bool {
    hint.is_some_and(|hint| {
        hint.names(&present.session) && hint.session.is_none_or(|session| session == present.session.id)
    })
}

/// Whether a `logout_hint` means this person (§2): by their name, their address, their id, or that of the session.
fn is_meant(present: &Present, hint: &str) -> bool {
    let Present { session, user } = present;
    let ids = [user.id.to_string(), session.id.to_string()];
    user.username.eq_ignore_ascii_case(hint)
        || !user.email.is_empty() && user.email.eq_ignore_ascii_case(hint)
        || ids.iter().any(|id| id == hint)
}

/// The hint is a bearer string of sorts, so it is not printed.
impl std::fmt::Debug for SignoffRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignoffRequest").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// A page with ten thousand frames is none (LO-09).
const FRAMES: i64 = 50;
