//! The rotation of signing keys as a machine of its own: two processes, the clock of one ahead, that begin rotations, finish what is due
//! and sign with the keys they keep; a verifier elsewhere that keeps the key set for as long as it may; and a clock over weeks.

use std::fmt::{self, Display};
use std::hash::{DefaultHasher, Hash, Hasher};

use jose::{Alg, SigningKey, VerifyingKey};
use protocol::change::Change;
use protocol::model::{Environment, KeyStatus, SigningKeyRecord};
use protocol::rotation::{self, FOLLOWED, KEPT, PUBLISHED_FIRST, PublishedKey};
use protocol::time::Time;

use crate::checker::{Broken, Machine, Taken};
use crate::fixture::{START, environment};
use crate::invariant::Invariant;
use crate::mark::Mark;
use crate::row::Row;
use crate::store::{ENVIRONMENT, Failed};

/// Keys in the model.
#[derive(Debug)]
pub(crate) struct Keys {
    environment: Environment,
    verifying: VerifyingKey,
    without: Option<KeyMutant>,
}

/// A rule of the rotation that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyMutant {
    StatusUnguarded,
    GoneTooSoon,
    /// A new key signs at once, whatever was asked for.
    SignsUnpublished,
    /// A new key is published for as long as a key set may be kept, and no longer.
    PublishedOnce,
    /// What is signed after a retirement counts for nothing, however late its process learned of it.
    NobodyFollows,
}

#[derive(Clone, Debug, Hash)]
pub(crate) struct State {
    clock: u8,
    keys: Vec<Row<SigningKeyRecord>>,
    /// What each process is doing, with the keys as it read them.
    doing: [Option<Doing>; 2],
    /// The key set as the verifier keeps it, and when it was sent.
    kept: (Vec<String>, Time),
    /// Whether it asked for it again.
    asked: bool,
    /// Good for thirty days. One is enough: whatever is said of tokens is said of each alone.
    token: Option<Token>,
    /// Keys that signed before they were published, because somebody asked for it: who keeps a key set may not know them.
    sudden: Vec<String>,
    asks_left: u8,
    /// Keys made so far: what the next one is called.
    made: u8,
}

#[derive(Clone, Debug, Hash)]
struct Token {
    kid: String,
    /// By the clock of the process that signed.
    issued_at: Time,
}

#[derive(Clone, Debug, Hash)]
struct Doing {
    what: What,
    /// When it began, by no process's clock.
    began: Time,
    /// The same by its process's clock.
    now: Time,
    keys: Vec<Row<SigningKeyRecord>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Announce,
    AtOnce,
    Due,
    /// A request that ends in a token, with the keys that its process keeps.
    Sign,
    /// A verifier that fetches the key set, which is the one that its process keeps.
    Publish,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Begin(usize, What),
    Commit(usize),
    Tick,
}

impl KeyMutant {
    pub(crate) const ALL: &'static [(&'static str, Self)] = &[
        ("the status of a key is not guarded", Self::StatusUnguarded),
        ("a retired key goes before its tokens", Self::GoneTooSoon),
        ("a key signs before it was published", Self::SignsUnpublished),
        ("a key is published for as long as a key set is kept", Self::PublishedOnce),
        ("what a process signs that learns late of a retirement is refused", Self::NobodyFollows),
    ];
}

impl Keys {
    pub(crate) fn new(without: Option<KeyMutant>) -> Self {
        let key = SigningKey::generate(Alg::Es256).unwrap_or_else(|error| panic!("no key: {error}"));
        Self { environment: environment(), verifying: key.verifying(), without }
    }

