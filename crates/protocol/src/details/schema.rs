//! The schemas of authorization details: a closed part of JSON Schema (draft 2020-12) that takes one walk over what is judged.
//!
//! There are no references, no patterns and no choices between schemas: nothing is fetched, nothing is tried twice. A keyword that
//! is not known is refused where a type is registered, and never passed over. An object has no members beside those of
//! `properties`, unless `additionalProperties` is true: RFC 9396 §5 refuses what is unknown.

use serde_json::{Map, Value};

/// What is wrong with a value: where, what it must be, and what it is. Nothing of what was sent is repeated but the names of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `.amount.currency`, `.items[2]`; empty for the whole.
    pub at: String,
    pub expected: String,
    pub came: String,
}

/// Decides whether an object of a type is as its schema says. `type` itself is always a member.
///
/// # Errors
/// The first fault.
pub fn check(schema: &Map<String, Value>, details: &Map<String, Value>) -> Result<(), Fault> {
    let mut at = String::new();
    members(schema, details, &mut at, &["type"])
}

/// Decides whether this is a schema of an object.
///
/// # Errors
/// The sentence for whoever registers it.
pub fn judge(schema: &Map<String, Value>) -> Result<(), String> {
    if schema.get("type").is_some_and(|kind| kind != "object") {
        return Err("must be of an object".into());
    }
    well_formed(schema, DEEPEST)
}

fn well_formed(schema: &Map<String, Value>, depth: usize) -> Result<(), String> {
    let Some(deeper) = depth.checked_sub(1) else { return Err("must be at most four deep".into()) };
    for (keyword, value) in schema {
        let is_good = match keyword.as_str() {
            "title" | "description" => value.is_string(),
            "type" => value.as_str().is_some_and(|kind| TYPES.contains(&kind)),
            "enum" => value.as_array().is_some_and(|list| !list.is_empty() && list.len() <= 100),
            "const" => true,
            "required" => value.as_array().is_some_and(|names| names.iter().all(Value::is_string)),
            "additionalProperties" => value.is_boolean(),
            "minLength" | "maxLength" | "minItems" | "maxItems" => value.as_u64().is_some(),
            "minimum" | "maximum" => value.is_number(),
            "properties" => {
                let Some(members) = value.as_object() else { return Err("must have properties as an object".into()) };
                for member in members.values() {
                    well_formed(member.as_object().ok_or("must have an object for each of properties")?, deeper)?;
                }
                true
            }
            "items" => {
                well_formed(value.as_object().ok_or("must have items as an object")?, deeper)?;
                true
            }
            _ => return Err(format!("must not have the keyword {}", crate::told::name(keyword))),
        };
        if !is_good {
            return Err(format!("must have another value for {keyword}"));
        }
    }
    Ok(())
}

fn value(schema: &Map<String, Value>, came: &Value, at: &mut String) -> Result<(), Fault> {
    if let Some(kind) = schema.get("type").and_then(Value::as_str)
        && !is_of(kind, came)
    {
        return Err(fault(at, format!("{} {kind}", article(kind)), named(came)));
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|list| !list.contains(came)) {
        return Err(fault(at, "one of enum", "another value"));
    }
    if schema.get("const").is_some_and(|only| only != came) {
        return Err(fault(at, "the value of const", "another value"));
    }
    match came {
        Value::String(text) => within(schema, "Length", text.chars().count(), "characters", at),
        Value::Array(list) => {
            within(schema, "Items", list.len(), "elements", at)?;
            let Some(each) = schema.get("items").and_then(Value::as_object) else { return Ok(()) };
            list.iter()
                .enumerate()
                .try_for_each(|(place, one)| below(at, &format!("[{place}]"), |at| value(each, one, at)))
        }
        Value::Object(object) => members(schema, object, at, &[]),
        Value::Number(number) => {
            let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
            let number = number.as_f64().unwrap_or(f64::NAN);
            if limit("minimum").is_some_and(|least| number < least) {
                return Err(fault(at, "at least minimum", "less"));
            }
            if limit("maximum").is_some_and(|most| number > most) {
                return Err(fault(at, "at most maximum", "more"));
            }
            Ok(())
        }
        Value::Bool(_) | Value::Null => Ok(()),
    }
}

fn members(
    schema: &Map<String, Value>,
    object: &Map<String, Value>,
    at: &mut String,
    own: &[&str],
) -> Result<(), Fault> {
    let none = Map::new();
    let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for name in required {
        if !object.contains_key(name) {
            return Err(fault(at, format!("the member {name}"), "none"));
        }
    }
    let open = schema.get("additionalProperties").and_then(Value::as_bool) == Some(true);
    for (name, came) in object {
        match known.get(name).and_then(Value::as_object) {
            Some(member) => below(at, &format!(".{name}"), |at| value(member, came, at))?,
            None if open || own.contains(&name.as_str()) => {}
            None => return Err(fault(at, "no other members", crate::told::name(name))),
        }
    }
    Ok(())
}

fn below(at: &mut String, step: &str, judge: impl FnOnce(&mut String) -> Result<(), Fault>) -> Result<(), Fault> {
    let length = at.len();
    at.push_str(step);
    let judged = judge(at);
    at.truncate(length);
    judged
}

fn within(schema: &Map<String, Value>, of: &str, count: usize, what: &str, at: &str) -> Result<(), Fault> {
    let limit = |side: &str| schema.get(&format!("{side}{of}")).and_then(Value::as_u64);
    let count = count as u64;
    let (least, most) = (limit("min").unwrap_or(0), limit("max").unwrap_or(u64::MAX));
    if (least..=most).contains(&count) {
        return Ok(());
    }
    let expected = if count < least { format!("at least {least} {what}") } else { format!("at most {most} {what}") };
    Err(fault(at, expected, format!("{count} {what}")))
}

/// JSON Schema §6.1.1: a number without a fraction is an integer.
fn is_of(kind: &str, came: &Value) -> bool {
    match kind {
        "integer" => came.as_f64().is_some_and(|number| number.fract() == 0.0),
        kind => named(came) == kind,
    }
}

const fn named(came: &Value) -> &'static str {
    match came {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" }
}

fn fault(at: &str, expected: impl Into<String>, came: impl Into<String>) -> Fault {
    Fault { at: at.to_owned(), expected: expected.into(), came: came.into() }
}

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];
/// As deep as what is judged may be.
const DEEPEST: usize = 4;
