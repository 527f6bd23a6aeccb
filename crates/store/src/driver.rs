//! The seam between this crate and a database engine: what a statement, its guard, a row and a failure are.
//!
//! Three methods carry all traffic. `read` runs one short query. `list` runs one that may be long, beside the short ones.
//! `commit` runs a list of statements, all or nothing, each with an expectation about the rows it touches. Nobody thinks inside a transaction, so none is offered: a fact that must
//! still hold at the write is an expectation of the batch, and a batch that loses one is decided again from fresh reads.
//!
//! A database that is elsewhere may fall silent. Then every call ends in seconds, and a request as a whole too ([`within`]).

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use crate::dialect::Dialect;
use crate::migrate::{self, Pending, Script};
use crate::postgres::Postgres;
use crate::row::{Row, Value};
use crate::sqlite::Sqlite;

/// What every method of [`Driver`] returns: boxed, so that the seam is an object and no caller is generic over engines.
pub type Fut<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A database engine. One SQL text in the house dialect serves all of them.
pub trait Driver: Send + Sync + 'static {
    /// The rows of one query, in its order. Sees every commit answered before the call. For reads by a key: it may run
    /// on the calling thread, and shares its connection with the reads of tokens and sign-ons.
    fn read(&self, statement: Statement) -> Fut<'_, Vec<Row>>;

    /// The rows of several queries, all of one moment where the engine can say so, and else one after the other.
    fn read_together(&self, statements: Vec<Statement>) -> Fut<'_, Vec<Vec<Row>>> {
        Box::pin(async move {
            let mut all = Vec::with_capacity(statements.len());
            for statement in statements {
                all.push(self.read(statement).await?);
            }
            Ok(all)
        })
    }

    /// Like [`Driver::read`] for a query that may be long: on threads or connections of its own, and no longer than its
    /// extent allows. [`StoreError::TooLong`] when that was not enough, [`StoreError::Crowded`] when too many wait.
    fn list(&self, statement: Statement, work: Work) -> Fut<'_, Listed>;

    /// Runs the batch atomically and durably, or not at all.
    ///
    /// Once the returned future was polled the batch runs to its end even if the future is dropped: a caller that gives
    /// up does not leave half a decision behind. [`StoreError::Unavailable`] may follow a commit that did happen.
    fn commit(&self, batch: Vec<Statement>) -> Fut<'_, ()> {
        self.commit_as(batch, Manner::default())
    }

    /// The same, with what is known of the batch beside its statements.
    fn commit_as(&self, batch: Vec<Statement>, manner: Manner) -> Fut<'_, ()>;

    /// Whether reads and commits are answered now. Commits are tried only where one failed or waits.
    fn ready(&self) -> Fut<'_, ()> {
        Box::pin(async move { self.read(Statement::new("SELECT 1", vec![])).await.map(drop) })
    }

    /// How often connections were lost: what was read before may be of another database than what is read now.
    fn breaks(&self) -> u64 {
        0
    }

    /// Brings the schema to the last of `scripts`; see [`crate::migrate`]. `now_us` is the time in microseconds.
    fn migrate(&self, scripts: &'static [Script], now_us: i64) -> Fut<'_, ()> {
        Box::pin(migrate::run(self, scripts, now_us))
    }

    /// What `migrate` would have to do, without doing it.
    fn check(&self, scripts: &'static [Script]) -> Fut<'_, Pending> {
        Box::pin(migrate::check(self, scripts))
    }

    /// Whose words the engine speaks where the house dialect does not reach.
    fn dialect(&self) -> Dialect;

    /// Ends all connections after the commits already accepted. Later calls answer [`StoreError::Unavailable`].
    fn close(&self) -> Fut<'_, ()>;
}

/// One statement of the house dialect with its values (`$1` is `values[0]`) and what must come of it.
#[derive(Clone, Debug)]
pub struct Statement {
    pub sql: Cow<'static, str>,
    pub values: Vec<Value>,
    pub expect: Expect,
}

impl Statement {
    /// A statement that may touch any number of rows.
    pub fn new(sql: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Self {
        Self { sql: sql.into(), values, expect: Expect::Any }
    }

    /// The same statement under a guard.
    #[must_use]
    pub fn expecting(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// The same statement, which must touch exactly one row: the guard of single use.
    #[must_use]
    pub fn one(self) -> Self {
        self.expecting(Expect::Rows(1))
    }

    /// Refuses what one of the engines cannot store, so that both refuse it alike and before any round trip.
    pub(crate) fn storable(&self) -> Result<(), StoreError> {
        // PostgreSQL has no NUL in TEXT; SQLite would keep it and cut the text short in its own functions.
        let nul = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
        match self.values.iter().position(nul) {
            None => Ok(()),
            Some(position) => Err(StoreError::Unstorable { parameter: position + 1 }),
        }
    }
}

/// What is known of a batch beside its statements.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Finds a row exactly when the batch was committed. With it a commit whose answer was lost is looked for, and made
    /// again where it did not happen; so it must not be possible to commit the batch twice.
    pub proof: Option<Statement>,
    /// It may touch many rows, so that it takes its time: no request's answer waits for it.
    pub long: bool,
    /// It ends what others may be making at the same time, and finds all of it only if it waits for their commit: it shares no
    /// transaction with them.
    pub alone: bool,
}

/// Which threads or connections a read that may be long takes, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    pub extent: Extent,
    /// After so much work it is given up.
    pub time: Duration,
}

/// What such a read found.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub rows: Vec<Row>,
    /// The work, without the waiting for its turn.
    pub took: Duration,
}

