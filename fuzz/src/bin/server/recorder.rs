//! `web::dev::recorded`, what the recorder of a developer's server shows of any request and any answer: a secret stands in it only as the
//! value of a name that says nothing secret, and a token not even there as a word of its own. The first octet chooses between both and
//! the secret; the input is the target (the status), lines of fields, an empty line, and the body. `{s}` is the secret, `{basic}` the
//! credentials of a client with it.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Request};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use web::dev::recorded;

pub fn check((choice, text): (u8, &[u8])) {
    let secret = SECRETS[usize::from(choice >> 1) % SECRETS.len()];
    let text = String::from_utf8_lossy(text).replace("{s}", secret);
    let text = text.replace("{basic}", &basic(&format!("client:{secret}")));
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let (first, lines) = head.split_once('\n').unwrap_or((head, ""));
    let fields = lines.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value.trim()).ok()?))
    });
    let body = Body::from(body.to_owned());
    let shown = if choice & 1 == 0 {
        let Ok(mut request) = Request::post(first).body(body) else { return };
        request.headers_mut().extend(fields);
        RUNTIME.with(|runtime| runtime.block_on(recorded::request(request)))
    } else {
        let Ok(mut answer) = Response::builder().status(first).body(body) else { return };
        answer.headers_mut().extend(fields);
        RUNTIME.with(|runtime| runtime.block_on(recorded::answer(answer)))
    };
    walk("", &shown, secret);
}

/// As the header has it (RFC 7617 §2).
fn basic(credentials: &str) -> String {
    let encoded = jose::b64::encode(credentials.as_bytes()).replace('-', "+").replace('_', "/");
    let padding = encoded.len().next_multiple_of(4) - encoded.len();
    encoded + &"=".repeat(padding)
}

/// What stands below a name.
fn walk(name: &str, value: &Value, secret: &str) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            assert!(!name.contains(secret), "as a name: {name}");
            walk(name, value, secret);
        }),
        Value::Array(values) => values.iter().for_each(|value| walk(name, value, secret)),
        Value::String(text) if text.contains(secret) => {
            if matches!(name, "claims" | "authorization_details") {
                // JSON within a text: by its own names, where it was not cut.
                if let Ok(within) = serde_json::from_str(text) {
                    walk("", &within, secret);
                }
                return;
            }
            assert!(recorded::is_harmless(name), "{name}: {text}");
            let is_token = secret.starts_with("eyJ");
            assert!(!is_token || !text.split(' ').any(|word| word == secret), "{name}: {text}");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A code, a token, the secret of a client.
const SECRETS: [&str; 3] = [
    "Wm9yY2FuYXJ5Q0FOQVJZc2VjcmV0MDEyMzQ1Njc4OQ",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5c2lnbmF0dXJlMDEyMzQ1Njc4OQ",
    "canary-9f3kQ2xT5qRwYzA3-Vb7nM1pL8sD4gH6jK0",
];

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
}
