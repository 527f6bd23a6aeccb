//! Every route of the server: method, path, handler.
//!
//! An environment answers under `/{environment}` in PingOne's layout and under every configured mount. The handlers are
//! plain functions of the site; which path led there is decided here and nowhere else.

pub mod mounts;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, get};
use engine::site::{Endpoint, Layout, Site};
use engine::{Mount, refuse};
use http::StatusCode;
use http::request::Parts;
use protocol::id::EnvironmentId;
use protocol::refusal::{Reason, Refused};
use protocol::told;

use crate::flow::html;
use crate::layers::mark_route;
use crate::state::AppState;
use crate::{ask, dev, error, flow, manage, oauth, page};

/// The whole server. `web` is its state; the edge ([`crate::layers::Edge`]) goes around it.
pub fn router(web: AppState) -> Router {
    let mut router = Router::new();
    let own = environment("/{environment}", &Place::Own, Layout::PingOne).into_iter();
    let own = own.chain(inserted("/{environment}/as", &Place::Own));
    for (path, methods) in own.chain(web.app.config.mounts.iter().flat_map(mounted)) {
        router = router.route(&path, methods);
    }
    router = if web.dev.is_some() { router.merge(dev::routes(&web)) } else { router.route("/", get(home)) };
    if web.app.config.resource {
        router = router.merge(dev::resource(web.dev.is_some()));
    }
    let router = router
        .route("/assets/{file}", get(asset))
        .route(
            "/.well-known/oauth-protected-resource",
            get(oauth::resource::api).options(oauth::cors::preflight_public),
        )
        .route("/openapi.json", get(manage::openapi::answer).options(oauth::cors::preflight_public))
        // A doubled prefix is what some published collections send when their base address already ends in /v1.
        .nest("/v1/v1", manage::routes(web.clone()))
        .nest("/v1", manage::routes(web.clone()))
        .method_not_allowed_fallback(not_allowed)
        .route_layer(axum::middleware::from_fn(around));
    let router = router.fallback(unknown);
    if web.dev.is_none() {
        return router.with_state(web);
    }
    let (later, start) = (Arc::new(mounts::Later::default()), router.with_state(web.clone()));
    Router::new()
        .fallback(move |state, request| mounts::answer(later.clone(), start.clone(), state, request))
        .layer(axum::middleware::from_fn_with_state(web.clone(), dev::controlled))
        .with_state(web)
}

/// All that a request asks of a database that is away ends in time to be answered: before its client gives up. One layer with
/// what notes the route, because each costs allocations on every request.
async fn around(request: Request, next: Next) -> Response {
    engine::reads::within(STORE_TIME, mark_route(request, next)).await
}

/// Two mounts that would both answer an address, and that address: no router can hold both. Every other pair of routes differs,
/// because a mount begins neither with an id nor with a word of ours.
pub fn collision(mounts: &[Mount]) -> Option<(&Mount, &Mount, String)> {
    let mut taken: HashMap<String, &Mount> = HashMap::new();
    for mount in mounts {
        for (path, _) in mounted(mount) {
            if let Some(first) = taken.insert(path.clone(), mount) {
                return Some((first, mount, path));
            }
        }
    }
    None
}

/// How the paths begin that the server answers itself, or on a developer's machine: what is mounted there would hide them.
pub const OWN: [&str; 9] = ["assets", "connect", "dev", "docs", "livez", "readyz", "try", "v1", "worlds"];

/// A route: its path and what answers its methods.
type Route = (String, MethodRouter<AppState>);

/// All that a mount answers.
fn mounted(mount: &Mount) -> Vec<Route> {
    let place = Place::Mount(mount.path.clone());
    let mut routes = environment(&mount.path, &place, mount.layout);
    routes.extend(inserted(&mount.path, &place));
    routes
}

/// Where an environment is mounted.
#[derive(Clone)]
enum Place {
    /// At its own id, the first segment of the path.
    Own,
    Mount(String),
}

