//! Several batches in one transaction, for the price of about one.
//!
//! What each batch reads or guards runs in the batches' order. The plain inserts at a batch's end run after all of
//! that, those of one table in one statement: no statement of the same batch comes after them. A batch that ends what another makes
//! would not see it here, and is no part of this ([`crate::driver::Manner::alone`]). The first thing that goes wrong undoes
//! everything; then the caller runs each batch by itself, which tells whose fault it was.

use std::time::{Duration, Instant};

use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_postgres::Error;

use super::attempt::{Call, pipelined, rolled_back, sound_alone};
use super::failure::{failure, unanswered};
use super::generation::Fate;
use super::insert;
use super::link::{Link, Text};
use super::value::Bound;
use crate::driver::{Expect, Statement, StoreError};

/// Why the batches were not committed together, and what is to become of the connection.
pub(super) enum Trouble {
    /// Nothing was written.
    Undone(Fate),
    /// The connection broke or fell silent at the commit: it may have happened or not.
    Unknown(StoreError, Fate),
}

impl Trouble {
    pub(super) fn fate(&self) -> Fate {
        match self {
            Self::Undone(fate) | Self::Unknown(_, fate) => *fate,
        }
    }

    /// What came, or did not, after the statement that commits was sent: an answer of the server is a definite no.
    fn at_commit<T>(answer: Result<Result<T, Error>, Elapsed>, sent: Instant) -> Result<T, Self> {
        match answer {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) if error.as_db_error().is_some() => Err(Self::Undone(Fate::of(&error))),
            Ok(Err(error)) => Err(Self::Unknown(failure(0, &error), Fate::of(&error))),
            Err(_) => Err(Self::Unknown(unanswered(), Fate::Silent(sent))),
        }
    }
}

/// Commits all batches or none, each of the two steps within its time: all until the commit is sent, and the commit.
pub(super) async fn together(connection: &Link, batches: &[&[Statement]], step: Duration) -> Result<(), Trouble> {
    let begun = Instant::now();
    let silence = |_| Trouble::Undone(Fate::Silent(begun));
    let planned = timeout(step, plan(connection, batches)).await.map_err(silence)?;
    let steps = planned.map_err(|error| Trouble::Undone(Fate::of(&error)))?;
    if let [only] = steps.as_slice()
        && sound_alone(only.expect)
    {
        let sent = Instant::now();
        let affected = Trouble::at_commit(timeout(step, only.run(connection)).await, sent)?;
        return if only.expect.holds(affected) { Ok(()) } else { Err(Trouble::Undone(Fate::Fit)) };
    }
    let mut calls: Vec<Call<'_>> = Vec::with_capacity(steps.len() + 1);
    calls.push(Box::pin(async { connection.batch_execute("BEGIN").await.map(|()| 0) }));
    calls.extend(steps.iter().map(|step| Box::pin(step.run(connection)) as Call<'_>));
    // One row that another process has locked must not hold up everybody else for long.
    let left = step.saturating_sub(begun.elapsed());
    let outcomes = timeout(left, pipelined(calls)).await.map_err(silence)?;
    if let Some(error) = outcomes.iter().find_map(|got| got.as_ref().err().filter(|e| Fate::of(e) != Fate::Fit)) {
        return Err(Trouble::Undone(Fate::of(error)));
    }
    let mut outcomes = outcomes.into_iter();
    let begun = outcomes.next().is_some_and(|begun| begun.is_ok());
    let held = begun && steps.iter().zip(outcomes).all(|(step, got)| got.is_ok_and(|rows| step.expect.holds(rows)));
    if !held {
        return Err(Trouble::Undone(rolled_back(connection).await));
    }
    let sent = Instant::now();
    Trouble::at_commit(timeout(step, connection.batch_execute("COMMIT")).await, sent)
}

/// One statement on its way: a batch's own, or the inserts of several rows.
struct Step<'a> {
    expect: Expect,
    work: Work<'a>,
}

enum Work<'a> {
    Row(Text, Vec<Bound<'a>>),
    /// One array per parameter, whose types the prepared statement knows.
    Columns(tokio_postgres::Statement, Vec<Vec<Bound<'a>>>),
}

impl Step<'_> {
    async fn run(&self, connection: &Link) -> Result<u64, Error> {
        match &self.work {
            Work::Row(text, values) => connection.execute(text, values).await,
            Work::Columns(statement, columns) => connection.execute_raw(statement, columns).await,
        }
    }
}

/// The plain inserts of one table.
struct Rows<'a> {
    head: &'static str,
    rows: Vec<&'a Statement>,
}

/// The steps in their order: what reads or guards, then the inserts.
async fn plan<'a>(connection: &Link, batches: &[&'a [Statement]]) -> Result<Vec<Step<'a>>, Error> {
    let mut steps = Vec::new();
    let mut tables: Vec<Rows<'a>> = Vec::new();
    let mut heads = insert::Heads::default();
    for batch in batches {
        let plain = batch.iter().rev().take_while(|statement| heads.of(statement).is_some()).count();
        let (before, inserts) = batch.split_at(batch.len() - plain);
        for statement in before {
            steps.push(single(connection, statement).await?);
        }
        for statement in inserts {
            let Some(head) = heads.of(statement) else { continue };
            match tables.iter_mut().find(|table| std::ptr::eq(table.head, head) || table.head == head) {
                Some(table) => table.rows.push(statement),
                None => tables.push(Rows { head, rows: vec![statement] }),
            }
        }
    }
    for Rows { head, rows } in &tables {
        if rows.len() > 1 && connection.keeps() {
            steps.push(many(connection, head, rows).await?);
            continue;
        }
        for statement in rows {
            steps.push(single(connection, statement).await?);
        }
    }
    Ok(steps)
}

async fn single<'a>(connection: &Link, statement: &'a Statement) -> Result<Step<'a>, Error> {
    let text = connection.prepare(statement).await?;
    let values = statement.values.iter().map(Bound).collect();
    Ok(Step { expect: statement.expect, work: Work::Row(text, values) })
}

async fn many<'a>(connection: &Link, head: &str, rows: &[&'a Statement]) -> Result<Step<'a>, Error> {
    // The server tells the columns' types for a row's statement; an array's element has to be named.
    let of_one = connection.prepare_cached(&rows[0].sql).await?;
    let prepared = connection.prepare_cached(&insert::of_many(head, of_one.params())).await?;
    let columns = (0..of_one.params().len()).map(|column| rows.iter().map(|row| Bound(&row.values[column])).collect());
    Ok(Step { expect: Expect::Any, work: Work::Columns(prepared, columns.collect()) })
}
