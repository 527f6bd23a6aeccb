//! A proof is shown once, whoever shows it where how often (RFC 9449 §11.1).

use std::sync::Arc;

use engine::bootstrap::dev;
use jose::Alg;
use protocol::id::EnvironmentId;
use protocol::refusal::Reason;
use protocol::secret::{Artefact, TokenHash};
use testkit::{FakeWorld, Holder, Request, each_store, shared};
use tokio::task::JoinSet;

use super::{PLACES, Place, Scene, beside, code, exchange};

/// DP-07: again, and again on a process that was started anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_is_shown_once_on_all_processes() {
    each_store(|server| async move {
        let mut scene = Scene::over(&server, FakeWorld::new(0)).await;
        let mut proofs = Vec::new();
        for place in PLACES {
            let proof = scene.good(place);
            assert_eq!(scene.show(place, &[&proof]).await.status, 200, "{place:?}");
            scene.refuses(place, &[&proof], Reason::DpopProofUsed).await;
            proofs.push((place, proof));
        }
        // The same name under another key is another proof.
        let other = Holder::new(Alg::Es256);
        let same =
            other.sign(&other.header(), &scene.holder.claims(&scene.server, "POST", &scene.url(Place::Token), None));
        assert_eq!(scene.show(Place::Token, &[&same]).await.status, 200);
        scene.server = beside(&server, FakeWorld::new(1)).await;
        for (place, proof) in proofs {
            scene.refuses(place, &[&proof], Reason::DpopProofUsed).await;
            assert_eq!(scene.show(place, &[&scene.good(place)]).await.status, 200, "{place:?}");
        }
    })
    .await;
}

/// DP-07: a hundred at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_show_one_proof_at_once_one_is_answered() {
    each_store(|server| async move {
        let scene = Arc::new(Scene::on(server).await);
        for place in PLACES {
            let proof = scene.good(place);
            let mut tries = JoinSet::new();
            for _ in 0..100 {
                let (scene, proof) = (scene.clone(), proof.clone());
                tries.spawn(async move { scene.show(place, &[&proof]).await });
            }
            let (given, refused): (Vec<_>, Vec<_>) =
                tries.join_all().await.into_iter().partition(|answer| answer.status == 200);
            assert_eq!((given.len(), refused.len()), (1, 99), "{place:?}");
            // Of so many refusals of nobody not each has a row (F8).
            for answer in refused {
                let told = if place == Place::Management { answer.header("www-authenticate") } else { &*answer.text };
                assert!(told.contains("invalid_dpop_proof"), "{place:?}: {answer:?}");
            }
        }
    })
    .await;
}

/// DP-07: of many codes with one proof one is exchanged; the others are as good as they were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_proof_exchanges_one_code() {
    each_store(|server| async move {
        let (server, holder) = (Arc::new(server), Holder::new(Alg::Es256));
        let path = server.at("token");
        let proof = holder.proof(&server, "POST", &server.url(&path), None);
        let mut codes = Vec::new();
        for _ in 0..20 {
            codes.push(code(&server).await);
        }
        let mut tries = JoinSet::new();
        for code in codes.clone() {
            let (server, path, proof) = (server.clone(), path.clone(), proof.clone());
            tries.spawn(async move {
                let request = Request::form(&path).header("dpop", proof).body(exchange(&code, &shared()));
                (code, server.send(request).await)
            });
        }
        let answers = tries.join_all().await;
        assert_eq!(answers.iter().filter(|(_, answer)| answer.status == 200).count(), 1);
        for (code, answer) in answers.iter().filter(|(_, answer)| answer.status != 200) {
            answer.is_refused(400, "invalid_dpop_proof");
            let again = holder.ask(&server, &path, &exchange(code, &shared())).await;
            assert_eq!(again.status, 200, "{again:?}");
        }
    })
    .await;
}

/// DP-15: what is remembered goes an hour after it could be shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_remembered_goes() {
    each_store(|server| async move {
        let scene = Scene::on(server).await;
        let (server, environment) = (&scene.server, EnvironmentId::new(dev::ADMIN_ENVIRONMENT));
        let claims = scene.claims(Place::Token);
        let jti = claims["jti"].as_str().unwrap();
        let known = format!("{} {} {jti}", scene.holder.jkt(), scene.url(Place::Token));
        let hash = TokenHash::of(Artefact::DpopProof, &known);
        let used = async || server.app.store.proof_used(environment, hash).await.unwrap();
        assert!(!used().await);
        let proof = scene.holder.sign(&scene.holder.header(), &claims);
        assert_eq!(scene.show(Place::Token, &[&proof]).await.status, 200);
        for (seconds, kept) in [(3_660, true), (3, false)] {
            assert!(used().await);
            server.wait(seconds);
            server.base.store.purge(server.now(), server.now()).await.unwrap();
            assert_eq!(used().await, kept, "{seconds}");
        }
        // By then its time is over.
        scene.refuses(Place::Token, &[&proof], Reason::DpopProofInvalid).await;
    })
    .await;
}
