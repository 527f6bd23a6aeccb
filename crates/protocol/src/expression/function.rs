//! The functions of the libraries `#string`, `#regex`, `#datetime` and `#data`, and what they are called with.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::budget::Budget;
use super::pattern::Pattern;
use super::{Failed, data, moment, pattern, text};
use crate::time::Time;

/// One function.
pub(super) struct Function {
    pub(super) library: &'static str,
    pub(super) name: &'static str,
    pub(super) takes: RangeInclusive<usize>,
    /// Which of what it takes is a pattern.
    pub(super) pattern: Option<usize>,
    pub(super) act: fn(&mut Given<'_>) -> Result<Value, Failed>,
}

/// What one call was given.
pub(super) struct Given<'a> {
    pub(super) values: &'a [Cow<'a, Value>],
    /// The pattern among them that was read with the expression.
    pub(super) read: Option<&'a Pattern>,
    pub(super) now: Time,
    pub(super) budget: &'a mut Budget,
}

const fn function(
    library: &'static str,
    name: &'static str,
    takes: RangeInclusive<usize>,
    act: fn(&mut Given<'_>) -> Result<Value, Failed>,
) -> Function {
    Function { library, name, takes, pattern: None, act }
}

const fn by_pattern(
    name: &'static str,
    takes: RangeInclusive<usize>,
    act: fn(&mut Given<'_>) -> Result<Value, Failed>,
) -> Function {
    Function { library: "regex", name, takes, pattern: Some(1), act }
}

/// All there are.
static FUNCTIONS: [Function; 33] = [
    function("string", "isNotEmpty", 1..=1, text::is_not_empty),
    function("string", "isNotBlank", 1..=1, text::is_not_blank),
    function("string", "upperCase", 1..=1, text::upper_case),
    function("string", "lowerCase", 1..=1, text::lower_case),
    function("string", "trim", 1..=1, text::trim),
    function("string", "substring", 2..=3, text::substring),
    function("string", "join", 1..=2, text::join),
    function("string", "contains", 2..=2, text::contains),
    function("string", "startsWith", 2..=2, text::starts_with),
    function("string", "endsWith", 2..=2, text::ends_with),
    function("string", "length", 1..=1, text::length),
    function("string", "split", 2..=2, text::split),
    function("string", "replace", 3..=3, text::replace),
    by_pattern("findAllMatches", 2..=2, pattern::find_all),
    by_pattern("replaceAll", 3..=3, pattern::replace_all),
    by_pattern("replaceFirst", 3..=3, pattern::replace_first),
    function("datetime", "now", 0..=0, moment::now),
    function("datetime", "format", 2..=2, moment::format),
    function("datetime", "addSeconds", 2..=2, moment::add_seconds),
    function("datetime", "addMinutes", 2..=2, moment::add_minutes),
    function("datetime", "addHours", 2..=2, moment::add_hours),
    function("datetime", "addDays", 2..=2, moment::add_days),
    function("datetime", "addWeeks", 2..=2, moment::add_weeks),
    function("datetime", "addMonths", 2..=2, moment::add_months),
    function("datetime", "addYears", 2..=2, moment::add_years),
    function("datetime", "toUnixTimestamp", 1..=1, moment::to_unix_timestamp),
    function("datetime", "isBefore", 2..=2, moment::is_before),
    function("datetime", "isAfter", 2..=2, moment::is_after),
    function("data", "removeAll", 2..=2, data::remove_all),
    function("data", "addAll", 2..=2, data::add_all),
    function("data", "contains", 2..=2, data::contains),
    function("data", "distinct", 1..=1, data::distinct),
    function("data", "size", 1..=1, data::size),
];

/// The function of a library, whatever it is given.
pub(super) fn find(library: &str, name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.library == library && function.name == name)
}

/// Whether a variable names a library.
pub(super) fn is_library(name: &str) -> bool {
    FUNCTIONS.iter().any(|function| function.library == name)
}

impl<'a> Given<'a> {
    pub(super) const fn count(&self) -> usize {
        self.values.len()
    }

    pub(super) fn value(&self, at: usize) -> &'a Value {
        self.values.get(at).map_or(&Value::Null, |value| value.as_ref())
    }

    /// A text, or nothing where there is none.
    pub(super) fn text(&self, at: usize) -> Result<Option<&'a str>, Failed> {
        match self.value(at) {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(Failed("the function takes a text here")),
        }
    }

    pub(super) fn list(&self, at: usize) -> Result<Option<&'a [Value]>, Failed> {
        match self.value(at) {
            Value::Null => Ok(None),
            Value::Array(items) => Ok(Some(items)),
            _ => Err(Failed("the function takes a list here")),
        }
    }

    pub(super) fn integer(&self, at: usize) -> Result<i64, Failed> {
        self.value(at).as_i64().ok_or(Failed("the function takes a whole number here"))
    }

    /// The pattern, which is read now where it is worked out.
    pub(super) fn pattern(&mut self, at: usize) -> Result<Pattern, Failed> {
        if let Some(read) = self.read {
            return Ok(read.clone());
        }
        self.budget.pattern()?;
        Pattern::read(self.text(at)?.ok_or(Failed("the pattern is missing"))?)
    }
}
