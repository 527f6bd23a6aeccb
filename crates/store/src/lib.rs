//! Storage: one SQL text on SQLite and PostgreSQL, one write path.
//!
//! [`Store::commit`] is the only write. Every read takes the environment first, except where an operator reads across them.

mod commit;
mod copied;
mod dialect;
mod driver;
mod endings;
mod expire;
mod filling;
mod kinds;
mod list;
mod migrate;
mod patience;
mod postgres;
mod purge;
mod read;
mod row;
mod shape;
mod shapes;
mod shares;
mod sqlite;

// What the base of the suites calls this crate.
#[cfg(test)]
extern crate self as store;

use std::ops::Deref;
use std::sync::Arc;

use list::Times;
use protocol::time::Time;
use shares::Shares;

pub use copied::Copied;
pub use dialect::{Dialect, placeholders};
pub use driver::{Driver, Expect, Extent, Fut, Listed, Manner, Options, Statement, StoreError, Work, open};
pub use expire::{Expiring, Whose};
pub use filling::Filled;
pub use kinds::taken;
pub use list::{COUNTED, List, Page, Start};
pub use migrate::{Pending, Script};
pub use patience::within;
pub use read::{GroupNamed, IssuedCode, IssuedRefreshToken, Nesting, Revisions, SealedWalk, UnusedClient, is_news};
pub use row::{Row, Value};
pub use sqlite::{Inline, Note, copy, file_of, take_note};

/// The constraint that a value runs into which no two users of an environment have.
pub const VALUE_TAKEN: &str = "user_values_sole";
/// The constraint that a taken user name runs into.
pub const USERNAME_TAKEN: &str = "users_environment_id_username_key_key";
/// The constraint that a taken client id runs into.
pub const CLIENT_ID_TAKEN: &str = "applications_environment_id_client_id_key";

/// A database with this server's tables, to be read. Clones share it.
#[derive(Clone, Debug)]
pub struct Reads {
    driver: Arc<dyn Driver>,
    shares: Arc<Shares>,
    times: Times,
    /// The filters of groups, as they were read last.
    filters: Arc<read::Kept>,
    /// Which part of every counter this process writes.
    slot: i64,
}

/// The same, also to be written: what holds only [`Reads`] cannot come to this. It reads as well.
#[derive(Clone, Debug)]
pub struct Store(Reads);

impl Deref for Store {
    type Target = Reads;

    fn deref(&self) -> &Reads {
        &self.0
    }
}

impl Store {
    /// Opens `sqlite:PATH`, `sqlite::memory:` or `postgres://…`. No table is touched before [`Store::migrate`].
    pub fn open(url: &str, options: &Options) -> Result<Self, StoreError> {
        Ok(Self::over(open(url, options)?.into(), options))
    }

    /// A store on a driver that somebody else opened, or that stands before one. It has no pools of its own.
    pub fn over(driver: Arc<dyn Driver>, options: &Options) -> Self {
        let slot = driver.dialect().slot();
        Self(Reads {
            driver,
            shares: Arc::new(Shares::of(options)),
            times: Times::of(options),
            filters: Arc::default(),
            slot,
        })
    }

    /// Whether a URL can be opened, without connecting and without making a file.
    ///
    /// # Errors
    /// [`StoreError::Unsuitable`] with what is not understood in it.
    pub fn check_url(url: &str) -> Result<(), StoreError> {
        driver::check_url(url)
    }

    /// Brings the tables to this version.
    pub async fn migrate(&self, now: Time) -> Result<(), StoreError> {
        self.driver().migrate(SCRIPTS, now.0).await
    }

    /// Finishes what is queued and closes the database.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.driver().close().await
    }

    /// The same database, to be read only.
    pub fn reads(&self) -> &Reads {
        &self.0
    }
}

impl Reads {
    /// Which migrations are missing or were changed.
    pub async fn check(&self) -> Result<Pending, StoreError> {
        self.driver.check(SCRIPTS).await
    }

    /// Whether the database answers and takes what is written.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.driver.ready().await
    }

    /// How often connections to the database were lost. What was read before the last time may be of a history that is gone.
    pub fn breaks(&self) -> u64 {
        self.driver.breaks()
    }

    /// How many lists were told to come back by a bound of this kind.
    pub fn lists_turned_away(&self, by: admission::Level) -> u64 {
        self.shares.turned_away(by)
    }

    pub fn dialect(&self) -> Dialect {
        self.driver.dialect()
    }

    fn driver(&self) -> &dyn Driver {
        &*self.driver
    }

    async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let read = self.driver.read(Statement::new(sql, values));
        match self.dialect() {
            // Done by the thread that asks.
            Dialect::Sqlite => read.await,
            Dialect::Postgres => admission::reading(read).await,
        }
    }

    async fn first(&self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }
}

// What the folder of migrations holds, in order.
include!(concat!(env!("OUT_DIR"), "/scripts.rs"));
