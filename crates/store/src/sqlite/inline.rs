//! A database in memory whose every call is done by its caller's thread, at once: for runs that have to be the same each time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::statement::{self, unavailable};
use super::{CACHE_KIB_WRITER, closed, prepare};
use crate::dialect::Dialect;
use crate::driver::{Driver, Fut, Listed, Manner, Statement, StoreError, Work};
use crate::row::Row;

/// One connection, no threads, no waiting; gone when it is dropped. What of its own time the machine takes for a call is told to
/// nobody: a list took none.
#[derive(Debug)]
pub struct Inline {
    /// Emptied by `close`.
    connection: Mutex<Option<Connection>>,
}

impl Inline {
    /// An empty database.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no memory for one.
    pub fn new() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(|error| unavailable(&error))?;
        Self::of(connection)
    }

    /// Another database that holds what this one does now.
    ///
    /// # Errors
    /// As [`Inline::new`]; that this one is closed.
    pub fn copied(&self) -> Result<Self, StoreError> {
        let own = self.own();
        let from = own.as_ref().ok_or_else(closed)?;
        let mut to = Connection::open_in_memory().map_err(|error| unavailable(&error))?;
        let copied = Backup::new(from, &mut to).and_then(|backup| backup.step(-1));
        if copied.map_err(|error| unavailable(&error))? != StepResult::Done {
            return Err(StoreError::Unavailable("the copy is not whole".to_owned()));
        }
        Self::of(to)
    }

    fn of(connection: Connection) -> Result<Self, StoreError> {
        let prepared = prepare(&connection, CACHE_KIB_WRITER, false).and_then(|()| read_only(&connection, true));
        prepared.map_err(|error| unavailable(&error))?;
        Ok(Self { connection: Mutex::new(Some(connection)) })
    }

    /// As [`Driver::read`], at once.
    pub fn query(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        statement.storable()?;
        statement::query(self.own().as_ref().ok_or_else(closed)?, statement)
    }

    /// As [`Driver::commit_as`], at once.
    pub fn write(&self, batch: &[Statement]) -> Result<(), StoreError> {
        batch.iter().try_for_each(Statement::storable)?;
        let own = self.own();
        let connection = own.as_ref().ok_or_else(closed)?;
        let execute = |sql| connection.execute_batch(sql).map_err(|error| unavailable(&error));
        read_only(connection, false).map_err(|error| unavailable(&error))?;
        execute("BEGIN IMMEDIATE")?;
        let outcome = statement::run(connection, batch).and_then(|()| execute("COMMIT"));
        // Also where it was the COMMIT that failed.
        if !connection.is_autocommit() {
            execute("ROLLBACK")?;
        }
        read_only(connection, true).map_err(|error| unavailable(&error))?;
        outcome
    }

    fn own(&self) -> MutexGuard<'_, Option<Connection>> {
        // A panic under the lock leaves at most a transaction open, and then every later call fails.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads write nothing, as on the connections that the other driver has for them.
fn read_only(connection: &Connection, only: bool) -> rusqlite::Result<()> {
    connection.pragma_update(None, "query_only", only)
}

impl Driver for Inline {
    fn read(&self, statement: Statement) -> Fut<'_, Vec<Row>> {
        Box::pin(async move { self.query(&statement) })
    }

    fn list(&self, statement: Statement, _: Work) -> Fut<'_, Listed> {
        Box::pin(async move { Ok(Listed { rows: self.query(&statement)?, took: Duration::ZERO }) })
    }

    fn commit_as(&self, batch: Vec<Statement>, _: Manner) -> Fut<'_, ()> {
        Box::pin(async move { self.write(&batch) })
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(async move {
            drop(self.own().take());
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_fails_leaves_nothing_open() {
        let inline = Inline::new().unwrap();
        let write = |sql: &'static str| inline.write(&[Statement::new(sql, vec![])]);
        write("CREATE TABLE one (id INTEGER PRIMARY KEY)").unwrap();
        write("CREATE TABLE other (one INTEGER REFERENCES one (id) DEFERRABLE INITIALLY DEFERRED)").unwrap();
        assert!(write("INSERT INTO other VALUES (1)").is_err(), "looked at when it is committed");
        let other = Statement::new("SELECT one FROM other", vec![]);
        assert_eq!(inline.query(&other).unwrap().len(), 0);
        let writes = Statement::new("INSERT INTO one VALUES (1) RETURNING id", vec![]);
        assert!(inline.query(&writes).is_err(), "a read writes nothing");
        write("INSERT INTO one VALUES (2)").unwrap();
    }
}
