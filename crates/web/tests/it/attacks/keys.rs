//! Signing keys: what each endpoint that takes a token makes of forged ones and of retired keys, and how a rotation looks to a
//! verifier (attacks A14).

use engine::bootstrap::dev;
use engine::rotation;
use engine::world::World as _;
use jose::{Alg, Compact, Jwks, SigningKey, VerifyingKey};
use protocol::id::EnvironmentId;
use protocol::model::KeyStatus;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, each_store};

use super::forgery::{forgeries, key_of};
use super::{authorize, claims, exchange, parameters, sign_on};

const SANDBOX: EnvironmentId = EnvironmentId::new(dev::ENVIRONMENT);
const ADMINISTRATORS: EnvironmentId = EnvironmentId::new(dev::ADMIN_ENVIRONMENT);

/// KD-01: at every endpoint that takes an access token.
#[tokio::test]
async fn forged_access_tokens_open_nothing() {
    each_store(|app| async move {
        let good = user_tokens(&app).await.0;
        let (key, foreign) =
            (key_of(&app, SANDBOX, KeyStatus::Active).await, SigningKey::generate(Alg::Rs256).unwrap());
        for (what, forged) in forgeries(&good, &key, &foreign) {
            let told = userinfo(&app, &forged).await;
            assert_eq!((told.status, told.body.get("sub")), (401, None), "{what}: {forged}");
            assert!(told.headers.contains_key("www-authenticate"), "{what}: {forged}");
            assert_eq!(introspect(&app, &forged).await, json!({ "active": false }), "{what}: {forged}");
            // RFC 7009 §2.2: not an error, and not a way to end somebody's token.
            assert_eq!(at_shared(&app, "revoke", &forged).await.status, 200, "{what}: {forged}");
        }
        assert_eq!(introspect(&app, &good).await["active"], true);
        userinfo(&app, &good).await.expect(200);
    })
    .await;
}

/// F20: signed with the server's own key: a time that no reader of JSON need read exactly is none.
#[tokio::test]
async fn no_token_lives_for_ever() {
    each_store(|app| async move {
        let good = user_tokens(&app).await.0;
        let key = key_of(&app, SANDBOX, KeyStatus::Active).await;
        let signed = |exp: Value| {
            let mut body = claims(&good);
            body["exp"] = exp;
            key.sign(Some(jose::Typ::AtJwt), body.to_string().as_bytes()).unwrap()
        };
        let (now, latest) = (app.now().0 / 1_000_000, 9_007_199_254_740_991_i64);
        for exp in [
            json!(1e308),
            json!(9e99),
            json!(1e23),
            json!(u64::MAX),
            json!(latest + 1),
            json!(-1e308),
            json!(now - 3600),
        ] {
            let forged = signed(exp.clone());
            assert_eq!(userinfo(&app, &forged).await.status, 401, "{exp}");
            assert_eq!(introspect(&app, &forged).await, json!({ "active": false }), "{exp}");
        }
        for fraction in ["", ".5"] {
            let exp = serde_json::from_str(&format!("{}{fraction}", now + 60)).unwrap();
            userinfo(&app, &signed(exp)).await.expect(200);
        }
    })
    .await;
}

/// KD-01: at the management API.
#[tokio::test]
async fn forged_tokens_administer_nothing() {
    each_store(|app| async move {
        let good = app.worker_token().await;
        let key = key_of(&app, ADMINISTRATORS, KeyStatus::Active).await;
        // The other key is one that this server publishes too, of another environment.
        let foreign = key_of(&app, SANDBOX, KeyStatus::Active).await;
        for (what, forged) in forgeries(&good, &key, &foreign) {
            assert_eq!(environments(&app, &forged).await, 401, "{what}: {forged}");
        }
        assert_eq!(environments(&app, &good).await, 200);
    })
    .await;
}

