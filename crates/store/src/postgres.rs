//! PostgreSQL and engines that speak its protocol: a pool of connections, prepared statements, bounded retries.
//!
//! What comes at the same time shares a round trip: reads share a connection ([`readers`]), commits a transaction
//! ([`lane`]). Both cost the database and this process about the same for sixteen requests as for one.

mod attempt;
mod commit;
mod config;
mod failure;
mod insert;
mod lane;
mod link;
mod pooler;
mod readers;
mod together;
mod url;
mod value;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::{Pool, PoolError, TimeoutType};

use crate::dialect::Dialect;
use crate::driver::{Driver, Extent, Fut, Listed, Options, Statement, StoreError, Work};
use crate::migrate::{self, Pending, Script};
use crate::row::Row;
use failure::{cancelled, described, failure, given_up, misnamed, stale};
use lane::Lane;
use link::Link;
use pooler::Pooler;
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
    patience: Duration,
}

impl Postgres {
    /// Prepares the pool for a `postgres://` URL; connects when first used.
    pub(crate) fn open(url: &str, options: &Options) -> Result<Self, StoreError> {
        let pooler = Pooler::default();
        Ok(Self {
            pool: config::pool(url, options, None, &pooler)?,
            pages: config::pool(url, options, Some(Extent::Page), &pooler)?,
            scans: config::pool(url, options, Some(Extent::Scan), &pooler)?,
            pooler,
            // Half of the pool at most, so that commits find a connection.
            readers: Arc::new(Readers::new(options.readers.min(options.pool / 2))),
            lane: Arc::default(),
            queue: options.queue.max(1),
            patience: options.statement_timeout,
        })
    }

    async fn query(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        statement.storable()?;
        let mut again = true;
        loop {
            let shared = match &statement.sql {
                Cow::Borrowed(_) => self.readers.shared(self.connection()).await?,
                Cow::Owned(_) => Shared::alone(self.connection().await?),
            };
            let connection = shared.connection().ok_or_else(|| StoreError::Unavailable("no connection".to_owned()))?;
            let Ok(answer) = tokio::time::timeout(self.patience, connection.rows(statement)).await else {
                shared.give_up();
                return Err(StoreError::Unavailable("the database did not answer in time".to_owned()));
            };
            match answer {
                Ok(rows) => return rows.iter().map(value::row).collect(),
                Err(error) if again && stale(&error) => {
                    again = false;
                    if misnamed(&error) {
                        self.pooler.found();
                    }
                    shared.give_up();
                }
                Err(error) => return Err(failure(0, &error)),
            }
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
            let Ok(answer) = tokio::time::timeout(self.patience, bounded).await else {
                return Err(given_up(connection));
            };
            match answer {
                Ok(rows) => {
                    let rows = rows.iter().map(value::row).collect::<Result<_, _>>()?;
                    return Ok(Listed { rows, took: begun.elapsed() });
                }
                Err(error) if again && stale(&error) => {
                    again = false;
                    connection.close();
                }
                Err(error) if cancelled(&error) => return Err(StoreError::TooLong),
                Err(error) => return Err(failure(0, &error)),
            }
        }
    }

    /// Lends out a connection, or waits for one.
    async fn connection(&self) -> Result<Link, StoreError> {
        let object = self.pool.get().await.map_err(unconnected)?;
        // The look at a new one comes before this.
        Ok(Link::new(object, !self.pooler.stands_between()))
    }
}

fn unconnected(error: PoolError) -> StoreError {
    StoreError::Unavailable(match error {
        PoolError::Backend(error) => described(&error),
        other => other.to_string(),
    })
}

impl Postgres {
    /// Refuses a database that cannot hold every text: a name in another script would fail long after the start.
    async fn holds_every_text(&self) -> Result<(), StoreError> {
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

    fn list(&self, statement: Statement, work: Work) -> Fut<'_, Listed> {
        Box::pin(async move { self.query_list(&statement, work).await })
    }

    fn commit(&self, batch: Vec<Statement>) -> Fut<'_, ()> {
        Box::pin(async move {
            batch.iter().try_for_each(Statement::storable)?;
            if batch.is_empty() { Ok(()) } else { self.commit_batch(batch).await }
        })
    }

    fn migrate(&self, scripts: &'static [Script], now_us: i64) -> Fut<'_, ()> {
        let patient = Self { patience: MIGRATION, ..self.clone() };
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
