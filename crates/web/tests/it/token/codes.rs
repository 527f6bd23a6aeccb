//! The exchange of authorization codes over HTTP: single use, binding, replay (attacks A4, A5).

use std::sync::Arc;

use engine::bootstrap::dev::{self, REDIRECT_URI};
use protocol::id::SessionId;

use serde_json::json;
use testkit::{CHALLENGE, SANDBOX, TestApp, VERIFIER, claims, shared};

/// The shared web application with refresh tokens, for which a request needs no extra scope.
async fn server() -> TestApp {
    let server = TestApp::inside().await;
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] })).await;
    server
}

#[tokio::test]
async fn an_exchange_gives_tokens_that_belong_together() {
    let server = server().await;
    let answer = server.exchange(&server.code(|_| {}).await).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let (access, id) = (claims(&answer.text_of("access_token")), claims(&answer.text_of("id_token")));
    assert_eq!((&access["sub"], &id["sub"]), (&dev::USER.to_string().into(), &access["sub"]));
    assert_eq!((&access["sid"], &access["iss"]), (&id["sid"], &id["iss"]));
    assert_eq!((&id["nonce"], &id["aud"]), (&"n-1".into(), &dev::SHARED_WEB_APPLICATION.to_string().into()));
    assert_eq!((&id["name"], id.get("email")), (&"Jane Alexandra Doe".into(), None));
    assert_eq!(answer.body["scope"], "openid profile");
    assert_eq!(server.introspect(&answer.text_of("access_token")).await["active"], true);
}

// AC-01
#[tokio::test]
async fn a_second_exchange_revokes_what_the_first_gave() {
    let server = server().await;
    // Refresh tokens need offline_access here, since the application holds that scope.
    let code =
        server.code(|c| c.authorization.scope = protocol::scope::Scope::parse("openid offline_access").unwrap()).await;
    let first = server.exchange(&code).await;
    let (access, refresh) = (first.text_of("access_token"), first.text_of("refresh_token"));
    assert_eq!(server.introspect(&refresh).await["active"], true);
    server.exchange(&code).await.is_refused(400, "invalid_grant");
    for token in [&access, &refresh] {
        assert_eq!(server.introspect(token).await, json!({ "active": false }));
    }
    server.refresh(&refresh).await.is_refused(400, "invalid_grant");
    assert_eq!(server.get_with(&server.at("userinfo"), &access).await.status, 401);
}

// AC-03
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_parallel_exchanges_one_wins() {
    let server = Arc::new(server().await);
    let code = server.code(|_| {}).await;
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let (server, code) = (server.clone(), code.clone());
            tokio::spawn(async move { server.exchange(&code).await.status })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            200 => won += 1,
            status => assert_eq!(status, 400),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn who_may_not_exchange_changes_nothing() {
    let server = server().await;
    let code = server.code(|c| c.challenge = None).await;
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={REDIRECT_URI}");
    // AC-23
    let wrong = format!("{body}&client_id={}&client_secret=x", dev::SHARED_WEB_APPLICATION);
    server.encoded(&server.at("token"), &wrong).await.is_refused(401, "invalid_client");
    // AC-04
    let other =
        server.encoded_basic(&server.at("token"), (dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET), &body).await;
    other.is_refused(400, "invalid_grant");
    let first = server.encoded(&server.at("token"), &format!("{body}&{}", shared())).await;
    assert_eq!(first.status, 200);
    // AC-05
    let other =
        server.encoded_basic(&server.at("token"), (dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET), &body).await;
    other.is_refused(400, "invalid_grant");
    assert_eq!(server.introspect(&first.text_of("access_token")).await["active"], true);
}

// PK-10
#[tokio::test]
async fn a_wrong_verifier_uses_the_code_up() {
    let server = server().await;
    let code = server.code(|_| {}).await;
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={REDIRECT_URI}&{}", shared());
    server
        .encoded(&server.at("token"), &format!("{body}&code_verifier={CHALLENGE}"))
        .await
        .is_refused(400, "invalid_grant");
    server
        .encoded(&server.at("token"), &format!("{body}&code_verifier={VERIFIER}"))
        .await
        .is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn codes_that_are_none() {
    let server = server().await;
    let offline = protocol::scope::Scope::parse("openid offline_access").unwrap();
    let other = server.exchange(&server.code(|c| c.authorization.scope = offline).await).await;
    let code = server.code(|_| {}).await;
    // AC-11: parts of it, other spellings, and everything else that this server gives out.
    let (begin, end) = code.split_at(21);
    let (sid, jti) =
        (claims(&other.text_of("id_token"))["sid"].clone(), claims(&other.text_of("access_token"))["jti"].clone());
    let near = [
        &code[..42],
        &code[1..],
        &format!("{code}A"),
        &format!("A{code}"),
        &code.to_uppercase(),
        &code.to_lowercase(),
        &format!("{end}{begin}"),
        &other.text_of("access_token"),
        &other.text_of("refresh_token"),
        &other.text_of("id_token"),
        sid.as_str().unwrap(),
        jti.as_str().unwrap(),
    ];
    for text in near {
        server.exchange(text).await.is_refused(400, "invalid_grant");
    }
    // AC-12
    for text in ["%27%20OR%201%3D1--", "%F0%9F%98%80", "$1", "%25", "*", &"A".repeat(60_000)] {
        server.exchange(text).await.is_refused(400, "invalid_grant");
    }
    for text in ["%00", &format!("{code}%00"), "%FF"] {
        server.exchange(text).await.is_refused(400, "invalid_request");
    }
    assert_eq!(server.exchange(&"A".repeat(1024 * 1024)).await.status, 413);
    // None of it used the code up; its time does.
    server.wait(59);
    assert_eq!(server.exchange(&code).await.status, 200);
    let code = server.code(|_| {}).await;
    server.wait(60);
    server.exchange(&code).await.is_refused(400, "invalid_grant");
}

// AC-13, AC-14
#[tokio::test]
async fn what_happened_since_the_sign_on_counts() {
    let server = server().await;
    let code = server.code(|_| {}).await;
    server.switch_user(false).await;
    server.exchange(&code).await.is_refused(400, "invalid_grant");
    server.switch_user(true).await;
    let mut session = None;
    let code = server.code(|c| session = Some(c.authorization.session)).await;
    let session: SessionId = session.unwrap();
    let end = protocol::change::Change::EndSession(SANDBOX, session, server.now());
    server.furnish(vec![end]).await;
    server.exchange(&code).await.is_refused(400, "invalid_grant");
    let code = server.code(|_| {}).await;
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "enabled": false })).await;
    server.exchange(&code).await.is_refused(401, "invalid_client");
}

// CA-42, PK-02
#[tokio::test]
async fn a_public_client_proves_its_code_by_the_verifier() {
    let server = server().await;
    let spa = protocol::id::ApplicationId::new(dev::SPA_APPLICATION);
    let code = server.code(|c| c.authorization.application = spa).await;
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={REDIRECT_URI}&client_id={spa}");
    let secret = format!("{body}&client_secret=x&code_verifier={VERIFIER}");
    server.encoded(&server.at("token"), &secret).await.is_refused(401, "invalid_client");
    let answer = server.encoded(&server.at("token"), &format!("{body}&code_verifier={VERIFIER}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let code = server.code(|c| c.authorization.application = spa).await;
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={REDIRECT_URI}&client_id={spa}");
    server.encoded(&server.at("token"), &body).await.is_refused(400, "invalid_grant");
}
