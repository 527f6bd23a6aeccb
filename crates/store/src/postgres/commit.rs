//! The ways a batch is committed: in a group with those that came at the same time, or in a transaction of its own.
//!
//! Everything runs in tasks of its own, so that a caller that gives up leaves no connection inside a transaction and
//! takes nobody else's commit along.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout_at;

use super::Postgres;
use super::attempt::{Cause, Refusal, attempt};
use super::failure::{contended, failure, misnamed, unanswered};
use super::insert;
use super::lane::{Job, Leader, Terms, take};
use super::link::Link;
use super::together::{Trouble, together};
use crate::driver::{Manner, Statement, StoreError};
use crate::patience::Wait;

/// How a batch ended that was not committed, or of which nobody knows whether it was.
enum Ended {
    Refused(StoreError),
    Unknown(StoreError),
}

impl Postgres {
    /// Commits one caller's batch, in the company that suits it.
    pub(super) async fn commit_batch(&self, batch: Vec<Statement>, manner: Manner) -> Result<(), StoreError> {
        let wait = (!manner.long).then(|| Wait::begin(self.patience.commit));
        let (until, step) = match &wait {
            Some(wait) => (wait.until, self.patience.silence),
            None => (Instant::now() + self.patience.long, self.patience.long),
        };
        let terms = Terms { proof: manner.proof, until, step };
        let short = !manner.long && !manner.alone && (2..=SHORT).contains(&batch.len());
        let outcome = if short && batch.iter().all(|statement| matches!(statement.sql, Cow::Borrowed(_))) {
            self.commit_in_lane(batch, terms).await
        } else {
            self.commit_in_task(batch, terms).await
        };
        if let Some(wait) = wait.filter(|_| !matches!(outcome, Err(StoreError::Unavailable(_)))) {
            wait.answered();
        }
        outcome
    }

    async fn commit_in_task(&self, batch: Vec<Statement>, terms: Terms) -> Result<(), StoreError> {
        if self.lane.is_closed() {
            return Err(StoreError::Unavailable("the store is closed".to_owned()));
        }
        let (store, running, until) = (self.clone(), self.lane.running(), terms.until);
        let ended = tokio::spawn(async move {
            let _running = running;
            store.commit_alone(batch, terms).await
        });
        match timeout_at(until.into(), ended).await {
            Ok(ended) => ended.unwrap_or_else(|_| Err(interrupted())),
            Err(_) => Err(unanswered()),
        }
    }

