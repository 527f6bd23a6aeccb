//! A second machine, for what the one of codes has no place for: what is shown once (assertions, proofs, references to pushed
//! requests), and consent. The store is the same, and so are the steps: a process begins a request and reads, reads on, decides and
//! commits; or something else is done. What a request reads and decides is its [`Matter`]'s.

pub(crate) mod assertions;
pub(crate) mod consents;
pub(crate) mod proofs;
pub(crate) mod pushed;
mod step;

use std::fmt::{self, Debug, Display};
use std::hash::{DefaultHasher, Hash, Hasher};

use protocol::change::Change;
use protocol::refusal::Reason;
use protocol::secret::Secret;
use protocol::time::Time;

use crate::checker::{Broken, Machine, Taken};
use crate::fixture::START;
use crate::mark::Mark;
use crate::mutant::Mutant;
use crate::request::{Client, Kind, Word};
use crate::scenario::Depth;
use crate::state::Words;
use crate::store::{Rows, Without};

/// A scenario's name and bounds, as those of codes have them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) name: &'static str,
    pub(crate) asks: u8,
    pub(crate) asks_deep: u8,
    pub(crate) acts: &'static [Act],
    pub(crate) ticks: &'static [i64],
    /// How much the second process's clock is ahead of the first's.
    pub(crate) ahead: i64,
    pub(crate) must: &'static [Mark],
}

/// What else happens, each at most once, but for the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Tick,
    /// By this process, with its clock.
    Purge(usize),
    Disable,
    /// The address of the honest application is registered no more.
    Unregister,
    /// What the person allowed the application is taken back.
    Withdraw(Client),
}

/// The configuration of the honest application, as a process knows it when a request begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Known {
    pub(crate) enabled: bool,
    pub(crate) registered: bool,
}

/// What is asked, and what each request reads and decides.
pub(crate) trait Matter: Debug + Sized + Sync {
    const BOUNDS: Bounds;
    type Ask: Copy + Debug + Display + Eq + Hash + Send + Sync;
    /// What is remembered of what was answered.
    type Told: Clone + Debug + Default + Hash + Send + Sync;

    fn new() -> Self;

    /// What is stored and was sent when it begins.
    fn begin(&self) -> (Rows, Words);

    fn asks(&self, state: &State<Self>) -> Vec<Self::Ask>;

    /// What one more read finds; None where nothing more is read.
    fn read(&self, rows: &Rows, words: &Words, doing: &Doing<Self::Ask>) -> Option<Rows>;

    /// The real decision on what was read.
    fn decide(&self, words: &Words, doing: &Doing<Self::Ask>, without: Without<'_>) -> Judged;

    /// Holds the answer against the invariants, remembers it, and says what was reached.
    fn check(&self, done: &Done<'_, Self>, told: &mut Self::Told) -> Result<Option<Mark>, Broken>;

    /// Remembers what else was done.
    ///
    /// # Errors
    /// What it broke.
    fn acted(&self, _: Act, _: (&Rows, &Rows), _: &mut Self::Told) -> Result<(), Broken> {
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct State<M: Matter> {
    pub(crate) clock: u8,
    pub(crate) rows: Rows,
    pub(crate) words: Words,
    pub(crate) known: Known,
    pub(crate) doing: [Option<Doing<M::Ask>>; 2],
    pub(crate) asks_left: u8,
    /// Which acts were done: a bit each.
    pub(crate) acted: u8,
    pub(crate) told: M::Told,
}

impl<M: Matter> Clone for State<M> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            words: self.words.clone(),
            doing: self.doing.clone(),
            told: self.told.clone(),
            ..*self
        }
    }
}

/// A request under way.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Doing<A> {
    pub(crate) ask: A,
    /// By its process's clock.
    pub(crate) now: Time,
    pub(crate) known: Known,
    /// How often it lost a guard.
    pub(crate) attempt: u8,
    /// Where its randomness begins.
    pub(crate) seed: u32,
    /// What each read found, of what it looked for.
    pub(crate) seen: Vec<Rows>,
    pub(crate) whole: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// What was asked for, with what is sent of it.
    Given(Vec<(Kind, Secret)>),
    Refused(Reason),
    /// A 503: somebody else was first, as often as the endpoint tries.
    Contended,
    Failed(&'static str),
}

#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) answer: Answer,
    pub(crate) changes: Vec<Change>,
    /// How often it is decided where a guard is lost.
    pub(crate) tries: u8,
    /// What is answered where it is lost as often.
    pub(crate) at_last: Answer,
}

/// A request that was answered.
#[derive(Debug)]
pub(crate) struct Done<'a, M: Matter> {
    pub(crate) before: &'a State<M>,
    pub(crate) after: &'a Rows,
    pub(crate) doing: &'a Doing<M::Ask>,
    pub(crate) answer: &'a Answer,
    pub(crate) sent: &'a [Word],
}

