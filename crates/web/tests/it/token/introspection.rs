//! Introspection and revocation over HTTP (attacks A11).

use engine::bootstrap::dev::{self, REDIRECT_URI};
use serde_json::json;

use testkit::{Request, TestApp, shared};

async fn inactive(server: &TestApp, token: &str) {
    assert_eq!(server.introspect(token).await, json!({ "active": false }), "{token}");
}

#[tokio::test]
async fn a_token_tells_its_own_client_everything() {
    let server = TestApp::inside().await;
    let token = server.exchange(&server.code(|_| {}).await).await.text_of("access_token");
    let told = server.introspect(&token).await;
    for (member, value) in [
        ("active", json!(true)),
        ("client_id", json!(dev::SHARED_WEB_APPLICATION.to_string())),
        ("sub", json!(dev::USER.to_string())),
        ("username", json!(dev::USERNAME)),
        ("scope", json!("openid profile")),
        ("token_type", json!("Bearer")),
        ("acr", json!("Single_Factor")),
    ] {
        assert_eq!(told[member], value, "{member}");
    }
    server.wait(3600);
    inactive(&server, &token).await;
}

#[tokio::test]
async fn nobody_else_learns_anything() {
    let server = TestApp::inside().await;
    let path = server.at("introspect");
    let token = server.exchange(&server.code(|_| {}).await).await.text_of("access_token");
    // RFC 7662 §4: another client, to which it was not issued and for which it is not.
    let other = server
        .encoded_basic(&path, (dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET), &format!("token={token}"))
        .await;
    assert_eq!(other.text, r#"{"active":false}"#);
    // IN-01, IN-05, IN-10
    server.encoded(&path, &format!("token={token}")).await.is_refused(401, "invalid_client");
    server
        .encoded(&path, &format!("token={token}&client_id={}", dev::SPA_APPLICATION))
        .await
        .is_refused(401, "invalid_client");
    let bearer = Request::form(&path).header("authorization", format!("Bearer {token}"));
    server.send(bearer.body(format!("token={token}"))).await.is_refused(401, "invalid_client");
    assert_eq!(server.send(Request::get(&path)).await.status, 405);
    // IN-06
    server.encoded(&path, &shared()).await.is_refused(400, "invalid_request");
    server.encoded(&path, &format!("token=a&token=b&{}", shared())).await.is_refused(400, "invalid_request");
    let hinted = format!("token={token}&token_type_hint=refresh_token&{}", shared());
    assert_eq!(server.encoded(&path, &hinted).await.body["active"], true);
}

#[tokio::test]
async fn what_is_not_a_live_access_token_is_inactive() {
    let server = TestApp::inside().await;
    let tokens = server.exchange(&server.code(|_| {}).await).await;
    let token = tokens.text_of("access_token");
    let parts: Vec<&str> = token.split('.').collect();
    let none = "eyJhbGciOiJub25lIn0";
    let jti = testkit::claims(&token)["jti"].as_str().unwrap().to_owned();
    let table = [
        "x".to_owned(),
        "a.b.c".into(),
        // IN-08
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], &parts[2][1..]),
        format!("{}.e30.{}", parts[0], parts[2]),
        // UI-03: an ID token, and the name of a token that is on record.
        tokens.text_of("id_token"),
        jti,
        // KD-02: another environment's.
        server.worker_token().await,
    ];
    for token in table {
        inactive(&server, &token).await;
    }
    // IN-07
    server.switch_user(false).await;
    inactive(&server, &token).await;
    server.switch_user(true).await;
    assert_eq!(server.introspect(&token).await["active"], true);
}

