//! Waits until there is something to answer with.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// What `find` finds, at once or when `changes` tells of more; the last it finds where the time is over. Who waits takes nobody's seat.
pub(super) async fn until<T>(changes: &watch::Sender<u64>, time: Duration, find: impl Fn() -> Vec<T>) -> Vec<T> {
    let found = find();
    if !found.is_empty() || time.is_zero() {
        return found;
    }
    let end = Instant::now() + time;
    let mut more = changes.subscribe();
    admission::aside(async {
        loop {
            // Asked again behind the subscription, so that nothing comes in between.
            let found = find();
            if !found.is_empty() || !matches!(timeout_at(end, more.changed()).await, Ok(Ok(()))) {
                return if found.is_empty() { find() } else { found };
            }
        }
    })
    .await
}

/// Milliseconds that may be waited for: less than the edge lets a request take.
pub(super) const LONGEST: u64 = 30_000;
