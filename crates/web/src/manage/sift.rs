//! Filters of the lists that come whole: the rows that are answered are looked at as they are answered.

use protocol::filter::{Filter, FilterValue, Op};
use protocol::time::Time;
use serde_json::Value;

/// Whether the row meets the filter.
///
/// # Errors
/// The attribute that is none of `supported`.
pub(super) fn meets(row: &Value, filter: &Filter, supported: &[&str]) -> Result<bool, String> {
    // Both sides are looked at, so that an unknown attribute is told whatever the rows are.
    Ok(match filter {
        Filter::And(left, right) => meets(row, left, supported)? & meets(row, right, supported)?,
        Filter::Or(left, right) => meets(row, left, supported)? | meets(row, right, supported)?,
        Filter::Not(inner) => !meets(row, inner, supported)?,
        Filter::Compare { path, op, value } => {
            let found = values(row, known(path, supported)?);
            // RFC 7644 §3.4.2.2: what is absent differs from every value.
            (found.is_empty() && *op == Op::Ne) || found.iter().any(|found| compares(found, *op, value))
        }
        Filter::Present(path) => !values(row, known(path, supported)?).is_empty(),
        Filter::Within(path, _) => return Err(path.clone()),
    })
}

/// Texts without regard to letter case, times as times (RFC 7644 §3.4.2.2).
pub(super) fn compares(found: &Value, op: Op, value: &FilterValue) -> bool {
    match (found, value) {
        (Value::String(found), FilterValue::Text(text)) => match (Time::parse(found), Time::parse(text)) {
            (Some(found), Some(time)) => ordered(op, found.cmp(&time)),
            _ => texts(op, &found.to_lowercase(), &text.to_lowercase()),
        },
        (Value::Bool(found), FilterValue::Bool(value)) => ordered(op, found.cmp(value)),
        // As the lists of the store take it.
        (Value::Bool(found), FilterValue::Text(text)) => {
            text.parse::<bool>().map_or(op == Op::Ne, |value| ordered(op, found.cmp(&value)))
        }
        (Value::Number(found), FilterValue::Number(number)) => match (found.as_f64(), number.as_f64()) {
            (Some(found), Some(number)) => found.partial_cmp(&number).is_some_and(|order| ordered(op, order)),
            _ => false,
        },
        _ => op == Op::Ne,
    }
}

fn texts(op: Op, found: &str, text: &str) -> bool {
    match op {
        Op::Co => found.contains(text),
        Op::Ew => found.ends_with(text),
        Op::Sw => found.starts_with(text),
        Op::Eq | Op::Ge | Op::Gt | Op::Le | Op::Lt | Op::Ne => ordered(op, found.cmp(text)),
    }
}

fn ordered(op: Op, order: std::cmp::Ordering) -> bool {
    match op {
        Op::Eq => order.is_eq(),
        Op::Ge => order.is_ge(),
        Op::Gt => order.is_gt(),
        Op::Le => order.is_le(),
        Op::Lt => order.is_lt(),
        Op::Ne => order.is_ne(),
        Op::Co | Op::Ew | Op::Sw => false,
    }
}

fn known<'s>(path: &str, supported: &[&'s str]) -> Result<&'s str, String> {
    let found = supported.iter().find(|name| name.eq_ignore_ascii_case(path));
    found.copied().ok_or_else(|| path.to_owned())
}

/// The values at a path of names with points between them; each of a list.
fn values<'r>(row: &'r Value, path: &str) -> Vec<&'r Value> {
    let found = path.split('.').try_fold(row, |value, name| value.get(name));
    match found {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    }
}

#[cfg(test)]
mod tests;
