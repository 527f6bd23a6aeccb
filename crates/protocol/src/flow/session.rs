//! Decides what a proven sign-on opens: a session whose cookie nobody held before.

use crate::ctx::Ctx;
use crate::id::SessionId;
use crate::model::{Session, User};
use crate::secret::{Artefact, Secret, TokenHash};

/// A new session and the text of its cookie. The store keeps the hash alone.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedSession {
    pub session: Session,
    pub token: Secret,
}

/// OWASP session fixation: identifier and cookie are new at every sign-on, whatever the browser sent.
pub(super) fn open(ctx: &Ctx<'_>, user: &User, acr: String, amr: Vec<String>) -> OpenedSession {
    let token = ctx.token::<32>();
    let now = ctx.now.to_millis();
    let session = Session {
        id: SessionId::new(ctx.uuid()),
        environment: user.environment,
        user: user.id,
        token: TokenHash::of(Artefact::Session, token.expose()),
        auth_time: now,
        acr,
        amr,
        created_at: now,
        expires_at: now.plus(SESSION_SECONDS),
        ended_at: None,
    };
    OpenedSession { session, token }
}

/// How long a session and its cookie live: PingOne's 30 days.
pub const SESSION_SECONDS: i64 = 2_592_000;
