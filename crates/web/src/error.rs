//! Renders what was not granted: PingOne's error object, the OAuth error object of each layout, the challenges of a resource.
//!
//! Everything said here comes from the table of refusals. Nothing that a client sent is repeated (RFC 6749 §5.2).

mod challenge;

use axum::body::Body;
use axum::response::Response;
use engine::site::{Endpoint, Layout, Site};
use engine::{Ask, Failed};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, EXPIRES, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use protocol::dpop::Scheme;
use protocol::id::CorrelationId;
use protocol::refusal::{Detail, Reason, Refused};
use protocol::token::Json;
use serde_json::{Value, json};

/// PingOne's `{id, code, message, details}`; `id` is the correlation id.
pub fn management(failure: &Failed, correlation: CorrelationId) -> Response {
    as_management(&failure.refused(), correlation)
}

/// The same from the management API, whose challenges say where its metadata is.
pub fn api(api_url: &str, failure: &Failed, correlation: CorrelationId) -> Response {
    let mut response = management(failure, correlation);
    challenge::tell_metadata(response.headers_mut(), &format!("{api_url}/.well-known/oauth-protected-resource"));
    response
}

fn as_management(refused: &Refused, correlation: CorrelationId) -> Response {
    let (row, status) = (refused.reason.row(), challenge::status(refused.reason));
    let message = refused.message.clone().unwrap_or_else(|| format!("{}.", row.public));
    let mut details: Vec<Value> = refused.details.iter().map(detail).collect();
    if details.is_empty() && !row.detail.is_empty() {
        let target = (status == 401).then_some("Authentication Credentials");
        details.push(json!({ "code": row.detail, "message": message }));
        if let (Some(target), Some(Value::Object(only))) = (target, details.last_mut()) {
            only.insert("target".into(), target.into());
        }
    }
    let mut body = json!({ "id": correlation.to_string(), "code": row.code, "message": message });
    if let (false, Value::Object(members)) = (details.is_empty(), &mut body) {
        members.insert("details".into(), details.into());
    }
    let mut response = with_json(status, body.to_string());
    challenge::of_management(response.headers_mut(), refused.reason);
    retry_after(response.headers_mut(), refused);
    response
}

/// The OAuth error of an endpoint with client authentication (RFC 6749 §5.2). A failure that is none of OAuth's is
/// answered like a management call's.
pub fn oauth(site: &Site, endpoint: Endpoint, failure: &Failed, ask: &Ask) -> Response {
    as_oauth(site, endpoint, &failure.refused(), ask)
}

