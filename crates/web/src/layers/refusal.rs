//! Decides how a request is answered that no handler sees: status, code and id, and nothing that came in the request.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use protocol::refusal::{Reason, Refused};

use super::correlation::CorrelationId;
use crate::flow::html;
use crate::page::{Around, ErrorKind, ErrorPage, Forms, Locale, Theme};

/// Why no handler answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// RFC 9112 §3.2: host missing, repeated, malformed, or not the one of the request target.
    Host,
    /// RFC 9110 §15.5.20: a host that this server does not answer for.
    ForeignHost,
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
    /// Too many of its source or environment are under way.
    Crowded,
    /// A fault of ours.
    Unexpected,
    /// A handler that did not answer in time.
    TooLong,
}

impl Refusal {
    /// The response: a page for a person, in their language; in the shape of the controls of a developer's server where one of them was
    /// asked.
    pub(super) fn respond(self, id: CorrelationId, reader: Option<Locale>, control: bool) -> Response<Body> {
        let status = StatusCode::from_u16(self.reason().row().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match reader {
            _ if control => self.of_control(status),
            Some(locale) => self.page(status, id, locale),
            None => self.json(status, id),
        };
        let headers = response.headers_mut();
        match self {
            // RFC 9110 §12.5.3: says which coding would have been understood.
            Self::ContentCoding => drop(headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))),
            Self::Crowded => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"))),
            Self::TooLong => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"))),
            _ => {}
        }
        response
    }

    fn json(self, status: StatusCode, CorrelationId(id): CorrelationId) -> Response<Body> {
        let (code, message) = (self.reason().row().code, self.message());
        let body = format!(r#"{{"id":"{id}","code":"{code}","message":"{message}."}}"#);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    fn of_control(self, status: StatusCode) -> Response<Body> {
        let error = match self {
            Self::Path => "not_found",
            Self::ForeignHost => "forbidden",
            Self::Crowded | Self::Unexpected | Self::TooLong => "unavailable",
            _ => "invalid",
        };
        crate::error::with_json(status.as_u16(), format!(r#"{{"error":"{error}","message":"{}."}}"#, self.message()))
    }

    fn page(self, status: StatusCode, CorrelationId(id): CorrelationId, locale: Locale) -> Response<Body> {
        let page = ErrorPage {
            locale,
            theme: &Theme::default(),
            application: None,
            around: Around::default(),
            kind: if self == Self::Path { ErrorKind::NotFound } else { ErrorKind::Request },
            detail: (self != Self::Path).then(|| self.message()),
            told: None,
            correlation_id: &id.to_string(),
        };
        html::page(status, page.render(), locale, Forms::None)
    }

    /// What the owner is told.
    pub(super) fn told(self) -> Refused {
        let (expected, came) = match self {
            Self::Host => ("one host, the one of the request target", "none, several, or another"),
            Self::ForeignHost => ("a host that this server answers for", "another host"),
            Self::Path => {
                ("a path that can be read in one way only", "dot segments, empty segments or escapes of them")
            }
            Self::UriTooLong => ("an address of at most 16 KiB", "a longer one"),
            Self::FieldsTooLarge => ("at most 100 header fields", "more"),
            Self::ContentCoding => ("a body without Content-Encoding", "an encoded one"),
            Self::Expectation => ("Expect: 100-continue, or none", "another expectation"),
            Self::Crowded => ("few requests at a time from one source and in one environment", "more"),
            Self::Unexpected => ("an answer", "a panic, which the log tells more of"),
            Self::TooLong => ("an answer in time", "none"),
        };
        Refused::new(self.reason(), expected, came)
    }

    const fn reason(self) -> Reason {
        match self {
            Self::Host => Reason::HostInvalid,
            Self::ForeignHost => Reason::HostForeign,
            Self::Path => Reason::PathUnknown,
            Self::UriTooLong => Reason::UriTooLong,
            Self::FieldsTooLarge => Reason::HeaderTooLarge,
            Self::ContentCoding => Reason::ContentCodingUnsupported,
            Self::Expectation => Reason::ExpectationFailed,
            Self::Crowded => Reason::RequestsCrowded,
            Self::Unexpected => Reason::Unexpected,
            Self::TooLong => Reason::TimedOut,
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Path => "The requested resource was not found",
            Self::Unexpected => "An unexpected error has occurred",
            other => other.reason().row().public,
        }
    }
}
