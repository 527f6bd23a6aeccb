//! Explorations by name: a scenario as the server is, and each planted fault until it is found.

use std::fmt::{self, Display};
use std::time::{Duration, Instant};

use crate::about::assertions::Assertions;
use crate::about::consents::Consents;
use crate::about::proofs::Proofs;
use crate::about::pushed::Pushes;
use crate::about::{About, Bounds, Matter};
use crate::checker::{Counterexample, Limits, Machine, Report};
use crate::document::Document;
use crate::invariant::Invariant;
use crate::keys::{self, KeyMutant, Keys};
use crate::machine::Grantor;
use crate::mark::Mark;
use crate::mutant::{MUTANTS, Mutant, Planted};
use crate::scenario::{Depth, SCENARIOS};

/// What the exploration of a scenario came to.
#[derive(Debug)]
pub struct Outcome {
    pub name: &'static str,
    pub report: Report,
    /// What should have been reached and was not.
    pub missing: Vec<Mark>,
}

impl Outcome {
    /// Everything seen, everything reached, nothing broken.
    pub fn holds(&self) -> bool {
        self.report.whole && self.is_sound()
    }

    /// Nothing broken, so far as it was seen; and if that was all of it, everything reached.
    pub fn is_sound(&self) -> bool {
        self.report.counterexample.is_none() && (self.missing.is_empty() || !self.report.whole)
    }

    fn of(name: &'static str, report: Report, must: &[Mark]) -> Self {
        let missing = must.iter().copied().filter(|mark| report.marks & mark.bit() == 0).collect();
        Self { name, report, missing }
    }
}

/// A scenario of the second machine: its bounds, and how it is explored.
#[derive(Clone, Copy)]
struct Apart {
    bounds: Bounds,
    explore: fn(Depth, &[Mutant], Limits) -> Report,
}

impl Apart {
    const ALL: &[Self] =
        &[Self::of::<Assertions>(), Self::of::<Pushes>(), Self::of::<Proofs>(), Self::of::<Consents>()];

    const fn of<M: Matter>() -> Self {
        let explore =
            |depth, without: &[Mutant], limits| crate::checker::explore(&About::<M>::new(depth, without), limits);
        Self { bounds: M::BOUNDS, explore }
    }
}

/// The names of all scenarios.
pub fn scenarios() -> Vec<&'static str> {
    let apart = Apart::ALL.iter().map(|apart| apart.bounds.name);
    SCENARIOS.iter().map(|scenario| scenario.name).chain(apart).chain([keys::NAME]).collect()
}

/// How many faults are planted in each scenario, in their order.
pub fn planted() -> Vec<(&'static str, usize)> {
    let of = |name: &str| MUTANTS.iter().filter(|planted| planted.scenario == name).count();
    let all = scenarios().into_iter().filter(|name| *name != keys::NAME).map(|name| (name, of(name)));
    all.chain([(keys::NAME, KeyMutant::ALL.len())]).collect()
}

/// Whether the scenario of this name has more states when it is explored deeper.
pub fn deepens(name: &str) -> bool {
    let codes = SCENARIOS.iter().any(|scenario| scenario.name == name && scenario.asks_deep > scenario.asks);
    codes || Apart::ALL.iter().any(|Apart { bounds, .. }| bounds.name == name && bounds.asks_deep > bounds.asks)
}

/// Explores every scenario that is `wanted`, one after the other. Each has its share of the time that is left, by the states that the
/// document says it has: what one does not need is for those after it.
pub fn explore(
    wanted: impl Fn(&str) -> bool,
    depth: Depth,
    limits: Limits,
    mut told: impl FnMut(&Outcome),
) -> Vec<Outcome> {
    let mut all = Vec::new();
    let names: Vec<_> = scenarios().into_iter().filter(|name| wanted(name)).collect();
    for (at, name) in names.iter().copied().enumerate() {
        let now = Instant::now();
        let share = |until: Instant| now + share(until.saturating_duration_since(now), depth, &names[at..]);
        let limits = Limits { until: limits.until.map(share), ..limits };
        let outcome = outcome(name, depth, limits);
        told(&outcome);
        all.push(outcome);
    }
    all
}

fn outcome(name: &'static str, depth: Depth, limits: Limits) -> Outcome {
    if let Some(of) = SCENARIOS.iter().find(|scenario| scenario.name == name) {
        return Outcome::of(name, crate::checker::explore(&Grantor::new(of, depth, &[]), limits), of.must);
    }
    match Apart::ALL.iter().find(|apart| apart.bounds.name == name) {
        Some(Apart { bounds, explore }) => Outcome::of(name, explore(depth, &[], limits), bounds.must),
        None => Outcome::of(name, crate::checker::explore(&Keys::new(None), limits), keys::MUST),
    }
}

