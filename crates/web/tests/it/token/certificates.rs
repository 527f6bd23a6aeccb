//! Keys that applications register by certificate, over HTTP: PingOne's workflow "PRIVATE_KEY_JWT" by either of its options, and what
//! of a certificate is refused, when it is sent and when it is used.

use engine::bootstrap::dev;
use engine::fetch::Outbound;
use jose::{Alg, SigningKey, Typ};
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use rcgen::{CertificateParams, KeyPair};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, SANDBOX, TestApp, each_store};

use super::assertions::{KEYS, ask, form, good, set, with_key_on};
use super::{is_proven, reason};

const WEEK: i64 = 7 * 86_400;

/// A certificate of the key, good for a week from now.
fn certified(server: &TestApp, key: &SigningKey) -> String {
    between(key, server.now().secs() - 60, server.now().secs() + WEEK)
}

fn between(key: &SigningKey, from: i64, until: i64) -> String {
    let pair = KeyPair::try_from(key.pkcs8().as_slice()).unwrap();
    let mut params = CertificateParams::new(vec!["app.example".to_owned()]).unwrap();
    let day = |seconds: i64| {
        let at = jiff::Timestamp::from_second(seconds).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        rcgen::date_time_ymd(at.year().into(), at.month() as u8, at.day() as u8)
    };
    (params.not_before, params.not_after) = (day(from), day(until));
    params.self_signed(&pair).unwrap().pem()
}

fn keys() -> String {
    format!("/environments/{SANDBOX}/applications/{}/keys", dev::SHARED_WEB_APPLICATION)
}

async fn register(server: &TestApp, pem: &str) -> Answer {
    server.manage(Method::POST, &keys(), Some(&json!({ "certificate": pem }))).await
}

/// Its own tokens it may have none: whoever is told so has proven who it is.
async fn proves(server: &TestApp, form: &str) -> Result<(), Reason> {
    let answer = server.encoded(&server.at("token"), &format!("grant_type=client_credentials&{form}")).await;
    if answer.status != 401 {
        answer.is_refused(400, "unauthorized_client");
        return Ok(());
    }
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let mut told = server.app.store.explain(correlation).await.unwrap();
    Err(told.remove(0).event.refusal.unwrap().reason)
}

/// The four steps as PingOne documents them: the application is told its keys, and the code is exchanged with an assertion for the
/// token endpoint that names no `jti`. Option A registers a certificate, option B a key set.
#[tokio::test]
async fn the_workflow_private_key_jwt_works_with_either_option() {
    each_store(|server| async move {
        for (alg, option) in [(Alg::Rs256, "A"), (Alg::Es256, "A"), (Alg::Rs512, "B"), (Alg::Es384, "B")] {
            let key = SigningKey::generate(alg).unwrap();
            let mut members = json!({ "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT" });
            let registered = if option == "A" {
                members["jwks"] = Value::Null;
                Some(register(&server, &certified(&server, &key)).await.expect(201))
            } else {
                members["jwks"] = json!(set(&[&key]));
                None
            };
            server.change(dev::SHARED_WEB_APPLICATION, members).await;
            let code = server.sign_on().await;
            let (id, now) = (dev::SHARED_WEB_APPLICATION.to_string(), server.now().secs());
            let audience = server.url(&server.at("token"));
            let claims = json!({ "iss": id, "sub": id, "aud": audience, "exp": now + 300 });
            let assertion = key.sign(Some(Typ::Jwt), claims.to_string().as_bytes()).unwrap();
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", dev::REDIRECT_URI),
                ("scope", "openid"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &assertion),
            ];
            let tokens = server.form(&server.at("token"), &fields).await.expect(200);
            assert!(tokens["access_token"].is_string() && tokens["id_token"].is_string(), "{alg}: {tokens}");
            if let Some(registered) = registered {
                assert_eq!(registered["kid"], key.kid());
                let method = json!({ "tokenEndpointAuthMethod": "CLIENT_SECRET_POST" });
                server.change(dev::SHARED_WEB_APPLICATION, method).await;
                let path = format!("{}/{}", keys(), registered["id"].as_str().unwrap());
                server.manage(Method::DELETE, &path, None).await.expect(204);
            }
        }
    })
    .await;
}

