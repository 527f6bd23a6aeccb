//! What the server answers, byte for byte: a wide set of requests is sent in order, and the transcript is compared with
//! the one that was recorded.
//!
//! `GRANTOR_RECORD=1` records anew. Both databases are compared with the same transcript; each draws other random
//! numbers, so nothing in it depends on them. How a request is written is told in [`script`], what is named instead of
//! written in [`plain`].

mod matrix;
mod plain;
mod player;
mod script;
mod write;

use std::collections::BTreeSet;

use player::Player;
use protocol::model::ObjectKind;
use protocol::refusal::Reason;
use serde_json::json;

use crate::described;

macro_rules! areas {
    ($($name:ident)+) => {
        $(#[tokio::test]
        async fn $name() {
            recorded(stringify!($name), Vec::new()).await;
        })+
    };
}

areas! {
    above populations users applications grants resources attributes groups policies environments keys lists activities schemas
    registrations providers documents authorize par flow pages token tokens signoff origins spring unrouted refusals
}

#[tokio::test]
async fn denials() {
    recorded("denials", matrix::denials()).await;
}

#[tokio::test]
async fn bodies() {
    recorded("bodies", matrix::bodies()).await;
}

/// In a transcript for each, so that another one changes none of them.
#[tokio::test]
async fn lives() {
    for of in described::plain() {
        recorded(&format!("life_of_{}", of.many()), matrix::life(of)).await;
    }
}

#[tokio::test]
async fn properties() {
    let written = [
        ("PUT", "/v1/environments/{env}/populations/{population}", population()),
        ("PUT", "/v1/environments/{env}/users/{jane}", user()),
        ("PATCH", "/v1/environments/{env}/users/{jane}", user()),
        ("PUT", "/v1/environments/{env}/applications/{web}", application()),
        ("PUT", "/v1/environments/{env}", environment()),
        ("PUT", "/v1/environments/{env}/billOfMaterials", environment()["billOfMaterials"].clone()),
        ("PUT", "/v1/environments/{env}/applications/{web}/grants/{grant}", grant()),
        ("POST", "/v1/environments/{env}/applications/{web}/roleAssignments", assignment()),
    ];
    let blocks = written.iter().flat_map(|(method, path, whole)| matrix::properties(method, path, whole)).collect();
    recorded("properties", blocks).await;
}

/// Every row of the table is in the transcripts, with success and with a refusal; nobody has an account elsewhere to succeed with.
#[test]
fn every_route_is_recorded() {
    let folder = write::file("x").parent().unwrap().to_owned();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let answered: Vec<(&str, &str, bool)> =
        texts.iter().flat_map(|text| write::exchanges(text)).filter_map(head).collect();
    for (method, path) in web::manage::calls() {
        for good in [true, false].into_iter().filter(|good| !good || !is_elsewhere(method, path)) {
            let found = answered.iter().any(|row| (row.0, row.2) == (method, good) && is_of(row.1, path));
            assert!(found, "{method} {path} is not recorded with {}", if good { "success" } else { "a refusal" });
        }
    }
}

/// Nobody has an account elsewhere, and a certificate of a key is made of the key, which no script has.
fn is_elsewhere(method: &str, path: &str) -> bool {
    path.ends_with("/{linkedAccount}") || method == "POST" && path.ends_with("/csr")
}

/// Plays what makes ready, the script of the area and `more`.
async fn recorded(area: &str, more: Vec<script::Block>) {
    let mut player = Player::start().await;
    for name in ["seeded", area] {
        let text = std::fs::read_to_string(write::file(&format!("{name}.http"))).unwrap_or_default();
        player.play(&script::parse(&text)).await;
    }
    player.play(&more).await;
    write::compare(&format!("explained/{area}"), &player.explained().await);
    write::compare(area, &player.transcript());
}

/// Every reason is explained somewhere in the transcripts, or it is said why it is not there.
#[test]
fn every_reason_is_explained() {
    let folder = write::file("explained");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let told: BTreeSet<&str> = texts.lines().filter_map(|line| line.split(' ').next()).collect();
    for (name, why) in ELSEWHERE {
        assert!(Reason::parse(name).is_some() && !why.is_empty(), "{name} is no reason, or there is none for it");
    }
    for reason in Reason::ALL {
        let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == reason.row().name);
        let found = told.contains(reason.row().name);
        assert!(found != elsewhere.is_some(), "{reason:?} is explained {found} and said to be elsewhere {elsewhere:?}");
    }
}

