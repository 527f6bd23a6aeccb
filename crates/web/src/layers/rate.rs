//! Decides when a source has failed too often to be heard on one key, or on too many (RFC 6749 §2.3.1, RFC 9700 §2.5: brute force).
//!
//! The limit is one of failures per source *and* key ([`admission::Buckets`]): whoever knows the secret is never slowed down, and one source's
//! failures never shut another source out. Who tries one password on many names fails once on each, so the names that a source
//! fails on are counted as well. Time is the process's monotonic clock, because a limit in memory has no other meaning; no
//! decision of the protocol depends on it.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use admission::{Buckets, Rate, Source};
use protocol::id::EnvironmentId;

/// How many failures a source may have.
#[derive(Clone, Copy, Debug)]
pub struct FailureLimits {
    /// On one key, at once.
    pub burst: u32,
    /// After that, one in this time.
    pub period: Duration,
    /// Pairs of source and key that are remembered; beyond it the ones nearest to forgiveness are forgotten.
    pub remembered: usize,
    /// Names of one environment that a network may fail on in an hour.
    pub names: u32,
}

impl Default for FailureLimits {
    fn default() -> Self {
        Self { burst: 100, period: Duration::from_secs(1), remembered: 65_536, names: 100 }
    }
}

/// Failed client authentications and sign-ons, by source and key. A key is what was attacked: environment and client, or
/// environment and user name.
#[derive(Debug)]
pub struct Failures {
    began: Instant,
    keys: Buckets,
    /// Which names a source failed on within the hour, each once.
    tried: Buckets,
    names: Buckets,
    sprayed: AtomicU64,
}

/// Seconds until it makes sense to try again: the value of `Retry-After` (RFC 9110 §10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfterSeconds(pub u64);

impl Failures {
    /// Nobody has failed yet.
    pub fn new(limits: FailureLimits) -> Self {
        let names = limits.names.max(1);
        Self {
            began: Instant::now(),
            keys: Buckets::new(Rate::new(limits.burst, limits.period), limits.remembered),
            tried: Buckets::new(Rate::new(1, HOUR), limits.remembered),
            names: Buckets::new(Rate::new(names, HOUR / names), limits.remembered),
            sprayed: AtomicU64::new(0),
        }
    }

    /// Whether `ip` may try `key` now. Costs nothing to those who have not failed; counts nothing.
    pub fn check(&self, ip: IpAddr, key: &str) -> Result<(), RetryAfterSeconds> {
        after(self.keys.wait((Source::of(ip).own(), key), self.began.elapsed()))
    }

    /// One more failure of `ip` on `key`.
    pub fn record(&self, ip: IpAddr, key: &str) {
        self.keys.add((Source::of(ip).own(), key), self.began.elapsed());
    }

    /// Whether the network of `ip` may try names of `environment` that it has not signed on with yet.
    pub fn check_names(&self, ip: IpAddr, environment: EnvironmentId) -> Result<(), RetryAfterSeconds> {
        after(self.names.wait((Source::of(ip).net(), environment), self.began.elapsed()))
    }

    /// One more failure of `ip` on a name of `environment`. Whether with it the network has failed on too many.
    pub fn record_name(&self, ip: IpAddr, environment: EnvironmentId, name: &str) -> bool {
        let now = self.began.elapsed();
        let pair = (Source::of(ip).own(), name);
        self.keys.add(pair, now);
        if !self.tried.take(pair, now) {
            return false;
        }
        let network = (Source::of(ip).net(), environment);
        let before = self.names.wait(network, now);
        self.names.add(network, now);
        let sprayed = before.is_zero() && !self.names.wait(network, now).is_zero();
        self.sprayed.fetch_add(u64::from(sprayed), Ordering::Relaxed);
        sprayed
    }

    /// How often a network had failed on too many names.
    pub fn sprayed(&self) -> u64 {
        self.sprayed.load(Ordering::Relaxed)
    }
}

fn after(wait: Duration) -> Result<(), RetryAfterSeconds> {
    if wait.is_zero() { Ok(()) } else { Err(RetryAfterSeconds(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))) }
}

const HOUR: Duration = Duration::from_hours(1);

#[cfg(test)]
mod tests {
    use protocol::id::EnvironmentId;
    use uuid::Uuid;

    use super::*;

    // CA-46: the attacker is slowed down, nobody else is.
    #[test]
    fn a_source_that_failed_too_often_on_a_key_waits_for_that_key_only() {
        let failures = Failures::new(FailureLimits { burst: 3, period: HOUR, ..FailureLimits::default() });
        let [one, other]: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        for _ in 0..3 {
            assert_eq!(failures.check(one, "env/c1"), Ok(()));
            failures.record(one, "env/c1");
        }
        assert_eq!(failures.check(one, "env/c1"), Err(RetryAfterSeconds(3600)));
        assert_eq!(failures.check(one, "env/c2"), Ok(()));
        assert_eq!(failures.check(other, "env/c1"), Ok(()));
    }

    /// F3: one name as often as one likes is one; the hundredth is told once, and then it is over for the network.
    #[test]
    fn a_network_fails_on_so_many_names() {
        let failures = Failures::new(FailureLimits::default());
        let here = EnvironmentId::new(Uuid::from_u128(1));
        let site = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, n, 0, 0, 0, 1]);
        assert!(!(0..50).any(|_| failures.record_name(site(0), here, "the same")));
        let told: Vec<u16> = (1..200).filter(|n| failures.record_name(site(*n), here, &format!("name {n}"))).collect();
        assert_eq!(told, [99]);
        assert!(failures.check_names(site(7), here).is_err_and(|wait| wait.0 <= 36));
        assert_eq!(failures.check_names(site(7), EnvironmentId::new(Uuid::from_u128(2))), Ok(()));
        assert_eq!(failures.check_names("192.0.2.1".parse().unwrap(), here), Ok(()));
        assert_eq!(failures.sprayed(), 1);
    }
}
