//! Counts what an expression does, so that it ends and stays small whatever it says.

use serde_json::Value;

use super::Failed;

/// What is left of the steps and of the octets that one working out may take.
pub(super) struct Budget {
    steps: usize,
    octets: usize,
    patterns: usize,
    searches: usize,
}

/// So many parts of the tree are worked out at most, each time counted.
const STEPS: usize = 20_000;
/// So many octets of values are made at most, kept or not.
const OCTETS: usize = 256 * 1024;
/// So many patterns are read at most that are not written in the expression itself.
const PATTERNS: usize = 8;
/// So often a pattern is looked for at most that may go back on its steps.
const SEARCHES: usize = 500;
/// The same where the values of one user are judged: as many as one attribute may have, and twice.
const SEARCHES_OF_VALUES: usize = 2_000;
/// What is judged then was counted before, and is judged once.
const OCTETS_OF_VALUES: usize = 16 * 1024 * 1024;

impl Budget {
    pub(super) const fn new() -> Self {
        Self { steps: STEPS, octets: OCTETS, patterns: PATTERNS, searches: SEARCHES }
    }

    /// For the values of one user, all together.
    pub(super) const fn of_values() -> Self {
        Self { octets: OCTETS_OF_VALUES, searches: SEARCHES_OF_VALUES, ..Self::new() }
    }

    /// One step more.
    pub(super) fn step(&mut self) -> Result<(), Failed> {
        self.steps = self.steps.checked_sub(1).ok_or(Failed("the expression takes too many steps"))?;
        Ok(())
    }

    /// So many octets more.
    pub(super) fn take(&mut self, octets: usize) -> Result<(), Failed> {
        self.octets = self.octets.checked_sub(octets).ok_or(Failed("the expression makes too much"))?;
        Ok(())
    }

    /// One pattern more to be read.
    pub(super) fn pattern(&mut self) -> Result<(), Failed> {
        self.patterns = self.patterns.checked_sub(1).ok_or(Failed("the expression has too many patterns"))?;
        Ok(())
    }

    /// A pattern that may go back on its steps is looked for once more.
    pub(super) fn search(&mut self) -> Result<(), Failed> {
        self.searches =
            self.searches.checked_sub(1).ok_or(Failed("patterns that look around are looked for too often"))?;
        Ok(())
    }

    /// Each of some values is compared with each of some others.
    pub(super) fn compared(&mut self, some: usize, others: usize) -> Result<(), Failed> {
        let steps = self.steps.checked_sub(some.saturating_mul(others));
        self.steps = steps.ok_or(Failed("the expression takes too many steps"))?;
        Ok(())
    }

    /// A value that is compared with another.
    pub(super) fn look_at(&mut self, value: &Value) -> Result<(), Failed> {
        self.take(weight(value))
    }

    /// A value that was made, or is there once more.
    pub(super) fn made(&mut self, value: Value) -> Result<Value, Failed> {
        self.take(weight(&value))?;
        Ok(value)
    }
}

/// About the octets that a value takes.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 16,
        Value::String(text) => 24 + text.len(),
        Value::Array(items) => items.iter().map(weight).sum::<usize>() + 24,
        Value::Object(members) => {
            members.iter().map(|(name, value)| 48 + name.len() + weight(value)).sum::<usize>() + 24
        }
    }
}
