//! One call: its name, its parameters, what it takes and what it answers.

use serde_json::{Map, Value, json};

use super::own::{self, Answered, Call};
use super::{Told, name, roles};
use crate::manage::{Route, all};

/// The operation object of a row.
pub(super) fn operation(route: &Route) -> Value {
    let call = call(route);
    let mut operation = Map::new();
    operation.insert("operationId".into(), id(route).into());
    operation.insert("tags".into(), json!([tag(route)]));
    operation.insert("summary".into(), summary(route).into());
    operation.insert("parameters".into(), taken(route, &call).into());
    if let Some(body) = body(&call, patched(route).is_some()) {
        operation.insert("requestBody".into(), body);
    }
    operation.insert("responses".into(), responses(&call));
    operation.insert("x-permission".into(), route.permission.name().into());
    operation.insert("x-roles".into(), roles(route).into());
    if let Some(scope) = route.own {
        operation.insert("x-scope-of-users".into(), scope.into());
    }
    operation.into()
}

/// What is taken and answered, whoever says it.
pub(super) fn call(route: &Route) -> Call {
    let (step, kind) = match route.told {
        Told::Own(handler) => return own::call(handler),
        Told::Of(step, kind) => (step, kind),
    };
    let (body, answered) = match step {
        "list" | "all" => (None, Answered::Many { under: kind.many(), of: name(kind), paged: step == "list" }),
        "read" => (None, Answered::One(200, name(kind))),
        "create" => (Some(name(kind)), Answered::One(201, name(kind))),
        "delete" => (None, Answered::Nothing),
        _ => (Some(name(kind)), Answered::One(200, name(kind))),
    };
    let media: &[&str] = if step == "patch" { &["application/json", "application/merge-patch+json"] } else { JSON };
    Call { body, required: step != "patch", media: media.to_vec(), answered }
}

/// `listUsers`, `readUser`, `createUserPassword`: the method and the words of the path.
pub(super) fn id(route: &Route) -> String {
    let verb = match route.name {
        "GET" if matches!(call(route).answered, Answered::Many { .. }) => "list",
        "GET" => "read",
        "POST" if route.path.ends_with('}') => "actOn",
        "POST" => "create",
        "PUT" => "replace",
        "PATCH" => "update",
        _ => "delete",
    };
    format!("{verb}{}", words(route, verb == "list"))
}

/// What the call is about, in one word for each part of the path.
fn words(route: &Route, many: bool) -> String {
    let path = route.path.strip_prefix("/environments/{environment}/").unwrap_or(route.path);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let of_many = |at: usize| parts.get(at + 1).is_some_and(|next| next.starts_with('{'));
    let word = |(at, part): (usize, &&str)| {
        let last = at + 1 == parts.len();
        let one = of_many(at) || (last && !many && holds_many(route.path));
        capital(&if one { singular(part) } else { (*part).to_owned() })
    };
    let words: String = parts.iter().enumerate().filter(|(_, part)| !part.starts_with('{')).map(word).collect();
    // What is above environments as well has the name by itself.
    let above = path != route.path && all().any(|other| other.path.strip_prefix('/') == Some(path));
    if above { format!("Environment{words}") } else { words }
}

/// Whether there is a path of one below it.
fn holds_many(path: &str) -> bool {
    all().any(|other| other.path.strip_prefix(path).is_some_and(|rest| rest.starts_with("/{")))
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

fn parameter(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains('/'))
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
    format!("{}{rest}", first.to_ascii_uppercase())
}

/// `readUserPassword` as a person reads it.
pub(super) fn summary(route: &Route) -> String {
    let id = id(route);
    let mut words = String::new();
    for letter in id.chars() {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    capital(&words)
}

/// The objects that the call is about: the first part of the path of which there are many.
pub(super) fn tag(route: &Route) -> &'static str {
    let below = route.path.strip_prefix("/environments/{environment}/").unwrap_or_default();
    let first = below.split('/').next().unwrap_or_default();
    let many = below.contains("/{")
        || all().any(|other| other.path.strip_prefix(route.path).is_some_and(|rest| rest.starts_with("/{")));
    match route.path.split('/').nth(1) {
        Some("environments") if many && !first.is_empty() => first,
        first => first.unwrap_or_default(),
    }
}

