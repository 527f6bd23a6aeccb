//! Client authentication by signed assertions over HTTP (RFC 7523 §2.2, §3; RFC 10070): whose, for whom, how long, and once.

use std::sync::Arc;

use engine::bootstrap::dev;
use engine::fetch::Outbound;
use jose::{Alg, SigningKey, Typ, sign_with_secret};
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, FakeWorld, SANDBOX, Start, TestApp, each_store};
use tokio::task::JoinSet;
use web::layers::rate::FailureLimits;

use super::{is_proven, reason};

pub(super) const KEYS: &str = "https://client.example/keys";
const ENDPOINTS: [&str; 4] = ["token", "introspect", "revoke", "par"];

pub(crate) fn set(keys: &[&SigningKey]) -> String {
    json!({ "keys": keys.iter().map(|key| key.public().to_json()).collect::<Vec<_>>() }).to_string()
}

/// The claims of a good assertion, under this `jti`.
pub(crate) fn good(server: &TestApp, jti: &str) -> Value {
    let (id, now) = (dev::SHARED_WEB_APPLICATION.to_string(), server.now().secs());
    let issuer = server.app.site(SANDBOX).issuer;
    json!({ "iss": id, "sub": id, "aud": issuer, "exp": now + 60, "iat": now, "jti": jti })
}

pub(crate) fn form(key: &SigningKey, claims: &Value) -> String {
    sent(&key.sign(Some(Typ::ClientAuthenticationJwt), claims.to_string().as_bytes()).unwrap())
}

/// With a MAC under the shared web application's secret.
pub(crate) fn mac(claims: &Value) -> String {
    let secret = dev::SHARED_WEB_SECRET.as_bytes();
    sent(&sign_with_secret(Alg::Hs256, secret, None, claims.to_string().as_bytes()).unwrap())
}

fn sent(assertion: &str) -> String {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    format!("client_assertion_type={kind}&client_assertion={assertion}")
}

async fn with_key(alg: Alg) -> (TestApp, SigningKey) {
    with_key_on(TestApp::build().strict(), alg).await
}

pub(super) async fn with_key_on(build: Start, alg: Alg) -> (TestApp, SigningKey) {
    let (server, key) = (build.start().await, SigningKey::generate(alg).unwrap());
    let members = json!({
        "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwks": set(&[&key]), "assertionAudience": "ISSUER",
    });
    server.change(dev::SHARED_WEB_APPLICATION, members).await;
    (server, key)
}

/// The application holds no client credentials: whoever is told so has proven who it is.
pub(super) async fn ask(server: &TestApp, endpoint: &str, form: &str) -> Answer {
    server.encoded(&server.at(endpoint), &format!("grant_type=client_credentials&token=none&{form}")).await
}

/// CJ-01, CJ-12
#[tokio::test]
async fn an_assertion_proves_its_client_once_wherever_it_is_shown() {
    let (server, key) = with_key(Alg::Es256).await;
    for (n, endpoint) in ENDPOINTS.into_iter().enumerate() {
        let form = form(&key, &good(&server, &format!("once-{n}")));
        is_proven(endpoint, &ask(&server, endpoint, &form).await);
        // A refusal used it up as well, and at every endpoint.
        for again in ENDPOINTS {
            let answer = ask(&server, again, &form).await;
            answer.is_refused(401, "invalid_client");
            assert_eq!(reason(&server, &answer).await, Reason::AssertionUsed, "{endpoint}, then {again}");
        }
    }
}

/// CJ-12: two processes on one database are one server, and so is one that was started anew.
#[tokio::test]
async fn an_assertion_is_used_once_on_all_processes() {
    let (server, key) = with_key(Alg::EdDsa).await;
    let beside = |seed| {
        let build = TestApp::build().strict().clock(FakeWorld::new(seed));
        build.over(server.base.store.clone()).again().start()
    };
    let other = beside(1).await;
    for endpoint in ENDPOINTS {
        let form = form(&key, &good(&server, endpoint));
        let (here, there) = (|| ask(&server, endpoint, &form), || ask(&other, endpoint, &form));
        let (a, b, c, d) = tokio::join!(here(), there(), there(), here());
        let answers = [a, b, c, d];
        let (refused, given): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 401);
        assert_eq!((given.len(), refused.len()), (1, 3), "{endpoint}");
        is_proven(endpoint, given[0]);
        ask(&beside(2).await, endpoint, &form).await.is_refused(401, "invalid_client");
    }
}

