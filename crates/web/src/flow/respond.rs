//! How an authorization response, or a refusal, leaves for the application (RFC 6749 §4.1.2, RFC 9700 §4.12).

use axum::body::Body;
use axum::response::Response;
use engine::respond::Response as Answered;
use engine::{Ask, Failed, Site};
use http::header::{CACHE_CONTROL, LOCATION};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use protocol::authorize::{AuthorizeRefusal, Delivery};
use protocol::client::Client;

use super::{cookies, html};
use crate::error;
use crate::page::{Destination, FormPost, Forms, Onward, Stranger, Theme};
use crate::state::Web;

/// A response that was decided.
pub(crate) fn answered(web: &Web, site: &Site, parts: &Parts, answered: &Answered) -> Response {
    let mut response = send(parts, &answered.delivery, Some(&answered.client), &answered.locale);
    cookies::set_state(response.headers_mut(), &web.cookies(site), answered.browser_state.as_deref());
    response
}

/// A refusal that the person carries to an application that nobody vouches for, where a person looks at it.
pub(crate) fn interposed(web: &Web, site: &Site, parts: &Parts, response: &Answered, failed: &Failed) -> Response {
    if !html::wants_page(&parts.headers) {
        return answered(web, site, parts, response);
    }
    let parameters: Vec<(&str, &str)>;
    let (to, onward) = match &response.delivery {
        Delivery::Redirect(location) => (location.as_str(), Onward::Link(location)),
        Delivery::Form { to, parameters: sent } => {
            parameters = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            (to.as_str(), Onward::Form { to: to.as_str(), parameters: &parameters })
        }
    };
    let place = match html::destination(Some(to)) {
        Destination::Site { host } => host,
        Destination::Device { place } => place,
        Destination::Caller => "",
    };
    let (locale, refused) = (html::locale(&parts.headers, None, &response.locale), failed.refused());
    let detail = html::detail(&refused).unwrap_or_default();
    let page = Stranger { locale, theme: &Theme::default(), place, onward, detail };
    html::page(html::status(&refused), page.render(), locale, Forms::Application)
}

/// A refusal that is told to whoever asks.
pub(crate) fn refused(
    web: &Web,
    parts: &Parts,
    ask: &Ask,
    (refusal, failed): (&AuthorizeRefusal, &Failed),
    client: Option<&Client>,
) -> Response {
    match refusal {
        AuthorizeRefusal::Flow(_) | AuthorizeRefusal::Client(_) | AuthorizeRefusal::Redirect { .. } => {
            json(failed, ask)
        }
        AuthorizeRefusal::Page(_) if html::wants_json(&parts.headers) => json(failed, ask),
        AuthorizeRefusal::Page(_) => {
            let shown = client.map(html::application);
            html::error(web, &parts.headers, failed, (shown.as_ref(), None), ask.correlation)
        }
    }
}

/// A failure that is told to whoever called: a person a page, a program PingOne's JSON.
pub(crate) fn failed(web: &Web, parts: &Parts, failure: &Failed, ask: &Ask) -> Response {
    if html::wants_json(&parts.headers) {
        error::management(failure, ask.correlation)
    } else {
        html::error(web, &parts.headers, failure, (None, None), ask.correlation)
    }
}

/// A redirect that never repeats a POST: 303 after one, 302 otherwise (RFC 9700 §4.12).
pub(crate) fn redirect(parts: &Parts, location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = if parts.method == Method::POST { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    html::set(response.headers_mut(), LOCATION, location);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn send(parts: &Parts, delivery: &Delivery, client: Option<&Client>, locale: &str) -> Response {
    match delivery {
        Delivery::Redirect(location) => redirect(parts, location),
        Delivery::Form { to, parameters } => {
            let locale = html::locale(&parts.headers, None, locale);
            let parameters: Vec<(&str, &str)> =
                parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let shown = client.map(html::application);
            let page = FormPost {
                locale,
                theme: &Theme::default(),
                application: shown.as_ref(),
                redirect_uri: to.as_str(),
                parameters: &parameters,
            };
            html::page(StatusCode::OK, page.render(), locale, Forms::Application)
        }
    }
}

fn json(failed: &Failed, ask: &Ask) -> Response {
    let refused = failed.refused();
    let told = match html::detail(&refused) {
        Some(sentence) => failed.clone().answered_as(refused.clone().saying(sentence)),
        None => failed.clone(),
    };
    let mut response = error::management(&told, ask.correlation);
    *response.status_mut() = html::status(&refused);
    response
}
