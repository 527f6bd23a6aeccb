//! The controls' OpenAPI document says what they are.

use engine::controls::outbox::{Means, Message};
use http::Method;
use protocol::id::EnvironmentId;
use serde_json::{Value, json};
use testkit::{Answer, TestApp};

use super::world::{World, call, make, text};

/// Every answer of a walk through all controls has the status and the members that the document says, and every route is in the document.
#[tokio::test]
async fn every_control_is_described_and_answers_so() {
    let server = TestApp::inside().await;
    let document = call(&server, Method::GET, "/openapi.json", None).await.expect(200);
    let world = make(&server).await;
    let mut walked = vec!["get /openapi.json".to_owned(), "get /events".to_owned()];
    world.tokens().await;
    send(&world);
    let snapshot = text(&world.control(Method::POST, "/snapshots", None).await.expect(201)["id"]);
    let at = |path: &str| path.replace("{world}", world.id()).replace("{snapshot}", &snapshot);
    for (call_of, body) in walk(&world) {
        let (method, path) = call_of.split_once(' ').unwrap();
        let answer = call(&server, method.parse().unwrap(), &at(path), body.as_ref()).await;
        let described = &document["paths"][path][method.to_ascii_lowercase()];
        fits(&document, described, &answer).unwrap_or_else(|why| panic!("{call_of}: {why} in {}", answer.text));
        if let Some(body) = body {
            let schema = &described["requestBody"]["content"]["application/json"]["schema"];
            is(&document, schema, &body).unwrap_or_else(|why| panic!("the body of {call_of}: {why}"));
        }
        walked.push(format!("{} {path}", method.to_ascii_lowercase()));
    }
    let described: Vec<String> = operations(&document).map(|(method, path, _)| format!("{method} {path}")).collect();
    let missing: Vec<&String> = described.iter().filter(|one| !walked.contains(one)).collect();
    assert!(missing.is_empty(), "nobody walked to {missing:?}");
    let source = include_str!("../../../src/dev/controls.rs");
    for route in source.split(".route(\"").skip(1) {
        let (path, handlers) = route.split_once('"').unwrap();
        let handlers = handlers.split('\n').next().unwrap();
        for method in ["get", "post", "put", "delete"] {
            let taken = [format!(" {method}("), format!(".{method}(")].iter().any(|part| handlers.contains(part));
            let told = described.contains(&format!("{method} {path}"));
            assert_eq!(taken, told, "{method} {path} is served, and described");
        }
    }
}

/// Every member that the document gives a body is one that the control knows.
#[tokio::test]
async fn every_member_that_is_described_is_known() {
    let server = TestApp::inside().await;
    let document = call(&server, Method::GET, "/openapi.json", None).await.expect(200);
    let world = make(&server).await;
    let bodies = walk(&world).into_iter().filter_map(|(call_of, body)| Some((call_of, body?)));
    for (call_of, mut sent) in bodies {
        let (method, path) = call_of.split_once(' ').unwrap();
        let described = &document["paths"][path][method.to_ascii_lowercase()]["requestBody"];
        let properties = described["content"]["application/json"]["schema"]["properties"].as_object().unwrap();
        for name in properties.keys().filter(|name| sent[name.as_str()].is_null()).cloned().collect::<Vec<_>>() {
            // What is null is not there, but is known.
            sent[name] = Value::Null;
        }
        let path = path.replace("{world}", world.id());
        let answer = call(&server, method.parse().unwrap(), &path, Some(&sent)).await;
        assert!(answer.status < 300, "{call_of}: {}", answer.text);
    }
}

