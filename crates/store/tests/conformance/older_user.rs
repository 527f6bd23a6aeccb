//! A row of a user as versions before its description wrote it: it is read, and written again a process of such a version reads
//! it too. What other changes write is not touched by that.

use protocol::change::{Change, Guard};
use protocol::model::{Account, User};
use serde_json::{Value as Json, json};
use store::{Options, Statement, Value, open};

use crate::base::Base;
use crate::samples::{HERE, HOSTILE, NOW, full_user, populations, user, uuid};
use crate::{closed, each, opened};

#[tokio::test]
async fn sqlite() {
    check(Base::file()).await;
}

#[tokio::test]
async fn postgresql() {
    let Some(base) = Base::server().await else { return };
    check(base).await;
}

async fn check(base: Base) {
    let (store, base) = opened(base).await;
    each(&store, populations()).await;
    let beside = open(&base.url, &Options::default()).unwrap();
    for (n, columns, body, expected) in
        [(1, full_columns(), full(), older(full_user(HERE, 1))), (2, bare_columns(), bare(), user(HERE, 2))]
    {
        let sql = "INSERT INTO users (environment_id, id, created_at, body, username_key, email_key, population_id, enabled, given_key, family_key,
                updated_at, version, locked_at, unlock_at, failures, password_hash, must_change, password_changed_at, last_sign_on)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
        let key: [Value; 2] = [HERE.uuid(), uuid(n)].map(Into::into);
        let own = vec![expected.created_at.0.into(), body.to_string().into(), expected.username.to_lowercase().into()];
        beside.commit(vec![Statement::new(sql, [key.to_vec(), own, columns.clone()].concat())]).await.unwrap();
        assert_eq!(store.get::<User>(HERE, &[uuid(n)]).await.unwrap().as_ref(), Some(&expected));

        let apart = User { account: Account::default(), password: None, last_sign_on: None, ..expected.clone() };
        each(&store, [Change::put(apart, Guard::Version)]).await;
        let sql = "SELECT body, username_key, email_key, population_id, enabled, given_key, family_key, updated_at, version, locked_at, unlock_at,
                failures, password_hash, must_change, password_changed_at, last_sign_on FROM users WHERE environment_id = $1 AND id = $2";
        let row = beside.read(Statement::new(sql, key.to_vec())).await.unwrap().remove(0);
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
        assert_eq!(keys, (format!("user.{n}"), email.clone(), given.clone()));
    }
    beside.close().await.unwrap();
    closed(store, base).await;
}

/// Which passwords were tried was not kept.
fn older(user: User) -> User {
    let account = Account { tried: String::new(), ..user.account };
    User { account, ..user }
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
