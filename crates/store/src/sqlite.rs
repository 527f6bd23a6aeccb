//! SQLite: one thread writes, N connections read, and neither waits for the other (WAL).
//!
//! A read by a key runs on the calling thread. A point read of a cached page takes microseconds, less than handing it to a
//! thread and waking the caller again; there are as many connections as threads that run requests, and a read does not
//! await inside, so a free connection is always at hand. The price is that a read from a cold disk holds its thread.
//! What may be long, every list, runs on threads of its own ([`lists`]).

mod copy;
mod inline;
mod lists;
mod statement;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, TryLockError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::dialect::Dialect;
use crate::driver::{Driver, Fut, Listed, Manner, Options, Statement, StoreError, Work};
use crate::row::Row;
pub use copy::{Note, copy, take_note};
pub use inline::Inline;
use lists::Lists;
use statement::unavailable;
use writer::Writer;

/// A SQLite database: a file, or memory for development and tests.
#[derive(Debug)]
pub(crate) struct Sqlite {
    writer: Writer,
    lists: Lists,
    /// Emptied by `close`.
    readers: Vec<Mutex<Option<Connection>>>,
    next: AtomicUsize,
    /// Of a database in memory, where readers and the writer exclude each other: memory has no WAL.
    gate: Option<Gate>,
}

/// Held shared by readers and alone by the writer, so that neither polls for the other's lock.
type Gate = std::sync::Arc<RwLock<()>>;

impl Sqlite {
    /// Opens or creates the database of a `sqlite:` URL and starts its writer.
    pub(crate) fn open(url: &str, options: &Options) -> Result<Self, StoreError> {
        let place = Place::of_url(url)?;
        place.create()?;
        let gate = matches!(place, Place::Memory(_)).then(Gate::default);
        let writer = Writer::start(&place, gate.clone(), options.queue)?;
        let lists = Lists::start(&place, gate.as_ref(), options)?;
        let readers = (0..options.readers.max(1))
            .map(|_| {
                let connection = place.connect(CACHE_KIB_READER)?;
                connection.pragma_update(None, "query_only", true).map_err(|error| unavailable(&error))?;
                Ok(Mutex::new(Some(connection)))
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Self { writer, lists, readers, next: AtomicUsize::new(0), gate })
    }

    /// Whether the URL names a database, which is not opened.
    pub(crate) fn check_url(url: &str) -> Result<(), StoreError> {
        Place::of_url(url).map(drop)
    }

    fn query(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        statement.storable()?;
        // The lock guards no data, so a panic under it leaves nothing to mistrust.
        let _shared = self.gate.as_ref().map(|gate| gate.read().unwrap_or_else(PoisonError::into_inner));
        self.with_reader(|connection| statement::query(connection, statement))
    }

    /// In one transaction, which sees what was committed before it began.
    fn query_together(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        statements.iter().try_for_each(Statement::storable)?;
        let _shared = self.gate.as_ref().map(|gate| gate.read().unwrap_or_else(PoisonError::into_inner));
        self.with_reader(|connection| {
            let execute = |sql| connection.execute_batch(sql).map_err(|error| unavailable(&error));
            execute("BEGIN")?;
            let all = statements.iter().map(|statement| statement::query(connection, statement)).collect();
            execute("COMMIT")?;
            all
        })
    }

    /// Lends out a connection nobody uses, or waits for one when more threads read than there are connections.
    fn with_reader<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        // Of a database in memory the first that is free: what a connection has read and prepared is kept once more by each that is used.
        let turn = if self.gate.is_some() { 0 } else { self.next.fetch_add(1, Ordering::Relaxed) };
        let first = turn % self.readers.len();
        let (before, after) = self.readers.split_at(first);
        let free = after.iter().chain(before).find_map(|reader| match reader.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        let guard = free.unwrap_or_else(|| self.readers[first].lock().unwrap_or_else(PoisonError::into_inner));
        guard.as_ref().map_or_else(|| Err(closed()), read)
    }
}

impl Driver for Sqlite {
    fn read(&self, statement: Statement) -> Fut<'_, Vec<Row>> {
        Box::pin(async move { self.query(&statement) })
    }

    fn read_together(&self, statements: Vec<Statement>) -> Fut<'_, Vec<Vec<Row>>> {
        Box::pin(async move { self.query_together(&statements) })
    }

    fn list(&self, statement: Statement, work: Work) -> Fut<'_, Listed> {
        Box::pin(self.lists.read(statement, work))
    }

    fn commit_as(&self, batch: Vec<Statement>, _: Manner) -> Fut<'_, ()> {
        Box::pin(async move {
            batch.iter().try_for_each(Statement::storable)?;
            if batch.is_empty() { Ok(()) } else { self.writer.commit(batch).await }
        })
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(async move {
            self.lists.close();
            for reader in &self.readers {
                reader.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
            self.writer.close().await
        })
    }
}

/// The file of a `sqlite:` URL; None for another engine's, and for a database in memory.
pub fn file_of(url: &str) -> Option<&Path> {
    let path = url.starts_with("sqlite:").then(|| path_of(url))?;
    (!path.is_empty() && path != IN_MEMORY).then(|| Path::new(path))
}

