//! PostgreSQL and engines that speak its protocol: a pool of connections, prepared statements, bounded retries.
//!
//! A commit sends BEGIN and all statements without waiting in between, looks at what each of them touched, and then
//! sends COMMIT or ROLLBACK: two round trips whatever the length of the batch. It runs in a task of its own, so that a
//! caller that gives up never leaves a connection inside a transaction.

mod config;
mod value;

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::dialect::Dialect;
use crate::driver::{Driver, Expect, Fut, Options, Statement, StoreError};
use crate::migrate::{self, Pending, Script};
use crate::row::Row;
use value::Bound;

/// A PostgreSQL database.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    pool: Pool,
    patience: Duration,
}

impl Postgres {
    /// Prepares the pool for a `postgres://` URL; connects when first used.
    pub(crate) fn open(url: &str, options: &Options) -> Result<Self, StoreError> {
        Ok(Self { pool: config::pool(url, options)?, patience: options.statement_timeout })
    }

    async fn query(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        statement.storable()?;
        let mut again = true;
        loop {
            let connection = self.connection().await?;
            let Ok(answer) = tokio::time::timeout(self.patience, select(&connection, statement)).await else {
                return Err(given_up(connection));
            };
            match answer {
                Ok(rows) => return rows.iter().map(value::row).collect(),
                Err(error) if again && stale(&error) => {
                    again = false;
                    drop(Object::take(connection));
                }
                Err(error) => return Err(failure(0, &error)),
            }
        }
    }

    async fn commit_all(self, batch: Vec<Statement>) -> Result<(), StoreError> {
        let mut pause = RETRY_PAUSE;
        loop {
            let connection = self.connection().await?;
            let Ok(outcome) = tokio::time::timeout(self.patience, attempt(&connection, &batch)).await else {
                return Err(given_up(connection));
            };
            match outcome {
                Ok(()) => return Ok(()),
                Err(Refusal { error, usable }) => {
                    if !usable {
                        drop(Object::take(connection));
                    }
                    match error {
                        Cause::Guard { index } => return Err(StoreError::Lost { index }),
                        Cause::Engine { error, .. } if contended(&error) && pause <= RETRY_PAUSE_LAST => {
                            tokio::time::sleep(pause).await;
                            pause *= 2;
                        }
                        Cause::Engine { index, error } => return Err(failure(index, &error)),
                    }
                }
            }
        }
    }

    async fn connection(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|error| match error {
            deadpool_postgres::PoolError::Backend(error) => StoreError::Unavailable(described(&error)),
            other => StoreError::Unavailable(other.to_string()),
        })
    }
}

