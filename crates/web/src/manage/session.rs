//! The sessions of a user: where they are signed on, and the end of one. A session's id is the claim `sid` of what it gave.

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::id::SessionId;
use protocol::model::{Session, User};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud;
use super::list::whole;
use super::shape::{Object, linked, reference, stamp};

/// Those that are live, the newest first: as many as a page can show.
pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    let sessions = call.by.store().sessions_of(user.environment, user.id, call.by.now()).await?;
    let rows = sessions.iter().map(|session| shape(&call.by, session)).collect();
    whole(&call, "sessions", rows, &["id", "createdAt", "expiresAt", "lastSignOn.at"])
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::ok(shape(&call.by, &load(&call).await?)))
}

/// Ends it with all that it gave, as a sign-off does.
pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let session = load(&call).await?;
    let change = Change::EndSession(session.environment, session.id, call.by.now().to_millis());
    call.by.finish(vec![change], Action::SessionEnded, (Kind::Session, session.id.uuid())).await?;
    Ok(Answer::none())
}

/// The session of the path, where it is the user's and live.
async fn load(call: &Call) -> Result<Session, Failure> {
    let user = crud::load::<User>(call).await?;
    let id = call.id("session", SessionId::parse)?;
    let found = call.by.store().session(user.environment, id).await?;
    let own = found.filter(|session| session.user == user.id && session.is_live(call.by.now()));
    own.ok_or_else(|| missing("session", id.to_string()))
}

fn shape(by: &Authorized, session: &Session) -> Value {
    let environment = format!("/environments/{}", session.environment);
    let user = format!("{environment}/users/{}", session.user);
    let links = [("self", format!("{user}/sessions/{}", session.id)), ("environment", environment), ("user", user)];
    let proved: Map<String, Value> =
        session.amr.iter().map(|proof| (proof.clone(), json!({ "at": stamp(session.auth_time) }))).collect();
    linked(by, &links)
        .with("id", session.id.to_string())
        .with("environment", reference(session.environment))
        .with("user", reference(session.user))
        .with("createdAt", stamp(session.created_at))
        .with("expiresAt", stamp(session.expires_at))
        .with("lastSignOn", Object::default().with("at", stamp(session.auth_time)).with("withAuthenticator", proved))
        .into()
}
