//! Decides whether the browser's session is enough for a request, or the user must sign on (OIDC Core §3.1.2.3).

use crate::client::Client;
use crate::flow::Followed;
use crate::model::{Session, User};
use crate::refusal::{Reason, Refused};
use crate::time::Time;

use super::{AuthorizationRequest, IdTokenHint};

/// Who is in front of the browser, as far as its session cookie tells.
#[derive(Clone, Copy, Debug)]
pub struct Presence<'a> {
    pub session: &'a Session,
    pub user: &'a User,
}

/// What the request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOn {
    /// The session answers for the user.
    Present,
    /// The user must prove who they are.
    Needed,
}

/// Compares the request of the client with the session.
///
/// # Errors
/// `login_required` where a sign-on is needed and `prompt=none` forbids it (OIDC Core §3.1.2.6).
pub fn decide_sign_on(
    request: &AuthorizationRequest,
    client: &Client,
    presence: Option<Presence<'_>>,
    hint: Option<&IdTokenHint>,
    follows: &Followed<'_>,
    now: Time,
) -> Result<SignOn, Refused> {
    let missing = match presence {
        None => Some("no session"),
        Some(presence) => insufficient(request, client, &presence, hint, now).or(by_policy(&presence, follows, now)),
    };
    match missing {
        None => Ok(SignOn::Present),
        Some(why) if request.prompt.none => Err(Refused::new(Reason::LoginRequired, "a session that is enough", why)),
        Some(_) => Ok(SignOn::Needed),
    }
}

fn insufficient(
    request: &AuthorizationRequest,
    client: &Client,
    presence: &Presence<'_>,
    hint: Option<&IdTokenHint>,
    now: Time,
) -> Option<&'static str> {
    let Presence { session, user } = presence;
    let old = |max_age: i64| max_age == 0 || now.since(session.auth_time) > max_age;
    let stands = session.is_live(now) && session.user == user.id && session.environment == user.environment;
    if !stands || user.may_act().is_err() {
        Some("no live session of a user who may act")
    } else if user.password.as_ref().is_some_and(|password| password.must_change) {
        Some("the password must be changed")
    } else if request.prompt.login || request.prompt.select_account {
        Some("prompt asks for a sign-on")
    } else if request.max_age.is_some_and(old) {
        // OIDC Core §3.1.2.1: max_age=0 is prompt=login.
        Some("the sign-on is older than max_age")
    } else if request.whom.as_ref().is_some_and(|whom| !whom.is(user, client)) {
        // OIDC Core §5.5.1
        Some("the request is for another user")
    } else if hint.is_some_and(|hint| !hint.names(session)) {
        // OIDC Core §3.1.2.2: never answer for another user than the hint names.
        Some("id_token_hint names another user")
    } else {
        None
    }
}

fn by_policy(presence: &Presence<'_>, follows: &Followed<'_>, now: Time) -> Option<&'static str> {
    follows.session_suffices(presence.session, presence.user, now).err()
}