impl Driver for Postgres {
    fn read(&self, statement: Statement) -> Fut<'_, Vec<Row>> {
        Box::pin(async move { self.query(&statement).await })
    }

    fn commit(&self, batch: Vec<Statement>) -> Fut<'_, ()> {
        Box::pin(async move {
            batch.iter().try_for_each(Statement::storable)?;
            if batch.is_empty() {
                return Ok(());
            }
            let ended = tokio::spawn(self.clone().commit_all(batch)).await;
            ended.unwrap_or_else(|_| Err(StoreError::Unavailable("the commit was interrupted".to_owned())))
        })
    }

    fn migrate(&self, scripts: &'static [Script], now_us: i64) -> Fut<'_, ()> {
        Box::pin(migrate::run(self, scripts, now_us))
    }

    fn check(&self, scripts: &'static [Script]) -> Fut<'_, Pending> {
        Box::pin(migrate::check(self, scripts))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(async move {
            self.pool.close();
            Ok(())
        })
    }
}

/// Why an attempt wrote nothing, and whether its connection is fit for the next caller.
struct Refusal {
    error: Cause,
    usable: bool,
}

enum Cause {
    Guard { index: usize },
    Engine { index: usize, error: Error },
}

impl Cause {
    fn of(statement: &Statement, index: usize, outcome: Result<u64, Error>) -> Option<Self> {
        match outcome {
            Ok(affected) if statement.expect.holds(affected) => None,
            Ok(_) => Some(Self::Guard { index }),
            Err(error) => Some(Self::Engine { index, error }),
        }
    }
}

async fn select(connection: &Object, statement: &Statement) -> Result<Vec<tokio_postgres::Row>, Error> {
    let prepared = prepared(connection, statement).await?;
    let bound: Vec<Bound<'_>> = statement.values.iter().map(Bound).collect();
    let values: Vec<_> = bound.iter().map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
    connection.query(&prepared, &values).await
}

/// Texts of the program are prepared once per connection. Texts made at run time are not kept: their number has no
/// bound, and neither has the cache.
async fn prepared(connection: &Object, statement: &Statement) -> Result<tokio_postgres::Statement, Error> {
    match &statement.sql {
        Cow::Borrowed(sql) => connection.prepare_cached(sql).await,
        Cow::Owned(sql) => connection.prepare(sql).await,
    }
}

async fn attempt(connection: &Object, batch: &[Statement]) -> Result<(), Refusal> {
    let mut all = Vec::with_capacity(batch.len());
    for (index, statement) in batch.iter().enumerate() {
        let prepared = prepared(connection, statement).await;
        all.push(prepared.map_err(|error| Refusal { usable: !stale(&error), error: Cause::Engine { index, error } })?);
    }
    if let ([statement], [prepared]) = (batch, all.as_slice())
        && sound_alone(statement.expect)
    {
        let outcome = connection.execute_raw(prepared, statement.values.iter().map(Bound)).await;
        let refused = Cause::of(statement, 0, outcome);
        return refused.map_or(Ok(()), |error| Err(Refusal { error, usable: true }));
    }
    let mut calls: Vec<Call<'_>> = Vec::with_capacity(batch.len() + 1);
    calls.push(Box::pin(async { connection.batch_execute("BEGIN").await.map(|()| 0) }));
    for (statement, prepared) in batch.iter().zip(&all) {
        calls.push(Box::pin(connection.execute_raw(prepared, statement.values.iter().map(Bound))));
    }
    let mut outcomes = pipelined(calls).await.into_iter();
    if let Some(Err(error)) = outcomes.next() {
        return Err(Refusal { error: Cause::Engine { index: 0, error }, usable: false });
    }
    // The first in order is the true cause: after an error PostgreSQL refuses the rest of the transaction.
    let refused =
        batch.iter().zip(outcomes).enumerate().find_map(|(index, (statement, got))| Cause::of(statement, index, got));
    match refused {
        Some(error) => Err(Refusal { error, usable: connection.batch_execute("ROLLBACK").await.is_ok() }),
        None => connection
            .batch_execute("COMMIT")
            .await
            .map_err(|error| Refusal { error: Cause::Engine { index: 0, error }, usable: false }),
    }
}

/// Whether a lost guard implies that nothing was written, so that one statement needs no transaction around it.
fn sound_alone(expect: Expect) -> bool {
    matches!(expect, Expect::Any | Expect::AtLeast(0 | 1))
}

type Call<'a> = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send + 'a>>;

/// Sends all calls in order before waiting for the answer to the first: a call is sent when first polled.
async fn pipelined(mut calls: Vec<Call<'_>>) -> Vec<Result<u64, Error>> {
    let mut outcomes: Vec<Option<Result<u64, Error>>> = Vec::new();
    outcomes.resize_with(calls.len(), || None);
    poll_fn(|context| {
        for (call, outcome) in calls.iter_mut().zip(&mut outcomes) {
            if let Poll::Ready(done) = call.as_mut().poll(context) {
                *outcome = Some(done);
            }
        }
        Poll::Ready(())
    })
    .await;
    let mut answers = Vec::with_capacity(calls.len());
    for (call, outcome) in calls.into_iter().zip(outcomes) {
        answers.push(match outcome {
            Some(done) => done,
            None => call.await,
        });
    }
    answers
}

/// A connection in the middle of something is not lent out again.
fn given_up(connection: Object) -> StoreError {
    drop(Object::take(connection));
    StoreError::Unavailable("the database did not answer in time".to_owned())
}

/// The connection broke while it lay in the pool, or its prepared statement predates a migration: another one may do.
fn stale(error: &Error) -> bool {
    error.is_closed() || error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) || is_io(error)
}

/// Two transactions stood in each other's way; the engine rolled this one back and a new attempt can succeed.
fn contended(error: &Error) -> bool {
    matches!(error.code(), Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)))
}

/// What an error of statement `index` means to the caller. DETAIL is never used: it quotes values.
fn failure(index: usize, error: &Error) -> StoreError {
    let Some(database) = error.as_db_error() else {
        let lost = error.is_closed() || is_io(error);
        let text = described(error);
        return if lost { StoreError::Unavailable(text) } else { StoreError::Corrupt(text) };
    };
    let code = database.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return StoreError::Conflict { constraint: database.constraint().unwrap_or("unnamed").to_owned() };
    }
    // The row referred to was there when the caller decided: a lost race like any other.
    if *code == SqlState::FOREIGN_KEY_VIOLATION {
        return StoreError::Lost { index };
    }
    let text = described(error);
    // Connection, transaction rolled back, resources, not in prerequisite state, operator intervention, system.
    let passing = ["08", "25006", "40", "53", "55", "57", "58"].iter().any(|class| code.code().starts_with(class));
    if passing { StoreError::Unavailable(text) } else { StoreError::Corrupt(format!("statement {index}: {text}")) }
}

fn is_io(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

fn described(error: &Error) -> String {
    match error.as_db_error() {
        // Messages of class 22 (data exception) quote the offending value.
        Some(database) if database.code().code().starts_with("22") => format!("SQLSTATE {}", database.code().code()),
        Some(database) => format!("SQLSTATE {}: {}", database.code().code(), database.message()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

const RETRY_PAUSE: Duration = Duration::from_millis(5);
/// After 5, 10, 20, 40 and 80 ms the caller is told.
const RETRY_PAUSE_LAST: Duration = Duration::from_millis(80);
