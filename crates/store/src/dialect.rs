//! The few words in which the engines differ although the house dialect covers the rest.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};

use crate::list::Kind;

/// An SQL engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The engine a database URL names, by its scheme alone.
    pub fn of_url(url: &str) -> Option<Self> {
        if url.starts_with("sqlite:") {
            Some(Self::Sqlite)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Some(Self::Postgres)
        } else {
            None
        }
    }

    /// The engine's name for logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
        }
    }

    /// The expression for the text at `path`, names joined by points, in a `TEXT` column that holds a JSON object; NULL
    /// when absent. `path` becomes part of the statement, so it is always this crate's own.
    pub fn json_text(self, column: &str, path: &'static str) -> String {
        match self {
            Self::Sqlite => format!("({column} ->> '$.{path}')"),
            Self::Postgres => format!("({column}::jsonb #>> '{{{}}}')", path.replace('.', ",")),
        }
    }

    /// Like [`Dialect::json_text`] for a boolean.
    pub(crate) fn json_flag(self, column: &str, path: &'static str) -> String {
        match self {
            // SQLite has no booleans: what JSON calls true is read as 1.
            Self::Sqlite => self.json_text(column, path),
            Self::Postgres => format!("{}::boolean", self.json_text(column, path)),
        }
    }

    /// Whether the list of texts at `path` holds this one; neither where there is no list.
    pub(crate) fn json_holds(self, column: &str, path: &'static str, text: &'static str) -> String {
        match self {
            Self::Sqlite => format!("EXISTS (SELECT 1 FROM json_each({column}, '$.{path}') WHERE value = '{text}')"),
            Self::Postgres => format!("{column}::jsonb #> '{{{}}}' @> '[\"{text}\"]'", path.replace('.', ",")),
        }
    }

    /// The same value, by which no index is looked at.
    pub(crate) fn unindexed(self, expression: &str, kind: Kind) -> String {
        match (self, kind) {
            (Self::Sqlite, _) => format!("+{expression}"),
            (Self::Postgres, Kind::Flag) => expression.to_owned(),
            (Self::Postgres, Kind::Time) => format!("({expression} + 0)"),
            (Self::Postgres, _) => format!("({expression} || '')"),
        }
    }

    /// After the table's name: its rows are looked for by the primary key. SQLite, which knows nothing of the rows, would rather go
    /// through any index that has all the columns.
    pub(crate) fn by_primary_key(self, table: &str) -> String {
        match self {
            Self::Sqlite => format!(" INDEXED BY sqlite_autoindex_{table}_1"),
            Self::Postgres => String::new(),
        }
    }

    /// The same text compared octet by octet, as the indices of texts are sorted.
    pub(crate) fn by_octets(self, text: &str) -> String {
        match self {
            Self::Sqlite => text.to_owned(),
            Self::Postgres => format!("{text} COLLATE \"C\""),
        }
    }

    /// The part of each counter that this process writes: where processes write side by side they would wait for each other's rows.
    pub(crate) fn slot(self) -> i64 {
        match self {
            Self::Sqlite => 0,
            Self::Postgres => (RandomState::new().hash_one(std::process::id()) % SLOTS) as i64,
        }
    }

    /// A query with one row when the table named by `$1` exists and none otherwise.
    pub(crate) fn table_exists(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
            Self::Postgres => {
                "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1"
            }
        }
    }

    /// Whether a migration runs as one transaction. Distributed engines that speak PostgreSQL's protocol allow one
    /// schema change per transaction, so there each statement is its own.
    pub(crate) fn migrates_whole_scripts(self) -> bool {
        matches!(self, Self::Sqlite)
    }
}

/// `count` placeholders from `$first` on, separated by commas, for `IN (…)` and `VALUES (…)`.
pub fn placeholders(first: usize, count: usize) -> String {
    let mut list = String::with_capacity(count * 5);
    for number in first..first + count {
        let separator = if number == first { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(list, "{separator}${number}");
    }
    list
}

const SLOTS: u64 = 16;
