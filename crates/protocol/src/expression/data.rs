//! `#data`: what is done with lists. Values are the same where Java holds them for equal: a whole number is none with a fraction, and of an
//! array of `float` none is a number of anything else.

#![expect(clippy::unnecessary_wraps, reason = "functions of one type")]

use serde_json::Value;

use super::Failed;
use super::function::{Function, Given, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "indexOf",
        "list: list, value: value",
        "whole",
        "where the value stands first; -1 where it does not",
        index_of,
    ),
    function("isNotEmpty", "list: list", "boolean", "there is a list, and it has values", is_not_empty),
    function("containsAll", "list: list, others: list", "boolean", "each of the others is in the list", contains_all),
    function("containsAny", "list: list, others: list", "boolean", "one of the others is in the list", contains_any),
    function("removeAll", "list: list, others: list", "list", "the list without the others", remove_all),
    function("retainAll", "list: list, others: list", "list", "what is in the list and among the others", retain_all),
    function("union", "list: list, others: list", "list", "the list, and behind it the others", union),
    function("size", "list: list", "whole", "how many values it has; 0 of null", size),
    function("equals", "list: list, other: list", "boolean", "both have the same values in the same order", equals),
];

/// Whether values of the first and the second list can be the same.
fn are_of_a_kind(given: &Given<'_>) -> bool {
    given.is_of_floats(0) == given.is_of_floats(1)
}

fn index_of(given: &mut Given<'_>) -> Result<Value, Failed> {
    let items = given.list(0).unwrap_or_default();
    given.budget.compared(items, std::slice::from_ref(given.value(1)))?;
    let place = items.iter().position(|item| item == given.value(1)).filter(|_| !given.is_of_floats(0));
    Ok(place.map_or(-1, |at| at as i64).into())
}

fn is_not_empty(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.list(0).is_some_and(|items| !items.is_empty()).into())
}

fn contains_all(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(items), Some(others)) = (given.list(0), given.list(1)) else { return Ok(false.into()) };
    given.budget.compared(items, others)?;
    let kind = are_of_a_kind(given);
    Ok(others.iter().all(|other| kind && items.contains(other)).into())
}

fn contains_any(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(items), Some(others)) = (given.list(0), given.list(1)) else { return Ok(false.into()) };
    given.budget.compared(items, others)?;
    let kind = are_of_a_kind(given);
    Ok(others.iter().any(|other| kind && items.contains(other)).into())
}

fn remove_all(given: &mut Given<'_>) -> Result<Value, Failed> {
    kept(given, false)
}

fn retain_all(given: &mut Given<'_>) -> Result<Value, Failed> {
    kept(given, true)
}

/// What is among the others, or what is not.
fn kept(given: &mut Given<'_>, among: bool) -> Result<Value, Failed> {
    let Some(items) = given.list(0) else { return Ok(Value::Null) };
    let others = given.list(1).unwrap_or_default();
    given.budget.compared(items, others)?;
    let kind = are_of_a_kind(given);
    Ok(items.iter().filter(|item| (kind && others.contains(item)) == among).cloned().collect())
}

fn union(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(Value::Array([given.list(0).unwrap_or_default(), given.list(1).unwrap_or_default()].concat()))
}

fn size(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.list(0).map_or(0, <[Value]>::len).into())
}

fn equals(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (one, other) = (given.list(0), given.list(1));
    Ok((one == other && (are_of_a_kind(given) || one.is_none_or(<[Value]>::is_empty))).into())
}
