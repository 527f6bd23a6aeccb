//! A row of a user as versions before its description wrote it: it is read, and written again a process of such a version reads
//! it too. What other changes write is not touched by that.

use protocol::change::{Change, Guard};
use protocol::model::{Account, Address, Profile, User};
use serde_json::{Value as Json, json};
use store::{Store, Value};

use crate::beside::Beside;
use crate::samples::{HERE, HOSTILE, NOW, environment, event, full_user, populations, user, uuid};
use crate::{each, loses};

beside_another_version!(a_row_is_read_and_written_again, what_was_before_is_read, an_older_process_counts_on);

const INSERT: &str = "INSERT INTO users (environment_id, id, created_at, body, username_key, email_key, population_id, enabled, given_key, family_key,
        updated_at, version, locked_at, unlock_at, failures, password_hash, must_change, password_changed_at, last_sign_on)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";

fn values(user: &User, body: &Json, columns: &[Value]) -> Vec<Value> {
    let key: [Value; 2] = [HERE.uuid(), user.id.uuid()].map(Into::into);
    let own = vec![user.created_at.0.into(), body.to_string().into(), user.username.to_lowercase().into()];
    [key.to_vec(), own, columns.to_vec()].concat()
}

/// P13, P20, P21: before the migration no wrong password was remembered, no event said where its actor was, and no environment
/// was put aside.
async fn what_was_before_is_read(store: &Store, beside: &Beside) {
    each(store, populations()).await;
    let (user, event) = (older(full_user(HERE, 1)), event(HERE, 2));
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    let undone = [
        "ALTER TABLE users DROP COLUMN tried",
        "ALTER TABLE activities DROP COLUMN actor_environment_id",
        "ALTER TABLE environments DROP COLUMN soft_deleted_at",
    ];
    let write = async || {
        beside.run(INSERT, values(&user, &full(), &full_columns())).await;
        let sql = "INSERT INTO activities (environment_id, id, at, correlation, action, actor_kind) VALUES ($1, $2, $3, $4, $5, $6)";
        let ids = [HERE.uuid().into(), event.id.uuid().into(), event.at.0.into(), event.correlation.uuid().into()];
        let kinds = [event.action.name().into(), "ANONYMOUS".into()];
        beside.run(sql, [ids.to_vec(), kinds.to_vec()].concat()).await;
    };
    beside.migrated(store, 6, &undone, write).await;
    assert_eq!(store.user(HERE, user.id).await.unwrap(), Some(user));
    assert_eq!(store.environment(HERE).await.unwrap(), Some(environment(HERE)));
    assert_eq!(store.activity(HERE, event.id).await.unwrap().unwrap().event, event);
}

/// P20: a process that knows nothing of tried passwords unlocks an account; what this one read of it before loses.
async fn an_older_process_counts_on(store: &Store, beside: &Beside) {
    each(store, populations()).await;
    let before = full_user(HERE, 1);
    each(store, [Change::put(before.clone(), Guard::New)]).await;
    beside.run("UPDATE users SET locked_at = NULL, unlock_at = NULL, failures = 0", vec![]).await;
    let (environment, user, was) = (HERE, before.id, before.account);
    let account = Account { failures: 1, ..Account::default() };
    loses(store, Change::SetAccount { environment, user, was, judged: None, account: account.clone() }).await;
    let was = store.user(HERE, user).await.unwrap().unwrap().account;
    assert_eq!((was.failures, was.locked_at), (0, None));
    each(store, [Change::SetAccount { environment, user, was, judged: None, account: account.clone() }]).await;
    assert_eq!(store.user(HERE, user).await.unwrap().unwrap().account, account);
}

