//! The four column types on PostgreSQL's wire: a value is encoded as the type the server declared for its parameter.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::driver::StoreError;
use crate::row::{Row, Value};

/// A value on its way to the server.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, declared: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self.0, declared) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Bool(value), &Type::BOOL) => value.to_sql(declared, out),
            (Value::I64(value), &Type::INT8) => value.to_sql(declared, out),
            (Value::I64(value), &Type::INT4) => i32::try_from(*value)?.to_sql(declared, out),
            (Value::I64(value), &Type::INT2) => i16::try_from(*value)?.to_sql(declared, out),
            (Value::Text(value), declared) if <&str as ToSql>::accepts(declared) => (&**value).to_sql(declared, out),
            (Value::Bytes(value), &Type::BYTEA) => value.as_slice().to_sql(declared, out),
            (Value::Id(id), &Type::BYTEA) => id.as_bytes().as_slice().to_sql(declared, out),
            // Debug of Value shows no contents.
            (value, declared) => Err(format!("{value:?} given for a parameter of type {declared}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Decided in to_sql, which knows the value.
        true
    }

    to_sql_checked!();
}

impl Bound<'_> {
    /// The type to declare where nobody asks the server for the parameter's. Of NULL it infers that itself.
    pub(super) fn declared(&self) -> Type {
        match self.0 {
            Value::Null => Type::UNKNOWN,
            Value::Bool(_) => Type::BOOL,
            Value::I64(_) => Type::INT8,
            Value::Text(_) => Type::TEXT,
            Value::Bytes(_) | Value::Id(_) => Type::BYTEA,
        }
    }
}

/// A row of the server as one of ours.
pub(super) fn row(found: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let values = found.columns().iter().enumerate().map(|(index, column)| {
        let value = match *column.type_() {
            Type::BOOL => found.try_get::<_, Option<bool>>(index).map(Value::from),
            Type::INT8 => found.try_get::<_, Option<i64>>(index).map(Value::from),
            Type::INT4 => found.try_get::<_, Option<i32>>(index).map(|value| value.map(i64::from).into()),
            Type::INT2 => found.try_get::<_, Option<i16>>(index).map(|value| value.map(i64::from).into()),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                found.try_get::<_, Option<String>>(index).map(Value::from)
            }
            Type::BYTEA => found.try_get::<_, Option<Vec<u8>>>(index).map(Value::from),
            ref other => return Err(StoreError::Corrupt(format!("column {index} has the foreign type {other}"))),
        };
        value.map_err(|error| StoreError::Corrupt(error.to_string()))
    });
    Ok(Row::new(values.collect::<Result<_, _>>()?))
}
