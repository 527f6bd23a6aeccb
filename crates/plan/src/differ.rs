//! Where what is differs from what is wanted, property by property.

use serde_json::Value;

use crate::shape::{Shape, Type};

/// One property that is not as it is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub path: String,
    /// `null` where it is absent.
    pub before: Value,
    pub after: Value,
    /// It is never shown.
    pub hidden: bool,
}

/// What of `wanted` is not so. What it does not say may be anything; a list is wanted as a whole.
pub(crate) fn differences(shape: &Shape, is: &Value, wanted: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(shape, is, wanted, "", &mut found);
    found
}

fn compare(shape: &Shape, is: &Value, wanted: &Value, path: &str, found: &mut Vec<Difference>) {
    if let (Type::Members(shapes), Value::Object(members)) = (&shape.what, wanted) {
        for (name, wanted) in members {
            let dot = if path.is_empty() { "" } else { "." };
            let any = Shape::default();
            let inner = shapes.get(name).unwrap_or(&any);
            compare(inner, &is[name.as_str()], wanted, &format!("{path}{dot}{name}"), found);
        }
        // To be there with nothing in it is something as well.
        if !members.is_empty() || !is.is_null() {
            return;
        }
    }
    if !same(shape, is, wanted) {
        let (before, after) = (is.clone(), wanted.clone());
        found.push(Difference { path: path.to_owned(), before, after, hidden: has_secret(shape) });
    }
}

fn same(shape: &Shape, is: &Value, wanted: &Value) -> bool {
    match (&shape.what, is, wanted) {
        // What is absent is what absence means.
        (_, Value::Null, wanted) if is_nothing(shape, wanted) => true,
        (_, is, Value::Null) if is_nothing(shape, is) => true,
        (Type::List(item), Value::Array(is), Value::Array(wanted)) => lists(item, is, wanted),
        (Type::Members(shapes), Value::Object(_), Value::Object(wanted)) => {
            let any = Shape::default();
            wanted.iter().all(|(name, wanted)| same(shapes.get(name).unwrap_or(&any), &is[name.as_str()], wanted))
        }
        (_, is, wanted) => is == wanted || numbers(is, wanted),
    }
}

/// A list of words, and of references, has no order; any other has.
fn lists(item: &Shape, is: &[Value], wanted: &[Value]) -> bool {
    if is.len() != wanted.len() {
        return false;
    }
    let unordered = item.refers.is_some() || matches!(item.what, Type::Text);
    if !unordered {
        return is.iter().zip(wanted).all(|(is, wanted)| same(item, is, wanted));
    }
    let mut left: Vec<&Value> = is.iter().collect();
    wanted.iter().all(|wanted| {
        let at = left.iter().position(|is| same(item, is, wanted));
        at.map(|at| left.swap_remove(at)).is_some()
    })
}

/// 1 and 1.0 are one number.
fn numbers(one: &Value, other: &Value) -> bool {
    one.as_f64().is_some_and(|one| other.as_f64() == Some(one))
}

/// Whether a value is the same as none.
fn is_nothing(shape: &Shape, value: &Value) -> bool {
    match &shape.default {
        Some(default) if default == value => true,
        Some(_) => value.is_null(),
        None => match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Bool(true) | Value::Number(_) | Value::Object(_) => false,
        },
    }
}

fn has_secret(shape: &Shape) -> bool {
    shape.secret || shape.item().is_some_and(has_secret) || shape.members().any(|(_, member)| has_secret(member))
}

/// What a body says when what is wanted is written over what is: members one by one, lists as a whole, `null` takes away.
pub(crate) fn overlaid(is: Value, wanted: &Value) -> Value {
    match (is, wanted) {
        (Value::Object(mut is), Value::Object(wanted)) => {
            for (name, wanted) in wanted {
                match is.remove(name) {
                    _ if wanted.is_null() => {}
                    before => drop(is.insert(name.clone(), overlaid(before.unwrap_or_default(), wanted))),
                }
            }
            Value::Object(is)
        }
        (_, Value::Object(wanted)) => overlaid(Value::Object(serde_json::Map::new()), &Value::Object(wanted.clone())),
        (_, wanted) => wanted.clone(),
    }
}
