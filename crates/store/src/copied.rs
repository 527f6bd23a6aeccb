//! All rows of one environment, table by table, copied and put back: how a developer's server takes a world back to what it was.
//!
//! Which tables there are is read from the schema: every one with a column `environment_id`, the environments themselves, and the
//! counters. So none that a migration adds can be forgotten.

mod packed;

use std::fmt::Write as _;
use std::sync::OnceLock;

use protocol::id::EnvironmentId;

use crate::commit::Batch;
use crate::{Dialect, Manner, Reads, Statement, Store, StoreError, placeholders};
use packed::Packed;

/// What an environment was at one moment.
#[derive(Debug)]
pub struct Copied {
    environment: EnvironmentId,
    /// In the order of [`tables`].
    rows: Vec<Packed>,
}

impl Copied {
    /// How many tables were looked into.
    pub fn tables(&self) -> usize {
        self.rows.len()
    }

    /// About what it takes of the memory.
    pub fn octets(&self) -> usize {
        self.rows.iter().map(Packed::octets).sum()
    }
}

impl Reads {
    /// Everything of an environment, as it is at one moment; None where there is none.
    pub async fn copied(&self, environment: EnvironmentId) -> Result<Option<Copied>, StoreError> {
        let tables = self.tables().await?;
        let asked = tables.iter().map(|table| Statement::new(&*table.select, vec![environment.uuid().into()]));
        let found = self.driver().read_together(asked.collect()).await?;
        let there = found.first().is_some_and(|environments| !environments.is_empty());
        let rows = found.iter().map(|rows| Packed::of(rows)).collect();
        Ok(there.then_some(Copied { environment, rows }))
    }

    /// The tables that hold something of environments, the environments first.
    async fn tables(&self) -> Result<&'static [Table], StoreError> {
        static SQLITE: OnceLock<Vec<Table>> = OnceLock::new();
        static POSTGRES: OnceLock<Vec<Table>> = OnceLock::new();
        let (known, columns) = match self.dialect() {
            Dialect::Sqlite => (&SQLITE, SQLITE_COLUMNS),
            Dialect::Postgres => (&POSTGRES, POSTGRES_COLUMNS),
        };
        if let Some(known) = known.get() {
            return Ok(known);
        }
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for row in self.driver().read(Statement::new(columns, vec![])).await? {
            let (table, column) = (row.text(0)?, row.text(1)?.to_owned());
            if table == ENVIRONMENTS && column == FILTERS {
                continue;
            }
            match found.last_mut().filter(|(name, _)| name == table) {
                Some((_, columns)) => columns.push(column),
                None => found.push((table.to_owned(), vec![column])),
            }
        }
        let mut tables: Vec<Table> =
            found.iter().filter_map(|(name, columns)| Some(Table::new(name, columns, owner(name, columns)?))).collect();
        tables.sort_by_key(|table| !table.is_environments);
        Ok(known.get_or_init(|| tables))
    }
}

impl Store {
    /// Makes an environment what it was, in one commit: whoever reads sees what is or what was, and nothing between.
    ///
    /// # Errors
    /// [`StoreError::Lost`] where it is gone, [`StoreError::Conflict`] where another environment has its name now.
    pub async fn put_back(&self, copied: &Copied) -> Result<(), StoreError> {
        let tables = self.tables().await?;
        let own = copied.environment.uuid();
        let mut batch = Batch::empty(self.dialect(), self.slot);
        for (table, rows) in tables.iter().zip(&copied.rows) {
            if table.is_environments {
                for row in rows.rows() {
                    batch.push(Statement::new(&*table.put, row).one());
                }
            } else {
                batch.push(Statement::new(&*table.put, vec![own.into()]));
            }
        }
        batch.raise_revisions(&[copied.environment]);
        for (table, rows) in tables.iter().zip(&copied.rows).filter(|(table, _)| !table.is_environments) {
            for row in rows.rows() {
                batch.push(Statement::new(&*table.insert, row));
            }
        }
        let manner = Manner { proof: None, long: true, alone: true };
        self.driver().commit_as(batch.statements, manner).await
    }
}

/// The column by which a table's rows are an environment's; None where they are not, or are not a part of it.
fn owner(table: &str, columns: &[String]) -> Option<&'static str> {
    match table {
        ENVIRONMENTS => Some("id"),
        // Its own counters; that there is one more environment is counted by the organization.
        "counts" => Some("owner_id"),
        // What was told of changes stays told.
        "changed_environments" | "environment_revisions" => None,
        _ => columns.iter().any(|column| column == "environment_id").then_some("environment_id"),
    }
}

/// What is done with the rows of a table.
#[derive(Debug)]
struct Table {
    select: String,
    /// Makes room: deletes the rows. Of the environments it writes over the row, whose filters of groups are others from then on,
    /// whatever was known of them.
    put: String,
    insert: String,
    is_environments: bool,
}

impl Table {
    fn new(name: &str, columns: &[String], owner: &str) -> Self {
        let listed = columns.join(", ");
        let is_environments = name == ENVIRONMENTS;
        let put = if is_environments {
            let (mut set, mut key) = (String::new(), 0);
            for (at, column) in (1..).zip(columns) {
                if column == owner {
                    key = at;
                } else {
                    // Writing to a String cannot fail.
                    let _ = write!(set, "{column} = ${at}, ");
                }
            }
            format!("UPDATE {name} SET {set}{FILTERS} = {FILTERS} + 1 WHERE {owner} = ${key}")
        } else {
            format!("DELETE FROM {name} WHERE {owner} = $1")
        };
        Self {
            select: format!("SELECT {listed} FROM {name} WHERE {owner} = $1"),
            put,
            insert: format!("INSERT INTO {name} ({listed}) VALUES ({})", placeholders(1, columns.len())),
            is_environments,
        }
    }
}

const ENVIRONMENTS: &str = "environments";
/// How often the filters of groups changed: it only grows.
const FILTERS: &str = "group_filters";
const SQLITE_COLUMNS: &str = "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.cid";
const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns
     WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position";
