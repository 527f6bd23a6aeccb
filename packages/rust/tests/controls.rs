//! Every control, of a server in this process: awaited in tests of a runtime, waited for in plain ones.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use grantor_testkit::{
    Endpoint, Error, Expiring, Filter, Grantor, MessageFilter, Mint, Settings, World, WorldOptions, Wrong, hashed,
};
use serde_json::{Value, json};

/// One server for all tests: it outlives the runtime of each.
fn grantor() -> &'static Grantor {
    static SHARED: OnceLock<Grantor> = OnceLock::new();
    SHARED.get_or_init(|| Grantor::start().wait().unwrap())
}

async fn world() -> World {
    grantor().world().await.unwrap()
}

async fn posted(world: &World, path: &str, words: &[(&str, &str)]) -> (u16, Value) {
    let application = world.application();
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", &application.client_id);
    if !words.iter().any(|(name, _)| *name == "client_secret") {
        form.append_pair("client_secret", &application.client_secret);
    }
    let body = form.extend_pairs(words).finish();
    let request = reqwest::Client::new().post(format!("{}{path}", world.issuer)).body(body);
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn is_active(world: &World, token: &str) -> bool {
    posted(world, "/introspect", &[("token", token)]).await.1["active"] == true
}

async fn asks(world: &World) -> (u16, Value) {
    posted(world, "/token", &[("grant_type", "client_credentials")]).await
}

#[test]
#[expect(clippy::print_stdout, reason = "the measure")]
fn the_first_token_comes_soon() {
    let began = Instant::now();
    let world = Grantor::start().wait().unwrap().world().wait().unwrap();
    world.mint(Mint::access()).wait().unwrap();
    println!("first token after {} ms", began.elapsed().as_millis());
}

#[tokio::test]
async fn a_token_ends_when_the_clock_moves_past_its_expiry() {
    let world = world().await;
    let wanted = Mint::access().user(&world.user().username).scope("openid").expires_in(Duration::from_mins(1));
    let minted = world.mint(wanted).await.unwrap();
    assert_eq!(minted.claims["sub"], world.user().id.as_str());
    assert!(is_active(&world, &minted.token).await);
    world.clock().advance(Duration::from_secs(61)).await.unwrap();
    assert!(!is_active(&world, &minted.token).await);
    world.clock().back(Duration::from_secs(61)).await.unwrap();
    assert!(is_active(&world, &minted.token).await);
    assert!(world.clock().freeze().await.unwrap().frozen);
    assert!(!world.clock().unfreeze().await.unwrap().frozen);
    assert!((world.clock().rate(60.0).await.unwrap().rate - 60.0).abs() < 1e-9);
}

#[tokio::test]
async fn a_rotated_key_signs_and_the_one_before_stays_published() {
    let world = world().await;
    let old = world.mint(Mint::access()).await.unwrap();
    let kid = world.rotate_key().await.unwrap();
    assert_eq!(world.mint(Mint::access()).await.unwrap().header["kid"], kid.as_str());
    assert_eq!(world.mint(Mint::access().algorithm("ES256")).await.unwrap().header["alg"], "ES256");
    let set: Value = reqwest::get(format!("{}/jwks", world.issuer)).await.unwrap().json().await.unwrap();
    let published: BTreeSet<_> = set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str()).collect();
    assert!(published.contains(&Some(kid.as_str())) && published.contains(&old.header["kid"].as_str()));
}

