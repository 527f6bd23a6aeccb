//! Snapshots, and the way back: a world is again what it was, whatever happened meanwhile.

use std::time::Duration;

use engine::controls::snapshot;
use http::Method;
use protocol::id::EnvironmentId;
use serde_json::{Value, json};
use testkit::{SANDBOX, TestApp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::world::{World, call, made, make, text};

/// Everything that the management API tells of a world.
async fn whole(world: &World<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["", "/applications", "/users", "/groups", "/populations", "/resources", "/signOnPolicies", "/keys"] {
        all.push(world.manage(Method::GET, path, None).await.expect(200));
    }
    all
}

async fn take(world: &World<'_>) -> String {
    text(&world.control(Method::POST, "/snapshots", None).await.expect(201)["id"])
}

async fn restore(world: &World<'_>, id: &str) {
    let answer = world.control(Method::POST, &format!("/snapshots/{id}/restore"), None).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
}

async fn reset(world: &World<'_>) {
    let answer = world.control(Method::POST, "/reset", None).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
}

/// What was configured is gone, what was given is not accepted, what was taken is there; ids, secrets and keys are the same.
#[tokio::test]
async fn a_reset_world_is_as_it_was_made() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let before = whole(&world).await;
    let tokens = world.tokens().await;
    let access = text(&tokens["access_token"]);
    let refresh = text(&tokens["refresh_token"]);
    let population = json!({ "name": "Another" });
    world.manage(Method::POST, "/populations", Some(&population)).await.expect(201);
    world.manage(Method::POST, "/groups", Some(&json!({ "name": "Some" }))).await.expect(201);
    let user = format!("/users/{}", text(&world.told["users"][0]["id"]));
    assert_eq!(world.manage(Method::DELETE, &user, None).await.status, 204);
    assert!(world.userinfo(&access).await >= 400);
    reset(&world).await;
    assert_eq!(whole(&world).await, before);
    assert_eq!(world.control(Method::GET, "", None).await.expect(200), world.told);
    let refreshed = world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
    assert_eq!(refreshed.body["error"], "invalid_grant", "{}", refreshed.text);
    world.tokens().await;
}

/// A token that was given before a snapshot is good again behind it, one that was given later is not.
#[tokio::test]
async fn a_snapshot_has_the_tokens_of_its_moment() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let early = text(&world.tokens().await["refresh_token"]);
    let snapshot = take(&world).await;
    let late = text(&world.tokens().await["refresh_token"]);
    let refreshed = |token: String| {
        let world = &world;
        async move { world.token(&[("grant_type", "refresh_token"), ("refresh_token", &token)]).await }
    };
    refreshed(early.clone()).await.expect(200);
    assert!(refreshed(early.clone()).await.status == 400, "it is used up");
    for _ in 0..2 {
        restore(&world, &snapshot).await;
        refreshed(early.clone()).await.expect(200);
        assert_eq!(refreshed(late.clone()).await.expect(400)["error"], "invalid_grant");
    }
}

/// What lay between is not looked at: a deleted population with its users, a renamed environment, a filter of a group that was another.
#[tokio::test]
async fn a_restored_world_answers_by_its_old_configuration() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let group = json!({ "name": "Janes", "userFilter": "name.given eq \"Jane\"" });
    let group = text(&world.manage(Method::POST, "/groups", Some(&group)).await.expect(201)["id"]);
    let snapshot = take(&world).await;
    let filter = |given: &str| json!({ "name": "Janes", "userFilter": format!("name.given eq \"{given}\"") });
    world.manage(Method::PUT, &format!("/groups/{group}"), Some(&filter("Joan"))).await.expect(200);
    let application = format!("/applications/{}", text(&world.told["applications"][0]["id"]));
    let mut disabled = world.manage(Method::GET, &application, None).await.expect(200);
    disabled["enabled"] = json!(false);
    world.manage(Method::PUT, &application, Some(&disabled)).await.expect(200);
    let own = [("grant_type", "client_credentials")];
    assert_eq!(world.token(&own).await.status, 401, "it is disabled");
    restore(&world, &snapshot).await;
    assert_ne!(world.token(&own).await.status, 401, "it is as it was");
    let population = world.manage(Method::GET, "/populations", None).await.expect(200);
    let population = &population["_embedded"]["populations"][0]["id"];
    let jane = |username: &str| {
        json!({ "username": username, "email": format!("{username}@example.com"), "name": { "given": "Jane" },
            "population": { "id": population } })
    };
    let made = world.manage(Method::POST, "/users", Some(&jane("second"))).await.expect(201);
    let groups = format!("/users/{}/memberOfGroups", text(&made["id"]));
    let groups = world.manage(Method::GET, &groups, None).await.expect(200);
    assert_eq!(groups["_embedded"]["groupMemberships"].as_array().map(Vec::len), Some(1), "{groups}");
    reset(&world).await;
    let users = world.manage(Method::GET, "/users", None).await.expect(200);
    assert_eq!(users["count"], 1, "{users}");
}