    fn decide(&self, doing: &Doing, made: u8) -> Vec<Change> {
        let mut keys: Vec<_> = doing.keys.iter().map(Row::clone_value).collect();
        for key in &mut keys {
            match self.without {
                Some(KeyMutant::GoneTooSoon) => key.retired_at = key.retired_at.map(|at| at.plus(-KEPT)),
                Some(KeyMutant::SignsUnpublished) => key.created_at = key.created_at.plus(-PUBLISHED_FIRST),
                Some(KeyMutant::PublishedOnce) => key.created_at = key.created_at.plus(MAX_AGE - PUBLISHED_FIRST),
                Some(KeyMutant::StatusUnguarded | KeyMutant::NobodyFollows) | None => {}
            }
        }
        let new = key(made, KeyStatus::Next, doing.now);
        match doing.what {
            What::Announce => rotation::begin(&self.environment, &keys, new, false, doing.now).unwrap_or_default(),
            What::AtOnce => rotation::begin(&self.environment, &keys, new, true, doing.now).unwrap_or_default(),
            What::Due => rotation::due(&self.environment, &keys, doing.now),
            What::Sign | What::Publish => Vec::new(),
        }
    }

    /// All or nothing, under the guards of `store/src/commit/configuration.rs`.
    fn commit(&self, keys: &[Row<SigningKeyRecord>], changes: &[Change]) -> Result<Vec<Row<SigningKeyRecord>>, Failed> {
        let mut keys = keys.to_vec();
        let holds =
            |stored: KeyStatus, was: KeyStatus| stored == was || self.without == Some(KeyMutant::StatusUnguarded);
        for change in changes {
            match change {
                Change::CreateKey(key) => keys.push(Row::new(key.clone())),
                Change::UpdateKey { key, was } => {
                    let stored = keys.iter_mut().find(|stored| stored.kid == key.kid).ok_or(Failed::Lost)?;
                    holds(stored.status, *was).then_some(()).ok_or(Failed::Lost)?;
                    *stored = Row::new(key.clone());
                }
                Change::DeleteKey(_, kid, was) => {
                    let at = keys.iter().position(|stored| stored.kid == *kid).ok_or(Failed::Lost)?;
                    holds(keys[at].status, *was).then_some(()).ok_or(Failed::Lost)?;
                    keys.remove(at);
                }
                change => return Err(Failed::Foreign(format!("{change:?}"))),
            }
        }
        Ok(keys)
    }

    fn finish(&self, before: &State, process: usize) -> Taken<State> {
        let mut after = before.clone();
        let Some(doing) = after.doing[process].take() else { return taken(after, String::new(), 0, None) };
        let (told, marks) = match doing.what {
            What::Sign => sign(&mut after, &doing, clock(before, process)),
            What::Publish => {
                after.asked = true;
                after.kept = (doing.keys.iter().map(|key| key.kid.clone()).collect(), now(before));
                (format!("sent {}", after.kept.0.join(", ")), 0)
            }
            What::Announce | What::AtOnce | What::Due => match self.turn(before, &mut after, &doing) {
                Ok(turned) => turned,
                Err(Failed::Lost) => ("a guard is lost".into(), Mark::Lost.bit()),
                Err(failed) => {
                    let broken = Broken { invariant: Invariant::Known, how: format!("{failed:?}") };
                    return taken(after, String::new(), 0, Some(broken));
                }
            },
        };
        let broken = self.check(&after).err();
        taken(after, told, marks, broken)
    }

    /// Commits what a rotation, or the time, decided.
    fn turn(&self, before: &State, after: &mut State, doing: &Doing) -> Result<(String, u64), Failed> {
        let changes = self.decide(doing, before.made);
        let keys = self.commit(&before.keys, &changes)?;
        if keys.iter().any(|key| key.kid == name(before.made)) {
            after.made += 1;
            after.sudden.extend((doing.what == What::AtOnce).then(|| name(before.made)));
        }
        after.keys = keys;
        Ok((shown(&after.keys), mark(doing.what, &before.keys, &after.keys)))
    }

