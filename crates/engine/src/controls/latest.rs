//! What happened last in all environments together, for a page that shows it to whoever comes later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::id::EnvironmentId;

use super::recorder::Recorded;

/// The last requests and the last worlds, the newest first.
#[derive(Debug, Default)]
pub struct Latest(Mutex<Of>);

#[derive(Debug, Default)]
struct Of {
    requests: VecDeque<(EnvironmentId, Arc<Recorded>)>,
    worlds: VecDeque<EnvironmentId>,
}

impl Latest {
    pub(super) fn asked(&self, environment: EnvironmentId, recorded: Arc<Recorded>) {
        let mut of = self.of();
        of.requests.push_front((environment, recorded));
        of.requests.truncate(MOST_REQUESTS);
    }

    pub(super) fn made(&self, world: EnvironmentId) {
        let mut of = self.of();
        of.worlds.retain(|known| *known != world);
        of.worlds.push_front(world);
        of.worlds.truncate(MOST_WORLDS);
    }

    /// An environment that ended was asked nothing.
    pub(super) fn forget(&self, environment: EnvironmentId) {
        let mut of = self.of();
        of.requests.retain(|(asked, _)| *asked != environment);
        of.worlds.retain(|world| *world != environment);
    }

    pub fn requests(&self) -> Vec<(EnvironmentId, Arc<Recorded>)> {
        self.of().requests.iter().cloned().collect()
    }

    pub fn worlds(&self) -> Vec<EnvironmentId> {
        self.of().worlds.iter().copied().collect()
    }

    fn of(&self) -> MutexGuard<'_, Of> {
        // Every change under the lock is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As many as a page shows.
pub const MOST_REQUESTS: usize = 50;
const MOST_WORLDS: usize = 8;
