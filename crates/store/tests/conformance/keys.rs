//! Which policies are due, whose own nobody wrote, and which keys were kept for long enough.

use protocol::change::{Change, Guard};
use protocol::model::{KeyPair, KeyRotationPolicy, KeyStatus};
use protocol::time::Time;
use store::Store;

use crate::each;
use crate::life::built;
use crate::samples::{HERE, NOW, THERE, uuid};

on_every_engine!(what_is_due_is_found,);

const DAY: i64 = 86_400;

async fn what_is_due_is_found(store: &Store) {
    each(store, [built(HERE), built(THERE)].concat()).await;
    let (here, there) = (KeyRotationPolicy::own(HERE, NOW), KeyRotationPolicy::own(THERE, NOW.plus(5)));
    // What a sample says of its time is a number of days and no more.
    for policy in store.all::<KeyRotationPolicy>(HERE, &[]).await.unwrap() {
        each(store, [Change::Remove(protocol::model::Key::KeyRotationPolicy(HERE, policy.id))]).await;
    }
    for policy in store.all::<KeyRotationPolicy>(THERE, &[]).await.unwrap() {
        each(store, [Change::Remove(protocol::model::Key::KeyRotationPolicy(THERE, policy.id))]).await;
    }
    let mut without = store.without_key_policy(10).await.unwrap();
    without.retain(|environment| [HERE, THERE].contains(environment));
    assert_eq!(without.len(), 2);
    assert_eq!(store.without_key_policy(1).await.unwrap().len(), 1);
    each(store, [&here, &there].map(|policy| Change::put(policy.clone(), Guard::New))).await;
    let without = store.without_key_policy(10).await.unwrap();
    assert!(![HERE, THERE].iter().any(|environment| without.contains(environment)));
    let due = NOW.plus(90 * DAY);
    assert_eq!(store.key_policies_due(due.plus(-1), (0, 10)).await, Ok(vec![]));
    assert_eq!(store.key_policies_due(due, (0, 10)).await, Ok(vec![(HERE, here.id)]));
    assert_eq!(store.key_policies_due(due.plus(5), (0, 10)).await, Ok(vec![(HERE, here.id), (THERE, there.id)]));
    assert_eq!(store.key_policies_due(due.plus(5), (0, 1)).await.unwrap().len(), 1);
    assert_eq!(store.key_policies_due(due.plus(5), (1, 10)).await, Ok(vec![(THERE, there.id)]));
    let moved = KeyRotationPolicy { rotated_at: due, ..here.clone() };
    each(store, [Change::put(moved, Guard::Version)]).await;
    assert_eq!(store.key_policies_due(due.plus(5), (0, 10)).await, Ok(vec![(THERE, there.id)]));
    let key = |n, retired_at| KeyPair {
        id: uuid(n).into(),
        environment: THERE,
        status: Some(KeyStatus::Retired),
        retired_at,
        version: 1,
        ..KeyPair::default()
    };
    let before = Time(NOW.0 - 1_000_000_000_000);
    each(store, [key(0x91, Some(before)), key(0x92, None)].map(|key| Change::put(key, Guard::New))).await;
    assert_eq!(store.keys_to_end(before.plus(-1), (0, 10)).await, Ok(vec![]));
    assert_eq!(store.keys_to_end(before, (0, 10)).await, Ok(vec![THERE]));
    assert_eq!(store.keys_to_end(before, (1, 10)).await, Ok(vec![]));
}