/// A key set and certificates stand beside each other, each key under its own name; what is taken away proves nobody, at once.
#[tokio::test]
async fn certificates_stand_beside_a_set_and_are_taken_away() {
    each_store(|server| async move {
        let (own, first, second) = (0, 1, 2);
        let made: Vec<_> = (0..3).map(|_| SigningKey::generate(Alg::Es256).unwrap()).collect();
        let members = json!({ "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwks": set(&[&made[own]]) });
        server.change(dev::SHARED_WEB_APPLICATION, members).await;
        let mut ids = Vec::new();
        for key in [first, second] {
            ids.push(register(&server, &certified(&server, &made[key])).await.expect(201)["id"].clone());
        }
        for (n, key) in made.iter().enumerate() {
            assert_eq!(proves(&server, &form(key, &good(&server, &n.to_string()))).await, Ok(()));
        }
        let listed = server.manage(Method::GET, &keys(), None).await.expect(200);
        assert_eq!((listed["count"].as_i64(), &listed["_embedded"]["keys"][1]["id"]), (Some(2), &ids[1]));
        // A replacement of the application, which knows nothing of them, leaves them as they are.
        server.change(dev::SHARED_WEB_APPLICATION, json!({ "jwks": null })).await;
        assert_eq!(proves(&server, &form(&made[second], &good(&server, "kept"))).await, Ok(()));
        let path = |n: usize| format!("{}/{}", keys(), ids[n].as_str().unwrap());
        server.manage(Method::DELETE, &path(0), None).await.expect(204);
        server.manage(Method::DELETE, &path(0), None).await.expect(404);
        let gone = proves(&server, &form(&made[first], &good(&server, "gone"))).await;
        assert_eq!(gone, Err(Reason::ClientKeyUnknown));
        // The last one an application lives by is in use.
        let refused = server.manage(Method::DELETE, &path(1), None).await.expect(400);
        assert_eq!(refused["details"][0]["message"], "The Key must not be in use", "{refused}");
        assert_eq!(proves(&server, &form(&made[second], &good(&server, "last"))).await, Ok(()));
        // Another application has none of them.
        let other = format!("/environments/{SANDBOX}/applications/{}/keys", dev::BASIC_WEB_APPLICATION);
        let listed = server.manage(Method::GET, &other, None).await.expect(200);
        assert_eq!(listed["count"], 0);
        let path = format!("{other}/{}", ids[1].as_str().unwrap());
        server.manage(Method::DELETE, &path, None).await.expect(404);
    })
    .await;
}

/// CJ-22: each thing that is wrong with a certificate is told when it is sent; sent as a file it is the same.
#[tokio::test]
async fn what_is_no_certificate_of_the_application_is_refused_precisely() {
    let server = TestApp::start().await;
    let (key, now) = (SigningKey::generate(Alg::Es256).unwrap(), server.now().secs());
    let good = certified(&server, &key);
    let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for (pem, told) in [
        (String::new(), "there is no certificate"),
        (format!("{good}{private}"), "there is a private key"),
        (format!("{good}{good}"), "several certificates"),
        (between(&key, now - 3 * WEEK, now - WEEK), "has expired"),
        (between(&key, now + WEEK, now + 2 * WEEK), "not valid yet"),
    ] {
        for as_file in [false, true] {
            let answer = if as_file {
                let request = server.request(Method::POST, &format!("/v1{}", keys()));
                let request = request.bearer_auth(server.worker_token().await);
                server.send(request.header("content-type", "application/x-pem-file").body(&pem)).await
            } else {
                register(&server, &pem).await
            };
            let refused = answer.expect(400);
            let message = refused["details"][0]["message"].as_str().unwrap();
            assert!(message.contains(told), "{told}: {refused}");
            assert!(!refused.to_string().contains("AAAA"), "{refused}");
        }
    }
    register(&server, &good).await.expect(201);
    let again = register(&server, &between(&key, now - WEEK, now + 2 * WEEK)).await.expect(400);
    assert!(again["details"][0]["message"].as_str().unwrap().contains("with this key"), "{again}");
    let listed = server.manage(Method::GET, &keys(), None).await.expect(200);
    assert_eq!(listed["count"], 1);
    for _ in 1..16 {
        let another = SigningKey::generate(Alg::EdDsa).unwrap();
        register(&server, &certified(&server, &another)).await.expect(201);
    }
    let another = SigningKey::generate(Alg::EdDsa).unwrap();
    let many = register(&server, &certified(&server, &another)).await.expect(400);
    assert!(many["details"][0]["message"].as_str().unwrap().contains("at most 16"), "{many}");
}

/// A certificate that has ended since it was registered proves nobody, and its owner is told so.
#[tokio::test]
async fn a_certificate_that_has_ended_proves_nobody() {
    let server = TestApp::start().await;
    let key = SigningKey::generate(Alg::Ed25519).unwrap();
    let registered = register(&server, &certified(&server, &key)).await.expect(201);
    assert_eq!(registered["status"], "VALID");
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT" })).await;
    assert_eq!(proves(&server, &form(&key, &good(&server, "before"))).await, Ok(()));
    server.wait(WEEK + 86_400);
    assert_eq!(proves(&server, &form(&key, &good(&server, "after"))).await, Err(Reason::ClientKeyExpired));
    let path = format!("{}/{}", keys(), registered["id"].as_str().unwrap());
    let shown = server.manage(Method::GET, &path, None).await.expect(200);
    assert_eq!(shown["status"], "EXPIRED");
}

/// CJ-18: a set that could not be read is asked for again, though it said that it may be kept for long: who mends it is let in a minute later.
#[tokio::test]
async fn a_broken_set_is_asked_for_again() {
    let start = TestApp::build().config(|config| config.outbound = Outbound::default());
    let (server, key) = with_key_on(start, Alg::Es256).await;
    server.world.outside.name("client.example", &["93.184.216.34"]);
    for published in [json!({ "keys": "none" }).to_string(), set(&[&key])] {
        server.world.outside.json(KEYS, &published);
    }
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "jwks": null, "jwksUrl": KEYS })).await;
    for jti in ["1", "2"] {
        let answer = ask(&server, "token", &form(&key, &good(&server, jti))).await;
        answer.is_refused(401, "invalid_client");
        assert_eq!((reason(&server, &answer).await, server.world.outside.asked().len()), (Reason::ClientKeyUnknown, 1));
    }
    server.wait(61);
    is_proven("token", &ask(&server, "token", &form(&key, &good(&server, "3"))).await);
    assert_eq!(server.world.outside.asked().len(), 2);
}
