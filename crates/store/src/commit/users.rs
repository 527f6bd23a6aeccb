//! Statements of users: what is known of them, their password, their account.

use protocol::change::Change;
use protocol::id::{EnvironmentId, UserId};
use protocol::model::{Account, PasswordState, User};
use protocol::name::{email_key, username_key};

use super::counts::{Counted, changed, user_ends, user_moves};
use super::{Batch, name_key};
use crate::{Dialect, Value};

/// Adds the change's statements; hands back what does not concern users.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::CreateUser(u) => create(batch, &u),
        Change::UpdateUser(u) => update(batch, &u),
        Change::DeleteUser(environment, id) => delete(batch, environment, id),
        Change::ExpectUser(environment, id, version) => expect(batch, environment, id, version),
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

fn create(batch: &mut Batch, u: &User) {
    population_stays(batch, u);
    batch.push(changed(batch.slot, Counted::Users, u.environment.uuid(), u.population.uuid(), 1));
    let mut values = values(u, u.version);
    values.extend(account_values(&u.account));
    values.extend(password_values(u.password.as_ref()));
    values.push(u.last_sign_on.map(|t| t.0).into());
    batch.run(
        "INSERT INTO users (environment_id, id, username_key, email_key, population_id, enabled, given_key, family_key, created_at, updated_at, version, body,
            locked_at, unlock_at, failures, password_hash, must_change, password_changed_at, last_sign_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        values,
    );
}

fn update(batch: &mut Batch, u: &User) {
    population_stays(batch, u);
    batch.push(user_moves(batch.dialect, batch.slot, u.environment.uuid(), u.id.uuid(), u.population.uuid()));
    let mut values = values(u, u.version + 1);
    values.push(u.version.into());
    batch.one(
        "UPDATE users SET username_key = $3, email_key = $4, population_id = $5, enabled = $6, given_key = $7, family_key = $8, created_at = $9,
            updated_at = $10, version = $11, body = $12
         WHERE environment_id = $1 AND id = $2 AND version = $13",
        values,
    );
    super::groups::user_leaves(batch, u.environment, u.id, Some(u.population));
}

/// A population is deleted only while it is empty. Where writers run side by side its row is held until the commit, so that
/// neither misses the other.
fn population_stays(batch: &mut Batch, u: &User) {
    let sql = match batch.dialect {
        Dialect::Postgres => "SELECT 1 FROM populations WHERE environment_id = $1 AND id = $2 FOR KEY SHARE",
        Dialect::Sqlite => "SELECT 1 FROM populations WHERE environment_id = $1 AND id = $2",
    };
    batch.one(sql, vec![u.environment.uuid().into(), u.population.uuid().into()]);
}

/// A name that has no key was refused before it came here; should one come all the same, it is its own key.
fn values(u: &User, version: i64) -> Vec<Value> {
    vec![
        u.environment.uuid().into(),
        u.id.uuid().into(),
        username_key(&u.username).unwrap_or_else(|_| u.username.clone()).into(),
        email_key(&u.email).unwrap_or_else(|_| u.email.clone()).into(),
        u.population.uuid().into(),
        u.enabled.into(),
        name_key(u.profile.name.given.as_deref().unwrap_or_default()).into(),
        name_key(u.profile.name.family.as_deref().unwrap_or_default()).into(),
        u.created_at.0.into(),
        u.updated_at.0.into(),
        version.into(),
        crate::read::user_body(u).into(),
    ]
}

fn password_values(password: Option<&PasswordState>) -> [Value; 3] {
    [
        password.map(|p| p.hash.clone()).into(),
        password.is_some_and(|p| p.must_change).into(),
        password.map(|p| p.changed_at.0).into(),
    ]
}

fn delete(batch: &mut Batch, environment: EnvironmentId, id: UserId) {
    let key = || vec![environment.uuid().into(), id.uuid().into()];
    batch.extend(user_ends(batch.dialect, batch.slot, environment.uuid(), id.uuid()));
    batch.one("DELETE FROM users WHERE environment_id = $1 AND id = $2", key());
    super::groups::user_leaves(batch, environment, id, None);
    for sql in [
        "DELETE FROM role_assignments WHERE environment_id = $1 AND actor = $2",
        "DELETE FROM sessions WHERE environment_id = $1 AND user_id = $2",
        "DELETE FROM codes WHERE environment_id = $1 AND user_id = $2",
        "DELETE FROM refresh_tokens WHERE environment_id = $1 AND family_id IN (SELECT id FROM families WHERE environment_id = $1 AND user_id = $2)",
        "DELETE FROM access_tokens WHERE environment_id = $1 AND family_id IN (SELECT id FROM families WHERE environment_id = $1 AND user_id = $2)",
        "DELETE FROM families WHERE environment_id = $1 AND user_id = $2",
    ] {
        batch.run(sql, key());
    }
}

/// Holds the row until the commit, where writers run side by side.
fn expect(batch: &mut Batch, environment: EnvironmentId, id: UserId, version: i64) {
    let sql = match batch.dialect {
        Dialect::Sqlite => "SELECT 1 FROM users WHERE environment_id = $1 AND id = $2 AND version = $3",
        Dialect::Postgres => "SELECT 1 FROM users WHERE environment_id = $1 AND id = $2 AND version = $3 FOR UPDATE",
    };
    batch.one(sql, vec![environment.uuid().into(), id.uuid().into(), version.into()]);
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
        "UPDATE users SET locked_at = $3, unlock_at = $4, failures = $5
         WHERE environment_id = $1 AND id = $2 AND locked_at IS NOT DISTINCT FROM $6 AND unlock_at IS NOT DISTINCT FROM $7 AND failures = $8
            AND (password_hash = $9 OR $9 IS NULL)",
        values,
    );
}

fn account_values(account: &Account) -> [Value; 3] {
    [account.locked_at.map(|t| t.0).into(), account.unlock_at.map(|t| t.0).into(), account.failures.into()]
}
