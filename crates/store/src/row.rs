//! The four types a column can have, and how a row gives them back.

pub(crate) mod walk;

use std::borrow::Cow;
use std::fmt;

use uuid::Uuid;

use crate::driver::StoreError;

/// A value of one of the column types: `BOOLEAN`, `BIGINT`, `TEXT`, `BYTEA`, or NULL of any of them.
#[derive(Clone)]
pub enum Value {
    Null,
    Bool(bool),
    I64(i64),
    Text(Cow<'static, str>),
    Bytes(Vec<u8>),
    /// The same as its 16 bytes: what most statements have several of takes no memory of its own.
    Id(Uuid),
}

impl Value {
    /// One of the program's own words.
    pub(crate) fn word(word: &'static str) -> Self {
        Self::Text(Cow::Borrowed(word))
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Id(id) => Some(id.as_bytes()),
            Self::Null | Self::Bool(_) | Self::I64(_) | Self::Text(_) => None,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::I64(one), Self::I64(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            (one, other) => one.bytes().is_some_and(|bytes| other.bytes() == Some(bytes)),
        }
    }
}

impl Eq for Value {}

/// Texts and bytes may be secrets or personal data: only their length is shown.
impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("Null"),
            Self::Bool(value) => write!(formatter, "Bool({value})"),
            Self::I64(value) => write!(formatter, "I64({value})"),
            Self::Text(value) => write!(formatter, "Text({} bytes)", value.len()),
            Self::Bytes(value) => write!(formatter, "Bytes({} bytes)", value.len()),
            Self::Id(_) => formatter.write_str("Bytes(16 bytes)"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::I64(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Cow::Owned(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

/// Ids are stored as their 16 bytes.
impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Self::Id(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer. Columns are read by position, counted from 0 as in the query.
///
/// A value of another type than asked for, or NULL where no option is asked for, is [`StoreError::Unreadable`]: a newer process may
/// have stored it. A column that the query does not have is [`StoreError::Corrupt`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// How many columns the row has.
    pub fn width(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.0
    }

    /// Takes the columns from `at` on away, as a row of their own.
    pub(crate) fn split_off(&mut self, at: usize) -> Self {
        Self(self.0.split_off(at.min(self.0.len())))
    }

    pub(crate) fn starts_null(&self) -> bool {
        matches!(self.0.first(), None | Some(Value::Null))
    }

    pub fn bool(&self, index: usize) -> Result<bool, StoreError> {
        self.opt_bool(index)?.ok_or_else(|| null(index))
    }

    pub fn i64(&self, index: usize) -> Result<i64, StoreError> {
        self.opt_i64(index)?.ok_or_else(|| null(index))
    }

    pub fn text(&self, index: usize) -> Result<&str, StoreError> {
        self.opt_text(index)?.ok_or_else(|| null(index))
    }

    pub fn bytes(&self, index: usize) -> Result<&[u8], StoreError> {
        self.opt_bytes(index)?.ok_or_else(|| null(index))
    }

    /// An id: exactly 16 bytes.
    pub fn uuid(&self, index: usize) -> Result<Uuid, StoreError> {
        self.opt_uuid(index)?.ok_or_else(|| null(index))
    }

    pub fn opt_bool(&self, index: usize) -> Result<Option<bool>, StoreError> {
        match self.value(index)? {
            Value::Null => Ok(None),
            Value::Bool(value) => Ok(Some(*value)),
            // SQLite has no BOOLEAN of its own and keeps 0 and 1.
            Value::I64(value @ (0 | 1)) => Ok(Some(*value == 1)),
            other => Err(mistyped(index, "BOOLEAN", other)),
        }
    }

    pub fn opt_i64(&self, index: usize) -> Result<Option<i64>, StoreError> {
        match self.value(index)? {
            Value::Null => Ok(None),
            Value::I64(value) => Ok(Some(*value)),
            other => Err(mistyped(index, "BIGINT", other)),
        }
    }

    pub fn opt_text(&self, index: usize) -> Result<Option<&str>, StoreError> {
        match self.value(index)? {
            Value::Null => Ok(None),
            Value::Text(value) => Ok(Some(value)),
            other => Err(mistyped(index, "TEXT", other)),
        }
    }

    pub fn opt_bytes(&self, index: usize) -> Result<Option<&[u8]>, StoreError> {
        match self.value(index)? {
            Value::Null => Ok(None),
            Value::Bytes(value) => Ok(Some(value)),
            Value::Id(id) => Ok(Some(id.as_bytes())),
            other => Err(mistyped(index, "BYTEA", other)),
        }
    }

    pub fn opt_uuid(&self, index: usize) -> Result<Option<Uuid>, StoreError> {
        let Some(bytes) = self.opt_bytes(index)? else { return Ok(None) };
        match Uuid::from_slice(bytes) {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(StoreError::Unreadable(format!("column {index} is an id of other than 16 bytes"))),
        }
    }

    fn value(&self, index: usize) -> Result<&Value, StoreError> {
        let width = self.0.len();
        self.0.get(index).ok_or_else(|| StoreError::Corrupt(format!("column {index} asked of a row with {width}")))
    }
}

fn null(index: usize) -> StoreError {
    StoreError::Unreadable(format!("column {index} is NULL"))
}

fn mistyped(index: usize, wanted: &str, found: &Value) -> StoreError {
    let found = match found {
        Value::Null => "NULL",
        Value::Bool(_) => "BOOLEAN",
        Value::I64(_) => "BIGINT",
        Value::Text(_) => "TEXT",
        Value::Bytes(_) | Value::Id(_) => "BYTEA",
    };
    StoreError::Unreadable(format!("column {index} should be {wanted} but is {found}"))
}
