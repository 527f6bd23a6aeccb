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

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(self.body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
        *response.status_mut() = self.status;
        if self.status != StatusCode::NO_CONTENT {
            // Ping's clients decode this media type and vendor types only, no `hal+json`.
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(tag) = self.version.and_then(|v| HeaderValue::from_str(&format!("\"{v}\"")).ok()) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}
