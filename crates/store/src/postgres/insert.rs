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

/// The insert of any number of rows: parameter n is the array of all rows' nth values.
pub(super) fn of_many(head: &str, types: &[Type]) -> String {
    let arrays: Vec<_> =
        types.iter().enumerate().map(|(index, of)| format!("${}::{}[]", index + 1, of.name())).collect();
    format!("{head}SELECT * FROM unnest({})", arrays.join(", "))
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
            "INSERT INTO t (a, b) SELECT * FROM unnest($1::int8[], $2::bytea[])"
        );
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
