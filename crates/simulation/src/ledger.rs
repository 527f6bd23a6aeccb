//! What the clients know: what they were given, what was ended, and in which order. Every rule that holds at all times is here.
//!
//! Times are counted, not measured: each beginning and each end of a request has its number. A thing is *perhaps* ended from the
//! beginning of the first request that may end it, and *surely* from the answer that says so. Whoever begins after the sure end and
//! is served is a finding; whoever is refused before any possible one, too.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::By;
use crate::fixture::Fixture;
use crate::switch::{Secret, Switch, Will};
use crate::trace::Trace;

/// The number of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Stamp(u64);

impl Stamp {
    pub(crate) const fn is_even(self) -> bool {
        self.0.is_multiple_of(2)
    }
}

/// Since when something is ended, and why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    pub(crate) perhaps: Option<(Stamp, &'static str)>,
    pub(crate) surely: Option<(Stamp, &'static str)>,
    /// Whether more than one thing may have ended it.
    more: bool,
}

impl Ended {
    fn perhaps(&mut self, since: Stamp, why: &'static str) {
        self.more |= self.perhaps.is_some();
        if self.perhaps.is_none_or(|(known, _)| since < known) {
            self.perhaps = Some((since, why));
        }
    }

    fn surely(&mut self, since: Stamp, why: &'static str) {
        self.perhaps(since, why);
        if self.surely.is_none_or(|(known, _)| since < known) {
            self.surely = Some((since, why));
        }
    }
}

/// A code and everything that came of it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) person: usize,
    pub(crate) shop: usize,
    /// Of its person's sign-on.
    pub(crate) session: String,
    /// When its code was given.
    pub(crate) known: Stamp,
    pub(crate) ended: RefCell<Ended>,
    pub(crate) code: Rc<Artefact>,
    /// Its refresh tokens, the newest last.
    pub(crate) refresh: RefCell<Vec<Rc<Artefact>>>,
    /// Its access tokens.
    pub(crate) access: RefCell<Vec<Rc<Artefact>>>,
    /// Whether an answer was given once more.
    again: Cell<bool>,
}

/// Something that can be shown.
#[derive(Debug)]
pub(crate) struct Artefact {
    pub(crate) text: String,
    pub(crate) since: Instant,
    pub(crate) ended: RefCell<Ended>,
    /// How often it was shown where it counts.
    pub(crate) shown: Cell<u32>,
    /// When it was first.
    first: Cell<Option<Instant>>,
    /// When it was answered, and by which refresh token.
    won: RefCell<Vec<(Stamp, String)>>,
}

/// A request whose event must be on record.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) correlation: String,
    pub(crate) action: &'static str,
    pub(crate) by: By,
    pub(crate) granted: bool,
    /// Whether the event came with a change: then it is there as the change is.
    pub(crate) with_change: bool,
}

pub(crate) struct Ledger {
    last: Cell<u64>,
    pub(crate) trace: Arc<Trace>,
    findings: RefCell<Vec<String>>,
    pub(crate) lines: RefCell<Vec<Rc<Line>>>,
    pub(crate) people: Vec<Switch>,
    /// Of each person: when which password was surely replaced by the next.
    passwords: Vec<RefCell<Vec<Stamp>>>,
    pub(crate) service: Switch,
    pub(crate) secrets: Vec<Secret>,
    /// Of each person: what they allow the client that registered itself.
    pub(crate) wills: Vec<Will>,
    grace: Vec<bool>,
    pub(crate) recorded: RefCell<Vec<Recorded>>,
}

impl Ledger {
    pub(crate) fn new(fixture: &Fixture, trace: Arc<Trace>) -> Self {
        Self {
            last: Cell::new(0),
            trace,
            findings: RefCell::default(),
            lines: RefCell::default(),
            people: fixture.people.iter().map(|_| Switch::default()).collect(),
            passwords: fixture.people.iter().map(|_| RefCell::default()).collect(),
            service: Switch::default(),
            secrets: fixture.shops.iter().map(|shop| Secret::new(&shop.secret)).collect(),
            wills: fixture.people.iter().map(|_| Will::default()).collect(),
            grace: fixture.shops.iter().map(|shop| shop.grace).collect(),
            recorded: RefCell::default(),
        }
    }

    pub(crate) fn stamp(&self) -> Stamp {
        self.last.set(self.last.get() + 1);
        Stamp(self.last.get())
    }

