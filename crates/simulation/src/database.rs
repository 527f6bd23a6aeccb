//! The one database of a run: every commit whole or not at all, and what is between it and whoever asks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use store::{Expect, Inline, Row, Statement, StoreError, Value};
use tokio::time::{Instant, sleep, sleep_until};

use crate::dice::Dice;
use crate::fault::{Fault, Rates, Tally};
use crate::planted::Planted;
use crate::trace::Trace;

/// Shared by the processes' [`Link`](crate::link::Link)s.
#[derive(Debug)]
pub(crate) struct Database {
    inline: Inline,
    dice: Dice,
    rates: Rates,
    planted: Option<Planted>,
    pub(crate) tally: Tally,
    pub(crate) trace: Arc<Trace>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calm: bool,
    /// For each process: until when it cannot reach the database, and whether it is told so.
    away: [Option<Away>; 2],
    /// Commits are numbered as they are sent.
    sent: u64,
    latest: u64,
    /// What is read where reads are behind.
    behind: Option<(Instant, Inline)>,
}

#[derive(Clone, Copy, Debug)]
struct Away {
    until: Instant,
    silent: bool,
}

impl Database {
    pub(crate) fn new(inline: Inline, dice: &Dice, planted: Option<Planted>, trace: Arc<Trace>) -> Self {
        let (rates, dice) = (Rates::of(dice), dice.another());
        Self { inline, dice, rates, planted, tally: Tally::default(), trace, state: Mutex::default() }
    }

    /// Whether it happens now; counted if so.
    pub(crate) fn happens(&self, fault: Fault) -> bool {
        let happens = self.is_likely(fault);
        if happens {
            self.tally.count(fault);
        }
        happens
    }

    /// The same, not counted yet.
    pub(crate) fn is_likely(&self, fault: Fault) -> bool {
        let likely = self.dice.chance(self.rates.likely(fault));
        likely && !self.state().calm
    }

    /// Which of the faults of a commit this one has.
    pub(crate) fn fault_of_commit(&self) -> Option<Fault> {
        OF_COMMITS.into_iter().find(|fault| self.happens(*fault))
    }

    /// A way to the database or back.
    pub(crate) fn way(&self) -> Duration {
        self.dice.millis(0, 4)
    }

    pub(crate) fn millis(&self, least: u64, most: u64) -> Duration {
        self.dice.millis(least, most)
    }

    /// One process, or both, cannot reach the database for so long.
    pub(crate) fn go_away(&self, whose: &[usize], time: Duration, silent: bool) {
        if self.state().calm {
            return;
        }
        self.trace.tell(&format!("database away for {whose:?}, {time:?}, silent {silent}"));
        self.tally.count(Fault::Away);
        let until = Instant::now() + time;
        for process in whose {
            self.state().away[*process] = Some(Away { until, silent });
        }
    }

    /// Nothing goes wrong any more.
    pub(crate) fn end_faults(&self) {
        self.trace.tell("calm");
        let mut state = self.state();
        (state.calm, state.away) = (true, [None; 2]);
    }

    /// Waits for a database that is away, as long as one waits.
    pub(crate) async fn reached(&self, process: usize, patience: Duration) -> Result<(), StoreError> {
        let now = Instant::now();
        let away = self.state().away[process].filter(|away| now < away.until);
        let Some(Away { until, silent }) = away else { return Ok(()) };
        if !silent {
            sleep(REFUSED).await;
            return Err(unavailable("connection refused"));
        }
        if until <= now + patience {
            sleep_until(until).await;
            return Ok(());
        }
        sleep(patience).await;
        Err(unavailable("no answer in time"))
    }

    /// The number of a commit that is sent now.
    pub(crate) fn numbered(&self) -> u64 {
        let mut state = self.state();
        state.sent += 1;
        state.sent
    }

    /// The rows that there are now.
    pub(crate) fn look(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        if let Some(Planted::NothingFound(words, per_mille)) = self.planted
            && statement.sql.contains(words)
            && self.dice.chance(per_mille)
        {
            return Ok(Vec::new());
        }
        if self.plants(Planted::StaleReads, 150) {
            return self.look_behind(statement);
        }
        self.inline.query(statement)
    }

