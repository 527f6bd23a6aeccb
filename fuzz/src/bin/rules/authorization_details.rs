//! `protocol::details` of any text: what is read is the list of objects that another reader finds, each once, is read again by its own
//! text, and is bounded; a schema takes the very objects that a plain walk says it takes.

use protocol::details::{Details, schema};
use serde_json::{Map, Value};

pub fn check(text: &str) {
    let Ok(read) = Details::parse(text) else { return };
    // Another reader, which takes the last of two members: there are none.
    let whole: Vec<Value> = serde_json::from_str(text).expect("accepted here");
    let Value::Array(own) = read.to_value() else { panic!("a list") };
    assert!((1..=20).contains(&own.len()) && own.iter().all(|one| whole.contains(one)) && whole.iter().all(|one| own.contains(one)));
    assert!(own.iter().all(|one| depth(one) <= 4));
    let again = Details::parse(&read.to_value().to_string());
    assert!(again.is_err() || again.as_ref() == Ok(&read), "the same again, where it is not longer than it came");
    assert_eq!(read.narrowed(Some(&read)).as_ref(), Ok(&read));
    // The first object as a schema of the others.
    let schemas = own.first().and_then(Value::as_object);
    let Some(of) = schemas.and_then(|members| members.get("schema")).and_then(Value::as_object) else { return };
    if schema::judge(of).is_ok() {
        for one in own.iter().filter_map(Value::as_object) {
            assert_eq!(schema::check(of, one).is_ok(), object(of, one, true));
        }
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn object(of: &Map<String, Value>, one: &Map<String, Value>, top: bool) -> bool {
    let listed = of.get("properties").and_then(Value::as_object);
    let required = of.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let open = of.get("additionalProperties") == Some(&Value::Bool(true));
    required.iter().all(|name| one.contains_key(name.as_str().expect("judged")))
        && one.iter().all(|(name, came)| match listed.and_then(|listed| listed.get(name)) {
            Some(member) => value(member.as_object().expect("judged"), came),
            None => open || (top && name == "type"),
        })
}

fn value(of: &Map<String, Value>, came: &Value) -> bool {
    let number = |name: &str| of.get(name).and_then(Value::as_f64);
    let between = |least: &str, most: &str, count: f64| {
        number(least).is_none_or(|least| count >= least) && number(most).is_none_or(|most| count <= most)
    };
    let kind = match of.get("type").and_then(Value::as_str) {
        None => true,
        Some("null") => came.is_null(),
        Some("boolean") => came.is_boolean(),
        Some("integer") => came.as_f64().is_some_and(|number| number.trunc() == number),
        Some("number") => came.is_number(),
        Some("string") => came.is_string(),
        Some("array") => came.is_array(),
        Some(_) => came.is_object(),
    };
    kind && of.get("const").is_none_or(|only| only == came)
        && of.get("enum").is_none_or(|list| list.as_array().expect("judged").contains(came))
        && match came {
            Value::String(text) => between("minLength", "maxLength", text.chars().count() as f64),
            Value::Array(list) => {
                between("minItems", "maxItems", list.len() as f64)
                    && of.get("items").is_none_or(|each| list.iter().all(|one| value(each.as_object().expect("judged"), one)))
            }
            Value::Number(number) => between("minimum", "maximum", number.as_f64().unwrap_or(f64::NAN)),
            Value::Object(members) => object(of, members, false),
            Value::Null | Value::Bool(_) => true,
        }
}
