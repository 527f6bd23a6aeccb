//! What is published is accepted, and nothing else (RFC 8705 §3.3, §5, §2.1.2; RFC 7591 §2).

use engine::bootstrap::dev;
use protocol::change::{Change, Guard};
use protocol::registration::RegistrationPolicy;
use serde_json::{Value, json};
use testkit::{Authority, Badge, Request, SANDBOX, TestApp, wanted};

use super::{ENDPOINTS, trust};

async fn metadata(server: &TestApp) -> Value {
    server.get(&format!("/{}/as/.well-known/openid-configuration", dev::ENVIRONMENT)).await.expect(200)
}

const METHODS: [&str; 2] = ["self_signed_tls_client_auth", "tls_client_auth"];

fn lists(metadata: &Value, method: &str) -> [bool; 3] {
    ["token", "introspection", "revocation"].map(|endpoint| {
        let listed = metadata[format!("{endpoint}_endpoint_auth_methods_supported")].as_array().unwrap();
        listed.iter().any(|one| one == method)
    })
}

async fn open(server: &TestApp) {
    let mut environment = server.base.store.environment(SANDBOX).await.unwrap().unwrap();
    environment.settings.registration = RegistrationPolicy::Open;
    server.furnish(vec![Change::put(environment, Guard::Version)]).await;
    server.app.forget(SANDBOX);
}

#[tokio::test]
async fn certificates_are_published_where_they_can_arrive() {
    let without = TestApp::inside().await;
    let told = metadata(&without).await;
    assert_eq!(told.get("mtls_endpoint_aliases"), None);
    assert_eq!(told.get("tls_client_certificate_bound_access_tokens"), None);
    for method in METHODS {
        assert_eq!(lists(&told, method), [false; 3]);
    }
    let with = TestApp::build().config(|config| config.certificates = true).start().await;
    let told = metadata(&with).await;
    assert_eq!(told["tls_client_certificate_bound_access_tokens"], true);
    for method in METHODS {
        assert_eq!(lists(&told, method), [true; 3]);
    }
    let aliases = told["mtls_endpoint_aliases"].as_object().unwrap();
    assert_eq!(aliases.len(), ENDPOINTS.len() + 1);
    for (name, url) in aliases {
        assert_eq!(*url, told[name], "{name}");
    }
}

/// Every member of RFC 8705 §2.1.2 registers a client that then proves itself, and is told again (RFC 7591 §3.2.1, RFC 7592 §2.1).
#[tokio::test]
async fn clients_register_by_what_they_are_known() {
    let server = TestApp::build().strict().config(|config| config.certificates = true).start().await;
    open(&server).await;
    let authority = Authority::new("Authority");
    trust(&server, &[authority.pem()]).await;
    let mut params = wanted("client");
    params.subject_alt_names = vec![
        rcgen::SanType::DnsName("client.example.com".try_into().unwrap()),
        rcgen::SanType::URI("spiffe://example.com/client".try_into().unwrap()),
        rcgen::SanType::IpAddress("192.0.2.7".parse().unwrap()),
        rcgen::SanType::Rfc822Name("client@example.com".try_into().unwrap()),
    ];
    let (vouched, own) = (authority.sign(&params), Badge::self_signed(&params));
    for (method, member, value, badge) in [
        ("tls_client_auth", "tls_client_auth_subject_dn", json!("CN=client,O=Example Corp,C=US"), &vouched),
        ("tls_client_auth", "tls_client_auth_san_dns", json!("client.example.com"), &vouched),
        ("tls_client_auth", "tls_client_auth_san_uri", json!("spiffe://example.com/client"), &vouched),
        ("tls_client_auth", "tls_client_auth_san_ip", json!("192.0.2.7"), &vouched),
        ("tls_client_auth", "tls_client_auth_san_email", json!("client@example.com"), &vouched),
        ("self_signed_tls_client_auth", "jwks", json!({ "keys": [own.certified_jwk()] }), &own),
    ] {
        let asked = json!({
            "redirect_uris": ["https://app.example/callback"], "token_endpoint_auth_method": method, member: value,
            "tls_client_certificate_bound_access_tokens": true,
        });
        let made = server.send(Request::post(server.at("register")).json(&asked)).await.expect(201);
        assert_eq!(
            (&made["token_endpoint_auth_method"], &made["tls_client_certificate_bound_access_tokens"]),
            (&json!(method), &json!(true))
        );
        assert_eq!((made.get("client_secret"), made.get(member).is_some()), (None, true), "{made}");
        let form = format!("token=none&client_id={}", made["client_id"].as_str().unwrap());
        let ask = async |badge| server.send(Request::form(server.at("revoke")).body(&form).showing(badge)).await.status;
        assert_eq!(ask(badge).await, 200, "{member}");
        assert_eq!(ask(&Badge::self_signed(&wanted("thief"))).await, 401, "{member}");
    }
    for (members, at) in [
        (json!({}), "tls_client_auth_subject_dn"),
        (json!({ "tls_client_auth_san_dns": "a.example", "tls_client_auth_san_ip": "192.0.2.7" }), "tls_client_auth_"),
        (json!({ "tls_client_auth_subject_dn": "client" }), "tls_client_auth_subject_dn"),
    ] {
        let mut asked = json!({
            "redirect_uris": ["https://app.example/callback"], "token_endpoint_auth_method": "tls_client_auth",
        });
        asked.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let answer = server.send(Request::post(server.at("register")).json(&asked)).await;
        answer.is_refused(400, "invalid_client_metadata");
        assert!(answer.member("error_description").starts_with(at), "{answer:?}");
    }
}

/// Nothing is promised that could not be kept.
#[tokio::test]
async fn nobody_registers_with_a_method_that_cannot_work() {
    let server = TestApp::build().strict().start().await;
    open(&server).await;
    let own = Badge::self_signed(&wanted("client"));
    let asked = json!({
        "redirect_uris": ["https://app.example/callback"], "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "jwks": { "keys": [own.certified_jwk()] },
    });
    server.send(Request::post(server.at("register")).json(&asked)).await.is_refused(400, "invalid_client_metadata");
}
