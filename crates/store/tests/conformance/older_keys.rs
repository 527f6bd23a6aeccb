//! A database of the version before keys with certificates: its signing keys and what applications name stay as they are.

use protocol::change::{Change, Guard};
use protocol::model::{Application, KeyPair, KeyRotationPolicy, KeyStatus, SigningSettings, key_rotation_policy};
use store::Store;

use crate::beside::Beside;
use crate::each;
use crate::life::built;
use crate::samples::{HERE, NOW, application, key};

beside_another_version!(what_signed_before_signs_after);

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