    /// I15, in every state.
    fn check(&self, state: &State) -> Result<(), Broken> {
        let active = state.keys.iter().filter(|key| key.status == KeyStatus::Active).count();
        Invariant::I15.unless(active == 1, "not one key signs")?;
        let live = || state.token.iter().filter(|token| now(state) < token.issued_at.plus(LIFETIME));
        let stored = |token: &Token| self.verifies(&state.keys, token);
        Invariant::I15.unless(live().all(stored), "a token lives whose key is not published for it")?;
        let announced = || live().filter(|token| !state.sudden.contains(&token.kid));
        // The other process may learn late of a key, and is asked about the token all the same.
        let serves = |doing: &&Doing| matches!(doing.what, What::Sign | What::Publish);
        let late = state.doing.iter().flatten().filter(serves).all(|doing| {
            let known = |token: &Token| self.verifies(&doing.keys, token);
            announced().all(known)
        });
        Invariant::I15.unless(late, "a token lives that a process takes for nobody's")?;
        let (kids, sent) = &state.kept;
        let known = now(state).since(*sent) > MAX_AGE || announced().all(|token| kids.contains(&token.kid));
        Invariant::I15.unless(known, "a key signs that is not in the key set of a verifier who may keep it still")
    }

    /// Whether a process with these keys takes the token for this server's.
    fn verifies(&self, keys: &[Row<SigningKeyRecord>], token: &Token) -> bool {
        let early = if self.without == Some(KeyMutant::NobodyFollows) { -FOLLOWED } else { 0 };
        keys.iter().find(|key| key.kid == token.kid).is_some_and(|key| {
            let retired_at = key.retired_at.map(|at| at.plus(early));
            let published = PublishedKey { verifying: self.verifying.clone(), retired_at };
            published.can_have_signed(Some(token.issued_at.secs()))
        })
    }
}

impl State {
    /// A token is signed once, and the verifier asks once: of all the times that they may, each is tried.
    fn may(&self, what: What) -> bool {
        let under_way = self.doing.iter().flatten().any(|doing| doing.what == what);
        match what {
            What::Sign => self.token.is_none() && !under_way,
            What::Publish => !self.asked && !under_way,
            What::Announce | What::AtOnce | What::Due => true,
        }
    }
}

fn sign(after: &mut State, doing: &Doing, issued_at: Time) -> (String, u64) {
    let active = doing.keys.iter().find(|key| key.status == KeyStatus::Active);
    let retired = |kid: &str| after.keys.iter().any(|key| key.kid == *kid && key.status == KeyStatus::Retired);
    let Some(kid) = active.map(|key| key.kid.clone()) else { return (String::new(), 0) };
    let marks = if retired(&kid) { Mark::KeySignedLate.bit() } else { 0 };
    let told = format!("signed with {kid}");
    after.token = Some(Token { kid, issued_at });
    (told, marks)
}

impl Machine for Keys {
    type State = State;
    type Step = Step;

    fn start(&self) -> State {
        let first = Row::new(key(0, KeyStatus::Active, START));
        State {
            clock: 0,
            kept: (vec![first.kid.clone()], START),
            asked: false,
            keys: vec![first],
            doing: [None, None],
            token: None,
            sudden: Vec::new(),
            asks_left: ASKS,
            made: 1,
        }
    }

    fn print(&self, state: &State) -> u64 {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        hasher.finish()
    }

    fn steps(&self, state: &State) -> Vec<Step> {
        let mut steps = Vec::new();
        for (process, doing) in state.doing.iter().enumerate() {
            match doing {
                Some(_) => steps.push(Step::Commit(process)),
                None if state.asks_left == 0 => {}
                None => {
                    let all = [What::Announce, What::AtOnce, What::Due, What::Sign, What::Publish];
                    steps
                        .extend(all.into_iter().filter(|what| state.may(*what)).map(|what| Step::Begin(process, what)));
                }
            }
        }
        if usize::from(state.clock) + 1 < TICKS.len() {
            steps.push(Step::Tick);
        }
        steps
    }