/// The clock of a snapshot is a part of it, and the clock that a world was made with comes back with a reset.
#[tokio::test]
async fn the_clock_goes_back_too() {
    let server = TestApp::inside().await;
    let clock = json!({ "now": "2030-01-01T00:00:00Z", "frozen": true });
    let world = made(&server, &json!({ "clock": clock })).await;
    let shown = || async { text(&world.control(Method::GET, "/clock", None).await.expect(200)["now"]) };
    assert!(shown().await.starts_with("2030-01-01"));
    world.control(Method::PUT, "/clock", Some(&json!({ "advance": 86400 }))).await.expect(200);
    let snapshot = take(&world).await;
    world.control(Method::PUT, "/clock", Some(&json!({ "advance": 86400 }))).await.expect(200);
    restore(&world, &snapshot).await;
    assert!(shown().await.starts_with("2030-01-02"));
    reset(&world).await;
    assert!(shown().await.starts_with("2030-01-01"));
}

/// So are who signs on without a form: a snapshot has the settings of its moment, a reset those of the world's making.
#[tokio::test]
async fn the_settings_go_back_too() {
    let server = TestApp::inside().await;
    let world = made(&server, &json!({ "seed": { "settings": { "loginHintSignsOn": true } } })).await;
    let shown = || async { world.control(Method::GET, "/settings", None).await.expect(200) };
    let begun = shown().await;
    let set = async |settings: Value| world.control(Method::PUT, "/settings", Some(&settings)).await.expect(200);
    let early = set(json!({ "autoSignOn": "jane.doe" })).await;
    let snapshot = take(&world).await;
    set(json!({ "autoSignOn": "somebody.else", "loginHintSignsOn": true })).await;
    restore(&world, &snapshot).await;
    assert_eq!(shown().await, early);
    reset(&world).await;
    assert_eq!((shown().await, &begun["loginHintSignsOn"]), (begun.clone(), &json!(true)));
}

/// What was chosen for an answer before a reset is chosen for none behind it, however long the request had waited.
#[tokio::test]
async fn nothing_that_was_chosen_acts_behind_a_reset() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let id = EnvironmentId::parse(world.id()).unwrap();
    let control = server.app.controls.as_ref().unwrap().find(id).unwrap();
    let choice = json!({ "endpoint": "jwks", "status": 500 });
    world.control(Method::POST, "/next", Some(&choice)).await.expect(201);
    let held = control.snapshots.held().await;
    let path = world.at("jwks");
    let (mut resetting, mut asking) = (Box::pin(reset(&world)), Box::pin(server.get(&path)));
    assert!(timeout(SOON, &mut resetting).await.is_err(), "something is under way");
    assert!(timeout(SOON, &mut asking).await.is_err(), "the reset was first");
    drop(held);
    resetting.await;
    assert_eq!(asking.await.status, 200);
    let asked = world.control(Method::GET, "/requests", None).await.expect(200);
    assert_eq!(
        (asked["requests"].as_array().unwrap().len(), &asked["requests"][0]["forced"]),
        (1, &json!(null)),
        "{asked}"
    );
}

/// The first reset of a world that nobody controlled waits for what it was asked before.
#[tokio::test]
async fn the_first_control_of_a_world_waits_for_what_is_under_way() {
    let server = TestApp::start().await;
    snapshot::keep_as_made(&server.app, SANDBOX).await.unwrap();
    let address = server.url("/").trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut slow = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /{SANDBOX}/as/token HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: 29\r\n\
         content-type: application/x-www-form-urlencoded\r\n\r\ngrant_type="
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(SOON).await;
    let path = format!("/worlds/{SANDBOX}/reset");
    let mut resetting = Box::pin(call(&server, Method::POST, &path, None));
    assert!(timeout(SOON, &mut resetting).await.is_err(), "a request is under way");
    slow.write_all(b"client_credentials").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(resetting.await.status, 204);
}

