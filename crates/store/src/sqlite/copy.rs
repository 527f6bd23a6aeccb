//! Copies of a database file: made while others write to it, with a note of which master key opens them.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::statement::unavailable;
use super::{BUSY, create_private};
use crate::driver::StoreError;

/// What a copy says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// In microseconds.
    pub made_at: i64,
    /// Of the master key.
    pub fingerprint: String,
}

/// Copies the database file `from`, as it is at one moment, to the new file `to`, which only its owner reads, and checks the
/// copy. Servers go on reading and writing meanwhile. What `to` holds counts only when this succeeded.
///
/// # Errors
/// [`StoreError::Unavailable`] when one of the files cannot be used, [`StoreError::Corrupt`] when the copy is not whole.
pub fn copy(from: &Path, to: &Path, note: &Note) -> Result<(), StoreError> {
    let name = to.to_str().ok_or_else(|| StoreError::Unavailable("the copy's name is not UTF-8".to_owned()))?;
    create_private(to).map_err(|error| unusable(to, &error))?;
    let source = connect(from)?;
    // In one read transaction: a snapshot.
    source.execute("VACUUM INTO ?1", [name]).map_err(|error| unavailable(&error))?;
    drop(source);
    let copy = connect(to)?;
    let written = copy.execute_batch("CREATE TABLE copy_note (made_at BIGINT NOT NULL, fingerprint TEXT NOT NULL)");
    let insert = "INSERT INTO copy_note (made_at, fingerprint) VALUES (?1, ?2)";
    written
        .and_then(|()| copy.execute(insert, (note.made_at, &note.fingerprint)))
        .map_err(|error| unavailable(&error))?;
    whole(&copy)?;
    finish(copy, to)
}

/// Checks a copy and takes its note out of it: it is a database again.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is damaged, or no database of this server.
pub fn take_note(path: &Path) -> Result<Option<Note>, StoreError> {
    let copy = connect(path)?;
    whole(&copy)?;
    let known = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    let has = |table: &str| copy.query_row(known, [table], |_| Ok(())).optional().map_err(|error| damaged(&error));
    if has("schema_migrations")?.is_none() {
        return Err(StoreError::Corrupt("it is no database of this server".to_owned()));
    }
    let note = match has("copy_note")? {
        None => None,
        Some(()) => copy
            .query_row("SELECT made_at, fingerprint FROM copy_note", [], |row| {
                Ok(Note { made_at: row.get(0)?, fingerprint: row.get(1)? })
            })
            .optional()
            .map_err(|error| damaged(&error))?,
    };
    copy.execute_batch("DROP TABLE IF EXISTS copy_note").map_err(|error| unavailable(&error))?;
    finish(copy, path)?;
    Ok(note)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| unavailable(&error))?;
    let prepared = connection
        .busy_timeout(BUSY)
        .and_then(|()| connection.pragma_update(None, "trusted_schema", false))
        .and_then(|()| connection.create_collation("C", str::cmp));
    prepared.map_err(|error| unavailable(&error))?;
    Ok(connection)
}

/// Every page and index, as SQLite checks them.
fn whole(connection: &Connection) -> Result<(), StoreError> {
    let first: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(|error| damaged(&error))?;
    if first == "ok" { Ok(()) } else { Err(StoreError::Corrupt("it is damaged".to_owned())) }
}

/// The file alone holds everything, and a power cut does not take it away.
fn finish(connection: Connection, path: &Path) -> Result<(), StoreError> {
    let mode = connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0));
    mode.map_err(|error| unavailable(&error))?;
    connection.close().map_err(|(_, error)| unavailable(&error))?;
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| unusable(path, &error))
}

fn damaged(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            StoreError::Corrupt("it is damaged, or no database".to_owned())
        }
        _ => unavailable(error),
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}
