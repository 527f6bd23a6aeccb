//! Who is in. Whoever finds room goes in without a lock; whoever does not waits in a [`Line`], and not for long.
//!
//! Who is in is counted in two tables of counters, each key at one place of each by a seeded hash, and the smaller count holds. So the
//! memory is what it is at the start, whoever comes; that two keys meet in both tables, and one waits for the other, is one case
//! in millions.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::{Bounds, Claim, Heaviest, Level, Line, Shed, Source};

/// How many may be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    pub all: u32,
    /// Of all, those that are only for environments with nobody in.
    pub reserved: u32,
    pub environment: u32,
    /// Of an IPv6 /48, and of a source.
    pub net: u32,
    pub source: u32,
}

/// Nobody left in time, or others had waited with less: the bound that stood against the one who came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowded(pub Level);

/// A door with so many seats behind it.
#[derive(Debug)]
pub struct Gate {
    seats: Seats,
    /// Of a source, at present.
    source: AtomicU32,
    patience: Duration,
    hasher: RandomState,
    /// Two tables.
    taken: Box<[[AtomicU32; WIDTH]]>,
    all: AtomicU32,
    line: Mutex<Line<Waiter>>,
    waiting: AtomicUsize,
    arrivals: AtomicU64,
    turned_away: [AtomicU64; 4],
    most: Heaviest,
}

/// A seat, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    gate: Arc<Gate>,
    at: Counted,
}

/// Where a claim is counted: environment, network and source, each in both tables.
#[derive(Clone, Copy, Debug)]
struct Counted {
    at: [(usize, usize); 3],
    /// This server itself is bounded by environments only.
    anywhere: bool,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    turn: oneshot::Sender<Result<Place, Level>>,
}

impl Gate {
    /// Whoever finds no seat waits for `patience` at most, and as many wait as `bounds` allow.
    pub fn new(seats: Seats, bounds: Bounds, patience: Duration) -> Arc<Self> {
        let table = || std::array::from_fn(|_| AtomicU32::new(0));
        Arc::new(Self {
            seats,
            source: AtomicU32::new(seats.source),
            patience,
            hasher: RandomState::new(),
            taken: vec![table(), table()].into_boxed_slice(),
            all: AtomicU32::new(0),
            line: Mutex::new(Line::new(bounds)),
            waiting: AtomicUsize::new(0),
            arrivals: AtomicU64::new(0),
            turned_away: Default::default(),
            most: Heaviest::default(),
        })
    }

    /// A seat if there is one now.
    pub fn try_enter(self: &Arc<Self>, claim: Claim) -> Result<Place, Level> {
        let at = self.counted(&claim);
        self.take(at).map(|()| Place { gate: Arc::clone(self), at })
    }

    /// A seat, now or in turn.
    ///
    /// # Errors
    /// [`Crowded`] when none came free in time, or too many wait.
    pub async fn enter(self: &Arc<Self>, claim: Claim) -> Result<Place, Crowded> {
        match self.try_enter(claim) {
            Ok(place) => Ok(place),
            Err(level) => self.wait(claim, level).await,
        }
    }

    /// A seat even where there is none: for whoever was in, and is in again.
    pub fn enter_again(self: &Arc<Self>, claim: Claim) -> Place {
        let at = self.counted(&claim);
        self.count(at);
        Place { gate: Arc::clone(self), at }
    }

    /// Lets so many of a source in from now on. Whoever is in stays.
    pub(crate) fn bound_source(&self, most: u32) {
        if self.source.load(Ordering::Relaxed) != most {
            self.source.store(most, Ordering::Relaxed);
        }
    }

