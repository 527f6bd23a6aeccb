//! The clock of a world: whatever lives in it is judged by it, and nothing of any other world.

use http::Method;
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::refusal::Reason;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp, claims, each_store, parameters};

use super::world::{CALLBACK, World, call, made, make, text};

async fn clock(world: &World<'_>, body: Value) -> Value {
    world.control(Method::PUT, "/clock", Some(&body)).await.expect(200)
}

async fn advance(world: &World<'_>, seconds: i64) {
    clock(world, json!({ "advance": seconds })).await;
}

/// Why the world refused, as `explain` tells it.
async fn reason(server: &TestApp, answer: &Answer) -> Reason {
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.correlation()).unwrap();
    let told = server.app.store.explain(correlation).await.unwrap();
    told.iter().find_map(|activity| activity.event.refusal.as_ref()).unwrap().reason
}

async fn own_token(world: &World<'_>) -> String {
    world.token(&[("grant_type", "client_credentials")]).await.text_of("access_token")
}

async fn is_active(world: &World<'_>, token: &str) -> bool {
    let (id, secret) = world.client();
    let told = world.server.form_basic(&world.at("introspect"), (&id, &secret), &[("token", token)]).await.expect(200);
    told["active"].as_bool().unwrap()
}

/// The first user signs on in a flow of this browser.
async fn sign_on(world: &World<'_>, browser: &testkit::Browser, password: &str) -> Answer {
    let flow = browser.read(&authorize(world, "response_mode=pi.flow")).await.expect(200);
    let check = text(&flow["_links"]["usernamePassword.check"]["href"]);
    let credentials = json!({ "username": world.told["users"][0]["username"], "password": password });
    browser.act(&check, "usernamePassword.check", &credentials).await
}

fn password(world: &World<'_>) -> String {
    text(&world.told["users"][0]["password"])
}

fn authorize(world: &World<'_>, more: &str) -> String {
    let client = world.client().0;
    let path = world.at("authorize");
    format!("{path}?client_id={client}&response_type=code&redirect_uri={CALLBACK}&scope=openid&{more}")
}

async fn published(world: &World<'_>) -> Vec<String> {
    let keys = world.server.get(&world.at("jwks")).await.expect(200);
    keys["keys"].as_array().unwrap().iter().map(|key| text(&key["kid"])).collect()
}

#[tokio::test]
async fn a_clock_is_set_advanced_frozen_and_goes_at_a_rate() {
    let server = TestApp::inside().await;
    let (world, other) = (make(&server).await, make(&server).await);
    let shown = world.control(Method::GET, "/clock", None).await.expect(200);
    assert_eq!((&shown["frozen"], &shown["rate"]), (&json!(false), &json!(1)));
    let set = clock(&world, json!({ "now": "2030-01-02T03:04:05.678Z", "frozen": true })).await;
    assert_eq!(set, json!({ "now": "2030-01-02T03:04:05.678Z", "frozen": true, "rate": 1 }));
    server.wait(100);
    let on = clock(&world, json!({ "advance": 1.25 })).await;
    assert_eq!(on["now"], "2030-01-02T03:04:06.928Z");
    assert_eq!(clock(&world, json!({ "advance": -3600 })).await["now"], "2030-01-02T02:04:06.928Z");
    assert_eq!(clock(&world, json!({ "frozen": false, "rate": 0.5 })).await["rate"], 0.5);
    server.wait(60);
    let half = world.control(Method::GET, "/clock", None).await.expect(200);
    assert!(text(&half["now"]).starts_with("2030-01-02T02:04:36.9"), "{half}");
    assert_eq!(clock(&world, json!({})).await["rate"], 0.5, "nothing was said");
    let elsewhere = other.control(Method::GET, "/clock", None).await.expect(200);
    assert!(text(&elsewhere["now"]).starts_with("2026-01-01T00:0"), "{elsewhere}");
}

/// What makes no sense is refused with a sentence and the member, and changes nothing.
#[tokio::test]
async fn a_clock_refuses_what_it_cannot_show() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    clock(&world, json!({ "now": "2030-01-01T00:00:00Z", "frozen": true })).await;
    let refused = [
        (json!({ "now": "2031-01-01T00:00:00Z", "advance": 1 }), "advance"),
        (json!({ "now": "1969-12-31T23:59:59Z" }), "now"),
        (json!({ "now": "1970-01-01T00:30:00+01:00" }), "now"),
        (json!({ "now": "10000-01-01T00:00:00Z" }), "now"),
        (json!({ "now": 1 }), "now"),
        (json!({ "advance": -1_900_000_000 }), "advance"),
        (json!({ "advance": 1e12 }), "advance"),
        (json!({ "advance": 1e300 }), "advance"),
        (json!({ "advance": "1 h" }), "advance"),
        (json!({ "frozen": 1 }), "frozen"),
        (json!({ "rate": -1 }), "rate"),
        (json!({ "rate": 1_000_001 }), "rate"),
        (json!({ "advance": 1, "speed": 2 }), "speed"),
    ];
    for (body, member) in refused {
        let answer = world.control(Method::PUT, "/clock", Some(&body)).await;
        assert_eq!((answer.status, answer.member("at")), (400, member), "{body}");
        assert!(!answer.member("message").is_empty());
    }
    let shown = world.control(Method::GET, "/clock", None).await.expect(200);
    assert_eq!(shown["now"], "2030-01-01T00:00:00.000Z");
    let nowhere = format!("/worlds/{}/clock", EnvironmentId::default());
    assert_eq!(call(&server, Method::PUT, &nowhere, Some(&json!({}))).await.status, 404);
}

