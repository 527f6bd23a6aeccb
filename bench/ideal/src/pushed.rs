//! Pushed requests and the code that comes of one, for somebody who is signed on (RFC 9126 §2, RFC 6749 §4.1.2).
//!
//! The push checks the secret and keeps the request; the browser's request finds the session, uses the reference up and keeps a
//! code. Each keeps one row where rows are kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::Ideal;
use crate::token::{Digest, Grant, INVALID_GRANT, REDIRECT_URI, Refusal, SERVER_ERROR, answered, digest_of, locked};

#[derive(Default)]
pub(crate) struct Requests {
    pushed: Mutex<HashMap<Digest, Push>>,
}

#[derive(Deserialize)]
pub(crate) struct Push {
    client_id: String,
    client_secret: String,
    response_type: String,
    redirect_uri: String,
    scope: String,
    state: String,
    code_challenge: String,
    code_challenge_method: String,
}

pub(crate) async fn push(State(ideal): State<Arc<Ideal>>, Form(request): Form<Push>) -> Response {
    answered(StatusCode::CREATED, ideal.push(request).await)
}

#[derive(Deserialize)]
pub(crate) struct Brought {
    client_id: String,
    request_uri: String,
}

pub(crate) async fn authorize(
    State(ideal): State<Arc<Ideal>>,
    Query(brought): Query<Brought>,
    headers: HeaderMap,
) -> Response {
    match ideal.code(&brought, &headers).await {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(refusal) => answered(StatusCode::OK, Err(refusal)),
    }
}

impl Ideal {
    async fn push(&self, request: Push) -> Result<Vec<u8>, Refusal> {
        self.endpoint.authenticate(&request.client_id, &request.client_secret)?;
        let right = request.response_type == "code"
            && request.redirect_uri == REDIRECT_URI
            && request.scope == "openid"
            && request.code_challenge_method == "S256"
            && request.code_challenge.len() == 43;
        if !right {
            return Err(Refusal(StatusCode::BAD_REQUEST, "invalid_request"));
        }
        let reference = self.endpoint.random_text().map_err(|_| SERVER_ERROR)?;
        let digest = digest_of(&reference);
        self.keep(digest, &request.client_id).await?;
        locked(&self.requests.pushed).insert(digest, request);
        Ok(format!(r#"{{"request_uri":"{PREFIX}{reference}","expires_in":60}}"#).into_bytes())
    }

    async fn code(&self, brought: &Brought, headers: &HeaderMap) -> Result<String, Refusal> {
        let cookie = headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
        let session = cookie.and_then(|cookie| cookie.strip_prefix("ST="));
        if session.map(digest_of) != Some(self.session) {
            return Err(INVALID_GRANT);
        }
        let reference = brought.request_uri.strip_prefix(PREFIX).ok_or(INVALID_GRANT)?;
        let request = locked(&self.requests.pushed).remove(&digest_of(reference)).ok_or(INVALID_GRANT)?;
        if request.client_id != brought.client_id {
            return Err(INVALID_GRANT);
        }
        let code = self.endpoint.random_text().map_err(|_| SERVER_ERROR)?;
        let digest = digest_of(&code);
        self.keep(digest, "a-person").await?;
        let grant = Grant { subject: "a-person".to_owned(), challenge: Some(request.code_challenge) };
        locked(&self.endpoint.codes).insert(digest, grant);
        Ok(format!("{}?code={code}&state={}", request.redirect_uri, request.state))
    }

    async fn keep(&self, digest: Digest, subject: &str) -> Result<(), Refusal> {
        match &self.endpoint.journal {
            Some(journal) => {
                // Another row than the one that uses it up.
                let row = digest_of(&format!("kept {}", digest.map(char::from).iter().collect::<String>()));
                journal.record(row, subject).await.map_err(|_| SERVER_ERROR)
            }
            None => Ok(()),
        }
    }
}

const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
