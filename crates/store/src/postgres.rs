//! PostgreSQL and engines that speak its protocol: a pool of connections, prepared statements, bounded retries.
//!
//! What comes at the same time shares a round trip: reads share a connection ([`readers`]), commits a transaction
//! ([`lane`]). Both cost the database and this process about the same for sixteen requests as for one.

mod attempt;
mod commit;
mod config;
mod failure;
mod generation;
mod hosts;
mod insert;
mod lane;
mod link;
mod pooler;
mod pulse;
mod readers;
mod together;
mod url;
mod value;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::{Pool, PoolError, TimeoutType};
use tokio_postgres::Error;

use crate::dialect::Dialect;
use crate::driver::{Driver, Extent, Fut, Listed, Manner, Options, Statement, StoreError, Work};
use crate::migrate::{self, Pending, Script};
use crate::patience::Wait;
use crate::row::Row;
use failure::{cancelled, described, failure, misnamed, turned_away, unanswered};
use generation::{Fate, Generation};
use hosts::Good;
use lane::Lane;
use link::Link;
use pooler::Pooler;
use pulse::Pulse;
use readers::{Readers, Shared};

pub(crate) use url::application;

/// A PostgreSQL database.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    pool: Pool,
    /// Connections of lists, which never take those of the other reads and of the commits.
    pages: Pool,
    scans: Pool,
    /// Whether somebody stands between this process and the database.
    pooler: Pooler,
    readers: Arc<Readers>,
    lane: Arc<Lane>,
    /// Commits that may wait for a group.
    queue: usize,
    generation: Generation,
    pulse: Arc<Pulse>,
    patience: Patience,
}

/// How long what may take.
#[derive(Clone, Copy, Debug)]
struct Patience {
    silence: Duration,
    commit: Duration,
    /// For what touches many rows.
    long: Duration,
}

impl Postgres {
    /// Prepares the pool for a `postgres://` URL; connects when first used.
    pub(crate) fn open(url: &str, options: &Options) -> Result<Self, StoreError> {
        let (generation, good, pooler) = (Generation::default(), Good::default(), Pooler::default());
        Ok(Self {
            pool: config::pool(url, options, None, &generation, &good, &pooler)?,
            pages: config::pool(url, options, Some(Extent::Page), &generation, &good, &pooler)?,
            scans: config::pool(url, options, Some(Extent::Scan), &generation, &good, &pooler)?,
            pooler,
            // Half of the pool at most, so that commits find a connection.
            readers: Arc::new(Readers::new(options.readers.min(options.pool / 2))),
            lane: Arc::default(),
            queue: options.queue.max(1),
            generation,
            pulse: Arc::default(),
            patience: Patience {
                silence: options.silence,
                commit: options.commit_timeout,
                long: options.statement_timeout,
            },
        })
    }

    /// Asks once more on another connection where the first says nothing, or breaks: a read changes nothing.
    async fn query(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        statement.storable()?;
        let wait = Wait::begin(self.patience.silence * 2 + CONNECTING);
        let mut again = true;
        loop {
            let shared = match &statement.sql {
                Cow::Borrowed(_) => self.readers.shared(self.connection(wait.until), &self.generation).await?,
                Cow::Owned(_) => Shared::alone(self.connection(wait.until).await?),
            };
            let (fate, error) = match self.answer(&shared, statement, wait.until).await {
                Ok(Ok(rows)) => {
                    wait.answered();
                    return rows.iter().map(value::row).collect();
                }
                Ok(Err(error)) => {
                    if misnamed(&error) {
                        self.pooler.found();
                    }
                    (Fate::of(&error), failure(0, &error))
                }
                Err(fate) => (fate, unanswered()),
            };
            if fate != Fate::Fit {
                shared.give_up();
                self.learn(fate);
            }
            if !again || !fate.suggests_another() {
                return Err(error);
            }
            again = false;
        }
    }