/// A call of each control, in an order in which all of them succeed.
fn walk(world: &World<'_>) -> Vec<(&'static str, Option<Value>)> {
    let person = text(&world.told["users"][0]["username"]);
    vec![
        ("GET /worlds", None),
        ("POST /worlds", Some(json!({ "name": "Walked", "clock": { "frozen": true } }))),
        ("GET /worlds/{world}", None),
        ("GET /worlds/{world}/requests", None),
        ("DELETE /worlds/{world}/requests", None),
        ("GET /worlds/{world}/outbox", None),
        ("DELETE /worlds/{world}/outbox", None),
        ("POST /worlds/{world}/snapshots", None),
        ("POST /worlds/{world}/snapshots/{snapshot}/restore", None),
        ("GET /worlds/{world}/clock", None),
        ("PUT /worlds/{world}/clock", Some(json!({ "advance": 60, "rate": 2.5 }))),
        ("PUT /worlds/{world}/settings", Some(json!({ "autoSignOn": person, "loginHintSignsOn": true }))),
        ("GET /worlds/{world}/settings", None),
        ("POST /worlds/{world}/keys", Some(json!({ "algorithm": "ES256" }))),
        ("POST /worlds/{world}/tokens", Some(json!({ "kind": "access", "audience": ["a"], "wrong": "expired" }))),
        ("POST /worlds/{world}/tokens", Some(json!({ "kind": "refresh", "audience": "a", "username": person }))),
        ("POST /worlds/{world}/next", Some(json!({ "endpoint": "token", "refuse": "secret_wrong" }))),
        ("POST /worlds/{world}/next", Some(json!({ "endpoint": "token", "claims": { "set": { "a": 1 } } }))),
        ("DELETE /worlds/{world}/next", None),
        ("POST /worlds/{world}/expire", Some(json!({ "what": "sessions" }))),
        ("POST /worlds/{world}/reset", None),
        ("DELETE /worlds/{world}", None),
        // It is not there any more: an error is described as well.
        ("GET /worlds/{world}", None),
    ]
}

fn send(world: &World<'_>) {
    let (app, id) = (&world.server.app, EnvironmentId::parse(world.id()).unwrap());
    let some = || Some("1".to_owned());
    let (to, text, links) = ("ada@example.com".into(), "t".into(), vec!["http://localhost/".into()]);
    let message = Message { means: Means::Email, to, subject: some(), text, html: some(), code: some(), links };
    app.controls.as_ref().unwrap().send(id, app.world.now(), message);
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    })
}

fn fits(document: &Value, described: &Value, answer: &Answer) -> Result<(), String> {
    let responses = &described["responses"];
    let told = &responses[answer.status.to_string()];
    let told = if told.is_null() && answer.status >= 400 { &responses["default"] } else { told };
    if told.is_null() {
        return Err(format!("{} is not described", answer.status));
    }
    match &told["content"]["application/json"]["schema"] {
        Value::Null if answer.text.is_empty() => Ok(()),
        Value::Null => Err("a body that is not described".to_owned()),
        schema => is(document, schema, &answer.body),
    }
}

/// Whether a value is what a schema says, as far as the document's schemas go.
fn is(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        return is(document, document.pointer(name.trim_start_matches('#')).ok_or(name)?, value);
    }
    let wrong = || Err(format!("{value} is not {schema}"));
    let types: Vec<&str> = match &schema["type"] {
        Value::Null => return Ok(()),
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let fits = types.iter().any(|of| match *of {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    });
    let listed = schema["enum"].as_array().is_none_or(|all| all.contains(value));
    let stamp = schema["format"] != "date-time" || value.as_str().is_some_and(|text| text.ends_with('Z'));
    if !fits || !listed || !stamp {
        return wrong();
    }
    for each in value.as_array().into_iter().flatten() {
        is(document, &schema["items"], each)?;
    }
    let Some(members) = value.as_object().filter(|_| schema["properties"].is_object()) else { return Ok(()) };
    for (name, member) in members {
        let known = &schema["properties"][name];
        if known.is_null() {
            return Err(format!("{name} is not described"));
        }
        is(document, known, member).map_err(|why| format!("{name}: {why}"))?;
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.filter(|name| !members.contains_key(*name)).try_for_each(|name| Err(format!("{name} is missing")))
}
