//! Requests that every route of the management API is sent alike: who may not, what names nothing, what is no body; and
//! every property of an object with values that it cannot have.

use protocol::model::ObjectKind;
use serde_json::{Value, json};

use super::script::{Block, JSON, Keep, Place};
use crate::described;

/// Every row of the table by somebody who may not, and with ids that name nothing here.
pub(super) fn denials() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paths = Vec::new();
    for (method, path) in web::manage::calls() {
        let good = target(path);
        let block = |target: &str| {
            let block = Block::new(method, target);
            if matches!(method, "POST" | "PUT" | "PATCH") { block.with(Some(JSON), "{}") } else { block }
        };
        blocks.push(block(&good).of("nobody"));
        blocks.push(block(&good).of("lesser"));
        if let Some((before, last)) = path.rsplit_once("/{") {
            let after = last.split_once('}').map_or("", |(_, after)| after);
            for odd in [NOBODY, "not-an-id"] {
                blocks.push(block(&format!("{}/{odd}{after}", target(before))));
            }
        }
        if path.starts_with("/environments/{environment}/") {
            for other in ["{playground}", NOBODY, "not-an-id"] {
                let other = path.replace("{environment}", other);
                blocks.push(block(&target(&other)));
            }
        }
        if !paths.contains(&path) {
            paths.push(path);
            blocks.push(Block::new("PROPFIND", &good));
            blocks.push(Block::new("GET", format!("{good}/")));
        }
    }
    blocks
}

/// Every route that takes a body, sent what is none.
pub(super) fn bodies() -> Vec<Block> {
    let rows = web::manage::calls().filter(|(method, _)| matches!(*method, "POST" | "PUT" | "PATCH"));
    let block = |(method, path): (&str, &str)| {
        let mut block = Block::new(method, target(path)).with(None, "").with(None, "{}");
        for media in ["text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json"] {
            block = block.with(Some(media), "{}");
        }
        let texts = ["", "{}", "[]", "null", "\"text\"", "{", "{\"a\":1,\"a\":2}", "{} {}", "{0xef}{0xbb}{0xbf}{}"];
        for text in texts {
            block = block.with(Some(JSON), text);
        }
        let deep = "{\"a\":{[*20}{]*20}}";
        block.with(Some(JSON), deep).with(Some(JSON), "{\"name\":\"{0xff}\"}").with(Some(JSON), "{ *1048577}")
    };
    rows.map(block).collect()
}

/// The life of a resource that is served like every other: made twice, found, replaced, and gone.
pub(super) fn life(of: ObjectKind) -> Vec<Block> {
    let known = |property: &str| format!("{{{}}}", plain_case(property));
    let body = |name: &str| described::body(of, name, &known).to_string();
    let all = format!("/v1/environments/{{env}}/{}", of.many());
    let one = format!("{all}/{{made}}");
    let mut made = Block::new("POST", &all).with(Some(JSON), "{}").with(Some(JSON), body("one"));
    made.keep = vec![Keep { name: "made".into(), place: Place::Json("/id".into()) }];
    let mut found = Block::new("GET", format!("{all}?limit=5"));
    found.filters = ["id eq \"{made}\"", "id pr and createdAt gt \"2000-01-01T00:00:00Z\"", "nothing eq 1"]
        .map(String::from)
        .to_vec();
    let stale = |block: Block| Block { headers: vec![("If-Match".into(), "\"999\"".into())], ..block };
    vec![
        made,
        // Whatever is unique is taken.
        Block::new("POST", &all).with(Some(JSON), body("one")),
        found,
        Block::new("GET", &one),
        stale(Block::new("PUT", &one)).with(Some(JSON), body("two")),
        Block::new("PUT", &one).with(Some(JSON), "{}").with(Some(JSON), body("two")),
        stale(Block::new("DELETE", &one)),
        Block { requests: vec![("DELETE".into(), one.clone()); 2], ..Block::default() },
        Block::new("GET", &one),
    ]
}

/// A property under the name that a script gives what it refers to.
fn plain_case(property: &str) -> String {
    let lower = |c: char| if c.is_ascii_uppercase() { format!("_{}", c.to_ascii_lowercase()) } else { c.to_string() };
    property.chars().map(lower).collect()
}

/// Every property of `whole`, one level down too: left out, and with values that it cannot have.
pub(super) fn properties(method: &str, target: &str, whole: &Value) -> Vec<Block> {
    let mut block = Block::new(method, target);
    for pointer in pointers(whole) {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut bodies = Vec::new();
        let mut without = whole.clone();
        without.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().remove(name);
        bodies.push(without);
        for wrong in [json!(null), json!(7), json!(""), json!([{}]), json!("a\u{0}\u{200b}"), json!("{x*5000}")] {
            let mut body = whole.clone();
            *body.pointer_mut(&pointer).unwrap() = wrong;
            bodies.push(body);
        }
        for body in bodies {
            block = block.with(Some(JSON), body.to_string());
        }
    }
    vec![block]
}

fn pointers(whole: &Value) -> Vec<String> {
    let members = whole.as_object().unwrap();
    let below = |(name, value): (&String, &Value)| {
        let own = format!("/{name}");
        let inner = value.as_object().into_iter().flatten().map(|(inner, _)| format!("/{name}/{inner}"));
        std::iter::once(own).chain(inner.collect::<Vec<_>>())
    };
    members.iter().flat_map(below).collect()
}

/// The path with ids that are there: role assignments are the worker's, in its environment.
fn target(path: &str) -> String {
    let path = if path.contains("{application}/roleAssignments") {
        path.replace("{environment}", "{admins}").replace("{application}", "{worker}")
    } else {
        path.replace("{environment}", "{env}").replace("{application}", "{web}")
    };
    let policy = if path.contains("/signOnPolicies") { "{sign_on_policy}" } else { "{password_policy}" };
    // What is in the audit already is chance: the list is asked for what nobody did.
    let filter = if path.ends_with("/activities") { "?filter=correlationId+eq+%22{env}%22" } else { "" };
    let path = path.replace("{user}", "{jane}").replace("{policy}", policy);
    let below = [
        "{parent}",
        "{session}",
        "{consent}",
        "{linkedAccount}",
        "{key}",
        "{attribute}",
        "{schema}",
        "{certificate}",
        "{action}",
        "{signOnPolicyAssignment}",
    ];
    let path = below.iter().fold(path, |path, name| path.replace(name, NOBODY));
    // The only thing of a kind that is there from the start is a population.
    let above = path.starts_with("/roles");
    let plain =
        described::plain().filter(|of| *of != ObjectKind::Population && !(above && *of == ObjectKind::CustomRole));
    let path = plain.fold(path, |path, of| path.replace(&format!("{{{}}}", of.one()), NOBODY));
    format!("/v1{path}{filter}")
}

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
