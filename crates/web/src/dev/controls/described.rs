//! The controls as an OpenAPI 3.1 document, of one table. The tests hold every route, every member of a body and the answers of a walk
//! through all of them against it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::response::Response;
use engine::controls::place::Place;
use protocol::refusal::Reason;
use protocol::token::minted::Wrong as Amiss;
use serde_json::{Map, Value, json};

use crate::error;

/// A control.
struct Row {
    /// Method and path below `/dev/v1`.
    call: &'static str,
    does: &'static str,
    query: Members,
    body: Members,
    status: u16,
    /// The name of a schema; empty where nothing is answered.
    answer: &'static str,
}

/// Names and kinds, as [`kind`] reads them; those that end in `!` are always there.
type Members = &'static [(&'static str, &'static str)];

pub(super) async fn answer() -> Response {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    error::with_json(200, DOCUMENT.get_or_init(|| document().to_string()).clone())
}

fn document() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for row in ROWS {
        let (method, path) = row.call.split_once(' ').unwrap_or_default();
        paths.entry(path).or_default().insert(method.to_ascii_lowercase(), operation(row, path));
    }
    let schemas = SCHEMAS.iter().map(|(name, members)| ((*name).to_owned(), object(members)));
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Grantor developer's controls",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What tests make, set, force and ask for on a server of `grantor dev`: docs/reference/dev-controls.md.",
        },
        "servers": [{ "url": "/dev/v1" }],
        // On loopback nobody shows credentials.
        "security": [{}, { "controlKey": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "controlKey": {
                "type": "http",
                "scheme": "bearer",
                "description": "GRANTOR_CONTROL_KEY of the env file, where other machines reach the port.",
            } },
            "schemas": schemas.collect::<Map<String, Value>>(),
        },
    })
}

fn operation(row: &Row, path: &str) -> Value {
    let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let named = named.map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } })
    });
    let asked = row.query.iter().map(|(name, of)| json!({ "name": name, "in": "query", "schema": kind(of) }));
    let parameters: Vec<Value> = named.chain(asked).collect();
    let content = |schema: Value| json!({ "application/json": { "schema": schema } });
    let mut done = json!({ "description": row.does });
    match row.answer {
        "" => {}
        "text/event-stream" => done["content"] = json!({ "text/event-stream": { "schema": { "type": "string" } } }),
        name => done["content"] = content(kind(name)),
    }
    let refused = json!({ "description": "Why nothing was done.", "content": content(kind("#Error")) });
    let mut operation = json!({
        "summary": row.does,
        "parameters": parameters,
        "responses": { row.status.to_string(): done, "default": refused },
    });
    if !row.body.is_empty() {
        operation["requestBody"] = json!({ "content": content(object(row.body)) });
    }
    operation
}

