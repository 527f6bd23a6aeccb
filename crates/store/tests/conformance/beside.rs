//! Rows that a process of another version writes and reads, on a connection of its own beside the store.

use serde_json::Value as Json;
use store::{Driver, Row, Statement, Store, Value, open};

use crate::base::{Base, patient};
use crate::samples::NOW;
use crate::{closed, opened};

/// The other process.
pub(crate) struct Beside(Box<dyn Driver>);

/// Runs `test` on an empty database with another process beside the store.
pub(crate) async fn checked(base: Base, test: impl AsyncFnOnce(&Store, &Beside)) {
    let (store, base) = opened(base).await;
    let beside = Beside(open(&base.url, &patient()).unwrap());
    test(&store, &beside).await;
    beside.0.close().await.unwrap();
    closed(store, base).await;
}

impl Beside {
    pub(crate) async fn run(&self, sql: impl Into<String>, values: Vec<Value>) {
        self.0.commit(vec![Statement::new(sql.into(), values)]).await.unwrap();
    }

    pub(crate) async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Vec<Row> {
        self.0.read(Statement::new(sql, values)).await.unwrap()
    }

    /// The first row.
    pub(crate) async fn row(&self, sql: impl Into<String>, values: Vec<Value>) -> Row {
        self.0.read(Statement::new(sql.into(), values)).await.unwrap().remove(0)
    }

    /// The body of the only row of a table.
    pub(crate) async fn body(&self, table: &str) -> Json {
        let row = self.row(format!("SELECT body FROM {table}"), vec![]).await;
        serde_json::from_str(row.text(0).unwrap()).unwrap()
    }

    /// Undoes the migration `version` by `statements`, has `test` do what a process without it does, and migrates again.
    pub(crate) async fn migrated(&self, store: &Store, version: i64, statements: &[&str], test: impl AsyncFnOnce()) {
        for sql in statements {
            self.run(*sql, vec![]).await;
        }
        self.run("DELETE FROM schema_migrations WHERE version = $1", vec![version.into()]).await;
        test().await;
        store.migrate(NOW).await.unwrap();
    }
}