/// CJ-12: a hundred, at every endpoint.
#[tokio::test]
async fn of_many_who_show_one_assertion_at_once_one_is_given() {
    let limits = FailureLimits { burst: 1_000, ..FailureLimits::default() };
    let (server, key) = with_key_on(TestApp::build().strict().limits(limits), Alg::EdDsa).await;
    let server = Arc::new(server);
    for endpoint in ENDPOINTS {
        let form = form(&key, &good(&server, endpoint));
        let mut tries = JoinSet::new();
        for _ in 0..100 {
            let (server, form) = (server.clone(), form.clone());
            tries.spawn(async move { ask(&server, endpoint, &form).await });
        }
        let (refused, given): (Vec<_>, Vec<_>) =
            tries.join_all().await.into_iter().partition(|answer| answer.status == 401);
        assert_eq!((given.len(), refused.len()), (1, 99), "{endpoint}");
        is_proven(endpoint, &given[0]);
    }
}

/// CJ-03, CJ-04, CJ-06, CJ-07, CJ-08, CJ-09, CJ-10, CJ-13
#[tokio::test]
async fn what_does_not_hold_is_refused_with_one_answer() {
    let (server, key) = with_key(Alg::Ps256).await;
    let (token, issuer) = (server.url(&server.at("token")), server.app.site(SANDBOX).issuer);
    let now = server.now().secs();
    let changed = [
        // RFC 10070: the issuer, and nothing beside it.
        json!({ "aud": token }),
        json!({ "aud": [issuer, token] }),
        json!({ "aud": null }),
        json!({ "iss": "another" }),
        json!({ "sub": dev::BASIC_WEB_APPLICATION.to_string() }),
        json!({ "exp": now - 61 }),
        json!({ "exp": now + 3_700 }),
        json!({ "iat": now + 90 }),
        json!({ "nbf": now + 90 }),
        json!({ "iat": now - 3_700 }),
        json!({ "jti": "" }),
        json!({ "jti": "x".repeat(257) }),
        json!({ "jti": 1 }),
    ];
    for (n, members) in changed.iter().enumerate() {
        let mut claims = good(&server, &format!("bad-{n}"));
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let named = format!("client_id={}&{}", dev::SHARED_WEB_APPLICATION, form(&key, &claims));
        let answer = ask(&server, "token", &named).await;
        answer.is_refused(401, "invalid_client");
        assert_eq!(reason(&server, &answer).await, Reason::AssertionInvalid, "{members}");
    }
    // One element of a list is the issuer alone.
    let mut listed = good(&server, "listed");
    listed["aud"] = json!([issuer]);
    is_proven("token", &ask(&server, "token", &form(&key, &listed)).await);
    // Another key under the same name, and a key of nobody's name.
    let other = SigningKey::generate(Alg::Ps256).unwrap();
    let forged = other.clone().with_kid(key.kid().to_owned());
    for (key, expected) in [(forged, Reason::AssertionInvalid), (other, Reason::ClientKeyUnknown)] {
        let answer = ask(&server, "token", &form(&key, &good(&server, "forged"))).await;
        answer.is_refused(401, "invalid_client");
        assert_eq!(reason(&server, &answer).await, expected);
    }
    // What nobody could sign used nothing up.
    is_proven("token", &ask(&server, "token", &form(&key, &good(&server, "forged"))).await);
}

