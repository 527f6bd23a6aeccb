//! Statements of what stands apart of users: their password, their account, their last sign-on.

use protocol::change::Change;
use protocol::id::{EnvironmentId, UserId};
use protocol::model::{Account, PasswordState, Retiring};

use super::{Batch, objects};
use crate::Value;

/// Adds the change's statements; hands back what does not concern users.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::ImportUsers(users) => objects::import(batch, users),
        Change::SetPassword { environment, user, was, password, end_families, retiring } => {
            if let Some(retiring) = retiring {
                let hash = password.as_ref().map(|password| password.hash.clone());
                remember(batch, environment, user, hash, retiring);
            }
            set_password(batch, environment, user, was, password.as_ref(), end_families);
        }
        Change::SetAccount { environment, user, was, judged, account } => {
            set_account(batch, environment, user, &was, judged, &account);
        }
        Change::Rehash { environment, user, was, hash } => batch.run(
            "UPDATE users SET password_hash = $4 WHERE environment_id = $1 AND id = $2 AND password_hash = $3",
            vec![environment.uuid().into(), user.uuid().into(), was.into(), hash.into()],
        ),
        Change::RecordSignOn { environment, user, at } => batch.one(
            "UPDATE users SET last_sign_on = $3 WHERE environment_id = $1 AND id = $2 AND enabled AND (locked_at IS NULL OR unlock_at <= $3)",
            vec![environment.uuid().into(), user.uuid().into(), at.0.into()],
        ),
        change => return Some(change),
    }
    None
}

/// Remembers the password that another one replaces, which stands there still; of all, no more than `most`.
fn remember(
    batch: &mut Batch,
    environment: EnvironmentId,
    user: UserId,
    new: Option<String>,
    Retiring { most, at, until }: Retiring,
) {
    let whose = [environment.uuid().into(), user.uuid().into()];
    // The same one with another flag is no other one.
    batch.run(
        "INSERT INTO password_history (environment_id, user_id, hash, retired_at, expires_at)
         SELECT environment_id, id, password_hash, CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM users
         WHERE environment_id = $1 AND id = $2 AND password_hash IS NOT NULL AND password_hash IS DISTINCT FROM CAST($5 AS TEXT)
         ON CONFLICT (environment_id, user_id, hash) DO UPDATE SET retired_at = excluded.retired_at, expires_at = excluded.expires_at",
        whose.iter().cloned().chain([at.0.into(), until.0.into(), new.into()]).collect(),
    );
    batch.run(
        "DELETE FROM password_history WHERE environment_id = $1 AND user_id = $2 AND hash NOT IN (
            SELECT hash FROM password_history WHERE environment_id = $1 AND user_id = $2 ORDER BY retired_at DESC, hash LIMIT $3)",
        whose.into_iter().chain([most.into()]).collect(),
    );
}

fn password_values(password: Option<&PasswordState>) -> [Value; 4] {
    [
        password.map(|p| p.hash.clone()).into(),
        password.is_some_and(|p| p.must_change).into(),
        password.is_some_and(|p| p.chosen).into(),
        password.map(|p| p.changed_at.0).into(),
    ]
}

fn set_password(
    batch: &mut Batch,
    environment: EnvironmentId,
    user: UserId,
    was: Option<String>,
    password: Option<&PasswordState>,
    end_families: bool,
) {
    let mut values = vec![environment.uuid().into(), user.uuid().into()];
    values.extend(password_values(password));
    values.push(was.into());
    batch.one(
        "UPDATE users SET password_hash = $3, must_change = $4, password_chosen = $5, password_changed_at = $6
         WHERE environment_id = $1 AND id = $2 AND (password_hash = $7 OR $7 IS NULL)",
        values,
    );
    if end_families {
        // A code of before is as good as a session of before (specs §7.7): both end with the old password.
        let at = password.map(|password| password.changed_at).unwrap_or_default();
        super::sign_on::end_given_to_user(batch, environment, user, at);
    }
}

fn set_account(
    batch: &mut Batch,
    environment: EnvironmentId,
    user: UserId,
    was: &Account,
    judged: Option<String>,
    account: &Account,
) {
    let mut values = vec![environment.uuid().into(), user.uuid().into()];
    values.extend(account_values(account));
    values.extend(account_values(was));
    values.push(judged.into());
    batch.one(
        "UPDATE users SET locked_at = $3, unlock_at = $4, failures = $5, tried = $6
         WHERE environment_id = $1 AND id = $2 AND locked_at IS NOT DISTINCT FROM $7 AND unlock_at IS NOT DISTINCT FROM $8 AND failures = $9
            AND tried = $10 AND (password_hash = $11 OR $11 IS NULL)",
        values,
    );
}

fn account_values(account: &Account) -> [Value; 4] {
    let Account { locked_at, unlock_at, failures, tried } = account;
    [locked_at.map(|t| t.0).into(), unlock_at.map(|t| t.0).into(), (*failures).into(), tried.clone().into()]
}
