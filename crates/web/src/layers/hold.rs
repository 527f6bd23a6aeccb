//! Decides how soon a failure is answered: whoever fails faster than anybody does by mistake hears of it a moment later (F8, F15), so that
//! a flood of failures is as slow as its connections are few. Whatever succeeds is never held up.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use admission::{Buckets, Rate, Source};

/// The failures of each source lately, and how many answers are held.
#[derive(Debug)]
pub(super) struct Hold {
    began: Instant,
    failed: Buckets,
    held: AtomicUsize,
}

impl Hold {
    /// So many failures of a source are answered at once a second, and ten seconds' worth together.
    pub(super) fn new(failures: u32) -> Self {
        let failures = failures.max(1);
        let rate = Rate::new(failures.saturating_mul(10), Duration::from_secs(1) / failures);
        Self { began: Instant::now(), failed: Buckets::new(rate, REMEMBERED), held: AtomicUsize::new(0) }
    }

    /// Counts a failure, and waits before it may be answered.
    pub(super) async fn failed(&self, source: Option<IpAddr>) {
        if self.failed.take(Source::from(source).own(), self.began.elapsed()) {
            return;
        }
        let held = Held(&self.held);
        // Where too many wait, holding one more up costs more than answering it.
        if held.0.fetch_add(1, Ordering::Relaxed) < MOST {
            tokio::time::sleep(MOMENT).await;
        }
    }
}

/// Counted until it is answered, or whoever asked is gone.
struct Held<'a>(&'a AtomicUsize);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Sources that are remembered.
const REMEMBERED: usize = 16_384;
/// Answers that are held at a time.
const MOST: usize = 4096;
const MOMENT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    /// F15: whoever fails as fast as it can waits; nobody else does, and not so many at a time that they cost memory.
    #[tokio::test(start_paused = true)]
    async fn who_fails_without_end_hears_of_it_later() {
        let hold = Hold::new(2);
        let [flooder, other] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().ok());
        let took = async |source| {
            let began = tokio::time::Instant::now();
            hold.failed(source).await;
            began.elapsed()
        };
        for _ in 0..20 {
            assert_eq!(took(flooder).await, Duration::ZERO);
        }
        assert_eq!((took(flooder).await, took(other).await), (MOMENT, Duration::ZERO));
        hold.held.store(MOST, Ordering::Relaxed);
        assert_eq!(took(flooder).await, Duration::ZERO);
        assert_eq!(hold.held.load(Ordering::Relaxed), MOST);
    }
}