fn taken(route: &Route, call: &Call) -> Vec<Value> {
    let names = route.path.split('/').filter_map(parameter);
    let mut taken: Vec<Value> = names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } }))
        .collect();
    let asked: &[&str] = match call.answered {
        Answered::Many { paged: true, .. } => &["filter", "limit", "cursor", "include", "expand"],
        Answered::Many { .. } => &["filter"],
        _ if route.name == "GET" => &["include"],
        _ => &[],
    };
    if let Some((filter, _)) = own::filter(route.path) {
        let (what, schema) = (format!("What of: {filter}."), json!({ "type": "string" }));
        let parameter =
            json!({ "name": "filter", "in": "query", "required": true, "description": what, "schema": schema });
        taken.push(parameter);
        return taken;
    }
    taken.extend(asked.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })));
    taken
}

/// The parameters of queries, each once.
pub(super) fn parameters() -> Value {
    let parameter = |name: &str, description: &str, schema: Value| {
        (name.to_owned(), json!({ "name": name, "in": "query", "description": description, "schema": schema }))
    };
    let text = || json!({ "type": "string" });
    let all = [
        parameter("filter", "A SCIM filter over the properties that are marked `x-filterable`.", text()),
        parameter("limit", "How many a page has at most.", json!({ "type": "integer", "minimum": 1, "maximum": 1000 })),
        parameter("cursor", "From a link `next` or `prev` of the same list.", text()),
        parameter("include", "What is answered beside, by names with commas between them.", text()),
        parameter("expand", "What is answered whole in `_embedded`.", text()),
    ];
    Value::Object(all.into_iter().collect())
}

/// What a change of some members is of.
pub(super) fn patched(route: &Route) -> Option<&'static str> {
    matches!(route.told, Told::Of("patch", _)).then(|| call(route).body).flatten()
}

fn body(call: &Call, patched: bool) -> Option<Value> {
    let name = call.body?;
    let schema = if patched { reference(&format!("{name}Patch")) } else { reference(name) };
    let content: Map<String, Value> =
        call.media.iter().map(|media| ((*media).to_owned(), json!({ "schema": schema }))).collect();
    Some(json!({ "required": call.required, "content": content }))
}

fn responses(call: &Call) -> Value {
    let (status, answer) = match call.answered {
        Answered::Nothing => (204, json!({ "description": "Done." })),
        Answered::File => {
            let file = json!({ "schema": { "type": "string", "format": "binary" } });
            let content = json!({ "application/x-pem-file": file, "application/pkcs10": file });
            (200, json!({ "description": "A file of the type that is asked for.", "content": content }))
        }
        Answered::One(status, of) => (status, told(&reference(of))),
        Answered::Many { under, of, paged } => (200, told(&page(under, of, paged))),
    };
    json!({ status.to_string(): answer, "default": { "$ref": "#/components/responses/Refused" } })
}

fn told(schema: &Value) -> Value {
    json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } })
}

fn page(under: &str, of: &str, paged: bool) -> Value {
    json!({
        "type": "object",
        "required": ["_links", "_embedded", "count", "size"],
        "properties": {
            "_links": { "$ref": if paged { "#/components/schemas/PageLinks" } else { "#/components/schemas/Links" } },
            "_embedded": {
                "type": "object",
                "required": [under],
                "properties": { under: { "type": "array", "items": reference(of) } },
            },
            "count": { "type": "integer", "description": "How many there are in all." },
            "size": { "type": "integer", "description": "How many are here." },
        },
    })
}

fn reference(of: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{of}") })
}

pub(super) const JSON: &[&str] = &["application/json"];
