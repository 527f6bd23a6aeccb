//! "Connect your application": a redirect URI is registered, with one call of the management API, as an application of the
//! sandbox, and its ids and secret are filled into what frameworks want. A program that posts the same form gets JSON.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use engine::bootstrap::dev;
use http::StatusCode;
use http::header::{HOST, LOCATION};
use http::request::Parts;
use http::uri::Authority;
use protocol::id::EnvironmentId;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use serde_json::{Value, json};
use url::{Origin, Url};

use super::known::Known;
use super::{api, front, snippets};
use crate::error;
use crate::flow::html;
use crate::layers::form::form;
use crate::layers::hosts::Hosts;
use crate::page::{ConnectForm, Connected, DevValue, Forms, SnippetView, Theme, ValueGroup};
use crate::routes::refuse;
use crate::state::{AppState, is_this_machine};

/// Registers an application: `redirect_uri`, and `kind` `server` (the default) or `browser`.
pub(super) async fn register(State(web): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let person = html::wants_page(&parts.headers);
    let params = match read(&web, &parts, body).await {
        Ok(params) => params,
        Err(refused) => return refuse(&web, &parts, refused).await,
    };
    let redirect_uri = params.text("redirect_uri").unwrap_or_default().trim();
    let in_browser = params.text("kind") == Some("browser");
    let path = format!("/environments/{}/applications", dev::ENVIRONMENT);
    let (status, made) = api::create(&web, &parts, &path, &wanted(&web, redirect_uri, in_browser)).await;
    match made["id"].as_str().filter(|_| status == StatusCode::CREATED) {
        Some(id) if person => {
            let mut response = error::empty(StatusCode::SEE_OTHER);
            html::set(response.headers_mut(), LOCATION, &format!("/connect/{id}"));
            response
        }
        Some(id) => tell(&web, id).await,
        None if person => {
            let sentence = made["details"][0]["message"].as_str().or(made["message"].as_str());
            let connect = ConnectForm { redirect_uri, in_browser, refused: Some(sentence.unwrap_or_default()) };
            front::page(&web, &parts, StatusCode::BAD_REQUEST, connect).await
        }
        None => error::with_json(status.as_u16(), made.to_string()),
    }
}

/// What was registered, and what to put into it.
pub(super) async fn show(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let id = parts.uri.path().rsplit('/').next().unwrap_or_default();
    let Some(known) = Known::find(&web, id).await else {
        return refuse(&web, &parts, Refused::new(Reason::PathUnknown, "an application of the sandbox", "none")).await;
    };
    let locale = html::locale(&parts.headers, None, "en");
    let issuer = issuer(&web);
    let given = snippets::Given {
        issuer: &issuer,
        client_id: known.client_id(),
        secret: known.secret.as_deref(),
        redirect_uri: known.redirect_uri(&web),
    };
    let filled = snippets::all(&given);
    let snippets: Vec<SnippetView<'_>> = filled
        .iter()
        .map(|snippet| SnippetView {
            title: snippet.title,
            file: snippet.file,
            note: &snippet.note,
            text: &snippet.text,
        })
        .collect();
    let mut values = vec![
        DevValue { name: "client_id", value: given.client_id },
        DevValue { name: "redirect_uri", value: given.redirect_uri },
        DevValue { name: "issuer", value: given.issuer },
    ];
    if let Some(value) = given.secret {
        values.insert(1, DevValue { name: "client_secret", value });
    }
    let person =
        [DevValue { name: "username", value: dev::USERNAME }, DevValue { name: "password", value: dev::PASSWORD }];
    let page = Connected {
        locale,
        theme: &Theme::default(),
        version: web.dev.as_ref().map_or("", |front| front.version),
        application: &known.client.application.name,
        values: &[
            ValueGroup { title: &known.client.application.name, values: &values },
            ValueGroup { title: "Somebody to sign on", values: &person },
        ],
        snippets: &snippets,
        try_url: &try_url(known.client_id()),
    };
    html::page(StatusCode::OK, page.render(), locale, Forms::None)
}

