//! Statements of what is configured and has more to it than an object: keys, and the secrets of applications.

use protocol::change::Change;
use protocol::id::EnvironmentId;
use protocol::model::describe::Described as _;
use protocol::model::{ClientSecret, KeyStatus, SecretOf, SigningKeyRecord};

use super::Batch;
use crate::kinds::{SIGNING_KEY, signing_key_texts};
use crate::row::walk::put;
use crate::{Dialect, Statement, Value};

/// Adds the change's statements; hands back what is not configuration.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::CreateKey(key) => batch.run(signing_key_texts().insert, key_values(key, true)),
        Change::UpdateKey { key, was } => guarded(batch, signing_key_texts().replace, key_values(key, false), was),
        Change::DeleteKey(environment, kid, was) => {
            let key = vec![environment.uuid().into(), kid.into()];
            guarded(batch, signing_key_texts().remove, key, was);
        }
        // Without the guard of a version: whoever comes at once with others is served while there is something left (CR-01).
        Change::UseInitialToken { environment, token, most } => batch.one(
            "UPDATE initial_access_tokens SET used = used + 1 WHERE environment_id = $1 AND id = $2 AND used < $3",
            vec![environment.uuid().into(), token.uuid().into(), most.into()],
        ),
        Change::MarkClient { environment, application, unused_since } => batch.one(
            "UPDATE applications SET unused_since = CASE WHEN unused_since IS NULL THEN unused_since ELSE $3 END WHERE environment_id = $1 AND id = $2",
            vec![environment.uuid().into(), application.uuid().into(), unused_since.map(|at| at.0).into()],
        ),
        Change::ExpectUnused { environment, application, before } => {
            let sql = "SELECT 1 FROM applications WHERE environment_id = $1 AND id = $2 AND unused_since < $3";
            // Whoever is given a first token holds the row: PostgreSQL shows that only to who waits for it.
            let held = if batch.dialect == Dialect::Postgres { " FOR UPDATE" } else { "" };
            let values = vec![environment.uuid().into(), application.uuid().into(), before.0.into()];
            batch.push(Statement::new(format!("{sql}{held}"), values).one());
        }
        change => return secrets(batch, change),
    }
    None
}

fn key_values(mut key: SigningKeyRecord, new: bool) -> Vec<Value> {
    put(&mut |walk| key.describe(walk), SIGNING_KEY, new, 0).into_iter().map(|(_, value)| value).collect()
}

/// The statement for a key that has this status.
fn guarded(batch: &mut Batch, sql: &'static str, mut values: Vec<Value>, status: KeyStatus) {
    values.push(crate::read::with_status(status).into());
    batch.push(Statement::new(format!("{sql} AND body LIKE ${}", values.len()), values).one());
}

fn secrets(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::RotateSecret { environment, of, was, current, previous } => {
            rotate(batch, environment, of, was, &current, previous.as_ref());
        }
        Change::DeletePreviousSecret { environment, of, was } => {
            let (table, id) = row_of(of);
            let set = "previous_digest = NULL, previous_sealed = NULL, previous_created_at = NULL, previous_expires_at = NULL, previous_last_used = NULL";
            let sql =
                format!("UPDATE {table} SET {set} WHERE environment_id = $1 AND id = $2 AND previous_digest = $3");
            batch.push(Statement::new(sql, vec![environment.uuid().into(), id, was.to_vec().into()]).one());
        }
        change => return Some(change),
    }
    None
}

/// The table that the secret stands in, and the id of its row.
pub(super) fn row_of(of: SecretOf) -> (&'static str, Value) {
    match of {
        SecretOf::Application(id) => ("applications", id.uuid().into()),
        SecretOf::Resource(id) => ("resources", id.uuid().into()),
    }
}

fn secret_values(secret: Option<&ClientSecret>) -> [Value; 4] {
    [
        secret.map(|s| s.digest.bytes().to_vec()).into(),
        secret.map(|s| s.sealed.clone()).into(),
        secret.map(|s| s.created_at.0).into(),
        secret.and_then(|s| s.last_used).map(|t| t.0).into(),
    ]
}

fn previous_values(secret: Option<&ClientSecret>) -> [Value; 5] {
    let [digest, sealed, created_at, last_used] = secret_values(secret);
    [digest, sealed, created_at, secret.and_then(|s| s.expires_at).map(|t| t.0).into(), last_used]
}

fn rotate(
    batch: &mut Batch,
    environment: EnvironmentId,
    of: SecretOf,
    was: Option<[u8; 32]>,
    current: &ClientSecret,
    previous: Option<&ClientSecret>,
) {
    let (table, id) = row_of(of);
    let mut values = vec![environment.uuid().into(), id];
    values.extend(secret_values(Some(current)));
    values.extend(previous_values(previous));
    let set = "secret_digest = $3, secret_sealed = $4, secret_created_at = $5, secret_last_used = $6,
            previous_digest = $7, previous_sealed = $8, previous_created_at = $9, previous_expires_at = $10, previous_last_used = $11
         WHERE environment_id = $1 AND id = $2 AND ";
    let guard = if let Some(was) = was {
        values.push(was.to_vec().into());
        "secret_digest = $12"
    } else {
        "secret_digest IS NULL"
    };
    batch.push(Statement::new(format!("UPDATE {table} SET {set}{guard}"), values).one());
}