    pub(crate) fn find(&self, finding: String) {
        self.trace.tell(&format!("FOUND {finding}"));
        self.findings.borrow_mut().push(finding);
    }

    pub(crate) fn findings(&self) -> Vec<String> {
        self.findings.borrow().clone()
    }

    /// A code was given for a sign-on that began at `begun`, with the password of this number.
    pub(crate) fn open(
        &self,
        (person, shop): (usize, usize),
        (code, session): (&str, &str),
        (begun, password): (Stamp, usize),
    ) -> Rc<Line> {
        let mut lines = self.lines.borrow_mut();
        let line = Rc::new(Line {
            number: lines.len(),
            person,
            shop,
            session: session.to_owned(),
            known: self.stamp(),
            ended: RefCell::default(),
            code: Rc::new(Artefact::new(code)),
            refresh: RefCell::default(),
            access: RefCell::default(),
            again: Cell::new(false),
        });
        if let Some(since) = self.people[person].swept_since(begun) {
            line.ended.borrow_mut().perhaps(since, "its person was switched off, or given a password");
        }
        // It was opened before that, and ended by it; or it must not have been opened.
        if let Some(since) = self.passwords[person].borrow().get(password) {
            line.ended.borrow_mut().surely(*since, REPLACED);
        }
        if self.people[person].surely_off().is_some() {
            line.ended.borrow_mut().surely(line.known, OFF);
        }
        lines.push(line.clone());
        line
    }

    /// Something of a line is about to be shown where it counts.
    pub(crate) fn show(&self, line: &Line, artefact: &Artefact) -> Stamp {
        let from = self.stamp();
        if artefact.shown.get() > 0 {
            line.ended.borrow_mut().perhaps(from, "something was shown twice");
        }
        artefact.shown.set(artefact.shown.get() + 1);
        artefact.first.set(artefact.first.get().or(Some(Instant::now())));
        from
    }

    /// It was taken, and `next` was given for it.
    pub(crate) fn won(&self, line: &Line, artefact: &Artefact, from: Stamp, next: &str) {
        let now = self.stamp();
        self.served(line, from, "a code or refresh token was taken");
        let mut won = artefact.won.borrow_mut();
        if let Some((_, before)) = won.first() {
            let number = line.number;
            if line.is_code(artefact) {
                self.find(format!("the code of line {number} was redeemed twice"));
            } else if !self.grace[line.shop] {
                self.find(format!("a refresh token of line {number} was taken twice"));
            } else if before != next {
                self.find(format!("a refresh token of line {number} has two successors"));
            } else if line.again.replace(true) {
                self.find(format!("line {number} was given a lost answer more than once"));
            }
        }
        won.push((now, next.to_owned()));
    }

    /// It was refused as worth nothing.
    pub(crate) fn refused(&self, line: &Line, artefact: &Artefact, from: Stamp) {
        let now = self.stamp();
        self.wrongly_refused(line, artefact, now, "a code or refresh token was refused");
        self.refused_once_more(line, artefact, from);
        // RFC 6749 §4.1.2, RFC 9700 §4.14.2: it was taken before this one was shown, so this one ends the line.
        if artefact.won.borrow().first().is_some_and(|(end, _)| *end < from) {
            line.ended.borrow_mut().surely(now, "something was shown again and refused");
        }
    }

    /// D6: within its grace one lost answer may be asked for again.
    fn refused_once_more(&self, line: &Line, artefact: &Artefact, from: Stamp) {
        let ended = line.ended.borrow().clone();
        let only_this = !ended.more && ended.perhaps.is_some_and(|(since, _)| since == from);
        let soon = artefact.first.get().is_some_and(|first| first.elapsed() < GRACE);
        // Whoever showed what came of it has its answer.
        let unused = line
            .refresh
            .borrow()
            .iter()
            .rev()
            .take_while(|token| token.text != artefact.text)
            .all(|t| t.shown.get() == 0);
        if self.grace[line.shop] && !line.is_code(artefact) && only_this && soon && unused && artefact.shown.get() == 2
        {
            self.find(format!("a lost answer of line {} was not given within the grace", line.number));
        }
    }

    /// Whoever began at `from` was served with something of a line.
    pub(crate) fn served(&self, line: &Line, from: Stamp, what: &str) {
        if let Some((since, why)) = line.ended.borrow().surely
            && since < from
        {
            self.find(format!("{what} of line {}, which was over: {why}", line.number));
        }
        if let Some(since) = self.people[line.person].surely_off()
            && since < from
        {
            self.find(format!("{what} of line {}, whose person was switched off", line.number));
        }
    }

