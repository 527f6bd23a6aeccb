//! `GET|POST …/signoff` (OpenID Connect RP-Initiated Logout 1.0): ends the session, after a question where nothing proves
//! that the person wants it.

use axum::body::Body;
use axum::response::Response;
use engine::signoff::{Signoff, SignoffRequest, SignoffStep, signoff};
use engine::{Site, refuse};
use http::header::ORIGIN;
use http::request::Parts;
use http::{Method, StatusCode};
use protocol::audit::Action;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};

use super::cors::{self, Who};
use crate::ask;
use crate::flow::cookies::{self, Cookies};
use crate::flow::{csrf, html, json, respond};
use crate::layers::form::form_or_query;
use crate::page::{FlowEnded, FlowEnding, Forms, Leaving, Locale, SignOff, SignedOut, Theme};
use crate::state::AppState;

/// Answers a sign-off request, and the form of its own question. A script of the application may read that it is done.
pub async fn handle(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let (who, response) = answer(&web, &site, &parts, body).await;
    if is_script(&parts) { cors::allow(&web, &site, &parts, who, response).await } else { response }
}

/// A page that calls by script follows no redirect of ours: it knows where it goes on.
fn is_script(parts: &Parts) -> bool {
    parts.headers.contains_key(ORIGIN) && html::wants_json(&parts.headers)
}

async fn answer(web: &AppState, site: &Site, parts: &Parts, body: Body) -> (Who, Response) {
    let ask = ask::ask(parts);
    let cookies = Cookies::read(&parts.headers, &web.cookies(site));
    let mut who = cors::named_in_query(parts).map_or(Who::Unknown, Who::Client);
    let read = match read(parts, body).await {
        Ok(params) => answered(web, parts, &params, &cookies).map(|answer| (params, answer)),
        Err(refused) => Err(refused),
    };
    let (params, answer) = match read {
        Ok(read) => read,
        Err(refused) => {
            let failure = refuse::inside(&web.app, site, &ask, Action::SessionEnded, refused).await;
            return (who, respond::failed(web, parts, &failure, &ask));
        }
    };
    if let Some(chosen) = html::chosen(parts, &params) {
        let mut response = respond::redirect(parts, address(site, &params).trim_end_matches(['?', '&']));
        cookies::set_language(response.headers_mut(), web, site, chosen);
        return (who, response);
    }
    let request = SignoffRequest {
        id_token_hint: params.text("id_token_hint"),
        client_id: params.text("client_id"),
        logout_hint: params.text("logout_hint"),
        post_logout_redirect_uri: params.text("post_logout_redirect_uri"),
        state: params.text("state"),
        answer,
    };
    let response = match signoff(&web.app, site, &ask, &request, &cookies.visitor()).await.into_result() {
        // A script that could read the question could answer it for the person (RP-Initiated Logout §2), and has their name.
        Ok(Signoff { step: SignoffStep::Ask { .. }, .. }) if is_script(parts) => {
            let missing =
                Refused::new(Reason::ParameterMissing, "an id_token_hint of the session", "none, or another's");
            let missing = missing.about("id_token_hint");
            let failure = refuse::inside(&web.app, site, &ask, Action::SessionEnded, missing).await;
            respond::failed(web, parts, &failure, &ask)
        }
        Ok(done) => {
            who = done.client.as_ref().map_or(who, |client| Who::Application(client.application.id));
            show(web, site, parts, &params, &cookies, &done)
        }
        Err(failure) => respond::failed(web, parts, &failure, &ask),
    };
    (who, response)
}

async fn read(parts: &Parts, body: Body) -> Result<Params, Refused> {
    Params::form(&form_or_query(parts, body).await?).map_err(|error| error.refused())
}

