//! Runs statements of the house dialect on one connection, and says what an error of SQLite means.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, ffi};

use crate::driver::{Statement, StoreError};
use crate::row::{Row, Value};

/// The rows of a query.
pub(super) fn query(connection: &Connection, statement: &Statement) -> Result<Vec<Row>, StoreError> {
    let failed = |error: rusqlite::Error| failure(connection, 0, &error);
    let mut prepared = Prepared::new(connection.prepare_cached(&statement.sql).map_err(failed)?)?;
    prepared.bind(&statement.values)?;
    let width = prepared.statement.column_count();
    let mut found = Vec::new();
    let mut rows = prepared.statement.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        let values = (0..width).map(|column| value(row.get_ref(column).map_err(failed)?)).collect::<Result<_, _>>()?;
        found.push(Row::new(values));
    }
    Ok(found)
}

/// Runs the statements of a batch in order, and checks the guard of each.
pub(super) fn run(connection: &Connection, batch: &[Statement]) -> Result<(), StoreError> {
    let mut last: Option<(&str, Prepared<'_>)> = None;
    for (index, statement) in batch.iter().enumerate() {
        let failed = |error: rusqlite::Error| failure(connection, index, &error);
        let sql = &*statement.sql;
        let mut prepared = match last.take() {
            // A batch of events is one text again and again.
            Some((text, prepared)) if std::ptr::eq(text, sql) => prepared,
            _ => Prepared::new(connection.prepare_cached(sql).map_err(failed)?)?,
        };
        prepared.bind(&statement.values)?;
        let affected = execute(&mut prepared.statement).map_err(failed)?;
        if !statement.expect.holds(affected) {
            return Err(StoreError::Lost { index });
        }
        last = Some((sql, prepared));
    }
    Ok(())
}

/// The rows that a statement touches, or returns.
fn execute(prepared: &mut CachedStatement<'_>) -> rusqlite::Result<u64> {
    if prepared.column_count() == 0 {
        return Ok(prepared.raw_execute()? as u64);
    }
    let mut rows = prepared.raw_query();
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// A statement and which value each of its parameters takes.
struct Prepared<'c> {
    statement: CachedStatement<'c>,
    order: Vec<usize>,
}

impl<'c> Prepared<'c> {
    /// SQLite numbers `$n` by first use, whatever n is, so values are bound by name.
    fn new(statement: CachedStatement<'c>) -> Result<Self, StoreError> {
        let count = statement.parameter_count();
        let number = |position| statement.parameter_name(position)?.strip_prefix('$')?.parse::<usize>().ok();
        let order = (1..=count).map(|position| {
            let number = number(position).filter(|number| (1..=count).contains(number));
            let index = number.map(|number| number - 1);
            index.ok_or_else(|| StoreError::Corrupt(format!("parameter {position} is not one of $1 to ${count}")))
        });
        let order = order.collect::<Result<_, _>>()?;
        Ok(Self { statement, order })
    }

    fn bind(&mut self, values: &[Value]) -> Result<(), StoreError> {
        let count = self.order.len();
        // Also what PostgreSQL demands, which refuses a surplus value.
        if count != values.len() {
            return Err(StoreError::Corrupt(format!(
                "statement with {count} parameters given {} values",
                values.len()
            )));
        }
        for (position, index) in self.order.iter().enumerate() {
            let bound = self.statement.raw_bind_parameter(position + 1, borrowed(&values[*index]));
            bound.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        }
        Ok(())
    }
}

fn borrowed(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match value {
        Value::Null => ValueRef::Null,
        Value::Bool(value) => ValueRef::Integer(i64::from(*value)),
        Value::I64(value) => ValueRef::Integer(*value),
        Value::Text(value) => ValueRef::Text(value.as_bytes()),
        Value::Bytes(value) => ValueRef::Blob(value),
        Value::Id(id) => ValueRef::Blob(id.as_bytes()),
    })
}

fn value(found: ValueRef<'_>) -> Result<Value, StoreError> {
    match found {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(value) => Ok(Value::I64(value)),
        ValueRef::Text(value) => match std::str::from_utf8(value) {
            Ok(text) => Ok(text.into()),
            Err(_) => Err(StoreError::Unreadable("a text that is not UTF-8".to_owned())),
        },
        ValueRef::Blob(value) => Ok(Value::Bytes(value.to_vec())),
        ValueRef::Real(_) => Err(StoreError::Unreadable("a floating point number".to_owned())),
    }
}

/// What an error of statement `index` means to the caller. SQLite's messages name tables and columns, never values.
fn failure(connection: &Connection, index: usize, error: &rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return StoreError::Corrupt(error.to_string());
    };
    match code.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            StoreError::Conflict { constraint: constraint(connection, message.as_deref().unwrap_or_default()) }
        }
        // The row referred to was there when the caller decided: a lost race like any other.
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => StoreError::Lost { index },
        _ => unavailable(error),
    }
}

/// Failures of the machine may pass; all others are disagreements about the schema.
pub(super) fn unavailable(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        // Only the reader of lists interrupts.
        Some(ErrorCode::OperationInterrupted) => StoreError::TooLong,
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Corrupt(error.to_string()),
    }
}

/// PostgreSQL's name of the violated constraint, found from SQLite's list of columns (`users.a, users.b`): the name of
/// the unique index, or what PostgreSQL calls a constraint without a name of its own.
fn constraint(connection: &Connection, message: &str) -> String {
    let listed = message.rsplit(": ").next().unwrap_or_default();
    // An index over expressions is named outright: `index 'users_lower'`.
    if let Some(name) = listed.strip_prefix("index '").and_then(|rest| rest.strip_suffix('\'')) {
        return name.to_owned();
    }
    let (mut table, mut columns) = ("", Vec::new());
    for (owner, column) in listed.split(", ").filter_map(|pair| pair.split_once('.')) {
        table = owner;
        columns.push(column);
    }
    let columns = columns.join(",");
    match unique_index(connection, table, &columns) {
        Ok((name, origin)) if origin == "c" => name,
        Ok((_, origin)) if origin == "u" => unnamed(table, &columns.replace(',', "_")),
        _ => format!("{table}_pkey"),
    }
}

/// PostgreSQL's name for a UNIQUE without a name. A name has at most 63 octets there; the longer part is cut.
fn unnamed(table: &str, columns: &str) -> String {
    let (mut table, mut columns) = (table.to_owned(), columns.to_owned());
    while table.len() + columns.len() + "__key".len() > POSTGRES_NAME {
        if table.len() > columns.len() {
            table.pop()
        } else {
            columns.pop()
        };
    }
    format!("{table}_{columns}_key")
}

/// Name and origin (`c` created, `u` UNIQUE, `pk`) of the unique index over just these columns.
fn unique_index(connection: &Connection, table: &str, columns: &str) -> rusqlite::Result<(String, String)> {
    connection.query_row(
        "SELECT name, origin FROM pragma_index_list(?1) AS list WHERE \"unique\" AND ?2 =
             (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(list.name) ORDER BY seqno))",
        [table, columns],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

const POSTGRES_NAME: usize = 63;
