//! The nonce that says when a proof was made (RFC 9449 §8, §9).

use engine::bootstrap::dev;
use protocol::refusal::Reason;
use serde_json::json;
use testkit::{FakeWorld, TestApp, each_store};

use super::{PLACES, Place, Scene, beside};

/// An administrator says whether an environment's proofs need a nonce.
pub(super) async fn require(server: &TestApp, environment: uuid::Uuid, required: bool) {
    let path = format!("/environments/{environment}");
    let mut body = server.manage("GET".parse().unwrap(), &path, None).await.expect(200);
    body["dpopNonceRequired"] = json!(required);
    let written = server.manage("PUT".parse().unwrap(), &path, Some(&body)).await.expect(200);
    assert_eq!(written.get("dpopNonceRequired"), required.then_some(&json!(true)));
}

/// A proof with this nonce.
fn with(scene: &Scene, place: Place, nonce: &str) -> String {
    let mut claims = scene.claims(place);
    claims["nonce"] = json!(nonce);
    scene.holder.sign(&scene.holder.header(), &claims)
}

/// DP-09: none, an old one, another environment's, and one that nobody gave.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_has_the_nonce_of_the_server_where_it_asks_for_one() {
    each_store(|server| async move {
        let mut scene = Scene::over(&server, FakeWorld::new(0)).await;
        assert!(scene.show(Place::Token, &[&scene.good(Place::Token)]).await.header("dpop-nonce").is_empty());
        for environment in [dev::ENVIRONMENT, dev::ADMIN_ENVIRONMENT] {
            require(&scene.server, environment, true).await;
        }
        let mut given = Vec::new();
        for place in PLACES {
            let asked = scene.show(place, &[&scene.good(place)]).await;
            let refused = scene.is_refused(place, &asked, Reason::DpopNonceRequired).await;
            assert_eq!(refused.came, "nonce: none");
            let nonce = asked.header("dpop-nonce").to_owned();
            assert!((16..=128).contains(&nonce.len()), "{nonce}");
            let answer = scene.show(place, &[&with(&scene, place, &nonce)]).await;
            assert_eq!((answer.status, answer.header("dpop-nonce")), (200, &*nonce), "{place:?}: {answer:?}");
            given.push(nonce);
        }
        assert_eq!(given[0], given[2], "of one environment");
        assert_ne!(given[0], given[1], "of another one");
        for (place, nonce) in PLACES.into_iter().zip(&given) {
            for foreign in given.iter().filter(|other| *other != nonce).map(String::as_str).chain(["", "x"]) {
                let refused = scene.refuses(place, &[&with(&scene, place, foreign)], Reason::DpopNonceRequired).await;
                assert!(refused.came.contains("older"), "{refused:?}");
            }
            // What else is wrong is told first: another nonce would mend nothing.
            let mut claims = scene.claims(place);
            claims["htm"] = json!("PUT");
            let proof = scene.holder.sign(&scene.holder.header(), &claims);
            scene.refuses(place, &[&proof], Reason::DpopProofInvalid).await;
        }
        // Whoever shows no proof is asked for none.
        assert!(!scene.server.worker_token().await.is_empty());
        // The next one is given out in time, on every process; the one before is still good.
        scene.server.wait(120);
        let clock = FakeWorld::new(1);
        clock.advance(scene.server.now().secs() - FakeWorld::BEGIN.secs());
        scene.server = beside(&server, clock).await;
        for (place, nonce) in PLACES.into_iter().zip(&given) {
            let answer = scene.show(place, &[&with(&scene, place, nonce)]).await;
            assert_eq!(answer.status, 200, "{place:?}: {answer:?}");
            assert_ne!(answer.header("dpop-nonce"), nonce, "{place:?}");
        }
        scene.server.wait(120);
        for (place, nonce) in PLACES.into_iter().zip(&given) {
            scene.refuses(place, &[&with(&scene, place, nonce)], Reason::DpopNonceRequired).await;
        }
        require(&scene.server, dev::ADMIN_ENVIRONMENT, false).await;
        assert_eq!(scene.show(Place::Token, &[&scene.good(Place::Token)]).await.status, 200);
    })
    .await;
}
