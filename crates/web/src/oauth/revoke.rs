//! `POST /as/revoke`, `POST /oauth2/revoke` (RFC 7009 §2).

use axum::body::Body;
use axum::response::Response;
use engine::revoke::revoke;
use engine::site::{Endpoint, Layout, Site};
use http::StatusCode;
use http::request::Parts;
use protocol::revocation::Revocation;
use protocol::token::Json;

use super::{challenge, cors, form};
use crate::ask::ask;
use crate::error;
use crate::state::AppState;

/// Answers a revocation request.
pub async fn post(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask(&parts);
    let read = form::read(&web, &site, &ask, &parts, body).await;
    let (who, (form, counted)) = (read.who(), read.split());
    let response = match revoke(&web.app, &site, &ask, form).await.into_result() {
        Ok(revocation) => {
            let mut response = render(revocation, site.layout);
            error::dress(&mut response, site.layout);
            response
        }
        Err(failure) => {
            form::count(&web, &ask, counted.as_deref(), &failure);
            let mut response = error::oauth(&site, Endpoint::Revoke, &failure, &ask);
            challenge::give(&web, &site, &failure, &mut response);
            response
        }
    };
    cors::allow(&web, &site, &parts, who, response).await
}

/// RFC 7009 §2.2: 200 for what is revoked and for what never lived. Another client's token is passed over in silence;
/// Spring Authorization Server says `invalid_client`, as recorded.
fn render(revocation: Revocation, layout: Layout) -> Response {
    match (revocation, layout) {
        (Revocation::NotTheClients, Layout::Spring) => {
            error::with_json(400, Json::object().text("error", "invalid_client").finish())
        }
        _ => error::empty(StatusCode::OK),
    }
}
