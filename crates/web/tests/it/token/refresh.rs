//! Refresh tokens over HTTP: rotation, reuse, races, what ends a line (attacks A9).

use std::sync::Arc;

use engine::bootstrap::dev;
use protocol::change::{Change, Guard};
use protocol::id::{SessionId, UserId};
use protocol::model::{Application, RefreshTokenSettings};
use protocol::scope::Scope;

use serde_json::json;
use testkit::{Answer, SANDBOX, TestApp, claims, each_store, shared};

use crate::manage::held::COMMIT;

async fn server() -> TestApp {
    let server = TestApp::inside().await;
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] })).await;
    server
}

async fn signed_on(server: &TestApp) -> Answer {
    let scope = Scope::parse("openid profile offline_access").unwrap();
    let answer = server.exchange(&server.code(|c| c.authorization.scope = scope).await).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

// RT-01, RT-08, RT-14
#[tokio::test]
async fn rotation_and_reuse() {
    let server = server().await;
    let first = signed_on(&server).await;
    server.wait(100);
    let second = server.refresh(&first.text_of("refresh_token")).await;
    assert_eq!(second.status, 200, "{second:?}");
    let (old, new) = (claims(&first.text_of("id_token")), claims(&second.text_of("id_token")));
    for same in ["sub", "iss", "aud", "auth_time", "sid", "acr"] {
        assert_eq!(old[same], new[same]);
    }
    assert!(new.get("nonce").is_none() && new["iat"].as_i64() > old["iat"].as_i64());
    // Narrower, then whole again: the line keeps what it had.
    let narrow =
        format!("grant_type=refresh_token&refresh_token={}&scope=openid&{}", second.text_of("refresh_token"), shared());
    let third = server.encoded(&server.at("token"), &narrow).await;
    assert_eq!(third.body["scope"], "openid");
    let fourth = server.refresh(&third.text_of("refresh_token")).await;
    assert_eq!(fourth.body["scope"], "openid profile offline_access");
    // The first again: the whole line ends, its newest token and its access tokens with it.
    server.refresh(&first.text_of("refresh_token")).await.is_refused(400, "invalid_grant");
    server.refresh(&fourth.text_of("refresh_token")).await.is_refused(400, "invalid_grant");
    assert_eq!(server.introspect(&fourth.text_of("access_token")).await["active"], false);
}

// RT-02, RT-03
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_parallel_uses_one_wins_and_the_line_ends() {
    let server = Arc::new(server().await);
    let token = signed_on(&server).await.text_of("refresh_token");
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let (server, token) = (server.clone(), token.clone());
            tokio::spawn(async move { server.refresh(&token).await })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        match answer.status {
            200 => winners.push(answer),
            _ => answer.is_refused(400, "invalid_grant"),
        }
    }
    assert_eq!(winners.len(), 1);
    server.refresh(&winners[0].text_of("refresh_token")).await.is_refused(400, "invalid_grant");
}

// RT-04
#[tokio::test]
async fn a_lost_answer_can_be_asked_for_once_where_grace_is_on() {
    let server = server().await;
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "refreshTokenRollingGracePeriodDuration": 30 })).await;
    let token = signed_on(&server).await.text_of("refresh_token");
    let first = server.refresh(&token).await;
    let again = server.refresh(&token).await;
    assert_eq!(first.text_of("refresh_token"), again.text_of("refresh_token"));
    assert_ne!(first.text_of("access_token"), again.text_of("access_token"));
    server.refresh(&token).await.is_refused(400, "invalid_grant");
    server.refresh(&first.text_of("refresh_token")).await.is_refused(400, "invalid_grant");
}

// RT-05, RT-06, RT-11, RT-18
#[tokio::test]
async fn who_may_not_refresh_changes_nothing() {
    let server = server().await;
    server.change(dev::BASIC_WEB_APPLICATION, json!({ "grantTypes": ["REFRESH_TOKEN"], "responseTypes": [] })).await;
    let tokens = signed_on(&server).await;
    let token = tokens.text_of("refresh_token");
    let body = format!("grant_type=refresh_token&refresh_token={token}");
    let other =
        server.encoded_basic(&server.at("token"), (dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET), &body).await;
    other.is_refused(400, "invalid_grant");
    server.encoded(&server.at("token"), &body).await.is_refused(401, "invalid_client");
    let wrong = format!("{body}&client_id={}&client_secret=x", dev::SHARED_WEB_APPLICATION);
    server.encoded(&server.at("token"), &wrong).await.is_refused(401, "invalid_client");
    let altered = format!("{}{}{}", &token[..60], if &token[60..61] == "A" { "B" } else { "A" }, &token[61..]);
    let near = [
        &token[1..],
        &token[..token.len() - 1],
        &format!("{token}A"),
        &altered,
        &token.to_uppercase(),
        &tokens.text_of("access_token"),
        &tokens.text_of("id_token"),
        &server.code(|_| {}).await,
    ];
    for text in near {
        server.refresh(text).await.is_refused(400, "invalid_grant");
    }
    assert_eq!(server.get_with(&server.at("userinfo"), &token).await.status, 401);
    assert_eq!(server.refresh(&token).await.status, 200);
}

