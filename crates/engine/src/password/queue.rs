//! Those who wait for a hash, in the turns of [`Line`]: a flood in one environment, or from one address, waits behind itself.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use admission::{Bounds, Claim, Heaviest, Level, Line, Shed};
use argon2::Block;

use super::Job;

pub(super) struct Queue {
    line: Mutex<Waiting>,
    /// Somebody came, or it is over.
    comes: Condvar,
    length: AtomicUsize,
    turned_away: [AtomicU64; 4],
    most: Heaviest,
}

struct Waiting {
    line: Line<Since>,
    over: bool,
}

/// A job, and since when it waits.
type Since = (Instant, Job);

impl Queue {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            line: Mutex::new(Waiting { line: Line::new(bounds), over: false }),
            comes: Condvar::new(),
            length: AtomicUsize::new(0),
            turned_away: Default::default(),
            most: Heaviest::default(),
        }
    }

    /// Takes the job on. Whoever goes instead is told so, which may be the newcomer.
    pub(super) fn join(&self, claim: Claim, job: Job) {
        let shed = {
            let mut waiting = self.waiters();
            let shed = waiting.line.join(claim, (Instant::now(), job));
            self.length.store(waiting.line.len(), Ordering::Relaxed);
            shed
        };
        self.comes.notify_all();
        for Shed { item: (_, job), by } in shed {
            self.turned_away[by as usize].fetch_add(1, Ordering::Relaxed);
            self.most.add(job.claim);
            let _ = job.done.send(Err(by));
        }
    }

    /// The next job, however long that takes. The memory is kept for a job that waits already, and given back before a wait.
    pub(super) fn next(&self, memory: &mut Vec<Block>) -> Option<Job> {
        self.take(memory, |line| (line.next(|_| true), None))
    }

    /// The next job of somebody who waited longer than anybody should, and is no flood: those are done by threads that give way.
    pub(super) fn next_that_waited(&self, memory: &mut Vec<Block>) -> Option<Job> {
        self.take(memory, |line| {
            let mut soonest = None;
            let next = line.next_of_few(FEW, |(since, _)| {
                let left = PATIENCE.saturating_sub(since.elapsed());
                soonest = Some(soonest.map_or(left, |soonest| left.min(soonest)));
                left.is_zero()
            });
            (next, soonest)
        })
    }

    pub(super) fn end(&self) {
        self.waiters().over = true;
        self.comes.notify_all();
    }

    pub(super) fn waiting(&self) -> usize {
        self.length.load(Ordering::Relaxed)
    }

    pub(super) fn turned_away(&self, by: Level) -> u64 {
        self.turned_away[by as usize].load(Ordering::Relaxed)
    }

    pub(super) fn most_turned_away(&self) -> Vec<(Claim, u64)> {
        self.most.list()
    }

    /// What `pick` finds, which otherwise says after how long it may.
    fn take(
        &self,
        memory: &mut Vec<Block>,
        pick: impl Fn(&mut Line<Since>) -> (Option<(Claim, Since)>, Option<Duration>),
    ) -> Option<Job> {
        let mut waiting = self.waiters();
        loop {
            if waiting.over {
                return None;
            }
            let (next, after) = pick(&mut waiting.line);
            if let Some((_, (_, job))) = next {
                self.length.store(waiting.line.len(), Ordering::Relaxed);
                return Some(job);
            }
            *memory = Vec::new();
            waiting = match after {
                Some(after) => self.comes.wait_timeout(waiting, after).unwrap_or_else(PoisonError::into_inner).0,
                None => self.comes.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn waiters(&self) -> MutexGuard<'_, Waiting> {
        // Every change under the lock is whole.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a job holds is a secret.
impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("length", &self.length).finish_non_exhaustive()
    }
}

/// Whoever has more in the line than a few people type at a time.
const FEW: usize = 4;
/// Then the order of the day, tokens before sign-ons, has gone on long enough.
const PATIENCE: Duration = Duration::from_secs(1);