/// CJ-18, CJ-32
#[tokio::test]
async fn keys_at_an_address_are_fetched_and_looked_for_again() {
    // As `serve` does: a developer's server asks this machine too.
    let start = TestApp::build().config(|config| config.outbound = Outbound::default());
    let (server, key) = with_key_on(start, Alg::Es256).await;
    let (old, new) = (key, SigningKey::generate(Alg::Es256).unwrap());
    server.world.outside.name("client.example", &["93.184.216.34"]);
    for published in [&[&old][..], &[&old, &new], &[&new]] {
        server.world.outside.json(KEYS, &set(published));
    }
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "jwks": null, "jwksUrl": KEYS })).await;
    for (key, jti, fetched) in [(&old, "1", 1), (&old, "2", 1)] {
        is_proven("token", &ask(&server, "token", &form(key, &good(&server, jti))).await);
        assert_eq!(server.world.outside.asked().len(), fetched, "the set is kept");
    }
    server.wait(61);
    is_proven("token", &ask(&server, "token", &form(&new, &good(&server, "3"))).await);
    assert_eq!(server.world.outside.asked().len(), 2, "a name that is not in it is looked for again");
    // CJ-18: names that nobody knows send nobody there again within the minute, as long as the set is kept.
    for number in 0..50 {
        let unknown = new.clone().with_kid(format!("unknown-{number}"));
        ask(&server, "token", &form(&unknown, &good(&server, "never"))).await.is_refused(401, "invalid_client");
    }
    assert_eq!(server.world.outside.asked().len(), 2);
    // CJ-32: what was taken out of the set proves nobody once the set is read again.
    server.wait(301);
    let answer = ask(&server, "token", &form(&old, &good(&server, "gone"))).await;
    answer.is_refused(401, "invalid_client");
    assert_eq!((reason(&server, &answer).await, server.world.outside.asked().len()), (Reason::ClientKeyUnknown, 3));
    is_proven("token", &ask(&server, "token", &form(&new, &good(&server, "stays"))).await);
    // SS-03: a name that leads to this machine is not followed, whatever was registered.
    server.world.outside.name("inside.example", &["127.0.0.1"]);
    server.world.outside.json("https://inside.example/keys", &set(&[&new]));
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "jwksUrl": "https://inside.example/keys" })).await;
    let answer = ask(&server, "token", &form(&new, &good(&server, "inside"))).await;
    answer.is_refused(401, "invalid_client");
    assert_eq!((reason(&server, &answer).await, server.world.outside.asked().len()), (Reason::ClientKeyUnknown, 3));
    // An address that does not answer proves nobody.
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "jwksUrl": "https://client.example/none" })).await;
    let answer = ask(&server, "token", &form(&new, &good(&server, "4"))).await;
    answer.is_refused(401, "invalid_client");
    assert_eq!(reason(&server, &answer).await, Reason::ClientKeyUnknown);
}

/// CJ-03, PA-11: what PingOne's clients make: for the token endpoint or the one that they call, and without a `jti`.
#[tokio::test]
async fn in_the_compatible_setting_an_endpoint_is_named() {
    let (server, key) = with_key(Alg::Ed25519).await;
    let compatible = json!({ "tokenEndpointAuthMethod": "CLIENT_SECRET_JWT", "assertionAudience": "COMPATIBLE" });
    server.change(dev::SHARED_WEB_APPLICATION, compatible).await;
    for endpoint in ENDPOINTS {
        for (named, taken) in [("token", true), (endpoint, true), ("userinfo", false)] {
            let mut claims = good(&server, "");
            claims["aud"] = json!(server.url(&server.at(named)));
            claims.as_object_mut().unwrap().remove("jti");
            for _ in 0..2 {
                // Without a name it cannot be told from the one before.
                let answer = ask(&server, endpoint, &mac(&claims)).await;
                if taken {
                    is_proven(endpoint, &answer);
                } else {
                    answer.is_refused(401, "invalid_client");
                }
            }
        }
        // CJ-12: one that has a name is used once in this setting as well.
        let named = mac(&good(&server, endpoint));
        is_proven(endpoint, &ask(&server, endpoint, &named).await);
        let again = ask(&server, endpoint, &named).await;
        again.is_refused(401, "invalid_client");
        assert_eq!(reason(&server, &again).await, Reason::AssertionUsed);
        // CJ-16: a key of its own makes none of this method's.
        let own = ask(&server, endpoint, &form(&key, &good(&server, "own"))).await;
        own.is_refused(401, "invalid_client");
        assert_eq!(reason(&server, &own).await, Reason::MethodOther);
    }
}