    /// In one transaction, which sees what was committed before its first query.
    async fn query_together(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        statements.iter().try_for_each(Statement::storable)?;
        let wait = Wait::begin(self.patience.silence * 2 + CONNECTING);
        let connection = self.connection(wait.until).await?;
        let begun = Instant::now();
        let all = async {
            let mut all = Vec::with_capacity(statements.len());
            connection.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
            for statement in statements {
                all.push(connection.rows(statement).await?);
            }
            connection.batch_execute("COMMIT").await?;
            Ok::<_, Error>(all)
        };
        let (fate, error) = match tokio::time::timeout_at(wait.until.into(), all).await {
            Ok(Ok(all)) => {
                wait.answered();
                return all.iter().map(|rows| rows.iter().map(value::row).collect()).collect();
            }
            // Its transaction is open still.
            Ok(Err(error)) => (Some(Fate::of(&error)).filter(|fate| *fate != Fate::Fit), failure(0, &error)),
            Err(_) => (Some(Fate::Silent(begun)), unanswered()),
        };
        self.part(connection, fate.unwrap_or(Fate::Unfit));
        Err(error)
    }

    /// What a connection answers. It is silent when it answers nobody of those who share it.
    async fn answer(
        &self,
        shared: &Shared,
        statement: &Statement,
        until: Instant,
    ) -> Result<Result<Vec<tokio_postgres::Row>, Error>, Fate> {
        let connection = shared.connection().ok_or(Fate::Unfit)?;
        let begun = Instant::now();
        let mut asked = std::pin::pin!(connection.rows(statement));
        let mut silent = begun + self.patience.silence;
        loop {
            if let Ok(answer) = tokio::time::timeout_at(silent.min(until).into(), &mut asked).await {
                shared.answered();
                return Ok(answer);
            }
            let heard = shared.heard().max(begun);
            if until <= Instant::now() {
                return Err(Fate::Unfit);
            }
            if heard + self.patience.silence <= Instant::now() {
                return Err(Fate::Silent(heard));
            }
            silent = heard + self.patience.silence;
        }
    }

    /// A read that may be long. The database gives it up in time, whether anybody still waits or not.
    async fn query_list(&self, statement: &Statement, work: Work) -> Result<Listed, StoreError> {
        statement.storable()?;
        let pool = match work.extent {
            Extent::Page => &self.pages,
            Extent::Scan => &self.scans,
        };
        let mut again = true;
        loop {
            let object = pool.get().await.map_err(|error| match error {
                // Others read lists on all of them: nothing is wrong with the database.
                PoolError::Timeout(TimeoutType::Wait) => StoreError::Crowded,
                error => unconnected(error),
            })?;
            let connection = Link::new(object, false);
            let begun = Instant::now();
            // What is set holds for the transaction alone: where a pooler is, the next one is somebody else's.
            let opening =
                format!("BEGIN READ ONLY; SET LOCAL statement_timeout = {}; {BY_INDEX}", work.time.as_millis().max(1));
            let bounded = async {
                // In this order, on one way, and all of it sent whoever gives up: nobody finds the transaction still open.
                let (set, rows, _) = tokio::join!(
                    biased;
                    connection.batch_execute(&opening),
                    connection.rows_of_whole(&statement.sql, &statement.values),
                    connection.batch_execute("COMMIT"),
                );
                set.and(rows)
            };
            let (fate, error) = match tokio::time::timeout(work.time + self.patience.silence, bounded).await {
                Ok(Ok(rows)) => {
                    let rows = rows.iter().map(value::row).collect::<Result<_, _>>()?;
                    return Ok(Listed { rows, took: begun.elapsed() });
                }
                Ok(Err(error)) if cancelled(&error) => return Err(StoreError::TooLong),
                Ok(Err(error)) => (Fate::of(&error), failure(0, &error)),
                Err(_) => (Fate::Silent(begun), unanswered()),
            };
            self.part(connection, fate);
            if !again || !fate.suggests_another() {
                return Err(error);
            }
            again = false;
        }
    }

    /// Lends out a connection, or waits for one until then.
    async fn connection(&self, until: Instant) -> Result<Link, StoreError> {
        match tokio::time::timeout_at(until.into(), self.pool.get()).await {
            // The look at a new one comes before this.
            Ok(lent) => Ok(Link::new(lent.map_err(unconnected)?, !self.pooler.stands_between())),
            Err(_) => Err(unanswered()),
        }
    }

    /// Gives a connection back, or up.
    fn part(&self, connection: Link, fate: Fate) {
        if fate != Fate::Fit {
            connection.close();
            self.learn(fate);
        }
    }

    /// What became of one connection may be told of others.
    fn learn(&self, fate: Fate) {
        if self.generation.learn(fate) {
            for pool in [&self.pool, &self.pages, &self.scans] {
                pool.retain(|_, metrics| !self.generation.is_past(metrics.created));
            }
        }
    }

