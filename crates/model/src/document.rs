//! What docs/spec/model.md says of the explorations: its figures are the last ones, or a test fails.

use crate::run::Outcome;
use crate::scenario::Depth;

/// The table of scenarios: a line each, with the planted faults and the states at either depth.
#[derive(Clone, Copy, Debug)]
pub struct Document(&'static str);

impl Document {
    pub const fn of_this_tree() -> Self {
        Self(include_str!("../../../docs/spec/model.md"))
    }

    /// Whether it has these words, whatever lines they are broken into.
    pub fn says(self, words: &str) -> bool {
        self.0.split_whitespace().collect::<Vec<_>>().join(" ").contains(words)
    }

    /// How many faults it says are planted in a scenario.
    pub fn faults(self, name: &str) -> Option<usize> {
        self.figure(name, 3)
    }

    /// What it says otherwise than an exploration found, which has to have been a whole one.
    ///
    /// # Errors
    /// The figure as it has to be, or that the exploration was cut.
    pub fn agrees(self, depth: Depth, outcome: &Outcome) -> Result<(), String> {
        let (name, states) = (outcome.name, outcome.report.states);
        if !outcome.report.whole && outcome.report.counterexample.is_none() {
            return Err(format!("{name} was cut after {states} states"));
        }
        match self.states(depth, name) {
            Some(figure) if figure == states => Ok(()),
            figure => Err(format!("docs/spec/model.md says {figure:?} states of {name}, and there are {states}")),
        }
    }

    /// The same of an exploration that had only so much time: cut, it still saw as many states as every run of the tests does.
    ///
    /// # Errors
    /// The figure as it has to be, or how many states are too few.
    pub fn agrees_so_far(self, depth: Depth, outcome: &Outcome) -> Result<(), String> {
        let (name, states) = (outcome.name, outcome.report.states);
        match self.states(Depth::Brief, name) {
            _ if outcome.report.whole => self.agrees(depth, outcome),
            Some(least) if states >= least => Ok(()),
            least => Err(format!("{name} was cut after {states} states, and the tests see {least:?}")),
        }
    }

    /// How many states it says that a scenario has.
    pub(crate) fn states(self, depth: Depth, name: &str) -> Option<usize> {
        self.figure(name, if depth == Depth::Brief { 4 } else { 5 })
    }

    fn figure(self, name: &str, column: usize) -> Option<usize> {
        let cells = |line: &'static str| line.split('|').skip(1).map(str::trim).collect::<Vec<_>>();
        let own = self.0.lines().map(cells).find(|cells| cells.first() == Some(&format!("`{name}`").as_str()))?;
        own.get(column)?.replace(',', "").parse().ok()
    }
}
