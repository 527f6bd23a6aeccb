//! Decides which refusals of nobody are recorded one by one, so that no flood fills the disk or hides what others did (F8).
//!
//! Nobody is who proved nothing: then source and environment have a number of rows, the environment has one, and so has the server. Failed
//! client authentication has rows of its own, which other refusals do not take: an unknown client is recorded as a known one (CA-38). What is
//! beyond is counted by its kind, and a row a minute says how many there were, under the number of the last one that was
//! recorded, or of the first that was not. Whoever proved who they are has all their events, and waits where the store is slower.

mod documents;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admission::{Buckets, Claim, Rate};
use protocol::audit::{Action, Actor, Event};
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::refusal::{Reason, Refused};
use protocol::time::Time;

use crate::allowance::Allowance;
use documents::Documents;

/// What there was to be told, and what was not.
#[derive(Debug)]
pub(crate) struct Budget {
    source: Buckets,
    environment: Buckets,
    all: Buckets,
    nowhere: Buckets,
    flows: Buckets,
    /// Over all environments.
    flows_of_source: Buckets,
    registrations: Buckets,
    documents: Documents,
    kinds: Mutex<HashMap<Kind, Untold>>,
}

/// What is counted together: the environment, what was asked for, and why it was refused.
type Kind = (Option<EnvironmentId>, &'static str, &'static str);

/// Events of one kind in this minute.
#[derive(Debug)]
struct Untold {
    action: Action,
    reason: Option<Reason>,
    /// The last that was recorded; until there is one, the first that was not.
    number: CorrelationId,
    count: u64,
    /// Where all of them came from.
    source: Option<IpAddr>,
}

impl Budget {
    pub(crate) fn new(allowance: &Allowance) -> Self {
        let most = Duration::from_secs(1) / allowance.refusals.max(1);
        let rate = |times: u32| Rate::new(allowance.refusals.max(1) * FIVE_MINUTES * times, most / times);
        let flows = |times: u32| {
            let a_second = allowance.flows.max(1) * times;
            Buckets::new(Rate::new(a_second * MINUTE, Duration::from_secs(1) / a_second), REMEMBERED)
        };
        Self {
            source: Buckets::new(rate(1), REMEMBERED),
            environment: Buckets::new(rate(2), REMEMBERED),
            all: Buckets::new(rate(2), 16),
            nowhere: Buckets::new(NOWHERE, 16),
            flows: flows(1),
            flows_of_source: flows(2),
            registrations: Buckets::new(REGISTRATIONS, REMEMBERED),
            documents: Documents::default(),
            kinds: Mutex::default(),
        }
    }

    /// Whether nobody proved who they are in the request that `event` tells of.
    pub(crate) fn is_of_nobody(event: &Event) -> bool {
        event.actor == Actor::Anonymous
    }

    /// Whether there is a row for the event of nobody. One that has none is counted. By the machine's time, as all of this: what everybody
    /// shares is given out by one clock.
    pub(crate) fn tells(&self, event: &Event, now: Time) -> bool {
        let now = since(now);
        let authenticates = event.refusal.as_ref().is_some_and(|r| r.reason.row().oauth == "invalid_client");
        let told = match event.environment {
            None => self.nowhere.take((), now),
            Some(id) => {
                let claim = Claim::new(id.uuid(), event.source);
                self.source.take((claim, authenticates), now)
                    && self.environment.take((id, authenticates), now)
                    && self.all.take(authenticates, now)
            }
        };
        self.count(event, told);
        told
    }

    /// Counts an event for which there was no room after all.
    pub(crate) fn missed(&self, event: &Event) {
        self.count(event, false);
    }

    /// Seconds until nobody from there may begin one more sign-on; None where it may be now, which then is counted.
    pub(crate) fn begins(&self, claim: Claim, now: Time) -> Option<u64> {
        let (now, source) = (since(now), claim.source.own());
        let wait = self.flows.wait(claim, now).max(self.flows_of_source.wait(source, now));
        if wait.is_zero() {
            self.flows.add(claim, now);
            self.flows_of_source.add(source, now);
            return None;
        }
        Some(in_seconds(wait))
    }

