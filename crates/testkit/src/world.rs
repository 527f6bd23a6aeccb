//! Clock, randomness and an outside that a test owns: the same start gives the same tokens.
//!
//! A test about randomness itself takes the server's own instead.

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use engine::fetch::{Answer, Call, Unfetched};
use engine::world::{Pending, System, World};
use protocol::ctx::Entropy;
use protocol::time::Time;

use crate::outside::Outside;

/// A clock that stands still but for one microsecond a reading, so that what happens later is later; and a counted
/// stream of SHA-256 as randomness.
#[derive(Debug)]
pub struct FakeWorld {
    now: AtomicI64,
    randomness: Randomness,
    /// Other servers.
    pub outside: Outside,
}

#[derive(Debug)]
enum Randomness {
    Counted { seed: u64, drawn: AtomicU64 },
    System,
}

impl FakeWorld {
    /// A world at [`FakeWorld::BEGIN`].
    pub fn new(seed: u64) -> Self {
        Self::with(Randomness::Counted { seed, drawn: AtomicU64::new(0) })
    }

    /// The same clock with the randomness that a server in use draws on.
    pub fn with_system_randomness() -> Self {
        Self::with(Randomness::System)
    }

    fn with(randomness: Randomness) -> Self {
        Self { now: AtomicI64::new(Self::BEGIN.0), randomness, outside: Outside::default() }
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// 2026-01-01T00:00:00Z.
    pub const BEGIN: Time = Time::from_secs(1_767_225_600);
}

impl World for FakeWorld {
    fn now(&self) -> Time {
        Time(self.now.fetch_add(1, Ordering::Relaxed))
    }

    fn resolve(&self, name: String) -> Pending<'_, Result<Vec<IpAddr>, Unfetched>> {
        Box::pin(async move {
            // Nothing is found at once, so that those who ask at the same time meet.
            tokio::task::yield_now().await;
            self.outside.resolve(&name)
        })
    }

    fn fetch(&self, call: Call) -> Pending<'_, Result<Answer, Unfetched>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.outside.fetch(&call)
        })
    }
}

impl Entropy for FakeWorld {
    fn fill(&self, bytes: &mut [u8]) {
        let Randomness::Counted { seed, drawn } = &self.randomness else { return System.fill(bytes) };
        for chunk in bytes.chunks_mut(32) {
            let number = drawn.fetch_add(1, Ordering::Relaxed);
            let block = jose::digest::sha256(&[seed.to_be_bytes(), number.to_be_bytes()].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}
