//! Step-up at userinfo (RFC 9470): the challenge says what is demanded, and a sign-on that asks for it is enough.

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, SANDBOX, TestApp, each_store, encode, shared};

pub(super) async fn demand(server: &TestApp, members: Value) {
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
}

/// The access token of a sign-on with these parameters.
pub(super) async fn token(server: &TestApp) -> String {
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let code = server.sign_on_with(&[("client_id", client.as_str()), ("scope", "openid")]).await;
    let grant = encode(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", dev::REDIRECT_URI)]);
    let answer = server.encoded(&server.at("token"), &format!("{grant}&{}", shared())).await;
    answer.text_of("access_token")
}

async fn userinfo(server: &TestApp, token: &str) -> Answer {
    server.send(server.request(Method::GET, &server.at("userinfo")).bearer_auth(token)).await
}

/// The challenge for whoever may sign on again.
pub(super) fn challenged(answer: &Answer, parameters: &[&str]) {
    assert_eq!((answer.status, answer.body["error"].as_str()), (401, Some("insufficient_user_authentication")));
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"insufficient_user_authentication\""));
    for parameter in parameters {
        assert!(challenge.contains(parameter), "{parameter}: {challenge}");
    }
}

/// AZ-11: by policy and by age, and never more than the token tells.
#[tokio::test]
async fn userinfo_demands_the_sign_on_that_the_environment_says() {
    each_store(|server| async move {
        let first = token(&server).await;
        assert_eq!(userinfo(&server, &first).await.status, 200);
        demand(&server, json!({ "userInfoAcrValues": ["Multi_Factor", "Other"] })).await;
        challenged(&userinfo(&server, &first).await, &["acr_values=\"Multi_Factor Other\""]);
        demand(&server, json!({ "userInfoAcrValues": ["Single_Factor"], "userInfoMaxAge": 300 })).await;
        assert_eq!(userinfo(&server, &first).await.status, 200);
        server.wait(400);
        let late = userinfo(&server, &first).await;
        challenged(&late, &["acr_values=\"Single_Factor\"", "max_age=\"300\""]);
        assert_eq!(userinfo(&server, &token(&server).await).await.status, 200, "who signs on again is let in");
        // It can be taken back.
        demand(&server, json!({ "userInfoAcrValues": [], "userInfoMaxAge": 0 })).await;
        assert_eq!(userinfo(&server, &first).await.status, 200);
    })
    .await;
}

/// What would break the challenge is no name of a policy.
#[tokio::test]
async fn what_is_demanded_is_judged() {
    let server = TestApp::inside().await;
    let path = format!("/environments/{SANDBOX}");
    let body = server.manage(Method::GET, &path, None).await.expect(200);
    for members in [
        json!({ "userInfoAcrValues": ["a\"b"] }),
        json!({ "userInfoAcrValues": ["a b"] }),
        json!({ "userInfoMaxAge": -1 }),
    ] {
        let mut body = body.clone();
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        server.manage(Method::PUT, &path, Some(&body)).await.expect(400);
    }
}
