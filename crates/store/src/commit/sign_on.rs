//! Statements of flows and sessions.

use protocol::change::Change;
use protocol::flow::Flow;
use protocol::id::{EnvironmentId, UserId};
use protocol::model::Session;
use protocol::time::Time;
use uuid::Uuid;

use super::{Batch, body};
use crate::Value;
use crate::shape::Shape;

/// Adds the change's statements; hands back what does not concern signing on.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::CreateFlow(f) => batch.run(
            "INSERT INTO flows (environment_id, id, expires_at, version, application_id, body) VALUES ($1, $2, $3, $4, $5, $6)",
            flow_values(&f, f.version),
        ),
        Change::UpdateFlow(f) => {
            let mut values = flow_values(&f, f.version + 1);
            values.push(f.version.into());
            batch.one(
                "UPDATE flows SET expires_at = $3, version = $4, application_id = $5, body = $6 WHERE environment_id = $1 AND id = $2 AND version = $7",
                values,
            );
        }
        Change::CreateSession(s) => batch.run(
            "INSERT INTO sessions (environment_id, id, user_id, token, auth_time, acr, amr, created_at, expires_at, ended_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            session_values(&s),
        ),
        Change::EndSession(environment, id, at) => end(batch, OF_SESSION, environment, id.uuid(), at),
        Change::EndUserSessions(environment, user, at) => end(batch, OF_USER, environment, user.uuid(), at),
        change => return Some(change),
    }
    None
}

/// Ends sessions and what they gave: their codes, and their refresh tokens with their access tokens (RFC 9700 §4.14.2).
fn end(batch: &mut Batch, ends: Ends, environment: EnvironmentId, id: Uuid, at: Time) {
    batch.run(ends.sessions, vec![environment.uuid().into(), id.into(), at.0.into()]);
    end_given(batch, ends, environment, id, at);
}

/// The same for all that the user's sign-ons gave, and not for the sessions themselves.
pub(super) fn end_given_to_user(batch: &mut Batch, environment: EnvironmentId, user: UserId, at: Time) {
    end_given(batch, OF_USER, environment, user.uuid(), at);
}

fn end_given(batch: &mut Batch, ends: Ends, environment: EnvironmentId, id: Uuid, at: Time) {
    // Codes before families: an exchange holds its code until its commit. So either it is waited for, and the family that it
    // makes is seen by the statement after this one, or it finds its code ended.
    batch.run(ends.codes, vec![environment.uuid().into(), id.into(), (-at.0).into()]);
    batch.run(ends.families, vec![environment.uuid().into(), id.into(), at.0.into()]);
}

fn flow_values(f: &Flow, version: i64) -> Vec<Value> {
    let stored = Flow { version, ..f.clone() };
    vec![
        f.environment.uuid().into(),
        f.id.uuid().into(),
        f.expires_at.0.into(),
        version.into(),
        f.purpose.application().uuid().into(),
        body(&stored),
    ]
}

fn session_values(s: &Session) -> Vec<Value> {
    vec![
        s.environment.uuid().into(),
        s.id.uuid().into(),
        s.user.uuid().into(),
        s.token.bytes().to_vec().into(),
        s.auth_time.0.into(),
        s.acr.as_str().into(),
        s.amr.text().into(),
        s.created_at.0.into(),
        s.expires_at.0.into(),
        s.ended_at.map(|t| t.0).into(),
    ]
}

/// What ends, in the order in which every commit takes its rows: else two of them could wait for each other.
#[derive(Clone, Copy)]
struct Ends {
    sessions: &'static str,
    /// They stay until they are purged, so that whoever brings one is told what became of it. They can be exchanged at no time,
    /// whatever another node's clock shows: the time of their end is negative.
    codes: &'static str,
    families: &'static str,
}

const OF_SESSION: Ends = Ends {
    sessions: "UPDATE sessions SET ended_at = $3 WHERE environment_id = $1 AND id = $2 AND ended_at IS NULL",
    // By its user: codes live for a minute and have no index of their own by session.
    codes: "UPDATE codes SET expires_at = $3 WHERE environment_id = $1 AND session_id = $2 AND consumed_at IS NULL AND expires_at > 0 \
            AND user_id = (SELECT user_id FROM sessions WHERE environment_id = $1 AND id = $2)",
    families: "UPDATE families SET revoked_at = $3 WHERE environment_id = $1 AND session_id = $2 AND revoked_at IS NULL",
};
const OF_USER: Ends = Ends {
    sessions: "UPDATE sessions SET ended_at = $3 WHERE environment_id = $1 AND user_id = $2 AND ended_at IS NULL",
    codes: "UPDATE codes SET expires_at = $3 WHERE environment_id = $1 AND user_id = $2 AND consumed_at IS NULL AND expires_at > 0",
    families: "UPDATE families SET revoked_at = $3 WHERE environment_id = $1 AND user_id = $2 AND revoked_at IS NULL",
};
