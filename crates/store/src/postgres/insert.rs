//! Inserts of the same table as one statement: PostgreSQL then parses, plans and answers once instead of once per row.

use std::borrow::Cow;

use tokio_postgres::types::Type;

use crate::dialect::placeholders;
use crate::driver::{Expect, Statement};

/// The text before VALUES of a statement that does nothing but add one row of its own values, in their order.
///
/// Only such a statement reads nothing: it can wait until the others are done, together with its like.
pub(super) fn head(statement: &Statement) -> Option<&'static str> {
    let Cow::Borrowed(sql) = statement.sql else { return None };
    if statement.expect != Expect::Any || !sql.starts_with("INSERT INTO ") {
        return None;
    }
    let (head, row) = sql.rsplit_once("VALUES (")?;
    let row = row.strip_suffix(')')?;
    // Another VALUES before would be a subquery's.
    (row == placeholders(1, statement.values.len()) && !head.contains("VALUES")).then_some(head)
}

/// The heads of statements one after the other. A batch of events is the same text again and again, which is read once.
#[derive(Default)]
pub(super) struct Heads {
    last: Option<(&'static str, usize, Option<&'static str>)>,
}

impl Heads {
    /// As [`head`].
    pub(super) fn of(&mut self, statement: &Statement) -> Option<&'static str> {
        let Cow::Borrowed(sql) = statement.sql else { return None };
        let count = statement.values.len();
        if statement.expect != Expect::Any {
            return None;
        }
        match self.last {
            Some((text, values, head)) if std::ptr::eq(text, sql) && values == count => head,
            _ => {
                let head = head(statement);
                self.last = Some((sql, count, head));
                head
            }
        }
    }
}

/// The insert of any number of rows: parameter n is the array of all rows' nth values.
///
/// In the list of what is selected the server takes the arrays in step, row by row; in FROM it would write each of them out as a table
/// of its own first, which costs a fifth of the whole insert.
pub(super) fn of_many(head: &str, types: &[Type]) -> String {
    let arrays: Vec<_> =
        types.iter().enumerate().map(|(index, of)| format!("unnest(${}::{}[])", index + 1, of.name())).collect();
    format!("{head}SELECT {}", arrays.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Value;

    #[test]
    fn only_plain_rows_are_recognised() {
        let two = || vec![Value::from(1), Value::from(2)];
        let plain = Statement::new("INSERT INTO t (a, b) VALUES ($1, $2)", two());
        assert_eq!(head(&plain), Some("INSERT INTO t (a, b) "));
        assert_eq!(
            of_many("INSERT INTO t (a, b) ", &[Type::INT8, Type::BYTEA]),
            "INSERT INTO t (a, b) SELECT unnest($1::int8[]), unnest($2::bytea[])"
        );
        let mut heads = Heads::default();
        for statement in
            [plain.clone(), plain.clone().one(), plain.clone(), Statement { values: vec![1.into()], ..plain.clone() }]
        {
            assert_eq!(heads.of(&statement), head(&statement));
            assert_eq!(heads.of(&statement), head(&statement), "the second time");
        }
        for other in [
            plain.clone().one(),
            Statement::new("INSERT INTO t (a, b) VALUES ($1, $2)".to_owned(), two()),
            Statement::new("INSERT INTO t (a, b) VALUES ($2, $1)", two()),
            Statement::new("INSERT INTO t (a, b) VALUES ($1, $2), ($1, $2)", two()),
            Statement::new("INSERT INTO t (a, b) VALUES ($1, (SELECT max(b) FROM t WHERE c = $2))", two()),
            Statement::new("INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING", two()),
            Statement::new("INSERT INTO t (a, b) VALUES ($1, $2)", vec![1.into()]),
            Statement::new("UPDATE t SET a = $1 WHERE b IN (VALUES ($1, $2)", two()),
        ] {
            assert_eq!(head(&other), None, "{}", other.sql);
        }
    }
}
