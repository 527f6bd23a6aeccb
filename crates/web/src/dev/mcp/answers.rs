//! What the server answers, in the three revisions that it speaks: 2025-06-18 and 2025-11-25, which begin with `initialize`, and
//! 2026-07-28, whose every request says for itself what it is.

use axum::response::Response;
use engine::token::AccessFacts;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::message::{Fault, HEADER_MISMATCH, INVALID_PARAMS, Message, SERVER, UNKNOWN_METHOD, UNSUPPORTED_VERSION};
use crate::error::{empty, with_json};

/// How a request is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Revision {
    /// After `initialize`.
    Handshake,
    /// Of 2026-07-28.
    Stateless,
}

/// Answers one message of somebody who may ask.
pub(super) fn answer(message: &Message, headers: &HeaderMap, who: &AccessFacts) -> Response {
    let result = revision(message, headers).and_then(|revision| match &message.id {
        // Whatever it notifies of, nothing here depends on it.
        None => Ok(None),
        Some(_) => result(message, headers, revision, who).map(|result| Some(told(result, revision))),
    });
    match (result, &message.id) {
        (Ok(Some(result)), Some(id)) => {
            with_json(200, json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string())
        }
        (Ok(_), _) => empty(StatusCode::ACCEPTED),
        (Err(fault), Some(id)) => fault.of(id).answer(),
        (Err(fault), None) => fault.answer(),
    }
}

/// MCP 2026-07-28, "Versioning": a request that names its revision itself is of that one; another is of those before, whose header
/// came with 2025-06-18.
fn revision(message: &Message, headers: &HeaderMap) -> Result<Revision, Fault> {
    let named =
        message.params.get("_meta").and_then(|meta| meta.get(VERSION)).map(|named| named.as_str().unwrap_or_default());
    let header = only(headers, "mcp-protocol-version")?;
    match (header, named) {
        (None, None) => Ok(Revision::Handshake),
        (Some(header), None) if HANDSHAKES.contains(&header) => Ok(Revision::Handshake),
        (Some(header), None) if header == STATELESS && message.id.is_some() => {
            Err(bad(INVALID_PARAMS, "params._meta must name the protocol version"))
        }
        (header, Some(named)) if header != Some(named) => {
            Err(bad(HEADER_MISMATCH, "MCP-Protocol-Version is not what params._meta says"))
        }
        (Some(STATELESS), _) => Ok(Revision::Stateless),
        (header, _) => {
            // What was asked for is the client's own, so it is told by its length alone where it is no revision's name.
            let asked = header.filter(|text| text.len() == STATELESS.len()).unwrap_or("another");
            Err(bad(UNSUPPORTED_VERSION, "Unsupported protocol version")
                .with(json!({ "supported": SPOKEN, "requested": asked })))
        }
    }
}

fn result(message: &Message, headers: &HeaderMap, revision: Revision, who: &AccessFacts) -> Result<Value, Fault> {
    let Message { method, params, .. } = message;
    match revision {
        // 2025-11-25, "Session Management": none was given, so what is named is over.
        Revision::Handshake if headers.contains_key("mcp-session-id") => {
            return Err(Fault::new(StatusCode::NOT_FOUND, SERVER, "There is no such session"));
        }
        Revision::Handshake => {}
        Revision::Stateless => mirrored(message, headers)?,
    }
    match (method.as_str(), revision) {
        ("initialize", Revision::Handshake) => Ok(initialized(params)),
        ("ping", Revision::Handshake) => Ok(json!({})),
        ("server/discover", Revision::Stateless) => {
            Ok(cached(json!({ "supportedVersions": SPOKEN, "capabilities": { "tools": {} } }), revision))
        }
        ("tools/list", _) if params.contains_key("cursor") => {
            Err(wrong(revision, "There is one page, without a cursor"))
        }
        ("tools/list", _) => Ok(cached(json!({ "tools": tools() }), revision)),
        ("tools/call", _) => called(params, revision, who),
        _ => {
            let status = if revision == Revision::Stateless { StatusCode::NOT_FOUND } else { StatusCode::OK };
            Err(Fault::new(status, UNKNOWN_METHOD, "Method not found"))
        }
    }
}

/// 2026-07-28, "Server Validation": what the headers repeat of the message must be what it says.
fn mirrored(message: &Message, headers: &HeaderMap) -> Result<(), Fault> {
    let capabilities = message.params.get("_meta").and_then(|meta| meta.get(CAPABILITIES));
    if !capabilities.is_some_and(Value::is_object) {
        return Err(bad(INVALID_PARAMS, "params._meta must name the client's capabilities"));
    }
    if only(headers, "mcp-method")? != Some(&message.method) {
        return Err(bad(HEADER_MISMATCH, "Mcp-Method is not the method"));
    }
    let Some(name) = message.params.get("name").filter(|_| message.method == "tools/call") else { return Ok(()) };
    let told = only(headers, "mcp-name")?.and_then(decoded);
    if told.as_deref() == name.as_str() {
        return Ok(());
    }
    Err(bad(HEADER_MISMATCH, "Mcp-Name is not the name of the tool"))
}

