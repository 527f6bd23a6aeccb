//! Turns at the processor. Work that waits for nothing is done as soon as it has a turn, and the turn is free again: however few of
//! them a source has at a time, its requests would follow each other as they stand in the scheduler's queue, and whoever else comes
//! would stand behind all of them. So while sources come side by side, one core is left by each to the others, and a source that
//! came a moment ago holds its turn while everybody else who is ready goes on.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::{Claim, Crowded, Gate, Place, Source};

/// The door before the processor, and when each source last came to it: of fixed size. That two sources share a place, and one lets
/// others go first for the other, costs nothing but a moment.
#[derive(Debug)]
pub struct Processor {
    gate: Arc<Gate>,
    /// Turns of a source that is alone, and of one beside others.
    alone: u32,
    beside: u32,
    hasher: RandomState,
    began: Instant,
    /// Where the source is noted that came last, and when another came than before.
    last: AtomicU64,
    changed: AtomicU64,
    came: Box<[AtomicU64]>,
}

impl Processor {
    /// Through the gate, which is used by nobody else: `beside` of a source while others come too, otherwise `alone`.
    pub fn new(gate: Arc<Gate>, alone: u32, beside: u32) -> Self {
        let came = (0..WIDTH).map(|_| AtomicU64::new(0)).collect();
        let (last, changed) = (AtomicU64::new(NOBODY), AtomicU64::new(0));
        Self { gate, alone, beside, hasher: RandomState::new(), began: Instant::now(), last, changed, came }
    }

    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// A turn, now or when those before have had theirs. Who waits for one does so under what `known` makes of the claim.
    ///
    /// # Errors
    /// [`Crowded`] as [`Gate::enter`].
    pub async fn enter(&self, claim: Claim, known: impl FnOnce(Claim) -> Claim) -> Result<Place, Crowded> {
        let presses = self.presses(claim.source, self.began.elapsed());
        let place = match self.gate.try_enter(claim) {
            Ok(place) => place,
            Err(_) => self.gate.enter(known(claim)).await?,
        };
        if presses {
            tokio::task::yield_now().await;
        }
        Ok(place)
    }

    /// Whether the source came a moment ago, and is not the only one that comes.
    fn presses(&self, source: Source, since: Duration) -> bool {
        let now = micros(since).max(1);
        let place = self.hasher.hash_one(source) as usize % WIDTH;
        // Most often nothing is written that another core has.
        if self.last.load(Relaxed) != place as u64 && self.last.swap(place as u64, Relaxed) != NOBODY {
            self.changed.store(now, Relaxed);
        }
        let within = |then: u64, time: Duration| then > 0 && now.saturating_sub(then) < micros(time);
        let beside = within(self.changed.load(Relaxed), TOGETHER);
        self.gate.bound_source(if beside { self.beside } else { self.alone });
        let before = self.came[place].swap(now, Relaxed);
        beside && within(before, MOMENT)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

const WIDTH: usize = 4096;
const NOBODY: u64 = u64::MAX;
/// Nobody who waits for an answer, and for the network, comes again so soon.
const MOMENT: Duration = Duration::from_millis(2);
/// Sources of which one came within so long of another come side by side.
const TOGETHER: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bounds, Seats};

    fn processor() -> Processor {
        let seats = Seats { all: 9, reserved: 0, environment: 9, net: 9, source: 3 };
        let bounds = Bounds { all: 9, environment: 9, net: 9, source: 9, alone: 9 };
        Processor::new(Gate::new(seats, bounds, Duration::from_secs(1)), 3, 1)
    }

    fn source(last: u8) -> Source {
        Source::of([192, 0, 2, last].into())
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn room(processor: &Processor, of: u8) -> usize {
        let claim = Claim { source: source(of), ..Claim::default() };
        std::iter::from_fn(|| processor.gate.try_enter(claim).ok()).collect::<Vec<_>>().len()
    }

    #[test]
    fn whoever_is_alone_lets_nobody_go_first_and_has_every_core() {
        let processor = processor();
        assert!((1..100).all(|number| !processor.presses(source(1), at(number))));
        assert_eq!(room(&processor, 1), 3);
    }

    #[test]
    fn beside_others_whoever_comes_again_at_once_lets_them_go_first_and_leaves_a_core() {
        let processor = processor();
        assert!(!processor.presses(source(1), at(10)));
        assert!(!processor.presses(source(2), at(10)), "it comes for the first time");
        assert!(processor.presses(source(1), at(11)));
        assert!(!processor.presses(source(2), at(500)), "it comes again, and not at once");
        assert_eq!(room(&processor, 1), 1);
        assert!(processor.presses(source(2), at(501)));
        assert!(!processor.presses(source(2), at(1600)));
        assert!(!processor.presses(source(2), at(1601)), "nobody else came for a second");
        assert_eq!(room(&processor, 2), 3);
    }

    /// F15: whoever is ready when the other comes is done before it.
    #[tokio::test]
    async fn a_turn_begins_after_the_work_of_others() {
        let processor = processor();
        let known = |claim| claim;
        let of = |last| Claim { source: source(last), ..Claim::default() };
        let order = std::sync::Mutex::new(Vec::new());
        for last in [1, 2] {
            drop(processor.enter(of(last), known).await.unwrap());
        }
        let work = |last| {
            let (processor, order) = (&processor, &order);
            async move {
                let _turn = processor.enter(of(last), known).await.unwrap();
                order.lock().unwrap().push(last);
            }
        };
        tokio::join!(work(1), work(3), work(4));
        assert_eq!(*order.lock().unwrap(), [3, 4, 1]);
    }
}
