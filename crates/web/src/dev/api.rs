//! Calls of this server's own endpoints, made as anybody makes them: what the front page does is what its reader could do.

use axum::body::{Body, to_bytes};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use engine::bootstrap::dev;
use engine::site::Site;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use protocol::id::EnvironmentId;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::manage;
use crate::state::AppState;

/// Makes an object with the token of the administrators' worker, below `/v1`.
pub(super) async fn create(web: &AppState, parts: &Parts, path: &str, body: &Value) -> (StatusCode, Value) {
    let site = web.app.site(EnvironmentId::new(dev::ADMIN_ENVIRONMENT));
    let worker = (dev::ADMIN_APPLICATION.to_string(), Some(dev::ADMIN_SECRET));
    let (status, answer) = token(web, &site, parts, &worker, "grant_type=client_credentials".to_owned()).await;
    let granted: Value = serde_json::from_str(&answer).unwrap_or_default();
    let Some(access) = granted["access_token"].as_str() else { return (status, granted) };
    let mut call = Request::new(Body::from(body.to_string()));
    *call.method_mut() = Method::POST;
    *call.uri_mut() = path.parse().unwrap_or_default();
    *call.extensions_mut() = parts.extensions.clone();
    let headers = call.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(bearer) = HeaderValue::from_str(&format!("Bearer {access}")) {
        headers.insert(AUTHORIZATION, bearer);
    }
    let api = manage::routes(web.clone()).with_state(web.clone());
    let response = api.oneshot(call).await.unwrap_or_else(|never| match never {});
    let status = response.status();
    let bytes = to_bytes(response.into_body(), LONGEST).await.unwrap_or_default();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Asks the token endpoint's own handler, with the secret in the header where there is one and the client id in the form
/// where there is none.
pub(super) async fn token(
    web: &AppState,
    site: &Site,
    parts: &Parts,
    (client_id, secret): &(String, Option<&str>),
    form: String,
) -> (StatusCode, String) {
    let mut call = Request::new(()).into_parts().0;
    call.method = Method::POST;
    call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let form = match secret {
        Some(secret) => {
            let credentials = BASE64_STANDARD.encode(format!("{client_id}:{secret}"));
            if let Ok(basic) = HeaderValue::from_str(&format!("Basic {credentials}")) {
                call.headers.insert(AUTHORIZATION, basic);
            }
            form
        }
        None => format!("{form}&client_id={client_id}"),
    };
    call.extensions = parts.extensions.clone();
    let response = crate::oauth::token::post(web.clone(), site.clone(), call, Body::from(form)).await;
    let status = response.status();
    let bytes = to_bytes(response.into_body(), LONGEST).await.unwrap_or_default();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

const LONGEST: usize = 1 << 20;
