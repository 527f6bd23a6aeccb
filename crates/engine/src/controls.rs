//! What the controls of a developer's server keep of each environment (ADR 0062): its clock, what the next answers are to be, what was
//! asked and answered, what was sent to people. In memory alone, and on no other server: there [`crate::App::controls`] is None, and
//! every place that asks them does as if they were not written.

pub mod clock;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use protocol::id::EnvironmentId;
use protocol::time::Time;

use self::clock::Clock;

/// The controls of all environments. An environment that nobody controls costs nothing.
#[derive(Debug, Default)]
pub struct Controls {
    environments: RwLock<HashMap<EnvironmentId, Arc<Control>>>,
}

/// The controls of one environment.
#[derive(Debug, Default)]
pub struct Control {
    pub clock: Clock,
}

impl Controls {
    /// Those of an environment, where anybody made some.
    pub fn find(&self, environment: EnvironmentId) -> Option<Arc<Control>> {
        self.environments.read().unwrap_or_else(PoisonError::into_inner).get(&environment).cloned()
    }

    /// Those of an environment, made where there are none.
    pub fn of(&self, environment: EnvironmentId) -> Arc<Control> {
        if let Some(found) = self.find(environment) {
            return found;
        }
        let mut environments = self.environments.write().unwrap_or_else(PoisonError::into_inner);
        environments.entry(environment).or_default().clone()
    }

    /// Drops those of an environment that ended.
    pub fn end(&self, environment: EnvironmentId) {
        self.environments.write().unwrap_or_else(PoisonError::into_inner).remove(&environment);
    }

    /// What an environment's clock shows at this time of the machine.
    pub fn now(&self, environment: EnvironmentId, now: Time) -> Time {
        self.find(environment).map_or(now, |control| control.clock.at(now))
    }
}
