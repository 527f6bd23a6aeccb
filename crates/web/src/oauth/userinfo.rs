//! `GET|POST /as/userinfo`, `GET|POST /userinfo` (OIDC Core §5.3; RFC 6750 §2).

use axum::body::Body;
use axum::response::Response;
use engine::Failed;
use engine::resource::Shown;
use engine::site::{Endpoint, Site};
use engine::userinfo::userinfo;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method};
use protocol::dpop::Scheme;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;

use super::cors::{self, Who};
use crate::ask::{access_token, ask, certificate, is_form, proof};
use crate::error;
use crate::layers::form::form;
use crate::state::AppState;

/// Answers a userinfo request.
pub async fn handle(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask(&parts);
    let shown = read(&parts, body).await.map(|(scheme, token)| Shown {
        token,
        scheme,
        proof: proof(&parts.headers),
        certificate: certificate(&parts.extensions),
        method: parts.method.to_string(),
        url: site.url(Endpoint::Userinfo),
    });
    let scheme = shown.as_ref().map_or(Scheme::Bearer, |shown| shown.scheme);
    let (who, response) = match userinfo(&web.app, &site, &ask, shown).await.into_result() {
        Ok(read) => {
            // OIDC Core §5.3.2.
            let media = if read.signed { "application/jwt" } else { "application/json" };
            let mut response = error::with_json(200, read.claims.expose().to_owned());
            error::dress(&mut response, site.layout);
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
            error::next_nonce(response.headers_mut(), read.dpop_nonce.as_deref());
            (Who::Application(read.application), response)
        }
        // A token that is not believed names nobody.
        Err(failure) => {
            let mut response = error::resource(&site, scheme, &failure, &ask);
            let nonce = error::wants_nonce(&failure).then(|| web.app.dpop_nonce(site.environment));
            error::next_nonce(response.headers_mut(), nonce.as_deref());
            demand(&web, &site, &failure, &mut response).await;
            (Who::Unknown, response)
        }
    };
    cors::allow(&web, &site, &parts, who, response).await
}

/// RFC 9470 §3: the challenge says which sign-on would do.
async fn demand(web: &AppState, site: &Site, failure: &Failed, response: &mut Response) {
    if failure.reason() != Reason::AuthenticationInsufficient {
        return;
    }
    if let Ok(Some(tenant)) = web.app.tenant(site.environment).await {
        error::tell_step_up(response.headers_mut(), &tenant.environment.settings.user_info);
    }
}

/// The access token, sent in exactly one way: the header, or the body of a POST (RFC 6750 §2.1, §2.2). The query (§2.3) is
/// refused, because addresses end up in logs (RFC 9700 §4.3.2).
async fn read(parts: &Parts, body: Body) -> Result<(Scheme, Secret), Refused> {
    let twice = |came: &str| Refused::new(Reason::AccessTokenTwice, "one access token in the header or the body", came);
    let query = parts.uri.query().unwrap_or_default();
    if query.split('&').any(|pair| pair.split('=').next() == Some("access_token")) {
        return Err(twice("access_token in the query"));
    }
    let in_body =
        if parts.method == Method::POST && is_form(&parts.headers) { body_token(parts, body).await? } else { None };
    let has_header = parts.headers.contains_key(AUTHORIZATION);
    let secret = |token: &str| Secret::new(token.to_owned());
    match (access_token(&parts.headers), in_body) {
        (_, Some(_)) if has_header => Err(twice("both")),
        (None, Some(token)) => Ok((Scheme::Bearer, secret(&token))),
        (Some((scheme, token)), _) => Ok((scheme, secret(token))),
        _ if parts.headers.get_all(AUTHORIZATION).iter().count() > 1 => Err(twice("two Authorization lines")),
        _ => Err(Refused::new(Reason::AccessTokenMissing, "Authorization: Bearer", "no access token")),
    }
}

async fn body_token(parts: &Parts, body: Body) -> Result<Option<String>, Refused> {
    let unreadable = |came: String| Refused::new(Reason::BodyNotReadable, "a form with access_token", came);
    let params = Params::form(&form(parts, body).await?).map_err(|error| unreadable(error.to_string()))?;
    Ok(params.text("access_token").map(str::to_owned))
}
