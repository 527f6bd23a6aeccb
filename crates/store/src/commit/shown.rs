//! Statements of what a client shows once: its assertions, and the references to its pushed requests.

use protocol::change::Change;
use uuid::Uuid;

use super::{Batch, body};

/// Adds the change's statements; hands back what is no such thing.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        // RFC 7523 §3: one use, whoever shows it how often.
        Change::UseAssertion(a) => batch.one(
            "INSERT INTO used_assertions (environment_id, application_id, hash, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            vec![a.environment.uuid().into(), a.application.uuid().into(), a.hash.bytes().to_vec().into(), a.expires_at.0.into()],
        ),
        // RFC 9449 §11.1: likewise. A proof is its key's, whichever application shows it.
        Change::UseProof(p) => batch.one(
            "INSERT INTO used_assertions (environment_id, application_id, hash, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            vec![p.environment.uuid().into(), Uuid::nil().into(), p.hash.bytes().to_vec().into(), p.expires_at.0.into()],
        ),
        Change::PushRequest(p) => batch.run(
            "INSERT INTO pushed_requests (environment_id, hash, expires_at, used_at, body) VALUES ($1, $2, $3, $4, $5)",
            vec![
                p.environment.uuid().into(),
                p.hash.bytes().to_vec().into(),
                p.expires_at.0.into(),
                p.used_at.map(|at| at.0).into(),
                body(&*p),
            ],
        ),
        // RFC 9126 §4: one answer, whoever brings the reference how often.
        Change::UsePushedRequest { environment, reference, at } => batch.one(
            "UPDATE pushed_requests SET used_at = $3 WHERE environment_id = $1 AND hash = $2 AND used_at IS NULL",
            vec![environment.uuid().into(), reference.bytes().to_vec().into(), at.0.into()],
        ),
        change => return Some(change),
    }
    None
}