/// Method, path and success of an exchange.
fn head(exchange: &str) -> Option<(&str, &str, bool)> {
    let mut words = exchange.lines().next()?.trim_start_matches("### ").splitn(3, ' ');
    let (method, target) = (words.nth(1)?, words.next()?);
    let status = exchange.lines().find(|line| line.len() == 3 && line.bytes().all(|b| b.is_ascii_digit()))?;
    Some((method, target, status.starts_with('2')))
}

fn is_of(target: &str, path: &str) -> bool {
    let target = target.strip_prefix("/v1").unwrap_or_default().split('?').next().unwrap_or_default();
    let (target, path): (Vec<&str>, Vec<&str>) = (target.split('/').collect(), path.split('/').collect());
    target.len() == path.len() && target.iter().zip(&path).all(|(is, wanted)| wanted.starts_with('{') || is == wanted)
}

/// What stands here, and every property that is not thought of.
fn population() -> serde_json::Value {
    let named = json!({
        "name": "Default", "description": "Everybody", "default": true, "preferredLanguage": "en",
        "alternativeIdentifiers": ["staff"], "passwordPolicy": { "id": "{password_policy}" },
        "theme": { "id": "{theme}" },
    });
    let mut whole = described::body(ObjectKind::Population, "text", &|property| format!("{{{property}}}"));
    for (property, value) in named.as_object().unwrap() {
        whole[property] = value.clone();
    }
    whole
}

fn user() -> serde_json::Value {
    json!({
        "username": "jane.doe", "email": "jane.doe@example.com", "population": { "id": "{population}" },
        "name": { "given": "Jane", "middle": "A", "family": "Doe", "formatted": "Jane A Doe", "honorificPrefix": "Dr.",
            "honorificSuffix": "PhD" },
        "nickname": "Jan", "title": "Engineer", "type": "Employee", "externalId": "jane-0001",
        "preferredLanguage": "en", "locale": "en-US", "timezone": "America/Denver", "primaryPhone": "+1.3035550100",
        "mobilePhone": "+1.3035550101", "photo": { "href": "https://example.com/jane.png" },
        "address": { "streetAddress": "1001 17th Street", "locality": "Denver", "region": "CO", "postalCode": "80202",
            "countryCode": "US" },
        "unknown": "x",
    })
}

fn application() -> serde_json::Value {
    json!({
        "name": "Basic web application", "description": "Text", "enabled": true, "type": "WEB_APP",
        "protocol": "OPENID_CONNECT", "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"], "responseTypes": ["CODE"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "pkceEnforcement": "OPTIONAL",
        "redirectUris": ["https://app.example/cb"], "postLogoutRedirectUris": ["https://app.example/bye"],
        "allowWildcardInRedirectUris": false, "loginPageUrl": "https://app.example/login",
        "homePageUrl": "https://app.example/", "initiateLoginUri": "https://app.example/start",
        "targetLinkUri": "https://app.example/target", "accessTokenFormat": "OPAQUE", "dpopBoundAccessTokens": true,
        "tlsClientCertificateBoundAccessTokens": true, "tlsClientAuth": { "sanDns": "client.example.com" },
        "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": ["https://app.example"] },
        "refreshTokenDuration": 600, "refreshTokenRollingDuration": 6000, "refreshTokenRollingGracePeriodDuration": 10,
        "additionalRefreshTokenReplayProtectionEnabled": true, "assignActorRoles": false, "tags": [],
        "icon": { "id": "{env}", "href": "https://app.example/icon.png" }, "parRequirement": "OPTIONAL", "parTimeout": 60,
        "requestObjectSigningAlg": "ES256",
        "requestObjectTimes": "OPTIONAL", "requireSignedRequestObject": false, "hiddenFromAppPortal": false, "supportUnsignedRequestObject": false,
        "unknown": "x",
    })
}

fn environment() -> serde_json::Value {
    json!({
        "name": "Grantor Dev", "description": "Text", "region": "NA", "type": "SANDBOX", "icon": "https://app.example/i",
        "license": { "id": "{license}" }, "tokenProfile": "PINGONE", "parRequirement": "OPTIONAL", "dpopNonceRequired": true,
        "clientCertificateAuthorities": [],
        "billOfMaterials": { "solutionType": "CUSTOMER", "products": [{ "type": "PING_ONE_BASE",
            "console": { "href": "https://app.example/console" }, "tags": [],
            "bookmarks": [{ "name": "Mark", "href": "https://app.example/mark" }] }] },
    })
}

fn grant() -> serde_json::Value {
    json!({ "resource": { "id": "{resource}" }, "scopes": [{ "id": "{scope}" }] })
}

