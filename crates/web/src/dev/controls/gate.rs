//! Who may use the controls: programs of this machine and this server's own pages; where others can reach the port, whoever has the
//! control key. A page of another site never may, whatever name led it here (DNS rebinding).
//!
//! What pages do beside the protocols, sign somebody on by a click and register applications, is for this machine as well where there is
//! a key, and for others by the key alone.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::WWW_AUTHENTICATE;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::query::Query;
use super::wrong::Wrong;
use crate::ask;
use crate::dev::connect::{host, is_own};
use crate::dev::front;
use crate::flow::html;
use crate::page::ConnectForm;
use crate::state::{AppState, is_this_machine};

pub(in crate::dev) async fn pass(State(web): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if !is_own(&web, &parts) {
        return Wrong::forbidden(StatusCode::FORBIDDEN, "a page of another site may not use the controls")
            .into_response();
    }
    if !holds_key(&web, &parts.headers) {
        return keyless(&web, &parts).await;
    }
    next.run(Request::from_parts(parts, body)).await
}

/// A query is for what is listed by one: whoever wrote another member meant something by it.
pub(super) async fn asked(request: Request, next: Next) -> Result<Response, Wrong> {
    let (parts, body) = request.into_parts();
    let lists = ["/requests", "/outbox"].iter().any(|end| parts.uri.path().ends_with(end));
    if !lists || parts.method == Method::DELETE {
        Query::read(&parts)?.end()?;
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// Lets whoever pages are open to through.
pub(in crate::dev) async fn near(State(web): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if !is_open_to(&web, &parts) {
        return keyless(&web, &parts).await;
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Whether pages show and do more than the protocols for who asks: from this machine, or with the control key.
pub(crate) fn is_open_to(web: &AppState, parts: &Parts) -> bool {
    holds_key(web, &parts.headers) || is_near(parts)
}

/// Whether the request shows the control key, or there is none because nobody else reaches the port.
pub(in crate::dev) fn holds_key(web: &AppState, headers: &HeaderMap) -> bool {
    let key = web.dev.as_ref().and_then(|front| front.control_key.as_ref());
    let shown = ask::bearer(headers).unwrap_or_default();
    key.is_none_or(|key| jose::digest::eq(key.expose().as_bytes(), shown.as_bytes()))
}

/// Over the loopback interface and to a name of it. What a proxy on this machine passes on for others is to the name that they know, or
/// says by a header that it was passed on: who sends `Host: localhost` through it is no nearer.
fn is_near(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let url = Url::parse(&format!("http://{}", host(parts)));
    let direct = PASSED_ON.iter().all(|name| !parts.headers.contains_key(*name));
    direct
        && peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
        && url.is_ok_and(|url| is_this_machine(&url))
}

/// The answer to who has to show the key: to a person the front page, which says so.
async fn keyless(web: &AppState, parts: &Parts) -> Response {
    let message =
        "the control key is missing or wrong: send Authorization: Bearer with GRANTOR_CONTROL_KEY of the env file";
    let mut response = if html::wants_page(&parts.headers) {
        Box::pin(front::page(web, parts, StatusCode::UNAUTHORIZED, ConnectForm::default())).await
    } else {
        Wrong::forbidden(StatusCode::UNAUTHORIZED, message).into_response()
    };
    let realm = http::HeaderValue::from_static("Bearer realm=\"grantor-controls\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, realm);
    response
}

/// By what proxies tell that they passed a request on (RFC 7239 §4, RFC 9110 §7.6.3).
const PASSED_ON: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"];
