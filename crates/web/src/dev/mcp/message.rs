//! Decides what a body says in JSON-RPC 2.0, as the Model Context Protocol narrows it: one request or one notification, never a
//! batch, its parameters an object, its id a text or a whole number.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::error::with_json;
use crate::layers::form;

/// A message of a client.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// None for a notification, which nobody answers.
    pub(super) id: Option<Value>,
    pub(super) method: String,
    pub(super) params: Map<String, Value>,
}

/// Why there is no result: the error of JSON-RPC and the status of HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) status: StatusCode,
    pub(super) code: i32,
    pub(super) message: &'static str,
    pub(super) data: Option<Value>,
    /// Of the request, where one could be read. Without it MCP has none in the answer, where JSON-RPC 2.0 §5 has null.
    pub(super) id: Option<Value>,
}

impl Fault {
    pub(super) fn new(status: StatusCode, code: i32, message: &'static str) -> Self {
        Self { status, code, message, data: None, id: None }
    }

    /// Before there is a message.
    pub(super) fn refused(status: StatusCode, message: &'static str) -> Self {
        Self::new(status, SERVER, message)
    }

    #[must_use]
    pub(super) fn of(self, id: &Value) -> Self {
        Self { id: Some(id.clone()), ..self }
    }

    #[must_use]
    pub(super) fn with(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }

    pub(super) fn answer(&self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let (Some(data), Value::Object(members)) = (&self.data, &mut error) {
            members.insert("data".into(), data.clone());
        }
        let mut body = json!({ "jsonrpc": "2.0", "error": error });
        if let (Some(id), Value::Object(members)) = (&self.id, &mut body) {
            members.insert("id".into(), id.clone());
        }
        with_json(self.status.as_u16(), body.to_string())
    }
}

/// Reads one message.
///
/// # Errors
/// 400 with `Parse error` for what is no JSON, `Invalid Request` for another message. The id is told where it is one.
pub(super) fn read(body: &[u8]) -> Result<Message, Fault> {
    let parsed = form::json(body);
    let Value::Object(mut message) = parsed.map_err(|_| Fault::new(StatusCode::BAD_REQUEST, PARSE, "Parse error"))?
    else {
        return Err(invalid("The body must be one message, and no batch"));
    };
    let id = match message.remove("id") {
        None => None,
        Some(id) if is_id(&id) => Some(id),
        Some(_) => return Err(invalid("The id must be a text or a whole number")),
    };
    let faulty = |what: &'static str| match &id {
        Some(id) => invalid(what).of(id),
        None => invalid(what),
    };
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(faulty("jsonrpc must be 2.0"));
    }
    let Some(Value::String(method)) = message.remove("method") else {
        return Err(faulty("There is no method: nothing was asked of the client that it could answer"));
    };
    let params = match message.remove("params") {
        None => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return Err(faulty("params must be an object")),
    };
    Ok(Message { id, method, params })
}

fn is_id(id: &Value) -> bool {
    match id {
        Value::String(text) => text.len() <= 256,
        Value::Number(number) => number.is_i64() || number.is_u64(),
        _ => false,
    }
}

fn invalid(message: &'static str) -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, INVALID_REQUEST, message)
}

// JSON-RPC 2.0 §5.1.
const PARSE: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
pub(super) const UNKNOWN_METHOD: i32 = -32601;
pub(super) const INVALID_PARAMS: i32 = -32602;
/// Of this server's own.
pub(super) const SERVER: i32 = -32000;
// MCP 2026-07-28, "Error Codes".
pub(super) const HEADER_MISMATCH: i32 = -32020;
pub(super) const UNSUPPORTED_VERSION: i32 = -32022;

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> (i32, Option<Value>) {
        let fault = read(body.as_bytes()).unwrap_err();
        assert_eq!(fault.status, StatusCode::BAD_REQUEST);
        (fault.code, fault.id)
    }

    #[test]
    fn one_request_or_one_notification() {
        let request = read(br#"{"jsonrpc":"2.0","id":"a","method":"ping","params":{"x":1}}"#).unwrap();
        assert_eq!((request.id, request.method.as_str()), (Some(json!("a")), "ping"));
        assert_eq!(request.params.len(), 1);
        assert_eq!(read(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).unwrap().id, None);
        for broken in ["", "{", "{}{}", "\u{feff}{}", r#"{"id":1,"id":2}"#] {
            assert_eq!(code(broken), (PARSE, None), "{broken}");
        }
        for none in [
            "[]",
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            "1",
            "null",
            "{}",
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#,
        ] {
            assert_eq!(code(none), (INVALID_REQUEST, None), "{none}");
        }
        for of_one in [
            r#"{"id":7,"method":"ping"}"#,
            r#"{"jsonrpc":"1.0","id":7,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":7,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}"#,
        ] {
            assert_eq!(code(of_one), (INVALID_REQUEST, Some(json!(7))), "{of_one}");
        }
    }
}
