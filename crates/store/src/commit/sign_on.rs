//! Statements of flows and sessions.

use protocol::change::Change;
use protocol::flow::Flow;
use protocol::id::{EnvironmentId, UserId};
use protocol::logout::Participation;
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
        Change::JoinSession(p) => join(batch, &p),
        // Of all nodes that find it due one sends it.
        Change::MoveNotice { notice, was } => {
            let mut values = key_values(&notice.participation);
            values.extend([notice.due_at.0.into(), notice.attempts.into(), was.0.into()]);
            batch.one(
                "UPDATE participations SET due_at = $5, attempts = $6
                 WHERE environment_id = $1 AND session_id = $2 AND application_id = $3 AND issuer = $4 AND due_at = $7",
                values,
            );
        }
        Change::LeaveSession(p) => batch.run(
            "DELETE FROM participations WHERE environment_id = $1 AND session_id = $2 AND application_id = $3 AND issuer = $4",
            key_values(&p),
        ),
        change => return Some(change),
    }
    None
}

/// Ends sessions and what they gave: their codes, and their refresh tokens with their access tokens (RFC 9700 §4.14.2).
fn end(batch: &mut Batch, ends: Ends, environment: EnvironmentId, id: Uuid, at: Time) {
    batch.run(ends.sessions, vec![environment.uuid().into(), id.into(), at.0.into()]);
    end_given(batch, ends, environment, id, at);
    // After the codes, as the families: who exchanges one takes part before it is over, or not at all.
    batch.run(ends.participations, vec![environment.uuid().into(), id.into(), at.0.into()]);
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

fn join(batch: &mut Batch, p: &Participation) {
    let mut values = key_values(p);
    values.extend([p.user.uuid().into(), p.subject.as_str().into(), p.expires_at.0.into()]);
    batch.run(
        "INSERT INTO participations (environment_id, session_id, application_id, issuer, user_id, subject, expires_at, attempts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT DO NOTHING",
        values,
    );
}

fn key_values(p: &Participation) -> Vec<Value> {
    vec![p.environment.uuid().into(), p.session.uuid().into(), p.application.uuid().into(), p.issuer.as_str().into()]
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
    /// They are due from now on.
    participations: &'static str,
}

const OF_SESSION: Ends = Ends {
    sessions: "UPDATE sessions SET ended_at = $3 WHERE environment_id = $1 AND id = $2 AND ended_at IS NULL",
    // By its user: codes live for a minute and have no index of their own by session.
    codes: "UPDATE codes SET expires_at = $3 WHERE environment_id = $1 AND session_id = $2 AND consumed_at IS NULL AND expires_at > 0 \
            AND user_id = (SELECT user_id FROM sessions WHERE environment_id = $1 AND id = $2)",
    families: "UPDATE families SET revoked_at = $3 WHERE environment_id = $1 AND session_id = $2 AND revoked_at IS NULL AND NOT offline",
    participations: "UPDATE participations SET due_at = $3 WHERE environment_id = $1 AND session_id = $2 AND due_at IS NULL",
};
const OF_USER: Ends = Ends {
    sessions: "UPDATE sessions SET ended_at = $3 WHERE environment_id = $1 AND user_id = $2 AND ended_at IS NULL",
    codes: "UPDATE codes SET expires_at = $3 WHERE environment_id = $1 AND user_id = $2 AND consumed_at IS NULL AND expires_at > 0",
    families: "UPDATE families SET revoked_at = $3 WHERE environment_id = $1 AND user_id = $2 AND revoked_at IS NULL",
    participations: "UPDATE participations SET due_at = $3 WHERE environment_id = $1 AND user_id = $2 AND due_at IS NULL",
};