/// CJ-22: a key that could not be used is told when it is registered, and one for another use proves nothing.
#[tokio::test]
async fn weak_keys_are_not_registered() {
    let (server, key) = with_key(Alg::Es256).await;
    let path = format!("/environments/{SANDBOX}/applications/{}", dev::SHARED_WEB_APPLICATION);
    let body = server.manage(Method::GET, &path, None).await.expect(200);
    let put = async |jwks: Value| {
        let mut body = body.clone();
        body["jwks"] = json!(jwks.to_string());
        server.manage(Method::PUT, &path, Some(&body)).await
    };
    let weak = json!({ "kty": "RSA", "e": "AQAB", "n": format!("{}w", "_".repeat(170)) });
    let mut private = key.public().to_json();
    let mut seed = SigningKey::generate(Alg::MlDsa44).unwrap().public().to_json();
    (private["d"], seed["priv"]) = (json!("AA"), json!("AA"));
    for key in [
        weak,
        private,
        json!({ "kty": "oct", "k": "AA" }),
        json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AA" }),
        seed,
    ] {
        let refused = put(json!({ "keys": [key] })).await.expect(400);
        assert_eq!(refused["details"][0]["target"], "jwks", "{refused}");
    }
    let mut others = key.public().to_json();
    others["use"] = json!("enc");
    put(json!({ "keys": [others] })).await.expect(200);
    let answer = ask(&server, "token", &form(&key, &good(&server, "enc"))).await;
    answer.is_refused(401, "invalid_client");
    assert_eq!(reason(&server, &answer).await, Reason::ClientKeyUnknown);
    // What this server has no use for yet stands beside what it has.
    put(json!({ "keys": [{ "kty": "AKP", "alg": "SLH-DSA-SHA2-128s", "pub": "AA" }, key.public().to_json()] }))
        .await
        .expect(200);
    is_proven("token", &ask(&server, "token", &form(&key, &good(&server, "beside"))).await);
}

