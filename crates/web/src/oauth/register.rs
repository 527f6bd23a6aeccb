//! `POST /as/register` and `/as/register/{client_id}`; `/connect/register` in Spring's layout (RFC 7591 §3, RFC 7592 §2).

use axum::body::Body;
use axum::response::Response;
use engine::manage::nonce_environment;
use engine::register::{self, Metadata, Registered};
use engine::resource::Shown;
use engine::site::{Endpoint, Site};
use engine::{Ask, Failed};
use http::header::WWW_AUTHENTICATE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use protocol::dpop::Scheme;
use protocol::refusal::{Reason, Refused};
use protocol::registration::draw;
use protocol::secret::Secret;
use serde_json::{Value, json};

use super::cors;
use crate::ask::{access_token, ask, bearer, certificate, media_types, proof};
use crate::error;
use crate::layers::form::{json, no_json, whole};
use crate::state::AppState;

/// Registers a client.
pub async fn post(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask(&parts);
    let initial = access_token(&parts.headers).map(|(scheme, token)| Shown {
        token: Secret::new(token.to_owned()),
        scheme,
        proof: proof(&parts.headers),
        certificate: certificate(&parts.extensions),
        method: parts.method.to_string(),
        url: site.url(Endpoint::Register),
    });
    let metadata = metadata(&parts, body).await;
    let registered = register::register(&web.app, &site, &ask, initial.as_ref(), metadata).await;
    cors::open(match registered.into_result() {
        Ok(registered) => answer(&site, StatusCode::CREATED, &registered),
        Err(failure) if failure.reason().is_of_dpop() => {
            let scheme = initial.as_ref().map_or(Scheme::Bearer, |shown| shown.scheme);
            let mut response = error::resource(&site, scheme, &failure, &ask);
            // RFC 9449 §9: the nonce is of whoever issued the token.
            let needy = initial.as_ref().filter(|_| error::wants_nonce(&failure));
            let nonce = needy.and_then(|shown| nonce_environment(&web.app, shown)).map(|of| web.app.dpop_nonce(of));
            error::next_nonce(response.headers_mut(), nonce.as_deref());
            response
        }
        Err(failure) => refuse(&site, &failure, &ask),
    })
}

/// Reads, replaces or ends one, for whoever holds its registration access token.
pub async fn manage(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask(&parts);
    let client_id = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    let by = (client_id.as_str(), bearer(&parts.headers));
    if parts.method == Method::DELETE {
        return cors::open(match register::remove(&web.app, &site, &ask, by).await.into_result() {
            // RFC 7592 §2.3
            Ok(()) => dressed(&site, error::empty(StatusCode::NO_CONTENT)),
            Err(failure) => refuse(&site, &failure, &ask),
        });
    }
    let found = if parts.method == Method::PUT {
        register::replace(&web.app, &site, &ask, by, metadata(&parts, body).await).await
    } else {
        register::read(&web.app, &site, &ask, by).await
    };
    cors::open(match found.into_result() {
        Ok(registered) => answer(&site, StatusCode::OK, &registered),
        Err(failure) => refuse(&site, &failure, &ask),
    })
}

/// RFC 7591 §3.1: a JSON object, of its media type.
async fn metadata(parts: &Parts, body: Body) -> Result<Metadata, Refused> {
    if !media_types(&parts.headers).iter().any(|media| media == "application/json") {
        return Err(no_json("another media type"));
    }
    match json(&whole(parts, body, LARGEST).await?)? {
        Value::Object(members) => Ok(members),
        _ => Err(no_json("another JSON value")),
    }
}

/// The client information response (RFC 7591 §3.2.1).
fn answer(site: &Site, status: StatusCode, registered: &Registered) -> Response {
    let application = &registered.application;
    let mut told = draw(application);
    let mut tell = |name: &str, value: Value| {
        told.insert(name.to_owned(), value);
    };
    tell("client_id", json!(application.client_id));
    tell("client_id_issued_at", json!(application.created_at.secs()));
    if let Some(secret) = &registered.secret {
        tell("client_secret", json!(secret.expose()));
        // RFC 7591 §3.2.1: it does not expire.
        tell("client_secret_expires_at", json!(0));
    }
    if let Some(token) = registered.token.as_ref().map(Secret::expose) {
        tell("registration_access_token", json!(token));
        tell("registration_client_uri", json!(site.registration_url(&application.client_id)));
    }
    dressed(site, error::with_json(status.as_u16(), Value::Object(told).to_string()))
}

fn dressed(site: &Site, mut response: Response) -> Response {
    error::dress(&mut response, site.layout);
    response
}

/// RFC 7591 §3.2.2, and RFC 6750 §3 for whoever may not.
fn refuse(site: &Site, failure: &Failed, ask: &Ask) -> Response {
    let refused = failure.refused();
    let row = refused.reason.row();
    if row.oauth.is_empty() || refused.reason == Reason::AccessTokenMissing {
        return error::resource(site, Scheme::Bearer, failure, ask);
    }
    let told = refused.message.clone().unwrap_or_else(|| row.public.to_owned());
    let description = format!("{told} (Correlation ID: {})", ask.correlation);
    let body = json!({ "error": row.oauth, "error_description": description });
    let mut response = error::with_json(row.status, body.to_string());
    if row.status == 401 {
        let challenge = HeaderValue::from_static("Bearer realm=\"grantor\", error=\"invalid_token\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    error::retry_after(response.headers_mut(), &refused);
    dressed(site, response)
}

/// Octets: a key set and what is said around it.
const LARGEST: usize = 64 * 1024;
