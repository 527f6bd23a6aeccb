//! Whether commits are answered: what tells a load balancer more than that reads are.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::driver::StoreError;

/// What is known of the commits under way, and of the last that ended.
#[derive(Debug, Default)]
pub(super) struct Pulse(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    /// Since when nothing came of those under way.
    since: Option<Instant>,
    failed: bool,
}

/// A commit under way, until it is dropped.
pub(super) struct Beat<'a>(&'a Pulse);

impl Pulse {
    pub(super) fn begin(&self) -> Beat<'_> {
        let mut state = self.state();
        state.under_way += 1;
        state.since.get_or_insert_with(Instant::now);
        Beat(self)
    }

    /// Whether a commit has to show that commits are answered: the last one failed, or nothing came of those under way for a while.
    pub(super) fn is_in_doubt(&self) -> bool {
        let state = self.state();
        state.failed || state.since.is_some_and(|since| since.elapsed() > LONG)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Beat<'_> {
    /// The database decided the commit, or did not answer.
    pub(super) fn end(self, outcome: &Result<(), StoreError>) {
        let mut state = self.0.state();
        state.failed = matches!(outcome, Err(StoreError::Unavailable(_)));
        state.since = Some(Instant::now());
    }
}

impl Drop for Beat<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way -= 1;
        if state.under_way == 0 {
            state.since = None;
        }
    }
}

const LONG: Duration = Duration::from_secs(1);
