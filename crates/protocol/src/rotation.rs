//! The rotation of signing keys (OIDC Core §10.1.1): published before it signs, signing alone, published after it stopped.
//!
//! The environment's own keys take turns, whatever their algorithms; so do those of each algorithm that applications chose beside it.
//!
//! A verifier that keeps the key set for as long as it may (the set's `max-age`) meets no token whose key it does not know.

mod policy;

use std::collections::BTreeSet;

use jose::{Alg, VerifyingKey};

use crate::change::{Change, Guard};
use crate::model::{Environment, KeyStatus, SigningKeyRecord};
use crate::refusal::{Detail, Reason, Refused};
use crate::time::{LEEWAY, Time};

pub use policy::{Replacement, end, gone, is_ready, moved, of_policy, revoke_pair, turn};

/// Seconds that a new key is published before it signs: twice what the key set may be kept for.
pub const PUBLISHED_FIRST: i64 = 600;

/// Seconds that a retired key stays published: no access token lives longer than 30 days, and a day is for clocks.
pub const KEPT: i64 = 31 * 86_400;

/// Seconds in which every node has stopped signing with a retired key: they follow within one, and their clocks may differ.
pub const FOLLOWED: i64 = LEEWAY;

/// A key of an environment to verify with.
#[derive(Clone, Debug)]
pub struct PublishedKey {
    pub verifying: VerifyingKey,
    pub retired_at: Option<Time>,
}

impl PublishedKey {
    /// Whether this server can have signed with it at `issued_at`, in seconds: a retired key verifies what it signed, and signs
    /// nothing new (KD-04). A token that does not say when it was issued cannot have come before.
    pub fn can_have_signed(&self, issued_at: Option<i64>) -> bool {
        self.retired_at.is_none_or(|retired| issued_at.is_some_and(|at| at <= retired.plus(FOLLOWED).secs()))
    }
}

/// The changes that begin a rotation to `new`, in its line alone. With `at_once` it signs from now on: the answer to a key that leaked,
/// which verifiers with a kept set meet with an unknown key until they fetch again. A key that waits goes then: it signed nothing, and
/// whoever got hold of the one that leaked may hold it as well.
///
/// # Errors
/// [`Reason::ConstraintViolated`] while another key of the line already waits, unless it is `at_once`.
pub fn begin(
    environment: &Environment,
    keys: &[SigningKeyRecord],
    new: SigningKeyRecord,
    at_once: bool,
    now: Time,
) -> Result<Vec<Change>, Refused> {
    let waiting = of_line(keys, new.line()).find(|key| key.status == KeyStatus::Next);
    match waiting {
        Some(waiting) if !at_once => return Err(already(waiting)),
        None if !at_once => return Ok(vec![Change::CreateKey(SigningKeyRecord { status: KeyStatus::Next, ..new })]),
        _ => {}
    }
    let mut changes = retire(keys, new.line(), now);
    changes.extend(waiting.map(|key| Change::DeleteKey(key.environment, key.kid.clone(), key.status)));
    changes.extend(sign_with(environment, &new, now));
    changes.push(Change::CreateKey(SigningKeyRecord { status: KeyStatus::Active, ..new }));
    Ok(changes)
}

/// The changes that take a key away at once, because somebody else has it: whatever it signed is anybody's, so it verifies nothing from
/// now on, and is not published. Where it signs, `new`, of its line and algorithm, signs in its place, and a key that waits behind it
/// goes as well, as for [`begin`].
///
/// # Errors
/// [`Reason::ConstraintViolated`] where there is no such key.
pub fn revoke(keys: &[SigningKeyRecord], kid: &str, new: Option<SigningKeyRecord>) -> Result<Vec<Change>, Refused> {
    let leaked = keys.iter().find(|key| key.kid == kid).ok_or_else(|| absent(keys))?;
    let delete = |key: &SigningKeyRecord| Change::DeleteKey(key.environment, key.kid.clone(), key.status);
    let mut changes = vec![delete(leaked)];
    if leaked.status == KeyStatus::Active {
        changes.extend(of_line(keys, leaked.line()).filter(|key| key.status == KeyStatus::Next).map(delete));
        let (alg, chosen) = (leaked.alg, leaked.chosen);
        let new = new.map(|new| SigningKeyRecord { alg, chosen, status: KeyStatus::Active, ..new });
        changes.extend(new.map(Change::CreateKey));
    }
    Ok(changes)
}

