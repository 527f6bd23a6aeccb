//! One batch on one connection: BEGIN and all statements in one go, a look at what each touched, then COMMIT or ROLLBACK.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_postgres::Error;

use super::failure::{failure, unanswered};
use super::generation::Fate;
use super::lane::Terms;
use super::link::{Link, Text};
use super::value::Bound;
use crate::driver::{Expect, Statement, StoreError};

/// Why an attempt wrote nothing, or may have, and what is to become of its connection.
pub(super) struct Refusal {
    pub(super) error: Cause,
    pub(super) fate: Fate,
}

pub(super) enum Cause {
    Guard {
        index: usize,
    },
    Engine {
        index: usize,
        error: Error,
    },
    /// Nothing came before the commit was sent.
    Silence,
    /// Nothing came after it: it may have happened or not.
    Unknown(StoreError),
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

impl Refusal {
    fn of(index: usize, error: Error) -> Self {
        Self { fate: Fate::of(&error), error: Cause::Engine { index, error } }
    }

    /// What came, or did not, after the statement that commits was sent: an answer of the server is a definite no.
    fn at_commit(answer: Result<Result<u64, Error>, Elapsed>, silent: impl FnOnce() -> Fate) -> Result<u64, Self> {
        match answer {
            Ok(Ok(affected)) => Ok(affected),
            Ok(Err(error)) if error.as_db_error().is_some() => Err(Self::of(0, error)),
            Ok(Err(error)) => Err(Self { error: Cause::Unknown(failure(0, &error)), fate: Fate::of(&error) }),
            Err(_) => Err(Self { error: Cause::Unknown(unanswered()), fate: silent() }),
        }
    }
}

/// Runs a batch, each of the two steps within its time: all until the commit is sent, and the commit.
pub(super) async fn attempt(connection: &Link, batch: &[Statement], terms: &Terms) -> Result<(), Refusal> {
    let begun = Instant::now();
    let silence = |_| Refusal { error: Cause::Silence, fate: terms.silent(begun) };
    let all = timeout(terms.left(), prepare(connection, batch)).await.map_err(silence)??;
    if let ([statement], [(text, values)]) = (batch, all.as_slice())
        && sound_alone(statement.expect)
    {
        let sent = Instant::now();
        let run = connection.execute(text, values);
        let affected = Refusal::at_commit(timeout(terms.left(), run).await, || terms.silent(sent))?;
        let refused = Cause::of(statement, 0, Ok(affected));
        return refused.map_or(Ok(()), |error| Err(Refusal { error, fate: Fate::Fit }));
    }
    let mut calls: Vec<Call<'_>> = Vec::with_capacity(batch.len() + 1);
    calls.push(Box::pin(async { connection.batch_execute("BEGIN").await.map(|()| 0) }));
    calls.extend(all.iter().map(|(text, values)| Box::pin(connection.execute(text, values)) as Call<'_>));
    let mut outcomes = timeout(terms.left(), pipelined(calls)).await.map_err(silence)?.into_iter();
    if let Some(Err(error)) = outcomes.next() {
        let fate = Some(Fate::of(&error)).filter(|fate| *fate != Fate::Fit).unwrap_or(Fate::Unfit);
        return Err(Refusal { error: Cause::Engine { index: 0, error }, fate });
    }
    // The first in order is the true cause: after an error PostgreSQL refuses the rest of the transaction.
    let refused =
        batch.iter().zip(outcomes).enumerate().find_map(|(index, (statement, got))| Cause::of(statement, index, got));
    if let Some(error) = refused {
        return Err(Refusal { fate: undo(connection, &error).await, error });
    }
    let sent = Instant::now();
    let commit = async { connection.batch_execute("COMMIT").await.map(|()| 0) };
    Refusal::at_commit(timeout(terms.left(), commit).await, || terms.silent(sent)).map(drop)
}

async fn prepare<'a>(connection: &Link, batch: &'a [Statement]) -> Result<Vec<(Text, Vec<Bound<'a>>)>, Refusal> {
    let mut all = Vec::with_capacity(batch.len());
    for (index, statement) in batch.iter().enumerate() {
        let text = connection.prepare(statement).await.map_err(|error| Refusal::of(index, error))?;
        all.push((text, statement.values.iter().map(Bound).collect()));
    }
    Ok(all)
}

/// Ends a transaction of which nothing is kept.
async fn undo(connection: &Link, cause: &Cause) -> Fate {
    let fate = match cause {
        Cause::Engine { error, .. } => Fate::of(error),
        _ => Fate::Fit,
    };
    if fate != Fate::Fit {
        return fate;
    }
    rolled_back(connection).await
}

/// Ends a transaction of which nothing is kept, on a connection of which nothing bad is known.
pub(super) async fn rolled_back(connection: &Link) -> Fate {
    let begun = Instant::now();
    match timeout(ROLLBACK, connection.batch_execute("ROLLBACK")).await {
        Ok(Ok(())) => Fate::Fit,
        Ok(Err(error)) => Some(Fate::of(&error)).filter(|fate| *fate != Fate::Fit).unwrap_or(Fate::Unfit),
        Err(_) => Fate::Silent(begun),
    }
}

/// Whether a lost guard implies that nothing was written, so that one statement needs no transaction around it.
pub(super) fn sound_alone(expect: Expect) -> bool {
    matches!(expect, Expect::Any | Expect::AtLeast(0 | 1))
}

pub(super) type Call<'a> = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send + 'a>>;

/// Sends all calls in order before waiting for the answer to the first: a call is sent when first polled.
pub(super) async fn pipelined(mut calls: Vec<Call<'_>>) -> Vec<Result<u64, Error>> {
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

const ROLLBACK: Duration = Duration::from_secs(2);
