//! What an application chooses to be signed with: its ID tokens and userinfo, with a key of each kind that the environment publishes
//! and rotates (OIDC Core §2, §5.3.2, §10.1.1; OIDC Registration §2).

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use engine::bootstrap::dev;
use engine::rotation::{self, Line};
use jose::{Alg, Compact, Jwks, SigningKey, VerifyingKey};
use protocol::id::EnvironmentId;
use protocol::model::KeyStatus;
use protocol::scope::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, SANDBOX, TestApp, claims, each_store};

fn header(token: &str) -> Value {
    serde_json::from_slice(&jose::b64::decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

fn alg_of(token: &str) -> String {
    header(token)["alg"].as_str().unwrap().to_owned()
}

async fn jwks(server: &TestApp) -> Jwks {
    Jwks::parse(server.get(&server.at("jwks")).await.text.as_bytes()).unwrap()
}

/// Whether the token verifies under the key set as its header says.
fn verifies(keys: &Jwks, token: &str) -> bool {
    let compact = Compact::parse(token).unwrap();
    let Some(jwk) = keys.find(compact.kid(), compact.alg()) else { return false };
    let key = VerifyingKey::from_jwk(jwk, compact.alg()).unwrap();
    assert_eq!(jwk.alg(), Some(compact.alg()), "a key says what it is for");
    compact.verify(&key).is_ok()
}

async fn choose(server: &TestApp, members: Value) {
    server.change(dev::SHARED_WEB_APPLICATION, members).await;
}

async fn tokens(server: &TestApp) -> Answer {
    let scope = Scope::parse("openid profile email").unwrap();
    server.exchange(&server.code(|code| code.authorization.scope = scope).await).await
}

/// The left half of the hash that the algorithm has in itself, base64url-encoded (OIDC Core §3.1.3.6; EdDSA: SHA-512).
fn half_hash(alg: Alg, text: &str) -> String {
    let hash = match alg.name() {
        "RS256" | "PS256" | "ES256" => digest(&SHA256, text.as_bytes()),
        "RS384" | "PS384" | "ES384" => digest(&SHA384, text.as_bytes()),
        _ => digest(&SHA512, text.as_bytes()),
    };
    jose::b64::encode(&hash.as_ref()[..hash.as_ref().len() / 2])
}

/// Whatever discovery names may be chosen, has a key of its own from that moment on, and signs what it was chosen for and nothing else.
/// UI-09: what userinfo signs names who made it and for whom, and passes for nothing else.
#[tokio::test]
async fn every_algorithm_that_is_advertised_signs_for_who_chooses_it() {
    let server = TestApp::start().await;
    let metadata = server.get(&server.at(".well-known/openid-configuration")).await.expect(200);
    let advertised = metadata["id_token_signing_alg_values_supported"].as_array().unwrap().clone();
    assert_eq!(metadata["userinfo_signing_alg_values_supported"], json!(advertised));
    assert_eq!(advertised.len(), Alg::ASYMMETRIC.len());
    for alg in Alg::ASYMMETRIC {
        assert!(advertised.contains(&json!(alg.name())), "{alg}");
        choose(&server, json!({ "idTokenSignedResponseAlg": alg.name(), "userInfoSignedResponseAlg": alg.name() }))
            .await;
        let (keys, tokens) = (jwks(&server).await, tokens(&server).await);
        let (access, identity) = (tokens.text_of("access_token"), tokens.text_of("id_token"));
        assert_eq!((alg_of(&access).as_str(), alg_of(&identity).as_str()), ("RS256", alg.name()));
        assert!(verifies(&keys, &identity) && verifies(&keys, &access), "{alg}");
        let said = claims(&identity);
        if alg.name().starts_with("ML-DSA") {
            // Nobody has said what its hash is.
            assert_eq!((said.get("at_hash"), said["azp"].as_str()), (None, said["aud"].as_str()), "{alg}");
        } else {
            assert_eq!(said["at_hash"], half_hash(*alg, &access), "{alg}");
        }
        let told = server.get_with(&server.at("userinfo"), &access).await;
        assert_eq!((told.status, told.header("content-type")), (200, "application/jwt"), "{alg}: {}", told.text);
        assert!(verifies(&keys, &told.text), "{alg}");
        // OIDC Core §5.3.2: for this client, from this issuer; with a type, and without what a token must have.
        assert_eq!(header(&told.text)["typ"], "JWT");
        let said = claims(&told.text);
        assert_eq!((said.get("exp"), said.get("jti"), said.get("nonce")), (None, None, None));
        assert_eq!(said["iss"], server.app.site(SANDBOX).issuer);
        assert_eq!(said["aud"], dev::SHARED_WEB_APPLICATION.to_string());
        assert_eq!((&said["sub"], &said["email"]), (&claims(&identity)["sub"], &json!("jane.doe@example.com")));
        // It is no access token and no hint.
        assert_eq!(server.get_with(&server.at("userinfo"), &told.text).await.status, 401);
        let left = server.browser().submit(&server.at("signoff"), &[("id_token_hint", &told.text)]).await;
        assert_eq!(left.status, 400);
    }
    // Whoever goes back is sent what everybody is.
    choose(&server, json!({ "idTokenSignedResponseAlg": null, "userInfoSignedResponseAlg": null })).await;
    let tokens = tokens(&server).await;
    assert_eq!(alg_of(tokens.member("id_token")), "RS256");
    let told = server.get_with(&server.at("userinfo"), tokens.member("access_token")).await;
    assert_eq!(told.header("content-type"), "application/json");
}

/// CR-13: no algorithm is none, nor one that needs a secret, nor one that nobody knows.
#[tokio::test]
async fn what_has_no_key_pair_cannot_be_chosen() {
    let server = TestApp::start().await;
    let path = format!("/environments/{SANDBOX}/applications/{}", dev::SHARED_WEB_APPLICATION);
    let before = jwks(&server).await.keys().len();
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    for name in ["idTokenSignedResponseAlg", "userInfoSignedResponseAlg"] {
        for alg in ["none", "NONE", "HS256", "HS512", "es256", "ES256K", "RS1", ""] {
            body[name] = json!(alg);
            let refused = server.manage(Method::PUT, &path, Some(&body)).await.expect(400);
            assert_eq!(refused["details"][0]["target"], name, "{alg}: {refused}");
        }
        body[name] = Value::Null;
    }
    assert_eq!(jwks(&server).await.keys().len(), before, "what is refused makes no key");
}

/// A key is made once, however many applications choose its algorithm, and however many times.
#[tokio::test]
async fn a_kind_of_key_is_made_once() {
    each_store(|server| async move {
        for application in [dev::SHARED_WEB_APPLICATION, dev::BASIC_WEB_APPLICATION, dev::SHARED_WEB_APPLICATION] {
            server.change(application, json!({ "idTokenSignedResponseAlg": "PS256" })).await;
        }
        // The environment's own does for its algorithm.
        server.change(dev::BASIC_WEB_APPLICATION, json!({ "idTokenSignedResponseAlg": "RS256" })).await;
        let algs: Vec<_> = jwks(&server).await.keys().iter().map(|key| key.alg().unwrap().name()).collect();
        assert_eq!(algs, ["RS256", "PS256"]);
    })
    .await;
}

/// Every kind rotates by itself, published before it signs and after it stopped: a verifier that keeps the key set as long as it may
/// meets no token whose key it does not know (MD-06). The environment's own goes to another algorithm meanwhile, and whoever chose the
/// one before is sent it as before.
#[tokio::test]
async fn each_kind_rotates_with_overlap() {
    each_store(|server| async move {
        choose(&server, json!({ "idTokenSignedResponseAlg": "EdDSA" })).await;
        server.change(dev::BASIC_WEB_APPLICATION, json!({ "idTokenSignedResponseAlg": "RS256" })).await;
        let mut kept = (jwks(&server).await, server.now().secs() + 300);
        let (mut kids, mut access_algs) = (BTreeSet::new(), BTreeSet::new());
        for minute in 0..40 {
            if minute == 2 {
                rotation::rotate(&server.app, SANDBOX, Line::Chosen(Alg::EdDsa), false).await.unwrap();
                let again = rotation::rotate(&server.app, SANDBOX, Line::Chosen(Alg::EdDsa), false).await;
                assert!(again.is_err(), "one waits already");
                rotation::rotate(&server.app, SANDBOX, Line::Own(Some(Alg::Es384)), false).await.unwrap();
                server.app.forget(SANDBOX);
            }
            server.wait(61);
            rotation::finish_due(&server.app).await.unwrap();
            server.app.forget(SANDBOX);
            if server.now().secs() >= kept.1 {
                kept = (jwks(&server).await, server.now().secs() + 300);
            }
            let tokens = tokens(&server).await;
            for token in [tokens.member("access_token"), tokens.member("id_token")] {
                assert!(verifies(&kept.0, token), "{minute}: {}", header(token));
            }
            assert_eq!(alg_of(tokens.member("id_token")), "EdDSA");
            kids.insert(header(tokens.member("id_token"))["kid"].to_string());
            access_algs.insert(alg_of(tokens.member("access_token")));
        }
        assert_eq!(
            (kids.len(), access_algs.into_iter().collect::<Vec<_>>()),
            (2, vec!["ES384".into(), "RS256".into()])
        );
        // The environment left RS256, and whoever chose it did not.
        choose(&server, json!({ "idTokenSignedResponseAlg": "RS256" })).await;
        let identity = tokens(&server).await.text_of("id_token");
        assert_eq!(alg_of(&identity), "RS256");
        assert!(verifies(&kept.0, &identity), "its key was published when the rotation began");
    })
    .await;
}

/// The key of the environment that leaked is gone at once, also for whoever chose its algorithm.
#[tokio::test]
async fn a_leaked_key_signs_for_nobody() {
    each_store(|server| async move {
        choose(&server, json!({ "idTokenSignedResponseAlg": "RS256" })).await;
        let leaked = header(tokens(&server).await.member("id_token"))["kid"].clone();
        rotation::rotate(&server.app, SANDBOX, Line::Own(Some(Alg::Es256)), true).await.unwrap();
        server.app.forget(SANDBOX);
        let tokens = tokens(&server).await;
        let (access, identity) = (header(tokens.member("access_token")), header(tokens.member("id_token")));
        assert_eq!((&access["alg"], &identity["alg"]), (&json!("ES256"), &json!("RS256")));
        assert_ne!(identity["kid"], leaked);
        assert!(verifies(&jwks(&server).await, tokens.member("id_token")));
    })
    .await;
}

/// Of those who choose an algorithm at the same moment one brings its key, and all are given it.
#[tokio::test]
async fn an_algorithm_that_many_choose_at_once_has_one_key() {
    each_store(|server| async move {
        let path = format!("/environments/{SANDBOX}/applications");
        let bodies: Vec<Value> = (0..8)
            .map(|number| {
                json!({
                    "name": format!("Chooser {number}"), "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT",
                    "grantTypes": ["AUTHORIZATION_CODE"], "responseTypes": ["CODE"], "redirectUris": [dev::REDIRECT_URI],
                    "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "idTokenSignedResponseAlg": "ES384",
                })
            })
            .collect();
        let making = bodies.iter().map(|body| server.manage(Method::POST, &path, Some(body)));
        for answer in crate::flow::join_all(making).await {
            assert_eq!(answer.status, 201, "{}", answer.text);
        }
        let keys = server.app.store.keys(SANDBOX).await.unwrap();
        assert_eq!(keys.iter().filter(|key| key.alg == Alg::Es384).count(), 1);
    })
    .await;
}

/// KD-02, KD-04: a key that was chosen is a key of its environment and of no other, and signs nothing after its retirement.
#[tokio::test]
async fn a_chosen_key_is_its_environments_until_it_retires() {
    let server = TestApp::start().await;
    choose(&server, json!({ "idTokenSignedResponseAlg": "ES256" })).await;
    let access = tokens(&server).await.text_of("access_token");
    let chosen = async |status: KeyStatus| {
        let records = server.app.store.keys(SANDBOX).await.unwrap();
        let record = records.iter().find(|key| key.chosen && key.status == status).unwrap();
        engine::keys::unseal(record, server.app.seal()).unwrap()
    };
    let issued_at = |token: &str, key: &SigningKey, at: i64| {
        let mut claims = claims(token);
        claims["iat"] = json!(at);
        key.sign(None, claims.to_string().as_bytes()).unwrap()
    };
    let opens = async |token: &str| server.get_with(&server.at("userinfo"), token).await.status == 200;
    let key = chosen(KeyStatus::Active).await;
    let now = server.now().secs();
    assert!(opens(&issued_at(&access, &key, now)).await, "nothing else is wrong with it");
    // KD-02: the same of a token of the administrators' environment, with the name of a key of this one.
    let admin = issued_at(&server.worker_token().await, &key, now);
    let answer = server.send(server.request(Method::GET, "/v1/environments").bearer_auth(&admin)).await;
    assert_eq!(answer.status, 401);
    // KD-04
    rotation::rotate(&server.app, SANDBOX, Line::Chosen(Alg::Es256), true).await.unwrap();
    server.app.forget(SANDBOX);
    server.wait(120);
    let retired = chosen(KeyStatus::Retired).await;
    assert_eq!(retired.kid(), key.kid());
    assert!(opens(&issued_at(&access, &retired, now)).await, "what it signed before");
    assert!(!opens(&issued_at(&access, &retired, server.now().secs())).await);
    assert!(opens(&issued_at(&access, &chosen(KeyStatus::Active).await, server.now().secs())).await);
    let elsewhere: EnvironmentId = dev::ADMIN_ENVIRONMENT.into();
    assert!(server.app.store.keys(elsewhere).await.unwrap().iter().all(|key| !key.chosen));
}
