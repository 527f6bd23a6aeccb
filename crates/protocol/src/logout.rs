//! Who is told that a session ended: the applications that took part in it, what each is sent, and how often (OpenID Connect
//! Back-Channel Logout 1.0, Front-Channel Logout 1.0).

use jose::{SigningKey, Typ};

use crate::change::Change;
use crate::client::Client;
use crate::ctx::Ctx;
use crate::id::{ApplicationId, EnvironmentId, SessionId, UserId};
use crate::model::{Environment, Key};
use crate::secret::Secret;
use crate::time::Time;
use crate::token::{Json, Subject};

/// That an application was given an ID token of a session, so that it has one of its own that ends with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Participation {
    pub environment: EnvironmentId,
    pub session: SessionId,
    pub application: ApplicationId,
    /// `iss` of the ID token: what is sent has the same.
    pub issuer: String,
    pub user: UserId,
    /// `sub` of the ID token. It is kept, because a user who is deleted has none.
    pub subject: String,
    /// From when on nobody needs to be told.
    pub expires_at: Time,
}

/// A participation in a session that has ended, of which the application was not told yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub participation: Participation,
    /// Which attempt is under way, or else the next: not before this time.
    pub due_at: Time,
    /// Attempts that were begun.
    pub attempts: i64,
}

/// What an application that is given an ID token leaves: nothing, where it does not want to be told (Back-Channel Logout §2.2).
pub fn joins(
    ctx: &Ctx<'_>,
    environment: &Environment,
    client: &Client,
    issuer: &str,
    subject: &Subject,
) -> Option<Change> {
    let wanted = client.application.logout.is_told();
    let participation = || Participation {
        environment: environment.id,
        session: subject.authorization.session,
        application: client.application.id,
        issuer: issuer.to_owned(),
        user: subject.authorization.user,
        subject: subject.sub.clone(),
        // The session may have begun this very moment, and the last attempt comes a while after its end.
        expires_at: ctx.now.plus(crate::flow::SESSION_SECONDS + TOLD_SECONDS),
    };
    wanted.then(|| Change::JoinSession(Box::new(participation())))
}

/// The logout token for the application (§2.4): what it is for is said by its type, so that it is taken for nothing else
/// (RFC 8725 §3.11), and it has no nonce, so that it is no ID token.
///
/// # Errors
/// When the cryptographic library cannot sign.
pub fn token(
    ctx: &Ctx<'_>,
    participation: &Participation,
    client_id: &str,
    key: &SigningKey,
) -> Result<Secret, jose::Error> {
    let now = ctx.now.secs();
    let claims = Json::object()
        .text("iss", &participation.issuer)
        .text("sub", &participation.subject)
        .text("aud", client_id)
        .number("iat", now)
        .number("exp", now + TOKEN_SECONDS)
        .text("jti", &ctx.uuid().to_string())
        .nested("events", Json::object().nested(EVENT, Json::object()))
        .text("sid", &participation.session.to_string());
    Ok(Secret::new(key.sign(Some(Typ::LogoutJwt), claims.finish().as_bytes())?))
}

/// What a browser loads at an application whose session ended (Front-Channel Logout §2): its address with the issuer and the session,
/// without which it could be anybody's link (LO-03).
pub fn frame(participation: &Participation, uri: &str) -> Option<String> {
    let mut url = url::Url::parse(uri).ok()?;
    let session = participation.session.to_string();
    url.query_pairs_mut().append_pair("iss", &participation.issuer).append_pair("sid", &session);
    Some(url.into())
}

/// Whether sessions may end by the change, of which somebody is to be told.
pub const fn ends_sessions(change: &Change) -> bool {
    matches!(change, Change::EndSession(..) | Change::EndUserSessions(..) | Change::Remove(Key::User(..)))
}

/// Whether the answer says that the application is done (§2.8). Some frameworks answer 204.
pub const fn is_done(status: u16) -> bool {
    matches!(status, 200 | 204)
}

impl Notice {
    /// The same with its next attempt begun, and due again only after the time in which that one ends. So of two nodes one sends it,
    /// and what a node that died had begun is begun again.
    #[must_use]
    pub fn begun(&self, now: Time) -> Self {
        let pause = usize::try_from(self.attempts).ok().and_then(|at| PAUSES.get(at)).unwrap_or(&LONGEST);
        Self { due_at: now.plus(*pause), attempts: self.attempts + 1, ..self.clone() }
    }

    /// The same as if the attempt had not begun: nothing left this server.
    #[must_use]
    pub fn postponed(&self, now: Time) -> Self {
        Self { due_at: now.plus(CROWDED), attempts: self.attempts - 1, ..self.clone() }
    }

    /// Whether no other attempt follows this one.
    pub fn is_last(&self) -> bool {
        self.attempts > PAUSES.len() as i64
    }
}

/// Whom it is about is nobody's business who reads a log.
impl std::fmt::Debug for Participation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { environment, session, application, expires_at, .. } = self;
        write!(f, "Participation({environment:?}, {session:?}, {application:?}, {expires_at:?})")
    }
}

/// §2.4: recommended to be short, two minutes at most.
const TOKEN_SECONDS: i64 = 120;
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds between an attempt and the one after it. The first is longer than an attempt may take.
const PAUSES: [i64; 5] = [30, 120, 600, 1_800, 3_600];
const LONGEST: i64 = 3_600;
const CROWDED: i64 = 2;
/// Longer than all attempts together.
const TOLD_SECONDS: i64 = 86_400;

#[cfg(test)]
mod tests;