/// Those of `wanted`, which applications chose, that need a key of their own: none signs with them now, or only one of the environment
/// that another algorithm is about to follow. A key that is made then is published before it is needed.
pub fn lacking(keys: &[SigningKeyRecord], wanted: impl IntoIterator<Item = Alg>) -> Vec<Alg> {
    let follows = of_line(keys, None).find(|key| key.status == KeyStatus::Next).map(|key| key.alg);
    let lasts = |key: &SigningKeyRecord| key.chosen || follows.is_none_or(|alg| alg == key.alg);
    let signs = |key: &SigningKeyRecord| key.status == KeyStatus::Active && lasts(key);
    let is_lacking = |alg: &Alg| !keys.iter().any(|key| key.alg == *alg && signs(key));
    let lacking: BTreeSet<Alg> = wanted.into_iter().filter(is_lacking).collect();
    lacking.into_iter().collect()
}

/// The keys once `changes` are made.
pub fn after(keys: &[SigningKeyRecord], changes: &[Change]) -> Vec<SigningKeyRecord> {
    let mut after = keys.to_vec();
    for change in changes {
        match change {
            Change::CreateKey(key) => after.push(key.clone()),
            Change::UpdateKey { key, .. } => {
                after.iter_mut().filter(|kept| kept.kid == key.kid).for_each(|kept| kept.clone_from(key));
            }
            Change::DeleteKey(_, kid, _) => after.retain(|kept| kept.kid != *kid),
            _ => {}
        }
    }
    after
}

fn of_line(keys: &[SigningKeyRecord], line: Option<Alg>) -> impl Iterator<Item = &SigningKeyRecord> {
    keys.iter().filter(move |key| key.line() == line)
}

fn already(waiting: &SigningKeyRecord) -> Refused {
    let mut refused = Refused::new(Reason::ConstraintViolated, "no key that waits", waiting.kid.clone());
    let message = format!(
        "Another key already waits to sign: {} does from {} on; --now makes a new key that signs at once, and drops it",
        waiting.kid,
        waiting.created_at.plus(PUBLISHED_FIRST)
    );
    refused.details.push(Detail::new("CONSTRAINT_VIOLATION", "kid", message));
    refused
}

fn absent(keys: &[SigningKeyRecord]) -> Refused {
    let there = keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>().join(", ");
    let mut refused = Refused::new(Reason::ConstraintViolated, "the kid of a key of the environment", "another");
    let message =
        format!("The environment has no such key, so nothing that it signed is taken here; its keys are {there}");
    refused.details.push(Detail::new("CONSTRAINT_VIOLATION", "kid", message));
    refused
}

/// What the time has made due: a key that was published long enough signs, one that was kept long enough goes.
pub fn due(environment: &Environment, keys: &[SigningKeyRecord], now: Time) -> Vec<Change> {
    let mut changes = Vec::new();
    let is_ready =
        |key: &&SigningKeyRecord| key.status == KeyStatus::Next && now.since(key.created_at) >= PUBLISHED_FIRST;
    for (place, next) in keys.iter().enumerate().filter(|(_, key)| is_ready(key)) {
        // One at a time in each line.
        if of_line(&keys[..place], next.line()).any(|key| is_ready(&key)) {
            continue;
        }
        changes.extend(retire(keys, next.line(), now));
        changes.extend(sign_with(environment, next, now));
        let key = SigningKeyRecord { status: KeyStatus::Active, ..next.clone() };
        changes.push(Change::UpdateKey { key, was: KeyStatus::Next });
    }
    let gone = keys.iter().filter(|key| {
        key.status == KeyStatus::Retired && key.retired_at.is_some_and(|retired| now.since(retired) >= KEPT)
    });
    changes.extend(gone.map(|key| Change::DeleteKey(key.environment, key.kid.clone(), key.status)));
    changes
}

/// The moments between two times at which [`due`] and [`turn`] lead to what they lead to where they are asked all the time: what was
/// retired before the first of them is gone by the last.
pub fn moments(from: Time, to: Time) -> Vec<Time> {
    let first = from.max(to.plus(-KEPT - 2 * PUBLISHED_FIRST));
    let mut moments = vec![first, first.plus(PUBLISHED_FIRST), to.plus(-PUBLISHED_FIRST), to];
    moments.retain(|moment| (from..=to).contains(moment));
    moments.sort_unstable();
    moments.dedup();
    moments
}

fn retire(keys: &[SigningKeyRecord], line: Option<Alg>, now: Time) -> Vec<Change> {
    let active = of_line(keys, line).filter(|key| key.status == KeyStatus::Active);
    active
        .map(|key| {
            let key = SigningKeyRecord { status: KeyStatus::Retired, retired_at: Some(now), ..key.clone() };
            Change::UpdateKey { key, was: KeyStatus::Active }
        })
        .collect()
}

/// The environment's algorithm follows its own keys.
fn sign_with(environment: &Environment, key: &SigningKeyRecord, now: Time) -> Option<Change> {
    if key.chosen || environment.settings.signing_alg == key.alg {
        return None;
    }
    let mut changed = environment.clone();
    changed.settings.signing_alg = key.alg;
    changed.updated_at = now.to_millis();
    Some(Change::put(changed, Guard::Version))
}

#[cfg(test)]
mod tests;
