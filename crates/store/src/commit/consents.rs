//! Statements of what people allow applications, and of what ends with it.

use protocol::change::Change;
use protocol::consent::Consent;
use protocol::id::{ApplicationId, EnvironmentId, UserId};
use protocol::model::ObjectKind;
use protocol::time::Time;

use super::{Batch, body, objects};
use crate::{Dialect, Value};

/// Adds the change's statements; hands back what is no such thing.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::GiveConsent { consent, new: true } => {
            // Nobody is there who allows anything, once they were deleted.
            let user = vec![consent.environment.uuid().into(), consent.user.uuid().into()];
            objects::require(batch, ObjectKind::User, user);
            batch.one(
                "INSERT INTO consents (environment_id, user_id, application_id, version, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                values(&consent, consent.version),
            );
        }
        Change::GiveConsent { consent, new: false } => {
            let mut values = values(&consent, consent.version + 1);
            values.push(consent.version.into());
            batch.one(
                "UPDATE consents SET version = $4, body = $5 WHERE environment_id = $1 AND user_id = $2 AND application_id = $3 AND version = $6",
                values,
            );
        }
        Change::UseConsent { environment, user, application, version } => {
            // PostgreSQL: whoever withdraws it waits for this commit, or this one for that.
            let sql = match batch.dialect {
                Dialect::Sqlite => {
                    "SELECT 1 FROM consents WHERE environment_id = $1 AND user_id = $2 AND application_id = $3 AND version = $4"
                }
                Dialect::Postgres => {
                    "SELECT 1 FROM consents WHERE environment_id = $1 AND user_id = $2 AND application_id = $3 AND version = $4 FOR SHARE"
                }
            };
            let mut values = key(environment, user, application);
            values.push(version.into());
            batch.one(sql, values);
        }
        Change::WithdrawConsent { environment, user, application, at } => {
            withdraw(batch, (environment, user, application), at);
        }
        change => return Some(change),
    }
    None
}

/// The row first: whoever gives a code by it holds it until their commit, so the statements after it see the code.
fn withdraw(batch: &mut Batch, (environment, user, application): (EnvironmentId, UserId, ApplicationId), at: Time) {
    let values = |at: i64| {
        let mut values = key(environment, user, application);
        values.push(at.into());
        values
    };
    batch.one(
        "DELETE FROM consents WHERE environment_id = $1 AND user_id = $2 AND application_id = $3",
        key(environment, user, application),
    );
    // As with a sign-off: codes before families, and the time of their end is negative.
    batch.run(
        "UPDATE codes SET expires_at = $4 WHERE environment_id = $1 AND user_id = $2 AND application_id = $3 AND consumed_at IS NULL AND expires_at > 0",
        values(-at.0),
    );
    batch.run(
        "UPDATE families SET revoked_at = $4 WHERE environment_id = $1 AND user_id = $2 AND application_id = $3 AND revoked_at IS NULL",
        values(at.0),
    );
}

fn key(environment: EnvironmentId, user: UserId, application: ApplicationId) -> Vec<Value> {
    vec![environment.uuid().into(), user.uuid().into(), application.uuid().into()]
}

fn values(consent: &Consent, version: i64) -> Vec<Value> {
    let mut values = key(consent.environment, consent.user, consent.application);
    let stored = Consent { version, ..consent.clone() };
    values.extend([version.into(), body(&stored)]);
    values
}
