//! Storage: one SQL text on SQLite and PostgreSQL, one write path.

mod dialect;
mod driver;
mod migrate;
mod postgres;
mod row;
mod sqlite;

pub use dialect::{Dialect, placeholders};
pub use driver::{Driver, Expect, Fut, Options, Statement, StoreError, open};
pub use migrate::{Pending, Script};
pub use row::{Row, Value};
