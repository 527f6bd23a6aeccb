//! `#string`: what is done with texts. Of no text nothing is made: null, or false.

use serde_json::Value;

use super::Failed;
use super::function::Given;
use super::operator::written;

pub(super) fn is_not_empty(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.text(0)?.is_some_and(|text| !text.is_empty()).into())
}

pub(super) fn is_not_blank(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.text(0)?.is_some_and(|text| !text.trim().is_empty()).into())
}

pub(super) fn upper_case(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, str::to_uppercase)
}

pub(super) fn lower_case(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, str::to_lowercase)
}

pub(super) fn trim(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, |text| text.trim().to_owned())
}

fn made(given: &mut Given<'_>, make: impl Fn(&str) -> String) -> Result<Value, Failed> {
    Ok(given.text(0)?.map_or(Value::Null, |text| make(text).into()))
}

/// `substring(text, start, end)`: numbers below zero count from the end, `end` may be left out, and what is not left of its end
/// is empty.
pub(super) fn substring(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(text) = given.text(0)? else { return Ok(Value::Null) };
    let length = text.chars().count() as i64;
    let place = |at: i64| if at < 0 { (length + at).max(0) } else { at.min(length) };
    let start = place(given.integer(1)?);
    let end = if given.count() > 2 { place(given.integer(2)?) } else { length };
    let taken = text.chars().skip(start as usize).take((end - start).max(0) as usize);
    Ok(Value::String(taken.collect()))
}

/// `join(list, between)`: what is not there is left out.
pub(super) fn join(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(items) = given.list(0)? else { return Ok(Value::Null) };
    let between = if given.count() > 1 { given.text(1)?.unwrap_or_default() } else { "" };
    let there: Result<Vec<String>, Failed> = items.iter().filter(|item| !item.is_null()).map(written).collect();
    Ok(there?.join(between).into())
}

pub(super) fn contains(given: &mut Given<'_>) -> Result<Value, Failed> {
    told(given, |text, part| text.contains(part))
}

pub(super) fn starts_with(given: &mut Given<'_>) -> Result<Value, Failed> {
    told(given, |text, part| text.starts_with(part))
}

pub(super) fn ends_with(given: &mut Given<'_>) -> Result<Value, Failed> {
    told(given, |text, part| text.ends_with(part))
}

fn told(given: &mut Given<'_>, tell: impl Fn(&str, &str) -> bool) -> Result<Value, Failed> {
    Ok(matches!((given.text(0)?, given.text(1)?), (Some(text), Some(part)) if tell(text, part)).into())
}

/// How many characters a text has.
pub(super) fn length(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.text(0)?.map_or(Value::Null, |text| text.chars().count().into()))
}

/// `split(text, between)`: the parts, cut at a text and not at a pattern.
pub(super) fn split(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(text), Some(between)) = (given.text(0)?, given.text(1)?) else { return Ok(Value::Null) };
    if between.is_empty() {
        return Err(Failed("a text cannot be cut at nothing"));
    }
    Ok(Value::Array(text.split(between).map(Value::from).collect()))
}

/// `replace(text, what, with)`: every place of a text, not of a pattern.
pub(super) fn replace(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(text), Some(what)) = (given.text(0)?, given.text(1)?) else { return Ok(Value::Null) };
    let with = given.text(2)?.unwrap_or_default();
    if what.is_empty() {
        return Err(Failed("nothing cannot be replaced"));
    }
    let count = text.matches(what).count();
    given.budget.take(count.saturating_mul(with.len()))?;
    Ok(text.replace(what, with).into())
}