    /// How many are in.
    pub fn taken(&self) -> u32 {
        self.all.load(Ordering::Relaxed)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many were turned away by a bound of this kind.
    pub fn turned_away(&self, by: Level) -> u64 {
        self.turned_away[by as usize].load(Ordering::Relaxed)
    }

    /// Who was turned away most, and how often.
    pub fn most_turned_away(&self) -> Vec<(Claim, u64)> {
        self.most.list()
    }

    async fn wait(self: &Arc<Self>, claim: Claim, full: Level) -> Result<Place, Crowded> {
        let number = self.arrivals.fetch_add(1, Ordering::Relaxed);
        let (turn, mut comes) = oneshot::channel();
        // Leaves the line by whatever way this ends, also when whoever asked is gone.
        let _in_line = InLine { gate: self, claim, number };
        let shed = {
            let mut line = self.line();
            let shed = line.join(claim, Waiter { number, turn });
            self.waiting.store(line.len(), Ordering::SeqCst);
            shed
        };
        for Shed { item, by } in shed {
            let _ = item.turn.send(Err(by));
        }
        // A seat may have come free since there was none.
        self.call();
        let outcome = tokio::time::timeout(self.patience, &mut comes).await;
        let outcome = match outcome {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(full),
        };
        outcome.map_err(|by| {
            self.turned_away[by as usize].fetch_add(1, Ordering::Relaxed);
            self.most.add(claim);
            Crowded(by)
        })
    }

    /// Lets in whoever waits and fits now.
    fn call(self: &Arc<Self>) {
        while self.waiting.load(Ordering::SeqCst) > 0 {
            let called = {
                let mut line = self.line();
                let mut seat = None;
                let next = line.next(|claim| {
                    let at = self.counted(claim);
                    let fits = self.take(at).is_ok();
                    seat = fits.then_some(at);
                    fits
                });
                self.waiting.store(line.len(), Ordering::SeqCst);
                next.zip(seat)
            };
            let Some(((_, waiter), at)) = called else { return };
            // Whoever left a moment ago gives the seat back by this very way: the lock is not held here.
            let _ = waiter.turn.send(Ok(Place { gate: Arc::clone(self), at }));
        }
    }

    fn take(&self, at: Counted) -> Result<(), Level> {
        let found = self.count(at);
        let all = self.seats.all - if found[1] == 0 { 0 } else { self.seats.reserved };
        let nearer = if at.anywhere { [u32::MAX; 2] } else { [self.seats.net, self.source.load(Ordering::Relaxed)] };
        let most = [all, self.seats.environment, nearer[0], nearer[1]];
        // The nearest bound is the one that is told.
        let levels = [Level::All, Level::Environment, Level::Net, Level::Source];
        let full = (0..4).rev().find(|level| found[*level] >= most[*level]);
        match full {
            None => Ok(()),
            Some(level) => {
                self.discount(at);
                Err(levels[level])
            }
        }
    }

    /// Counts one more, and says how many there were: of all, of the environment, the network and the source.
    fn count(&self, Counted { at, .. }: Counted) -> [u32; 4] {
        let mut found = [0; 4];
        found[0] = self.all.fetch_add(1, Ordering::SeqCst);
        for (level, (one, other)) in at.into_iter().enumerate() {
            let one = self.taken[0][one].fetch_add(1, Ordering::SeqCst);
            let other = self.taken[1][other].fetch_add(1, Ordering::SeqCst);
            found[level + 1] = one.min(other);
        }
        found
    }

    fn discount(&self, Counted { at, .. }: Counted) {
        for (one, other) in at {
            self.taken[0][one].fetch_sub(1, Ordering::SeqCst);
            self.taken[1][other].fetch_sub(1, Ordering::SeqCst);
        }
        self.all.fetch_sub(1, Ordering::SeqCst);
    }

    fn counted(&self, claim: &Claim) -> Counted {
        let source = claim.source;
        let at = |level: u8, key: u128| {
            let hash = self.hasher.hash_one((level, key));
            (hash as usize % WIDTH, (hash >> 32) as usize % WIDTH)
        };
        let at = [at(0, claim.environment.as_u128()), at(1, source.net), at(2, source.own)];
        Counted { at, anywhere: source == Source::NONE }
    }

    fn line(&self) -> MutexGuard<'_, Line<Waiter>> {
        // Every change under the lock is whole.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The door that it is behind.
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.discount(self.at);
        self.gate.call();
    }
}

/// One who waits, until it does no more.
struct InLine<'a> {
    gate: &'a Gate,
    claim: Claim,
    number: u64,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        let gone = {
            let mut line = self.gate.line();
            let gone = line.leave(self.claim, |waiter| waiter.number == self.number);
            self.gate.waiting.store(line.len(), Ordering::SeqCst);
            gone
        };
        drop(gone);
    }
}

const WIDTH: usize = 4096;

#[cfg(test)]
mod tests;
