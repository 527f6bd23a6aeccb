//! `POST /as/token`, `POST /oauth2/token` (RFC 6749 §3.2, §5.1).

use axum::body::Body;
use axum::response::Response;
use engine::Failed;
use engine::site::{Endpoint, Layout, Site};
use engine::token::{TokenResponse, exchange};
use http::request::Parts;
use protocol::details::PARAMETER;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;
use protocol::token::Json;

use super::{challenge, cors, form};
use crate::ask::ask;
use crate::error;
use crate::state::AppState;

/// Answers a token request.
pub async fn post(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask(&parts);
    let read = form::read(&web, &site, &ask, &parts, body).await;
    let (who, named) = (read.who(), read.names("grant_type") || in_query(&parts, "grant_type"));
    let (form, counted) = read.split();
    let response = match exchange(&web.app, &site, &ask, form).await.into_result() {
        Ok(granted) => {
            web.metrics.token_issued(granted.grant.name());
            let mut response = error::with_json(200, render(&granted, site.layout));
            error::dress(&mut response, site.layout);
            error::next_nonce(response.headers_mut(), granted.dpop_nonce.as_deref());
            response
        }
        Err(failure) => {
            form::count(&web, &ask, counted.as_deref(), &failure);
            let nonce = error::wants_nonce(&failure).then(|| web.app.dpop_nonce(site.environment));
            let failure = as_recorded(&site, named, failure);
            let mut response = error::oauth(&site, Endpoint::Token, &failure, &ask);
            challenge::give(&web, &site, &failure, &mut response);
            error::next_nonce(response.headers_mut(), nonce.as_deref());
            response
        }
    };
    cors::allow(&web, &site, &parts, who, response).await
}

/// Spring Authorization Server finds a `grant_type` that has no value, or stands in the query, and knows no such grant;
/// as recorded. What the owner is told stays what it was: the parameter belongs in the body.
fn as_recorded(site: &Site, named: bool, failure: Failed) -> Failed {
    match (site.layout, failure.reason()) {
        (Layout::Spring, Reason::GrantTypeMissing) if named => {
            failure.answered_as(Refused::from(Reason::GrantTypeUnsupported).about("grant_type"))
        }
        _ => failure,
    }
}

fn in_query(parts: &Parts, name: &str) -> bool {
    parts.uri.query().is_some_and(|query| Params::query(query).is_ok_and(|query| query.present(name)))
}

/// The members in the order of the layout; `scope` is left out when nothing was granted.
fn render(granted: &TokenResponse, layout: Layout) -> String {
    let scope = (!granted.scope.is_empty()).then(|| granted.scope.to_string());
    let (access, refresh, id) = (&granted.access_token, granted.refresh_token.as_ref(), granted.id_token.as_ref());
    let json = Json::object().text("access_token", access.expose());
    let (refresh, id) = (refresh.map(Secret::expose), id.map(Secret::expose));
    let json = match layout {
        Layout::PingOne => json
            .text("token_type", granted.token_type)
            .number("expires_in", granted.expires_in)
            .text_if("scope", scope.as_deref())
            .text_if("refresh_token", refresh)
            .text_if("id_token", id),
        Layout::Spring => json
            .text_if("refresh_token", refresh)
            .text_if("scope", scope.as_deref())
            .text_if("id_token", id)
            .text("token_type", granted.token_type)
            .number("expires_in", granted.expires_in),
    };
    // RFC 9396 §7.
    let json = if granted.details.is_empty() { json } else { json.value(PARAMETER, &granted.details.to_value()) };
    json.finish()
}
