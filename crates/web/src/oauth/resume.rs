//! `GET …/resume?flowId=…` (PingOne): the end of a flow, for the holder of its session and once.

use axum::body::Body;
use axum::response::Response;
use engine::resume::{Resumed, resume};
use engine::{Failed, Site, flow, refuse};
use http::header::{ALLOW, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use protocol::audit::Action;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};

use super::cors;
use crate::flow::cookies::Cookies;
use crate::flow::{ending, html, json, respond};
use crate::page::FlowEnding;
use crate::state::AppState;
use crate::{ask, error};

/// Answers a completed flow.
pub async fn handle(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    if parts.method == Method::OPTIONS && parts.headers.contains_key(ORIGIN) {
        return cors::preflight(web, site, parts, body).await;
    }
    let ask = ask::ask(&parts);
    // RFC 9110 §9.3.2: whoever only looks at a link gets no code and uses none up.
    if parts.method != Method::GET {
        let failure = refuse::inside(&web.app, &site, &ask, Action::CodeIssued, ask::wrong_method(&parts)).await;
        let mut response = error::management(&failure, ask.correlation);
        // RFC 9110 §15.5.6
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return response;
    }
    let (params, _) = Params::lenient(parts.uri.query().unwrap_or_default().as_bytes());
    let Some(id) = params.text("flowId") else {
        let missing = Refused::new(Reason::ParameterMissing, "flowId", "nothing");
        let failure = refuse::inside(&web.app, &site, &ask, Action::CodeIssued, missing).await;
        return respond::failed(&web, &parts, &failure, &ask);
    };
    let cookies = Cookies::read(&parts.headers, &web.cookies(&site));
    match resume(&web.app, &site, &ask, id, &cookies.visitor()).await.into_result() {
        Ok(Resumed::Flow { view, given }) => {
            json::share(json::granted(&web, &site, &view, &given), &parts, &view.client)
        }
        Ok(Resumed::Answered(answered)) => respond::answered(&web, &site, &parts, &answered),
        Err(failure) => {
            if failure.reason() == Reason::FlowUnknown && html::wants_page(&parts.headers) {
                return ending::expired(&web, &site, &parts, &ask, id, &cookies).await;
            }
            let view = flow::peek(&web.app, &site, &ask, id, &cookies.visitor()).await;
            refused(&web, &parts, &failure, view.as_ref(), &ask)
        }
    }
}

/// A person gets a page with a way back, a program the error.
fn refused(
    web: &AppState,
    parts: &Parts,
    failure: &Failed,
    view: Option<&flow::FlowView>,
    ask: &engine::Ask,
) -> Response {
    match (failure.reason(), view) {
        _ if !html::wants_page(&parts.headers) => {
            let response = error::management(failure, ask.correlation);
            view.map(|view| view.client.clone()).map_or_else(
                || error::management(failure, ask.correlation),
                |client| json::share(response, parts, &client),
            )
        }
        (Reason::ActionNotAllowed, view) => {
            ending::ended(web, parts, StatusCode::BAD_REQUEST, FlowEnding::Finished, view, None)
        }
        (_, Some(view)) => {
            let shown = html::application_of(view);
            html::error(web, &parts.headers, failure, (Some(&shown), Some(&view.environment)), ask.correlation)
        }
        (_, None) => html::error(web, &parts.headers, failure, (None, None), ask.correlation),
    }
}
