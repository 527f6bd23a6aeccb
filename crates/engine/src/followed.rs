//! How long ago this process last learned what others changed.

use std::sync::atomic::{AtomicI64, Ordering};

use protocol::time::Time;

/// The time at which the store last told all changes; nothing before somebody began to follow them.
#[derive(Debug, Default)]
pub(crate) struct Followed(AtomicI64);

impl Followed {
    /// Somebody follows from now on: until the store tells anything, what is kept ages from here.
    pub(crate) fn begins(&self, now: Time) {
        // Whoever began before did so first.
        let _ = self.0.compare_exchange(0, now.0.max(1), Ordering::Relaxed, Ordering::Relaxed);
    }

    pub(crate) fn at(&self, now: Time) {
        self.0.store(now.0.max(1), Ordering::Relaxed);
    }

    /// Whether that is longer ago than `most` seconds. A clock that was put back tells nothing about it, so then it is too.
    pub(crate) fn lags(&self, now: Time, most: i64) -> bool {
        match self.0.load(Ordering::Relaxed) {
            0 => false,
            at => {
                let slack = most.saturating_mul(MICROS);
                now.0.saturating_sub(at) > slack || at.saturating_sub(now.0) > slack
            }
        }
    }
}

const MICROS: i64 = 1_000_000;
