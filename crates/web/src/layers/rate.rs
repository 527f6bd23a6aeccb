//! Decides when a source has failed too often to be heard on one key (RFC 6749 §2.3.1, RFC 9700 §2.5: brute force).
//!
//! The limit is the generic cell rate algorithm per source *and* key, of failures only: whoever knows the secret is never
//! slowed down, and one source's failures never shut another source out. Time is the process's monotonic clock, because
//! a limit in memory has no other meaning; no decision of the protocol depends on it.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::server::source;

/// How many failures a source may have on one key.
#[derive(Clone, Copy, Debug)]
pub struct FailureLimits {
    /// At once.
    pub burst: u32,
    /// After that, one in this time.
    pub period: Duration,
    /// Pairs of source and key that are remembered; beyond it the ones nearest to forgiveness are forgotten.
    pub remembered: usize,
}

impl Default for FailureLimits {
    fn default() -> Self {
        Self { burst: 100, period: Duration::from_secs(1), remembered: 65_536 }
    }
}

/// Failed client authentications and sign-ons, by source and key. A key is what was attacked: environment and client, or
/// environment and user name.
#[derive(Debug)]
pub struct Failures {
    limits: FailureLimits,
    began: Instant,
    // Seeded, so that nobody can choose keys that meet (hash flooding).
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

/// Seconds until it makes sense to try again: the value of `Retry-After` (RFC 9110 §10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfterSeconds(pub u64);

impl Failures {
    /// Nobody has failed yet.
    pub fn new(limits: FailureLimits) -> Self {
        Self { limits, began: Instant::now(), hasher: RandomState::new(), shards: Default::default() }
    }

    /// Whether `ip` may try `key` now. Costs nothing to those who have not failed; counts nothing.
    pub fn check(&self, ip: IpAddr, key: &str) -> Result<(), RetryAfterSeconds> {
        self.check_at(ip, key, self.began.elapsed())
    }

    /// One more failure of `ip` on `key`.
    pub fn record(&self, ip: IpAddr, key: &str) {
        self.record_at(ip, key, self.began.elapsed());
    }

    fn check_at(&self, ip: IpAddr, key: &str, now: Duration) -> Result<(), RetryAfterSeconds> {
        let (shard, pair) = self.place(ip, key);
        let until = shard.lock().unwrap_or_else(PoisonError::into_inner).get(&pair).copied().unwrap_or_default();
        // The next failure would move `until` by one period; it may be one burst ahead of now.
        let wait = (until + self.limits.period).saturating_sub(now + self.tolerance());
        if wait.is_zero() {
            Ok(())
        } else {
            Err(RetryAfterSeconds(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
        }
    }

    fn record_at(&self, ip: IpAddr, key: &str, now: Duration) {
        let (shard, pair) = self.place(ip, key);
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if !shard.contains_key(&pair) {
            make_room(&mut shard, self.limits.remembered / SHARDS, now);
        }
        let until = shard.entry(pair).or_default();
        // Never further ahead than the burst: requests that were under way together must not add up to a longer ban.
        *until = ((*until).max(now) + self.limits.period).min(now + self.tolerance());
    }

    fn tolerance(&self) -> Duration {
        self.limits.period * self.limits.burst
    }

    fn place(&self, ip: IpAddr, key: &str) -> (&Mutex<Shard>, Pair) {
        let pair = (source(ip), self.hasher.hash_one(key));
        let at = self.hasher.hash_one(pair) as usize % SHARDS;
        (&self.shards[at], pair)
    }
}

/// A source, and the seeded hash of a key.
type Pair = (IpAddr, u64);

/// Until when, on the process's clock, the failures of each pair reach: GCRA's theoretical arrival time.
type Shard = HashMap<Pair, Duration>;

/// Forgets what is forgiven; when that is not enough, the ones among a few that are nearest to it.
fn make_room(shard: &mut Shard, most: usize, now: Duration) {
    if shard.len() < most.max(1) {
        return;
    }
    shard.retain(|_, until| *until > now);
    while shard.len() >= most.max(1) {
        let Some(pair) = shard.iter().take(16).min_by_key(|(_, until)| **until).map(|(pair, _)| *pair) else { return };
        shard.remove(&pair);
    }
}

const SHARDS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn source_a() -> IpAddr {
        "192.0.2.1".parse().unwrap()
    }

    // CA-46: the attacker is slowed down, nobody else is.
    #[test]
    fn a_burst_and_then_one_per_period_for_that_source_and_key_only() {
        let failures = Failures::new(FailureLimits { burst: 3, ..FailureLimits::default() });
        let at = Duration::from_secs;
        for _ in 0..3 {
            assert_eq!(failures.check_at(source_a(), "env/c1", at(5)), Ok(()));
            failures.record_at(source_a(), "env/c1", at(5));
        }
        assert_eq!(failures.check_at(source_a(), "env/c1", at(5)), Err(RetryAfterSeconds(1)));
        assert_eq!(failures.check_at(source_a(), "env/c2", at(5)), Ok(()));
        assert_eq!(failures.check_at("192.0.2.2".parse().unwrap(), "env/c1", at(5)), Ok(()));
        assert_eq!(failures.check_at(source_a(), "env/c1", at(6)), Ok(()));
        failures.record_at(source_a(), "env/c1", at(6));
        assert_eq!(failures.check_at(source_a(), "env/c1", at(6)), Err(RetryAfterSeconds(1)));
        assert_eq!(failures.check_at(source_a(), "env/c1", at(9)), Ok(()));
    }

    #[test]
    fn ten_thousand_at_once_do_not_lengthen_the_wait() {
        let failures = Failures::new(FailureLimits::default());
        for _ in 0..10_000 {
            failures.record_at(source_a(), "k", Duration::ZERO);
        }
        assert_eq!(failures.check_at(source_a(), "k", Duration::ZERO), Err(RetryAfterSeconds(1)));
    }

    #[test]
    fn memory_is_bounded_whatever_is_tried() {
        let failures = Failures::new(FailureLimits { remembered: 160, ..FailureLimits::default() });
        for n in 0..5_000 {
            failures.record_at(source_a(), &format!("k{n}"), Duration::ZERO);
        }
        let held: usize = failures.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!((16..=160).contains(&held), "{held}");
    }
}
