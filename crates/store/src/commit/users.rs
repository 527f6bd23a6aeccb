//! Statements of what stands apart of users: their password, their account, their last sign-on.

use protocol::change::Change;
use protocol::id::{EnvironmentId, UserId};
use protocol::model::{Account, PasswordState};

use super::{Batch, objects};
use crate::Value;

/// Adds the change's statements; hands back what does not concern users.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::ImportUsers(users) => objects::import(batch, users),
        Change::SetPassword { environment, user, was, password, end_families } => {
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

fn password_values(password: Option<&PasswordState>) -> [Value; 3] {
    [
        password.map(|p| p.hash.clone()).into(),
        password.is_some_and(|p| p.must_change).into(),
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
        "UPDATE users SET password_hash = $3, must_change = $4, password_changed_at = $5
         WHERE environment_id = $1 AND id = $2 AND (password_hash = $6 OR $6 IS NULL)",
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
