//! `GET /as/jwks`, `GET /oauth2/jwks`: the environment's public keys (RFC 7517 §5).

use axum::body::Body;
use axum::response::Response;
use engine::metadata::keys;
use engine::site::Site;
use http::header::{CACHE_CONTROL, ETAG};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::cors;
use crate::ask::{ask, held_tags};
use crate::error;
use crate::state::AppState;

/// Answers with the key set, for everybody to keep a while.
pub async fn get(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    let ask = ask(&parts);
    match keys(&web.app, &site, &ask).await.into_result() {
        Ok(tenant) => {
            let (json, etag) = tenant.keys.jwks();
            public(&parts, json, etag)
        }
        Err(failure) => cors::open(error::management(&failure, ask.correlation)),
    }
}

/// A document that may be read from any origin and cached, or 304 where the client has it already (RFC 9110 §13.1.2).
pub(super) fn public(parts: &Parts, json: &str, etag: &str) -> Response {
    let fresh = held_tags(&parts.headers).iter().any(|tag| tag == "*" || tag == etag);
    let mut response =
        if fresh { error::empty(StatusCode::NOT_MODIFIED) } else { error::with_json(200, json.to_owned()) };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(MAX_AGE));
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(ETAG, etag);
    }
    cors::open(response)
}

/// OIDC Core §10.1.1: a new key signs only after it was published for longer than this.
const MAX_AGE: &str = "public, max-age=300";
