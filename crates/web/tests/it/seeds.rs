//! The seed documents, request for request, on every database: the playground's token (S1), the sandbox's applications
//! (S2), the sign-on with `pi.flow` and the exchange (S3, S5).

use std::collections::BTreeSet;

use engine::bootstrap::dev;
use jose::{Compact, Jwks, VerifyingKey};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{TestApp, each_store};

#[tokio::test]
async fn s1_a_token_with_client_secret_post_from_the_mount() {
    each_store(|app| async move {
        let answer = app.form("/ms-auth-server/oauth2/token", &playground()).await;
        assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
        let body = answer.expect(200);
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 14400);
        let scopes: BTreeSet<&str> = body["scope"].as_str().unwrap().split(' ').collect();
        assert_eq!(scopes, BTreeSet::from(["country.read", "customer.read", "customer.write"]));
        let keys = keys(&app, "/ms-auth-server/oauth2/jwks").await;
        let claims = verified(&keys, body["access_token"].as_str().unwrap());
        assert_eq!(claims["iss"], app.url("/ms-auth-server"));
        assert_eq!((claims["sub"].as_str(), claims["aud"].as_str()), (Some(SERVICE), Some(SERVICE)));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 14400);
        assert_eq!(claims["nbf"], claims["iat"]);
        assert_eq!(claims["scope"].as_array().unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn s2_an_application_for_client_secret_post_is_made_and_its_secret_read() {
    each_store(|app| async move {
        let environment = format!("/environments/{}", dev::ENVIRONMENT);
        let body = json!({
            "enabled": true, "name": "Seed", "description": "", "type": "WEB_APP", "protocol": "OPENID_CONNECT",
            "grantTypes": ["AUTHORIZATION_CODE"], "responseTypes": ["CODE"], "pkceEnforcement": "OPTIONAL",
            "redirectUris": [dev::REDIRECT_URI], "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
        });
        let made = app.manage(Method::POST, &format!("{environment}/applications"), Some(&body)).await.expect(201);
        assert_eq!(made["tokenEndpointAuthMethod"], "CLIENT_SECRET_POST");
        let id = made["id"].as_str().unwrap();
        let secret =
            app.manage(Method::GET, &format!("{environment}/applications/{id}/secret"), None).await.expect(200);
        let secret = secret["secret"].as_str().unwrap();
        let code = app.sign_on_with(&[("client_id", id), ("scope", "openid")]).await;
        let fields = [("client_id", id), ("client_secret", secret)];
        let body = app.form(&token(), &[&exchange(&code)[..], &fields].concat()).await.expect(200);
        assert!(body["id_token"].is_string());
    })
    .await;
}

#[tokio::test]
async fn s3_a_code_is_exchanged_with_the_secret_in_the_body() {
    each_store(|app| async move {
        let code = app.sign_on().await;
        let id = dev::SHARED_WEB_APPLICATION.to_string();
        let fields = [("client_id", id.as_str()), ("client_secret", dev::SHARED_WEB_SECRET)];
        let body = app.form(&token(), &[&exchange(&code)[..], &fields].concat()).await.expect(200);
        promised(&app, &body, &id).await;
        // RFC 6749 §4.1.2: once.
        let again = app.form(&token(), &[&exchange(&code)[..], &fields].concat()).await;
        assert_eq!((again.status, again.member("error")), (400, "invalid_grant"));
    })
    .await;
}

#[tokio::test]
async fn s5_a_code_is_exchanged_with_the_secret_in_the_header() {
    each_store(|app| async move {
        let id = dev::BASIC_WEB_APPLICATION.to_string();
        let code = app.sign_on_with(&[("client_id", &id), ("scope", "openid")]).await;
        let body = app.form_basic(&token(), (&id, dev::BASIC_WEB_SECRET), &exchange(&code)).await.expect(200);
        promised(&app, &body, &id).await;
    })
    .await;
}

/// What the exchange's document promises of the answer.
async fn promised(app: &TestApp, body: &Value, client: &str) {
    assert_eq!((body["token_type"].as_str(), body["expires_in"].as_i64()), (Some("Bearer"), Some(3600)));
    assert_eq!(body["scope"], "openid");
    assert!(body.get("refresh_token").is_none(), "the application has no REFRESH_TOKEN grant");
    let site = format!("/{}/as", dev::ENVIRONMENT);
    let keys = keys(app, &format!("{site}/jwks")).await;
    let access = verified(&keys, body["access_token"].as_str().unwrap());
    let id = verified(&keys, body["id_token"].as_str().unwrap());
    assert_eq!((&access["iss"], &id["iss"]), (&json!(app.url(&site)), &json!(app.url(&site))));
    assert_eq!((id["sub"].as_str(), id["aud"].as_str()), (Some(dev::USER.to_string().as_str()), Some(client)));
    assert_eq!(access["client_id"], client);
}

async fn keys(app: &TestApp, path: &str) -> Jwks {
    Jwks::parse(app.get(path).await.text.as_bytes()).unwrap()
}

fn verified(keys: &Jwks, token: &str) -> Value {
    let token = Compact::parse(token).unwrap();
    let key = VerifyingKey::from_jwk(keys.find(token.kid(), token.alg()).unwrap(), token.alg()).unwrap();
    Value::Object(token.verify(&key).unwrap().payload)
}

fn exchange(code: &str) -> [(&str, &str); 3] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", dev::REDIRECT_URI)]
}

fn playground() -> [(&'static str, &'static str); 4] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", SERVICE),
        ("client_secret", "service-client-jwt-secret"),
        ("scope", "country.read customer.read customer.write"),
    ]
}

fn token() -> String {
    format!("/{}/as/token", dev::ENVIRONMENT)
}

const SERVICE: &str = "service-client-jwt";
