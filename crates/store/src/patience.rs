//! How long a request may wait for the database in all, however many reads and commits it makes.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Runs a request, which may wait this long in all for a database that does not answer. What is asked after that is answered at once,
/// as by a database that is away. What is answered does not count, however many reads and commits it takes. Lists have their own
/// budget. A database in the same process is not waited for.
pub fn within<F: Future>(all: Duration, request: F) -> impl Future<Output = F::Output> {
    LEFT.scope(Cell::new(all), request)
}

/// What is left of `most` for one call, counted from now on.
pub(crate) struct Wait {
    begun: Instant,
    pub(crate) until: Instant,
    in_vain: bool,
}

impl Wait {
    pub(crate) fn begin(most: Duration) -> Self {
        let begun = Instant::now();
        let left = LEFT.try_with(Cell::get).unwrap_or(most);
        Self { begun, until: begun + most.min(left), in_vain: true }
    }

    /// The database is there.
    pub(crate) fn answered(mut self) {
        self.in_vain = false;
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if !self.in_vain {
            return;
        }
        // Outside of a request nothing is counted.
        let _ = LEFT.try_with(|left| left.set(left.get().saturating_sub(self.begun.elapsed())));
    }
}

tokio::task_local! {
    static LEFT: Cell<Duration>;
}
