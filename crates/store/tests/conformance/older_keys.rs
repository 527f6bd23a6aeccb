//! A database of the version before keys with certificates: its signing keys and what applications name stay as they are.

use protocol::change::{Change, Guard};
use protocol::model::{
    Application, KeyPair, KeyRotationPolicy, KeyStatus, KeyUsage, SigningSettings, key_rotation_policy,
};
use store::{Store, StoreError};

use crate::beside::Beside;
use crate::life::built;
use crate::samples::{HERE, NOW, application, environment, key, uuid};
use crate::{each, refused};

beside_another_version!(what_signed_before_signs_after, one_key_of_each_usage_stays_the_default);

/// KD-02: no key gets another name, and none is lost; nobody's policy is written by the migration.
async fn what_signed_before_signs_after(store: &Store, beside: &Beside) {
    each(store, built(HERE)).await;
    let named = Application {
        signing: SigningSettings { policy: Some(key_rotation_policy(HERE).into()), ..SigningSettings::default() },
        ..application(HERE, 0x77)
    };
    let keys = [(0x71, KeyStatus::Active), (0x72, KeyStatus::Next), (0x73, KeyStatus::Retired)];
    let keys = keys.map(|(n, status)| key(HERE, n, status));
    let undone = ["DROP TABLE keys", "DROP TABLE key_rotation_policies", "DROP TABLE certificates"];
    beside
        .migrated(store, 23, &undone, async || {
            each(store, keys.clone().map(Change::CreateKey)).await;
            each(store, [Change::put(named.clone(), Guard::New)]).await;
        })
        .await;
    let stored = store.keys(HERE).await.unwrap();
    assert!(keys.iter().all(|key| stored.contains(key)));
    assert_eq!(store.get::<Application>(HERE, &[named.id.uuid()]).await, Ok(Some(named)));
    assert_eq!(store.all::<KeyPair>(HERE, &[]).await, Ok(vec![]));
    assert_eq!(store.all::<KeyRotationPolicy>(HERE, &[]).await, Ok(vec![]));
    assert!(store.without_key_policy(10).await.unwrap().contains(&HERE));
    store.migrate(NOW).await.unwrap();
    assert_eq!(store.keys(HERE).await, Ok(stored));
}

/// Two writers at once may have made two the default of one usage: the youngest stays it, and from then on the database has one.
async fn one_key_of_each_usage_stays_the_default(store: &Store, beside: &Beside) {
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    let pair = |n: u128, usage: KeyUsage, default: bool| {
        let created_at = NOW.plus(i64::try_from(n).unwrap());
        KeyPair { id: uuid(n).into(), environment: HERE, usage, default, created_at, version: 1, ..KeyPair::default() }
    };
    let before = [
        pair(0x81, KeyUsage::Tls, true),
        pair(0x82, KeyUsage::Tls, true),
        pair(0x83, KeyUsage::Tls, false),
        pair(0x84, KeyUsage::Encryption, true),
    ];
    let undone = ["DROP INDEX keys_one_default"];
    beside
        .migrated(store, 26, &undone, async || {
            each(store, before.clone().map(|pair| Change::put(pair, Guard::New))).await;
            // What the version before wrote has no such columns.
            for column in ["is_default", "usage_type"] {
                beside.run(format!("ALTER TABLE keys DROP COLUMN {column}"), vec![]).await;
            }
        })
        .await;
    let of = |key: &KeyPair| (key.id, key.default, key.version);
    let after = store.all::<KeyPair>(HERE, &[]).await.unwrap();
    let told: Vec<_> = after.iter().map(of).collect();
    let [one, two, three, four] = before.each_ref().map(|pair| pair.id);
    assert_eq!(told, [(one, false, 1), (two, true, 1), (three, false, 1), (four, true, 1)]);
    let taken = refused(store, Change::put(pair(0x85, KeyUsage::Tls, true), Guard::New)).await;
    assert!(matches!(taken, StoreError::Conflict { .. }), "{taken:?}");
    let freed = KeyPair { default: false, ..after[1].clone() };
    each(store, [Change::put(freed, Guard::Version), Change::put(pair(0x85, KeyUsage::Tls, true), Guard::New)]).await;
}
