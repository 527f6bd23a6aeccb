//! Userinfo over HTTP (attacks A11, UI-01 to UI-08).

use engine::bootstrap::dev;
use protocol::change::{Change, Guard};
use protocol::id::UserId;
use protocol::model::{TokenProfile, User};
use protocol::scope::Scope;
use serde_json::json;

use testkit::{Request, SANDBOX, TestApp, claims};

async fn token(server: &TestApp, scope: &str) -> String {
    let scope = Scope::parse(scope).unwrap();
    server.exchange(&server.code(|c| c.authorization.scope = scope).await).await.text_of("access_token")
}

// UI-06, OIDC Core §5.3.2
#[tokio::test]
async fn the_subject_is_the_id_tokens() {
    let server = TestApp::inside().await;
    let openid = Scope::parse("openid").unwrap();
    let tokens = server.exchange(&server.code(|c| c.authorization.scope = openid).await).await;
    let id_token = claims(&tokens.text_of("id_token"));
    let userinfo = server.get_with(&server.at("userinfo"), &tokens.text_of("access_token")).await;
    assert!(id_token["sub"].as_str().is_some_and(|sub| !sub.is_empty()), "{id_token}");
    assert_eq!((userinfo.status, &userinfo.body["sub"]), (200, &id_token["sub"]));
}

// UI-05
#[tokio::test]
async fn claims_follow_the_scopes() {
    let server = TestApp::inside().await;
    let path = server.at("userinfo");
    let bare = server.get_with(&path, &token(&server, "openid").await).await;
    assert_eq!((bare.status, &bare.body), (200, &json!({ "sub": dev::USER.to_string() })));
    assert_eq!(bare.header("cache-control"), "no-store");
    let all = server.get_with(&path, &token(&server, "openid profile email address phone").await).await.body;
    assert_eq!((&all["email"], &all["email_verified"]), (&json!("jane.doe@example.com"), &json!(true)));
    assert_eq!((&all["name"], &all["preferred_username"]), (&json!("Jane Alexandra Doe"), &json!("jane.doe")));
    assert_eq!(all["address"]["locality"], "Denver");
    assert_eq!(all["phone_number"], "+1.3035550100");
}

/// C5: the address is told with whether it was verified, in the ID token as at userinfo, and the client decides.
#[tokio::test]
async fn an_address_is_told_verified_or_not() {
    for profile in [TokenProfile::PingOne, TokenProfile::Rfc9068] {
        let server = TestApp::inside().await;
        let mut environment = server.base.store.environment(SANDBOX).await.unwrap().unwrap();
        environment.settings.token_profile = profile;
        server.furnish(vec![Change::put(environment, Guard::Version)]).await;
        for verified in [true, false] {
            let user = server.base.store.user(SANDBOX, UserId::new(dev::USER)).await.unwrap().unwrap();
            let user = User { email_verified: verified, ..user };
            server.furnish(vec![Change::put(user, Guard::Version)]).await;
            let scope = |text: &'static str| server.code(move |c| c.authorization.scope = Scope::parse(text).unwrap());
            let tokens = server.exchange(&scope("openid email").await).await;
            let told = claims(&tokens.text_of("id_token"));
            let read = server.get_with(&server.at("userinfo"), tokens.member("access_token")).await.body;
            for claims in [told, read] {
                let both = (&claims["email"], &claims["email_verified"]);
                assert_eq!(both, (&json!("jane.doe@example.com"), &json!(verified)), "{profile:?} {claims}");
            }
            let without = server.exchange(&scope("openid").await).await;
            let told = claims(&without.text_of("id_token"));
            assert_eq!((told.get("email"), told.get("email_verified")), (None, None), "{told}");
        }
    }
}

// UI-01, UI-08
#[tokio::test]
async fn the_token_comes_in_one_way() {
    let server = TestApp::inside().await;
    let path = server.at("userinfo");
    let token = token(&server, "openid").await;
    let header = format!("Bearer {token}");
    let post = server.encoded(&path, &format!("access_token={token}")).await;
    assert_eq!(post.status, 200, "{post:?}");
    let empty = server.send(Request::post(&path).header("authorization", &header)).await;
    assert_eq!(empty.status, 200);

    // RFC 6750 §2.2: the body counts in a POST of the form's type, and nowhere else.
    let body = format!("access_token={token}");
    let in_get = Request::get(&path).header("content-type", "application/x-www-form-urlencoded");
    let plain = Request::post(&path).header("content-type", "text/plain");
    for request in [in_get, plain, Request::post(&path)] {
        assert_eq!(server.send(request.body(&body)).await.status, 401);
    }
    // Who sent no token, or another kind of proof, is told of no error.
    let other = server.send(Request::get(&path).header("authorization", "Basic YTpi")).await;
    // RFC 9728 §5.1
    let metadata = format!("http://auth.test/.well-known/oauth-protected-resource{path}");
    let challenge = format!("Bearer realm=\"grantor\", resource_metadata=\"{metadata}\"");
    for none in [server.get(&path).await, other] {
        assert_eq!((none.status, none.header("www-authenticate")), (401, challenge.as_str()));
    }
    let both =
        server.send(Request::form(&path).header("authorization", &header).body(format!("access_token={token}"))).await;
    let twice = Request::get(&path).header("authorization", &header).header("authorization", &header);
    let twice = server.send(twice).await;
    let query = server.get(&format!("{path}?access_token={token}")).await;
    for answer in [both, twice, query] {
        assert_eq!((answer.status, answer.body["error"].as_str()), (400, Some("invalid_request")), "{answer:?}");
    }
}

// UI-02, UI-03, UI-07
#[tokio::test]
async fn other_tokens_open_nothing() {
    let server = TestApp::inside().await;
    let path = server.at("userinfo");
    let refused = |answer: testkit::Answer, status: u16, error: &str| {
        assert_eq!((answer.status, answer.body["error"].as_str()), (status, Some(error)), "{answer:?}");
        assert!(answer.header("www-authenticate").contains(error));
    };
    refused(server.get_with(&path, &token(&server, "profile").await).await, 403, "insufficient_scope");
    let own = server.worker_token().await;
    refused(server.get_with(&server.at_admin("userinfo"), &own).await, 403, "insufficient_scope");
    refused(server.get_with(&path, &own).await, 401, "invalid_token");
    let tokens = server.exchange(&server.code(|_| {}).await).await;
    refused(server.get_with(&path, &tokens.text_of("id_token")).await, 401, "invalid_token");
    let good = token(&server, "openid").await;
    server.switch_user(false).await;
    refused(server.get_with(&path, &good).await, 401, "invalid_token");
    server.switch_user(true).await;
    assert_eq!(server.get_with(&path, &good).await.status, 200);
    // CA-39: nor does a token of an application that was switched off since.
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "enabled": false })).await;
    refused(server.get_with(&path, &good).await, 401, "invalid_token");
}
