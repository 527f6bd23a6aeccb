//! The ways a batch is committed: in a group with those that came at the same time, or in a transaction of its own.
//!
//! Everything runs in tasks of its own, so that a caller that gives up leaves no connection inside a transaction and
//! takes nobody else's commit along.

use std::borrow::Cow;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Postgres;
use super::attempt::{Cause, Refusal, attempt};
use super::failure::{contended, failure, given_up, misnamed};
use super::insert;
use super::lane::{Job, Leader};
use super::link::Link;
use super::together::{Trouble, together};
use crate::driver::{Statement, StoreError};

impl Postgres {
    /// Commits one caller's batch, in the company that suits it.
    pub(super) async fn commit_batch(&self, batch: Vec<Statement>) -> Result<(), StoreError> {
        let short = (2..=SHORT).contains(&batch.len());
        if short && batch.iter().all(|statement| matches!(statement.sql, Cow::Borrowed(_))) {
            return self.commit_in_lane(batch).await;
        }
        if self.lane.is_closed() {
            return Err(StoreError::Unavailable("the store is closed".to_owned()));
        }
        let (store, running) = (self.clone(), self.lane.running());
        let ended = tokio::spawn(async move {
            let _running = running;
            store.commit_alone(batch).await
        });
        ended.await.unwrap_or_else(|_| Err(interrupted()))
    }

    async fn commit_in_lane(&self, batch: Vec<Statement>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.lane.push(Job { batch, answer }, self.queue)? {
            tokio::spawn(self.clone().lead(Leader::new(&self.lane)));
        }
        answered.await.unwrap_or_else(|_| Err(interrupted()))
    }

    async fn lead(self, mut leader: Leader) {
        while let Some(mut group) = leader.next() {
            match self.connection().await {
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
        let outcome = together(&connection, &batches, self.patience).await;
        let usable = matches!(outcome, Ok(()) | Err(Trouble::Undone { usable: true }));
        if !usable {
            connection.close();
        }
        match outcome {
            Ok(()) => answer(group, &Ok(())),
            Err(Trouble::Unknown(error)) => answer(group, &Err(error)),
            Err(Trouble::Undone { .. }) => {
                // Each decides its own fate, and the next group does not wait for it.
                for Job { batch, answer } in group {
                    let (store, running) = (self.clone(), self.lane.running());
                    tokio::spawn(async move {
                        let _running = running;
                        let _ = answer.send(store.retry(batch).await);
                    });
                }
            }
        }
    }

    /// A transaction of its own. Many rows of one table go as one statement; should that fail, each by itself, to tell which.
    async fn commit_alone(&self, batch: Vec<Statement>) -> Result<(), StoreError> {
        let rows = batch.iter().rev().take_while(|statement| insert::head(statement).is_some()).count();
        if rows > 1 {
            let connection = self.connection().await?;
            match together(&connection, &[&batch], self.patience).await {
                Ok(()) => return Ok(()),
                Err(Trouble::Unknown(error)) => {
                    connection.close();
                    return Err(error);
                }
                Err(Trouble::Undone { usable: false }) => connection.close(),
                Err(Trouble::Undone { usable: true }) => {}
            }
        }
        self.retry(batch).await
    }

    /// Statement by statement, again while other transactions stand in the way.
    async fn retry(&self, batch: Vec<Statement>) -> Result<(), StoreError> {
        let mut pause = RETRY_PAUSE;
        loop {
            let connection = self.connection().await?;
            let Ok(outcome) = tokio::time::timeout(self.patience, attempt(&connection, &batch)).await else {
                return Err(given_up(connection));
            };
            let Err(Refusal { error, usable }) = outcome else { return Ok(()) };
            if !usable {
                connection.close();
            }
            match error {
                Cause::Guard { index } => return Err(StoreError::Lost { index }),
                // Another process of the server answered than the one that it was prepared in: it was not sent.
                Cause::Engine { error, .. } if misnamed(&error) && !self.pooler.stands_between() => self.pooler.found(),
                Cause::Engine { error, .. } if contended(&error) && pause <= RETRY_PAUSE_LAST => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Cause::Engine { index, error } => return Err(failure(index, &error)),
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