async fn a_row_is_read_and_written_again(store: &Store, beside: &Beside) {
    each(store, populations()).await;
    for (n, columns, body, expected) in
        [(1, full_columns(), full(), older(full_user(HERE, 1))), (2, bare_columns(), bare(), user(HERE, 2))]
    {
        let key: [Value; 2] = [HERE.uuid(), uuid(n)].map(Into::into);
        beside.run(INSERT, values(&expected, &body, &columns)).await;
        assert_eq!(store.get::<User>(HERE, &[uuid(n)]).await.unwrap().as_ref(), Some(&expected));

        let apart = User { account: Account::default(), password: None, last_sign_on: None, ..expected.clone() };
        each(store, [Change::put(apart, Guard::Version)]).await;
        let sql = "SELECT body, username_key, email_key, population_id, enabled, given_key, family_key, updated_at, version, locked_at, unlock_at,
                failures, password_hash, must_change, password_changed_at, last_sign_on FROM users WHERE environment_id = $1 AND id = $2";
        let row = beside.row(sql, key.to_vec()).await;
        let written: Json = serde_json::from_str(row.text(0).unwrap()).unwrap();
        let members = body.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
        for (name, value) in members {
            assert_eq!(&written[name], value, "{name}");
        }
        for secret in ["password_hash", "must_change", "failures", "locked_at", "last_sign_on"] {
            assert!(written[secret].is_null(), "{secret}");
        }
        assert_eq!(
            store.get::<User>(HERE, &[uuid(n)]).await.unwrap(),
            Some(User { version: expected.version + 1, ..expected })
        );
        let keys = (row.text(1).unwrap().to_owned(), row.text(2).unwrap().to_owned(), row.text(5).unwrap().to_owned());
        let Value::Text(email) = &columns[0] else { panic!("{columns:?}") };
        let Value::Text(given) = &columns[3] else { panic!("{columns:?}") };
        assert_eq!(keys, (format!("user.{n}"), email.to_string(), given.to_string()));
    }
}

/// Which passwords were tried was not kept, and less was told of a person.
fn older(user: User) -> User {
    let account = Account { tried: String::new(), ..user.account };
    let address = Address { formatted: None, ..user.profile.address };
    let profile = Profile { page: None, website: None, gender: None, birthdate: None, address, ..user.profile };
    User { account, profile, phone_verified: false, ..user }
}

/// From `email_key` on.
fn full_columns() -> Vec<Value> {
    let (at, password) = (|seconds| NOW.plus(seconds).0.into(), "$argon2id$first");
    let names =
        ["jane1@example.test".into(), uuid(1).into(), true.into(), HOSTILE.to_lowercase().into(), "o'doe".into()];
    let account = [at(0), at(900), 5.into(), password.into(), true.into(), at(-3600), at(-60)];
    [names.to_vec(), vec![at(1), 3.into()], account.to_vec()].concat()
}

fn bare_columns() -> Vec<Value> {
    let names = ["".into(), uuid(1).into(), false.into(), "".into(), "".into(), NOW.0.into(), 1.into()];
    let account = [Value::Null, Value::Null, 0.into(), Value::Null, false.into(), Value::Null, Value::Null];
    [names.to_vec(), account.to_vec()].concat()
}

fn full() -> Json {
    json!({
        "username": "User.1", "email": "Jane1@Example.test", "email_verified": true, "lifecycle": "VERIFICATION_REQUIRED",
        "mfa_enabled": true, "verify_status": "ENABLED", "identity_provider": uuid(0x1d).to_string(),
        "profile": {
            "name": {
                "given": HOSTILE, "middle": "", "family": "O'Doe", "formatted": "Jane O'Doe", "honorific_prefix": "Dr",
                "honorific_suffix": "II",
            },
            "nickname": "jd", "title": "Title", "kind": "Kind", "external_id": "external", "preferred_language": "de-CH", "locale": "de",
            "timezone": "Europe/Zurich", "primary_phone": "+41.1", "mobile_phone": "+41.2", "photo": "https://example.test/photo",
            "address": {
                "street_address": "1 Way\nDoor 2", "locality": "Town", "region": "Region", "postal_code": "8000", "country_code": "CH",
            },
        },
    })
}

fn bare() -> Json {
    json!({
        "username": "User.2", "email": "", "email_verified": false, "lifecycle": "ACCOUNT_OK", "mfa_enabled": false,
        "verify_status": "NOT_INITIATED", "identity_provider": null, "profile": { "address": {}, "name": {} },
    })
}
