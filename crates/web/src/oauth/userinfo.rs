//! `GET|POST /as/userinfo`, `GET|POST /userinfo` (OIDC Core §5.3; RFC 6750 §2).

use axum::body::Body;
use axum::response::Response;
use engine::site::Site;
use engine::userinfo::userinfo;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method};
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};

use super::cors::{self, Who};
use crate::ask::{ask, bearer, is_form};
use crate::error;
use crate::layers::form::form;
use crate::state::AppState;

/// Answers a userinfo request.
pub async fn handle(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask(&parts);
    let token = read(&parts, body).await;
    let token = token.as_deref().map_err(Refused::clone);
    let (who, response) = match userinfo(&web.app, &site, &ask, token).await.into_result() {
        Ok(read) => {
            // OIDC Core §5.3.2.
            let media = if read.signed { "application/jwt" } else { "application/json" };
            let mut response = error::with_json(200, read.claims.expose().to_owned());
            error::dress(&mut response, site.layout);
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
            (Who::Application(read.application), response)
        }
        // A token that is not believed names nobody.
        Err(failure) => (Who::Unknown, error::bearer(&site, &failure, &ask)),
    };
    cors::allow(&web, &site, &parts, who, response).await
}

/// The access token, sent in exactly one way: the header, or the body of a POST (RFC 6750 §2.1, §2.2). The query (§2.3) is
/// refused, because addresses end up in logs (RFC 9700 §4.3.2).
async fn read(parts: &Parts, body: Body) -> Result<String, Refused> {
    let twice = |came: &str| Refused::new(Reason::AccessTokenTwice, "one access token in the header or the body", came);
    let query = parts.uri.query().unwrap_or_default();
    if query.split('&').any(|pair| pair.split('=').next() == Some("access_token")) {
        return Err(twice("access_token in the query"));
    }
    let in_body =
        if parts.method == Method::POST && is_form(&parts.headers) { body_token(parts, body).await? } else { None };
    let has_header = parts.headers.contains_key(AUTHORIZATION);
    match (bearer(&parts.headers), in_body) {
        (_, Some(_)) if has_header => Err(twice("both")),
        (None, Some(token)) => Ok(token),
        (Some(token), _) => Ok(token.to_owned()),
        _ if parts.headers.get_all(AUTHORIZATION).iter().count() > 1 => Err(twice("two Authorization lines")),
        _ => Err(Refused::new(Reason::AccessTokenMissing, "Authorization: Bearer", "no access token")),
    }
}

async fn body_token(parts: &Parts, body: Body) -> Result<Option<String>, Refused> {
    let unreadable = |came: String| Refused::new(Reason::BodyNotReadable, "a form with access_token", came);
    let params = Params::form(&form(parts, body).await?).map_err(|error| unreadable(error.to_string()))?;
    Ok(params.text("access_token").map(str::to_owned))
}