// RT-10
#[tokio::test]
async fn what_ends_a_line_ends_it_at_once() {
    let server = server().await;
    let user = UserId::new(dev::USER);

    let token = signed_on(&server).await.text_of("refresh_token");
    server.switch_user(false).await;
    server.refresh(&token).await.is_refused(400, "invalid_grant");
    server.switch_user(true).await;

    // Back-Channel Logout §2.7: what was asked for offline outlives the sign-off of its session, and not what ends all of them.
    let tokens = signed_on(&server).await;
    let session = SessionId::parse(claims(&tokens.text_of("id_token"))["sid"].as_str().unwrap()).unwrap();
    let end = Change::EndSession(SANDBOX, session, server.now());
    server.furnish(vec![end]).await;
    assert_eq!(server.introspect(&tokens.text_of("access_token")).await["active"], true);
    let tokens = server.refresh(&tokens.text_of("refresh_token")).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let end = Change::EndUserSessions(SANDBOX, user, server.now());
    server.furnish(vec![end]).await;
    server.refresh(&tokens.text_of("refresh_token")).await.is_refused(400, "invalid_grant");
    assert_eq!(server.introspect(&tokens.text_of("access_token")).await["active"], false);

    let token = signed_on(&server).await.text_of("refresh_token");
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE"] })).await;
    server.refresh(&token).await.is_refused(400, "unauthorized_client");
}

/// RT-02, RT-10: what ends a line while a use of it is under way ends that too, also where the token stays the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_ends_a_line_ends_a_use_that_was_decided() {
    for rotate in [true, false] {
        each_store(|server| async move {
            let client_id = dev::SHARED_WEB_APPLICATION.to_string();
            let client = server.app.store.client(SANDBOX, &client_id).await.unwrap().unwrap();
            let refresh = RefreshTokenSettings { rotate, ..client.application.refresh.clone() };
            server.furnish(vec![Change::put(Application { refresh, ..client.application }, Guard::Version)]).await;
            // A change that goes through the server makes it read all of them.
            let grants = json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] });
            server.change(dev::SHARED_WEB_APPLICATION, grants).await;
            let first = signed_on(&server).await.text_of("refresh_token");
            let kept = server.refresh(&first).await.text_of("refresh_token");
            assert_eq!(kept == first, !rotate);
            let end = Change::EndUserSessions(SANDBOX, UserId::new(dev::USER), server.now());
            let late = server.between(COMMIT, server.refresh(&kept), server.furnish(vec![end])).await;
            late.is_refused(400, "invalid_grant");
        })
        .await;
    }
}

// RT-12
#[tokio::test]
async fn a_line_ends_however_often_it_is_used() {
    let server = server().await;
    let short = json!({ "refreshTokenDuration": 100, "refreshTokenRollingDuration": 250 });
    server.change(dev::SHARED_WEB_APPLICATION, short).await;
    let mut token = signed_on(&server).await.text_of("refresh_token");
    for _ in 0..4 {
        server.wait(60);
        token = server.refresh(&token).await.text_of("refresh_token");
    }
    server.wait(10);
    server.refresh(&token).await.is_refused(400, "invalid_grant");
    // Unused for longer than its time.
    let token = signed_on(&server).await.text_of("refresh_token");
    server.wait(100);
    server.refresh(&token).await.is_refused(400, "invalid_grant");
}

// RT-17
#[tokio::test]
async fn offline_access_is_asked_for_where_the_application_holds_it() {
    let server = server().await;
    let answer = server.exchange(&server.code(|_| {}).await).await;
    assert_eq!((answer.status, answer.body.get("refresh_token")), (200, None));
}