/// The server in such a world, whole or without some of its rules.
#[derive(Debug)]
pub(crate) struct About<M> {
    matter: M,
    asks: u8,
    without: Vec<Mutant>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<A> {
    Begin(usize, A),
    ReadOn(usize),
    Commit(usize),
    Act(u8, Act),
}

impl<M: Matter> About<M> {
    pub(crate) fn new(depth: Depth, without: &[Mutant]) -> Self {
        let asks = if depth == Depth::Brief { M::BOUNDS.asks } else { M::BOUNDS.asks_deep };
        Self { matter: M::new(), asks, without: without.to_vec() }
    }

    fn now(clock: u8, process: usize) -> Time {
        moment(&M::BOUNDS, clock, process)
    }

    fn acts(state: &State<M>) -> Vec<Step<M::Ask>> {
        let bounds = M::BOUNDS;
        let done = |number: u8| state.acted & (1 << number) != 0;
        let some = (0..).zip(bounds.acts).filter(|(number, _)| !done(*number));
        let may = some.filter(|(_, act)| **act != Act::Tick || usize::from(state.clock) + 1 < bounds.ticks.len());
        may.map(|(number, act)| Step::Act(number, *act)).collect()
    }
}

/// What the clock of a process shows.
pub(crate) fn moment(bounds: &Bounds, clock: u8, process: usize) -> Time {
    let tick = bounds.ticks.get(usize::from(clock)).copied().unwrap_or_default();
    START.plus(tick + if process == 1 { bounds.ahead } else { 0 })
}

/// All that the clocks of both processes ever show.
pub(crate) fn moments(bounds: &Bounds) -> Vec<Time> {
    let ticks = 0..bounds.ticks.len() as u8;
    ticks.flat_map(|clock| [0, 1].map(|process| moment(bounds, clock, process))).collect()
}

impl<M: Matter> Machine for About<M> {
    type State = State<M>;
    type Step = Step<M::Ask>;

    fn start(&self) -> State<M> {
        let (rows, words) = self.matter.begin();
        State {
            clock: 0,
            rows,
            words,
            known: Known { enabled: true, registered: true },
            doing: [None, None],
            asks_left: self.asks,
            acted: 0,
            told: M::Told::default(),
        }
    }

    fn print(&self, state: &State<M>) -> u64 {
        let State { clock, rows, words, known, doing, asks_left, acted, told } = state;
        let mut doing = doing.each_ref().map(hash);
        if M::BOUNDS.ahead == 0 {
            // Processes with the same clock are the same process.
            doing.sort_unstable();
        }
        hash(&(clock, rows, words, known, doing, asks_left, acted, told))
    }

    fn steps(&self, state: &State<M>) -> Vec<Self::Step> {
        let mut steps = Vec::with_capacity(16);
        let mut begun = false;
        for (process, doing) in state.doing.iter().enumerate() {
            match doing {
                Some(doing) if doing.whole => steps.push(Step::Commit(process)),
                Some(_) => steps.push(Step::ReadOn(process)),
                None if state.asks_left == 0 || (begun && M::BOUNDS.ahead == 0) => {}
                None => {
                    begun = true;
                    steps.extend(self.matter.asks(state).into_iter().map(|ask| Step::Begin(process, ask)));
                }
            }
        }
        steps.extend(Self::acts(state));
        steps
    }

    fn take(&self, state: &State<M>, step: &Self::Step) -> Taken<State<M>> {
        self.step(state, *step)
    }
}

impl Judged {
    /// What is decided again once where a guard is lost, and then waits for another day.
    pub(crate) const fn again(answer: Answer, changes: Vec<Change>) -> Self {
        Self { answer, changes, tries: ATTEMPTS, at_last: Answer::Contended }
    }

    /// What stands where a guard is lost: somebody else changed the same.
    pub(crate) fn stands(reason: Reason, changes: Vec<Change>) -> Self {
        Self { answer: Answer::Refused(reason), changes, tries: 1, at_last: Answer::Refused(reason) }
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl<A: Display> Display for Step<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin(process, ask) => write!(f, "process {process}: {ask}: it reads"),
            Self::ReadOn(process) => write!(f, "process {process}: it reads on"),
            Self::Commit(process) => write!(f, "process {process}: it decides and commits"),
            Self::Act(_, act) => write!(f, "{act}"),
        }
    }
}

impl Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick => f.write_str("time passes"),
            Self::Purge(process) => write!(f, "process {process}: what expired is purged"),
            Self::Disable => f.write_str("the client is disabled"),
            Self::Unregister => f.write_str("the client's address is registered no more"),
            Self::Withdraw(Client::Honest) => f.write_str("the consent to the client is withdrawn"),
            Self::Withdraw(Client::Other) => f.write_str("the consent to another client is withdrawn"),
        }
    }
}

/// As `engine/src/token.rs`, `authorize.rs` and `resume.rs` have it.
const ATTEMPTS: u8 = 2;
