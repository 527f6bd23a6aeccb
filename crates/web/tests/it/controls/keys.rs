//! New signing keys of a world, at once.

use std::sync::Arc;

use engine::bootstrap::dev;
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp, each_store};
use tokio::task::JoinSet;

async fn rotate(server: &TestApp, body: &Value) -> Answer {
    server.send(Request::post(format!("/dev/v1/worlds/{SANDBOX}/keys")).json(body)).await
}

async fn published(server: &TestApp) -> Vec<String> {
    let set = server.get(&server.at("jwks")).await.body;
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn mint(server: &TestApp, algorithm: &str) -> Answer {
    let body = json!({ "kind": "access", "algorithm": algorithm });
    server.send(Request::post(format!("/dev/v1/worlds/{SANDBOX}/tokens")).json(&body)).await
}

async fn minted(server: &TestApp) -> Value {
    let body = json!({ "kind": "access", "username": dev::USERNAME });
    server.send(Request::post(format!("/dev/v1/worlds/{SANDBOX}/tokens")).json(&body)).await.expect(201)
}

/// KD-04: the new key signs, the one before stays published, and what it signed is good.
#[tokio::test]
async fn a_new_key_signs_and_the_one_before_stays_published() {
    each_store(|server| async move {
        let before = minted(&server).await;
        for (body, alg) in [(json!({}), "RS256"), (json!({ "algorithm": "ES256" }), "ES256"), (json!({}), "ES256")] {
            let there = published(&server).await;
            let made = rotate(&server, &body).await.expect(201);
            let kid = made["kid"].as_str().unwrap().to_owned();
            let now = minted(&server).await;
            assert_eq!((&now["header"]["kid"], &now["header"]["alg"]), (&json!(kid), &json!(alg)));
            let published = published(&server).await;
            assert!(there.iter().chain([&kid]).all(|kid| published.contains(kid)), "{published:?}");
        }
        let token = before["token"].as_str().unwrap();
        assert_eq!(server.get_with(&server.at("userinfo"), token).await.status, 200);
        let refused = rotate(&server, &json!({ "algorithm": "HS256" })).await;
        assert_eq!((refused.status, refused.member("at")), (400, "algorithm"));
    })
    .await;
}

/// However many want another algorithm at once, one key of it is made, and what is on record tells of that one.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_algorithm_is_made_once() {
    each_store(|server| async move {
        let before = published(&server).await;
        let server = Arc::new(server);
        let mut all = JoinSet::new();
        for _ in 0..12 {
            let server = server.clone();
            all.spawn(async move { mint(&server, "ES256").await.expect(201)["header"]["kid"].clone() });
        }
        let mut kids = all.join_all().await;
        kids.dedup();
        assert_eq!((kids.len(), published(&server).await.len()), (1, before.len() + 1), "{kids:?}");
        let path = format!("/environments/{SANDBOX}/activities?limit=1000");
        server.app.audit.flush().await;
        let told = server.manage(http::Method::GET, &path, None).await.expect(200).to_string();
        assert_eq!(told.matches("KEY.ROTATED").count(), 1, "{told}");
    })
    .await;
}

/// A minted token is no way around the bound.
#[tokio::test]
async fn keys_are_bounded() {
    let server = TestApp::inside().await;
    while published(&server).await.len() < 100 {
        rotate(&server, &json!({ "algorithm": "ES256" })).await.expect(201);
    }
    for answer in [rotate(&server, &json!({})).await, mint(&server, "ES384").await] {
        assert!(answer.status == 409 && answer.text.contains("100 keys"), "{}", answer.text);
    }
    mint(&server, "ES256").await.expect(201);
    assert_eq!(published(&server).await.len(), 100);
}
