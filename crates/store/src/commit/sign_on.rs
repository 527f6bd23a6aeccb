//! Statements of flows and sessions.

use protocol::change::Change;
use protocol::flow::Flow;
use protocol::id::{EnvironmentId, SessionId};
use protocol::model::Session;
use protocol::time::Time;

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
        Change::RenewSession(s) => batch.one(
            "UPDATE sessions SET user_id = $3, token = $4, auth_time = $5, acr = $6, amr = $7, created_at = $8, expires_at = $9, ended_at = $10
             WHERE environment_id = $1 AND id = $2 AND ended_at IS NULL",
            session_values(&s),
        ),
        Change::EndSession(environment, id, at) => end(batch, environment, id, at),
        Change::EndUserSessions(environment, user, at) => {
            let values = || vec![environment.uuid().into(), user.uuid().into(), at.0.into()];
            batch.run("UPDATE sessions SET ended_at = $3 WHERE environment_id = $1 AND user_id = $2 AND ended_at IS NULL", values());
            batch.run("UPDATE families SET revoked_at = $3 WHERE environment_id = $1 AND user_id = $2 AND revoked_at IS NULL", values());
        }
        change => return Some(change),
    }
    None
}

/// A sign-off ends what the session gave: its codes, and its refresh tokens with their access tokens (RFC 9700 §4.14.2).
fn end(batch: &mut Batch, environment: EnvironmentId, id: SessionId, at: Time) {
    let values = || vec![environment.uuid().into(), id.uuid().into(), at.0.into()];
    batch.run("UPDATE sessions SET ended_at = $3 WHERE environment_id = $1 AND id = $2 AND ended_at IS NULL", values());
    batch.run(
        "DELETE FROM codes WHERE environment_id = $1 AND session_id = $2 AND consumed_at IS NULL",
        vec![environment.uuid().into(), id.uuid().into()],
    );
    batch.run(
        "UPDATE families SET revoked_at = $3 WHERE environment_id = $1 AND session_id = $2 AND revoked_at IS NULL",
        values(),
    );
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
