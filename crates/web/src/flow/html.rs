//! How a page leaves: its policy, its language, and what it shows of the application.

use axum::body::Body;
use axum::response::Response;
use engine::Failed;
use engine::flow::{Asking, FlowView};
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use protocol::client::Client;
use protocol::consent::{self, Allowed, Direction};
use protocol::flow::Purpose;
use protocol::id::CorrelationId;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use protocol::registration::document;

use super::cookies;
use crate::error::retry_after;
use crate::page::{
    ApplicationView, Destination, ErrorKind, ErrorPage, Forms, Locale, Origin, Permission, Rendered, Theme, Told,
};
use crate::state::Web;

/// A page with its Content-Security-Policy.
pub(crate) fn page(status: StatusCode, rendered: Rendered, locale: Locale, forms: Forms) -> Response {
    let policy = rendered.content_security_policy(forms, &[]);
    let mut response = Response::new(Body::from(rendered.html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    set(headers, CONTENT_SECURITY_POLICY, &policy);
    set(headers, CONTENT_LANGUAGE, locale.tag());
    response
}

/// A page whose form this server takes. Without a referrer browsers name no origin of a form either (Fetch §3.1), and it could not
/// be told from another site's; to others nothing is told.
pub(crate) fn page_with_form(status: StatusCode, rendered: Rendered, locale: Locale, forms: Forms) -> Response {
    let mut response = page(status, rendered, locale, forms);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// The language of a page: the one that the person chose on one before, then what was asked for.
pub(crate) fn locale(headers: &HeaderMap, ui_locales: Option<&str>, default: &str) -> Locale {
    if let Some(chosen) = cookies::language(headers) {
        return chosen;
    }
    let accept = headers.get(ACCEPT_LANGUAGE).and_then(|line| line.to_str().ok());
    Locale::negotiate(ui_locales, accept, Locale::from_tag(default).unwrap_or_default())
}

/// The language that the link of a page asks for.
pub(crate) fn chosen(parts: &Parts, params: &Params) -> Option<Locale> {
    (parts.method == Method::GET).then(|| params.text("language")).flatten().and_then(Locale::from_tag)
}

/// Whether the caller is a program: it asks for JSON and not for HTML (RFC 9110 §12.5.1), or is one of Ping's scripts, which say
/// so.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let pings = headers.get("x-requested-with").is_some_and(|with| with.as_bytes().eq_ignore_ascii_case(b"ping-sdk"));
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let accepted = lines.collect::<Vec<_>>().join(",").to_ascii_lowercase();
    (pings || accepted.contains("json")) && !accepted.contains("text/html")
}

/// Whether the caller is a person's browser: it names HTML (RFC 9110 §12.5.1).
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    lines.into_iter().any(|line| line.to_ascii_lowercase().contains("text/html"))
}

/// What pages show of an application. Where it registered no page of its own, the way back to it is the site that its
/// people come back to.
pub(crate) fn application(client: &Client) -> ApplicationView<'_> {
    let application = &client.application;
    let back = || application.redirect_uris.iter().find_map(|uri| site(uri));
    let said = application.registration.as_ref();
    let logo = application.icon.as_ref().map(|icon| icon.href.as_str());
    // No host learns who signs on but one that the person has to do with anyway.
    let own = |logo: &&str| {
        !client.is_foreign()
            || [&application.client_id].into_iter().chain(&application.redirect_uris).any(|uri| same_host(uri, logo))
    };
    ApplicationView {
        name: &application.name,
        logo: logo.or_else(|| said?.logo_uri.as_deref().filter(own)),
        policy_url: said.and_then(|said| said.policy_uri.as_deref()),
        terms_url: said.and_then(|said| said.tos_uri.as_deref()),
        home_url: application.home_page_url.as_deref().or(application.initiate_login_uri.as_deref()).or_else(back),
    }
}

/// The same of the application of a flow, whose people come back to the address that the flow knows.
pub(crate) fn application_of(view: &FlowView) -> ApplicationView<'_> {
    let (application, known) = (&view.client.application, application(&view.client));
    let own = application.home_page_url.as_deref().or(application.initiate_login_uri.as_deref());
    let Purpose::Code(request) = &view.flow.purpose;
    ApplicationView { home_url: own.or_else(|| site(request.redirect_uri.as_deref()?)).or(known.home_url), ..known }
}

/// What vouches for the name that an application goes by.
pub(crate) fn origin_of(client: &Client) -> Origin<'_> {
    let client_id = &client.application.client_id;
    match consent::host(client_id).filter(|_| document::is_address(client_id)) {
        Some(host) if client.is_foreign() => Origin::Host(host),
        None if client.is_foreign() => Origin::Unknown,
        _ => Origin::Vouched,
    }
}

/// Where the answer goes.
pub(crate) fn destination(redirect_uri: Option<&str>) -> Destination<'_> {
    match (redirect_uri, redirect_uri.and_then(consent::host)) {
        (None, _) => Destination::Caller,
        // What stands after a scheme of its own is no host of anybody's: any program on the device may have chosen both.
        (Some(uri), host) if consent::direction(Some(uri)) == Direction::Device => {
            let scheme = || uri.split(':').next().unwrap_or_default();
            Destination::Device { place: host.filter(|_| site(uri).is_some()).unwrap_or_else(scheme) }
        }
        (Some(_), host) => Destination::Site { host: host.unwrap_or_default() },
    }
}