fn as_oauth(site: &Site, endpoint: Endpoint, refused: &Refused, ask: &Ask) -> Response {
    let row = refused.reason.row();
    if row.oauth.is_empty() {
        return as_management(refused, ask.correlation);
    }
    let body = match site.layout {
        Layout::PingOne => described(refused, ask.correlation),
        Layout::Spring => spring(refused, endpoint),
    };
    let mut response = with_json(row.status, body);
    if row.status == 401 {
        // RFC 6749 §5.2, RFC 7617 §2: the realm is fixed and never reflects the request.
        let challenge = HeaderValue::from_static("Basic realm=\"grantor\", charset=\"UTF-8\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    retry_after(response.headers_mut(), refused);
    dress(&mut response, site.layout);
    response
}

/// The answer of a resource of ours to a request without a good access token, or without a proof that it is the sender's (RFC 6750
/// §3, RFC 9449 §7.1). `scheme` is the one that the request used.
pub fn resource(site: &Site, scheme: Scheme, failure: &Failed, ask: &Ask) -> Response {
    as_resource(site, scheme, &failure.refused(), ask)
}

/// A protected resource, as its challenges tell of it.
#[derive(Clone, Copy, Debug)]
pub struct Protected<'a> {
    /// What it wants of a token.
    pub scope: &'a str,
    /// Where its metadata are.
    pub metadata: &'a str,
}

/// The same of a resource that says at once which scope a client should ask for.
pub fn protected(of: Protected<'_>, scheme: Scheme, failure: &Failed, ask: &Ask) -> Response {
    let refused = failure.refused();
    let mut response = of_resource(Layout::PingOne, of, scheme, &refused, ask);
    if response.status() == StatusCode::UNAUTHORIZED {
        challenge::tell_scope(response.headers_mut(), of.scope);
    }
    response
}

/// The same where it is not known in whose name, so that no metadata can be told.
pub fn no_resource(scheme: Scheme, failure: &Failed, ask: &Ask) -> Response {
    let mut response = management(failure, ask.correlation);
    challenge::of_resource(response.headers_mut(), failure.refused().reason, scheme);
    response
}

fn as_resource(site: &Site, scheme: Scheme, refused: &Refused, ask: &Ask) -> Response {
    let metadata = site.resource_metadata_url(Endpoint::Userinfo);
    of_resource(site.layout, Protected { scope: "openid", metadata: &metadata }, scheme, refused, ask)
}

fn of_resource(layout: Layout, of: Protected<'_>, scheme: Scheme, refused: &Refused, ask: &Ask) -> Response {
    let (row, status) = (refused.reason.row(), challenge::status(refused.reason));
    let mut response = match (layout, refused.reason) {
        // RFC 6750 §3.1: without credentials no error is told.
        (_, Reason::AccessTokenMissing) => as_management(refused, ask.correlation),
        _ if row.oauth.is_empty() => return as_management(refused, ask.correlation),
        (Layout::Spring, Reason::AccessTokenInactive) => empty(StatusCode::UNAUTHORIZED),
        (Layout::Spring, _) => with_json(status, Json::object().text("error", row.oauth).finish()),
        (Layout::PingOne, _) => with_json(status, described(refused, ask.correlation)),
    };
    challenge::of_resource(response.headers_mut(), refused.reason, scheme);
    if refused.reason == Reason::ScopeInsufficient {
        challenge::tell_scope(response.headers_mut(), of.scope);
    }
    challenge::tell_metadata(response.headers_mut(), of.metadata);
    retry_after(response.headers_mut(), refused);
    dress(&mut response, layout);
    response
}

/// A JSON answer with PingOne's media type.
pub fn with_json(status: u16, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Headers that every protocol answer of the layout has: not to be stored (RFC 6749 §5.1), and Spring Security's own.
pub fn dress(response: &mut Response, layout: Layout) {
    let headers = response.headers_mut();
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    match layout {
        Layout::PingOne => {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Layout::Spring => {
            let policy = HeaderValue::from_static("no-cache, no-store, max-age=0, must-revalidate");
            headers.insert(CACHE_CONTROL, policy);
            headers.insert(EXPIRES, HeaderValue::from_static("0"));
            headers.insert(X_XSS_PROTECTION, HeaderValue::from_static("0"));
            if headers.get(CONTENT_TYPE).is_some_and(|t| t == "application/json") {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
            }
        }
    }
}

fn detail(detail: &Detail) -> Value {
    let mut object = json!({ "code": detail.code, "target": detail.target, "message": detail.message });
    if let (Some(inner), Value::Object(members)) = (&detail.inner, &mut object) {
        members.insert("innerError".into(), inner.clone());
    }
    object
}

/// PingOne's texts end in the correlation id, by which the owner finds the explanation.
fn described(refused: &Refused, correlation: CorrelationId) -> String {
    let description = format!("{} (Correlation ID: {correlation})", refused.sentence());
    Json::object().text("error", refused.reason.row().oauth).text("error_description", &description).finish()
}

/// Spring's two shapes: bare, or described by the parameter at fault.
fn spring(refused: &Refused, endpoint: Endpoint) -> String {
    let error = refused.reason.row().oauth;
    let (prefix, uri) = match endpoint {
        Endpoint::Introspect => {
            ("OAuth 2.0 Token Introspection Parameter: ", "https://datatracker.ietf.org/doc/html/rfc7662#section-2.1")
        }
        Endpoint::Revoke => {
            ("OAuth 2.0 Token Revocation Parameter: ", "https://datatracker.ietf.org/doc/html/rfc7009#section-2.1")
        }
        Endpoint::Authorize
        | Endpoint::Challenge
        | Endpoint::CheckSession
        | Endpoint::Jwks
        | Endpoint::Register
        | Endpoint::Par
        | Endpoint::Resume
        | Endpoint::Signoff
        | Endpoint::Token
        | Endpoint::Userinfo => ("OAuth 2.0 Parameter: ", "https://datatracker.ietf.org/doc/html/rfc6749#section-5.2"),
    };
    match refused.details.first() {
        Some(of) if !of.target.starts_with("client_") => Json::object()
            .text("error_description", &format!("{prefix}{}", of.target))
            .text("error", error)
            .text("error_uri", uri)
            .finish(),
        _ => Json::object().text("error", error).finish(),
    }
}

/// Whether the answer has to bring the nonce that the proof lacked (RFC 9449 §8).
pub(crate) fn wants_nonce(failure: &Failed) -> bool {
    failure.reason() == Reason::DpopNonceRequired
}

pub(crate) use challenge::tell_step_up;

/// The nonce of the next DPoP proof (RFC 9449 §8).
pub(crate) fn next_nonce(headers: &mut HeaderMap, nonce: Option<&str>) {
    if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::from_str(nonce).ok()) {
        headers.insert(DPOP_NONCE, nonce);
    }
}

/// When whoever was refused for now may come again (RFC 9110 §10.2.3).
pub(crate) fn retry_after(headers: &mut HeaderMap, refused: &Refused) {
    let seconds = match refused.reason {
        Reason::StoreUnavailable | Reason::PasswordHashBusy | Reason::RequestsCrowded => {
            Some(refused.retry_after.unwrap_or(1))
        }
        _ => refused.retry_after,
    };
    if let Some(seconds) = seconds {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
const X_XSS_PROTECTION: HeaderName = HeaderName::from_static("x-xss-protection");

#[cfg(test)]
mod tests;
