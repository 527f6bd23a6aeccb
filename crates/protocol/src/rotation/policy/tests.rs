use super::{Replacement, end, gone, revoke_pair, turn};
use crate::change::Change;
use crate::id::EnvironmentId;
use crate::model::{KeyPair, KeyRotationPolicy, KeyStatus, Object};
use crate::rotation::{KEPT, PUBLISHED_FIRST};
use crate::time::Time;
use uuid::Uuid;

const DAY: i64 = 86_400;

fn key(n: u128, policy: &KeyRotationPolicy, status: KeyStatus, created_at: Time) -> KeyPair {
    let (id, policy) = (Uuid::from_u128(n).into(), Some(policy.id));
    KeyPair { id, policy, status: Some(status), created_at, version: 1, ..KeyPair::default() }
}

fn policy() -> KeyRotationPolicy {
    let own = KeyRotationPolicy::own(EnvironmentId::new(Uuid::from_u128(7)), Time::from_secs(0));
    KeyRotationPolicy { id: Uuid::from_u128(0x99).into(), period: 30, ..own }
}

/// What the keys are once the changes are made, by their ids.
fn after(mut keys: Vec<KeyPair>, changes: Vec<Change>) -> Vec<KeyPair> {
    for change in changes {
        match change {
            Change::Put(object, _) => {
                if let Object::KeyPair(key) = *object {
                    keys.retain(|kept| kept.id != key.id);
                    keys.push(key);
                }
            }
            Change::Remove(crate::model::Key::KeyPair(_, id)) => keys.retain(|kept| kept.id != id),
            _ => {}
        }
    }
    keys.sort_by_key(|key| key.id);
    keys
}

fn statuses(keys: &[KeyPair]) -> Vec<(u128, Option<KeyStatus>)> {
    keys.iter().map(|key| (key.id.uuid().as_u128(), key.status)).collect()
}

/// KD-02: what signs was published before, and what signed stays published for as long as a token lives.
#[test]
fn a_key_is_published_before_and_after_it_signs() {
    let policy = policy();
    let begun = Time::from_secs(0);
    let keys = vec![key(1, &policy, KeyStatus::Active, begun), key(2, &policy, KeyStatus::Next, begun)];
    assert!(policy.due_at() == Time::from_secs(30 * DAY));
    let now = Time::from_secs(30 * DAY);
    let turned = after(
        keys,
        turn(
            &policy,
            &[key(1, &policy, KeyStatus::Active, begun), key(2, &policy, KeyStatus::Next, begun)],
            key(3, &policy, KeyStatus::Next, now),
            now,
        ),
    );
    let (active, next, retired) = (Some(KeyStatus::Active), Some(KeyStatus::Next), Some(KeyStatus::Retired));
    assert_eq!(statuses(&turned), [(1, retired), (2, active), (3, next)]);
    assert_eq!(turned[0].retired_at, Some(now));
    // The next one is too young: it waits.
    let soon = now.plus(PUBLISHED_FIRST - 1);
    assert!(turn(&policy, &turned, key(4, &policy, KeyStatus::Next, soon), soon).is_empty());
    assert!(gone(&turned, now.plus(KEPT - 1)).is_empty());
    assert_eq!(gone(&turned, now.plus(KEPT)).len(), 1);
}

/// MD-07: the one that leaked and the one behind it are gone at once.
#[test]
fn a_leaked_key_is_replaced_with_the_one_that_waits() {
    let policy = policy();
    let begun = Time::from_secs(0);
    let keys = vec![key(1, &policy, KeyStatus::Active, begun), key(2, &policy, KeyStatus::Next, begun)];
    let new =
        Replacement { current: key(3, &policy, KeyStatus::Next, begun), next: key(4, &policy, KeyStatus::Next, begun) };
    let changes = revoke_pair(&keys, Uuid::from_u128(1).into(), new.clone()).unwrap();
    let left = after(keys.clone(), changes);
    assert_eq!(statuses(&left), [(3, Some(KeyStatus::Active)), (4, Some(KeyStatus::Next))]);
    assert!(revoke_pair(&keys, Uuid::from_u128(9).into(), new).is_none());
}

#[test]
fn a_policy_that_ends_leaves_what_verifies() {
    let policy = policy();
    let begun = Time::from_secs(0);
    let keys = vec![key(1, &policy, KeyStatus::Active, begun), key(2, &policy, KeyStatus::Next, begun)];
    let left = after(keys.clone(), end(&policy, &keys, Time::from_secs(5)));
    assert_eq!(statuses(&left), [(1, Some(KeyStatus::Retired))]);
}