#[tokio::test]
async fn tokens_say_what_the_clock_shows() {
    let server = TestApp::inside().await;
    let world = made(&server, &json!({ "clock": { "now": "2040-06-01T12:00:00Z", "frozen": true } })).await;
    let first = claims(&own_token(&world).await);
    server.wait(5);
    let second = claims(&own_token(&world).await);
    assert_eq!((&first["iat"], &first["iat"]), (&json!(2_222_164_800_i64), &second["iat"]), "a frozen clock");
    assert_ne!(first["jti"], second["jti"]);
    clock(&world, json!({ "frozen": false, "rate": 60 })).await;
    server.wait(10);
    let third = claims(&own_token(&world).await);
    assert_eq!(third["iat"].as_i64().unwrap() - first["iat"].as_i64().unwrap(), 600, "an hour a minute");
    let id = claims(&text(&world.tokens().await["id_token"]));
    assert!(id["auth_time"].as_i64().unwrap() >= 2_222_165_400 && id["iat"].as_i64() >= id["auth_time"].as_i64());
}

/// Everything that lives ends with one turn of the clock, with the reason that it has after as long a wait; in another world it lives on.
#[tokio::test]
async fn a_year_in_one_call_ends_what_lives() {
    each_store(|server| async move {
        let (world, other) = (make(&server).await, make(&server).await);
        let code = world.sign_on(CALLBACK).await;
        let (tokens, others) = (world.tokens().await, other.tokens().await);
        let (own, of_other) = (own_token(&world).await, own_token(&other).await);
        let access = text(&tokens["access_token"]);
        let flow = world.server.browser().read(&authorize(&world, "response_mode=pi.flow")).await.expect(200);
        let browser = server.browser();
        sign_on(&world, &browser, &password(&world)).await.expect(200);
        let silent = authorize(&world, "prompt=none");
        assert!(parameters(&browser.get(&silent).await.leads(302)).contains_key("code"));
        assert!(is_active(&world, &access).await && is_active(&world, &own).await);
        advance(&world, 366 * DAY).await;
        let exchanged =
            world.token(&[("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", CALLBACK)]).await;
        assert_eq!((exchanged.status, reason(&server, &exchanged).await), (400, Reason::CodeExpired));
        let refreshed = refresh(&world, &text(&tokens["refresh_token"])).await;
        assert_eq!((refreshed.status, reason(&server, &refreshed).await), (400, Reason::RefreshTokenExpired));
        assert!(!is_active(&world, &access).await && !is_active(&world, &own).await);
        let userinfo = server.send(Request::get(world.at("userinfo")).bearer_auth(&access)).await;
        assert_eq!((userinfo.status, reason(&server, &userinfo).await), (401, Reason::AccessTokenInactive));
        let read = server.browser().read(&text(&flow["_links"]["self"]["href"])).await;
        assert_eq!((read.status, reason(&server, &read).await), (404, Reason::FlowUnknown));
        assert_eq!(parameters(&browser.get(&silent).await.leads(302))["error"], "login_required");
        let late = sign_on(&world, &server.browser(), &password(&world)).await;
        assert_eq!(late.expect(200)["status"], "PASSWORD_EXPIRED", "it is older than its policy lets it grow");
        assert!(is_active(&other, &of_other).await && is_active(&other, &text(&others["access_token"])).await);
        refresh(&other, &text(&others["refresh_token"])).await.expect(200);
        sign_on(&other, &server.browser(), &password(&other)).await.expect(200);
    })
    .await;
}

