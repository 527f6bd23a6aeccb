//! Statements of what goes under another master key.

use protocol::change::Change;
use protocol::model::SecretOf;
use protocol::sealed::{Place, Sealed};

use super::Batch;
use super::configuration::row_of;
use crate::Value;

/// Adds the change's statements; hands back what concerns no master key.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::Reseal { was, sealed, digest } => reseal(batch, was, sealed, digest.map(|d| d.bytes().to_vec()).into()),
        Change::MasterKeyRotation(Some(keys)) => batch.run(
            "INSERT INTO notes (name, value) VALUES ('master_key_rotation', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            vec![keys.into()],
        ),
        Change::MasterKeyRotation(None) => batch.run("DELETE FROM notes WHERE name = 'master_key_rotation'", vec![]),
        change => return Some(change),
    }
    None
}

fn reseal(batch: &mut Batch, was: Sealed, sealed: Vec<u8>, digest: Value) {
    let Sealed { place, value } = was;
    let (sql, environment, id, digest) = match place {
        Place::SigningKey(environment, kid) => {
            let sql = "UPDATE signing_keys SET sealed = $4 WHERE environment_id = $1 AND kid = $2 AND sealed = $3";
            (sql, environment, kid.into(), None)
        }
        Place::KeyPair(environment, id) => {
            let sql = "UPDATE keys SET sealed = $4 WHERE environment_id = $1 AND id = $2 AND sealed = $3";
            (sql, environment, id.uuid().into(), None)
        }
        Place::Secret(environment, of) => {
            let sql = match of {
                SecretOf::Application(_) => {
                    "UPDATE applications SET secret_sealed = $4, secret_digest = $5 WHERE environment_id = $1 AND id = $2 AND secret_sealed = $3"
                }
                SecretOf::Resource(_) => {
                    "UPDATE resources SET secret_sealed = $4, secret_digest = $5 WHERE environment_id = $1 AND id = $2 AND secret_sealed = $3"
                }
            };
            (sql, environment, row_of(of).1, Some(digest))
        }
        Place::PreviousSecret(environment, of) => {
            let sql = match of {
                SecretOf::Application(_) => {
                    "UPDATE applications SET previous_sealed = $4, previous_digest = $5 WHERE environment_id = $1 AND id = $2 AND previous_sealed = $3"
                }
                SecretOf::Resource(_) => {
                    "UPDATE resources SET previous_sealed = $4, previous_digest = $5 WHERE environment_id = $1 AND id = $2 AND previous_sealed = $3"
                }
            };
            (sql, environment, row_of(of).1, Some(digest))
        }
        Place::ProviderSecret(environment, provider) => {
            let sql = "UPDATE identity_providers SET secret_sealed = $4 WHERE environment_id = $1 AND id = $2 AND secret_sealed = $3";
            (sql, environment, provider.uuid().into(), None)
        }
        Place::Successor { environment, token, .. } => {
            let sql = "UPDATE refresh_tokens SET sealed_successor = $4 WHERE environment_id = $1 AND hash = $2 AND sealed_successor = $3";
            (sql, environment, token.bytes().to_vec().into(), None)
        }
    };
    let mut values = vec![environment.uuid().into(), id, value.into(), sealed.into()];
    values.extend(digest);
    batch.one(sql, values);
}