/// The endpoints of one layout below `prefix`.
fn environment(prefix: &str, place: &Place, layout: Layout) -> Vec<Route> {
    let at = |endpoint: Endpoint| format!("{prefix}{}", layout.path(endpoint));
    let issuer = match layout {
        Layout::PingOne => format!("{prefix}/as"),
        Layout::Spring => prefix.to_owned(),
    };
    let mut routes = sign_on(prefix, place, layout);
    routes.extend(registration(&at(Endpoint::Register), place));
    routes.extend([
        (at(Endpoint::Token), on(MethodFilter::POST, place, oauth::token::post).merge(preflight(place))),
        (at(Endpoint::Par), on(MethodFilter::POST, place, oauth::par::post).merge(preflight(place))),
        (
            at(Endpoint::Challenge),
            on(MethodFilter::POST, place, oauth::challenge::post).merge(on(
                MethodFilter::OPTIONS,
                place,
                oauth::cors::preflight_open,
            )),
        ),
        (at(Endpoint::Introspect), on(MethodFilter::POST, place, oauth::introspect::post)),
        (at(Endpoint::Revoke), on(MethodFilter::POST, place, oauth::revoke::post).merge(preflight(place))),
        (
            at(Endpoint::Userinfo),
            on(MethodFilter::GET, place, oauth::userinfo::handle)
                .merge(on(MethodFilter::POST, place, oauth::userinfo::handle))
                .merge(preflight(place)),
        ),
        (at(Endpoint::Jwks), document(place, oauth::jwks::get)),
        (format!("{issuer}/.well-known/openid-configuration"), document(place, oauth::discovery::openid)),
        (format!("{issuer}/.well-known/oauth-authorization-server"), document(place, oauth::discovery::oauth)),
        (
            format!("{issuer}/.well-known/oauth-protected-resource/{{resource}}"),
            document(place, oauth::resource::registered),
        ),
        (
            format!("/.well-known/oauth-protected-resource{}", at(Endpoint::Userinfo)),
            document(place, oauth::resource::userinfo),
        ),
    ]);
    routes
}

/// Where clients register themselves, and manage what they registered.
fn registration(path: &str, place: &Place) -> [Route; 2] {
    let open = || on(MethodFilter::OPTIONS, place, oauth::cors::preflight_open);
    let manage = |method| on(method, place, oauth::register::manage);
    let managed = manage(MethodFilter::GET).merge(manage(MethodFilter::PUT)).merge(manage(MethodFilter::DELETE));
    [
        (path.to_owned(), on(MethodFilter::POST, place, oauth::register::post).merge(open())),
        (format!("{path}/{{client}}"), managed.merge(open())),
    ]
}

/// What people and the programs of their sign-on call below `prefix`.
fn sign_on(prefix: &str, place: &Place, layout: Layout) -> Vec<Route> {
    let at = |endpoint: Endpoint| format!("{prefix}{}", layout.path(endpoint));
    vec![
        (
            at(Endpoint::Authorize),
            on(MethodFilter::GET, place, oauth::authorize::handle)
                .merge(on(MethodFilter::POST, place, oauth::authorize::handle))
                .merge(preflight(place))
                .merge(no_head("GET, POST, OPTIONS")),
        ),
        (at(Endpoint::CheckSession), on(MethodFilter::GET, place, oauth::session_frame::get)),
        (at(Endpoint::Resume), resume(place)),
        (
            at(Endpoint::Signoff),
            on(MethodFilter::GET, place, oauth::signoff::handle)
                .merge(on(MethodFilter::POST, place, oauth::signoff::handle))
                .merge(preflight(place))
                .merge(no_head("GET, POST, OPTIONS")),
        ),
        (
            format!("{prefix}/flows/{{flow}}"),
            on(MethodFilter::GET, place, flow::json::handle)
                .merge(on(MethodFilter::POST, place, flow::json::handle))
                .merge(on(MethodFilter::OPTIONS, place, flow::json::preflight)),
        ),
        (
            format!("{prefix}/signon"),
            on(MethodFilter::GET, place, flow::page::handle).merge(on(MethodFilter::POST, place, flow::page::handle)),
        ),
    ]
}

/// `HEAD` where `GET` does something: whoever only looks at a link does nothing by it (RFC 9110 §9.2.1). To a router, whoever may
/// `GET` may also `HEAD`.
pub(crate) fn no_head(allowed: &'static str) -> MethodRouter<AppState> {
    let refused = move |state: State<AppState>, request: Request| async move {
        let mut response = not_allowed(state, request).await;
        // RFC 9110 §15.5.6
        response.headers_mut().insert(http::header::ALLOW, http::HeaderValue::from_static(allowed));
        response
    };
    axum::routing::on(MethodFilter::HEAD, refused).fallback(refused)
}

/// The metadata with the well-known part inserted between host and path (RFC 8414 §3.1).
fn inserted(path: &str, place: &Place) -> [Route; 2] {
    [
        (format!("/.well-known/oauth-authorization-server{path}"), document(place, oauth::discovery::oauth)),
        (format!("/.well-known/openid-configuration{path}"), document(place, oauth::discovery::openid)),
    ]
}

/// The question of a browser before it calls an endpoint.
fn preflight(place: &Place) -> MethodRouter<AppState> {
    on(MethodFilter::OPTIONS, place, oauth::cors::preflight)
}

