//! Worlds: an environment of its own for a test, and nothing of it afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use engine::bootstrap::dev;
use http::Method;
use serde_json::json;
use testkit::TestApp;
use tokio::task::JoinSet;

use super::world::{call, made, make, text};

/// Whatever a test needs is told at once: somebody signs on for the application from any port of this machine, is given tokens that are
/// refreshed, and the worker administers the world.
#[tokio::test]
async fn a_world_has_an_application_a_user_and_a_worker() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let told = &world.told;
    let names: BTreeSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = ["apiUrl", "applications", "discovery", "id", "issuer", "users", "worker"];
    assert_eq!(names, BTreeSet::from(wanted));
    assert_eq!(told["applications"][0]["redirectUris"], json!(["http://localhost:*"]));
    let discovery = server.get(&format!("/{}/as/.well-known/openid-configuration", world.id())).await.expect(200);
    assert_eq!(discovery["issuer"], told["issuer"]);
    let tokens = world.tokens().await;
    assert_eq!(world.userinfo(tokens["access_token"].as_str().unwrap()).await, 200);
    let refresh = text(&tokens["refresh_token"]);
    world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await.expect(200);
    let users = world.manage(Method::GET, "/users", None).await.expect(200);
    assert_eq!(users["_embedded"]["users"][0]["id"], told["users"][0]["id"]);
    assert_eq!(world.control(Method::GET, "", None).await.expect(200), *told);
}

/// A worker administers its own world alone, a token of one world is none in another, and the key that two may share changes nothing of
/// that: its name and the issuer differ.
#[tokio::test]
async fn a_world_reaches_no_other() {
    let server = TestApp::inside().await;
    let one = make(&server).await;
    let mut others = Vec::new();
    for _ in 0..9 {
        others.push(make(&server).await);
    }
    let worker = one.worker_token().await;
    let token = text(&one.tokens().await["access_token"]);
    for other in others.iter().map(|world| world.id().to_owned()).chain([dev::ENVIRONMENT.to_string()]) {
        let seen = server.get_with(&format!("/v1/environments/{other}"), &worker).await;
        assert!(matches!(seen.status, 403 | 404), "{}", seen.text);
        assert_eq!(server.get_with(&format!("/{other}/as/userinfo"), &token).await.status, 401);
    }
    let listed = server.get_with("/v1/environments", &worker).await.expect(200);
    assert_eq!(listed["_embedded"]["environments"].as_array().map(Vec::len), Some(1), "{listed}");
    let made =
        server.send(server.request(Method::POST, "/v1/environments").bearer_auth(&worker).json(&json!({}))).await;
    assert_eq!(made.status, 403, "{}", made.text);
}

#[tokio::test]
async fn nothing_of_a_deleted_world_answers() {
    let server = TestApp::inside().await;
    let (world, other) = (make(&server).await, make(&server).await);
    let tokens = world.tokens().await;
    let (access, refresh) = (text(&tokens["access_token"]), text(&tokens["refresh_token"]));
    let worker = world.worker_token().await;
    assert_eq!(world.control(Method::DELETE, "", None).await.status, 204);
    let refreshed = world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
    assert!(refreshed.status >= 400, "{}", refreshed.text);
    assert!(world.userinfo(&access).await >= 400);
    assert_eq!(server.get_with(&format!("/v1/environments/{}", world.id()), &worker).await.status, 401);
    for (method, path) in [(Method::GET, ""), (Method::DELETE, ""), (Method::GET, "/clock")] {
        let answer = world.control(method, path, None).await;
        assert_eq!((answer.status, &answer.body["error"]), (404, &json!("not_found")), "{}", answer.text);
    }
    let listed = call(&server, Method::GET, "/worlds", None).await.expect(200);
    let ids: Vec<_> = listed["worlds"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
    assert!(!ids.contains(&world.id().to_owned()) && ids.contains(&other.id().to_owned()));
    other.tokens().await;
    let id = protocol::id::EnvironmentId::parse(other.id()).unwrap();
    let controls = server.app.controls.as_ref().unwrap();
    assert!(controls.find(id).is_some() && controls.makings.knows(id));
    // Whoever deletes it, also by the management API.
    let path = format!("/environments/{}", other.id());
    assert_eq!(server.manage(Method::DELETE, &path, None).await.status, 204);
    assert!(controls.find(id).is_none() && !controls.makings.knows(id));
}

/// The seeded environments are worlds as well, with what can be known of them.
#[tokio::test]
async fn an_environment_that_was_not_made_here_is_told_as_far_as_it_is_known() {
    let server = TestApp::inside().await;
    let told = call(&server, Method::GET, &format!("/worlds/{}", dev::ENVIRONMENT), None).await.expect(200);
    let shared = dev::SHARED_WEB_APPLICATION.to_string();
    let applications = told["applications"].as_array().unwrap();
    let shared = applications.iter().find(|one| one["id"] == shared).unwrap();
    assert_eq!(shared["clientSecret"], dev::SHARED_WEB_SECRET);
    assert_eq!(told["users"][0]["password"], dev::PASSWORD);
    let administrators = format!("/worlds/{}", dev::ADMIN_ENVIRONMENT);
    let told = call(&server, Method::GET, &administrators, None).await.expect(200);
    assert_eq!(told["worker"]["clientSecret"], dev::ADMIN_SECRET);
    assert_eq!(call(&server, Method::DELETE, &administrators, None).await.expect(409)["error"], "conflict");
    let elsewhere = call(&server, Method::GET, "/worlds/11111111-1111-4111-8111-111111111111", None).await;
    elsewhere.expect(404);
}

/// A password that was changed is not told any more.
#[tokio::test]
async fn a_changed_password_is_not_told() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let user = text(&world.told["users"][0]["id"]);
    let request = server
        .request(Method::PUT, &format!("/v1/environments/{}/users/{user}/password", world.id()))
        .bearer_auth(world.worker_token().await)
        .header("content-type", "application/vnd.pingidentity.password.set+json")
        .body(json!({ "value": "Another-2026-secret!" }).to_string());
    let changed = server.send(request).await;
    assert!(changed.status < 300, "{}", changed.text);
    let told = world.control(Method::GET, "", None).await.expect(200);
    assert!(told["users"][0].get("password").is_none(), "{told}");
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_refused_with_its_place() {
    let server = TestApp::inside().await;
    for (body, at) in [
        (json!({ "nme": "x" }), "nme"),
        (json!({ "name": 1 }), "name"),
        (json!({ "name": "x".repeat(257) }), "name"),
        (json!({ "seed": [] }), "seed"),
        (json!({ "clock": { "frozen": 1 } }), "clock.frozen"),
    ] {
        let answer = call(&server, Method::POST, "/worlds", Some(&body)).await;
        assert_eq!((answer.status, answer.body["at"].as_str()), (400, Some(at)), "{}", answer.text);
    }
    made(&server, &json!({ "name": "Mine" })).await;
    let again = call(&server, Method::POST, "/worlds", Some(&json!({ "name": "mine" }))).await.expect(409);
    assert_eq!(again["error"], "conflict");
}

/// Who sent a secret as the name of a member does not get it back; and a world is named where its id belongs, nowhere else.
#[tokio::test]
async fn what_is_named_in_the_wrong_place_is_told_without_it() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let secret = "vO8kP2xT5qRwYzA3bC6dEfGhIjKlMnOpQrStUvWxY";
    let refused = call(&server, Method::POST, "/worlds", Some(&json!({ secret: 1 }))).await;
    assert!(refused.status == 400 && !refused.text.contains(secret), "{}", refused.text);
    let path = format!("/worlds/nowhere/snapshots/{}/restore", world.id());
    let missing = call(&server, Method::POST, &path, None).await.expect(404);
    assert!(missing["message"].as_str().unwrap().contains("named by the id"), "{missing}");
}