/// The value of a header, once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Fault> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Ok(None),
        (Some(line), None) => {
            line.to_str().map(Some).map_err(|_| bad(HEADER_MISMATCH, "A header holds what no header can"))
        }
        (Some(_), Some(_)) => Err(bad(HEADER_MISMATCH, "A header is there twice")),
    }
}

/// 2026-07-28, "Value Encoding".
fn decoded(value: &str) -> Option<String> {
    match value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        Some(text) => String::from_utf8(jose::b64::decode_standard(text)?).ok(),
        None => Some(value.to_owned()),
    }
}

/// 2025-11-25, "Version Negotiation": the revision that was asked for, or the newest of those that begin so.
fn initialized(params: &Map<String, Value>) -> Value {
    let asked = params.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
    let spoken = HANDSHAKES.into_iter().find(|known| *known == asked).unwrap_or(HANDSHAKES[0]);
    json!({ "protocolVersion": spoken, "capabilities": { "tools": {} }, "serverInfo": server() })
}

fn called(params: &Map<String, Value>, revision: Revision, who: &AccessFacts) -> Result<Value, Fault> {
    let arguments = match params.get("arguments") {
        None => &Map::new(),
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(wrong(revision, "arguments must be an object")),
    };
    match params.get("name").and_then(Value::as_str) {
        Some("echo") => Ok(echo(arguments)),
        Some("whoami") => Ok(whoami(who)),
        _ => Err(wrong(revision, "There is no tool of this name")),
    }
}

/// What is wrong with an argument is told to the model, which can do better (2025-11-25, "Error Handling").
fn echo(arguments: &Map<String, Value>) -> Value {
    match arguments.get("text").and_then(Value::as_str) {
        Some(text) if text.len() <= LONGEST_ECHO => content(text, false),
        _ => content("text must be a text of at most 4096 octets", true),
    }
}

/// Whose token it is, for whom it was given, and what it allows.
fn whoami(who: &AccessFacts) -> Value {
    let subject = who.claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    let scopes: Vec<String> = who.scope.to_string().split(' ').map(str::to_owned).collect();
    let known = json!({
        "subject": subject, "client": who.client_id, "scopes": scopes, "token_type": who.confirmation.token_type(),
    });
    let mut result = content(&known.to_string(), false);
    if let Value::Object(members) = &mut result {
        members.insert("structuredContent".into(), known);
    }
    result
}

fn content(text: &str, is_error: bool) -> Value {
    json!({ "content": [{ "type": "text", "text": text }], "isError": is_error })
}

fn tools() -> Value {
    let text = || json!({ "type": "string" });
    json!([
        {
            "name": "echo",
            "description": "Answers with the text",
            "inputSchema": {
                "type": "object",
                "properties": { "text": { "type": "string", "maxLength": LONGEST_ECHO } },
                "required": ["text"],
            },
            "annotations": { "readOnlyHint": true },
        },
        {
            "name": "whoami",
            "description": "Says whose access token came, which client it was given to and what it allows",
            "inputSchema": { "type": "object", "properties": {} },
            "outputSchema": {
                "type": "object",
                "properties": {
                    "subject": text(), "client": text(), "scopes": { "type": "array", "items": text() }, "token_type": text(),
                },
                "required": ["subject", "client", "scopes", "token_type"],
            },
            "annotations": { "readOnlyHint": true },
        },
    ])
}

/// What 2026-07-28 has in every result.
fn told(mut result: Value, revision: Revision) -> Value {
    if let (Revision::Stateless, Value::Object(members)) = (revision, &mut result) {
        members.insert("resultType".into(), "complete".into());
        members.insert("_meta".into(), json!({ "io.modelcontextprotocol/serverInfo": server() }));
    }
    result
}

/// What it has in those that may be kept: nobody else's cache keeps them.
fn cached(mut result: Value, revision: Revision) -> Value {
    if let (Revision::Stateless, Value::Object(members)) = (revision, &mut result) {
        members.insert("ttlMs".into(), 0.into());
        members.insert("cacheScope".into(), "private".into());
    }
    result
}

fn server() -> Value {
    json!({ "name": "grantor-dev", "version": env!("CARGO_PKG_VERSION") })
}

/// Parameters that are none: an error of JSON-RPC with 200, and since 2026-07-28 with 400.
fn wrong(revision: Revision, message: &'static str) -> Fault {
    let status = if revision == Revision::Stateless { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Fault::new(status, INVALID_PARAMS, message)
}

fn bad(code: i32, message: &'static str) -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, code, message)
}

/// The newest first.
const SPOKEN: [&str; 3] = [STATELESS, HANDSHAKES[0], HANDSHAKES[1]];
const STATELESS: &str = "2026-07-28";
const HANDSHAKES: [&str; 2] = ["2025-11-25", "2025-06-18"];
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const LONGEST_ECHO: usize = 4096;
