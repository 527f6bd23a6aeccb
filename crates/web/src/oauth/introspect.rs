//! `POST /as/introspect`, `POST /oauth2/introspect` (RFC 7662 §2, RFC 9701).

use axum::body::Body;
use axum::response::Response;
use engine::introspect::{Introspection, introspect};
use engine::site::{Endpoint, Layout, Site};
use engine::token::AccessFacts;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use protocol::change::{Family, RefreshToken};
use protocol::confirmation::Confirmation;
use protocol::details::PARAMETER;
use protocol::token::Json;
use serde_json::Value;

use super::{challenge, form};
use crate::ask::{accepts, ask};
use crate::error;
use crate::state::AppState;

/// Answers an introspection request. Browsers are not meant to ask, so no origin may (RFC 7662 §4).
pub async fn post(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask(&parts);
    let (form, counted) = form::read(&web, &site, &ask, &parts, body).await.split();
    // RFC 9701 §4.
    let wanted = accepts(&parts.headers, SIGNED, PLAIN);
    let draw = |found: &Introspection| render(found, site.layout);
    match introspect(&web.app, &site, &ask, form, (wanted, draw)).await.into_result() {
        Ok(answer) => {
            let media = if answer.signed { SIGNED } else { PLAIN };
            let mut response = error::with_json(200, answer.text.expose().to_owned());
            error::dress(&mut response, site.layout);
            response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(media));
            response
        }
        Err(failure) => {
            form::count(&web, &ask, counted.as_deref(), &failure);
            let mut response = error::oauth(&site, Endpoint::Introspect, &failure, &ask);
            challenge::give(&web, &site, &failure, &mut response);
            response
        }
    }
}

fn render(found: &Introspection, layout: Layout) -> Json {
    match (found, layout) {
        (Introspection::Inactive, _) => Json::object().truth("active", false),
        (Introspection::Access(facts), Layout::PingOne) => of_access(facts),
        (Introspection::Access(facts), Layout::Spring) => spring(facts),
        (Introspection::Refresh { client_id, sub, family, token }, _) => {
            refresh(client_id, sub, (family.as_ref(), token.as_ref()))
        }
    }
}

/// Everything that the token says, and what RFC 7662 §2.2 adds.
pub(crate) fn of_access(facts: &AccessFacts) -> Json {
    let mut members = facts.claims.clone();
    members.insert("active".into(), true.into());
    members.insert("client_id".into(), facts.client_id.clone().into());
    members.insert("token_type".into(), facts.confirmation.token_type().into());
    if let Some(user) = &facts.person {
        members.insert("username".into(), user.username.clone().into());
    }
    // RFC 7662 §2.2: the scope is one text here, whatever the token's profile has.
    if !facts.scope.is_empty() {
        members.insert("scope".into(), facts.scope.to_string().into());
    }
    members.iter().fold(Json::object(), |json, (name, value)| json.value(name, value))
}

/// As recorded from a Spring Authorization Server, in its order.
fn spring(facts: &AccessFacts) -> Json {
    let text = |name: &str| facts.claims.get(name).and_then(Value::as_str);
    let number = |name: &str| facts.claims.get(name).and_then(Value::as_i64);
    let issued = number("iat").unwrap_or_default();
    let scope = (!facts.scope.is_empty()).then(|| facts.scope.to_string());
    let json = Json::object()
        .truth("active", true)
        .text_if("sub", text("sub"))
        .texts("aud", facts.audience.iter().map(String::as_str))
        .number("nbf", number("nbf").unwrap_or(issued))
        .text_if("scope", scope.as_deref())
        .text_if("iss", text("iss"))
        .number("exp", facts.expires_at.secs())
        .number("iat", issued)
        .text_if("jti", text("jti"))
        .text("client_id", &facts.client_id)
        .text("token_type", facts.confirmation.token_type());
    // RFC 9396 §9.2.
    let json = match facts.claims.get(PARAMETER) {
        Some(details) => json.value(PARAMETER, details),
        None => json,
    };
    bound(json, &facts.confirmation)
}

/// The caller's own refresh token.
fn refresh(client_id: &str, sub: &str, (family, token): (&Family, &RefreshToken)) -> Json {
    let json = Json::object()
        .truth("active", true)
        .text("scope", &family.authorization.scope.to_string())
        .text("client_id", client_id)
        .text("sub", sub)
        .text("iss", &family.authorization.issuer)
        .number("iat", token.issued_at.secs())
        .number("exp", token.expires_at.min(family.expires_at).secs());
    let details = &family.authorization.details;
    let json = if details.is_empty() { json } else { json.value(PARAMETER, &details.to_value()) };
    bound(json, &family.authorization.confirmation)
}

/// RFC 9449 §6.2: the resource learns which key its proof must be made with.
fn bound(json: Json, confirmation: &Confirmation) -> Json {
    match confirmation.claim() {
        Some(cnf) => json.nested("cnf", cnf),
        None => json,
    }
}

const PLAIN: &str = "application/json";
const SIGNED: &str = "application/token-introspection+jwt";
