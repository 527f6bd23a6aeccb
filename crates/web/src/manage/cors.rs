//! Decides which pages may call the management API from a browser (WHATWG Fetch §3.3): those of the origins that the environment's
//! applications registered. A token says what a call may do; no cookie counts here, so no credentials are allowed.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderValue, Method, StatusCode};
use protocol::id::EnvironmentId;

use crate::error;
use crate::oauth::cors::fields;
use crate::state::AppState;

/// Answers a preflight, and lets the origin of any other request read its answer.
pub(super) async fn allow(State(web): State<AppState>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(ORIGIN).cloned() else { return next.run(request).await };
    let fields = fields(HEADERS, request.headers());
    let registered = registered(&web, request.uri().path(), &origin).await;
    let preflight =
        *request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if preflight && registered { error::empty(StatusCode::NO_CONTENT) } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if registered {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        if preflight {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, fields);
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
    }
    response
}

/// Answers a preflight of an origin that nobody registered: with nothing that lets it do anything.
pub(super) async fn none() -> Response {
    error::empty(StatusCode::NO_CONTENT)
}

/// Whether an enabled application of the path's environment registered the origin. What is above environments is nobody's page's.
async fn registered(web: &AppState, path: &str, origin: &HeaderValue) -> bool {
    let mut segments = path.split('/').skip_while(|segment| *segment != "environments").skip(1);
    let (Some(environment), Ok(origin)) = (segments.next().and_then(EnvironmentId::parse), origin.to_str()) else {
        return false;
    };
    // A store that cannot be read allows nothing; the answer itself says what is wrong.
    let Ok(Some(tenant)) = web.app.tenant(environment).await else { return false };
    tenant.origin_allowed(&web.app, origin).await.unwrap_or(false)
}

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "Authorization, Content-Type, DPoP, If-Match, If-None-Match, X-Requested-With, \
    X-Ping-External-Transaction-ID, X-Ping-External-Session-ID";
const EXPOSED: &str = "WWW-Authenticate, Retry-After, Correlation-Id, ETag, DPoP-Nonce";