fn assignment() -> serde_json::Value {
    json!({ "role": { "id": "{role}" }, "scope": { "id": "{env}", "type": "ENVIRONMENT" } })
}

/// Reasons that no script produces, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("access_token_bound", "dpop/bound.rs"),
    ("access_token_certificate_other", "mtls/bound.rs"),
    ("binding_certificate_missing", "mtls/bound.rs"),
    ("bound_certificate_other", "mtls/bound.rs"),
    ("certificate_invalid", "mtls/vouched.rs"),
    ("certificate_missing", "mtls/registered.rs"),
    ("certificate_other", "mtls/registered.rs"),
    ("access_token_key_other", "dpop/bound.rs"),
    ("access_token_unbound", "dpop/bound.rs"),
    ("assertion_invalid", "token/assertions.rs"),
    ("group_missing", "access.rs"),
    ("assertion_used", "token/assertions.rs"),
    ("attestation_challenge_required", "token/attestations.rs"),
    ("attestation_invalid", "token/attestations.rs"),
    ("attestation_stale", "token/attestations.rs"),
    ("attested_key_other", "token/attestations.rs"),
    ("attester_unknown", "token/attestations.rs"),
    ("authentication_insufficient", "token/step_up.rs"),
    ("authorization_details_invalid", "token/details.rs"),
    ("authorization_details_wider", "token/details.rs"),
    ("body_too_slow", "explain.rs, in bytes of its own"),
    ("client_document_invalid", "client_documents.rs"),
    ("client_document_unfetched", "client_documents.rs"),
    ("client_document_unfit", "client_documents.rs"),
    ("client_domain_untrusted", "client_documents.rs"),
    ("client_key_expired", "token/certificates.rs"),
    ("client_key_unknown", "token/assertions.rs"),
    ("client_metadata_invalid", "registration/mod.rs"),
    ("consent_required", "consent.rs"),
    ("content_coding_unsupported", "explain.rs, in bytes of its own"),
    ("dpop_key_other", "dpop/bound.rs"),
    ("dpop_nonce_required", "dpop/nonces.rs"),
    ("dpop_proof_invalid", "dpop/proofs.rs"),
    ("dpop_proof_missing", "dpop/bound.rs"),
    ("dpop_proof_used", "dpop/once.rs"),
    ("expectation_failed", "explain.rs, in bytes of its own"),
    ("filter_too_costly", "needs more users than are seeded"),
    ("flow_moved_on", "needs another step between reading and writing"),
    ("header_too_large", "over HTTP/1.1 the parser is first, and gives no id"),
    ("host_foreign", "only where hosts are listed"),
    ("host_invalid", "explain.rs, in bytes of its own"),
    ("logout_undelivered", "logout/undelivered.rs"),
    ("lists_crowded", "needs lists that take seconds"),
    ("mailed_code_wrong", "controls/mail.rs"),
    ("mapping_unmet", "token/mappings.rs"),
    ("method_unfit", "fapi/refused.rs"),
    ("password_hash_busy", "needs more sign-ons at once than there are places"),
    ("rate_limited", "token/explained.rs"),
    ("recovery_unavailable", "controls/mail.rs"),
    ("redirect_uri_unsafe", "fapi/refused.rs"),
    ("refresh_token_of_other_client", "needs two applications that hold the grant"),
    ("refresh_token_unknown", "no seeded application but the one that holds a token may try"),
    ("registered_uri_invalid", "registration/mod.rs"),
    ("registration_closed", "registration/mod.rs"),
    ("registration_token_invalid", "registration/mod.rs"),
    ("request_uri_not_registered", "par/fetched.rs"),
    ("request_uri_unfetched", "par/fetched.rs"),
    ("requests_crowded", "admission.rs"),
    ("resource_wider", "token/resources.rs"),
    ("role_missing", "access.rs"),
    ("scope_wider", "needs a grant of less than all scopes"),
    ("software_statement_invalid", "registration/statements.rs"),
    ("software_statement_unapproved", "registration/statements.rs"),
    ("state_changed", "needs another writer between reading and writing"),
    ("store_unavailable", "needs a database that is gone, and then nothing is recorded"),
    ("timed_out", "needs a request of a minute"),
    ("unexpected", "a fault of this server"),
    ("uri_too_long", "explain.rs, in bytes of its own"),
    ("workload_key_unknown", "token/workloads.rs"),
    ("workload_token_invalid", "token/workloads.rs"),
    ("workload_unknown", "token/workloads.rs"),
];
