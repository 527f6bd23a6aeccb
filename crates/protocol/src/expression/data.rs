//! `#data`: what is done with lists.

use serde_json::Value;

use super::Failed;
use super::function::Given;

/// `removeAll(list, others)`: what is in `others` is in the list no more.
pub(super) fn remove_all(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(items) = given.list(0)? else { return Ok(Value::Null) };
    let others = given.list(1)?.unwrap_or_default();
    given.budget.compared(items.len(), others.len())?;
    Ok(Value::Array(items.iter().filter(|item| !others.contains(item)).cloned().collect()))
}

/// `addAll(list, others)`
pub(super) fn add_all(given: &mut Given<'_>) -> Result<Value, Failed> {
    let items = [given.list(0)?.unwrap_or_default(), given.list(1)?.unwrap_or_default()];
    Ok(Value::Array(items.concat()))
}

/// `contains(list, value)`
pub(super) fn contains(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(items) = given.list(0)? else { return Ok(Value::Bool(false)) };
    given.budget.compared(items.len(), 1)?;
    Ok(items.contains(given.value(1)).into())
}

/// `distinct(list)`: each value once, where it stands first.
pub(super) fn distinct(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(items) = given.list(0)? else { return Ok(Value::Null) };
    given.budget.compared(items.len(), items.len())?;
    let mut found: Vec<Value> = Vec::new();
    for item in items {
        if !found.contains(item) {
            found.push(item.clone());
        }
    }
    Ok(Value::Array(found))
}

/// `size(list)`
pub(super) fn size(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.list(0)?.map_or(Value::Null, |items| items.len().into()))
}
