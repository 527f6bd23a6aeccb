//! Decides how a flow begins: with what its policy asks for first, or complete because a session answers for the user.

use crate::ctx::Ctx;
use crate::id::{EnvironmentId, FlowId};
use crate::model::Session;
use crate::refusal::Refused;
use crate::secret::TokenHash;
use crate::time::Time;

use super::{Flow, Followed, Proof, Purpose, State};

/// A flow in which nothing was done yet.
///
/// # Errors
/// None of the policies comes to its end here.
pub fn start(
    ctx: &Ctx<'_>,
    environment: EnvironmentId,
    purpose: Purpose,
    follows: &Followed<'_>,
    browser: TokenHash,
) -> Result<Flow, Refused> {
    Ok(begin(ctx, environment, purpose, follows.begins(ctx.now)?, browser))
}

/// A flow that a live session completes at once.
pub fn start_signed_on(
    ctx: &Ctx<'_>,
    environment: EnvironmentId,
    purpose: Purpose,
    browser: TokenHash,
    session: &Session,
) -> Flow {
    let state = State::Completed { user: session.user, session: session.id };
    begin(ctx, environment, purpose, state, browser)
}

fn begin(ctx: &Ctx<'_>, environment: EnvironmentId, purpose: Purpose, state: State, browser: TokenHash) -> Flow {
    let now = ctx.now.to_millis();
    Flow {
        id: FlowId::new(ctx.uuid()),
        environment,
        purpose,
        state,
        proven: Vec::new(),
        consented: None,
        document: None,
        browser,
        created_at: now,
        expires_at: expiry(now),
        version: 0,
    }
}

/// Every interaction gives a flow a quarter of an hour more.
pub(super) fn expiry(now: Time) -> Time {
    now.to_millis().plus(IDLE_SECONDS)
}

impl Flow {
    /// Whether the flow has waited too long. Then it is unknown (PingOne: 404).
    pub fn is_expired(&self, now: Time) -> bool {
        now >= self.expires_at
    }

    /// Whether a refused input should extend the flow's life: at most once a minute, so that parallel attempts do not
    /// contend for the flow.
    pub(super) fn lags(&self, now: Time) -> bool {
        expiry(now).since(self.expires_at) >= 60
    }

    pub(super) fn moved(&self, state: State, now: Time) -> Self {
        Self { state, expires_at: expiry(now), ..self.clone() }
    }

    /// Takes down that the person gave this proof.
    pub(super) fn with(mut self, proof: Proof) -> Self {
        if !self.proven.contains(&proof) {
            self.proven.push(proof);
        }
        self
    }
}

const IDLE_SECONDS: i64 = 15 * 60;