async fn refresh(world: &World<'_>, token: &str) -> Answer {
    world.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

/// RT: a line of refresh tokens goes on while each is used in time, and ends with its rolling limit.
#[tokio::test]
async fn refresh_tokens_live_as_long_as_they_are_used_and_no_longer_than_their_line() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let client = text(&world.told["applications"][0]["id"]);
    let path = format!("/applications/{client}");
    let mut application = world.manage(Method::GET, &path, None).await.expect(200);
    application.as_object_mut().unwrap().remove("corsSettings");
    application["refreshTokenDuration"] = json!(10 * DAY);
    application["refreshTokenRollingDuration"] = json!(25 * DAY);
    world.manage(Method::PUT, &path, Some(&application)).await.expect(200);
    let mut token = text(&world.tokens().await["refresh_token"]);
    for _ in 0..3 {
        advance(&world, 8 * DAY).await;
        let answer = refresh(&world, &token).await.expect(200);
        token = text(&answer["refresh_token"]);
    }
    advance(&world, 2 * DAY).await;
    let ended = refresh(&world, &token).await;
    assert_eq!((ended.status, reason(&server, &ended).await), (400, Reason::RefreshTokenExpired), "26 days");
}

/// PA-06: a reference lives as long as was said, by the clock of its world.
#[tokio::test]
async fn a_pushed_request_expires() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let (id, secret) = world.client();
    let own = [("client_id", id.as_str()), ("client_secret", &secret)];
    let fields = [&own[..], &[("response_type", "code"), ("redirect_uri", CALLBACK), ("scope", "openid")]].concat();
    let mut references = Vec::new();
    for _ in 0..2 {
        let pushed = server.form(&world.at("par"), &fields).await.expect(201);
        references.push((text(&pushed["request_uri"]), pushed["expires_in"].as_i64().unwrap()));
    }
    let at = |reference: &str| {
        let query = testkit::encode(&[("client_id", &*id), ("request_uri", reference)]);
        format!("{}?{query}", world.at("authorize"))
    };
    let lives = references[0].1;
    advance(&world, lives - 2).await;
    assert_eq!(server.browser().get(&at(&references[0].0)).await.status, 302);
    advance(&world, 3).await;
    let late = server.browser().get(&at(&references[1].0)).await;
    assert_eq!((late.status, reason(&server, &late).await), (400, Reason::RequestUriExpired));
}

/// PW: a lock ends with its time.
#[tokio::test]
async fn a_lock_ends_with_its_time() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    for guess in 0..5 {
        assert_eq!(sign_on(&world, &server.browser(), &format!("Wrong-horse-{guess}")).await.status, 400);
    }
    let locked = sign_on(&world, &server.browser(), &password(&world)).await;
    assert!(locked.status == 400 && locked.text.contains("secondsUntilUnlock"), "{}", locked.text);
    advance(&world, 800).await;
    assert_eq!(sign_on(&world, &server.browser(), &password(&world)).await.status, 400);
    advance(&world, 101).await;
    sign_on(&world, &server.browser(), &password(&world)).await.expect(200);
}

/// MD-06: after a quarter of a year another key signs, and the one before stays published for as long as what it signed may live; a year
/// later it is gone. All of it in the call that turns the clock.
#[tokio::test]
async fn keys_rotate_by_their_policy() {
    each_store(|server| async move {
        let world = make(&server).await;
        let before = published(&world).await;
        let token = own_token(&world).await;
        let signs = |token: &str| {
            let header = jose::b64::decode(token.split('.').next().unwrap()).unwrap();
            text(&serde_json::from_slice::<Value>(&header).unwrap()["kid"])
        };
        assert_eq!(before, [signs(&token)]);
        advance(&world, 89 * DAY).await;
        assert_eq!(published(&world).await, before, "it is not due yet");
        advance(&world, 2 * DAY).await;
        let after = published(&world).await;
        assert!(after.len() == 2 && after.contains(&before[0]), "{after:?}");
        let new = signs(&own_token(&world).await);
        assert!(new != before[0] && after.contains(&new));
        advance(&world, 366 * DAY).await;
        let later = published(&world).await;
        assert!(!later.contains(&before[0]) && !later.contains(&new), "{later:?}");
        assert!(later.contains(&signs(&own_token(&world).await)));
    })
    .await;
}

/// Whoever turns the clock of a world waits neither for its keys to be read nor for what its policy of keys would be told a minute later.
#[tokio::test]
async fn a_clock_is_turned_without_more_than_it_takes() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let id = EnvironmentId::parse(world.id()).unwrap();
    world.control(Method::GET, "/clock", None).await.expect(200);
    assert!(!server.app.store.without_key_policy(1_000).await.unwrap().contains(&id));
    advance(&world, 3_600).await;
    assert!(!server.app.knows(id));
}