    /// Somebody was refused with something of a line, at `now`.
    pub(crate) fn wrongly_refused(&self, line: &Line, artefact: &Artefact, now: Stamp, what: &str) {
        let before = |ended: &Ended| ended.perhaps.is_some_and(|(since, _)| since < now);
        let may_be_over = before(&line.ended.borrow()) || before(&artefact.ended.borrow());
        let off = !self.people[line.person].surely_on(line.known);
        let old = artefact.since.elapsed() > YOUNG && line.is_code(artefact);
        if !may_be_over && !off && !old {
            self.find(format!("{what} of line {}, which nobody ended", line.number));
        }
    }

    /// A request that may end something of a line begins, and was answered.
    pub(crate) fn ending(&self, ended: &RefCell<Ended>, why: &'static str) -> Stamp {
        let from = self.stamp();
        ended.borrow_mut().perhaps(from, why);
        from
    }

    pub(crate) fn over(&self, ended: &RefCell<Ended>, why: &'static str) {
        let now = self.stamp();
        ended.borrow_mut().surely(now, why);
    }

    /// A person is about to be switched off, and with them all that their sign-ons gave.
    pub(crate) fn switching_person_off(&self, person: usize) -> Stamp {
        let from = self.sweeping(person, OFF);
        self.people[person].begin_off(from);
        from
    }

    /// The answer says so.
    pub(crate) fn switched_person_off(&self, person: usize, from: Stamp) {
        let now = self.swept(person, from, OFF);
        self.people[person].is_off(from, now);
    }

    /// All that a person's sign-ons gave is about to be ended.
    pub(crate) fn sweeping(&self, person: usize, why: &'static str) -> Stamp {
        let from = self.stamp();
        self.people[person].begin_sweep(from);
        for line in self.lines.borrow().iter().filter(|line| line.person == person) {
            line.ended.borrow_mut().perhaps(from, why);
        }
        from
    }

    /// The answer says so. What was known before the try that it answers is over.
    pub(crate) fn swept(&self, person: usize, from: Stamp, why: &'static str) -> Stamp {
        let now = self.stamp();
        self.people[person].swept(from, now);
        for line in self.lines.borrow().iter().filter(|line| line.person == person && line.known < from) {
            line.ended.borrow_mut().surely(now, why);
        }
        now
    }

    /// The number of the password that a person knows as theirs.
    pub(crate) fn password(&self, person: usize) -> usize {
        self.passwords[person].borrow().len()
    }

    /// The next one is about to be set.
    pub(crate) fn replacing(&self, person: usize) -> Stamp {
        self.sweeping(person, REPLACED)
    }

    /// The answer says so: whoever signs on by the one before, even now, has nothing of it.
    pub(crate) fn replaced(&self, person: usize, from: Stamp) {
        let now = self.swept(person, from, REPLACED);
        for line in self.lines.borrow().iter().filter(|line| line.person == person) {
            line.ended.borrow_mut().surely(now, REPLACED);
        }
        self.passwords[person].borrow_mut().push(now);
    }

    /// A client was not known by its secret.
    pub(crate) fn unauthorized(&self, shop: usize, from: Stamp) {
        if self.secrets[shop].is_settled(from) {
            self.find(format!("the right secret of shop {shop} was refused"));
        }
    }

    pub(crate) fn record(&self, recorded: Recorded) {
        self.recorded.borrow_mut().push(recorded);
    }
}

impl Line {
    fn is_code(&self, artefact: &Artefact) -> bool {
        Rc::as_ptr(&self.code) == std::ptr::from_ref(artefact)
    }
}

impl Artefact {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            since: Instant::now(),
            ended: RefCell::default(),
            shown: Cell::new(0),
            first: Cell::new(None),
            won: RefCell::default(),
        }
    }

    /// It never came to be shown.
    pub(crate) fn unshown(&self) {
        self.shown.set(self.shown.get() - 1);
    }
}

const OFF: &str = "its person was switched off";
const REPLACED: &str = "its person's password was replaced";
/// Of the sixty seconds of a code, and of a grace, so many are sure whatever the clocks show.
const YOUNG: Duration = Duration::from_secs(35);
const GRACE: Duration = Duration::from_secs(40);
/// A configuration that another process changed counts everywhere after its documented time.
pub(crate) const STALE: Duration = Duration::from_millis(10_500);
