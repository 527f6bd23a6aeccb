//! Whatever the metadata lists, the endpoint that it is for takes (RFC 8414 §2). What this test cannot try yet, it refuses.

use super::assertions;
use engine::bootstrap::dev;
use jose::{Alg, SigningKey};
use protocol::client_auth::Method;
use serde_json::{Value, json};
use testkit::{Answer, CHALLENGE, TestApp, VERIFIER};

async fn metadata(server: &TestApp) -> Value {
    let path = format!("/{}/as/.well-known/openid-configuration", dev::ENVIRONMENT);
    server.get(&path).await.expect(200)
}

fn listed<'a>(metadata: &'a Value, name: &str) -> Vec<&'a str> {
    let list = metadata[name].as_array().unwrap_or_else(|| panic!("no {name}"));
    assert!(!list.is_empty());
    list.iter().map(|value| value.as_str().unwrap()).collect()
}

/// Sends `form` to `endpoint` with the shared web application's credentials by the method of this name; its key is `key`.
async fn present(server: &TestApp, key: &SigningKey, endpoint: &str, method: &str, form: &str) -> Answer {
    let (id, secret) = (dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET);
    let path = server.at(endpoint);
    match method {
        "client_secret_basic" => server.encoded_basic(&path, (id, secret), form).await,
        "client_secret_post" => server.encoded(&path, &format!("client_id={id}&client_secret={secret}&{form}")).await,
        "private_key_jwt" => {
            let claims = assertions::good(server, endpoint);
            server.encoded(&path, &format!("{}&{form}", assertions::form(key, &claims))).await
        }
        "client_secret_jwt" => {
            let claims = assertions::good(server, &format!("mac at {endpoint}"));
            server.encoded(&path, &format!("{}&{form}", assertions::mac(&claims))).await
        }
        "none" => server.encoded(&path, &format!("client_id={id}&{form}")).await,
        other => panic!("nobody tries whether {other} is taken"),
    }
}

#[tokio::test]
async fn every_listed_method_authenticates_at_its_endpoint() {
    let server = TestApp::inside().await;
    let (metadata, key) = (metadata(&server).await, SigningKey::generate(Alg::Es256).unwrap());
    for (endpoint, member) in [
        ("token", "token_endpoint_auth_methods_supported"),
        ("introspect", "introspection_endpoint_auth_methods_supported"),
        ("revoke", "revocation_endpoint_auth_methods_supported"),
        // RFC 9126 §5: as at the token endpoint.
        ("par", "token_endpoint_auth_methods_supported"),
    ] {
        for name in listed(&metadata, member) {
            let method = Method::REGISTRABLE.into_iter().find(|method| method.name() == name).unwrap();
            let members = json!({
                "tokenEndpointAuthMethod": method.management_name(), "jwks": assertions::set(&[&key]),
            });
            server.change(dev::SHARED_WEB_APPLICATION, members).await;
            let (code, redirect) = (server.code(|_| ()).await, dev::REDIRECT_URI);
            let form = match endpoint {
                "token" => {
                    format!(
                        "grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={VERIFIER}"
                    )
                }
                "par" => pushed(name),
                _ => "token=none".to_owned(),
            };
            let answer = present(&server, &key, endpoint, name, &form).await;
            let status = if endpoint == "par" { 201 } else { 200 };
            assert_eq!(answer.status, status, "{name} at {endpoint}: {answer:?}");
        }
    }
}

/// A sound request to push. Some methods name the client themselves.
fn pushed(method: &str) -> String {
    let named = matches!(method, "client_secret_post" | "none");
    let client = if named { String::new() } else { format!("&client_id={}", dev::SHARED_WEB_APPLICATION) };
    let redirect = dev::REDIRECT_URI;
    format!("response_type=code&redirect_uri={redirect}&code_challenge={CHALLENGE}&code_challenge_method=S256{client}")
}

#[tokio::test]
async fn every_listed_grant_is_known() {
    let server = TestApp::inside().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    for name in listed(&metadata(&server).await, "grant_types_supported") {
        // The one that has no token endpoint (RFC 7591 §2.1).
        if name == "implicit" {
            continue;
        }
        let answer = present(&server, &key, "token", "client_secret_post", &format!("grant_type={name}")).await;
        assert_ne!(answer.body["error"], "unsupported_grant_type", "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn every_listed_value_may_be_asked_for() {
    let server = TestApp::inside().await;
    let metadata = metadata(&server).await;
    let everything = json!(["CODE", "ID_TOKEN", "TOKEN"]);
    let grants = json!(["AUTHORIZATION_CODE", "IMPLICIT"]);
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": grants, "responseTypes": everything })).await;
    let good = [
        ("nonce", "n".to_owned()),
        ("client_id", dev::SHARED_WEB_APPLICATION.to_string()),
        ("redirect_uri", dev::REDIRECT_URI.to_owned()),
        ("response_type", "code".to_owned()),
        ("scope", "openid".to_owned()),
        ("code_challenge", CHALLENGE.to_owned()),
        ("code_challenge_method", "S256".to_owned()),
    ];
    for (parameter, member) in [
        ("response_type", "response_types_supported"),
        ("response_mode", "response_modes_supported"),
        ("code_challenge_method", "code_challenge_methods_supported"),
        ("scope", "scopes_supported"),
        ("acr_values", "acr_values_supported"),
    ] {
        for value in listed(&metadata, member) {
            let others =
                good.iter().filter(|(name, _)| *name != parameter).map(|(name, value)| (*name, value.as_str()));
            let query =
                others.chain([(parameter, value)]).map(|(name, value)| format!("{name}={}", value.replace(' ', "+")));
            let path = format!("{}?{}", server.at("authorize"), query.collect::<Vec<_>>().join("&"));
            let answer = server.get(&path).await;
            let began = answer.status == 200 || answer.header("location").contains("flowId=");
            assert!(began, "{parameter}={value}: {answer:?}");
        }
    }
}
