//! What protected resources publish of themselves (RFC 9728 §2, §3), from configuration alone: no header of a request reaches it.
//!
//! Our own resources are described where a client looks for them by their address. A resource that an environment registers is
//! another server's: it is described below the issuer, for that server to point to, to redirect to, or to copy.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use engine::metadata::{keys, resource};
use engine::site::{Endpoint, Site};
use http::request::Parts;
use protocol::token::Json;

use super::{cors, discovery, jwks};
use crate::ask::ask;
use crate::state::AppState;
use crate::{error, manage};

/// `/.well-known/oauth-protected-resource/{environment}/as/userinfo`.
pub async fn userinfo(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    let ask = ask(&parts);
    match keys(&web.app, &site, &ask).await.into_result() {
        Ok(_) => {
            let document = Json::object()
                .text("resource", &site.url(Endpoint::Userinfo))
                .texts("authorization_servers", [site.issuer.as_str()])
                .texts("scopes_supported", ["openid", "profile", "email", "address", "phone"])
                .texts("bearer_methods_supported", ["header", "body"]);
            publish(&parts, document)
        }
        Err(failure) => cors::open(error::management(&failure, ask.correlation)),
    }
}

/// `/{environment}/as/.well-known/oauth-protected-resource/{resource}`.
pub async fn registered(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    let ask = ask(&parts);
    let id = parts.uri.path().rsplit('/').next().unwrap_or_default();
    match resource(&web.app, &site, &ask, id).await.into_result() {
        Ok(resource) => {
            let document = Json::object()
                .text("resource", &resource.identifier)
                .texts("authorization_servers", [site.issuer.as_str()])
                .texts("scopes_supported", resource.scopes.iter().map(String::as_str))
                // RFC 6750 §2: what every resource takes.
                .texts("bearer_methods_supported", ["header"])
                .text("resource_name", &resource.name);
            let document = typed(document, &resource.details_types);
            publish(&parts, document)
        }
        Err(failure) => cors::open(error::management(&failure, ask.correlation)),
    }
}

/// `/.well-known/oauth-protected-resource`: the management API. Whoever calls it signed on to an environment of their own, so its
/// authorization servers cannot be listed (RFC 9728 §2).
pub async fn api(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let document = Json::object()
        .text("resource", &web.app.config.api_url)
        .texts("scopes_supported", manage::own_scopes())
        .texts("bearer_methods_supported", ["header"]);
    publish(&parts, document)
}

/// RFC 9396 §10, RFC 9728 §2: the types that there are, where there are any.
pub(super) fn typed(document: Json, types: &[String]) -> Json {
    if types.is_empty() {
        return document;
    }
    document.texts("authorization_details_types_supported", types.iter().map(String::as_str))
}

pub(crate) fn publish(parts: &Parts, document: Json) -> Response {
    let json = document.finish();
    jwks::public(parts, &json, &discovery::etag(&json))
}