/// KD-01: where an ID token is a hint.
#[tokio::test]
async fn forged_hints_say_nothing() {
    let app = TestApp::start().await;
    let good = user_tokens(&app).await.1;
    let (key, foreign) = (key_of(&app, SANDBOX, KeyStatus::Active).await, SigningKey::generate(Alg::Rs256).unwrap());
    let browser = app.browser();
    sign_on(&browser, &authorize(&shared(), &[]), dev::USERNAME).await;
    for (what, forged) in forgeries(&good, &key, &foreign) {
        let asked = browser.get(&authorize(&shared(), &[("id_token_hint", &forged), ("prompt", "none")])).await;
        // A hint of ten thousand characters makes an address that is none.
        if forged.len() < 10_000 {
            assert_eq!(parameters(&asked)["error"], "invalid_request", "{what}: {forged}");
        }
        let left = browser.submit(&app.at("signoff"), &[("id_token_hint", &forged)]).await;
        assert_eq!(left.status, 400, "{what}: {forged}");
    }
    let silent = [("id_token_hint", good.as_str()), ("prompt", "none")];
    assert!(parameters(&browser.get(&authorize(&shared(), &silent)).await).contains_key("code"));
}

/// KD-04: a retired key still verifies what it signed, and nothing that it signs afterwards, at any endpoint.
#[tokio::test]
async fn a_retired_key_signs_nothing_new() {
    each_store(|app| async move {
        let (access, identity) = user_tokens(&app).await;
        let worker = app.worker_token().await;
        for environment in [SANDBOX, ADMINISTRATORS] {
            rotation::rotate(&app.app, environment, rotation::Line::Own(None), true).await.unwrap();
            app.app.forget(environment);
        }
        let retired = key_of(&app, SANDBOX, KeyStatus::Retired).await;
        let retired_admin = key_of(&app, ADMINISTRATORS, KeyStatus::Retired).await;
        app.world.advance(120);
        // What it signed before.
        assert_eq!(introspect(&app, &access).await["active"], true);
        userinfo(&app, &access).await.expect(200);
        assert_eq!(environments(&app, &worker).await, 200);
        let browser = app.browser();
        sign_on(&browser, &authorize(&shared(), &[]), dev::USERNAME).await;
        let hint = async |browser: &testkit::Browser, token: &str| {
            parameters(&browser.get(&authorize(&shared(), &[("id_token_hint", token), ("prompt", "none")])).await)
        };
        assert!(hint(&browser, &identity).await.contains_key("code"));
        // What it signs now: the same tokens, issued at this moment, or at no moment.
        let now = app.world.now().secs();
        for issued_at in [json!(now), json!(now - 30), Value::Null] {
            let forged = reissued(&access, &retired, &issued_at);
            assert_eq!(userinfo(&app, &forged).await.status, 401, "{issued_at}");
            assert_eq!(introspect(&app, &forged).await, json!({ "active": false }), "{issued_at}");
            at_shared(&app, "revoke", &forged).await.expect(200);
            assert_eq!(environments(&app, &reissued(&worker, &retired_admin, &issued_at)).await, 401, "{issued_at}");
            assert_eq!(hint(&browser, &reissued(&identity, &retired, &issued_at)).await["error"], "invalid_request");
        }
        assert_eq!(introspect(&app, &access).await["active"], true, "a forged one does not revoke it");
        // The new key signs the same claims, so nothing else was wrong with them.
        let active = key_of(&app, SANDBOX, KeyStatus::Active).await;
        userinfo(&app, &reissued(&access, &active, &json!(now))).await.expect(200);
    })
    .await;
}

