//! Clock and randomness that a test owns: the same start gives the same tokens.
//!
//! A test about randomness itself takes the server's own instead.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use engine::world::{System, World};
use protocol::ctx::Entropy;
use protocol::time::Time;

/// A clock that stands still but for one microsecond a reading, so that what happens later is later; and a counted
/// stream of SHA-256 as randomness.
#[derive(Debug)]
pub struct FakeWorld {
    now: AtomicI64,
    randomness: Randomness,
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
        Self { now: AtomicI64::new(Self::BEGIN.0), randomness }
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
