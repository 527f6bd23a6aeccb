//! Which commits share a transaction: those that arrive while another one is under way.
//!
//! The first to arrive starts at once, alone. Whoever comes meanwhile waits for it and shares the next transaction with
//! all others who waited, so that a busy server commits a few times instead of once per request, and an idle one waits
//! for nothing. One shared transaction is under way at a time, so two of this process never lock each other out.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use super::generation::Fate;
use crate::driver::{Statement, StoreError};

/// The commits that wait.
#[derive(Debug, Default)]
pub(super) struct Lane {
    state: Mutex<State>,
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Somebody runs groups, and will look for more.
    led: bool,
    /// Tasks that commit, with the leader.
    running: usize,
    closed: bool,
}

/// One caller's batch.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) batch: Vec<Statement>,
    pub(super) answer: oneshot::Sender<Result<(), StoreError>>,
    pub(super) terms: Terms,
    /// Taken by the leader, or taken back by the caller: whoever is first.
    pub(super) taken: Arc<AtomicBool>,
}

/// What holds for a batch beside its statements.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Finds a row exactly when the batch was committed.
    pub(super) proof: Option<Statement>,
    /// When whoever waits is answered at the latest.
    pub(super) until: Instant,
    /// What one step may take: preparing and running the statements, and then the commit.
    pub(super) step: Duration,
}

impl Terms {
    /// What is left for one step.
    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now()).min(self.step)
    }

    pub(super) fn is_over(&self) -> bool {
        self.until <= Instant::now()
    }

    /// What is to become of a connection that was waited for in vain. It was silent only if it had its whole time.
    pub(super) fn silent(&self, since: Instant) -> Fate {
        if since.elapsed() >= self.step { Fate::Silent(since) } else { Fate::Unfit }
    }
}

/// True for the one who takes the batch.
pub(super) fn take(taken: &AtomicBool) -> bool {
    !taken.swap(true, Ordering::AcqRel)
}

impl Lane {
    /// Queues the batch. Returns whether the caller must start [`Leader`], because nobody leads.
    pub(super) fn push(&self, job: Job, most: usize) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.closed {
            return Err(StoreError::Unavailable("the store is closed".to_owned()));
        }
        if state.waiting.len() >= most {
            return Err(StoreError::Busy);
        }
        state.waiting.push_back(job);
        Ok(!std::mem::replace(&mut state.led, true))
    }

    /// Counts a task that commits until the guard is dropped; refused when the store is closed.
    pub(super) fn running(self: &Arc<Self>) -> Running {
        self.state().running += 1;
        Running(Arc::clone(self))
    }

    /// Refuses new commits and waits for those accepted.
    pub(super) async fn close(&self) {
        self.state().closed = true;
        loop {
            let settled = self.settled.notified();
            if self.state().running == 0 {
                return;
            }
            settled.await;
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().closed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is whole, so a panic leaves nothing to mistrust.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that commits is running.
#[derive(Debug)]
pub(super) struct Running(Arc<Lane>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.state().running -= 1;
        self.0.settled.notify_waiters();
    }
}

/// Takes the groups, one after the other, until nobody waits.
#[derive(Debug)]
pub(super) struct Leader {
    lane: Arc<Lane>,
    done: bool,
    _running: Running,
}

impl Leader {
    /// For whom [`Lane::push`] told so.
    pub(super) fn new(lane: &Arc<Lane>) -> Self {
        Self { lane: Arc::clone(lane), done: false, _running: lane.running() }
    }

    /// Everybody who waits, up to a bound. None: nobody does, and this leader's work is over.
    pub(super) fn next(&mut self) -> Option<Vec<Job>> {
        let mut state = self.lane.state();
        let many = state.waiting.len().min(GROUP);
        if many == 0 {
            state.led = false;
            self.done = true;
            return None;
        }
        Some(state.waiting.drain(..many).filter(|job| take(&job.taken)).collect())
    }

    /// Everybody who waits now, to be told that there is no database.
    pub(super) fn all(&self) -> Vec<Job> {
        self.lane.state().waiting.drain(..).filter(|job| take(&job.taken)).collect()
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if !self.done {
            // The runtime ended this task: those who wait learn it by their senders, and the next one leads.
            let mut state = self.lane.state();
            state.led = false;
            state.waiting.clear();
        }
    }
}

/// Batches in one transaction at most, so that the first does not wait long for the last.
const GROUP: usize = 64;