/// MD-06: OIDC Core §10.1.1. A verifier keeps the key set for its max-age and never asks earlier, whatever token it meets; the
/// rotation goes through all its stages meanwhile, to another algorithm.
#[tokio::test]
async fn a_verifier_that_keeps_the_key_set_meets_no_unknown_key() {
    each_store(|app| async move {
        let mut kept = KeptKeys::fetch(&app).await;
        let (mut algorithms, mut sizes) = (std::collections::BTreeSet::new(), Vec::new());
        let mut live: Vec<(String, i64)> = Vec::new();
        for minute in 0..45 * 24 {
            if minute == 3 {
                rotation::rotate(&app.app, ADMINISTRATORS, rotation::Line::Own(Some(Alg::Es256)), false).await.unwrap();
                app.app.forget(ADMINISTRATORS);
            }
            // Minutes while the rotation is under way, hours afterwards, until the old key is gone.
            app.world.advance(if minute < 60 { 61 } else { 3600 });
            let now = app.world.now().secs();
            if now >= kept.until {
                kept = KeptKeys::fetch(&app).await;
                sizes.push(kept.keys.keys().len());
            }
            live.retain(|(_, expires)| *expires > now);
            // Tokens are asked for while the keys change.
            let token = || app.worker_token();
            let (done, a, b, c, d) = tokio::join!(rotation::finish_due(&app.app), token(), token(), token(), token());
            done.unwrap();
            live.extend([a, b, c, d].map(|token| (token, now + 3600)));
            for (token, _) in &live {
                algorithms.insert(kept.verify(token).name());
            }
        }
        assert_eq!(algorithms.into_iter().collect::<Vec<_>>(), ["ES256", "RS256"], "both keys signed");
        sizes.dedup();
        assert_eq!(sizes, [2, 1], "the new key was published, and the old one went");
    })
    .await;
}

/// The key set of the administrators' environment as a careful verifier has it.
struct KeptKeys {
    keys: Jwks,
    until: i64,
}

impl KeptKeys {
    async fn fetch(app: &TestApp) -> Self {
        let answer = app.get(&format!("/{}/as/jwks", dev::ADMIN_ENVIRONMENT)).await;
        let age: i64 = answer.header("cache-control").rsplit_once("max-age=").unwrap().1.parse().unwrap();
        Self { keys: Jwks::parse(answer.text.as_bytes()).unwrap(), until: app.world.now().secs() + age }
    }

    fn verify(&self, token: &str) -> Alg {
        let compact = Compact::parse(token).unwrap();
        let alg = compact.alg();
        let jwk = self.keys.find(compact.kid(), alg);
        assert!(jwk.is_some(), "the key set that is kept lacks {:?}", compact.kid());
        compact.verify(&VerifyingKey::from_jwk(jwk.unwrap(), alg).unwrap()).unwrap();
        alg
    }
}

/// The claims of a token, issued at another moment and signed by `key`.
fn reissued(token: &str, key: &SigningKey, issued_at: &Value) -> String {
    let mut claims = claims(token);
    claims["iat"] = issued_at.clone();
    if issued_at.is_null() {
        claims.as_object_mut().unwrap().remove("iat");
    }
    key.sign(None, claims.to_string().as_bytes()).unwrap()
}

/// An access token and an ID token of the seeded user.
pub(super) async fn user_tokens(app: &TestApp) -> (String, String) {
    let response = sign_on(&app.browser(), &authorize(&shared(), &[("scope", "openid")]), dev::USERNAME).await;
    let answer = exchange(app, &response["code"], &[("redirect_uri", dev::REDIRECT_URI)]).await;
    (answer.member("access_token").to_owned(), answer.member("id_token").to_owned())
}

pub(super) async fn userinfo(app: &TestApp, token: &str) -> Answer {
    app.send(app.request(Method::GET, &app.at("userinfo")).header("authorization", bearer(token))).await
}

pub(super) async fn environments(app: &TestApp, token: &str) -> u16 {
    app.send(app.request(Method::GET, "/v1/environments").header("authorization", bearer(token))).await.status
}

/// Header values cannot hold a line break; what a client would send in its place is as wrong.
fn bearer(token: &str) -> String {
    format!("Bearer {}", token.replace('\n', " "))
}

pub(super) async fn introspect(app: &TestApp, token: &str) -> Value {
    at_shared(app, "introspect", token).await.expect(200)
}

/// The shared web application sends a token to an endpoint.
async fn at_shared(app: &TestApp, endpoint: &str, token: &str) -> Answer {
    let client = shared();
    app.form(&app.at(endpoint), &[("token", token), ("client_id", &client), ("client_secret", dev::SHARED_WEB_SECRET)])
        .await
}

pub(super) fn shared() -> String {
    dev::SHARED_WEB_APPLICATION.to_string()
}