/// 1,000 worlds, many of them wanted at the same time.
#[expect(clippy::print_stdout, reason = "how long it takes is told")]
#[tokio::test(flavor = "multi_thread")]
async fn many_worlds_are_made_at_once() {
    let server = Arc::new(TestApp::inside().await);
    let count = if server.app.store.dialect().name() == "sqlite" { 1000 } else { 100 };
    let begun = Instant::now();
    let mut ids = BTreeSet::new();
    for _ in 0..count / 50 {
        let mut some = JoinSet::new();
        for _ in 0..50 {
            let server = server.clone();
            some.spawn(async move { make(&server).await.id().to_owned() });
        }
        ids.extend(some.join_all().await);
    }
    println!("{count} worlds in {:?}", begun.elapsed());
    assert_eq!(ids.len(), count);
}

/// The controls are of a developer's server alone.
/// Whoever asks for what is not there, or for more than there is, is told in one shape, wherever it was found out.
#[tokio::test]
async fn every_refusal_has_one_shape() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let own = format!("/worlds/{}", world.id());
    for (method, path, status, at) in [
        (Method::GET, String::new(), 404, None),
        (Method::GET, "/".to_owned(), 404, None),
        (Method::GET, "/nothing".to_owned(), 404, None),
        (Method::GET, format!("{own}/nothing"), 404, None),
        (Method::GET, "/worlds/%2e%2e".to_owned(), 404, None),
        (Method::GET, "/worlds//x".to_owned(), 404, None),
        (Method::PATCH, "/worlds".to_owned(), 405, None),
        (Method::GET, "/worlds?name=x".to_owned(), 400, Some("name")),
        (Method::GET, format!("{own}?name=x"), 400, Some("name")),
        (Method::PUT, format!("{own}/clock?advance=60"), 400, Some("advance")),
        (Method::POST, format!("{own}/expire?what=codes"), 400, Some("what")),
        (Method::DELETE, format!("{own}/requests?status=500"), 400, Some("status")),
        (Method::GET, format!("{own}/requests?state=500"), 400, Some("state")),
    ] {
        let answer = call(&server, method.clone(), &path, None).await;
        assert_eq!(answer.status, status, "{method} {path} {}", answer.text);
        assert_eq!(answer.body["at"].as_str(), at, "{method} {path} {}", answer.text);
        let members = answer.body.as_object().unwrap();
        assert_eq!(members.len(), 2 + usize::from(at.is_some()), "{method} {path} {}", answer.text);
        assert!(members["error"].is_string() && members["message"].is_string(), "{method} {path} {}", answer.text);
    }
}

#[tokio::test]
async fn another_server_has_no_worlds() {
    let server = TestApp::build().world(testkit::World::Empty).start().await;
    let answer = call(&server, Method::POST, "/worlds", Some(&json!({}))).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    assert!(answer.body["error"].is_null(), "{}", answer.text);
}
