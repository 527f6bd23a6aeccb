//! Whose turn it is among writers of one object who were overtaken: each decides again when the one before is done. Otherwise a
//! hundred of them would overtake each other again and again, and of all that they ask of the store a hundredth would count.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

/// Places in which writers wait. Writers of different objects may share one: that costs them some time, and nothing else.
#[derive(Debug)]
pub struct Turns {
    places: [Mutex<()>; PLACES],
    hasher: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        Self { places: [const { Mutex::const_new(()) }; PLACES], hasher: RandomState::new() }
    }
}

impl Turns {
    /// Waits until nobody else has the turn at `object`, who came first goes first; it lasts until the guard is dropped. None
    /// after a while: whoever has it may wait for a database that does not answer. Guards hold with and without a turn.
    pub async fn wait(&self, object: impl Hash) -> Option<MutexGuard<'_, ()>> {
        let place = self.hasher.hash_one(object) % PLACES as u64;
        let place = usize::try_from(place).unwrap_or_default();
        // Nobody who waits here keeps the processor's turn from whoever is waited for.
        admission::idle(tokio::time::timeout(PATIENCE, self.places[place].lock())).await.ok()
    }
}

const PLACES: usize = 64;
const PATIENCE: Duration = Duration::from_secs(2);
