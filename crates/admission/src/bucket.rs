//! What is counted over time: so much at once, then one in a period (the generic cell rate algorithm), for as many keys as are remembered.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How much there may be of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// After that, one in this time.
    pub period: Duration,
}

impl Rate {
    pub fn new(burst: u32, period: Duration) -> Self {
        Self { burst, period }
    }

    fn tolerance(self) -> Duration {
        self.period * self.burst
    }
}

/// A bucket for each key. The time is the caller's, from whatever beginning.
#[derive(Debug)]
pub struct Buckets {
    rate: Rate,
    /// Beyond it the buckets nearest to empty are forgotten.
    remembered: usize,
    // Seeded, so that nobody can choose keys that meet (hash flooding).
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

/// Until when what was counted under a key reaches: GCRA's theoretical arrival time.
type Shard = HashMap<u64, Duration>;

impl Buckets {
    pub fn new(rate: Rate, remembered: usize) -> Self {
        Self { rate, remembered, hasher: RandomState::new(), shards: Default::default() }
    }

    /// How long until there may be one more under `key`; zero where there may be now. Counts nothing.
    pub fn wait(&self, key: impl Hash, now: Duration) -> Duration {
        let key = self.hasher.hash_one(key);
        self.lack(self.shard(key).get(&key).copied().unwrap_or_default(), now)
    }

    /// One more under `key`, whether there may be or not.
    pub fn add(&self, key: impl Hash, now: Duration) {
        let key = self.hasher.hash_one(key);
        self.count(&mut self.shard(key), key, now);
    }

    /// One more under `key` if there may be, and whether there was.
    pub fn take(&self, key: impl Hash, now: Duration) -> bool {
        let key = self.hasher.hash_one(key);
        let mut shard = self.shard(key);
        if !self.lack(shard.get(&key).copied().unwrap_or_default(), now).is_zero() {
            return false;
        }
        self.count(&mut shard, key, now);
        true
    }

    /// How many keys are remembered.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lack(&self, until: Duration, now: Duration) -> Duration {
        // The next would move `until` by one period; it may be one burst ahead of now.
        (until + self.rate.period).saturating_sub(now + self.rate.tolerance())
    }

    fn count(&self, shard: &mut Shard, key: u64, now: Duration) {
        if !shard.contains_key(&key) {
            make_room(shard, self.remembered / SHARDS);
        }
        let until = shard.entry(key).or_default();
        // Never further ahead than the burst: what was under way together must not add up to a longer wait.
        *until = ((*until).max(now) + self.rate.period).min(now + self.rate.tolerance());
    }

    fn shard(&self, key: u64) -> MutexGuard<'_, Shard> {
        // Every change under the lock is whole.
        self.shards[key as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets of a few the one that is nearest to empty: looking at all would cost more than what is counted.
fn make_room(shard: &mut Shard, most: usize) {
    while shard.len() >= most.max(1) {
        let nearest = shard.iter().take(16).min_by_key(|(_, until)| **until);
        let Some(key) = nearest.map(|(key, _)| *key) else { return };
        shard.remove(&key);
    }
}

const SHARDS: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Duration = Duration::from_secs(1);

    proptest! {
        /// F15: whatever comes, and when: no more keys than are remembered, and of none more than its rate.
        #[test]
        fn neither_keys_nor_what_they_have_grow(came in proptest::collection::vec((0..60_u8, 0..400_u64), 0..500)) {
            let rate = Rate::new(3, Duration::from_secs(1));
            let (small, large) = (Buckets::new(rate, 32), Buckets::new(rate, 65_536));
            let (mut now, mut had) = (START, [0_u128; 60]);
            for (key, later) in came {
                now += Duration::from_millis(later);
                small.add(key, now);
                had[usize::from(key)] += u128::from(large.take(key, now));
                prop_assert!(small.len() <= 32);
                prop_assert!(small.wait(key, now) <= rate.period);
                prop_assert!(had[usize::from(key)] <= 3 + now.saturating_sub(START).as_millis() / 1000);
            }
        }
    }

    #[test]
    fn a_burst_and_then_one_per_period_for_that_key_only() {
        let buckets = Buckets::new(Rate::new(3, Duration::from_secs(1)), 1024);
        let at = Duration::from_secs;
        assert!((0..3).all(|_| buckets.take("a", at(5))) && !buckets.take("a", at(5)));
        assert_eq!((buckets.wait("a", at(5)), buckets.wait("b", at(5))), (at(1), at(0)));
        assert!(buckets.take("a", at(6)) && !buckets.take("a", at(6)) && buckets.take("a", at(9)));
    }

    #[test]
    fn what_came_together_does_not_lengthen_the_wait() {
        let buckets = Buckets::new(Rate::new(100, Duration::from_secs(1)), 1024);
        (0..10_000).for_each(|_| buckets.add("k", Duration::ZERO));
        assert_eq!(buckets.wait("k", Duration::ZERO), Duration::from_secs(1));
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let buckets = Buckets::new(Rate::new(100, Duration::from_secs(1)), 160);
        for key in 0..5_000 {
            buckets.add(key, Duration::ZERO);
        }
        assert!((16..=160).contains(&buckets.len()), "{}", buckets.len());
    }
}