fn path_of(url: &str) -> &str {
    url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or_default()
}

/// Where a database is.
#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    /// A name in SQLite's `memdb` file system, shared by the connections of this process.
    Memory(String),
}

impl Place {
    fn of_url(url: &str) -> Result<Self, StoreError> {
        let wrong = |what: &str| Err(StoreError::Unsuitable(format!("the database URL is not right: {what}")));
        match path_of(url) {
            "" => wrong("it names no file: sqlite:PATH"),
            // Other programs' parameters would become a part of the name.
            path if path.contains('?') => wrong("sqlite:PATH takes no parameters: leave out the ? and what follows"),
            IN_MEMORY => {
                let number = MEMORIES.fetch_add(1, Ordering::Relaxed);
                Ok(Self::Memory(format!("file:/grantor-{number}?vfs=memdb")))
            }
            path => Ok(Self::File(PathBuf::from(path))),
        }
    }

    /// Creates the file for the owner alone; SQLite gives its WAL the same mode.
    fn create(&self) -> Result<(), StoreError> {
        let Self::File(path) = self else { return Ok(()) };
        create_private(path).map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))
    }

    fn connect(&self, cache_kib: i64) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self {
            Self::File(path) => Connection::open_with_flags(path, flags),
            Self::Memory(name) => {
                Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI)
            }
        };
        let connection = connection.map_err(|error| unavailable(&error))?;
        if matches!(self, Self::Memory(_)) {
            // Before there is anything in it. Most of its two hundred trees are empty, and each has a page, here and in the caches.
            let small = connection.pragma_update(None, "page_size", PAGE_IN_MEMORY);
            small.map_err(|error| unavailable(&error))?;
        }
        prepare(&connection, cache_kib, matches!(self, Self::File(_))).map_err(|error| unavailable(&error))?;
        Ok(connection)
    }
}

fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Settings of every connection. The defaults of SQLite are for compatibility, not for a server.
fn prepare(connection: &Connection, cache_kib: i64, file: bool) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(if file { STATEMENTS } else { STATEMENTS_IN_MEMORY });
    if file {
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        // FULL: a commit is on disk before it is answered. NORMAL could forget a used code after a power cut.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // The writer decides when to checkpoint.
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
        connection.pragma_update_and_check(None, "journal_size_limit", WAL_BYTES_KEPT, |_| Ok(()))?;
    }
    // Plans depend on no bound value. Otherwise a join by parameters is parsed and planned anew each time it runs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A schema another program tampered with may name functions; none of ours does.
    connection.pragma_update(None, "trusted_schema", false)?;
    // As PostgreSQL does.
    connection.pragma_update(None, "case_sensitive_like", true)?;
    connection.create_collation("C", str::cmp)
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

const IN_MEMORY: &str = ":memory:";
static MEMORIES: AtomicU64 = AtomicU64::new(0);
/// Another process, such as a command of ours, may hold the write lock.
const BUSY: Duration = Duration::from_secs(5);
/// Prepared statements kept per connection: more than the hot paths have, small beside the page cache.
const STATEMENTS: usize = 96;
/// Tests take environments back, which goes through every table.
const STATEMENTS_IN_MEMORY: usize = 256;
/// Half of the usual: what a world has takes five percent more than in larger ones, and one that is empty half.
const PAGE_IN_MEMORY: i64 = 2048;
const CACHE_KIB_READER: i64 = 512;
/// Taken only as far as the database has pages: with a million users the upper pages of its indexes are megabytes.
const CACHE_KIB_WRITER: i64 = 4096;
/// What is in it is in memory a second time.
const CACHE_KIB_IN_MEMORY: i64 = 1024;
const WAL_BYTES_KEPT: i64 = 4 << 20;

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, StatementStatus};

    use super::{PAGE_IN_MEMORY, Sqlite, prepare};
    use crate::driver::Options;

    #[test]
    fn a_join_is_planned_once() {
        let connection = Connection::open_in_memory().unwrap();
        prepare(&connection, 64, false).unwrap();
        connection.execute_batch("CREATE TABLE a (id BLOB, b BLOB); CREATE TABLE b (id BLOB PRIMARY KEY)").unwrap();
        let sql = "SELECT a.id, b.id FROM a LEFT JOIN b ON b.id = a.b WHERE a.id = $1 AND a.b = $2";
        for _ in 0..3 {
            let mut statement = connection.prepare_cached(sql).unwrap();
            assert!(!statement.exists([[1_u8; 16], [2_u8; 16]]).unwrap());
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        }
    }

    /// What a connection keeps is kept by no other where nobody reads at the same time, and its pages are small.
    #[test]
    fn a_database_in_memory_is_small() {
        let database = Sqlite::open("sqlite::memory:", &Options::default()).unwrap();
        let read = || {
            database.with_reader(|connection| {
                let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
                Ok((std::ptr::from_ref(connection).addr(), size))
            })
        };
        let (first, second) = (read().unwrap(), read().unwrap());
        assert_eq!(first, second);
        assert_eq!(first.1, PAGE_IN_MEMORY);
    }
}
