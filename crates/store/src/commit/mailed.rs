//! Statements of codes that are sent to people.

use protocol::change::Change;
use protocol::id::{EnvironmentId, UserId};
use protocol::mailed::{CodeFor, MailedCode};
use protocol::model::ObjectKind;
use protocol::secret::SecretDigest;

use super::{Batch, objects};
use crate::Value;

/// Adds the change's statements; hands back what is no such thing.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::SendMailedCode { code, was } => {
            let MailedCode { environment, user, kind, digest, expires_at, tries_left, sent: in_a_row } = code;
            // Nobody reads what is sent to a user who was deleted.
            objects::require(batch, ObjectKind::User, vec![environment.uuid().into(), user.uuid().into()]);
            let mut values = sent(environment, user, kind, digest);
            let was = was.map(|was| was.bytes().to_vec());
            values.extend([expires_at.0.into(), tries_left.into(), in_a_row.into(), was.into()]);
            batch.one(
                "INSERT INTO mailed_codes (environment_id, user_id, kind, digest, expires_at, tries_left, sent) VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (environment_id, user_id, kind) DO UPDATE
                 SET digest = excluded.digest, expires_at = excluded.expires_at, tries_left = excluded.tries_left, sent = excluded.sent
                 WHERE mailed_codes.digest = $8",
                values,
            );
        }
        Change::CountMailedTry { environment, user, kind, digest, was } => {
            let mut values = sent(environment, user, kind, digest);
            values.push(was.into());
            batch.one(
                "UPDATE mailed_codes SET tries_left = tries_left - 1
                 WHERE environment_id = $1 AND user_id = $2 AND kind = $3 AND digest = $4 AND tries_left = $5",
                values,
            );
        }
        Change::UseMailedCode { environment, user, kind, digest, at } => {
            let mut values = sent(environment, user, kind, digest);
            values.push(at.0.into());
            batch.one(
                "DELETE FROM mailed_codes
                 WHERE environment_id = $1 AND user_id = $2 AND kind = $3 AND digest = $4 AND tries_left > 0 AND expires_at > $5",
                values,
            );
        }
        change => return Some(change),
    }
    None
}

fn sent(environment: EnvironmentId, user: UserId, kind: CodeFor, digest: SecretDigest) -> Vec<Value> {
    vec![environment.uuid().into(), user.uuid().into(), Value::word(kind.name()), digest.bytes().to_vec().into()]
}
