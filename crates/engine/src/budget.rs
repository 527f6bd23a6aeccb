//! Decides which refusals are recorded, so that anybody who is not known cannot fill the activities.
//!
//! Whoever proved who they are, or named an application, user or flow of an environment, has their events. Of requests that
//! say nothing of the kind, and anybody can send without end, a bounded number a minute is recorded; the rest is only
//! answered.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use protocol::audit::{Action, Actor, Event};
use protocol::time::Time;

/// What of this minute was spent.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    nowhere: Share,
    nobody: Share,
}

impl Budget {
    /// Whether `event` is recorded.
    pub(crate) fn allows(&self, event: &Event) -> bool {
        match event.environment {
            _ if event.refusal.is_none() => true,
            None if event.actor == Actor::Anonymous => self.nowhere.allows(event.at, NOWHERE),
            Some(_) if is_of_nobody(event) => self.nobody.allows(event.at, NOBODY),
            _ => true,
        }
    }
}

/// Nobody proved or named anything that exists. Of the endpoints with client authentication an unknown client has to take
/// as long as a known one, so what is recorded of it is the same (CA-38).
fn is_of_nobody(event: &Event) -> bool {
    let authenticates = matches!(event.action, Action::TokenIntrospected | Action::TokenIssued | Action::TokenRevoked);
    let named = event.application.is_some() || event.user.is_some() || event.target.is_some();
    event.actor == Actor::Anonymous && !named && !authenticates
}

#[derive(Debug, Default)]
struct Share {
    minute: AtomicI64,
    spent: AtomicU32,
}

impl Share {
    fn allows(&self, now: Time, most: u32) -> bool {
        let minute = now.millis() / 60_000;
        // Two requests at the turn of a minute may both begin it anew: the bound is not a promise to the request.
        if self.minute.swap(minute, Ordering::Relaxed) != minute {
            self.spent.store(0, Ordering::Relaxed);
        }
        self.spent.fetch_add(1, Ordering::Relaxed) < most
    }
}

/// Refusals a minute that belong to no environment.
const NOWHERE: u32 = 60;
/// Refusals a minute of nobody, in all environments.
const NOBODY: u32 = 600;

#[cfg(test)]
mod tests {
    use protocol::audit::Kind;
    use protocol::id::{CorrelationId, EnvironmentId};
    use protocol::refusal::Reason;
    use uuid::Uuid;

    use super::*;

    fn event(environment: Option<EnvironmentId>, second: i64, action: Action) -> Event {
        let at = Time::from_secs(1_800_000_000 + second);
        Event::new(environment, at, CorrelationId::new(Uuid::nil()), action).refused(&Reason::PathUnknown.into())
    }

    #[test]
    fn a_minute_has_its_share_and_the_next_one_another() {
        let budget = Budget::default();
        let at = |second| event(None, second, Action::RequestReceived);
        let recorded = (0..1000).filter(|_| budget.allows(&at(1))).count();
        assert_eq!(recorded, 60);
        assert!(!budget.allows(&at(59)) && budget.allows(&at(60)));
    }

    #[test]
    fn a_flood_of_nobody_takes_nothing_from_whoever_is_known() {
        let budget = Budget::default();
        let here = Some(EnvironmentId::new(Uuid::from_u128(1)));
        let nobody = event(here, 1, Action::FlowUpdated);
        let recorded = (0..1000).filter(|_| budget.allows(&nobody)).count();
        assert_eq!(recorded, 600);
        let known = nobody.clone().on(Kind::Flow, Uuid::from_u128(2));
        assert!(budget.allows(&known) && !budget.allows(&nobody));
        // CA-38: an unknown client as a known one.
        assert!((0..1000).all(|_| budget.allows(&event(here, 1, Action::TokenIssued))));
    }
}
