//! Ending codes, tokens, sessions and flows before their time: as if just that had grown old.

use http::Method;
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use serde_json::{Value, json};
use testkit::{Answer, Browser, Request, TestApp, each_store, parameters};

use super::world::{CALLBACK, World, call, make, text};

async fn expire(world: &World<'_>, body: Value) -> u64 {
    let answer = world.control(Method::POST, "/expire", Some(&body)).await.expect(200);
    assert_eq!(answer.as_object().unwrap().len(), 1);
    answer["expired"].as_u64().unwrap()
}

async fn all(world: &World<'_>, what: &str) -> u64 {
    expire(world, json!({ "what": what })).await
}

async fn reason(server: &TestApp, answer: &Answer) -> Reason {
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.correlation()).unwrap();
    let told = server.app.store.explain(correlation).await.unwrap();
    told.iter().find_map(|activity| activity.event.refusal.as_ref()).unwrap().reason
}

async fn exchange(world: &World<'_>, code: &str) -> Answer {
    world.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)]).await
}

async fn refresh(world: &World<'_>, token: &str) -> Answer {
    world.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

async fn own_token(world: &World<'_>) -> String {
    world.token(&[("grant_type", "client_credentials")]).await.text_of("access_token")
}

async fn is_active(world: &World<'_>, token: &str) -> bool {
    let (id, secret) = world.client();
    let told = world.server.form_basic(&world.at("introspect"), (&id, &secret), &[("token", token)]).await.expect(200);
    told["active"].as_bool().unwrap()
}

fn authorize(world: &World<'_>, more: &str) -> String {
    let (client, path) = (world.client().0, world.at("authorize"));
    format!("{path}?client_id={client}&response_type=code&redirect_uri={CALLBACK}&scope=openid&{more}")
}

/// Begins a flow, and returns its address.
async fn begin(world: &World<'_>, browser: &Browser) -> String {
    let flow = browser.read(&authorize(world, "response_mode=pi.flow")).await.expect(200);
    text(&flow["_links"]["self"]["href"])
}

async fn sign_on(world: &World<'_>, browser: &Browser, flow: &str) {
    let person = &world.told["users"][0];
    let credentials = json!({ "username": person["username"], "password": person["password"] });
    let checked = browser.act(flow, "usernamePassword.check", &credentials).await.expect(200);
    assert_eq!(checked["status"], "COMPLETED");
}

#[tokio::test]
async fn codes_expire() {
    each_store(|server| async move {
        let (world, other) = (make(&server).await, make(&server).await);
        let used = world.sign_on(CALLBACK).await;
        exchange(&world, &used).await.expect(200);
        let codes = [world.sign_on(CALLBACK).await, world.sign_on(CALLBACK).await];
        let elsewhere = other.sign_on(CALLBACK).await;
        assert_eq!(all(&world, "codes").await, 2, "one was used");
        assert_eq!(all(&world, "codes").await, 0);
        for code in &codes {
            let late = exchange(&world, code).await;
            assert_eq!((late.status, reason(&server, &late).await), (400, Reason::CodeExpired));
        }
        exchange(&other, &elsewhere).await.expect(200);
        let next = world.sign_on(CALLBACK).await;
        exchange(&world, &next).await.expect(200);
    })
    .await;
}

/// Also those that stand on no record, each of them: what the application is given in the same second is good.
#[tokio::test]
async fn access_tokens_expire() {
    each_store(|server| async move {
        let (world, other) = (make(&server).await, make(&server).await);
        world.control(Method::PUT, "/clock", Some(&json!({ "frozen": true }))).await.expect(200);
        let tokens = world.tokens().await;
        let access = text(&tokens["access_token"]);
        let (own, revoked, worker) = (own_token(&world).await, own_token(&world).await, world.worker_token().await);
        let (client, secret) = world.client();
        server.form_basic(&world.at("revoke"), (&client, &secret), &[("token", &revoked)]).await.expect(200);
        let elsewhere = own_token(&other).await;
        assert_eq!(expire(&world, json!({ "what": "accessTokens", "clientId": client })).await, 2);
        assert!(!is_active(&world, &access).await && !is_active(&world, &own).await);
        let userinfo = server.send(Request::get(world.at("userinfo")).bearer_auth(&access)).await;
        assert_eq!((userinfo.status, reason(&server, &userinfo).await), (401, Reason::AccessTokenInactive));
        let path = format!("/v1/environments/{}/users", world.id());
        assert_eq!(server.get_with(&path, &worker).await.status, 200, "another application's");
        let (next, refreshed) = (own_token(&world).await, refresh(&world, &text(&tokens["refresh_token"])).await);
        assert!(is_active(&world, &next).await && is_active(&other, &elsewhere).await);
        assert!(is_active(&world, &refreshed.text_of("access_token")).await, "its refresh token lives on");
        let username = &world.told["users"][0]["username"];
        assert_eq!(expire(&world, json!({ "what": "accessTokens", "username": username })).await, 1);
        assert!(is_active(&world, &next).await, "it is of no user");
        assert!(all(&world, "accessTokens").await >= 2);
        let late = server.get_with(&path, &worker).await;
        assert_eq!((late.status, reason(&server, &late).await), (401, Reason::AccessTokenInactive));
    })
    .await;
}

/// What a test made of a token's name and end is what is expired, and what is counted.
#[tokio::test]
async fn access_tokens_expire_by_what_they_say() {
    each_store(|server| async move {
        let world = make(&server).await;
        world.control(Method::PUT, "/clock", Some(&json!({ "frozen": true }))).await.expect(200);
        let (client, now) = (world.client().0, server.now().secs());
        let forced = async |set: Value| {
            let body = json!({ "endpoint": "token", "claims": { "set": set } });
            world.control(Method::POST, "/next", Some(&body)).await.expect(201);
        };
        forced(json!({ "jti": "of-a-test" })).await;
        let own = own_token(&world).await;
        let body = json!({ "kind": "access", "clientId": client, "claims": { "jti": "of-another" } });
        let minted = text(&world.control(Method::POST, "/tokens", Some(&body)).await.expect(201)["token"]);
        assert!(is_active(&world, &own).await && is_active(&world, &minted).await);
        assert_eq!(all(&world, "accessTokens").await, 2);
        assert!(!is_active(&world, &own).await && !is_active(&world, &minted).await);
        // One that says that it is over is over; one that says that it lives for a month does.
        forced(json!({ "exp": 1 })).await;
        let over = own_token(&world).await;
        assert!(!is_active(&world, &over).await);
        forced(json!({ "exp": 1 })).await;
        let over = text(&world.tokens().await["access_token"]);
        assert!(!is_active(&world, &over).await);
        assert_eq!(all(&world, "accessTokens").await, 0, "it was over");
        forced(json!({ "exp": now + 30 * 86_400 })).await;
        let lasting = text(&world.tokens().await["access_token"]);
        world.control(Method::PUT, "/clock", Some(&json!({ "advance": 29 * 86_400 }))).await.expect(200);
        assert!(is_active(&world, &lasting).await, "its record lives as long");
        assert_eq!(all(&world, "accessTokens").await, 1);
        assert!(!is_active(&world, &lasting).await);
    })
    .await;
}

/// The one before, which could be shown once more, goes with the one that follows it.
#[tokio::test]
async fn refresh_tokens_expire() {
    each_store(|server| async move {
        let world = make(&server).await;
        let path = format!("/applications/{}", text(&world.told["applications"][0]["id"]));
        let mut application = world.manage(Method::GET, &path, None).await.expect(200);
        application.as_object_mut().unwrap().remove("corsSettings");
        application["refreshTokenRollingGracePeriodDuration"] = json!(60);
        world.manage(Method::PUT, &path, Some(&application)).await.expect(200);
        let (one, two) = (world.tokens().await, world.tokens().await);
        let first = text(&one["refresh_token"]);
        let second = refresh(&world, &first).await.text_of("refresh_token");
        let (client, access) = (world.client().0, text(&two["access_token"]));
        assert_eq!(expire(&world, json!({ "what": "refreshTokens", "clientId": client })).await, 2);
        for token in [&second, &first, &text(&two["refresh_token"])] {
            let late = refresh(&world, token).await;
            assert_eq!((late.status, reason(&server, &late).await), (400, Reason::RefreshTokenExpired));
        }
        assert!(is_active(&world, &access).await);
        assert_eq!(all(&world, "refreshTokens").await, 0);
    })
    .await;
}

#[tokio::test]
async fn sessions_and_flows_expire() {
    each_store(|server| async move {
        let world = make(&server).await;
        let (browser, silent) = (server.browser(), authorize(&world, "prompt=none"));
        let flow = begin(&world, &browser).await;
        sign_on(&world, &browser, &flow).await;
        let known = parameters(&browser.get(&silent).await.leads(302));
        assert!(known.contains_key("code"));
        let open = begin(&world, &server.browser()).await;
        let username = &world.told["users"][0]["username"];
        assert_eq!(expire(&world, json!({ "what": "flows", "username": username })).await, 1, "nobody is in the other");
        assert_eq!(all(&world, "flows").await, 1);
        for flow in [&flow, &open] {
            let late = browser.read(flow).await;
            assert_eq!((late.status, reason(&server, &late).await), (404, Reason::FlowUnknown));
        }
        assert!(parameters(&browser.get(&silent).await.leads(302)).contains_key("code"), "the session lives on");
        let client = world.client().0;
        let worker = text(&world.told["worker"]["clientId"]);
        assert_eq!(expire(&world, json!({ "what": "sessions", "clientId": worker })).await, 0);
        assert_eq!(expire(&world, json!({ "what": "sessions", "clientId": client, "username": username })).await, 1);
        assert_eq!(parameters(&browser.get(&silent).await.leads(302))["error"], "login_required");
    })
    .await;
}

/// However many there are, and in commits that are not too long for whoever waits.
#[tokio::test]
async fn many_expire_and_are_counted() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    world.control(Method::PUT, "/clock", Some(&json!({ "frozen": true }))).await.expect(200);
    for _ in 0..1203 {
        server.browser().read(&authorize(&world, "response_mode=pi.flow")).await.expect(200);
        // Of sign-ons that begin there are so many a second, by the machine's clock.
        server.wait(1);
    }
    assert_eq!(all(&world, "flows").await, 1203);
    assert_eq!(all(&world, "flows").await, 0);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    for (body, member) in [
        (json!({}), "what"),
        (json!({ "what": "everything" }), "what"),
        (json!({ "what": 1 }), "what"),
        (json!({ "what": "codes", "clientId": 1 }), "clientId"),
        (json!({ "what": "codes", "user": "x" }), "user"),
    ] {
        let answer = world.control(Method::POST, "/expire", Some(&body)).await;
        assert_eq!((answer.status, answer.member("at")), (400, member), "{body}");
    }
    for body in [json!({ "what": "codes", "clientId": "nobody" }), json!({ "what": "codes", "username": "nobody" })] {
        let answer = world.control(Method::POST, "/expire", Some(&body)).await;
        assert_eq!((answer.status, answer.member("error")), (404, "not_found"), "{body}");
        assert!(answer.member("message").starts_with("the world has no "));
    }
    let nowhere = format!("/worlds/{}/expire", protocol::id::EnvironmentId::default());
    assert_eq!(call(&server, Method::POST, &nowhere, Some(&json!({ "what": "codes" }))).await.status, 404);
}
