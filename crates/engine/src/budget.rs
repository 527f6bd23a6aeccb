//! Decides which refusals are recorded, so that anybody who is not known cannot fill the activities.
//!
//! Whoever proved who they are, or named an application, user or flow of an environment, has their events. Of requests that
//! say nothing of the kind, and anybody can send without end, a bounded number a minute is recorded; the rest is only
//! answered. Each environment has some that a flood on another does not take.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use protocol::audit::{Actor, Event};
use protocol::id::EnvironmentId;
use protocol::time::Time;

/// What of this minute was spent.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    nowhere: Share,
    nobody: Mutex<Shares>,
}

impl Budget {
    /// Whether `event` is recorded. What a client that was asked to prove itself came to, always is: an unknown one has to take as
    /// long as a known one, so what is recorded of them is the same (CA-38).
    pub(crate) fn allows(&self, event: &Event, authenticates: bool) -> bool {
        match event.environment {
            _ if event.refusal.is_none() || authenticates => true,
            None if event.actor == Actor::Anonymous => self.nowhere.allows(event.at, NOWHERE),
            Some(environment) if is_of_nobody(event) => {
                // Every change under the lock is whole.
                self.nobody.lock().unwrap_or_else(PoisonError::into_inner).allows(environment, event.at)
            }
            _ => true,
        }
    }
}

/// Nobody proved or named anything that exists.
fn is_of_nobody(event: &Event) -> bool {
    let named = event.application.is_some() || event.user.is_some() || event.target.is_some();
    event.actor == Actor::Anonymous && !named
}

#[derive(Debug, Default)]
struct Share {
    minute: AtomicI64,
    spent: AtomicU32,
}

impl Share {
    fn allows(&self, now: Time, most: u32) -> bool {
        let minute = minute_of(now);
        // Two requests at the turn of a minute may both begin it anew: the bound is not a promise to the request.
        if self.minute.swap(minute, Ordering::Relaxed) != minute {
            self.spent.store(0, Ordering::Relaxed);
        }
        self.spent.fetch_add(1, Ordering::Relaxed) < most
    }
}

/// First what is each environment's own, then what is for whoever comes.
#[derive(Debug, Default)]
struct Shares {
    minute: i64,
    own: HashMap<EnvironmentId, u32>,
    common: u32,
}

impl Shares {
    fn allows(&mut self, environment: EnvironmentId, now: Time) -> bool {
        let minute = minute_of(now);
        if self.minute != minute {
            *self = Self { minute, ..Self::default() };
        }
        if (self.own.len() < MOST_ENVIRONMENTS || self.own.contains_key(&environment))
            && spend(self.own.entry(environment).or_default(), OWN)
        {
            return true;
        }
        spend(&mut self.common, COMMON)
    }
}

fn spend(spent: &mut u32, most: u32) -> bool {
    let left = *spent < most;
    *spent += u32::from(left);
    left
}

fn minute_of(now: Time) -> i64 {
    now.millis() / 60_000
}

/// Refusals a minute that belong to no environment.
const NOWHERE: u32 = 60;
/// Refusals a minute of nobody: of each environment, and of all beyond that.
const OWN: u32 = 60;
const COMMON: u32 = 540;
/// Those that have a share of their own; a megabyte at the most.
const MOST_ENVIRONMENTS: usize = 16_384;

#[cfg(test)]
mod tests {
    use protocol::audit::{Action, Kind};
    use protocol::id::{CorrelationId, EnvironmentId};
    use protocol::refusal::Reason;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn there_are_no_more_shares_than_fit() {
        let mut shares = Shares::default();
        let now = Time::from_secs(1_800_000_000);
        let many = u128::try_from(MOST_ENVIRONMENTS).unwrap() + 1000;
        let recorded = (0..many).filter(|number| shares.allows(EnvironmentId::new(Uuid::from_u128(*number)), now));
        assert_eq!(recorded.count(), MOST_ENVIRONMENTS + 540);
        assert_eq!(shares.own.len(), MOST_ENVIRONMENTS);
    }

    fn event(environment: Option<EnvironmentId>, second: i64, action: Action) -> Event {
        let at = Time::from_secs(1_800_000_000 + second);
        Event::new(environment, at, CorrelationId::new(Uuid::nil()), action).refused(&Reason::PathUnknown.into())
    }

    #[test]
    fn a_minute_has_its_share_and_the_next_one_another() {
        let budget = Budget::default();
        let at = |second| event(None, second, Action::RequestReceived);
        let recorded = (0..1000).filter(|_| budget.allows(&at(1), false)).count();
        assert_eq!(recorded, 60);
        assert!(!budget.allows(&at(59), false) && budget.allows(&at(60), false));
    }

    #[test]
    fn a_flood_of_nobody_takes_nothing_from_whoever_is_known() {
        let budget = Budget::default();
        let here = Some(EnvironmentId::new(Uuid::from_u128(1)));
        let nobody = event(here, 1, Action::FlowUpdated);
        let recorded = (0..1000).filter(|_| budget.allows(&nobody, false)).count();
        assert_eq!(recorded, 600);
        assert!(!budget.allows(&nobody, false));
        // Nor from another environment, which has as many every minute.
        let elsewhere = |environment, second| event(Some(environment), second, Action::FlowUpdated);
        for (number, second) in [(2, 1), (3, 1), (2, 61)] {
            let environment = EnvironmentId::new(Uuid::from_u128(number));
            assert!((0..60).all(|_| budget.allows(&elsewhere(environment, second), false)), "{number}");
        }
        let known = nobody.clone().on(Kind::Flow, Uuid::from_u128(2));
        assert!(budget.allows(&known, false));
        // CA-38: an unknown client as a known one.
        assert!((0..1000).all(|_| budget.allows(&nobody, true)));
    }
}
