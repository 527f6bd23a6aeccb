//! How old what is kept is: by the clock of the environment that it is kept for.

use protocol::id::EnvironmentId;
use protocol::time::Time;

use crate::controls::Controls;

use super::{Expected, Held, Outgoing, Wanted};

impl Outgoing {
    /// What is kept of the document. Looking leaves nothing behind, so that addresses which are made up push nobody out.
    pub fn held(&self, environment: EnvironmentId, url: &str, expected: Expected) -> Held {
        let Some(entry) = self.cache.find(environment, url, expected) else { return Held::Nothing };
        let Ok(entry) = entry.try_lock_owned() else { return Held::Current };
        let (now, freshness) = (self.now(environment), &self.freshness);
        match entry.usable(now, Wanted::Kept, freshness) {
            Some(_) => Held::Current,
            None => entry.in_grace(now, freshness).map_or(Held::Nothing, Held::Stale),
        }
    }

    /// Drops what is kept for an environment: its clock was put back, and what was asked for in its future never grows old.
    pub(crate) fn forget(&self, environment: EnvironmentId) {
        self.cache.forget(environment);
    }

    pub(super) fn now(&self, environment: EnvironmentId) -> Time {
        Controls::shown(self.controls.as_deref(), environment, self.world.now())
    }
}
