//! Metadata and keys over HTTP (attacks A14).

use engine::bootstrap::dev;
use serde_json::{Value, json};

use testkit::{Request, TestApp, claims};

#[tokio::test]
async fn both_forms_of_the_metadata_say_the_same() {
    let server = TestApp::inside().await;
    let env = dev::ENVIRONMENT;
    let table = [
        (format!("/{env}/as/.well-known/openid-configuration"), format!("http://auth.test/{env}/as")),
        (format!("/{env}/as/.well-known/oauth-authorization-server"), format!("http://auth.test/{env}/as")),
        // RFC 8414 §3.1
        (format!("/.well-known/oauth-authorization-server/{env}/as"), format!("http://auth.test/{env}/as")),
        (format!("/.well-known/openid-configuration/{env}/as"), format!("http://auth.test/{env}/as")),
        ("/ms-auth-server/.well-known/openid-configuration".into(), "http://auth.test/ms-auth-server".into()),
        ("/ms-auth-server/.well-known/oauth-authorization-server".into(), "http://auth.test/ms-auth-server".into()),
        ("/.well-known/oauth-authorization-server/ms-auth-server".into(), "http://auth.test/ms-auth-server".into()),
    ];
    for (path, issuer) in table {
        // MD-01
        let forged =
            Request::get(&path).header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
        let answer = server.send(forged).await;
        assert_eq!((answer.status, answer.body["issuer"].as_str()), (200, Some(issuer.as_str())), "{path}");
        assert!(!answer.text.contains("evil"));
        assert_eq!(
            (answer.header("access-control-allow-origin"), answer.header("content-type")),
            ("*", "application/json")
        );
        assert!(answer.header("cache-control").starts_with("public, max-age="));
        // MD-09
        let promised = &answer.body["grant_types_supported"];
        let mut grants = vec!["authorization_code", "client_credentials", "refresh_token"];
        // D10: PingOne's environments give what their applications are registered for, Spring's nothing.
        grants.extend((!path.contains("ms-auth-server")).then_some("implicit"));
        assert_eq!(promised, &json!(grants), "{path}");
        assert_eq!(answer.body["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(answer.body["authorization_response_iss_parameter_supported"], true);
    }
    let answer = server.get("/00000000-0000-4000-8000-000000000000/as/.well-known/openid-configuration").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_document_is_sent_again_only_when_it_changed() {
    let server = TestApp::inside().await;
    let mut tags = Vec::new();
    for path in [server.at(".well-known/openid-configuration"), server.at_admin(".well-known/openid-configuration")] {
        let first = server.get(&path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.len() > 10 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for (held, status) in [(&*tag, 304), ("*", 304), ("\"other\"", 200), (&*format!("\"x\", {tag}"), 304)] {
            let again = server.send(Request::get(&path).header("if-none-match", held)).await;
            assert_eq!((again.status, again.text.is_empty()), (status, status == 304), "{held}");
            assert_eq!(again.header("etag"), tag);
        }
        assert_eq!(server.get(&path).await.header("etag"), tag, "the same document");
        tags.push(tag);
    }
    assert_ne!(tags[0], tags[1], "another issuer is another document");
}

// MD-03: every address of it.
#[tokio::test]
async fn what_is_published_is_there() {
    let server = TestApp::inside().await;
    for path in
        [server.at(".well-known/openid-configuration"), "/ms-auth-server/.well-known/openid-configuration".into()]
    {
        let document = server.get(&path).await.body;
        assert_eq!(document["request_uri_parameter_supported"], true);
        assert_eq!(document["require_request_uri_registration"], true);
        for (name, value) in document.as_object().unwrap() {
            let Some(address) = value.as_str().filter(|_| name.ends_with("_endpoint") || name == "jwks_uri") else {
                continue;
            };
            let path = address.strip_prefix("http://auth.test").unwrap();
            assert_ne!(server.get(path).await.status, 404, "{name}: {path}");
        }
    }
}

// MD-04
#[tokio::test]
async fn the_key_set_is_public_and_can_be_kept() {
    let server = TestApp::inside().await;
    let answer = server.get(&server.at("jwks")).await;
    let keys = answer.body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert!(keys[0].get(private).is_none());
    }
    assert_eq!((&keys[0]["alg"], &keys[0]["use"]), (&json!("RS256"), &json!("sig")));
    let etag = answer.header("etag");
    assert!(etag.len() > 2, "{answer:?}");
    let again = server.send(Request::get(server.at("jwks")).header("if-none-match", etag)).await;
    assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", etag));
    // HT-21
    let head = server.send(Request::new("HEAD", server.at("jwks"))).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
}

#[tokio::test]
async fn a_token_names_the_published_key() {
    let server = TestApp::inside().await;
    let token = server.worker_token().await;
    let header = token.split('.').next().unwrap();
    let header = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    let keys = server.get(&server.at_admin("jwks")).await.body;
    assert_eq!(header["kid"], keys["keys"][0]["kid"]);
    assert_eq!(claims(&token)["iss"], format!("http://auth.test/{}/as", dev::ADMIN_ENVIRONMENT));
}

// A password manager asks first for an address that cannot exist, and believes the other only if this is refused.
#[tokio::test]
async fn no_address_promises_a_page_to_change_a_password() {
    let server = TestApp::inside().await;
    for name in ["change-password", "resource-that-should-not-exist-whose-status-code-should-not-be-200"] {
        for prefix in [String::new(), format!("/{}", dev::ENVIRONMENT), "/ms-auth-server".to_owned()] {
            let answer = server.get(&format!("{prefix}/.well-known/{name}")).await;
            assert_eq!((answer.status, answer.header("location")), (404, ""), "{prefix} {name}");
        }
    }
}
