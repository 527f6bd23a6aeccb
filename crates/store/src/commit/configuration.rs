//! Statements of what is configured and does not describe itself: keys, applications and their secrets.

use protocol::change::{Change, Guard};
use protocol::client::Client;
use protocol::id::{ApplicationId, EnvironmentId};
use protocol::model::{Application, ClientSecret, KeyStatus};

use super::counts::{Counted, changed};
use super::{Batch, body, name_key};
use crate::{Statement, Value};

/// Adds the change's statements; hands back what is not configuration.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::CreateKey(k) => batch.run(
            "INSERT INTO signing_keys (environment_id, kid, created_at, sealed, body) VALUES ($1, $2, $3, $4, $5)",
            vec![
                k.environment.uuid().into(),
                k.kid.as_str().into(),
                k.created_at.0.into(),
                k.sealed.clone().into(),
                crate::read::key_body(&k).into(),
            ],
        ),
        Change::UpdateKey { key: k, was } => batch.one(
            "UPDATE signing_keys SET sealed = $3, body = $4 WHERE environment_id = $1 AND kid = $2 AND body LIKE $5",
            vec![
                k.environment.uuid().into(),
                k.kid.as_str().into(),
                k.sealed.clone().into(),
                crate::read::key_body(&k).into(),
                crate::read::with_status(was).into(),
            ],
        ),
        Change::DeleteKey(environment, kid) => batch.one(
            "DELETE FROM signing_keys WHERE environment_id = $1 AND kid = $2 AND body LIKE $3",
            vec![environment.uuid().into(), kid.into(), crate::read::with_status(KeyStatus::Retired).into()],
        ),
        change => return applications(batch, change),
    }
    None
}

fn applications(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::CreateApplication(c) => create_application(batch, &c),
        Change::UpdateApplication(a) => update_application(batch, &a),
        Change::DeleteApplication(environment, id) => delete_application(batch, environment, id),
        Change::RotateSecret { environment, application, was, current, previous } => {
            rotate(batch, environment, application, was, &current, previous.as_ref());
        }
        Change::DeletePreviousSecret { environment, application, was } => batch.one(
            "UPDATE applications SET previous_digest = NULL, previous_sealed = NULL, previous_created_at = NULL, previous_expires_at = NULL, previous_last_used = NULL
             WHERE environment_id = $1 AND id = $2 AND previous_digest = $3",
            vec![environment.uuid().into(), application.uuid().into(), was.to_vec().into()],
        ),
        change => return Some(change),
    }
    None
}

fn create_application(batch: &mut Batch, client: &Client) {
    let mut values = application_values(&client.application, client.application.version);
    values.extend(secret_values(client.secrets.current.as_ref()));
    values.extend(previous_values(client.secrets.previous.as_ref()));
    batch.run(
        "INSERT INTO applications (environment_id, id, client_id, name_key, enabled, created_at, updated_at, version, body,
            secret_digest, secret_sealed, secret_created_at, secret_last_used,
            previous_digest, previous_sealed, previous_created_at, previous_expires_at, previous_last_used)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        values,
    );
    let environment = client.application.environment.uuid();
    batch.push(changed(batch.slot, Counted::Applications, environment, environment, 1));
    for grant in &client.grants {
        super::objects::write(batch, grant.clone().into(), Guard::New);
    }
}

fn update_application(batch: &mut Batch, a: &Application) {
    let mut values = application_values(a, a.version + 1);
    values.push(a.version.into());
    batch.one(
        "UPDATE applications SET client_id = $3, name_key = $4, enabled = $5, created_at = $6, updated_at = $7, version = $8, body = $9
         WHERE environment_id = $1 AND id = $2 AND version = $10",
        values,
    );
}

fn application_values(a: &Application, version: i64) -> Vec<Value> {
    let stored = Application { version, ..a.clone() };
    vec![
        a.environment.uuid().into(),
        a.id.uuid().into(),
        a.client_id.as_str().into(),
        name_key(&a.name).into(),
        a.enabled.into(),
        a.created_at.0.into(),
        a.updated_at.0.into(),
        version.into(),
        body(&stored),
    ]
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

fn delete_application(batch: &mut Batch, environment: EnvironmentId, id: ApplicationId) {
    let key = || vec![environment.uuid().into(), id.uuid().into()];
    batch.one("DELETE FROM applications WHERE environment_id = $1 AND id = $2", key());
    batch.push(changed(batch.slot, Counted::Applications, environment.uuid(), environment.uuid(), -1));
    for sql in [
        "DELETE FROM resource_grants WHERE environment_id = $1 AND application_id = $2",
        "DELETE FROM role_assignments WHERE environment_id = $1 AND actor = $2",
        "DELETE FROM flows WHERE environment_id = $1 AND application_id = $2",
        "DELETE FROM codes WHERE environment_id = $1 AND application_id = $2",
        "DELETE FROM access_tokens WHERE environment_id = $1 AND application_id = $2",
        "DELETE FROM refresh_tokens WHERE environment_id = $1 AND family_id IN (SELECT id FROM families WHERE environment_id = $1 AND application_id = $2)",
        "DELETE FROM families WHERE environment_id = $1 AND application_id = $2",
    ] {
        batch.run(sql, key());
    }
}

fn rotate(
    batch: &mut Batch,
    environment: EnvironmentId,
    application: ApplicationId,
    was: Option<[u8; 32]>,
    current: &ClientSecret,
    previous: Option<&ClientSecret>,
) {
    let mut values = vec![environment.uuid().into(), application.uuid().into()];
    values.extend(secret_values(Some(current)));
    values.extend(previous_values(previous));
    let set = "UPDATE applications SET secret_digest = $3, secret_sealed = $4, secret_created_at = $5, secret_last_used = $6,
            previous_digest = $7, previous_sealed = $8, previous_created_at = $9, previous_expires_at = $10, previous_last_used = $11
         WHERE environment_id = $1 AND id = $2 AND ";
    let guard = if let Some(was) = was {
        values.push(was.to_vec().into());
        "secret_digest = $12"
    } else {
        "secret_digest IS NULL"
    };
    batch.push(Statement::new(format!("{set}{guard}"), values).one());
}
