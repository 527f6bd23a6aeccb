//! Zero-click sign-on of a developer's server: whom the world names is signed on at once, and allows what is asked for.

use axum::response::Response;
use engine::authorize::Begun;
use engine::flow::{Act, Acted, Visitor, act};
use engine::resume::{Resumed, resume};
use engine::{Ask, Site};
use http::StatusCode;
use http::request::Parts;
use protocol::flow::State;

use super::cookies::{self, Cookies};
use super::{json, respond};
use crate::state::AppState;

/// Who signs on to a flow without a click; None where somebody has to.
pub(crate) fn named(web: &AppState, site: &Site, login_hint: Option<&str>) -> Option<String> {
    web.app.controls.as_ref()?.find(site.environment)?.sign_on.named(login_hint)
}

/// The end of a flow that begins here. None: nobody is named, or who is named may not sign on, so the page is shown that says so.
pub(crate) async fn answer(
    web: &AppState,
    site: &Site,
    ask: &Ask,
    (parts, cookies): (&Parts, &Cookies),
    begun: &Begun,
) -> Option<Response> {
    let flow = &begun.view.flow;
    let name = named(web, site, flow.purpose.login_hint())?;
    let (id, browser) = (flow.id.to_string(), Some(flow.browser));
    let mut sessions = cookies.sessions().to_vec();
    let mut view = (*begun.view).clone();
    let mut signed_on: Option<Acted> = None;
    if flow.state == State::UsernamePasswordRequired {
        let acted =
            act(&web.app, site, ask, &id, Act::Vouched { username: &name }, browser).await.into_result().ok()?;
        sessions = acted.opened.iter().map(|opened| opened.token.expose().to_owned()).collect();
        view = acted.view.clone();
        signed_on = Some(acted);
    }
    let visitor = Visitor { sessions: &sessions, browsers: &[] };
    if matches!(view.flow.state, State::ConsentRequired { .. }) {
        let consent = Act::Consent { allowed: true, visitor };
        view = act(&web.app, site, ask, &id, consent, browser).await.into_result().ok()?.view;
    }
    if !view.flow.state.is_complete() {
        return None;
    }
    let mut response = if view.flow.purpose.drives_itself() {
        json::share(json::flow(StatusCode::OK, site, &view, json::Answer::Whole { given: None }), parts, &view.client)
    } else {
        match resume(&web.app, site, ask, &id, &visitor).await.into_result() {
            Ok(Resumed::Answered(answered)) => respond::answered(web, site, parts, &answered),
            // That page tells why.
            Ok(Resumed::Flow { .. }) | Err(_) => respond::redirect(parts, &site.resume_url(view.flow.id)),
        }
    };
    if let Some(acted) = &signed_on {
        cookies::signed_on(response.headers_mut(), &web.cookies(site), cookies, acted);
    }
    Some(response)
}