/// The form, from this server's own page or from a program: no other site's page may register anything.
async fn read(web: &AppState, parts: &Parts, body: Body) -> Result<Params, Refused> {
    if !is_own(web, parts) {
        return Err(Refused::new(Reason::CsrfTokenInvalid, "the form of this server's own page", "another site's"));
    }
    let params = Params::form(&form(parts, body).await?).map_err(|error| error.refused())?;
    match params.text("kind") {
        None | Some("server" | "browser") => Ok(params),
        Some(other) => Err(Refused::new(Reason::ParameterInvalid, "server or browser", other).about("kind")),
    }
}

/// Fetch Metadata §2.4, and before it the header Origin (WHATWG Fetch §3.2): a browser says which site's page sends. A page
/// whose name was pointed at this machine (DNS rebinding) is of one site with it: the name must be ours as well.
pub(super) fn is_own(web: &AppState, parts: &Parts) -> bool {
    let text = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = host(parts);
    // Our own pages send no referrer, and with that Origin is "null" (WHATWG Fetch §3.2): what Fetch Metadata says comes first.
    let same_site = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        // A program.
        (None, None) => return true,
    };
    let named = web.app.config.public_url.split_once("://").is_some_and(|(_, own)| own == host);
    let authority: Option<Authority> = host.parse().ok();
    let reached = |hosts: &Hosts| authority.is_some_and(|authority| hosts.have(authority.host()));
    let named = named || web.dev.as_ref().and_then(|front| front.hosts.as_ref()).is_some_and(reached);
    same_site && (named || Url::parse(&format!("http://{host}")).is_ok_and(|url| is_this_machine(&url)))
}

/// The host that the request is for, with its port.
pub(super) fn host(parts: &Parts) -> &str {
    let named = parts.headers.get(HOST).map(|value| value.to_str().unwrap_or_default());
    named.or(parts.uri.authority().map(Authority::as_str)).unwrap_or_default()
}

/// The body of the call: what an application at this address needs, and "Try it" besides.
fn wanted(web: &AppState, redirect_uri: &str, in_browser: bool) -> Value {
    let parsed = Url::parse(redirect_uri).ok();
    let site = parsed.as_ref().map(Url::origin).filter(Origin::is_tuple);
    let origin = site.map(|site| site.ascii_serialization());
    let (kind, method, pkce) = match (&origin, in_browser) {
        (Some(_), false) => ("WEB_APP", "CLIENT_SECRET_BASIC", "OPTIONAL"),
        (Some(_), true) => ("SINGLE_PAGE_APP", "NONE", "S256_REQUIRED"),
        (None, _) => ("NATIVE_APP", "NONE", "S256_REQUIRED"),
    };
    let place = parsed.as_ref().and_then(Url::host_str).unwrap_or("a device");
    let port = parsed.as_ref().and_then(Url::port).map_or(String::new(), |port| format!(":{port}"));
    let mut body = json!({
        "name": format!("Application at {place}{port}"),
        "enabled": true,
        "type": kind,
        "protocol": "OPENID_CONNECT",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
        "responseTypes": ["CODE"],
        "redirectUris": [redirect_uri, dev::try_redirect_uri(&web.app)],
        "tokenEndpointAuthMethod": method,
        "pkceEnforcement": pkce,
    });
    if let Some(origin) = origin {
        body["postLogoutRedirectUris"] = json!([origin, format!("{origin}/")]);
        body["corsSettings"] = json!({ "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": [origin] });
    }
    body
}

/// The same for a program.
async fn tell(web: &AppState, id: &str) -> Response {
    let own = &web.app.config.public_url;
    let known = Known::find(web, id).await;
    let body = json!({
        "issuer": issuer(web),
        "client_id": id,
        "client_secret": known.as_ref().and_then(|known| known.secret.as_deref()),
        "redirect_uri": known.as_ref().map(|known| known.redirect_uri(web)),
        "snippets": format!("{own}/connect/{id}"),
        "try_it": format!("{own}{}", try_url(id)),
    });
    error::with_json(StatusCode::CREATED.as_u16(), format!("{body:#}\n"))
}

fn issuer(web: &AppState) -> String {
    web.app.site(EnvironmentId::new(dev::ENVIRONMENT)).issuer
}

fn try_url(client_id: &str) -> String {
    format!("/try?client_id={client_id}")
}
