//! Decides by which id a request is known to its client, to the log and to support.

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use uuid::Uuid;

/// The request's id: on the response as `Correlation-Id`, among the request's extensions for handlers.
/// Always ours: an id chosen by a client could be another request's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorrelationId(pub Uuid);

/// What the client calls its own transaction: `X-Ping-External-Transaction-ID`, among the request's extensions when it was sent.
/// Letters, digits and `. _ - / @ = # +`; other characters became `_`; at most 256 of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalTransactionId(pub String);

/// Makes both ids known to handlers.
pub(super) fn note(request: &mut Request<Body>, id: CorrelationId) {
    let external = request.headers().get(&EXTERNAL_TRANSACTION_ID).map(sanitize);
    let extensions = request.extensions_mut();
    extensions.insert(id);
    if let Some(external) = external.filter(|external| !external.is_empty()) {
        extensions.insert(ExternalTransactionId(external));
    }
}

/// Tells the client the id.
pub(super) fn stamp(headers: &mut HeaderMap, CorrelationId(id): CorrelationId) {
    let mut text = Uuid::encode_buffer();
    let text = id.hyphenated().encode_lower(&mut text);
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(CORRELATION_ID, value);
    }
}

fn sanitize(value: &HeaderValue) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/@=#+".contains(&byte);
    let bytes = value.as_bytes().iter().take(256);
    bytes.map(|byte| if allowed(*byte) { char::from(*byte) } else { '_' }).collect()
}

const CORRELATION_ID: HeaderName = HeaderName::from_static("correlation-id");
static EXTERNAL_TRANSACTION_ID: HeaderName = HeaderName::from_static("x-ping-external-transaction-id");
