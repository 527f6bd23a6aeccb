//! Decides what a browser's script may read of the protocol endpoints (WHATWG Fetch §3.3; RFC 9700 §2.6, RFC 10017).
//!
//! Registered origins may read answers, refusals too (CO-04), also where the script sends its cookies along, as Ping's do: the
//! origin is answered exactly, and no endpoint takes a cookie for a credential of the application.
//! Whose origins count is decided by the one application of the request, and by all of the environment's where nothing
//! says which it is: a preflight, or a request that names no application.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use engine::site::Site;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use protocol::id::ApplicationId;
use protocol::params::Params;

use crate::error;
use crate::state::AppState;

/// Answers the preflight of an endpoint for registered origins. It names no client, unless the address does, so the origin of
/// any enabled application of the environment will do; what the script may *do* is decided by the credentials it then sends.
pub async fn preflight(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    let who = named_in_query(&parts).map_or(Who::Unknown, Who::Client);
    let mut response = allow(&web, &site, &parts, who, error::empty(StatusCode::NO_CONTENT)).await;
    if response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        permit(&mut response, &parts.headers);
    }
    response
}

/// Answers the preflight of a document that is public anyway.
pub async fn preflight_open(_web: AppState, _site: Site, parts: Parts, _body: Body) -> Response {
    permitted(&parts)
}

/// The same where no environment is.
pub async fn preflight_public(request: Request) -> Response {
    permitted(&request.into_parts().0)
}

fn permitted(parts: &Parts) -> Response {
    let mut response = open(error::empty(StatusCode::NO_CONTENT));
    permit(&mut response, &parts.headers);
    response
}

/// The `client_id` of the address.
pub(super) fn named_in_query(parts: &Parts) -> Option<String> {
    Params::query(parts.uri.query()?).ok()?.text("client_id").map(str::to_owned)
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
        share(headers, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    response
}

/// Lets the pages of this one origin read the answer, with their cookies: never a wildcard (WHATWG Fetch §3.3.5).
pub(crate) fn share(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
}

/// Lets every origin read the response.
pub(crate) fn open(mut response: Response) -> Response {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// And what its headers tell of a refusal.
pub(crate) fn expose(mut response: Response) -> Response {
    response.headers_mut().insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
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

/// Lets whoever may read the answer send what its preflight asks for. Besides the three fields that the endpoints read these are
/// a browser's traces, what frameworks mark their scripts with, and Ping's `x-requested-with`: none of them means anything here.
pub(crate) fn permit(response: &mut Response, asked: &HeaderMap) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, fields(FIELDS, asked));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

/// The fields that count, and those that the preflight names beside them.
pub(crate) fn fields(counting: &'static str, asked: &HeaderMap) -> HeaderValue {
    let lines = asked.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter().filter_map(|line| line.to_str().ok());
    let mut fields = counting.to_owned();
    for name in lines.flat_map(|line| line.split(',')).map(str::trim).take(MOST_FIELDS) {
        // What is no name of a field is no browser's.
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        if !fields.split(", ").any(|known| known.eq_ignore_ascii_case(name.as_str())) {
            fields = format!("{fields}, {name}");
        }
    }
    HeaderValue::from_str(&fields).unwrap_or(HeaderValue::from_static(counting))
}

const FIELDS: &str = "Authorization, Content-Type, DPoP";
const MOST_FIELDS: usize = 50;
const EXPOSED: &str = "WWW-Authenticate, Retry-After, Correlation-Id, DPoP-Nonce";
