//! What a control refuses: `{error, message, at}`.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use protocol::refusal::Refused;
use serde_json::json;

use crate::error;

/// Why a control did nothing.
#[derive(Debug)]
pub(crate) struct Wrong {
    status: StatusCode,
    /// A word for programs.
    error: &'static str,
    /// A sentence for people. What was sent is repeated only where it is the name of a member.
    message: String,
    /// The path of the member that it is about.
    at: Option<String>,
}

impl Wrong {
    /// 400: a member, of this path, is not what it has to be.
    pub(super) fn invalid(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: "invalid", message: message.into(), at: Some(at.into()) }
    }

    /// What is said to people.
    pub(super) fn message(self) -> String {
        self.message
    }

    /// 404.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, error: "not_found", message: message.into(), at: None }
    }

    /// 409: it does not go with what is there.
    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, error: "conflict", message: message.into(), at: None }
    }

    /// The same, about the member of this path.
    pub(super) fn at(self, at: impl Into<String>) -> Self {
        Self { at: Some(at.into()), ..self }
    }

    /// 503: the database did not answer.
    pub(super) fn unavailable() -> Self {
        let message = "the database did not answer".into();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, error: "unavailable", message, at: None }
    }

    /// 401 and 403: not from there, or not without the control key.
    pub(super) fn forbidden(status: StatusCode, message: &str) -> Self {
        Self { status, error: "forbidden", message: message.into(), at: None }
    }
}

/// A body that could not be read.
impl From<Refused> for Wrong {
    fn from(refused: Refused) -> Self {
        let row = refused.reason.row();
        let status = StatusCode::from_u16(row.status).unwrap_or(StatusCode::BAD_REQUEST);
        let message = format!("the body must be {}; it is {}", refused.expected, refused.came);
        Self { status, error: "invalid", message, at: None }
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.error, "message": self.message });
        if let Some(at) = self.at {
            body["at"] = at.into();
        }
        error::with_json(self.status.as_u16(), body.to_string())
    }
}

pub(in crate::dev) async fn unknown(_: Request) -> Wrong {
    Wrong::not_found("there is no such control: docs/reference/dev-controls.md lists them")
}

pub(super) async fn not_allowed(_: Request) -> Wrong {
    let message = "this control does not take the method".into();
    Wrong { status: StatusCode::METHOD_NOT_ALLOWED, error: "method_not_allowed", message, at: None }
}
