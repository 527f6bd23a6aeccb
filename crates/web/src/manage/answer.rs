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
    body: Option<String>,
    tag: Option<String>,
}

impl Answer {
    pub(super) fn ok(body: impl Into<Value>) -> Self {
        Self { status: StatusCode::OK, body: Some(body.into().to_string()), tag: None }
    }

    pub(super) fn created(body: impl Into<Value>) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(body) }
    }

    /// 204.
    pub(super) fn none() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, tag: None }
    }

    /// With an entity tag: the version, by which a write names what it is for, and a digest of the body. What is answered may
    /// change while the version stays (the lock of an account, a last sign-on, how many there are, an address of this server),
    /// and another body is another tag (RFC 9110 §8.8.1).
    pub(super) fn version(mut self, version: i64) -> Self {
        let body = digest::sha256(self.body.as_deref().unwrap_or_default().as_bytes());
        self.tag = Some(format!("\"{version}-{}\"", b64::encode(&body[..12])));
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

    pub(super) fn into_response(self) -> Response {
        let typed = self.body.is_some();
        let mut response = Response::new(self.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = self.status;
        if typed {
            // Ping's clients decode this media type and vendor types only, no `hal+json`.
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
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
