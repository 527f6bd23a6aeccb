//! New signing keys of a world, at once.

use engine::bootstrap::dev;
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp, each_store};

async fn rotate(server: &TestApp, body: &Value) -> Answer {
    server.send(Request::post(format!("/dev/v1/worlds/{SANDBOX}/keys")).json(body)).await
}

async fn published(server: &TestApp) -> Vec<String> {
    let set = server.get(&server.at("jwks")).await.body;
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
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
