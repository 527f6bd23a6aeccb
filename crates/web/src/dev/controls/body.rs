//! Reads the body of a control, member by member; one that nobody asked for is refused.

use std::fmt;

use axum::body::Body;
use http::request::Parts;
use protocol::time::Time;
use protocol::told;
use serde_json::{Map, Value};

use super::wrong::Wrong;
use crate::layers::form::{json, whole};

/// What is left of an object to read.
pub(super) struct Members {
    /// Its own path, empty for the whole body.
    path: String,
    left: Map<String, Value>,
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Members {
    /// The body as one object; an empty one is an object without members.
    ///
    /// # Errors
    /// 400 for something else, 413 for more than 1 MiB.
    pub(super) async fn read(parts: &Parts, body: Body) -> Result<Self, Wrong> {
        Self::read_within(parts, body, LONGEST).await
    }

    /// The same of at most 16 MiB, for what has a list of everybody.
    pub(super) async fn read_large(parts: &Parts, body: Body) -> Result<Self, Wrong> {
        Self::read_within(parts, body, 16 * LONGEST).await
    }

    async fn read_within(parts: &Parts, body: Body, most: usize) -> Result<Self, Wrong> {
        let bytes = whole(parts, body, most).await?;
        if bytes.is_empty() {
            return Ok(Self { path: String::new(), left: Map::new() });
        }
        Self::of(String::new(), json(&bytes)?)
    }

    pub(super) fn of(path: String, value: Value) -> Result<Self, Wrong> {
        match value {
            Value::Object(left) => Ok(Self { path, left }),
            _ => Err(Wrong::invalid(path, "it must be an object")),
        }
    }

    /// The path of a member.
    pub(super) fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Whatever a member is; one that is null is none.
    pub(super) fn any(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Wrong> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Wrong::invalid(self.at(name), "it must be a text")),
        }
    }

    /// A whole number within bounds.
    pub(super) fn integer(&mut self, name: &str, within: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, Wrong> {
        let Some(value) = self.any(name) else { return Ok(None) };
        let number = value.as_i64().filter(|number| within.contains(number));
        let wrong = || format!("it must be a whole number from {} to {}", within.start(), within.end());
        number.map(Some).ok_or_else(|| Wrong::invalid(self.at(name), wrong()))
    }

    /// A number with a fraction, within bounds.
    pub(super) fn number(&mut self, name: &str, within: std::ops::RangeInclusive<f64>) -> Result<Option<f64>, Wrong> {
        let Some(value) = self.any(name) else { return Ok(None) };
        let number = value.as_f64().filter(|number| within.contains(number));
        let wrong = || format!("it must be a number from {} to {}", within.start(), within.end());
        number.map(Some).ok_or_else(|| Wrong::invalid(self.at(name), wrong()))
    }

    pub(super) fn boolean(&mut self, name: &str) -> Result<Option<bool>, Wrong> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(Wrong::invalid(self.at(name), "it must be true or false")),
        }
    }

    /// A date and time of RFC 3339.
    pub(super) fn time(&mut self, name: &str) -> Result<Option<Time>, Wrong> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let wrong = || Wrong::invalid(self.at(name), "it must be a date and time such as 2026-04-22T00:29:59Z");
        Time::parse(&text).map(Some).ok_or_else(wrong)
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Wrong> {
        let Some(value) = self.any(name) else { return Ok(None) };
        let list = value.as_array().and_then(|list| list.iter().map(|one| Some(one.as_str()?.to_owned())).collect());
        list.map(Some).ok_or_else(|| Wrong::invalid(self.at(name), "it must be a list of texts"))
    }

    /// An object whose members are anybody's.
    pub(super) fn object(&mut self, name: &str) -> Result<Option<Map<String, Value>>, Wrong> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(Wrong::invalid(self.at(name), "it must be an object")),
        }
    }

    /// An object to read in its turn.
    pub(super) fn members(&mut self, name: &str) -> Result<Option<Self>, Wrong> {
        let path = self.at(name);
        self.any(name).map(|value| Self::of(path, value)).transpose()
    }

    /// The end: nothing may be left.
    pub(super) fn end(self) -> Result<(), Wrong> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(Wrong::invalid(self.at(&told::name(name)), "there is no such member")),
        }
    }
}

const LONGEST: usize = 1024 * 1024;
