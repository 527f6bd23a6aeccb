//! One synced row per exchange: what arrives while a commit is under way shares the next one.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use rusqlite::{Connection, OptionalExtension as _};
use tokio::sync::{mpsc, oneshot};

pub(crate) struct Journal {
    rows: mpsc::UnboundedSender<Row>,
    reader: Mutex<Connection>,
}

struct Row {
    digest: [u8; 32],
    subject: String,
    committed: oneshot::Sender<()>,
}

impl Journal {
    pub(crate) fn open(path: &str) -> Result<Self> {
        let database = Connection::open(path)?;
        database.pragma_update(None, "journal_mode", "wal")?;
        database.pragma_update(None, "synchronous", "full")?;
        database
            .execute_batch("CREATE TABLE exchange (digest BLOB PRIMARY KEY, subject TEXT NOT NULL) WITHOUT ROWID")?;
        let reader = Mutex::new(Connection::open(path)?);
        let (rows, waiting) = mpsc::unbounded_channel();
        std::thread::spawn(move || write(&database, waiting));
        Ok(Self { rows, reader })
    }

    /// The subject of the row, read on the thread that asks.
    pub(crate) fn find(&self, digest: &[u8; 32]) -> Result<Option<String>> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = reader.prepare_cached("SELECT subject FROM exchange WHERE digest = ?1")?;
        Ok(statement.query_row((digest,), |row| row.get(0)).optional()?)
    }

    /// Returns once the row is on the disk.
    pub(crate) async fn record(&self, digest: [u8; 32], subject: &str) -> Result<()> {
        let (committed, done) = oneshot::channel();
        let row = Row { digest, subject: subject.to_owned(), committed };
        self.rows.send(row).ok().context("the writer ended")?;
        done.await.context("the commit failed")
    }
}

/// Dropping a row's sender unanswered is how its exchange learns that the commit failed.
fn write(database: &Connection, mut waiting: mpsc::UnboundedReceiver<Row>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut group = vec![first];
        while let Ok(next) = waiting.try_recv() {
            group.push(next);
        }
        if let Err(error) = commit(database, &group) {
            eprintln!("commit: {error}");
            return;
        }
        for row in group {
            let _ = row.committed.send(());
        }
    }
}

fn commit(database: &Connection, group: &[Row]) -> rusqlite::Result<()> {
    let transaction = database.unchecked_transaction()?;
    for row in group {
        transaction
            .prepare_cached("INSERT INTO exchange (digest, subject) VALUES (?1, ?2)")?
            .execute((&row.digest, &row.subject))?;
    }
    transaction.commit()
}