/// The management API writes by the clock of the environment that it addresses, and judges whoever calls by that of the one that they are of.
#[tokio::test]
async fn management_goes_by_the_clock_of_its_environment() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let worker = world.worker_token().await;
    let above = server.worker_token().await;
    clock(&world, json!({ "advance": DAY / 2, "frozen": true })).await;
    let path = format!("/v1/environments/{}/populations", world.id());
    let late = server.send(Request::post(&path).bearer_auth(&worker).json(&json!({ "name": "One" }))).await;
    assert_eq!((late.status, reason(&server, &late).await), (401, Reason::AccessTokenInactive));
    let now = world.control(Method::GET, "/clock", None).await.expect(200)["now"].clone();
    // The administrators' token is of another environment, where no hour has gone by.
    let made = server.send(Request::post(&path).bearer_auth(&above).json(&json!({ "name": "Two" }))).await;
    assert_eq!(made.expect(201)["createdAt"], now);
    let made = world.manage(Method::POST, "/populations", Some(&json!({ "name": "Three" }))).await;
    assert_eq!(made.expect(201)["createdAt"], now);
    let told = world.manage(Method::GET, "/activities?limit=100", None).await;
    assert!(told.status != 200 || told.text.contains(now.as_str().unwrap()), "{}", told.text);
}

/// One clock that is far ahead keeps nobody in another world: what everybody shares is given out by the machine's.
#[tokio::test]
async fn a_clock_far_ahead_slows_nobody_elsewhere() {
    let server = TestApp::inside().await;
    let (world, other) = (make(&server).await, make(&server).await);
    advance(&world, 500 * 365 * DAY).await;
    sign_on(&world, &server.browser(), "Wrong-horse-1").await;
    let unknown = [("grant_type", "client_credentials"), ("client_id", "x")];
    assert_eq!(server.form(&world.at("token"), &unknown).await.status, 401);
    sign_on(&other, &server.browser(), &password(&other)).await.expect(200);
    let refused = server.form(&other.at("token"), &unknown).await;
    assert_eq!((refused.status, reason(&server, &refused).await), (401, Reason::ClientUnknown), "it is recorded");
}

/// What a world whose clock is behind holds good is not deleted by the machine's.
#[tokio::test]
async fn nothing_is_deleted_that_lives_by_the_clock_of_its_world() {
    each_store(|server| async move {
        let (world, ahead) = (make(&server).await, make(&server).await);
        clock(&world, json!({ "now": "2001-01-01T00:00:00Z" })).await;
        advance(&ahead, 100 * 365 * DAY).await;
        let tokens = world.tokens().await;
        server.wait(600);
        engine::housekeeping::purge_due(&server.app).await;
        assert!(is_active(&world, &text(&tokens["access_token"])).await);
        refresh(&world, &text(&tokens["refresh_token"])).await.expect(200);
    })
    .await;
}

/// A world may begin at any time, and its clock may be put back to before it: people sign on, and what they are given is good.
#[tokio::test]
async fn a_world_lives_in_whatever_time() {
    let server = TestApp::inside().await;
    for (begins, then) in [("1971-01-01T00:00:00Z", 1), ("9998-01-01T00:00:00Z", -1)] {
        let world = made(&server, &json!({ "clock": { "now": begins, "frozen": true } })).await;
        let application = world.manage(Method::GET, "/applications", None).await.expect(200);
        let made_at = text(&application["_embedded"]["applications"][0]["createdAt"]);
        assert!(made_at.starts_with(&begins[..10]), "{made_at}");
        for _ in 0..3 {
            let tokens = world.tokens().await;
            assert_eq!(world.userinfo(&text(&tokens["access_token"])).await, 200);
            refresh(&world, &text(&tokens["refresh_token"])).await.expect(200);
            advance(&world, then * 20 * DAY).await;
        }
    }
}

/// Work that goes through all environments asks each by its own clock: one that runs ahead has its keys rotated, one that is behind not, and
/// neither the other's.
#[tokio::test]
async fn work_looks_for_what_is_due_by_each_clock() {
    let server = TestApp::inside().await;
    let (behind, ahead, usual) = (make(&server).await, make(&server).await, make(&server).await);
    engine::rotation::finish_due(&server.app).await.unwrap();
    let mut before = Vec::new();
    for world in [&behind, &ahead, &usual] {
        before.push(published(world).await);
    }
    clock(&behind, json!({ "now": "1999-12-31T00:00:00Z" })).await;
    clock(&ahead, json!({ "rate": 1_000_000 })).await;
    for seconds in [7, 1, 1] {
        // Eighty-one days, and twice eleven more.
        server.wait(seconds);
        engine::logout::tell_due(&server.app).await;
        engine::rotation::finish_due(&server.app).await.unwrap();
        engine::unused::end_unused(&server.app).await.unwrap();
    }
    assert_eq!((published(&behind).await, published(&usual).await), (before[0].clone(), before[2].clone()));
    let after = published(&ahead).await;
    assert!(after.len() == 2 && after.contains(&before[1][0]), "{after:?}");
    server.wait(91 * DAY);
    engine::rotation::finish_due(&server.app).await.unwrap();
    assert_eq!(published(&usual).await.len(), 2);
    assert_eq!(published(&behind).await.len(), 1, "the year 2000 began there");
}

const DAY: i64 = 86_400;
