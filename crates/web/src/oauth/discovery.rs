//! The metadata documents (OpenID Connect Discovery §4, RFC 8414 §3), from configuration alone: no header of a request
//! reaches them (MD-01).

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::metadata::{Metadata, Published, metadata};
use engine::site::{Endpoint, Layout, Site};
use http::request::Parts;
use protocol::discovery::{
    CHALLENGE_METHODS, SCOPES, attestation_algs, auth_methods, auth_signing_algs, claims, confidential_auth_methods,
    dpop_algs, grant_types, response_modes, response_types,
};
use protocol::token::Json;

use super::{cors, jwks, resource};
use crate::ask::ask;
use crate::error;
use crate::state::AppState;

/// `/.well-known/openid-configuration`.
pub async fn openid(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    answer(&web, &site, &parts, |site, metadata| about_openid(about_oauth(site, metadata), site, metadata)).await
}

/// `/.well-known/oauth-authorization-server`. Spring Authorization Server leaves out what is OpenID Connect's.
pub async fn oauth(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    answer(&web, &site, &parts, |site, metadata| match site.layout {
        Layout::PingOne => about_openid(about_oauth(site, metadata), site, metadata),
        Layout::Spring => about_oauth(site, metadata),
    })
    .await
}

async fn answer(web: &AppState, site: &Site, parts: &Parts, document: impl Fn(&Site, &Metadata) -> Json) -> Response {
    let ask = ask(parts);
    match metadata(&web.app, site, &ask, |metadata| document(site, metadata)).await.into_result() {
        Ok(Published { json, version }) => jwks::public(parts, &json, &etag(&version)),
        Err(failure) => cors::open(error::management(&failure, ask.correlation)),
    }
}

fn about_oauth(site: &Site, metadata: &Metadata) -> Json {
    let demands = metadata.demands;
    let registers = metadata.registers.then(|| site.url(Endpoint::Register));
    let json = Json::object()
        .text("issuer", &site.issuer)
        .text("authorization_endpoint", &site.url(Endpoint::Authorize))
        .text("token_endpoint", &site.url(Endpoint::Token))
        .texts("token_endpoint_auth_methods_supported", auth_methods(metadata.offered, demands))
        .texts("token_endpoint_auth_signing_alg_values_supported", auth_signing_algs(demands))
        .text("jwks_uri", &site.url(Endpoint::Jwks))
        .texts("response_types_supported", response_types(metadata.front, demands))
        .texts("response_modes_supported", response_modes(demands))
        // JARM §4.
        .texts("authorization_signing_alg_values_supported", metadata.signing_algs.iter().map(|alg| alg.name()))
        .texts("grant_types_supported", grant_types(metadata.front, demands))
        .text("revocation_endpoint", &site.url(Endpoint::Revoke))
        .texts("revocation_endpoint_auth_methods_supported", auth_methods(metadata.offered, demands))
        .texts("revocation_endpoint_auth_signing_alg_values_supported", auth_signing_algs(demands))
        .text("introspection_endpoint", &site.url(Endpoint::Introspect))
        .texts("introspection_endpoint_auth_methods_supported", confidential_auth_methods(metadata.offered, demands))
        .texts("introspection_endpoint_auth_signing_alg_values_supported", auth_signing_algs(demands))
        // RFC 9701 §7.
        .texts("introspection_signing_alg_values_supported", metadata.signing_algs.iter().map(|alg| alg.name()))
        // RFC 9126 §5: clients authenticate there as at the token endpoint.
        .text("pushed_authorization_request_endpoint", &site.url(Endpoint::Par))
        .truth("require_pushed_authorization_requests", metadata.push_required)
        // RFC 9101 §10.5: an application may demand it beside.
        .truth("require_signed_request_object", demands.signed_requests)
        .texts("code_challenge_methods_supported", CHALLENGE_METHODS)
        .texts("dpop_signing_alg_values_supported", dpop_algs(demands))
        // RFC 9207 §3.
        .truth("authorization_response_iss_parameter_supported", true)
        .text_if("registration_endpoint", registers.as_deref())
        .truth_if("client_id_metadata_document_supported", metadata.documents);
    let json = attested(json, site, metadata);
    let json = resource::typed(json, &metadata.details_types);
    if metadata.certificates { about_certificates(json, site) } else { json }
}

/// draft-ietf-oauth-attestation-based-client-auth §7.1, §9: where somebody is trusted to attest clients.
fn attested(json: Json, site: &Site, metadata: &Metadata) -> Json {
    if !metadata.offered.attestations {
        return json;
    }
    json.text("challenge_endpoint", &site.url(Endpoint::Challenge))
        .texts("client_attestation_signing_alg_values_supported", attestation_algs(metadata.demands))
        .texts("client_attestation_pop_signing_alg_values_supported", attestation_algs(metadata.demands))
}

/// RFC 8705 §3.3 and §5: the listener that asks for a certificate is the one of every endpoint.
fn about_certificates(json: Json, site: &Site) -> Json {
    let aliases = [
        ("token_endpoint", Endpoint::Token),
        ("revocation_endpoint", Endpoint::Revoke),
        ("introspection_endpoint", Endpoint::Introspect),
        ("pushed_authorization_request_endpoint", Endpoint::Par),
        ("userinfo_endpoint", Endpoint::Userinfo),
    ];
    let aliases =
        aliases.into_iter().fold(Json::object(), |json, (name, endpoint)| json.text(name, &site.url(endpoint)));
    json.truth("tls_client_certificate_bound_access_tokens", true).nested("mtls_endpoint_aliases", aliases)
}

fn about_openid(json: Json, site: &Site, metadata: &Metadata) -> Json {
    let signing_algs = || metadata.signing_algs.iter().map(|alg| alg.name());
    let frame = metadata.watched.then(|| site.url(Endpoint::CheckSession));
    json.text("userinfo_endpoint", &site.url(Endpoint::Userinfo))
        // Session Management §3.3.
        .text_if("check_session_iframe", frame.as_deref())
        .text("end_session_endpoint", &site.url(Endpoint::Signoff))
        // Back-Channel Logout §2.1, Front-Channel Logout §3: every notice names its session.
        .truth("backchannel_logout_supported", true)
        .truth("backchannel_logout_session_supported", true)
        .truth("frontchannel_logout_supported", true)
        .truth("frontchannel_logout_session_supported", true)
        .texts("scopes_supported", SCOPES)
        .texts("claims_supported", claims())
        .texts("claim_types_supported", ["normal"])
        .texts("subject_types_supported", ["public"])
        .texts("id_token_signing_alg_values_supported", signing_algs())
        .texts("userinfo_signing_alg_values_supported", signing_algs())
        .texts("acr_values_supported", metadata.acr_values.iter().map(String::as_str))
        // OIDC Core §5.5.
        .truth("claims_parameter_supported", true)
        .truth("request_parameter_supported", true)
        .texts("request_object_signing_alg_values_supported", auth_signing_algs(metadata.demands))
        // OpenID Connect Discovery §3: true when left out (MD-09). What must be pushed is nowhere else.
        .truth("request_uri_parameter_supported", !metadata.push_required)
        .truth("require_request_uri_registration", !metadata.push_required)
}

/// Changes with the document.
pub(super) fn etag(json: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, json.as_bytes());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..12]))
}