/// How long a read is expected to be, and with that where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// What an index is expected to answer. Whatever takes longer gives way and asks for the other.
    Page,
    /// What looks at row after row: few at a time, with the time that the machine has to spare.
    Scan,
}

/// How many rows a statement of a batch must touch. A query in a batch counts the rows it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Any number.
    Any,
    /// Exactly this number.
    Rows(u64),
    /// This number or more.
    AtLeast(u64),
    /// None at all.
    None0,
}

impl Expect {
    /// Whether `affected` rows satisfy the guard.
    pub fn holds(self, affected: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Rows(rows) => affected == rows,
            Self::AtLeast(rows) => affected >= rows,
            Self::None0 => affected == 0,
        }
    }
}

/// Why the store did not do what it was asked. None of the texts holds a value of a statement or a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The expectation of statement `index` did not hold, or a row it refers to is gone; nothing was written.
    #[error("statement {index} of the batch lost its guard")]
    Lost { index: usize },
    /// A unique constraint refused the batch. `constraint` is the name PostgreSQL gives it, on both engines.
    #[error("unique constraint {constraint} refused the batch")]
    Conflict { constraint: String },
    /// The database cannot be reached or cannot write now; asking later may help.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// A statement, a row or the schema is not what this program was built for: a bug or a damaged database.
    #[error("database and program disagree: {0}")]
    Corrupt(String),
    /// A stored value means nothing to this program: a newer version beside it wrote it, or it is damaged. The text names its kind.
    #[error("{0}: a newer version wrote it, or it is damaged")]
    Unreadable(String),
    /// The database that was named cannot be this server's, whatever is tried again: its URL says what is not understood, or it
    /// cannot hold what is to be stored. The text is for whoever named it, and holds no secret.
    #[error("{0}")]
    Unsuitable(String),
    /// More batches wait than the queue holds; nothing was written.
    #[error("write queue full")]
    Busy,
    /// A read that may be long used up its budget.
    #[error("the read takes more work than it may")]
    TooLong,
    /// A list's filter would take more work than a list may, now and whenever it is asked again. The attributes whose
    /// values an index finds, and those whose beginnings it finds, would take less.
    #[error("the filter takes more work than it may")]
    Costly { equal: Vec<&'static str>, beginning: Vec<&'static str> },
    /// As many lists of the owner, or of everybody, are under way as may be, and none ended while this one waited.
    #[error("too many lists at once")]
    Crowded,
    /// A list's filter names an attribute or an operator that the list does not have.
    #[error("the list cannot be filtered by {attribute}")]
    Filter { attribute: String, supported: Vec<&'static str> },
    /// The value of this parameter (from 1) can be stored by no engine: a text with NUL. The caller's input is at fault.
    #[error("parameter {parameter} holds a NUL character")]
    Unstorable { parameter: usize },
}

