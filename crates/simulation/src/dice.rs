//! Chance: all of it comes from one number.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A stream of numbers that its seed decides (SplitMix64).
#[derive(Debug)]
pub(crate) struct Dice(AtomicU64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub(crate) fn roll(&self) -> u64 {
        let mut number = self.0.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// From 0 to `bound - 1`.
    pub(crate) fn below(&self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }

    pub(crate) fn chance(&self, per_mille: u64) -> bool {
        self.roll() % 1000 < per_mille
    }

    /// A time between the two, both in milliseconds.
    pub(crate) fn millis(&self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.roll() % (most - least + 1))
    }

    pub(crate) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.below(of.len())) }
    }

    /// Another stream, of this one's making.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.roll())
    }
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
