//! What the controls of a developer's server keep of each environment (ADR 0062): its clock, what the next answers are to be, what was
//! asked and answered, what was sent to people. In memory alone, and on no other server: there [`crate::App::controls`] is None, and
//! every place that asks them does as if they were not written.

pub mod clock;
pub mod entered;
pub mod expire;
pub(crate) mod forced;
pub mod issued;
pub mod keys;
pub mod latest;
pub mod mint;
pub mod mounted;
pub mod next;
pub mod outbox;
pub mod passed;
pub mod place;
pub mod recorder;
pub mod sign_on;
pub mod snapshot;
pub mod told;
pub mod world;

use std::collections::HashMap;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use protocol::id::EnvironmentId;
use protocol::time::Time;

use self::clock::Clock;
use self::entered::{Entered, Entry};
use self::issued::Issued;
use self::latest::Latest;
use self::mounted::Mounted;
use self::next::Next;
use self::outbox::{Message, Outbox};
use self::recorder::Recorder;
use self::snapshot::{Makings, Snapshots};
use self::told::{Events, Told};
use self::world::Known;

pub use self::forced::forcing;

/// The controls of all environments. An environment that nobody controls costs nothing.
#[derive(Debug, Default)]
pub struct Controls {
    environments: RwLock<HashMap<EnvironmentId, Arc<Control>>>,
    pub events: Events,
    pub latest: Latest,
    entered: Entered,
    pub mounted: Mounted,
    /// Octets of all recorders.
    recorded: AtomicIsize,
    pub makings: Makings,
    /// Octets of all snapshots that were asked for.
    pub(crate) snapshot_octets: Arc<AtomicUsize>,
}

/// The controls of one environment.
#[derive(Debug, Default)]
pub struct Control {
    pub clock: Clock,
    pub issued: Issued,
    /// Whom minted tokens are of where nobody is named.
    pub usual: mint::Usual,
    pub known: Known,
    /// Who signs on without a form.
    pub sign_on: sign_on::SignOn,
    pub next: Next,
    pub recorder: Recorder,
    pub outbox: Outbox,
    pub snapshots: Snapshots,
    pub making: keys::Making,
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

    /// Those of an environment that is asked something; where nobody controls it, what notes that.
    pub fn entering(&self, environment: EnvironmentId) -> Result<Arc<Control>, Entry<'_>> {
        let entry = self.entered.enter(environment);
        self.find(environment).ok_or(entry)
    }

    /// Drops those of an environment that ended.
    pub fn end(&self, environment: EnvironmentId) {
        self.makings.forget(environment);
        self.latest.forget(environment);
        self.mounted.end(environment);
        let gone = self.environments.write().unwrap_or_else(PoisonError::into_inner).remove(&environment);
        if let Some(control) = gone {
            self.recorded.fetch_sub(control.recorder.clear(true).cast_signed(), Ordering::Relaxed);
        }
    }

    /// Forgets what an environment was asked, what its next answers are to be and what was sent to its people.
    pub fn empty(&self, control: &Control) {
        self.clear_recorder(control);
        control.next.clear();
        control.outbox.clear();
    }

    /// Sends a message to somebody of an environment: it is in the outbox from then on, and goes nowhere else.
    pub fn send(&self, environment: EnvironmentId, now: Time, message: Message) {
        let control = self.of(environment);
        let sent = control.outbox.put(control.clock.at(now), message);
        self.events.tell(Told::Message(environment, sent));
    }

    /// What an environment's clock shows at this time of the machine.
    pub fn now(&self, environment: EnvironmentId, now: Time) -> Time {
        self.find(environment).map_or(now, |control| control.clock.at(now))
    }

    /// The same where there may be no controls.
    pub(crate) fn shown(controls: Option<&Self>, environment: EnvironmentId, now: Time) -> Time {
        controls.map_or(now, |controls| controls.now(environment, now))
    }

    /// What every clock shows that is not the machine's.
    pub fn clocks(&self, now: Time) -> Vec<(EnvironmentId, Time)> {
        let environments = self.environments.read().unwrap_or_else(PoisonError::into_inner);
        let own = environments.iter().filter(|(_, control)| !control.clock.is_machines());
        own.map(|(environment, control)| (*environment, control.clock.at(now))).collect()
    }
}
