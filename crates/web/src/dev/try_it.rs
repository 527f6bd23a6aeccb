//! "Try it": code + PKCE with the built-in application, through the hosted pages like any other.
//!
//! The verifier is not kept: it is derived from `state`, which a cookie binds to the browser that began.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use engine::bootstrap::dev;
use engine::refuse;
use engine::site::{Endpoint, Site};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use protocol::audit::Action;
use protocol::cookie;
use protocol::id::EnvironmentId;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use serde_json::Value;

use super::tokens::Taken;
use crate::ask::ask;
use crate::flow::html;
use crate::page::{Exchange, Forms, Theme, TokenKind, TryResult};
use crate::state::AppState;

pub(super) async fn start(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let state = web.app.ctx(&ask(&parts)).token::<32>();
    let state = state.expose();
    let challenge = jose::b64::encode(&jose::digest::sha256(verifier(&web, state).as_bytes()));
    let site = site(&web);
    let query = encode(&[
        ("response_type", "code"),
        ("client_id", &dev::TRY_APPLICATION.to_string()),
        ("redirect_uri", &callback(&web)),
        ("scope", "openid profile email"),
        ("state", state),
        ("nonce", &state[..16]),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    put(&mut response, LOCATION, &format!("{}?{query}", site.url(Endpoint::Authorize)));
    put(&mut response, SET_COOKIE, &format!("{COOKIE_NAME}={state}; Path=/try; Max-Age=900; HttpOnly; SameSite=Lax"));
    response
}

pub(super) async fn finish(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let site = site(&web);
    let refuse = async |expected: &str, came: &str| {
        let (ask, refused) = (ask(&parts), Refused::new(Reason::ParameterInvalid, expected, came));
        let failure = refuse::inside(&web.app, &site, &ask, Action::RequestReceived, refused).await;
        html::error(&parts.headers, &failure, None, ask.correlation)
    };
    let Ok(params) = Params::query(parts.uri.query().unwrap_or_default()) else {
        return refuse("readable parameters", "others").await;
    };
    let kept = |state: &&str| {
        let lines = parts.headers.get_all(COOKIE).iter();
        lines.flat_map(|line| cookie::pairs(line.as_bytes())).any(|pair| pair == (COOKIE_NAME, *state))
    };
    let Some(state) = params.text("state").filter(kept) else {
        return refuse("the state that this browser began with", "another state").await;
    };
    // RFC 9207 §2.4: a response of another issuer is not looked at.
    if params.text("iss") != Some(site.issuer.as_str()) {
        return refuse("the issuer that was asked", "another issuer").await;
    }
    let Some(code) = params.text("code") else {
        return refuse("a code", params.text("error").unwrap_or("neither code nor error")).await;
    };
    let form = encode(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &callback(&web)),
        ("code_verifier", &verifier(&web, state)),
    ]);
    let (status, answer) = exchange(&web, &site, &parts, form.clone()).await;
    show(&web, &site, &parts, &form, status, &answer).await
}

/// Redeems the code at the token endpoint's own handler, as a request like any other.
async fn exchange(web: &AppState, site: &Site, parts: &http::request::Parts, form: String) -> (StatusCode, String) {
    let mut call = http::Request::new(()).into_parts().0;
    call.method = http::Method::POST;
    call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let credentials = format!("{}:{}", dev::TRY_APPLICATION, dev::TRY_SECRET);
    if let Ok(basic) = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(credentials))) {
        call.headers.insert(AUTHORIZATION, basic);
    }
    call.extensions = parts.extensions.clone();
    let response = crate::oauth::token::post(web.clone(), site.clone(), call, Body::from(form)).await;
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap_or_default();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

async fn show(
    web: &AppState,
    site: &Site,
    parts: &http::request::Parts,
    form: &str,
    status: StatusCode,
    answer: &str,
) -> Response {
    let locale = html::locale(&parts.headers, None, "en");
    let json: Value = serde_json::from_str(answer).unwrap_or_default();
    let request = format!(
        "POST {}\nContent-Type: application/x-www-form-urlencoded\n\n{}",
        site.url(Endpoint::Token),
        form.replace('&', "\n&")
    );
    let response = format!("HTTP/1.1 {status}\n\n{json:#}");
    let taken: Vec<Taken> = [(TokenKind::Id, "id_token"), (TokenKind::Access, "access_token")]
        .into_iter()
        .filter_map(|(kind, name)| Taken::apart(kind, json.get(name)?.as_str()?))
        .collect();
    let keys = web.app.site(site.environment).url(Endpoint::Jwks);
    let mut checks = Vec::with_capacity(taken.len());
    for token in &taken {
        checks.push(token.verifies(web, site.environment).await);
    }
    let views: Vec<_> = taken.iter().map(Taken::views).collect();
    let tokens: Vec<_> = taken.iter().zip(&views).zip(&checks).map(|((t, v), ok)| t.view(v, *ok, &keys)).collect();
    let rendered = TryResult {
        locale,
        theme: &Theme::default(),
        version: web.dev.as_ref().map_or("", |front| front.version),
        exchanges: &[Exchange { title: "Code for tokens", request: &request, response: &response }],
        tokens: &tokens,
        again_url: "/try",
        front_url: "/",
    }
    .render();
    html::page(StatusCode::OK, rendered, locale, Forms::Here)
}

fn site(web: &AppState) -> Site {
    web.app.site(EnvironmentId::new(dev::ENVIRONMENT))
}

fn callback(web: &AppState) -> String {
    format!("{}{}", web.app.config.public_url, dev::TRY_CALLBACK)
}

fn verifier(web: &AppState, state: &str) -> String {
    jose::b64::encode(&jose::digest::hmac_sha256(web.app.form_key(), format!("try-it:{state}").as_bytes()))
}

fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn put(response: &mut Response, name: http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

const COOKIE_NAME: &str = "TRY";