#[tokio::test]
async fn a_refresh_token_that_was_ended_is_refused() {
    let world = world().await;
    let wanted = Mint::refresh().user(&world.user().username).scope("openid");
    let first = world.mint(wanted).await.unwrap().token;
    let redeem = |token: String| {
        let world = &world;
        async move { posted(world, "/token", &[("grant_type", "refresh_token"), ("refresh_token", &token)]).await }
    };
    let (status, told) = redeem(first.clone()).await;
    assert_eq!(status, 200);
    let second = told["refresh_token"].as_str().map_or(first, str::to_owned);
    let jane = &world.user().username;
    assert_eq!(world.expire(Expiring::RefreshTokens.of_user(jane)).await.unwrap(), 1);
    let (status, told) = redeem(second).await;
    assert_eq!((status, &told["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn the_next_answer_is_what_the_test_says_and_once() {
    let world = world().await;
    world.next(Endpoint::Token.refuse("secret_wrong")).await.unwrap();
    let (status, told) = asks(&world).await;
    assert_eq!((status, &told["error"]), (401, &json!("invalid_client")));
    assert_eq!(asks(&world).await.0, 200);
    world.next(Endpoint::Token.status_retry_after(429, Duration::from_secs(2)).times(2)).await.unwrap();
    assert_eq!((asks(&world).await.0, asks(&world).await.0, asks(&world).await.0), (429, 429, 200));
    world.next(Endpoint::Token.malformed().client(&world.application().client_id)).await.unwrap();
    assert_eq!(asks(&world).await.1, Value::Null);
    let began = Instant::now();
    world.next(Endpoint::Token.delay(Duration::from_millis(150))).await.unwrap();
    assert_eq!(asks(&world).await.0, 200);
    assert!(began.elapsed() >= Duration::from_millis(150));
    world.next(Endpoint::Introspect.claims([("tier", json!("gold"))], ["scope"])).await.unwrap();
    let token = world.mint(Mint::access()).await.unwrap().token;
    let (_, told) = posted(&world, "/introspect", &[("token", &token)]).await;
    assert_eq!((&told["tier"], &told["scope"]), (&json!("gold"), &Value::Null));
    world.next(Endpoint::Jwks.drop_connection()).await.unwrap();
    reqwest::get(format!("{}/jwks", world.issuer)).await.unwrap_err();
    world.next(Endpoint::Token.status(500)).await.unwrap();
    world.clear_next().await.unwrap();
    assert_eq!(asks(&world).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn worlds_that_are_made_at_the_same_time_know_nothing_of_each_other() {
    let made: Vec<_> = (0..20).map(|_| tokio::spawn(grantor().world())).collect();
    let mut worlds = Vec::new();
    for world in made {
        worlds.push(world.await.unwrap().unwrap());
    }
    assert_eq!(worlds.iter().map(|world| world.issuer.clone()).collect::<BTreeSet<_>>().len(), 20);
    let token = worlds[0].mint(Mint::access()).await.unwrap().token;
    assert!(is_active(&worlds[0], &token).await);
    assert!(!is_active(&worlds[1], &token).await);
    let ended: BTreeSet<_> = worlds[..2].iter().map(|world| world.id.clone()).collect();
    let dropped = worlds.remove(1);
    worlds.remove(0).delete().await.unwrap();
    drop(dropped);
    let left = grantor().worlds().await.unwrap();
    assert!(!left.iter().any(|listed| ended.contains(&listed.id)));
    assert!(left.iter().any(|listed| listed.id == worlds[0].id));
}

#[tokio::test]
async fn the_recorder_tells_what_was_asked_and_gave_and_waits_for_it() {
    let world = world().await;
    let two = tokio::spawn(world.recorded(Filter::from(Endpoint::Token).count(2)));
    let (_, given) = asks(&world).await;
    assert_eq!(world.recorded(Endpoint::Token).await.unwrap().len(), 1);
    posted(&world, "/token", &[("grant_type", "client_credentials"), ("client_secret", "wrong")]).await;
    let requests = two.await.unwrap().unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].gave[0], hashed(given["access_token"].as_str().unwrap()));
    assert_eq!(requests[0].form["client_secret"], hashed(&world.application().client_secret).as_str());
    assert_eq!((requests[1].status, requests[1].reason.as_deref()), (Some(401), Some("secret_wrong")));
    assert_eq!(requests[1].endpoint, Endpoint::Token);
    assert_eq!(world.requests(Filter::new().status(401)).await.unwrap().len(), 1);
    let soon = Filter::from(Endpoint::Token).count(3).timeout(Duration::from_millis(20));
    let absent = world.recorded(soon).await.unwrap_err();
    assert!(matches!(absent, Error::Absent { came: 2, wanted: 3, .. }), "{absent}");
    world.clear_recorded().await.unwrap();
    assert_eq!(world.requests(Filter::new()).await.unwrap().len(), 0);
    let address = format!("{}/.well-known/openid-configuration", world.issuer);
    let twice = reqwest::Client::new().get(address).header("x-twice", "one").header("x-twice", "two");
    twice.send().await.unwrap();
    let told = &world.requests(Filter::new()).await.unwrap()[0];
    assert_eq!(told.headers["x-twice"], json!([hashed("one"), hashed("two")]));
}

/// In a test without a runtime.
#[test]
fn snapshots_resets_and_what_is_wrong() {
    let then = SystemTime::UNIX_EPOCH + Duration::from_hours(525_960);
    let world = grantor().world_with(WorldOptions::new().name("Then").now(then).frozen()).wait().unwrap();
    let snapshot = world.snapshot().wait().unwrap();
    assert_eq!(world.clock().advance(Duration::from_hours(24)).wait().unwrap().now, then + Duration::from_hours(24));
    world.restore(&snapshot).wait().unwrap();
    assert_eq!(world.clock().get().wait().unwrap().now, then);
    let jane = world.user().username.clone();
    let signs_on = Settings { auto_sign_on: Some(jane.clone()), ..Settings::default() };
    assert_eq!(world.set(&signs_on).wait().unwrap(), signs_on);
    world.reset().wait().unwrap();
    assert_eq!(world.settings().wait().unwrap(), Settings::default());
    assert_eq!(world.outbox(MessageFilter::new().to("nobody@example.com").kind("email")).wait().unwrap().len(), 0);
    world.clear_outbox().wait().unwrap();
    assert_eq!(grantor().open(&world.id).wait().unwrap().issuer, world.issuer);
    for wrong in Wrong::ALL {
        world.mint(Mint::access().user(&jane).scope("openid").wrong(wrong)).wait().unwrap();
    }
    assert_eq!(world.mint(Mint::access().wrong(Wrong::AlgNone)).wait().unwrap().header["alg"], "none");
    let changed =
        world.mint(Mint::access().claim("tier", "gold").without("iat").audience("https://a.test")).wait().unwrap();
    assert_eq!((&changed.claims["tier"], changed.claims.get("iat")), (&json!("gold"), None));
}

#[test]
fn what_is_refused_says_the_sentence_of_the_server() {
    let world = grantor().world().wait().unwrap();
    let refused = world.next(Endpoint::Token.refuse("secret_wrng")).wait().unwrap_err();
    assert!(refused.to_string().contains("near it are secret_wrong"), "{refused}");
    assert!(matches!(&refused, Error::Refused { status: 400, at: Some(at), .. } if at == "refuse"), "{refused:?}");
    let absent = grantor().open("00000000-0000-0000-0000-000000000000").wait().unwrap_err();
    assert!(matches!(absent, Error::Refused { status: 404, .. }), "{absent:?}");
    let far = world.clock().set(SystemTime::UNIX_EPOCH + Duration::from_hours(111_111_111)).wait().unwrap_err();
    assert!(matches!(&far, Error::Refused { status: 400, at: Some(at), .. } if at == "now"), "{far:?}");
    for origin in ["localhost", "https://localhost:1", "file:///etc"] {
        assert!(matches!(Grantor::at(origin, None), Err(Error::Unreachable(_))), "{origin}");
    }
    assert!(matches!(Grantor::at(grantor().url(), Some("a\nb")), Err(Error::Unreachable(_))));
}

#[tokio::test]
async fn what_happens_is_told_as_it_happens() {
    let world = world().await;
    let mut events = grantor().events().await.unwrap();
    posted(&world, "/token", &[("grant_type", "client_credentials"), ("client_secret", "wrong")]).await;
    world.clock().freeze().await.unwrap();
    let (mut refused, mut frozen) = (None, None);
    while refused.is_none() || frozen.is_none() {
        let told = tokio::time::timeout(Duration::from_secs(20), events.next_event()).await.unwrap().unwrap().unwrap();
        if told.world.as_ref() == Some(&world.id) {
            match told.kind.as_str() {
                "refusal" => refused = told.reason,
                "clock" => frozen = told.frozen,
                "request" => assert_eq!(told.request.unwrap().endpoint, Endpoint::Token),
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!((refused.as_deref(), frozen), (Some("secret_wrong"), Some(true)));
}

#[test]
fn no_secret_is_printed() {
    let world = grantor().world().wait().unwrap();
    let minted = world.mint(Mint::access()).wait().unwrap();
    let keyed = Grantor::at(grantor().url(), Some("a-key-of-controls")).unwrap();
    let told =
        format!("{:?} {:?} {:?} {:?} {minted:?} {keyed:?}", world, world.worker, world.applications, world.users);
    let (application, user) = (world.application(), world.user());
    let secrets = [&world.worker.client_secret, &application.client_secret, &user.password, &minted.token];
    for secret in secrets.into_iter().map(String::as_str).chain(["a-key-of-controls"]) {
        assert!(!secret.is_empty() && !told.contains(secret), "{told}");
    }
}

/// The documented world is there as well, and a second client reaches the same server by its URL.
#[test]
fn a_server_that_runs_already_is_reached_by_its_url() {
    let own = Grantor::start().wait().unwrap();
    let reached = Grantor::at(own.url(), None).unwrap();
    let documented = reached.open(&own.variables()["envID"]).wait().unwrap();
    assert_eq!(documented.user().username, "jane.doe");
    drop(documented);
    assert!(reached.open(&own.variables()["envID"]).wait().is_ok(), "what was there before stays");
}

/// A world keeps its server, and the last of both ends it.
#[test]
fn a_server_ends_with_what_was_made_of_it() {
    let world = Grantor::start().wait().unwrap().world().wait().unwrap();
    let reached = Grantor::at(world.issuer.strip_suffix(&format!("/{}/as", world.id)).unwrap(), None).unwrap();
    assert!(!reached.worlds().wait().unwrap().is_empty());
    let began = Instant::now();
    drop(world);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(matches!(reached.worlds().wait(), Err(Error::Unreachable(_))));
}

/// Nothing waits in a world's place: a control that is not awaited asks nothing.
#[test]
fn a_control_is_asked_when_it_is_waited_for() {
    let world = grantor().world().wait().unwrap();
    drop(world.clock().freeze());
    assert!(!world.clock().get().wait().unwrap().frozen);
}