/// Sizes and times of a store. The defaults fit one machine with few cores.
#[derive(Clone, Debug)]
pub struct Options {
    /// SQLite connections for reading. As many as threads that run requests: then no read ever waits for another.
    pub readers: usize,
    /// SQLite batches that may wait for the writer before [`StoreError::Busy`].
    pub queue: usize,
    /// PostgreSQL connections.
    pub pool: usize,
    /// Lists that are read at the same time: threads on SQLite, connections on PostgreSQL, beside the others.
    pub pages: usize,
    /// Lists without an index that are read at the same time, likewise.
    pub scans: usize,
    /// What such a list may take; whatever takes longer is read as one without an index.
    pub page_time: Duration,
    /// What a list without an index may take before it is refused.
    pub scan_time: Duration,
    /// How long a call waits for a PostgreSQL connection.
    pub acquire_timeout: Duration,
    /// How long a PostgreSQL connection may say nothing before it is given up, with all that are older than its silence. What
    /// it was asked is asked once more on a new one.
    pub silence: Duration,
    /// What a commit may take in all, with the waiting for its turn.
    pub commit_timeout: Duration,
    /// What a statement or commit may take that touches many rows.
    pub statement_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            readers: threads.clamp(2, 8),
            queue: 1024,
            pool: (threads * 4).clamp(8, 32),
            pages: threads.clamp(2, 8),
            // At least one core is left to the others.
            scans: (threads / 2).clamp(1, 4),
            page_time: Duration::from_millis(100),
            scan_time: Duration::from_secs(1),
            acquire_timeout: Duration::from_secs(5),
            silence: Duration::from_secs(2),
            commit_timeout: Duration::from_secs(4),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// Opens the store a URL names: `sqlite:PATH`, `sqlite::memory:` (a new database each time, gone when closed),
/// `postgres://…` or `postgresql://…`.
///
/// SQLite files are opened and created at once. PostgreSQL is first contacted by the first call. The errors never quote
/// the URL, because it may hold a password.
pub fn open(url: &str, options: &Options) -> Result<Box<dyn Driver>, StoreError> {
    match Dialect::of_url(url) {
        Some(Dialect::Sqlite) => Ok(Box::new(Sqlite::open(url, options)?)),
        Some(Dialect::Postgres) => Ok(Box::new(Postgres::open(url, options)?)),
        None => Err(unknown_scheme()),
    }
}

/// Whether [`open`] would take the URL, without connecting and without making a file.
pub(crate) fn check_url(url: &str) -> Result<(), StoreError> {
    match Dialect::of_url(url) {
        Some(Dialect::Sqlite) => Sqlite::check_url(url),
        // It connects when it is first used.
        Some(Dialect::Postgres) => Postgres::open(url, &Options::default()).map(drop),
        None => Err(unknown_scheme()),
    }
}

fn unknown_scheme() -> StoreError {
    StoreError::Unsuitable("the database URL is not right: it must begin with sqlite: or postgres://".to_owned())
}

impl fmt::Debug for dyn Driver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Driver({})", self.dialect().name())
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn the_times_are_those_that_operators_are_told() {
        let told = include_str!("../../../docs/deploy.md").split_whitespace().collect::<Vec<_>>().join(" ");
        let Options { silence, commit_timeout, statement_timeout, .. } = Options::default();
        for (before, time) in [
            ("A connection that says nothing for", silence),
            ("A commit is answered within", commit_timeout),
            ("an environment, a population, a group or an application may take", statement_timeout),
        ] {
            let sentence = format!("{before} {} seconds", time.as_secs_f64());
            assert!(told.contains(&sentence), "{sentence}");
        }
    }
}
