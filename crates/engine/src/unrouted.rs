//! Decides what is kept of a request that no route took, so that its number explains it like any other.
//!
//! Anybody can send such requests without end, and each would be a row: a bounded number a minute is recorded, the rest
//! is only answered.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use protocol::audit::{Action, Event};
use protocol::refusal::Refused;
use protocol::time::Time;

use crate::app::{App, Ask};
use crate::failure::Failure;

/// How many refusals of this minute were recorded.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    minute: AtomicI64,
    spent: AtomicU32,
}

impl Budget {
    fn allows(&self, now: Time) -> bool {
        let minute = now.millis() / 60_000;
        // Two requests at the turn of a minute may both begin it anew: the bound is not a promise to the request.
        if self.minute.swap(minute, Ordering::Relaxed) != minute {
            self.spent.store(0, Ordering::Relaxed);
        }
        self.spent.fetch_add(1, Ordering::Relaxed) < A_MINUTE
    }
}

/// Records the refusal where the minute allows it, and hands it back to be answered.
pub fn refuse(app: &App, ask: &Ask, refused: Refused) -> Failure {
    let now = app.world.now();
    if app.unrouted.allows(now) {
        let mut event = Event::new(None, now, ask.correlation, Action::RequestReceived).refused(&refused);
        event.source = ask.source;
        app.audit.record(Box::new(crate::finish::named(app, event)));
    }
    refused.into()
}

const A_MINUTE: u32 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_its_share_and_the_next_one_another() {
        let budget = Budget::default();
        let at = |second: i64| Time::from_secs(1_800_000_000 + second);
        let recorded = (0..1000).filter(|_| budget.allows(at(1))).count();
        assert_eq!(recorded, 60);
        assert!(!budget.allows(at(59)) && budget.allows(at(60)));
    }
}