    fn take(&self, state: &State, step: &Step) -> Taken<State> {
        let mut after = state.clone();
        match *step {
            Step::Begin(process, what) => {
                after.asks_left -= 1;
                let (began, now) = (now(state), clock(state, process));
                after.doing[process] = Some(Doing { what, began, now, keys: state.keys.clone() });
            }
            Step::Commit(process) => return self.finish(state, process),
            Step::Tick => {
                after.clock += 1;
                let late = now(&after);
                // What takes longer was given up: neither a commit nor what a process keeps of the keys may be older.
                for doing in &mut after.doing {
                    *doing = doing.take().filter(|doing| late.since(doing.began) <= FOLLOWED - AHEAD);
                }
            }
        }
        let broken = self.check(&after).err();
        taken(after, String::new(), 0, broken)
    }
}

fn taken(after: State, told: String, marks: u64, broken: Option<Broken>) -> Taken<State> {
    Taken { after, told, marks, broken }
}

fn mark(what: What, before: &[Row<SigningKeyRecord>], after: &[Row<SigningKeyRecord>]) -> u64 {
    let signs = |keys: &[Row<SigningKeyRecord>]| {
        keys.iter().find(|key| key.status == KeyStatus::Active).map(|key| key.kid.clone())
    };
    match what {
        What::Announce if after.len() > before.len() => Mark::KeyWaits.bit(),
        What::AtOnce => Mark::KeyAtOnce.bit(),
        What::Due if after.len() < before.len() => Mark::KeyGone.bit(),
        What::Due if signs(before) != signs(after) => Mark::KeyFollowed.bit(),
        _ => 0,
    }
}

fn key(number: u8, status: KeyStatus, created_at: Time) -> SigningKeyRecord {
    let alg = Alg::Rs256;
    let kid = name(number);
    SigningKeyRecord { environment: ENVIRONMENT, kid, alg, status, created_at, ..SigningKeyRecord::default() }
}

fn name(number: u8) -> String {
    format!("key-{number}")
}

fn shown(keys: &[Row<SigningKeyRecord>]) -> String {
    keys.iter().map(|key| format!("{} {}", key.kid, key.status.name())).collect::<Vec<_>>().join(", ")
}

fn now(state: &State) -> Time {
    START.plus(TICKS.get(usize::from(state.clock)).copied().unwrap_or_default())
}

/// What a process's clock shows.
fn clock(state: &State, process: usize) -> Time {
    now(state).plus(if process == 1 { AHEAD } else { 0 })
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin(process, What::Announce) => write!(f, "process {process}: a rotation is announced: it reads"),
            Self::Begin(process, What::AtOnce) => write!(f, "process {process}: a rotation at once: it reads"),
            Self::Begin(process, What::Due) => write!(f, "process {process}: what is due: it reads"),
            Self::Begin(process, What::Sign) => write!(f, "process {process}: a token is asked for: it reads the keys"),
            Self::Begin(process, What::Publish) => {
                write!(f, "process {process}: a verifier asks for the keys: it reads")
            }
            Self::Commit(process) => write!(f, "process {process}: it decides and commits"),
            Self::Tick => f.write_str("time passes"),
        }
    }
}

pub(crate) const NAME: &str = "keys";
pub(crate) const MUST: &[Mark] =
    &[Mark::KeyWaits, Mark::KeyFollowed, Mark::KeySignedLate, Mark::KeyAtOnce, Mark::KeyGone, Mark::Lost];
/// How many requests are begun, at either depth: one more needs ten times the states, and most of a small machine's memory.
const ASKS: u8 = 4;
/// The longest that an access token may live.
const LIFETIME: i64 = 30 * 86_400;
/// How long a verifier may keep a key set.
const MAX_AGE: i64 = PUBLISHED_FIRST / 2;
/// How much the clock of the second process is ahead. What it leaves of the time in which all follow is how late one may learn.
const AHEAD: i64 = FOLLOWED / 2;
/// A moment, the time that a key set is kept, the one until a new key signs, and the one until it goes, each with a moment after it.
const TICKS: &[i64] = &[
    0,
    AHEAD,
    MAX_AGE,
    MAX_AGE + AHEAD,
    PUBLISHED_FIRST,
    PUBLISHED_FIRST + AHEAD,
    KEPT - 86_400,
    KEPT + AHEAD,
    PUBLISHED_FIRST + KEPT + 2 * AHEAD,
];
