//! `POST /as/par`, `POST /oauth2/par` (RFC 9126 §2).

use axum::body::Body;
use axum::response::Response;
use engine::par::{Reference, pushed};
use engine::site::{Endpoint, Site};
use http::request::Parts;
use protocol::token::Json;

use super::{challenge, cors, form};
use crate::ask::ask;
use crate::error;
use crate::state::AppState;

/// Answers a pushed authorization request.
pub async fn post(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask(&parts);
    let read = form::read(&web, &site, &ask, &parts, body).await;
    let (who, (form, counted)) = (read.who(), read.split());
    let response = match pushed(&web.app, &site, &ask, form).await.into_result() {
        Ok(reference) => {
            let mut response = error::with_json(201, render(&reference));
            error::dress(&mut response, site.layout);
            error::next_nonce(response.headers_mut(), reference.dpop_nonce.as_deref());
            response
        }
        Err(failure) => {
            form::count(&web, &ask, counted.as_deref(), &failure);
            let nonce = error::wants_nonce(&failure).then(|| web.app.dpop_nonce(site.environment));
            let mut response = error::oauth(&site, Endpoint::Par, &failure, &ask);
            error::next_nonce(response.headers_mut(), nonce.as_deref());
            challenge::give(&web, &site, &failure, &mut response);
            response
        }
    };
    cors::allow(&web, &site, &parts, who, response).await
}

/// RFC 9126 §2.2.
fn render(reference: &Reference) -> String {
    let json = Json::object().text("request_uri", reference.request_uri.expose());
    json.number("expires_in", reference.expires_in).finish()
}