/// What is asked for and was not allowed before: what is said in detail always.
pub(crate) fn asked(asking: &Asking) -> Vec<Permission<'_>> {
    let details = asking.details.iter().map(|(words, object)| Permission::Detail { words, object });
    permissions(asking, &asking.new).into_iter().chain(details).collect()
}

/// What is asked for, in the order in which a page lists it.
pub(crate) fn permissions<'a>(asking: &'a Asking, part: &'a Allowed) -> Vec<Permission<'a>> {
    let words = |name: &str| asking.words.iter().find(|(own, _)| own == name).and_then(|(_, words)| words.as_deref());
    let scopes = part.scope.iter().map(|name| Permission::Scope { name, words: words(name) });
    let claims = (!part.claims.is_empty()).then_some(Permission::Claims(&part.claims));
    scopes.chain(claims).chain(part.resource.iter().map(|uri| Permission::Resource(uri))).collect()
}

fn same_host(one: &str, other: &str) -> bool {
    consent::host(one).is_some_and(|host| consent::host(other).is_some_and(|other| host.eq_ignore_ascii_case(other)))
}

/// Scheme, host and port of an address of the web. A wildcard is no address.
fn site(uri: &str) -> Option<&str> {
    let start = uri.find("://")? + 3;
    let end = uri[start..].find(['/', '?', '#']).map_or(uri.len(), |at| start + at);
    let (site, scheme) = (&uri[..end], &uri[..start]);
    let web = scheme.eq_ignore_ascii_case("https://") || scheme.eq_ignore_ascii_case("http://");
    (web && !site.contains('*')).then_some(site)
}

/// An error told to a person, in the environment of this name if it is known. On a developer's server the cause is told
/// with it.
pub(crate) fn error(
    web: &Web,
    headers: &HeaderMap,
    failure: &Failed,
    (shown, environment): (Option<&ApplicationView<'_>>, Option<&str>),
    correlation: CorrelationId,
) -> Response {
    let locale = locale(headers, None, "en");
    let refused = failure.refused();
    let entry = format!("/#r-{correlation}");
    let rendered = ErrorPage {
        locale,
        theme: &Theme::default(),
        application: shown,
        around: web.around(environment, None),
        kind: kind(refused.reason),
        detail: detail(&refused),
        told: web.dev.is_some().then(|| told(&refused, &entry)),
        correlation_id: &correlation.to_string(),
    }
    .render();
    let mut response = page(status(&refused), rendered, locale, Forms::None);
    retry_after(response.headers_mut(), &refused);
    response
}

/// The cause of a refusal, for its owner.
pub(crate) fn told<'a>(refused: &'a Refused, entry_url: &'a str) -> Told<'a> {
    let Refused { reason, expected, came, .. } = refused;
    Told { expected, several: is_list(*reason, expected), came, mend: reason.row().mend, entry_url }
}

/// Whether what was expected is the list of the addresses that an application registered.
pub(crate) fn is_list(reason: Reason, expected: &str) -> bool {
    matches!(reason, Reason::RedirectUriInvalid | Reason::LogoutUriInvalid)
        && expected.split(' ').all(|address| address.contains(':'))
}

/// The authorization endpoint authenticates nobody, so its refusals of a client are 400 and not 401 (RFC 6749 §4.1.2.1).
pub(crate) fn status(refused: &Refused) -> StatusCode {
    match refused.reason {
        Reason::ClientUnknown
        | Reason::ClientDocumentInvalid
        | Reason::ClientDocumentUnfetched
        | Reason::ClientDocumentUnfit
        | Reason::ClientDomainUntrusted
        | Reason::ApplicationDisabled => StatusCode::BAD_REQUEST,
        reason => StatusCode::from_u16(reason.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The sentence for the application's developers.
pub(crate) fn detail(refused: &Refused) -> Option<&str> {
    match refused.reason {
        Reason::ClientUnknown => Some("client_id is not the id of an application of this environment"),
        Reason::ApplicationDisabled => Some("The application is disabled"),
        Reason::ParameterMissing if refused.expected == "client_id" => Some("client_id is missing"),
        reason => refused.message.as_deref().or(Some(reason.row().public)),
    }
}

pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // What cannot stand in a header is left out: values here come from addresses and numbers that were checked before.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn kind(reason: Reason) -> ErrorKind {
    match reason {
        Reason::ClientUnknown
        | Reason::ClientDocumentInvalid
        | Reason::ClientDocumentUnfetched
        | Reason::ClientDocumentUnfit
        | Reason::ClientDomainUntrusted
        | Reason::ApplicationDisabled => ErrorKind::Application,
        Reason::LogoutUriInvalid | Reason::RedirectUriInvalid => ErrorKind::RedirectUri,
        Reason::EnvironmentUnknown => ErrorKind::Environment,
        Reason::SessionMissing => ErrorKind::Cookies,
        Reason::CsrfTokenInvalid => ErrorKind::FormExpired,
        Reason::RequestUriExpired | Reason::RequestUriUsed => ErrorKind::LinkSpent,
        Reason::SignOnStepUnavailable => ErrorKind::StepMissing,
        Reason::FlowUnknown | Reason::PathUnknown => ErrorKind::NotFound,
        Reason::PasswordHashBusy | Reason::RateLimited => ErrorKind::TooManyRequests,
        Reason::StoreUnavailable => ErrorKind::Unavailable,
        Reason::Unexpected => ErrorKind::Internal,
        _ => ErrorKind::Request,
    }
}
