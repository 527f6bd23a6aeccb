//! One batch on one connection: BEGIN and all statements in one go, a look at what each touched, then COMMIT or ROLLBACK.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use tokio_postgres::Error;

use super::failure::stale;
use super::link::Link;
use super::value::Bound;
use crate::driver::{Expect, Statement};

/// Why an attempt wrote nothing, and whether its connection is fit for the next caller.
pub(super) struct Refusal {
    pub(super) error: Cause,
    pub(super) usable: bool,
}

pub(super) enum Cause {
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

pub(super) async fn attempt(connection: &Link, batch: &[Statement]) -> Result<(), Refusal> {
    let mut all = Vec::with_capacity(batch.len());
    for (index, statement) in batch.iter().enumerate() {
        let ready = connection.prepare(statement).await;
        let text = ready.map_err(|error| Refusal { usable: !stale(&error), error: Cause::Engine { index, error } })?;
        all.push((text, statement.values.iter().map(Bound).collect::<Vec<_>>()));
    }
    if let ([statement], [(text, values)]) = (batch, all.as_slice())
        && sound_alone(statement.expect)
    {
        let outcome = connection.execute(text, values).await;
        let refused = Cause::of(statement, 0, outcome);
        return refused.map_or(Ok(()), |error| Err(Refusal { error, usable: true }));
    }
    let mut calls: Vec<Call<'_>> = Vec::with_capacity(batch.len() + 1);
    calls.push(Box::pin(async { connection.batch_execute("BEGIN").await.map(|()| 0) }));
    calls.extend(all.iter().map(|(text, values)| Box::pin(connection.execute(text, values)) as Call<'_>));
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
