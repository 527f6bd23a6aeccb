//! What a call answers: JSON in PingOne's form, with an entity tag where the object has a version.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderValue, StatusCode};
use jose::{b64, digest};
use serde_json::Value;

/// A successful answer.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    media: &'static str,
    body: Option<Vec<u8>>,
    tag: Option<String>,
}

impl Answer {
    pub(super) fn ok(body: impl Into<Value>) -> Self {
        // Ping's clients decode this media type and vendor types only, no `hal+json`.
        Self::file("application/json", body.into().to_string().into_bytes())
    }

    /// What is no JSON.
    pub(super) fn file(media: &'static str, body: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, media, body: Some(body), tag: None }
    }

    /// 202, which PingOne answers where it takes a certificate.
    pub(super) fn accepted(body: impl Into<Value>) -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::ok(body) }
    }

    pub(super) fn created(body: impl Into<Value>) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(body) }
    }

    /// 204.
    pub(super) fn none() -> Self {
        Self { status: StatusCode::NO_CONTENT, media: "", body: None, tag: None }
    }

    /// With an entity tag: the version, by which a write names what it is for, and a digest of the body. What is answered may
    /// change while the version stays (the lock of an account, a last sign-on, how many there are, an address of this server),
    /// and another body is another tag (RFC 9110 §8.8.1).
    pub(super) fn version(mut self, version: i64) -> Self {
        let body = digest::sha256(self.body.as_deref().unwrap_or_default());
        self.tag = Some(format!("\"{version}-{}\"", b64::encode(&body[..12])));
        self
    }

    /// With every `serialNumber` as a number, whatever it takes: those of certificates have up to 160 bits (RFC 5280 §4.1.2.2), and
    /// Ping's clients read nothing else. Within a text of the body no quotation mark stands without a backslash, so only a member is
    /// found.
    pub(super) fn numbered(mut self) -> Self {
        let Some(text) = self.body.take() else { return self };
        let text = String::from_utf8(text).unwrap_or_default();
        let mut parts = text.split(SERIAL);
        let mut written = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            written.push_str("\"serialNumber\":");
            match part.split_once('"') {
                Some((digits, rest)) if !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                    written.push_str(digits);
                    written.push_str(rest);
                }
                _ => {
                    written.push('"');
                    written.push_str(part);
                }
            }
        }
        self.body = Some(written.into_bytes());
        self
    }

    /// 304 without the body where the client holds it already (RFC 9110 §13.1.2).
    pub(super) fn unless_held(mut self, held: &[String]) -> Self {
        if self.tag.as_ref().is_some_and(|current| held.iter().any(|tag| tag == "*" || tag == current)) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body = None;
        }
        self
    }

    /// The JSON of the body; null where there is none.
    pub(super) fn into_value(self) -> Value {
        self.body.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default()
    }

    pub(super) fn into_response(self) -> Response {
        let typed = self.body.is_some();
        let mut response = Response::new(self.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = self.status;
        if typed {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.media));
        }
        if let Some(tag) = self.tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// Whether an entity tag names this version, whatever was answered with it: what a write replaces is what the version counts.
pub(super) fn names(tag: &str, version: i64) -> bool {
    let opaque = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    opaque.and_then(|opaque| opaque.split('-').next()).is_some_and(|named| named == version.to_string())
}

const SERIAL: &str = "\"serialNumber\":\"";
