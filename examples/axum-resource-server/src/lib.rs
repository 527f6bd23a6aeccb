//! An API that takes access tokens (RFC 9068), and renews those of its own users.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use axum::extract::{Json, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Router, http::StatusCode, routing::get, routing::post};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Map, Value, json};

/// Whom the API trusts, what it is called there, as whom it asks for tokens, and what its clock shows.
pub struct Trust {
    pub issuer: String,
    pub audience: String,
    pub client: (String, String),
    pub now: Box<dyn Fn() -> SystemTime + Send + Sync>,
}

pub fn orders(trust: Trust) -> Router {
    let trust = Arc::new(trust);
    let guarded = Router::new().route("/orders", get(list)).layer(from_fn_with_state(trust.clone(), bearer));
    guarded.route("/renew", post(renew)).with_state(trust)
}

async fn bearer(State(trust): State<Arc<Trust>>, mut request: Request, next: Next) -> Response {
    let header = request.headers().get("authorization").and_then(|header| header.to_str().ok());
    match taken(&trust, header.and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default()).await {
        Some(claims) => {
            request.extensions_mut().insert(claims);
            next.run(request).await
        }
        None => (StatusCode::UNAUTHORIZED, [("www-authenticate", "Bearer error=\"invalid_token\"")]).into_response(),
    }
}

/// The claims of a token that is taken. A real API keeps the keys until it sees a new `kid`.
async fn taken(trust: &Trust, token: &str) -> Option<Map<String, Value>> {
    let header = decode_header(token).ok().filter(|header| header.typ.as_deref() == Some("at+jwt"))?;
    let keys: JwkSet = reqwest::get(format!("{}/jwks", trust.issuer)).await.ok()?.json().await.ok()?;
    let key = DecodingKey::from_jwk(keys.find(&header.kid?)?).ok()?;
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[&trust.issuer]);
    rules.set_audience(&[&trust.audience]);
    // The library only knows the clock of the machine: this API has its own.
    (rules.validate_exp, rules.validate_nbf) = (false, false);
    let claims: Map<String, Value> = decode(token, &key, &rules).ok()?.claims;
    let now = (trust.now)().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let lives = claims["exp"].as_u64()? > now && claims.get("nbf").and_then(Value::as_u64).unwrap_or(0) <= now;
    lives.then_some(claims)
}

async fn list(Extension(claims): Extension<Map<String, Value>>) -> Response {
    match claims["scope"].as_str().is_some_and(|scope| scope.split(' ').any(|one| one == "orders:read")) {
        true => Json(json!({ "of": claims["sub"] })).into_response(),
        false => StatusCode::FORBIDDEN.into_response(),
    }
}

async fn renew(
    State(trust): State<Arc<Trust>>,
    Json(asked): Json<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let (id, secret) = &trust.client;
    let refresh = asked.get("refreshToken").map_or("", String::as_str);
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", id), ("client_secret", secret)];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = reqwest::Client::new().post(format!("{}/token", trust.issuer)).body(body);
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await;
    let Ok(answer) = answer else { return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "code": "silent" }))) };
    let (ok, told) = (answer.status().is_success(), answer.json::<Value>().await.unwrap_or_default());
    match (ok, told["error"].as_str()) {
        (true, _) => (StatusCode::OK, Json(json!({ "accessToken": told["access_token"] }))),
        // The user can do something about the one, and only we about the other.
        (_, Some("invalid_grant")) => (StatusCode::UNAUTHORIZED, Json(json!({ "code": "invalid_grant" }))),
        (_, code) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "code": code }))),
    }
}
