//! `GET …/resume?flowId=…` (PingOne): the end of a flow, for the holder of its session and once.

use axum::body::Body;
use axum::response::Response;
use engine::resume::{Resumed, resume};
use engine::{Failed, Site, flow, refuse};
use http::header::ALLOW;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use protocol::audit::Action;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};

use crate::flow::cookies::Cookies;
use crate::flow::{html, json, page, respond};
use crate::page::FlowEnding;
use crate::state::AppState;
use crate::{ask, error};

/// Answers a completed flow.
pub async fn handle(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
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
        return respond::failed(&parts, &failure, None, &ask);
    };
    let cookies = Cookies::read(&parts.headers);
    match resume(&web.app, &site, &ask, id, &cookies.visitor()).await.into_result() {
        Ok(Resumed::Flow { view, code }) => {
            let answer = json::Answer::Whole { code: Some(&code) };
            json::share(json::flow(StatusCode::OK, &site, &view, answer), &parts, &view.client)
        }
        Ok(Resumed::Answered(answered)) => respond::answered(&parts, &answered),
        Err(failure) => {
            if failure.reason() == Reason::FlowUnknown && is_person(&parts) {
                return page::expired(&web, &site, &parts, &ask, id, &cookies).await;
            }
            let view = flow::peek(&web.app, &site, &ask, id, &cookies.visitor()).await;
            refused(&parts, &failure, view.as_ref(), &ask)
        }
    }
}

/// A person gets a page with a way back, a program the error.
fn refused(parts: &Parts, failure: &Failed, view: Option<&flow::FlowView>, ask: &engine::Ask) -> Response {
    match (failure.reason(), view) {
        _ if !is_person(parts) => {
            let response = error::management(failure, ask.correlation);
            view.map(|view| view.client.clone()).map_or_else(
                || error::management(failure, ask.correlation),
                |client| json::share(response, parts, &client),
            )
        }
        (Reason::ActionNotAllowed, view) => {
            page::ended(parts, StatusCode::BAD_REQUEST, FlowEnding::Finished, view, None)
        }
        (_, Some(view)) => html::error(&parts.headers, failure, Some(&html::application_of(view)), ask.correlation),
        (_, None) => html::error(&parts.headers, failure, None, ask.correlation),
    }
}

fn is_person(parts: &Parts) -> bool {
    let accept = parts.headers.get(http::header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.to_ascii_lowercase().contains("text/html"))
}