/// What the person answered to the question, if this is its form; an application's own POST has no `intent`.
fn answered(web: &AppState, parts: &Parts, params: &Params, cookies: &Cookies) -> Result<Option<bool>, Refused> {
    let (Some(intent), Some(csrf)) = (params.text("intent"), params.text("csrf")) else { return Ok(None) };
    let own = cookies.sessions().iter().any(|cookie| csrf::is_token(&web.app, PURPOSE, cookie, csrf));
    if parts.method != Method::POST || !own {
        return Err(Refused::new(Reason::CsrfTokenInvalid, "the token of the page", "another"));
    }
    csrf::of_own_page(web, parts)?;
    Ok(Some(intent == "log-out"))
}

fn show(web: &AppState, site: &Site, parts: &Parts, params: &Params, cookies: &Cookies, done: &Signoff) -> Response {
    let locale = html::locale(&parts.headers, params.text("ui_locales"), &done.locale);
    let shown = done.client.as_deref().map(html::application);
    match &done.step {
        SignoffStep::Ask { username } => {
            let page = Question { params, cookies, done, username };
            page.show(web, site, locale)
        }
        SignoffStep::Stay => {
            let page = FlowEnded {
                locale,
                theme: &Theme::default(),
                application: shown.as_ref(),
                around: web.around(Some(&done.environment), None),
                ending: FlowEnding::Stayed,
                restart_url: None,
            };
            html::page(StatusCode::OK, page.render(), locale, Forms::None)
        }
        SignoffStep::Done { redirect, frames } => {
            let mut response = if is_script(parts) {
                json::nothing()
            } else if !frames.is_empty() {
                let page = Leaving {
                    locale,
                    theme: &Theme::default(),
                    application: shown.as_ref(),
                    around: web.around(Some(&done.environment), None),
                    frames,
                    onward: redirect.as_deref(),
                };
                html::page(StatusCode::OK, page.render(), locale, Forms::None)
            } else if let Some(address) = redirect {
                respond::redirect(parts, address)
            } else {
                let around = web.around(Some(&done.environment), None);
                let page = SignedOut { locale, theme: &Theme::default(), application: shown.as_ref(), around };
                html::page(StatusCode::OK, page.render(), locale, Forms::None)
            };
            cookies::clear_session(response.headers_mut(), &web.cookies(site), cookies);
            response
        }
    }
}

/// What the person is asked about.
struct Question<'a> {
    params: &'a Params,
    cookies: &'a Cookies,
    done: &'a Signoff,
    username: &'a str,
}

impl Question<'_> {
    fn show(&self, web: &AppState, site: &Site, locale: Locale) -> Response {
        let Self { params, cookies, done, username } = *self;
        let shown = done.client.as_deref().map(html::application);
        let here = address(site, params);
        let page = SignOff {
            locale,
            theme: &Theme::default(),
            application: shown.as_ref(),
            around: web.around(Some(&done.environment), Some(&here)),
            username: Some(username),
            action_url: &path(site),
            parameters: &carried(params),
            csrf: &csrf::token(&web.app, PURPOSE, cookies.sessions().first().map_or("", String::as_str)),
        };
        let back = params.text("post_logout_redirect_uri");
        let forms = if back.is_some() { Forms::Application } else { Forms::Here };
        html::page_with_form(StatusCode::OK, page.render(), locale, forms)
    }
}

/// The path of the endpoint.
fn path(site: &Site) -> String {
    format!("{}{}", site.path, site.layout.path(engine::site::Endpoint::Signoff))
}

/// Where the same is asked for again, up to one more parameter.
fn address(site: &Site, params: &Params) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(carried(params)).finish();
    let joint = if query.is_empty() { "" } else { "&" };
    format!("{}?{query}{joint}", path(site))
}

/// What was asked, for the page's form and its links.
fn carried(params: &Params) -> Vec<(&str, &str)> {
    CARRIED.into_iter().filter_map(|name| Some((name, params.text(name)?))).collect()
}

const CARRIED: [&str; 6] =
    ["id_token_hint", "client_id", "logout_hint", "post_logout_redirect_uri", "state", "ui_locales"];
const PURPOSE: &str = "sign-off";
