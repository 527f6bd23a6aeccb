//! The rotation by a policy: the next key is published for as long as the current one signs, so that it may follow at any time.

use crate::change::{Change, Guard};
use crate::id::{KeyPairId, KeyRotationPolicyId};
use crate::model::{Kept as _, KeyPair, KeyRotationPolicy, KeyStatus};
use crate::time::Time;

use super::{KEPT, PUBLISHED_FIRST};

/// The keys of a policy.
pub fn of_policy(keys: &[KeyPair], policy: KeyRotationPolicyId) -> impl Iterator<Item = &KeyPair> {
    keys.iter().filter(move |key| key.policy == Some(policy))
}

/// The changes that let the next key sign, and `new` wait behind it. Nothing while the next one was not published for long enough;
/// where none waits, `new` does, and signs the next time. Each is guarded by the version on which it was decided: of several processes
/// one makes them.
pub fn turn(policy: &KeyRotationPolicy, keys: &[KeyPair], new: KeyPair, now: Time) -> Vec<Change> {
    let waits = KeyPair { policy: Some(policy.id), status: Some(KeyStatus::Next), ..new };
    let waits = Change::put(waits, Guard::New);
    let mut all = of_policy(keys, policy.id);
    let Some(next) = all.find(|key| key.status == Some(KeyStatus::Next)) else {
        // The guard: of two who find none, one makes one.
        return vec![moved(policy, policy.rotated_at, now), waits];
    };
    if now.since(next.created_at) < PUBLISHED_FIRST {
        return Vec::new();
    }
    let current = of_policy(keys, policy.id).filter(|key| key.status == Some(KeyStatus::Active));
    let mut changes: Vec<Change> = current.map(|key| retired(key, now)).collect();
    changes.push(written(KeyPair { status: Some(KeyStatus::Active), ..next.clone() }, now));
    changes.extend([waits, moved(policy, now, now)]);
    changes
}

/// Whether [`turn`] changes anything: the next key was published for long enough, or there is none.
pub fn is_ready(policy: &KeyRotationPolicy, keys: &[KeyPair], now: Time) -> bool {
    let next = of_policy(keys, policy.id).find(|key| key.status == Some(KeyStatus::Next));
    next.is_none_or(|next| now.since(next.created_at) >= PUBLISHED_FIRST)
}

/// The policy with another time of its last rotation.
pub fn moved(policy: &KeyRotationPolicy, rotated_at: Time, now: Time) -> Change {
    let policy = KeyRotationPolicy { rotated_at, updated_at: now.to_millis(), ..policy.clone() };
    Change::put(policy, Guard::Version)
}

/// The changes that end a policy: its key signs nothing more and stays published for as long as what it signed lives; the one that
/// waits signed nothing and goes.
pub fn end(policy: &KeyRotationPolicy, keys: &[KeyPair], now: Time) -> Vec<Change> {
    let mut changes = Vec::new();
    for key in of_policy(keys, policy.id) {
        match key.status {
            Some(KeyStatus::Active) => changes.push(retired(key, now)),
            Some(KeyStatus::Next) => changes.push(Change::Remove(key.key())),
            Some(KeyStatus::Retired) | None => {}
        }
    }
    changes.push(Change::Expect(policy.key(), policy.version));
    changes.push(Change::Remove(policy.key()));
    changes
}

/// What takes the place of a key that leaked.
#[derive(Clone, Debug)]
pub struct Replacement {
    pub current: KeyPair,
    pub next: KeyPair,
}

/// The changes that take a key of a policy away at once, because somebody else has it. Where it signs, another one does in its place, and
/// the one that waits behind it goes as well: whoever got hold of the one may hold the other. None: there is no such key.
pub fn revoke_pair(keys: &[KeyPair], leaked: KeyPairId, new: Replacement) -> Option<Vec<Change>> {
    let leaked = keys.iter().find(|key| key.id == leaked && key.is_published())?;
    let mut changes = vec![Change::Expect(leaked.key(), leaked.version), Change::Remove(leaked.key())];
    let policy = leaked.policy;
    let placed = |key: KeyPair, status| Change::put(KeyPair { policy, status: Some(status), ..key }, Guard::New);
    match (policy, leaked.status) {
        (Some(policy), Some(KeyStatus::Active)) => {
            let waits = of_policy(keys, policy).filter(|key| key.status == Some(KeyStatus::Next));
            changes.extend(waits.map(|key| Change::Remove(key.key())));
            changes.push(placed(new.current, KeyStatus::Active));
            changes.push(placed(new.next, KeyStatus::Next));
        }
        (Some(_), Some(KeyStatus::Next)) => changes.push(placed(new.next, KeyStatus::Next)),
        _ => {}
    }
    Some(changes)
}

/// The changes that take away what was kept for long enough.
pub fn gone(keys: &[KeyPair], now: Time) -> Vec<Change> {
    let kept = |key: &&KeyPair| key.retired_at.is_some_and(|retired| now.since(retired) >= KEPT);
    keys.iter().filter(kept).map(|key| Change::Remove(key.key())).collect()
}

fn retired(key: &KeyPair, now: Time) -> Change {
    written(KeyPair { status: Some(KeyStatus::Retired), retired_at: Some(now), ..key.clone() }, now)
}

fn written(key: KeyPair, now: Time) -> Change {
    Change::put(KeyPair { updated_at: now.to_millis(), ..key }, Guard::Version)
}

#[cfg(test)]
mod tests;