    /// A database that answers reads may still be none to write to.
    async fn is_ready(&self) -> Result<(), StoreError> {
        let sql = "SELECT current_setting('transaction_read_only') FROM change_counter WHERE id = 1";
        let rows = self.query(&Statement::new(sql, vec![])).await?;
        if rows.first().is_some_and(|row| row.text(0) == Ok("on")) {
            self.learn(Fate::ReadOnly);
            return Err(StoreError::Unavailable("the server is read-only".to_owned()));
        }
        if self.pulse.is_in_doubt() {
            let sql = "UPDATE change_counter SET value = value WHERE id = 1";
            self.commit(vec![Statement::new(sql, vec![])]).await?;
        }
        Ok(())
    }
}

fn unconnected(error: PoolError) -> StoreError {
    StoreError::Unavailable(match error {
        PoolError::Backend(error) => described(&error),
        other => other.to_string(),
    })
}

impl Postgres {
    /// Refuses an account that the server refuses, and a database that it does not have: asking again does not help.
    async fn is_let_in(&self) -> Result<(), StoreError> {
        match self.pool.get().await {
            Err(PoolError::Backend(error)) if turned_away(&error) => {
                Err(StoreError::Unsuitable(format!("the server refuses it: {}", described(&error))))
            }
            // What else is wrong is found by whoever asks next.
            _ => Ok(()),
        }
    }

    /// Refuses a database that cannot hold every text: a name in another script would fail long after the start.
    async fn holds_every_text(&self) -> Result<(), StoreError> {
        self.is_let_in().await?;
        let rows = self.query(&Statement::new("SELECT current_setting('server_encoding')", vec![])).await?;
        let encoding = rows.first().map_or(Ok(""), |row| row.text(0))?;
        // SQL_ASCII takes octets as they come, and all that come are UTF-8.
        if matches!(encoding, "UTF8" | "SQL_ASCII") {
            return Ok(());
        }
        Err(StoreError::Unsuitable(format!(
            "the database's encoding is {encoding}, which cannot hold every text: make one with \
             CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )))
    }
}

impl Driver for Postgres {
    fn read(&self, statement: Statement) -> Fut<'_, Vec<Row>> {
        Box::pin(async move { self.query(&statement).await })
    }

    fn read_together(&self, statements: Vec<Statement>) -> Fut<'_, Vec<Vec<Row>>> {
        Box::pin(async move { self.query_together(&statements).await })
    }

    fn list(&self, statement: Statement, work: Work) -> Fut<'_, Listed> {
        Box::pin(async move { self.query_list(&statement, work).await })
    }

    fn commit_as(&self, batch: Vec<Statement>, manner: Manner) -> Fut<'_, ()> {
        Box::pin(async move {
            batch.iter().try_for_each(Statement::storable)?;
            if batch.is_empty() {
                return Ok(());
            }
            let beat = self.pulse.begin();
            let outcome = self.commit_batch(batch, manner).await;
            beat.end(&outcome);
            outcome
        })
    }

    fn ready(&self) -> Fut<'_, ()> {
        Box::pin(self.is_ready())
    }

    fn breaks(&self) -> u64 {
        self.generation.breaks()
    }

    fn migrate(&self, scripts: &'static [Script], now_us: i64) -> Fut<'_, ()> {
        let patience = Patience { silence: MIGRATION, commit: MIGRATION, long: MIGRATION };
        let patient = Self { patience, ..self.clone() };
        Box::pin(async move {
            patient.holds_every_text().await?;
            migrate::run(&patient, scripts, now_us).await
        })
    }

    fn check(&self, scripts: &'static [Script]) -> Fut<'_, Pending> {
        Box::pin(async move {
            self.holds_every_text().await?;
            migrate::check(self, scripts).await
        })
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(async move {
            self.lane.close().await;
            for pool in [&self.pool, &self.pages, &self.scans] {
                pool.close();
            }
            Ok(())
        })
    }
}

/// A list goes by the indices made for it: never by sorting what a whole table holds, and not spread over several processes, which
/// would take the cores that requests need.
const BY_INDEX: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL max_parallel_workers_per_gather = 0; \
     SET LOCAL jit = off";
/// A schema change, such as an index of many rows, takes as long as it takes: given up, it would have to begin anew.
const MIGRATION: Duration = Duration::from_hours(24);
/// What reads have for connecting, beside the two times that they may wait for an answer.
const CONNECTING: Duration = Duration::from_millis(500);