#[tokio::test]
async fn a_client_revokes_its_own_tokens_only() {
    let server = TestApp::inside().await;
    let path = server.at("revoke");
    let token = server.exchange(&server.code(|_| {}).await).await.text_of("access_token");
    // RV-02
    let other = server
        .encoded_basic(&path, (dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET), &format!("token={token}"))
        .await;
    assert_eq!((other.status, other.text.as_str()), (200, ""));
    assert_eq!(server.introspect(&token).await["active"], true);
    // RV-03
    for token in ["garbage", "a.b.c"] {
        assert_eq!(server.encoded(&path, &format!("token={token}&{}", shared())).await.status, 200);
    }
    server.encoded(&path, &shared()).await.is_refused(400, "invalid_request");
    server.encoded(&path, &format!("token={token}")).await.is_refused(401, "invalid_client");
    // Twice: the second finds nothing to do.
    for _ in 0..2 {
        assert_eq!(server.encoded(&path, &format!("token={token}&{}", shared())).await.status, 200);
        inactive(&server, &token).await;
    }
}

// RV-01
#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_with_it() {
    let server = TestApp::inside().await;
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] })).await;
    let scope = protocol::scope::Scope::parse("openid offline_access").unwrap();
    let tokens = server.exchange(&server.code(|c| c.authorization.scope = scope.clone()).await).await;
    let refresh = tokens.text_of("refresh_token");
    let told = server.introspect(&refresh).await;
    assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("openid offline_access")));
    // IN-09
    let other = server
        .encoded_basic(
            &server.at("introspect"),
            (dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET),
            &format!("token={refresh}"),
        )
        .await;
    assert_eq!(other.text, r#"{"active":false}"#);
    // A refresh token is one until its very last moment.
    let until = told["exp"].as_i64().unwrap() - server.now().secs();
    server.wait(until - 1);
    assert_eq!(server.introspect(&refresh).await["active"], true);
    server.wait(1);
    inactive(&server, &refresh).await;
    let tokens = server.exchange(&server.code(|c| c.authorization.scope = scope).await).await;
    let (access, refresh) = (tokens.text_of("access_token"), tokens.text_of("refresh_token"));
    let revoked = server.encoded(&server.at("revoke"), &format!("token={refresh}&{}", shared())).await;
    assert_eq!(revoked.status, 200);
    inactive(&server, &access).await;
    inactive(&server, &refresh).await;
    server.refresh(&refresh).await.is_refused(400, "invalid_grant");
}

// RV-06, RV-07
#[tokio::test]
async fn a_workers_jwt_and_a_public_clients_token_can_be_revoked() {
    let server = TestApp::inside().await;
    let token = server.worker_token().await;
    let ask = |endpoint: &str| (server.at_admin(endpoint), format!("token={token}"));
    let (path, body) = ask("introspect");
    let told = server.encoded_basic(&path, (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET), &body).await;
    // The contract §4: no subject.
    assert_eq!((&told.body["active"], told.body.get("sub")), (&json!(true), None));
    assert_eq!((&told.body["aud"], told.body.get("scope")), (&json!(["http://api.test"]), None));
    let (revoke, _) = ask("revoke");
    assert_eq!(server.encoded_basic(&revoke, (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET), &body).await.status, 200);
    let told = server.encoded_basic(&path, (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET), &body).await;
    assert_eq!(told.text, r#"{"active":false}"#);

    let spa = protocol::id::ApplicationId::new(dev::SPA_APPLICATION);
    let code = server.code(|c| c.authorization.application = spa).await;
    let verifier = testkit::VERIFIER;
    let body = format!(
        "grant_type=authorization_code&code={code}&client_id={spa}&redirect_uri={REDIRECT_URI}&code_verifier={verifier}"
    );
    let token = server.encoded(&server.at("token"), &body).await.text_of("access_token");
    assert_eq!(server.get_with(&server.at("userinfo"), &token).await.status, 200);
    let body = format!("token={token}&client_id={spa}");
    assert_eq!(server.encoded(&server.at("revoke"), &body).await.status, 200);
    assert_eq!(server.get_with(&server.at("userinfo"), &token).await.status, 401);
}