/// One world's snapshots are no other's, and a restore touches no other.
#[tokio::test]
async fn snapshots_are_of_one_world() {
    let server = TestApp::inside().await;
    let (one, other) = (make(&server).await, make(&server).await);
    let snapshot = take(&one).await;
    let refresh = text(&other.tokens().await["refresh_token"]);
    let elsewhere = other.control(Method::POST, &format!("/snapshots/{snapshot}/restore"), None).await;
    assert_eq!((elsewhere.status, &elsewhere.body["error"]), (404, &json!("not_found")));
    restore(&one, &snapshot).await;
    reset(&one).await;
    other.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await.expect(200);
    let nonsense = one.control(Method::POST, "/snapshots/x/restore", None).await;
    assert_eq!(nonsense.status, 404);
    let member = one.control(Method::POST, "/snapshots", Some(&json!({ "name": "x" }))).await;
    assert_eq!((member.status, &member.body["at"]), (400, &json!("name")));
}

#[tokio::test]
async fn snapshots_are_bounded_and_seeded_worlds_say_what_they_cannot() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    for _ in 0..100 {
        take(&world).await;
    }
    let more = world.control(Method::POST, "/snapshots", None).await.expect(409);
    assert!(text(&more["message"]).contains("100"), "{more}");
    let sandbox = format!("/worlds/{SANDBOX}/reset");
    let message = text(&call(&server, Method::POST, &sandbox, None).await.expect(409)["message"]);
    assert!(message.contains("snapshot"), "{message}");
}

/// Whoever asks while a world is taken back is told what was or what is, and never a mix: what is counted is what is listed.
#[tokio::test(flavor = "multi_thread")]
async fn requests_see_before_or_after_and_never_a_mix() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let population = world.manage(Method::GET, "/populations", None).await.expect(200);
    let population = population["_embedded"]["populations"][0]["id"].clone();
    let snapshot = take(&world).await;
    for round in 0..15 {
        for number in 0..3 {
            let name = format!("user{round}-{number}");
            let user =
                json!({ "username": name, "email": format!("{name}@example.com"), "population": { "id": population } });
            world.manage(Method::POST, "/users", Some(&user)).await.expect(201);
        }
        let token = world.worker_token().await;
        let path = format!("/v1/environments/{}/users", world.id());
        let asked = || async { server.get_with(&path, &token).await.expect(200) };
        let (one, other, third, ()) = tokio::join!(asked(), asked(), asked(), restore(&world, &snapshot));
        for seen in [one, other, third] {
            let listed = seen["_embedded"]["users"].as_array().map(Vec::len);
            assert!(matches!(listed, Some(1 | 4)) && seen["count"].as_u64().map(|n| n as usize) == listed, "{seen}");
        }
    }
}

/// A snapshot has every table that knows of environments, whichever a migration adds: what is in one afterwards is gone behind a restore.
#[tokio::test]
async fn every_table_of_an_environment_is_covered() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let id = EnvironmentId::parse(world.id()).unwrap();
    let before = server.base.store.copied(id).await.unwrap().unwrap();
    assert!(before.tables() >= 40, "{}", before.tables());
    let changes = world.tokens().await;
    assert!(changes["access_token"].is_string());
    server.app.audit.flush().await;
    let between = server.base.store.copied(id).await.unwrap().unwrap();
    assert!(between.octets() > before.octets() + 500);
    reset(&world).await;
    let after = server.base.store.copied(id).await.unwrap().unwrap();
    assert_eq!(after.octets(), before.octets());
}

/// How long it takes, told: the bound is that of the whole request in a build that is not optimized, on a machine that does other things.
#[expect(clippy::print_stdout, reason = "how long it takes is told")]
#[tokio::test]
async fn a_small_world_is_taken_back_at_once() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    reset(&world).await;
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        reset(&world).await;
    }
    println!("a reset takes {:?}", begun.elapsed() / 20);
}

const SOON: Duration = Duration::from_millis(150);
