//! Decides what a browser's script may read of the protocol endpoints (WHATWG Fetch §3.3; RFC 9700 §2.6, RFC 10017).
//!
//! Registered origins may read answers, refusals too (CO-04); cookies never count here, so no credentials are allowed.
//! Whose origins count is decided by the one application of the request, and by all of the environment's where nothing
//! says which it is: a preflight, or a request that names no application.

use axum::body::Body;
use axum::response::Response;
use engine::site::Site;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use protocol::id::ApplicationId;

use crate::error;
use crate::state::AppState;

/// Answers the preflight of an endpoint for registered origins. It names no client, so the origin of any enabled
/// application of the environment will do; what the script may *do* is decided by the credentials it then sends.
pub async fn preflight(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    let mut response = allow(&web, &site, &parts, Who::Unknown, error::empty(StatusCode::NO_CONTENT)).await;
    if response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        permit(&mut response);
    }
    response
}

/// Answers the preflight of a document that is public anyway.
pub async fn preflight_open(_web: AppState, _site: Site, _parts: Parts, _body: Body) -> Response {
    let mut response = open(error::empty(StatusCode::NO_CONTENT));
    permit(&mut response);
    response
}

/// The application of a request.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// The one with this `client_id`, proven or claimed.
    Client(String),
    /// The one that an access token was issued to.
    Application(ApplicationId),
    Unknown,
}

/// Lets the origin of the request read the response, where it is registered.
pub(super) async fn allow(web: &AppState, site: &Site, parts: &Parts, who: Who, mut response: Response) -> Response {
    response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = parts.headers.get(ORIGIN)
        && registered(web, site, who, origin).await
    {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    response
}

/// Lets every origin read the response.
pub(super) fn open(mut response: Response) -> Response {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

async fn registered(web: &AppState, site: &Site, who: Who, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let Ok(Some(tenant)) = web.app.serving(site.environment).await else { return false };
    let client = match who {
        Who::Client(id) => tenant.client(&web.app, &id).await,
        Who::Application(id) => tenant.client_of(&web.app, id).await,
        Who::Unknown => Ok(None),
    };
    // A store that cannot be read allows nothing; the answer itself says what is wrong.
    match client {
        Ok(Some(client)) => client.may_act().is_ok() && client.application.allows_origin(origin),
        // A name that no application has is as good as none.
        Ok(None) => tenant.origin_allowed(&web.app, origin).await.unwrap_or(false),
        Err(_) => false,
    }
}

fn permit(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Authorization, Content-Type"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

const EXPOSED: &str = "WWW-Authenticate, Retry-After, Correlation-Id";