    async fn commit_in_lane(&self, batch: Vec<Statement>, terms: Terms) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let (until, taken) = (terms.until, Arc::new(AtomicBool::new(false)));
        if self.lane.push(Job { batch, answer, terms, taken: taken.clone() }, self.queue)? {
            tokio::spawn(self.clone().lead(Leader::new(&self.lane)));
        }
        if let Ok(answer) = timeout_at(until.into(), answered).await {
            return answer.unwrap_or_else(|_| Err(interrupted()));
        }
        // Still in the queue, it is not committed any more.
        take(&taken);
        Err(unanswered())
    }

    async fn lead(self, mut leader: Leader) {
        while let Some(mut group) = leader.next() {
            let Some(until) = group.iter().map(|job| job.terms.until).max() else { continue };
            match self.connection(until).await {
                Ok(connection) => self.serve(connection, group).await,
                Err(error) => {
                    group.extend(leader.all());
                    answer(group, &Err(error));
                }
            }
        }
    }

    async fn serve(&self, connection: Link, group: Vec<Job>) {
        let batches: Vec<&[Statement]> = group.iter().map(|job| job.batch.as_slice()).collect();
        let Err(trouble) = together(&connection, &batches, self.patience.silence).await else {
            drop(connection);
            return answer(group, &Ok(()));
        };
        self.part(connection, trouble.fate());
        let unknown = match trouble {
            Trouble::Unknown(error, _) => Some(error),
            Trouble::Undone(_) => None,
        };
        // Each decides its own fate, and the next group does not wait for it.
        for Job { batch, answer, terms, .. } in group {
            let (store, running, unknown) = (self.clone(), self.lane.running(), unknown.clone());
            tokio::spawn(async move {
                let _running = running;
                let _ = answer.send(match unknown {
                    Some(error) => store.settle(&batch, &terms, error).await,
                    None => store.by_itself(&batch, &terms).await,
                });
            });
        }
    }

    /// A transaction of its own. Many rows of one table go as one statement; should that fail, each by itself, to tell which.
    async fn commit_alone(&self, batch: Vec<Statement>, terms: Terms) -> Result<(), StoreError> {
        let mut heads = insert::Heads::default();
        let rows = batch.iter().rev().take_while(|statement| heads.of(statement).is_some()).count();
        if rows > 1 {
            let connection = self.connection(terms.until).await?;
            let Err(trouble) = together(&connection, &[&batch], terms.step).await else { return Ok(()) };
            self.part(connection, trouble.fate());
            if let Trouble::Unknown(error, _) = trouble {
                return self.settle(&batch, &terms, error).await;
            }
        }
        self.by_itself(&batch, &terms).await
    }

    async fn by_itself(&self, batch: &[Statement], terms: &Terms) -> Result<(), StoreError> {
        match self.retry(batch, terms).await {
            Ok(()) => Ok(()),
            Err(Ended::Refused(error)) => Err(error),
            Err(Ended::Unknown(error)) => self.settle(batch, terms, error).await,
        }
    }

    /// A commit whose answer was lost may have happened. Its proof tells; without one nobody knows. Where the proof is missing the
    /// batch is committed again, which either waits for the first to end or finds that it did not happen: one of the two wins.
    async fn settle(&self, batch: &[Statement], terms: &Terms, lost: StoreError) -> Result<(), StoreError> {
        let Some(proof) = &terms.proof else { return Err(lost) };
        if self.is_there(proof, terms).await? {
            return Ok(());
        }
        match self.retry(batch, terms).await {
            Ok(()) => Ok(()),
            // Somebody was first: another one, or the first try.
            Err(Ended::Refused(error @ (StoreError::Lost { .. } | StoreError::Conflict { .. }))) => {
                if self.is_there(proof, terms).await? { Ok(()) } else { Err(error) }
            }
            Err(Ended::Refused(error) | Ended::Unknown(error)) => Err(error),
        }
    }

    async fn is_there(&self, proof: &Statement, terms: &Terms) -> Result<bool, StoreError> {
        match timeout_at(terms.until.into(), self.query(proof)).await {
            Ok(rows) => Ok(!rows?.is_empty()),
            Err(_) => Err(unanswered()),
        }
    }

    /// Statement by statement, again while other transactions stand in the way, and once more where the connection did.
    async fn retry(&self, batch: &[Statement], terms: &Terms) -> Result<(), Ended> {
        let (mut pause, mut again) = (RETRY_PAUSE, true);
        loop {
            let connection = self.connection(terms.until).await.map_err(Ended::Refused)?;
            if terms.is_over() {
                return Err(Ended::Refused(unanswered()));
            }
            let outcome = attempt(&connection, batch, terms).await;
            let Err(Refusal { error, fate }) = outcome else { return Ok(()) };
            self.part(connection, fate);
            if matches!(&error, Cause::Engine { error, .. } if misnamed(error)) {
                self.pooler.found();
            }
            let once_more = again && fate.suggests_another();
            again &= !once_more;
            match error {
                Cause::Guard { index } => return Err(Ended::Refused(StoreError::Lost { index })),
                Cause::Unknown(error) => return Err(Ended::Unknown(error)),
                Cause::Silence | Cause::Engine { .. } if once_more => {}
                Cause::Silence => return Err(Ended::Refused(unanswered())),
                Cause::Engine { error, .. } if contended(&error) && pause <= RETRY_PAUSE_LAST => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Cause::Engine { index, error } => return Err(Ended::Refused(failure(index, &error))),
            }
        }
    }
}

fn answer(group: Vec<Job>, outcome: &Result<(), StoreError>) {
    for job in group {
        // A caller that went away gets no answer; its batch is decided all the same.
        let _ = job.answer.send(outcome.clone());
    }
}

fn interrupted() -> StoreError {
    StoreError::Unavailable("the commit was interrupted".to_owned())
}

/// Statements of a batch that shares its transaction. More is configuration, which may take its time.
const SHORT: usize = 16;
const RETRY_PAUSE: Duration = Duration::from_millis(5);
/// After 5, 10, 20, 40 and 80 ms the caller is told.
const RETRY_PAUSE_LAST: Duration = Duration::from_millis(80);
