//! `GET /as/check_session`, `GET /connect/check_session`: the frame that watches the session (OpenID Connect Session Management 1.0
//! §3.3).
//!
//! Its page is the same for everybody but for who may hold it. What it knows is a cookie that opens nothing.

use axum::body::Body;
use axum::response::Response;
use engine::metadata::{Around, session_frame};
use engine::site::Site;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERER};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use protocol::params::Params;

use crate::ask::ask;
use crate::error;
use crate::flow::html::set;
use crate::page::SessionFrame;
use crate::state::AppState;

/// Answers with the page.
pub async fn get(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    let ask = ask(&parts);
    let (params, _) = Params::lenient(parts.uri.query().unwrap_or_default().as_bytes());
    let page = parts.headers.get(REFERER).and_then(|address| address.to_str().ok());
    let around = params.text("client_id").map_or(Around::Page(page), Around::Client);
    match session_frame(&web.app, &site, &ask, around).await.into_result() {
        Ok(origins) => {
            let names = web.cookies(&site);
            frame(SessionFrame { cookie: names.state(), origins: &origins })
        }
        Err(failure) => error::management(&failure, ask.correlation),
    }
}

fn frame(page: SessionFrame<'_>) -> Response {
    let mut response = Response::new(Body::from(page.render()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // For pages that let in only what says that it may be (HTML §7.1.4).
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    set(headers, CONTENT_SECURITY_POLICY, &page.policy());
    response
}

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
