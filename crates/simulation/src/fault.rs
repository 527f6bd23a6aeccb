//! What may go wrong, how often in this run, and how often it did.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::dice::Dice;

/// Everything that is injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The database cannot be reached for a while: refused at once, or silence. By one process, or by both.
    Away,
    /// COMMIT happened, and its answer was lost.
    AnswerLost,
    /// COMMIT did not happen, and nobody says so.
    CommitLost,
    /// COMMIT happens long after its sender was told that nobody knows.
    CommitLate,
    /// Another transaction stood in the way (40001), and a repetition went through.
    Contended,
    /// Every repetition met the same.
    Outrun,
    /// A commit takes seconds.
    Slow,
    /// A commit that was sent later happened earlier.
    Overtaken,
    /// One read is not answered.
    ReadLost,
    /// A process dies, whatever it is about.
    Killed,
    /// A process dies at its commit, which does not happen.
    KilledBefore,
    /// A process dies at its commit, which happened.
    KilledAfter,
    /// A commit that was under way when its process died happens all the same.
    Outlived,
    /// A client goes away before its answer.
    HungUp,
    /// The processes' clocks differ.
    Skewed,
    /// A guard did not hold: somebody else was first. Nothing of ours, and what much of the rest is about.
    GuardLost,
}

impl Fault {
    pub const ALL: [Self; 16] = [
        Self::Away,
        Self::AnswerLost,
        Self::CommitLost,
        Self::CommitLate,
        Self::Contended,
        Self::Outrun,
        Self::Slow,
        Self::Overtaken,
        Self::ReadLost,
        Self::Killed,
        Self::KilledBefore,
        Self::KilledAfter,
        Self::Outlived,
        Self::HungUp,
        Self::Skewed,
        Self::GuardLost,
    ];

    /// Of a thousand occasions so many, where a run has this fault at all. An occasion is a commit, a read, a request or a moment
    /// of the one who plans what is planned.
    const fn usual(self) -> u64 {
        match self {
            Self::AnswerLost => 30,
            Self::CommitLost | Self::CommitLate | Self::Slow => 15,
            Self::Contended => 60,
            Self::Outrun => 8,
            Self::ReadLost => 3,
            Self::KilledBefore | Self::KilledAfter => 6,
            Self::HungUp => 20,
            Self::Outlived => 500,
            Self::Away => 300,
            Self::Killed => 200,
            Self::Skewed => 1000,
            // They happen.
            Self::Overtaken | Self::GuardLost => 0,
        }
    }
}

/// How likely what is in one run. No run has every fault: in the company of all the others few would get far.
#[derive(Debug)]
pub(crate) struct Rates(BTreeMap<Fault, u64>);

impl Rates {
    pub(crate) fn of(dice: &Dice) -> Self {
        let likely = Fault::ALL.map(|fault| {
            let (present, strength) = (dice.chance(550), 50 + dice.roll() % 150);
            (fault, if present { fault.usual() * strength / 100 } else { 0 })
        });
        Self(likely.into_iter().collect())
    }

    pub(crate) fn likely(&self, fault: Fault) -> u64 {
        self.0.get(&fault).copied().unwrap_or_default()
    }
}

/// How often what happened.
#[derive(Debug, Default)]
pub(crate) struct Tally([AtomicU64; Fault::ALL.len()]);

impl Tally {
    pub(crate) fn count(&self, fault: Fault) {
        self.0[fault as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> BTreeMap<Fault, u64> {
        Fault::ALL.map(|fault| (fault, self.0[fault as usize].load(Ordering::Relaxed))).into_iter().collect()
    }
}
