//! One connection of the pool, and how statements go over it: prepared once under a name, or whole each time where a pooler may
//! hand every transaction to another process of the server ([`super::pooler`]).

use std::borrow::Cow;
use std::ops::Deref;

use deadpool_postgres::Object;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use super::value::Bound;
use crate::driver::Statement;
use crate::row::Value;

/// A connection that is lent out. It goes back to the pool when it is dropped.
#[derive(Debug)]
pub(super) struct Link {
    object: Object,
    /// Whether what is prepared is there the next time too.
    keeps: bool,
}

/// A statement's text, ready to be sent with values.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Prepared(tokio_postgres::Statement),
    Whole(Cow<'static, str>),
}

impl Link {
    pub(super) fn new(object: Object, keeps: bool) -> Self {
        Self { object, keeps }
    }

    /// Closes it: nobody else shall use it.
    pub(super) fn close(self) {
        drop(Object::take(self.object));
    }

    /// Whether a text that is sent again and again is parsed once.
    pub(super) fn keeps(&self) -> bool {
        self.keeps
    }

    /// Texts of the program are prepared once per connection. Texts made at run time are not kept: their number has no bound, and
    /// neither has the cache.
    pub(super) async fn prepare(&self, statement: &Statement) -> Result<Text, Error> {
        match &statement.sql {
            sql if !self.keeps => Ok(Text::Whole(sql.clone())),
            Cow::Borrowed(sql) => self.object.prepare_cached(sql).await.map(Text::Prepared),
            Cow::Owned(sql) => self.object.prepare(sql).await.map(Text::Prepared),
        }
    }

    /// The rows of a query.
    pub(super) async fn rows(&self, statement: &Statement) -> Result<Vec<Row>, Error> {
        match self.prepare(statement).await? {
            Text::Whole(sql) => self.rows_of_whole(&sql, &statement.values).await,
            Text::Prepared(prepared) => {
                let bound: Vec<Bound<'_>> = statement.values.iter().map(Bound).collect();
                let values: Vec<_> = bound.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
                self.object.query(&prepared, &values).await
            }
        }
    }

    /// The rows of a query that is sent whole, in one go.
    pub(super) async fn rows_of_whole(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Error> {
        let bound: Vec<Bound<'_>> = values.iter().map(Bound).collect();
        self.object.query_typed(sql, &typed(&bound)).await
    }

    /// The rows that a statement touches or returns. It is sent when this is first polled.
    pub(super) async fn execute(&self, text: &Text, bound: &[Bound<'_>]) -> Result<u64, Error> {
        match text {
            Text::Prepared(prepared) => self.object.execute_raw(prepared, bound).await,
            Text::Whole(sql) => self.object.execute_typed(sql, &typed(bound)).await,
        }
    }
}

impl Deref for Link {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.object
    }
}

fn typed<'a>(bound: &'a [Bound<'a>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    bound.iter().map(|value| (value as &(dyn ToSql + Sync), value.declared())).collect()
}