    /// Seconds until nobody from there may register one more client; None where it may be now, which then is counted (CR-12).
    pub(crate) fn registers(&self, claim: Claim, now: Time) -> Option<u64> {
        let now = since(now);
        let wait = self.registrations.wait(claim, now);
        if wait.is_zero() {
            self.registrations.add(claim, now);
            return None;
        }
        Some(in_seconds(wait))
    }

    /// Seconds until one more metadata document may be fetched from this host on the word of this source; None where it may be now, which
    /// then is counted (CD-07): whoever makes up client ids turns this server on nobody. Of a request that is refused nothing is counted.
    pub(crate) fn fetches(&self, claim: Claim, host: &str, now: Time) -> Option<u64> {
        let now = since(now);
        let wait = self.registrations.wait(claim, now).max(self.documents.wait(claim, host, now));
        if wait.is_zero() {
            self.registrations.add(claim, now);
            self.documents.add(claim, host, now);
            return None;
        }
        Some(in_seconds(wait))
    }

    /// Whether a document of this host that is kept may be asked for again, which then is counted.
    pub(crate) fn refreshes(&self, environment: EnvironmentId, host: &str, now: Time) -> bool {
        self.documents.again.take((environment, host), since(now))
    }

    /// An event for each kind of which some were not told: how many. Then all of them are forgotten.
    pub(crate) fn rest(&self, now: Time) -> Vec<Event> {
        let kinds = std::mem::take(&mut *self.kinds());
        let untold = kinds.into_iter().filter(|(_, untold)| untold.count > 0);
        untold.map(|((environment, ..), untold)| untold.event(environment, now)).collect()
    }

    fn count(&self, event: &Event, told: bool) {
        let reason = event.refusal.as_ref().map(|refusal| refusal.reason);
        let kind = (event.environment, event.action.name(), reason.map_or("", |reason| reason.row().name));
        let mut kinds = self.kinds();
        let kind = if kinds.len() < KINDS || kinds.contains_key(&kind) { kind } else { (None, "", "") };
        let untold = kinds.entry(kind).or_insert_with(|| Untold {
            action: if kind.1.is_empty() { Action::RequestReceived } else { event.action },
            reason,
            number: event.correlation,
            count: 0,
            source: event.source,
        });
        if told {
            untold.number = event.correlation;
        } else {
            untold.count += 1;
        }
        untold.source = untold.source.filter(|source| event.source == Some(*source));
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<Kind, Untold>> {
        // Every change under the lock is whole.
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Untold {
    fn event(self, environment: Option<EnvironmentId>, now: Time) -> Event {
        let note = format!("and {} more of this kind", grouped(self.count));
        let event = Event::new(environment, now, self.number, self.action).noting(note);
        let event = Event { source: self.source, ..event };
        match self.reason {
            Some(reason) => event.refused(&Refused::from(reason)),
            None => event,
        }
    }
}

fn since(time: Time) -> Duration {
    Duration::from_micros(u64::try_from(time.0).unwrap_or_default())
}

/// Whole ones, and the last begun.
fn in_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// `4312` as `4,312`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What five minutes have of refusals may come at once, and what one has of sign-ons: whoever tries something out is told of each
/// refusal, and what a day can hold stays small.
const FIVE_MINUTES: u32 = 300;
const MINUTE: u32 = 60;
/// Refusals that belong to no environment.
const NOWHERE: Rate = Rate { burst: 60, period: Duration::from_secs(1) };
/// Clients of one source that register themselves: what a person or a program sets up at once, and what a network of them does.
const REGISTRATIONS: Rate = Rate { burst: 300, period: Duration::from_secs(1) };
/// Sources and environments whose rows are counted; a megabyte at the most.
const REMEMBERED: usize = 65_536;
/// Kinds that are counted apart.
const KINDS: usize = 256;

#[cfg(test)]
mod tests;
