//! What the management API says of itself, held against what it answers: every answer that a test is given is one that the OpenAPI
//! document tells of, member by member.

use std::sync::LazyLock;

use http::Method;
use serde_json::{Map, Value};

use crate::answer::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(web::manage::openapi::document);

/// Panics where the document does not tell of the answer. What is no call of the management API is passed over.
pub(crate) fn hold(method: &Method, target: &str, answer: &Answer) {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let Some(below) = path.strip_prefix("/v1/") else { return };
    let below = format!("/{}", below.strip_prefix("v1/").unwrap_or(below));
    let Some(operation) = operation(method, &below) else { return };
    let responses = &operation["responses"];
    // A body that the client holds already is not sent again.
    if matches!(answer.status, 204 | 304) && answer.text.is_empty() {
        assert!(answer.status == 304 || !responses["204"].is_null(), "204 is not told of: {method} {path}");
        return;
    }
    let told = match &responses[answer.status.to_string()] {
        Value::Null if answer.status < 400 => panic!("{} is not told of: {method} {path}", answer.status),
        Value::Null => resolved(&responses["default"]),
        told => told,
    };
    // A file, or what is no JSON because it was asked for as a file.
    if answer.status < 400
        && (told["content"].is_null() || !answer.header("content-type").starts_with("application/json"))
    {
        return;
    }
    let schema = &told["content"]["application/json"]["schema"];
    // Of themselves people are told what their scopes reach; nobody is told what the schema of users disables.
    let whole = !below.contains("/users");
    if let Err(fault) = fits(&answer.body, schema, "", whole) {
        panic!("{method} {path} answered what /openapi.json does not tell of: {fault}\n{}", answer.text);
    }
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    let found = paths.filter(|(template, _)| is_of(path, template));
    // `/environments/x/type` is a path of its own and not one of `/environments/{environment}`.
    let found = found.min_by_key(|(template, _)| template.matches('{').count())?.1;
    found.get(method.as_str().to_ascii_lowercase())
}

fn is_of(path: &str, template: &str) -> bool {
    let (path, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
    path.len() == template.len() && path.iter().zip(template).all(|(part, of)| of.starts_with('{') || *part == of)
}

fn resolved(schema: &'static Value) -> &'static Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(to) => resolved(DOCUMENT.pointer(to.trim_start_matches('#')).unwrap()),
        None => schema,
    }
}

/// Whether a value is what the schema says, with no member that it does not tell of.
fn fits(value: &Value, schema: &'static Value, at: &str, whole: bool) -> Result<(), String> {
    let schema = resolved(schema);
    if let Some(all) = schema.get("enum").and_then(Value::as_array) {
        return if all.contains(value) { Ok(()) } else { Err(format!("{at}: {value} is none of {all:?}")) };
    }
    let fault = |what: &str| Err(format!("{at}: {value} is no {what}"));
    match (schema["type"].as_str(), value) {
        (Some("object"), Value::Object(members)) => fit(members, schema, at, whole),
        (Some("array"), Value::Array(_)) if schema["items"].is_null() => Ok(()),
        (Some("array"), Value::Array(all)) => {
            all.iter().enumerate().try_for_each(|(n, one)| fits(one, &schema["items"], &format!("{at}[{n}]"), true))
        }
        (Some("string"), Value::String(text)) => match schema["format"].as_str() {
            Some("uuid") if uuid::Uuid::parse_str(text).is_err() => fault("uuid"),
            Some("date-time") if !(text.ends_with('Z') && text.contains('T')) => fault("date-time"),
            _ => Ok(()),
        },
        // One of more than 64 bits is read as the nearest that a float holds.
        (Some("integer"), Value::Number(number)) if !number.is_f64() || number.as_f64().is_some_and(|n| n > 1e18) => {
            Ok(())
        }
        (Some("boolean"), Value::Bool(_)) => Ok(()),
        (Some(kind), _) => fault(kind),
        (None, _) => Err(format!("{at}: nothing is told of it")),
    }
}

fn fit(members: &Map<String, Value>, schema: &'static Value, at: &str, whole: bool) -> Result<(), String> {
    let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(lacking) = needed.into_iter().find(|name| whole && !members.contains_key(*name)) {
        return Err(format!("{at}: {lacking} is not there"));
    }
    let others = schema.get("additionalProperties");
    let Some(told) = schema.get("properties").and_then(Value::as_object) else {
        let Some(of) = others.filter(|of| of.is_object()) else { return Ok(()) };
        return members.iter().try_for_each(|(name, value)| fits(value, of, &format!("{at}.{name}"), true));
    };
    members.iter().try_for_each(|(name, value)| match told.get(name) {
        Some(schema) => fits(value, schema, &format!("{at}.{name}"), true),
        None if others == Some(&Value::Bool(true)) => Ok(()),
        None => Err(format!("{at}.{name} is not told of")),
    })
}
