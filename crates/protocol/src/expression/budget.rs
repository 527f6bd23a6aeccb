//! Counts what expressions do, so that they end and stay small whatever they say.

use std::borrow::Cow;

use serde_json::Value;

use super::Failed;

/// What is left of what one working out may take, or of what all those of one answer may.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    steps: usize,
    octets: usize,
    looked: usize,
    patterns: usize,
    searches: usize,
}

/// So many parts of the tree are worked out at most, each time counted, and so many values compared, fields of formats and the like.
const STEPS: usize = 20_000;
/// So many octets of values are made at most, kept or not.
const OCTETS: usize = 256 * 1024;
/// So many octets of values are gone through at most: what takes a text of some thousand octets takes time, though it makes nothing.
const LOOKED: usize = 4 * 1024 * 1024;
/// So many patterns are read at most that are not written in the expression itself.
const PATTERNS: usize = 8;
/// So often a pattern is looked for at most that may go back on its steps.
const SEARCHES: usize = 500;
/// The same where the values of one user are judged: as many as one attribute may have, and twice.
const SEARCHES_OF_VALUES: usize = 2_000;
/// What is judged then was counted before, and is judged once.
const OCTETS_OF_VALUES: usize = 16 * 1024 * 1024;
/// All expressions of one answer take as much together as so many may.
const EXPRESSIONS: usize = 4;

impl Budget {
    /// For one expression.
    pub(super) const fn new() -> Self {
        Self { steps: STEPS, octets: OCTETS, looked: LOOKED, patterns: PATTERNS, searches: SEARCHES }
    }

    /// For the expressions of one answer, all together.
    pub(super) const fn of_answer() -> Self {
        Self {
            steps: STEPS * EXPRESSIONS,
            octets: OCTETS * EXPRESSIONS,
            looked: LOOKED * EXPRESSIONS,
            patterns: PATTERNS * EXPRESSIONS,
            searches: SEARCHES * EXPRESSIONS,
        }
    }

    /// For the values of one user, all together.
    pub(super) const fn of_values() -> Self {
        Self { octets: OCTETS_OF_VALUES, looked: OCTETS_OF_VALUES, searches: SEARCHES_OF_VALUES, ..Self::new() }
    }

    /// What one expression may take of it; [`Self::spend`] takes it.
    pub(super) fn share(&self) -> Self {
        let one = Self::new();
        Self {
            steps: self.steps.min(one.steps),
            octets: self.octets.min(one.octets),
            looked: self.looked.min(one.looked),
            patterns: self.patterns.min(one.patterns),
            searches: self.searches.min(one.searches),
        }
    }

    /// What an expression took that was given a share.
    pub(super) fn spend(&mut self, given: &Self, left: &Self) {
        self.steps -= given.steps - left.steps;
        self.octets -= given.octets - left.octets;
        self.looked -= given.looked - left.looked;
        self.patterns -= given.patterns - left.patterns;
        self.searches -= given.searches - left.searches;
    }

    /// What was gone through, or made, since there was so much.
    #[cfg(test)]
    pub(super) fn octets_since(&self, before: &Self) -> usize {
        before.looked - self.looked + before.octets - self.octets
    }

    /// One step more.
    pub(super) fn step(&mut self) -> Result<(), Failed> {
        self.go(1)
    }

    /// So many steps more.
    pub(super) fn go(&mut self, steps: usize) -> Result<(), Failed> {
        self.steps = self.steps.checked_sub(steps).ok_or(Failed("the expression takes too many steps"))?;
        Ok(())
    }

    /// So many octets more.
    pub(super) fn take(&mut self, octets: usize) -> Result<(), Failed> {
        self.octets = self.octets.checked_sub(octets).ok_or(Failed("the expression makes too much"))?;
        Ok(())
    }

    /// So many octets are gone through.
    pub(super) fn look(&mut self, octets: usize) -> Result<(), Failed> {
        self.looked = self.looked.checked_sub(octets).ok_or(Failed("the expression looks at too much"))?;
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

    /// Each of some values is compared with each of some others. Most differ where they begin.
    pub(super) fn compared(&mut self, some: &[Value], others: &[Value]) -> Result<(), Failed> {
        self.go(some.len().saturating_mul(others.len()))?;
        let octets: usize = some.iter().map(weight).sum();
        self.look(octets.saturating_mul(others.len()) / BEGINNING)
    }

    /// A value that is gone through.
    pub(super) fn look_at(&mut self, value: &Value) -> Result<(), Failed> {
        self.look(weight(value))
    }

    /// A value that was made, or is there once more.
    pub(super) fn made(&mut self, value: Value) -> Result<Value, Failed> {
        self.take(weight(&value))?;
        Ok(value)
    }

    /// A value of our own.
    pub(super) fn own(&mut self, value: Cow<'_, Value>) -> Result<Value, Failed> {
        self.take(weight(&value))?;
        Ok(value.into_owned())
    }
}

/// Of so much of a value a comparison looks at one octet, as it is counted.
const BEGINNING: usize = 16;

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
