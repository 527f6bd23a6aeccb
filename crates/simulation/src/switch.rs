//! What is switched and replaced: people and services, off and on, and applications' secrets. What is known of them and since when, as
//! [`Ledger`](crate::ledger::Ledger) counts moments.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::Instant;

use crate::ledger::Stamp;

/// A person or a service, switched off and on.
#[derive(Debug, Default)]
pub(crate) struct Switch {
    perhaps_off: Cell<Option<Stamp>>,
    surely_off: Cell<Option<(Stamp, Instant)>>,
    /// Since when it is surely on, after it was not.
    on: Cell<Stamp>,
    on_at: Cell<Option<Instant>>,
    /// The last time that it was switched off, or all that it gave was ended: from the beginning to the answer.
    swept: Cell<Option<(Stamp, Option<Stamp>)>>,
}

/// An application's secret.
#[derive(Debug)]
pub(crate) struct Secret {
    pub(crate) now: RefCell<String>,
    changing: Cell<bool>,
    settled: Cell<Stamp>,
    /// What counted before, and since when it does not.
    pub(crate) retired: RefCell<Vec<(String, Instant)>>,
}

impl Switch {
    pub(crate) fn begin_off(&self, from: Stamp) {
        self.perhaps_off.set(self.perhaps_off.get().or(Some(from)));
        self.begin_sweep(from);
        self.on_at.set(None);
    }

    pub(crate) fn is_off(&self, from: Stamp, now: Stamp) {
        self.surely_off.set(Some((now, Instant::now())));
        self.swept(from, now);
    }

    /// A request that may end all that its sign-ons gave begins, and was answered.
    pub(crate) fn begin_sweep(&self, from: Stamp) {
        self.swept.set(Some((from, None)));
    }

    pub(crate) fn swept(&self, from: Stamp, now: Stamp) {
        self.swept.set(Some((from, Some(now))));
    }

    /// Since when it is off, as the answer said.
    pub(crate) fn surely_off(&self) -> Option<Stamp> {
        self.surely_off.get().map(|(since, _)| since)
    }

    pub(crate) fn begin_on(&self) {
        self.surely_off.set(None);
    }

    pub(crate) fn is_on(&self, now: Stamp) {
        self.perhaps_off.set(None);
        self.on.set(now);
        self.on_at.set(Some(Instant::now()));
    }

    /// Whether it was on at every moment since `from`.
    pub(crate) fn surely_on(&self, from: Stamp) -> bool {
        self.perhaps_off.get().is_none() && self.on.get() < from
    }

    /// When what may have ended a sign-on that began at `begun` began.
    pub(crate) fn swept_since(&self, begun: Stamp) -> Option<Stamp> {
        self.swept.get().filter(|(_, until)| until.is_none_or(|until| until > begun)).map(|(since, _)| since)
    }

    /// Whether a sign-on that began at `begun` must succeed.
    pub(crate) fn may_sign_on(&self, begun: Stamp) -> bool {
        self.surely_on(begun) && self.swept_since(begun).is_none()
    }

    /// Whether nobody who begins now can find it on: after so long everywhere.
    pub(crate) fn surely_off_for(&self, time: Duration) -> bool {
        self.surely_off.get().is_some_and(|(_, at)| at.elapsed() > time)
    }

    /// Whether nobody who begins now can find it off.
    pub(crate) fn surely_on_for(&self, time: Duration) -> bool {
        let never_swept = self.swept.get().is_none();
        never_swept || self.perhaps_off.get().is_none() && self.on_at.get().is_some_and(|at| at.elapsed() > time)
    }
}

impl Secret {
    pub(crate) fn new(secret: &str) -> Self {
        Self {
            now: RefCell::new(secret.to_owned()),
            changing: Cell::new(false),
            settled: Cell::default(),
            retired: RefCell::default(),
        }
    }

    pub(crate) fn begin(&self) {
        self.changing.set(true);
    }

    /// What it is now, as somebody was told.
    pub(crate) fn settle(&self, secret: &str, now: Stamp) {
        let before = self.now.replace(secret.to_owned());
        if before != secret {
            self.retired.borrow_mut().push((before, Instant::now()));
        }
        self.changing.set(false);
        self.settled.set(now);
    }

    /// Whether nobody who began at `from` can find another one to count.
    pub(crate) fn is_settled(&self, from: Stamp) -> bool {
        !self.changing.get() && self.settled.get() < from
    }
}

/// What a person allows a client that people are asked about.
#[derive(Debug, Default)]
pub(crate) struct Will {
    /// Since when it surely stands.
    stands: Cell<Option<Stamp>>,
    withdrawing: Cell<bool>,
    /// The last withdrawal, from the beginning to the answer.
    withdrawn: Cell<Option<(Stamp, Stamp)>>,
}

impl Will {
    /// The person was told that they allowed it.
    pub(crate) fn allowed(&self, now: Stamp) {
        if !self.withdrawing.get() {
            self.stands.set(self.stands.get().or(Some(now)));
        }
    }

    /// Whether whoever began at `from`, and has heard now, must not have been asked.
    pub(crate) fn stands(&self, from: Stamp) -> bool {
        self.stands.get().is_some_and(|since| since < from)
    }

    pub(crate) fn withdraws(&self) {
        self.withdrawing.set(true);
        self.stands.set(None);
    }

    pub(crate) fn is_withdrawn(&self, from: Stamp, now: Stamp) {
        self.withdrawn.set(Some((from, now)));
    }

    /// Nothing of a withdrawal is under way any more.
    pub(crate) fn settles(&self) {
        self.withdrawing.set(false);
    }

    /// Whether what was there at `known` was surely over when somebody began at `from`.
    pub(crate) fn ended(&self, known: Stamp, from: Stamp) -> bool {
        self.withdrawn.get().is_some_and(|(begun, over)| known < begun && over < from)
    }
}