    /// The same as it really is, for whoever looks at everything in the end.
    pub(crate) fn all(&self, statement: &Statement) -> Vec<Row> {
        self.inline.query(statement).unwrap()
    }

    /// Commits now. What a planted fault makes of it is in here as well.
    pub(crate) fn apply(&self, number: u64, batch: &[Statement]) -> Result<(), StoreError> {
        let overtakes = {
            let mut state = self.state();
            let overtakes = number < state.latest;
            state.latest = state.latest.max(number);
            overtakes
        };
        if overtakes {
            self.tally.count(Fault::Overtaken);
        }
        let outcome = self.write(batch);
        if matches!(outcome, Err(StoreError::Lost { .. } | StoreError::Conflict { .. })) {
            self.tally.count(Fault::GuardLost);
        }
        self.trace.tell(&format!("commit {number} of {} {}: {}", batch.len(), first_words(batch), told(&outcome)));
        outcome
    }

    fn write(&self, batch: &[Statement]) -> Result<(), StoreError> {
        if self.plants(Planted::Forgotten, 20) {
            return Ok(());
        }
        if self.plants(Planted::Torn, 20) {
            // Whatever becomes of it, the caller hears of no success.
            let _ = self.inline.write(&batch[..self.dice.below(batch.len())]);
            return Err(unavailable("torn"));
        }
        if self.plants(Planted::Unrecorded, 20) {
            let others = batch.iter().filter(|statement| !statement.sql.starts_with("INSERT INTO activities"));
            return self.inline.write(&others.cloned().collect::<Vec<_>>());
        }
        if self.planted == Some(Planted::NoSuccessor) {
            return self.inline.write(&batch.iter().cloned().map(without_successor).collect::<Vec<_>>());
        }
        if let Some(unguarded) = self.unguarded(batch) {
            return self.inline.write(&unguarded);
        }
        let outcome = self.inline.write(batch);
        if outcome.is_ok() && self.planted == Some(Planted::Twice) {
            for statement in batch {
                // What cannot be done twice is not.
                let _ = self.inline.write(&[statement.clone().expecting(Expect::Any)]);
            }
        }
        outcome
    }

    fn unguarded(&self, batch: &[Statement]) -> Option<Vec<Statement>> {
        let of = match self.planted? {
            Planted::NoGuards => "",
            Planted::NoGuardOf(beginning) => beginning,
            _ => return None,
        };
        let bare = |statement: &Statement| {
            let statement = statement.clone();
            if statement.sql.starts_with(of) { statement.expecting(Expect::Any) } else { statement }
        };
        Some(batch.iter().map(bare).collect())
    }

    /// Whether a planted fault shows now, in so many of a thousand cases.
    pub(crate) fn plants(&self, planted: Planted, per_mille: u64) -> bool {
        self.planted == Some(planted) && self.dice.chance(per_mille)
    }

    fn look_behind(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let mut state = self.state();
        let fresh = state.behind.as_ref().is_some_and(|(at, _)| at.elapsed() < BEHIND);
        if !fresh {
            state.behind = Some((Instant::now(), self.inline.copied()?));
        }
        match &state.behind {
            Some((_, behind)) => behind.query(statement),
            None => self.inline.query(statement),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refresh token is replaced, and nobody keeps by what.
fn without_successor(mut statement: Statement) -> Statement {
    if statement.sql.starts_with("UPDATE refresh_tokens SET superseded_at")
        && let Some(successor) = statement.values.last_mut()
    {
        *successor = Value::Null;
    }
    statement
}

pub(crate) fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}

fn told(outcome: &Result<(), StoreError>) -> &'static str {
    match outcome {
        Ok(()) => "done",
        Err(StoreError::Lost { .. }) => "guard lost",
        Err(StoreError::Conflict { .. }) => "taken",
        Err(_) => "failed",
    }
}

fn first_words(batch: &[Statement]) -> String {
    let first = batch.first().map_or("", |statement| &*statement.sql);
    first.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

const OF_COMMITS: [Fault; 8] = [
    Fault::AnswerLost,
    Fault::CommitLost,
    Fault::CommitLate,
    Fault::Contended,
    Fault::Outrun,
    Fault::Slow,
    Fault::KilledBefore,
    Fault::KilledAfter,
];
const REFUSED: Duration = Duration::from_millis(2);
const BEHIND: Duration = Duration::from_secs(1);