fn object(members: Members) -> Value {
    let required: Vec<&str> = members.iter().filter(|(_, of)| of.ends_with('!')).map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = members.iter().map(|(name, of)| ((*name).to_owned(), kind(of))).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The schema of a kind: a type of JSON, `#` and another schema's name, `@` and a list of this program's, words with `|` between;
/// each with `[]` behind it for a list of such.
fn kind(of: &str) -> Value {
    let of = of.trim_end_matches('!');
    if let Some(each) = of.strip_suffix("[]") {
        return json!({ "type": "array", "items": kind(each) });
    }
    let one_of = |names: Vec<&str>| json!({ "type": "string", "enum": names });
    match of {
        "any" => json!({}),
        "time" => json!({ "type": "string", "format": "date-time" }),
        "text or texts" => json!({ "type": ["string", "array"], "items": { "type": "string" } }),
        "@places" => one_of(Place::ALL.map(Place::name).to_vec()),
        "@forced" => one_of(Place::ALL.into_iter().filter(|place| place.is_forced()).map(Place::name).collect()),
        "@reasons" => one_of(Reason::ALL.iter().map(|reason| reason.row().name).collect()),
        "@wrong" => one_of(Amiss::ALL.map(|(name, _)| name).to_vec()),
        "@algorithms" => one_of(jose::Alg::ASYMMETRIC.iter().map(|alg| alg.name()).collect()),
        _ if of.starts_with('#') => json!({ "$ref": format!("#/components/schemas/{}", &of[1..]) }),
        _ if of.contains('|') => one_of(of.split('|').collect()),
        _ => json!({ "type": of }),
    }
}

const fn get(call: &'static str, does: &'static str, query: Members, answer: &'static str) -> Row {
    Row { call, does, query, body: &[], status: 200, answer }
}

const fn send(call: &'static str, does: &'static str, body: Members, (status, answer): (u16, &'static str)) -> Row {
    Row { call, does, query: &[], body, status, answer }
}

const ROWS: &[Row] = &[
    get("GET /worlds", "Every world of the server", &[], "#Worlds"),
    send(
        "POST /worlds",
        "Makes a world",
        &[("name", "string"), ("seed", "object"), ("clock", "#Turn")],
        (201, "#World"),
    ),
    get("GET /worlds/{world}", "A world, with the secrets that it has now", &[], "#World"),
    send("DELETE /worlds/{world}", "Deletes a world", &[], (204, "")),
    send("POST /worlds/{world}/reset", "Takes a world back to its making", &[], (204, "")),
    send("POST /worlds/{world}/snapshots", "Takes a snapshot", &[], (201, "#Id")),
    send("POST /worlds/{world}/snapshots/{snapshot}/restore", "Restores a snapshot", &[], (204, "")),
    get("GET /worlds/{world}/clock", "The clock", &[], "#Clock"),
    send("PUT /worlds/{world}/clock", "Turns the clock", TURN, (200, "#Clock")),
    send("POST /worlds/{world}/expire", "Ends what lives, before its time", EXPIRE, (200, "#Expired")),
    get("GET /worlds/{world}/settings", "Who signs on without a form", &[], "#Settings"),
    send("PUT /worlds/{world}/settings", "Says who signs on without a form", SETTINGS, (200, "#Settings")),
    send(
        "POST /worlds/{world}/keys",
        "Signs with a new key from now on",
        &[("algorithm", "@algorithms")],
        (201, "#Key"),
    ),
    send("POST /worlds/{world}/tokens", "Mints a token, right or with one thing wrong", MINT, (201, "#Minted")),
    send(
        "POST /worlds/{world}/next",
        "Chooses the next answer: exactly one of refuse, claims, delayMs, drop, malformed and status",
        NEXT,
        (201, "#Id"),
    ),
    send("DELETE /worlds/{world}/next", "Takes back what was chosen", &[], (204, "")),
    get(
        "GET /worlds/{world}/requests",
        "What the world was asked and answered, the oldest first",
        REQUESTS,
        "#Requests",
    ),
    send("DELETE /worlds/{world}/requests", "Forgets what it was asked", &[], (204, "")),
    get("GET /worlds/{world}/outbox", "What was sent to people, the oldest first", OUTBOX, "#Outbox"),
    send("DELETE /worlds/{world}/outbox", "Empties the outbox", &[], (204, "")),
    get("GET /events", "What happens in all worlds, as it happens", &[], "text/event-stream"),
    get("GET /openapi.json", "This document", &[], "object"),
];

const TURN: Members = &[("now", "time"), ("advance", "number"), ("frozen", "boolean"), ("rate", "number")];
const SETTINGS: Members = &[("autoSignOn", "string"), ("loginHintSignsOn", "boolean")];
const EXPIRE: Members =
    &[("what", "codes|accessTokens|refreshTokens|sessions|flows!"), ("clientId", "string"), ("username", "string")];
const MINT: Members = &[
    ("kind", "access|id|refresh!"),
    ("clientId", "string"),
    ("subject", "string"),
    ("username", "string"),
    ("audience", "text or texts"),
    ("scope", "string"),
    ("claims", "object"),
    ("removeClaims", "string[]"),
    ("expiresIn", "integer"),
    ("algorithm", "@algorithms"),
    ("wrong", "@wrong"),
];
const NEXT: Members = &[
    ("endpoint", "@forced!"),
    ("clientId", "string"),
    ("times", "integer"),
    ("refuse", "@reasons"),
    ("claims", "#Claims"),
    ("delayMs", "integer"),
    ("drop", "boolean"),
    ("malformed", "boolean"),
    ("status", "integer"),
    ("retryAfter", "integer"),
];
const REQUESTS: Members = &[
    ("endpoint", "@places"),
    ("clientId", "string"),
    ("status", "integer"),
    ("after", "string"),
    ("waitMs", "integer"),
];
const OUTBOX: Members = &[("to", "string"), ("kind", "email|sms|push"), ("waitMs", "integer")];

const SCHEMAS: &[(&str, Members)] = &[
    ("Worlds", &[("worlds", "#Listed[]!")]),
    (
        "Listed",
        &[
            ("name", "string!"),
            ("id", "string!"),
            ("issuer", "string!"),
            ("apiUrl", "string!"),
            ("discovery", "string!"),
        ],
    ),
    (
        "World",
        &[
            ("id", "string!"),
            ("issuer", "string!"),
            ("apiUrl", "string!"),
            ("discovery", "string!"),
            ("worker", "#Worker"),
            ("applications", "#Application[]!"),
            ("users", "#User[]!"),
        ],
    ),
    ("Worker", &[("clientId", "string!"), ("clientSecret", "string!")]),
    (
        "Application",
        &[
            ("name", "string!"),
            ("id", "string!"),
            ("clientId", "string!"),
            ("clientSecret", "string"),
            ("redirectUris", "string[]!"),
        ],
    ),
    ("User", &[("username", "string!"), ("id", "string!"), ("password", "string")]),
    ("Id", &[("id", "string!")]),
    ("Key", &[("kid", "string!")]),
    ("Turn", TURN),
    ("Clock", &[("now", "time!"), ("frozen", "boolean!"), ("rate", "number!")]),
    ("Expired", &[("expired", "integer!")]),
    ("Settings", SETTINGS),
    ("Minted", &[("token", "string!"), ("claims", "object"), ("header", "object")]),
    ("Claims", &[("set", "object"), ("remove", "string[]")]),
    ("Requests", &[("requests", "#Request[]!")]),
    (
        "Request",
        &[
            ("id", "string!"),
            ("at", "time!"),
            ("correlationId", "string!"),
            ("endpoint", "@places!"),
            ("method", "string!"),
            ("path", "string!"),
            ("query", "object!"),
            ("headers", "object!"),
            ("form", "any"),
            ("status", "integer"),
            ("reason", "string"),
            ("clientId", "string"),
            ("userId", "string"),
            ("gave", "string[]"),
            ("from", "string"),
            ("forced", "string"),
            ("answer", "object"),
        ],
    ),
    ("Outbox", &[("messages", "#Message[]!")]),
    (
        "Message",
        &[
            ("id", "string!"),
            ("at", "time!"),
            ("kind", "email|sms|push!"),
            ("to", "string!"),
            ("subject", "string"),
            ("text", "string!"),
            ("html", "string"),
            ("code", "string"),
            ("links", "string[]!"),
        ],
    ),
    ("Error", &[("error", "string!"), ("message", "string!"), ("at", "string")]),
];
