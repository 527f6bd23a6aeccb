//! Where the actors act: the processes, what is known, and how an answer is read.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use testkit::{Answer, Request, SANDBOX, encode};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::cluster::{By, Cluster, Reply};
use crate::dice::Dice;
use crate::fixture::Fixture;
use crate::ledger::{Ledger, Recorded};

pub(crate) struct Scene {
    pub(crate) cluster: Rc<Cluster>,
    pub(crate) ledger: Ledger,
    pub(crate) fixture: &'static Fixture,
    /// Milliseconds that an actor rests between two things, about.
    pub(crate) tempo: u64,
    pub(crate) requests: Cell<u64>,
    /// What the slowest of them took.
    pub(crate) slowest: Cell<Duration>,
    /// Whether the people are still coming.
    pub(crate) open: Cell<bool>,
    /// Who is about to show a password, and that somebody is.
    pub(crate) signing: Cell<usize>,
    pub(crate) signs: Notify,
    /// Whose sign-on is about to be answered to the client that people are asked about, and that one is.
    pub(crate) resuming: Cell<usize>,
    pub(crate) resumes: Notify,
    /// The administrators' token.
    pub(crate) admin_token: RefCell<Option<String>>,
}

/// What a client learns.
#[derive(Debug)]
pub(crate) enum Told<T> {
    Yes(T, By),
    /// Refused, and nothing was done.
    No,
    /// It may have happened.
    Perhaps,
    /// It did not happen: there was nobody, or nobody who knew this client.
    Never,
}

impl Scene {
    pub(crate) async fn rest(&self, dice: &Dice) {
        sleep(dice.millis(0, 2 * self.tempo)).await;
    }

    /// A short pause before something is tried again.
    pub(crate) async fn breathe(&self, dice: &Dice) {
        sleep(dice.millis(50, 3000)).await;
    }

    pub(crate) async fn send(&self, at: usize, what: &str, request: Request) -> Reply {
        self.requests.set(self.requests.get() + 1);
        let begun = Instant::now();
        let Ok(reply) = timeout(PATIENCE, self.cluster.send(at, what, request)).await else {
            self.ledger.find(format!("process {at}: {what}: no answer within {PATIENCE:?}"));
            return Reply::Lost;
        };
        self.slowest.set(self.slowest.get().max(begun.elapsed()));
        if let Reply::Answered(answer, _) = &reply {
            self.mind(what, answer);
        }
        reply
    }

    /// What no answer may be.
    fn mind(&self, what: &str, answer: &Answer) {
        if answer.status == 500 || answer.status > 500 && answer.status != 503 {
            self.ledger.find(format!("{what}: {} {}", answer.status, answer.text));
        }
    }

    /// A request of a client with its secret to one of the protocol's endpoints. `action` is what is recorded of it.
    pub(crate) async fn ask(
        &self,
        at: usize,
        (shop, endpoint, action): (usize, &'static str, &'static str),
        fields: &[(&str, &str)],
        what: &str,
    ) -> Told<Box<Answer>> {
        let secret = self.ledger.secrets[shop].now.borrow().clone();
        let from = self.ledger.stamp();
        let told = self.ask_with(at, (&self.fixture.shops[shop].id, &secret), (endpoint, action), fields, what).await;
        if let Unproven(true) = told.0 {
            self.ledger.unauthorized(shop, from);
        }
        told.1
    }

    /// The same of whoever says that they are the client.
    pub(crate) async fn ask_with(
        &self,
        at: usize,
        (client, secret): (&str, &str),
        (endpoint, action): (&'static str, &'static str),
        fields: &[(&str, &str)],
        what: &str,
    ) -> (Unproven, Told<Box<Answer>>) {
        let mut all = vec![("client_id", client), ("client_secret", secret)];
        all.extend_from_slice(fields);
        let request = Request::form(format!("/{SANDBOX}/as/{endpoint}")).body(encode(&all));
        match self.send(at, what, request).await {
            Reply::Answered(answer, by) => match answer.status {
                200 => {
                    self.record(&answer, action, by, true, endpoint == "token" && client != self.fixture.service.id);
                    (Unproven(false), Told::Yes(answer, by))
                }
                400 => {
                    self.record(&answer, action, by, false, false);
                    (Unproven(false), Told::No)
                }
                401 => (Unproven(true), Told::Never),
                503 => (Unproven(false), Told::Perhaps),
                other => {
                    self.ledger.find(format!("{what}: {other} {}", answer.text));
                    (Unproven(false), Told::Perhaps)
                }
            },
            Reply::Lost => (Unproven(false), Told::Perhaps),
            Reply::Unsent => (Unproven(false), Told::Never),
        }
    }

    /// What must be on record.
    pub(crate) fn record(&self, answer: &Answer, action: &'static str, by: By, granted: bool, with_change: bool) {
        let correlation = answer.correlation().to_owned();
        self.ledger.record(Recorded { correlation, action, by, granted, with_change });
    }

    /// Somebody is about to show a password.
    pub(crate) fn signs(&self, person: usize) {
        self.signing.set(person);
        self.signs.notify_waiters();
    }

    /// Whoever shows a password next, at a moment at which that may be under way; anybody where nobody does soon.
    pub(crate) async fn somebody(&self, dice: &Dice) -> usize {
        if dice.below(3) > 0 && timeout(SOON, self.signs.notified()).await.is_ok() {
            sleep(dice.millis(0, 40)).await;
            return self.signing.get();
        }
        dice.below(self.fixture.people.len())
    }

    /// Somebody's sign-on is about to be answered.
    pub(crate) fn resumes(&self, person: usize) {
        self.resuming.set(person);
        self.resumes.notify_waiters();
    }

    /// Whoever's sign-on is answered next, at a moment at which that may be under way; anybody where nobody's is soon.
    pub(crate) async fn somebody_resuming(&self, dice: &Dice) -> usize {
        if dice.below(4) > 0 && timeout(SOON, self.resumes.notified()).await.is_ok() {
            sleep(dice.millis(0, 30)).await;
            return self.resuming.get();
        }
        dice.below(self.fixture.people.len())
    }

    /// Waits until this person shows a password, or long enough.
    pub(crate) async fn until_signing(&self, person: usize) {
        let shows = async {
            loop {
                self.signs.notified().await;
                if self.signing.get() == person {
                    return;
                }
            }
        };
        // Who does not come to it has failed before.
        let _ = timeout(SOON, shows).await;
    }

    /// Waits until a process lives.
    pub(crate) async fn until_running(&self, at: usize) {
        while self.cluster.running(at).is_none() {
            sleep(Duration::from_millis(50)).await;
        }
    }
}

const SOON: Duration = Duration::from_secs(10);
/// Whatever fails, whoever asked hears of it: two commits that nobody answers, and what was read before them.
const PATIENCE: Duration = Duration::from_secs(12);

/// Whether the client was not known by what it showed.
pub(crate) struct Unproven(pub(crate) bool);
