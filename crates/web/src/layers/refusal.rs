//! Decides how a request is answered that no handler sees: status, code and id, and nothing that came in the request.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};

use super::correlation::CorrelationId;

/// Why no handler answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// RFC 9112 §3.2: host missing, repeated, malformed, or not the one of the request target.
    Host,
    /// The path is no route of ours and cannot become one by being read again.
    Path,
    /// RFC 9110 §15.5.15.
    UriTooLong,
    /// RFC 6585 §5.
    FieldsTooLarge,
    /// RFC 9110 §15.5.16: no content coding is undone here.
    ContentCoding,
    /// RFC 9110 §10.1.1: an expectation other than 100-continue.
    Expectation,
    /// A fault of ours.
    Unexpected,
    /// A handler that did not answer in time.
    TooLong,
}

impl Refusal {
    /// The response.
    pub(super) fn respond(self, CorrelationId(id): CorrelationId) -> Response<Body> {
        let (status, code, message) = self.terms();
        let body = format!(r#"{{"id":"{id}","code":"{code}","message":"{message}"}}"#);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            // RFC 9110 §12.5.3: says which coding would have been understood.
            Self::ContentCoding => drop(headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))),
            Self::TooLong => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"))),
            _ => {}
        }
        response
    }

    fn terms(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Host => (StatusCode::BAD_REQUEST, "INVALID_REQUEST", "The request must name one host."),
            Self::Path => (StatusCode::NOT_FOUND, "NOT_FOUND", "The requested resource was not found."),
            Self::UriTooLong => (StatusCode::URI_TOO_LONG, "INVALID_REQUEST", "The request URI is too long."),
            Self::FieldsTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "INVALID_REQUEST",
                "The request has too many header fields.",
            ),
            Self::ContentCoding => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_REQUEST", "The request body must not be content-coded.")
            }
            Self::Expectation => (StatusCode::EXPECTATION_FAILED, "INVALID_REQUEST", "The expectation cannot be met."),
            Self::Unexpected => {
                (StatusCode::INTERNAL_SERVER_ERROR, "UNEXPECTED_ERROR", "An unexpected error has occurred.")
            }
            Self::TooLong => {
                (StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", "The request could not be completed in time.")
            }
        }
    }
}
