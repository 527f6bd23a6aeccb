//! RFC 7591 §2.1: response types and grant types of a client that registers itself fit together, and are what it may then ask for.

use reqwest::Method;
use serde_json::json;
use testkit::{Request, SANDBOX, TestApp};

use super::*;

async fn open(tokens: &str) -> TestApp {
    let server = TestApp::start().await;
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body["clientRegistration"] = json!("OPEN");
    body["frontChannelTokens"] = json!(tokens);
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    server
}

async fn register(server: &TestApp, more: Value) -> Answer {
    let mut metadata = json!({ "client_name": "A client", "redirect_uris": ["https://client.example/cb"] });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.send(Request::post(server.at("register")).json(&metadata)).await
}

/// CR-07, OIDC Registration §2: what is told is what may be asked for, and the same client when it is read again.
#[tokio::test]
async fn what_is_registered_may_be_asked_for() {
    let server = open("ALL").await;
    for (asked, grants, drawn) in [
        (json!(["code"]), json!(["authorization_code"]), json!(["code"])),
        (json!(["id_token"]), json!(["implicit"]), json!(["id_token"])),
        (json!(["token id_token"]), json!(["implicit"]), json!(["id_token", "id_token token", "token"])),
        (
            json!(["code id_token"]),
            json!(["authorization_code", "implicit"]),
            json!(["code", "code id_token", "id_token"]),
        ),
    ] {
        let more = json!({ "response_types": asked, "grant_types": grants });
        let registered = register(&server, more).await.expect(201);
        assert_eq!((&registered["response_types"], &registered["grant_types"]), (&drawn, &grants), "{asked}");
        for kind in drawn.as_array().unwrap() {
            let client = registered["client_id"].as_str().unwrap();
            let query = encode(&[
                ("client_id", client),
                ("redirect_uri", "https://client.example/cb"),
                ("response_type", kind.as_str().unwrap()),
                ("scope", "openid"),
                ("nonce", "n"),
            ]);
            let begun = server.get(&format!("{}?{query}", server.at("authorize"))).await;
            assert!(begun.header("location").contains("flowId="), "{kind}: {begun:?}");
        }
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_what_is_not_given_left_out() {
    let server = open("ALL").await;
    for more in [
        json!({ "response_types": ["token"], "grant_types": ["authorization_code"] }),
        json!({ "response_types": ["id_token"] }),
        json!({ "response_types": ["code"], "grant_types": ["implicit"] }),
        json!({ "response_types": ["code token"], "grant_types": ["authorization_code"] }),
        json!({ "response_types": ["code code"] }),
        json!({ "response_types": ["x"] }),
        json!({ "response_types": "code" }),
        json!({ "response_modes": ["none"] }),
        json!({ "authorization_signed_response_alg": "none" }),
        json!({ "authorization_signed_response_alg": "HS256" }),
    ] {
        let refused = register(&server, more.clone()).await.expect(400);
        assert_eq!(refused["error"], "invalid_client_metadata", "{more}");
    }
    let without = register(&server, json!({ "grant_types": ["implicit"], "redirect_uris": [] })).await.expect(400);
    assert_eq!(without["error"], "invalid_redirect_uri");
    // RFC 7591 §2: the default, whatever the grant types would allow.
    let both = register(&server, json!({ "grant_types": ["authorization_code", "implicit"] })).await.expect(201);
    assert_eq!(both["response_types"], json!(["code"]));
    let server = open("ID_TOKEN").await;
    let more =
        json!({ "response_types": ["code", "token", "id_token"], "grant_types": ["authorization_code", "implicit"] });
    let registered = register(&server, more).await.expect(201);
    assert_eq!(registered["response_types"], json!(["code", "code id_token", "id_token"]));
    register(&server, json!({ "response_types": ["token"], "grant_types": ["implicit"] })).await.expect(400);
    let server = open("NONE").await;
    register(&server, json!({ "response_types": ["id_token"], "grant_types": ["implicit"] })).await.expect(400);
    let more = json!({ "response_types": ["code", "id_token"], "grant_types": ["authorization_code", "implicit"] });
    let registered = register(&server, more).await.expect(201);
    assert_eq!(
        (&registered["response_types"], &registered["grant_types"]),
        (&json!(["code"]), &json!(["authorization_code"]))
    );
}