/// CJ-28, CJ-29, CJ-31: what is no assertion by its form, at every endpoint.
#[tokio::test]
async fn what_is_no_assertion_is_told_apart_from_a_wrong_one() {
    let (server, key) = with_key(Alg::Es256).await;
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type";
    let right = key.sign(None, good(&server, "form").to_string().as_bytes()).unwrap();
    let secret = format!("client_id={}&client_secret={}", dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET);
    for endpoint in ENDPOINTS {
        for malformed in [
            format!("client_assertion={right}"),
            format!("client_assertion={right}&client_assertion_type={kind}%3Asaml2-bearer"),
            format!("client_assertion={right}&client_assertion_type={kind}%3Ajwt-bearer%20"),
            format!("client_assertion_type={kind}%3Ajwt-bearer"),
            format!("client_assertion_type={kind}%3Ajwt-bearer&{secret}"),
            format!("client_assertion={right}&client_assertion_type={kind}%3Ajwt-bearer&{secret}"),
        ] {
            ask(&server, endpoint, &malformed).await.is_refused(400, "invalid_request");
        }
        let basic = (dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET);
        let both = server.encoded_basic(&server.at(endpoint), basic, &format!("token=none&{}", sent(&right))).await;
        both.is_refused(400, "invalid_request");
        // RFC 7521 §4.2: client_id may stand beside it, and is the same then.
        for other in [dev::BASIC_WEB_APPLICATION.to_string(), "nobody".to_owned()] {
            let other = format!("client_id={other}&{}", sent(&right));
            ask(&server, endpoint, &other).await.is_refused(401, "invalid_client");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        let deep = key.sign(None, deep.as_bytes()).unwrap();
        let named = format!("client_id={}&{}", dev::SHARED_WEB_APPLICATION, sent(&deep));
        ask(&server, endpoint, &named).await.is_refused(401, "invalid_client");
        let large = ask(&server, endpoint, &sent(&"x".repeat(300_000))).await;
        assert!((400..=413).contains(&large.status), "{large:?}");
    }
    // None of it used up the good one.
    is_proven("token", &ask(&server, "token", &sent(&right)).await);
}

/// The secret of before makes assertions until its time, and not a second longer.
#[tokio::test]
async fn a_secret_that_was_replaced_makes_assertions_for_a_while() {
    let (server, _) = with_key(Alg::Es256).await;
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "tokenEndpointAuthMethod": "CLIENT_SECRET_JWT" })).await;
    let path = format!("/environments/{SANDBOX}/applications/{}/secret", dev::SHARED_WEB_APPLICATION);
    let until = jiff::Timestamp::from_microsecond(server.now().0 + 600_000_000).unwrap();
    let body = json!({ "previous": { "expiresAt": until.to_string() } });
    let rotated = server.manage(Method::POST, &path, Some(&body)).await.expect(200);
    let now = |server: &TestApp, jti: &str| {
        let secret = rotated["secret"].as_str().unwrap().as_bytes();
        let claims = good(server, jti).to_string();
        sent(&sign_with_secret(Alg::Hs512, secret, None, claims.as_bytes()).unwrap())
    };
    is_proven("token", &ask(&server, "token", &mac(&good(&server, "before"))).await);
    is_proven("token", &ask(&server, "token", &now(&server, "now")).await);
    server.wait(599);
    is_proven("token", &ask(&server, "token", &mac(&good(&server, "still"))).await);
    server.wait(1);
    ask(&server, "token", &mac(&good(&server, "late"))).await.is_refused(401, "invalid_client");
    is_proven("token", &ask(&server, "token", &now(&server, "later")).await);
}

/// What is asked for may be among the scopes that a newer process stored: that is refused as little as after a secret, and the
/// assertion is good for the process that can tell.
#[tokio::test]
async fn what_a_newer_process_may_know_uses_no_assertion_up() {
    each_store(|server| async move {
        let key = SigningKey::generate(Alg::Es256).unwrap();
        let (method, grants) = ("PRIVATE_KEY_JWT", ["CLIENT_CREDENTIALS"]);
        let members = json!({
            "tokenEndpointAuthMethod": method, "jwks": set(&[&key]), "assertionAudience": "ISSUER",
            "grantTypes": grants, "responseTypes": [],
        });
        server.change(dev::SHARED_WEB_APPLICATION, members).await;
        if !server.as_another_version("UPDATE scopes SET body = 'x' || body").await {
            return;
        }
        server.app.forget(dev::ENVIRONMENT.into());
        let form = format!("scope=newer&{}", form(&key, &good(&server, "newer")));
        assert_eq!(ask(&server, "token", &form).await.status, 503);
        assert!(server.as_another_version("UPDATE scopes SET body = substr(body, 2)").await);
        server.app.forget(dev::ENVIRONMENT.into());
        ask(&server, "token", &form).await.is_refused(400, "invalid_scope");
        ask(&server, "token", &form).await.is_refused(401, "invalid_client");
    })
    .await;
}

/// A secret that does not open under this server's master key is the server's fault: nobody is refused for it.
#[tokio::test]
async fn a_secret_that_does_not_open_refuses_nobody() {
    each_store(|server| async move {
        let method = json!({ "tokenEndpointAuthMethod": "CLIENT_SECRET_JWT" });
        server.change(dev::SHARED_WEB_APPLICATION, method).await;
        if !server.as_another_version("UPDATE applications SET secret_sealed = secret_digest").await {
            return;
        }
        server.app.forget(dev::ENVIRONMENT.into());
        for endpoint in ENDPOINTS {
            let answer = ask(&server, endpoint, &mac(&good(&server, endpoint))).await;
            assert_eq!(answer.status, 503, "{endpoint}: {answer:?}");
        }
    })
    .await;
}
