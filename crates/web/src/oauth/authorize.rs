//! `GET|POST …/authorize` (RFC 6749 §3.1, OIDC Core §3.1.2.1): parameters in, and out a page to sign on at, a flow as JSON,
//! or a response on its way.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use engine::authorize::{Authorization, Begun, authorize};
use engine::flow::FlowView;
use engine::{Site, refuse};
use http::request::Parts;
use http::{Method, StatusCode};
use protocol::audit::Action;
use protocol::authorize::{Asked, AuthorizeRefusal, Via};
use protocol::params::Params;

use super::cors;
use crate::ask;
use crate::flow::cookies::{self, Cookies};
use crate::flow::{html, json, respond, vouched};
use crate::layers::form::form_or_query;
use crate::state::AppState;

/// Answers an authorization request.
pub async fn handle(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask::ask(&parts);
    let raw = match form_or_query(&parts, body).await {
        Ok(raw) => raw,
        Err(refused) => {
            let failure = refuse::inside(&web.app, &site, &ask, Action::AuthorizationRequested, refused).await;
            let response = respond::failed(&web, &parts, &failure, &ask);
            return match cors::named_in_query(&parts) {
                Some(id) => cors::allow(&web, &site, &parts, cors::Who::Client(id), response).await,
                None => response,
            };
        }
    };
    let cookies = Cookies::read(&parts.headers, &web.cookies(&site));
    if let Some(address) = bounce(&parts, &raw, &cookies, &site) {
        return respond::redirect(&parts, &address);
    }
    let (params, problem) = Params::lenient(&raw);
    let asked = Asked { via: Via::Front, params: &params, problem: problem.as_ref(), origin: json::origin(&parts) };
    match authorize(&web.app, &site, &ask, &asked, &cookies.visitor()).await.into_result() {
        Ok(Authorization::Begun(flow)) => {
            let vouched = Box::pin(vouched::answer(&web, &site, &ask, (&parts, &cookies), &flow)).await;
            let mut response = vouched.unwrap_or_else(|| begun(&web, &parts, &site, &flow));
            cookies::clear_surplus(response.headers_mut(), &web.cookies(&site), &cookies, &flow.view.flow);
            response
        }
        Ok(Authorization::Answered(answered) | Authorization::Denied(answered)) => {
            respond::answered(&web, &site, &parts, &answered)
        }
        Ok(Authorization::Interposed { response, failed }) => {
            respond::interposed(&web, &site, &parts, &response, &failed)
        }
        Ok(Authorization::Told { view, given }) => {
            json::share(json::granted(&web, &site, &view, &given), &parts, &view.client)
        }
        Ok(Authorization::Refused { refusal, failed, client }) => {
            // What is told here a script of the application reads.
            let by_script = match refusal {
                AuthorizeRefusal::Flow(_) | AuthorizeRefusal::Client(_) | AuthorizeRefusal::Redirect { .. } => true,
                AuthorizeRefusal::Page(_) => html::wants_json(&parts.headers),
            };
            let response = respond::refused(&web, &parts, &ask, (&refusal, &failed), client.as_deref());
            match client {
                _ if !by_script => response,
                Some(client) => json::share(response, &parts, &client),
                None => shared(&web, &site, &parts, &params, response).await,
            }
        }
        Err(failure) => {
            let response = respond::failed(&web, &parts, &failure, &ask);
            if html::wants_json(&parts.headers) {
                shared(&web, &site, &parts, &params, response).await
            } else {
                response
            }
        }
    }
}

/// What is told before an application is known: a script reads it as at the other endpoints.
async fn shared(web: &AppState, site: &Site, parts: &Parts, params: &Params, response: Response) -> Response {
    let who = params.text("client_id").map_or(cors::Who::Unknown, |id| cors::Who::Client(id.to_owned()));
    cors::allow(web, site, parts, who, response).await
}

/// A form that another site posts comes without our cookies (RFC 6265bis §5.6.7.2); asked again by GET it has them.
fn bounce(parts: &Parts, raw: &Bytes, cookies: &Cookies, site: &Site) -> Option<String> {
    // A script follows no redirect that does not name its origin, and its browser sends the cookies that there are.
    if html::wants_json(&parts.headers) {
        return None;
    }
    let foreign = parts.headers.get("sec-fetch-site").is_some_and(|value| value == "cross-site");
    let query = std::str::from_utf8(raw).ok().filter(|text| text.len() <= MAX_BOUNCED && is_query(text))?;
    let posted =
        parts.method == Method::POST && foreign && cookies.is_empty() && !query.contains("response_mode=pi.flow");
    posted.then(|| format!("{}?{query}", site.url(engine::site::Endpoint::Authorize)))
}

fn is_query(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&octet))
}

/// A flow that was begun, to whoever will drive it, with the cookie that binds its pages to the browser.
pub(crate) fn begun(web: &AppState, parts: &Parts, site: &Site, begun: &Begun) -> Response {
    let mut response = offered(parts, site, &begun.view);
    cookies::set_browser(response.headers_mut(), &web.cookies(site), begun.view.flow.id, begun.browser.expose());
    response
}

fn offered(parts: &Parts, site: &Site, view: &FlowView) -> Response {
    let flow = &view.flow;
    if flow.purpose.drives_itself() {
        let response = json::flow(StatusCode::OK, site, view, json::Answer::Whole { given: None });
        return json::share(response, parts, &view.client);
    }
    let own = site.sign_on_url(flow.id);
    let address = match view.client.application.login_page_url.as_deref() {
        Some(page) => with_flow(page, site, view),
        None => own,
    };
    respond::redirect(parts, &address)
}

/// The application's own sign-on page, told which flow it is for.
fn with_flow(page: &str, site: &Site, view: &FlowView) -> String {
    let (before, fragment) = match page.split_once('#') {
        Some((before, fragment)) => (before, format!("#{fragment}")),
        None => (page, String::new()),
    };
    let joint = if before.contains('?') { '&' } else { '?' };
    format!("{before}{joint}environmentId={}&flowId={}{fragment}", site.environment, view.flow.id)
}

const MAX_BOUNCED: usize = 8 * 1024;