/// What the first of these may have of the time that is left for all of them.
fn share(left: Duration, depth: Depth, names: &[&str]) -> Duration {
    let states = |name: &&str| Document::of_this_tree().states(depth, name).unwrap_or(1).max(1);
    let (own, all) = (names.first().map_or(1, states), names.iter().map(states).sum::<usize>());
    left.saturating_mul(u32::try_from(own).unwrap_or(u32::MAX)) / u32::try_from(all).unwrap_or(u32::MAX).max(1)
}

/// A planted fault, and the shortest way to what it breaks.
#[derive(Debug)]
pub struct Found {
    pub name: &'static str,
    pub scenario: &'static str,
    /// What it should break.
    pub breaks: Invariant,
    pub states: usize,
    pub counterexample: Option<Counterexample>,
}

/// Looks for every fault that is planted in a scenario that is `wanted`.
pub fn find(wanted: impl Fn(&str) -> bool, limits: Limits, mut told: impl FnMut(&Found)) -> Vec<Found> {
    let mut all = Vec::new();
    for of in SCENARIOS.iter().filter(|of| wanted(of.name)) {
        for Planted { name, drops, breaks, .. } in MUTANTS.iter().filter(|planted| planted.scenario == of.name) {
            all.push(seek((*name, of.name, *breaks), &Grantor::new(of, Depth::Brief, drops), limits));
            all.last().into_iter().for_each(&mut told);
        }
    }
    for Apart { bounds, explore } in Apart::ALL.iter().filter(|apart| wanted(apart.bounds.name)) {
        for Planted { name, drops, breaks, .. } in MUTANTS.iter().filter(|planted| planted.scenario == bounds.name) {
            let Report { states, counterexample, .. } = explore(Depth::Brief, drops, limits);
            all.push(Found { name, scenario: bounds.name, breaks: *breaks, states, counterexample });
            all.last().into_iter().for_each(&mut told);
        }
    }
    for (name, mutant) in KeyMutant::ALL.iter().filter(|_| wanted(keys::NAME)) {
        let of = (*name, keys::NAME, Invariant::I15);
        all.push(seek(of, &Keys::new(Some(*mutant)), limits));
        all.last().into_iter().for_each(&mut told);
    }
    all
}

fn seek<M: Machine>(
    (name, scenario, breaks): (&'static str, &'static str, Invariant),
    machine: &M,
    limits: Limits,
) -> Found {
    let report = crate::checker::explore(machine, limits);
    Found { name, scenario, breaks, states: report.states, counterexample: report.counterexample }
}

impl Found {
    /// Whether the fault was found, and breaks what it is planted for.
    pub fn holds(&self) -> bool {
        self.counterexample.as_ref().is_some_and(|found| found.broken.invariant == self.breaks)
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { states, steps, depth, took, whole, counterexample, .. } = &self.report;
        let end = if *whole { "all of it" } else { "not all of it" };
        write!(
            f,
            "{:<26}{states:>9} states {steps:>10} steps, depth {depth:>2}, {:>6.1} s, {end}",
            self.name,
            took.as_secs_f64()
        )?;
        if !self.missing.is_empty() {
            write!(f, "\n  never reached: {:?}", self.missing)?;
        }
        if let Some(counterexample) = counterexample {
            write!(f, "\n{counterexample}")?;
        }
        Ok(())
    }
}

impl Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, scenario, breaks, states, counterexample } = self;
        writeln!(f, "{name} ({scenario}, {states} states)")?;
        match counterexample {
            Some(counterexample) if self.holds() => write!(f, "{counterexample}"),
            Some(counterexample) => write!(f, "{counterexample}\n  AND SHOULD BREAK {}", breaks.name()),
            None => write!(f, "  NOT FOUND, AND SHOULD BREAK {}", breaks.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is planted where nobody looks is never found.
    #[test]
    fn every_planted_fault_is_looked_for() {
        let looked_for: usize = planted().iter().map(|(_, faults)| faults).sum();
        assert_eq!(looked_for, MUTANTS.len() + KeyMutant::ALL.len());
    }

    /// An invariant that nothing breaks could say anything. Whether the model knows a change is no fault of the product.
    #[test]
    fn every_invariant_is_broken_by_something_planted() {
        let broken = |one: &Invariant| *one == Invariant::I15 || MUTANTS.iter().any(|planted| planted.breaks == *one);
        let whole: Vec<_> = Invariant::ALL.iter().filter(|one| !broken(one)).collect();
        assert_eq!(whole, [&Invariant::Known]);
    }

    #[test]
    fn each_scenario_has_its_share_of_the_time_that_is_left() {
        let names = scenarios();
        let left = Duration::from_mins(5);
        for at in 0..names.len() {
            let share = share(left, Depth::Deep, &names[at..]);
            assert!(share > Duration::from_secs(1) && share <= left, "{}: {share:?}", names[at]);
            assert_eq!(share == left, at + 1 == names.len(), "what comes last has all that is left: {share:?}");
        }
        assert!(
            share(left, Depth::Deep, &["codes-end", "codes"]) > 4 * share(left, Depth::Deep, &["codes", "codes-end"])
        );
    }
}
