//! Members of other systems' objects.

use serde_json::{Map, Value};

/// The text of a member that says something.
pub(crate) fn text<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

/// A flag, also where it is written as a text.
pub(crate) fn flag(of: &Map<String, Value>, name: &str) -> Option<bool> {
    match of.get(name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A number, also where it is written as a text.
pub(crate) fn number(of: &Map<String, Value>, name: &str) -> Option<i64> {
    match of.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The texts of a list.
pub(crate) fn texts<'a>(of: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    of.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The objects of a list.
pub(crate) fn objects<'a>(of: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    of.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// An object that is a member; none where it is missing.
pub(crate) fn inner<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    of.get(name).and_then(Value::as_object)
}

/// Writes a member below another.
pub(crate) fn put(body: &mut Map<String, Value>, path: &str, value: impl Into<Value>) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value.into());
        }
        Some((outer, rest)) => {
            let object = body.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            if let Some(object) = object.as_object_mut() {
                put(object, rest, value);
            }
        }
    }
}

/// The origin of an address: scheme, host and port.
pub(crate) fn origin(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let web = matches!(scheme, "http" | "https") && !authority.is_empty();
    web.then(|| format!("{scheme}://{authority}"))
}
