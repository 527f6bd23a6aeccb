//! What a call answers: JSON in PingOne's form, with the version as entity tag where the object has one.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

/// A successful answer.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    body: Option<Value>,
    version: Option<i64>,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body), version: None }
    }

    pub(super) fn created(body: Value) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(body) }
    }

    /// 204.
    pub(super) fn none() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, version: None }
    }

    /// With the version that `If-Match` may name (RFC 9110 §8.8.3).
    pub(super) fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// 304 without the body where the client holds this version already (RFC 9110 §13.1.2).
    pub(super) fn unless_held(mut self, held: &[String]) -> Self {
        let current = self.version.map(entity_tag);
        if held.iter().any(|tag| current.is_some() && (tag == "*" || Some(tag) == current.as_ref())) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body = None;
        }
        self
    }

    pub(super) fn into_response(self) -> Response {
        let typed = self.body.is_some();
        let mut response = Response::new(self.body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
        *response.status_mut() = self.status;
        if typed {
            // Ping's clients decode this media type and vendor types only, no `hal+json`.
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(tag) = self.version.and_then(|v| HeaderValue::from_str(&entity_tag(v)).ok()) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// The version as a strong entity tag (RFC 9110 §8.8.3).
pub(super) fn entity_tag(version: i64) -> String {
    format!("\"{version}\"")
}