/// A document that everybody may read, in a browser too.
fn document<H, F>(place: &Place, handler: H) -> MethodRouter<AppState>
where
    H: Fn(AppState, Site, Parts, Body) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    on(MethodFilter::GET, place, handler).merge(on(MethodFilter::OPTIONS, place, oauth::cors::preflight_open))
}

/// Calls the handler, with the site, where the method is its.
fn on<H, F>(method: MethodFilter, place: &Place, handler: H) -> MethodRouter<AppState>
where
    H: Fn(AppState, Site, Parts, Body) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let place = place.clone();
    axum::routing::on(method, move |State(web): State<AppState>, request: Request| {
        // In its own place from the beginning: the router would move all of it, ten kilobytes of the token endpoint's, twice.
        Box::pin(placed(web, place.clone(), request, handler.clone()))
    })
}

/// Finds the site, then calls the handler with it.
async fn placed<H, F>(web: AppState, place: Place, request: Request, handler: H) -> Response
where
    H: FnOnce(AppState, Site, Parts, Body) -> F,
    F: Future<Output = Response>,
{
    let (parts, body) = request.into_parts();
    match site(&web, &place, &parts) {
        Some(site) => handler(web, site, parts, body).await,
        None => missing_environment(&web, &parts).await,
    }
}

/// The end of a flow knows itself which methods it takes: to a router, whoever may `GET` may also `HEAD`.
fn resume(place: &Place) -> MethodRouter<AppState> {
    let place = place.clone();
    axum::routing::any(move |State(web): State<AppState>, request: Request| {
        placed(web, place.clone(), request, oauth::resume::handle)
    })
}

/// The site of a request. Only canonical ids name an environment; whether it exists is the handler's to find out.
fn site(web: &AppState, place: &Place, parts: &Parts) -> Option<Site> {
    match place {
        Place::Own => parts.uri.path().split('/').find_map(EnvironmentId::parse).map(|id| web.app.site(id)),
        Place::Mount(path) => web.app.mount(path),
    }
}

async fn missing_environment(web: &AppState, parts: &Parts) -> Response {
    refuse(web, parts, Refused::new(Reason::EnvironmentUnknown, "a lower-case UUID", "another path segment")).await
}

/// Where no environment is. A person is told so, to a program the address is one like others that are none.
async fn home(State(web): State<AppState>, request: Request) -> Response {
    if !html::wants_page(request.headers()) {
        return unknown(State(web), request).await;
    }
    let locale = html::locale(request.headers(), None, "en");
    let page = page::Home { locale, theme: &page::Theme::default(), around: web.around(None, None) };
    html::page(StatusCode::OK, page.render(), locale, page::Forms::None)
}

async fn unknown(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let came = told::path(parts.uri.path());
    refuse(&web, &parts, Refused::new(Reason::PathUnknown, "a path of this server", came)).await
}

async fn not_allowed(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    refuse(&web, &parts, ask::wrong_method(&parts)).await
}

/// A person who came by a browser gets a page, everybody else the error.
pub(crate) async fn refuse(web: &AppState, parts: &Parts, refused: Refused) -> Response {
    let ask = ask::ask(parts);
    let failure = refuse::outside(&web.app, &ask, refused).await;
    if html::wants_page(&parts.headers) {
        html::error(web, &parts.headers, &failure, (None, None), ask.correlation)
    } else {
        error::management(&failure, ask.correlation)
    }
}

/// The stylesheet, script and mark. Their names carry their hash, so they may be kept for ever.
async fn asset(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some((bytes, media_type, etag)) = page::asset::asset(parts.uri.path()) else {
        return refuse(&web, &parts, Refused::new(Reason::PathUnknown, "the path of an asset", "another")).await;
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(media_type));
    headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("public, max-age=31536000, immutable"));
    if let Ok(etag) = http::HeaderValue::from_str(etag) {
        if parts.headers.get(http::header::IF_NONE_MATCH) == Some(&etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Body::empty();
        }
        response.headers_mut().insert(http::header::ETAG, etag);
    }
    response
}

const STORE_TIME: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::STORE_TIME;

    #[test]
    fn a_request_waits_as_long_as_operators_are_told_and_longer_than_a_commit() {
        let told = include_str!("../../../docs/deploy.md").split_whitespace().collect::<Vec<_>>().join(" ");
        let sentence = format!("a request waits {} seconds in all for a database", STORE_TIME.as_secs_f64());
        assert!(told.contains(&sentence), "{sentence}");
        // A commit has its answer before the time of its request is over.
        assert!(STORE_TIME > store::Options::default().commit_timeout);
    }
}
