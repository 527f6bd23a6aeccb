//! The checker: every state that can be reached from the first one, the nearest first, each once.
//!
//! A state is remembered by 64 bits of its hash. Where two states shared them, the second would be taken for seen: with ten million
//! states the chance that any two do is below one in 300,000.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

use crate::invariant::Invariant;

/// A state machine: a first state, and what may happen in each.
pub(crate) trait Machine: Sync {
    type State: Send + Sync;
    type Step: Display;

    fn start(&self) -> Self::State;

    /// What tells states apart: equal for those from which the same can happen.
    fn print(&self, state: &Self::State) -> u64;

    /// All that may happen next, always in the same order.
    fn steps(&self, state: &Self::State) -> Vec<Self::Step>;

    fn take(&self, state: &Self::State, step: &Self::Step) -> Taken<Self::State>;
}

/// What one step led to.
#[derive(Debug)]
pub(crate) struct Taken<S> {
    pub after: S,
    /// What came of it, for whoever reads a counterexample; empty where the step says it all.
    pub told: String,
    /// Which of the things that must be possible happened: a bit each.
    pub marks: u64,
    /// What no step may do.
    pub broken: Option<Broken>,
}

/// An invariant that a step broke, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub invariant: Invariant,
    pub how: String,
}

/// What an exploration found.
#[derive(Debug)]
pub struct Report {
    pub states: usize,
    /// Steps taken, also those that led to a state seen before.
    pub steps: usize,
    /// Steps from the start to the farthest state.
    pub depth: usize,
    pub marks: u64,
    pub took: Duration,
    /// Whether nothing was left out for a limit.
    pub whole: bool,
    /// The shortest way to a broken invariant.
    pub counterexample: Option<Counterexample>,
}

/// Steps from the start, each with what came of it, and what the last one broke.
#[derive(Debug)]
pub struct Counterexample {
    pub path: Vec<(String, String)>,
    pub broken: Broken,
}

/// How far and by how many threads.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// After so many it ends: each that waits to be expanded takes some kilobytes.
    pub states: usize,
    pub threads: usize,
    /// When it ends, whatever is left.
    pub until: Option<Instant>,
}

/// Explores `machine` until everything was seen, an invariant is broken, or a limit is reached.
pub(crate) fn explore<M: Machine>(machine: &M, limits: Limits) -> Report {
    let began = Instant::now();
    let mut search = Search::begin(machine);
    while !search.frontier.is_empty() && search.wrong.is_none() && !search.cut {
        search.level(limits);
    }
    let whole = !search.cut;
    let counterexample = search.wrong.take().map(|(at, step, broken)| search.retrace(at, step, broken));
    let Search { ways, steps, depth, marks, .. } = search;
    Report { states: ways.len(), steps, depth, marks, took: began.elapsed(), whole, counterexample }
}

/// How a state was first reached: from which, by which of its steps.
#[derive(Clone, Copy)]
struct Way {
    from: u32,
    step: u16,
}

struct Search<'a, M: Machine> {
    machine: &'a M,
    seen: Seen,
    ways: Vec<Way>,
    frontier: Vec<(u32, M::State)>,
    steps: usize,
    depth: usize,
    marks: u64,
    wrong: Option<(u32, u16, Broken)>,
    /// Whether a limit was reached.
    cut: bool,
}

/// What one thread found.
struct Part<S> {
    states: Vec<(u64, Way, S)>,
    steps: usize,
    marks: u64,
    wrong: Option<(u32, u16, Broken)>,
}

impl<'a, M: Machine> Search<'a, M> {
    fn begin(machine: &'a M) -> Self {
        let start = machine.start();
        let seen = Seen::from_iter([machine.print(&start)]);
        let ways = vec![Way { from: 0, step: 0 }];
        Self { machine, seen, ways, frontier: vec![(0, start)], steps: 0, depth: 0, marks: 0, wrong: None, cut: false }
    }

    /// Takes every step of every state that is as far from the start as the search has come.
    fn level(&mut self, limits: Limits) {
        let now = std::mem::take(&mut self.frontier);
        let mut next = Vec::new();
        for round in now.chunks(ROUND * limits.threads) {
            for part in self.round(round, limits.threads) {
                self.steps += part.steps;
                self.marks |= part.marks;
                if self.wrong.is_none() {
                    self.wrong = part.wrong;
                }
                for (print, way, state) in part.states {
                    if self.seen.insert(print) {
                        next.push((self.ways.len() as u32, state));
                        self.ways.push(way);
                    }
                }
            }
            self.cut = self.ways.len() >= limits.states || limits.until.is_some_and(|until| Instant::now() >= until);
            if self.wrong.is_some() || self.cut {
                return;
            }
        }
        self.depth += usize::from(!next.is_empty());
        self.frontier = next;
    }

    fn round(&self, states: &[(u32, M::State)], threads: usize) -> Vec<Part<M::State>> {
        let share = states.len().div_ceil(threads).max(1);
        let mut shares = states.chunks(share);
        let own = shares.next().unwrap_or_default();
        std::thread::scope(|scope| {
            let others: Vec<_> = shares.map(|share| scope.spawn(|| self.expand(share))).collect();
            let mut parts = vec![self.expand(own)];
            for other in others {
                match other.join() {
                    Ok(part) => parts.push(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            parts
        })
    }

    fn expand(&self, states: &[(u32, M::State)]) -> Part<M::State> {
        let mut part = Part { states: Vec::new(), steps: 0, marks: 0, wrong: None };
        let mut own = Seen::default();
        for (from, state) in states {
            for (step, taken) in (0..).zip(self.machine.steps(state).iter().map(|step| self.machine.take(state, step)))
            {
                part.steps += 1;
                part.marks |= taken.marks;
                if let Some(broken) = taken.broken {
                    part.wrong = Some((*from, step, broken));
                    return part;
                }
                let print = self.machine.print(&taken.after);
                if !self.seen.contains(&print) && own.insert(print) {
                    part.states.push((print, Way { from: *from, step }, taken.after));
                }
            }
        }
        part
    }

    /// Goes the way to the state at `at` and takes the step again, with its words.
    fn retrace(&self, at: u32, step: u16, broken: Broken) -> Counterexample {
        let mut way = vec![step];
        let mut at = at as usize;
        while at != 0 {
            way.push(self.ways[at].step);
            at = self.ways[at].from as usize;
        }
        let mut state = self.machine.start();
        let mut path = Vec::new();
        for step in way.into_iter().rev() {
            let steps = self.machine.steps(&state);
            let Some(step) = steps.get(usize::from(step)) else { break };
            let taken = self.machine.take(&state, step);
            path.push((step.to_string(), taken.told));
            state = taken.after;
        }
        Counterexample { path, broken }
    }
}

impl Display for Counterexample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, (step, told)) in (1..).zip(&self.path) {
            let arrow = if told.is_empty() { "" } else { " → " };
            writeln!(f, "  {number:>2}. {step}{arrow}{told}")?;
        }
        let Broken { invariant, how } = &self.broken;
        write!(f, "  breaks {}: {how}", invariant.name())
    }
}

/// Prints are hashes already.
type Seen = HashSet<u64, BuildHasherDefault<AsItIs>>;

#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, print: u64) {
        self.0 = print;
    }
}

/// States that a thread expands before what it found is put together with what others found.
const ROUND: usize = 4096;
