//! Every reason as every layout shows it: RFC 6749 §5.2, RFC 6750 §3, RFC 9110 §15.5.2, and Spring's recorded shapes.

use axum::response::Response;
use engine::Ask;
use engine::site::{Endpoint, Layout, Site};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use protocol::dpop::Scheme;
use protocol::grant::missing;
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::Value;
use uuid::Uuid;

use super::{as_management, as_oauth, as_resource};

const CORRELATION: &str = "00000000-0000-0000-0000-0000000000c0";

fn ask() -> Ask {
    Ask { correlation: CorrelationId::new(Uuid::from_u128(0xc0)), source: None }
}

fn site(layout: Layout) -> Site {
    Site::new("https://auth.example", "/m", layout, EnvironmentId::new(Uuid::from_u128(1)))
}

async fn body(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 65_536).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn header(response: &Response, name: http::HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn at_token(layout: Layout, refused: &Refused) -> Response {
    as_oauth(&site(layout), Endpoint::Token, refused, &ask())
}

#[tokio::test]
async fn every_reason_is_answered_in_the_alphabet_of_the_specification() {
    for reason in Reason::ALL {
        let refused = Refused::new(*reason, "hush-expected", "hush-came");
        for layout in [Layout::PingOne, Layout::Spring] {
            let response = at_token(layout, &refused);
            assert_eq!(response.status().as_u16(), reason.status());
            // RFC 9110 §15.5.2
            let challenge = header(&response, WWW_AUTHENTICATE);
            assert_eq!(!challenge.is_empty(), reason.status() == 401, "{reason:?}");
            let text = body(response).await;
            // What only the owner may know is never in an answer.
            assert!(!text.contains("hush"), "{text}");
            let json: Value = serde_json::from_str(&text).unwrap();
            if let Some(description) = json["error_description"].as_str() {
                // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E
                assert!(description.bytes().all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn pingones_error_ends_in_the_correlation_id() {
    let response = at_token(Layout::PingOne, &Reason::SecretWrong.into());
    assert_eq!(header(&response, WWW_AUTHENTICATE), "Basic realm=\"grantor\", charset=\"UTF-8\"");
    assert_eq!((header(&response, CACHE_CONTROL), header(&response, CONTENT_TYPE)), ("no-store", "application/json"));
    let text = format!(
        r#"{{"error":"invalid_client","error_description":"Request denied: Unsupported authentication method (Correlation ID: {CORRELATION})"}}"#
    );
    assert_eq!(body(response).await, text);
    let named = body(at_token(Layout::PingOne, &missing("code"))).await;
    assert!(named.contains("A required parameter is missing: code (Correlation ID: "), "{named}");
    let invalid = Refused::new(Reason::ParameterInvalid, "max_age in whole seconds", "soon").about("max_age");
    assert_eq!(invalid.sentence(), "A parameter has a value that is not valid: max_age");
}

#[tokio::test]
async fn springs_errors_are_bare_or_described() {
    let repeated = |name: &str| {
        let mut refused = Refused::from(Reason::ParameterRepeated);
        refused.details.push(Detail::new("INVALID_VALUE", name, ""));
        refused
    };
    let token = |p: &str| {
        format!(
            r#"{{"error_description":"OAuth 2.0 Parameter: {p}","error":"invalid_request","error_uri":"https://datatracker.ietf.org/doc/html/rfc6749#section-5.2"}}"#
        )
    };
    let introspection = r#"{"error_description":"OAuth 2.0 Token Introspection Parameter: token","error":"invalid_request","error_uri":"https://datatracker.ietf.org/doc/html/rfc7662#section-2.1"}"#;
    let revocation = r#"{"error_description":"OAuth 2.0 Token Revocation Parameter: token","error":"invalid_request","error_uri":"https://datatracker.ietf.org/doc/html/rfc7009#section-2.1"}"#;
    let table = [
        (Endpoint::Token, Refused::from(Reason::SecretWrong), r#"{"error":"invalid_client"}"#.to_owned()),
        (Endpoint::Token, Refused::from(Reason::ScopeInvalid), r#"{"error":"invalid_scope"}"#.to_owned()),
        (Endpoint::Token, Refused::from(Reason::CodeConsumed), r#"{"error":"invalid_grant"}"#.to_owned()),
        // It fails in client authentication there, which describes nothing.
        (Endpoint::Token, repeated("client_secret"), r#"{"error":"invalid_request"}"#.to_owned()),
        (Endpoint::Token, repeated("scope"), token("scope")),
        (Endpoint::Token, missing("code"), token("code")),
        (Endpoint::Introspect, missing("token"), introspection.to_owned()),
        (Endpoint::Revoke, missing("token"), revocation.to_owned()),
    ];
    for (endpoint, refused, expected) in table {
        let response = as_oauth(&site(Layout::Spring), endpoint, &refused, &ask());
        assert_eq!(header(&response, CONTENT_TYPE), "application/json;charset=UTF-8");
        assert_eq!(header(&response, CACHE_CONTROL), "no-cache, no-store, max-age=0, must-revalidate");
        assert_eq!(body(response).await, expected);
    }
}

#[tokio::test]
async fn the_bearer_challenge_tells_as_much_as_the_request_showed() {
    // UI-01, UI-02, UI-03
    let table = [
        (Reason::AccessTokenMissing, 401, "Bearer realm=\"grantor\""),
        (Reason::AccessTokenInactive, 401, "error=\"invalid_token\""),
        (Reason::AccessTokenTwice, 400, "error=\"invalid_request\""),
        (Reason::ScopeInsufficient, 403, "error=\"insufficient_scope\", scope=\"openid\""),
    ];
    for (reason, status, challenge) in table {
        for layout in [Layout::PingOne, Layout::Spring] {
            let response = as_resource(&site(layout), Scheme::Bearer, &reason.into(), &ask());
            assert_eq!(response.status(), status);
            let came = header(&response, WWW_AUTHENTICATE);
            // RFC 9728 §5.1
            let metadata = format!("resource_metadata=\"{}\"", site(layout).resource_metadata_url(Endpoint::Userinfo));
            assert!(came.ends_with(&format!("{challenge}, {metadata}")) || reason == Reason::AccessTokenInactive);
            assert!(came.contains(challenge) && came.ends_with(&metadata), "{came}");
        }
    }
    let spring = as_resource(&site(Layout::Spring), Scheme::Bearer, &Reason::ScopeInsufficient.into(), &ask());
    assert_eq!(body(spring).await, r#"{"error":"insufficient_scope"}"#);
    let spring = as_resource(&site(Layout::Spring), Scheme::Bearer, &Reason::AccessTokenInactive.into(), &ask());
    assert_eq!(body(spring).await, "");
}

#[tokio::test]
async fn management_errors_are_pingones_objects() {
    let detail = Detail::new("UNIQUENESS_VIOLATION", "username", "Taken").with_inner(serde_json::json!({"a": 1}));
    let response = as_management(&Refused::fields(vec![detail]), ask().correlation);
    let json: Value = serde_json::from_str(&body(response).await).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "id": CORRELATION,
            "code": "INVALID_DATA",
            "message": "The request could not be completed. One or more validation errors were in the request.",
            "details": [{"code": "UNIQUENESS_VIOLATION", "target": "username", "message": "Taken", "innerError": {"a": 1}}],
        })
    );
    let response = as_management(&Reason::AccessTokenInactive.into(), ask().correlation);
    assert_eq!(header(&response, WWW_AUTHENTICATE), "Bearer");
    let json: Value = serde_json::from_str(&body(response).await).unwrap();
    assert_eq!(json["details"][0]["target"], "Authentication Credentials");
}

#[test]
fn a_store_that_is_down_says_when_to_come_back() {
    // RV-04
    let response = at_token(Layout::PingOne, &Reason::StoreUnavailable.into());
    assert_eq!((response.status().as_u16(), header(&response, RETRY_AFTER)), (503, "1"));
    let mut limited = Refused::from(Reason::RateLimited);
    limited.retry_after = Some(7);
    let response = at_token(Layout::PingOne, &limited);
    assert_eq!((response.status().as_u16(), header(&response, RETRY_AFTER)), (429, "7"));
}

/// The page of the reference is the table. `GRANTOR_RECORD=1` writes it.
#[test]
fn the_page_of_refusals_is_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/refusals.md");
    let shown = |code: &str| if code.is_empty() { String::new() } else { format!("`{code}`") };
    let mut rows: Vec<_> = Reason::ALL.iter().map(|reason| reason.row()).collect();
    rows.sort_by_key(|row| row.name);
    let rows = rows.iter().map(|row| {
        let (oauth, code) = (shown(row.oauth), shown(row.code));
        format!("| `{}` | {} | {oauth} | {code} | {} |\n", row.name, row.status, row.mend.replace('|', "\\|"))
    });
    let page = PAGE.to_owned() + &rows.collect::<String>();
    if std::env::var_os("GRANTOR_RECORD").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/reference/refusals.md is stale: GRANTOR_RECORD=1 writes it");
}

const PAGE: &str = "# Refusals\n
Every reason for which this server refuses a request, made of its table by `cargo xtask docs`. `grantor explain` and the log name them so, and \
[the next answer](dev-controls.md#the-next-answer) of a developer's server can be each of them.\n
| Name | Status | OAuth error | PingOne code | What mends it |
|---|---|---|---|---|
";
