//! The page of a flow that is over, and how its person begins anew.

use axum::response::Response;
use engine::flow::{FlowView, remains};
use engine::site::Endpoint;
use engine::{Ask, Site};
use http::StatusCode;
use http::request::Parts;
use protocol::flow::Purpose;

use super::cookies::Cookies;
use super::html;
use crate::page::{FlowEnded, FlowEnding, Forms, Theme};
use crate::state::AppState;

/// The page of a flow that does not go on, with the way to a new sign-on: the application's own, or `anew`.
pub(crate) fn ended(
    web: &AppState,
    parts: &Parts,
    status: StatusCode,
    ending: FlowEnding,
    view: Option<&FlowView>,
    anew: Option<&str>,
) -> Response {
    let (asked, default) = view.map_or((None, "en"), |v| (v.flow.purpose.ui_locales(), v.locale.as_str()));
    let locale = html::locale(&parts.headers, asked, default);
    let shown = view.map(html::application_of);
    let begins = view.and_then(|view| view.client.application.initiate_login_uri.as_deref());
    let page = FlowEnded {
        locale,
        theme: &Theme::default(),
        application: shown.as_ref(),
        around: web.around(view.map(|view| view.environment.as_str()), None),
        ending,
        restart_url: begins.or(anew),
    };
    html::page(status, page.render(), locale, Forms::None)
}

/// The page of a flow that has waited too long, or that never was.
pub(crate) async fn expired(
    web: &AppState,
    site: &Site,
    parts: &Parts,
    ask: &Ask,
    id: &str,
    cookies: &Cookies,
) -> Response {
    let view = remains(&web.app, site, ask, id).await;
    let anew = view.as_ref().and_then(|view| anew(site, view, cookies, false));
    ended(web, parts, StatusCode::NOT_FOUND, FlowEnding::Expired, view.as_ref(), anew.as_deref())
}

/// The same request again, in the browser that began it: what is in it is nobody else's to see, and the application takes
/// the answer from no other. For somebody else no name is suggested.
pub(super) fn anew(site: &Site, view: &FlowView, cookies: &Cookies, other: bool) -> Option<String> {
    let Purpose::Code(request) = &view.flow.purpose;
    // What its client pushed is not for the browser to see, and another reference is not the server's to make.
    let here = request.issuer == site.issuer && !request.drives_itself() && request.pushed.is_none();
    // As plain parameters it could only be refused where requests are to be signed.
    let here = here && view.client.application.enabled && view.repeatable;
    cookies.visitor().binding(&view.flow).filter(|_| here)?;
    let parameters = request.parameters(&view.client.application.client_id);
    let parameters = parameters.into_iter().filter(|(name, _)| !other || *name != "login_hint");
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    Some(format!("{}{}?{query}", site.path, site.layout.path(Endpoint::Authorize)))
}
