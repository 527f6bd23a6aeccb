//! "Try it": code + PKCE with the demo application or one that was connected, through the hosted pages like any other.
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
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use protocol::audit::Action;
use protocol::cookie;
use protocol::id::EnvironmentId;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use serde_json::Value;

use super::api;
use super::known::Known;
use super::tokens::Taken;
use crate::ask::ask;
use crate::flow::html;
use crate::page::{Exchange, Forms, Theme, TokenKind, TryResult};
use crate::state::AppState;

/// Begins with the demo application, or with the one of this client id.
pub(super) async fn start(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (params, _) = Params::lenient(parts.uri.query().unwrap_or_default().as_bytes());
    let named = params.text("client_id").map_or_else(|| dev::TRY_APPLICATION.to_string(), str::to_owned);
    let Some(known) = Known::find(&web, &named).await else {
        return refuse(&web, &parts, "the client id of an application of the sandbox", "another").await;
    };
    let random = web.app.ctx(&ask(&parts)).token::<32>();
    // Whose answer it is stands in what the browser keeps, not in what the answer says.
    let state = format!("{}.{}", random.expose(), known.client.application.id);
    let challenge = jose::b64::encode(&jose::digest::sha256(verifier(&web, &state).as_bytes()));
    let query = encode(&[
        ("response_type", "code"),
        ("client_id", known.client_id()),
        ("redirect_uri", &dev::try_redirect_uri(&web.app)),
        ("scope", "openid profile email"),
        ("state", &state),
        ("nonce", &state[..16]),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    put(&mut response, LOCATION, &format!("{}?{query}", site(&web).url(Endpoint::Authorize)));
    // Each beginning has a cookie of its own name: a second tab's would take the place of the first one's.
    let cookie = format!("{COOKIE_NAME}{}={state}; Path=/try; Max-Age=900; HttpOnly; SameSite=Lax", &state[..8]);
    put(&mut response, SET_COOKIE, &cookie);
    response
}

pub(super) async fn finish(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let site = site(&web);
    let Ok(params) = Params::query(parts.uri.query().unwrap_or_default()) else {
        return refuse(&web, &parts, "readable parameters", "others").await;
    };
    let kept = |state: &&str| {
        let lines = parts.headers.get_all(COOKIE).iter();
        let mut pairs = lines.flat_map(|line| cookie::pairs(line.as_bytes()));
        pairs.any(|(name, value)| name.starts_with(COOKIE_NAME) && value == *state)
    };
    let Some(state) = params.text("state").filter(kept) else {
        return refuse(&web, &parts, "the state that this browser began with", "another state").await;
    };
    // RFC 9207 §2.4: a response of another issuer is not looked at.
    if params.text("iss") != Some(site.issuer.as_str()) {
        return refuse(&web, &parts, "the issuer that was asked", "another issuer").await;
    }
    let Some(code) = params.text("code") else {
        let came = params.text("error").unwrap_or("neither code nor error");
        return refuse(&web, &parts, "a code", came).await;
    };
    let Some(known) = Known::find(&web, state.split_once('.').map_or("", |(_, id)| id)).await else {
        return refuse(&web, &parts, "an application of the sandbox", "one that is gone").await;
    };
    let form = encode(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &dev::try_redirect_uri(&web.app)),
        ("code_verifier", &verifier(&web, state)),
    ]);
    let client = (known.client_id().to_owned(), known.secret.as_deref());
    let (status, answer) = api::token(&web, &site, &parts, &client, form.clone()).await;
    show(&web, &site, &parts, &known, (&form, status, &answer)).await
}

async fn refuse(web: &AppState, parts: &Parts, expected: &str, came: &str) -> Response {
    let (ask, refused) = (ask(parts), Refused::new(Reason::ParameterInvalid, expected, came));
    let failure = refuse::inside(&web.app, &site(web), &ask, Action::RequestReceived, refused).await;
    html::error(web, &parts.headers, &failure, (None, None), ask.correlation)
}

async fn show(
    web: &AppState,
    site: &Site,
    parts: &Parts,
    known: &Known,
    (form, status, answer): (&str, StatusCode, &str),
) -> Response {
    let locale = html::locale(&parts.headers, None, "en");
    let json: Value = serde_json::from_str(answer).unwrap_or_default();
    let (head, tail) = match &known.secret {
        Some(secret) => {
            let credentials = BASE64_STANDARD.encode(format!("{}:{secret}", known.client_id()));
            (format!("Authorization: Basic {credentials}\n"), String::new())
        }
        None => (String::new(), format!("\n&client_id={}", known.client_id())),
    };
    let request = format!(
        "POST {}\n{head}Content-Type: application/x-www-form-urlencoded\n\n{}{tail}",
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
    let person = taken.iter().find_map(|token| token.text("name").or_else(|| token.text("sub")));
    let rendered = TryResult {
        locale,
        theme: &Theme::default(),
        version: web.dev.as_ref().map_or("", |front| front.version),
        application: &known.client.application.name,
        person: person.as_deref(),
        now: web.app.now(site.environment).secs(),
        exchanges: &[Exchange { title: "Code for tokens", request: &request, response: &response }],
        tokens: &tokens,
        again_url: &format!("/try?client_id={}", known.client_id()),
        front_url: "/",
    }
    .render();
    html::page(StatusCode::OK, rendered, locale, Forms::Here)
}

fn site(web: &AppState) -> Site {
    web.app.site(EnvironmentId::new(dev::ENVIRONMENT))
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

const COOKIE_NAME: &str = "TRY-";
