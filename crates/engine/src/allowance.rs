//! What one source or environment may have of what everybody shares. The defaults suit a machine of any size; who has more is shed
//! first, and nobody else.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use admission::{Bounds, Gate, Processor, Seats};

/// What the operator decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests of one source that are answered at a time: an IPv4 address, or an IPv6 /64. A /48 has twice as many, an environment
    /// four times. More wait a moment.
    pub requests: u32,
    /// How long more of them wait before they are told to come back. Nobody else waits for them.
    pub patience: Duration,
    /// Sign-ons of one source that may wait for a password hash while others wait.
    pub sign_ons: usize,
    /// Refusals of one source in one environment that are recorded a second, as long as nobody proved who they are: failed client
    /// authentication, and as many of all else. Environment and server have twice as many each; the rest is counted.
    pub refusals: u32,
    /// Names of one environment that an IPv4 address or an IPv6 /48 may fail to sign on with in an hour.
    pub failed_names: u32,
    /// Sign-ons that one source may begin in one environment a second, and twice as many in all.
    pub flows: u32,
    /// Failures of one source that are answered at once a second. More are answered a moment later.
    pub failures: u32,
    /// Cores that answers are made on: as many as there are, where nobody says otherwise.
    pub cores: u32,
}

impl Default for Allowance {
    fn default() -> Self {
        // What keeps every core busy with answers, and leaves whoever else comes a short way to the front.
        let cores = u32::try_from(thread::available_parallelism().map_or(1, usize::from)).unwrap_or(1024);
        Self {
            requests: cores.saturating_mul(8).clamp(16, 1024),
            patience: PATIENCE,
            sign_ons: 16,
            refusals: 2,
            failed_names: 100,
            flows: 20,
            failures: 50,
            cores,
        }
    }
}

impl Allowance {
    /// The door that requests pass.
    pub(crate) fn requests(&self) -> Arc<Gate> {
        let one = self.requests;
        let seats = Seats { all: 64 * one, reserved: 16 * one, environment: 4 * one, net: 2 * one, source: one };
        Gate::new(seats, WAITING, self.patience)
    }

    /// Turns at the processor: of one source, what keeps all cores busy, or while others come too, all but one.
    pub(crate) fn processor(&self) -> Processor {
        let cores = self.cores;
        let (one, environment) = (cores + 1, 2 * cores + 1);
        let seats = Seats { all: 4 * cores + 4, reserved: cores + 1, environment, net: environment, source: one };
        // Whoever waits here is under way, and so bounded already.
        Processor::new(Gate::new(seats, WAITING, PATIENCE), one, cores.saturating_sub(1).max(1))
    }

    /// About ten seconds of one core's work, and less than one of any source while others wait.
    pub(crate) fn sign_ons(&self) -> Bounds {
        let one = self.sign_ons;
        Bounds { all: 16 * one, environment: 8 * one, net: 3 * one, source: one, alone: 16 * one }
    }
}

/// Longer than a hundred that decide against each other take, and less than a request may.
const PATIENCE: Duration = Duration::from_secs(20);
const WAITING: Bounds = Bounds { all: 4096, environment: 2048, net: 512, source: 256, alone: 1024 };
