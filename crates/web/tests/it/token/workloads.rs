//! Tokens of clusters, CI systems and SPIFFE trust domains in place of a secret, over HTTP at every endpoint (RFC 7523 §3,
//! draft-ietf-oauth-spiffe-client-auth).

use engine::bootstrap::dev;
use engine::fetch::Outbound;
use jose::{Alg, SigningKey};
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, SANDBOX, TestApp, each_store};

use super::assertions::set;
use super::is_proven;
use crate::registration::{give, holder};

const CI: &str = "https://ci.example";
const KEYS: &str = "https://ci.example/keys";
const MAIN: &str = "repo:org/shop:ref:refs/heads/main";
const ENDPOINTS: [&str; 4] = ["token", "introspect", "revoke", "par"];

fn all() -> String {
    format!("/environments/{SANDBOX}/trustedIssuers")
}

/// Lets the workloads of this name be the shared web application.
async fn trust(server: &TestApp, issuer: &str, subject: &str, members: Value) -> Value {
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "tokenEndpointAuthMethod": "WORKLOAD_IDENTITY" })).await;
    let workload = json!({ "subject": subject, "application": { "id": dev::SHARED_WEB_APPLICATION.to_string() } });
    let mut body = json!({ "name": issuer, "issuer": issuer, "workloads": [workload] });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.manage(Method::POST, &all(), Some(&body)).await.expect(201)
}

fn good(server: &TestApp) -> Value {
    let now = server.now().secs();
    json!({ "iss": CI, "sub": MAIN, "aud": server.app.site(SANDBOX).issuer, "exp": now + 600, "iat": now, "jti": "1" })
}

fn sent(key: &SigningKey, kind: &str, claims: &Value) -> String {
    let token = key.sign(None, claims.to_string().as_bytes()).unwrap();
    let urn = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A";
    format!("client_assertion_type={urn}{kind}&client_assertion={token}")
}

async fn ask(server: &TestApp, endpoint: &str, form: &str) -> Answer {
    server.encoded(&server.at(endpoint), &format!("grant_type=client_credentials&token=none&{form}")).await
}

async fn event(server: &TestApp, answer: &Answer) -> protocol::audit::Event {
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    server.app.store.explain(correlation).await.unwrap().remove(0).event
}

async fn reason(server: &TestApp, answer: &Answer) -> Reason {
    answer.is_refused(401, "invalid_client");
    let refusal = event(server, answer).await.refusal.unwrap();
    assert!(refusal.expected.contains("iss: ") || refusal.came.contains("iss: "), "{refusal:?}");
    refusal.reason
}

/// CJ-01, CJ-12: a token of a pipeline is its application, at every endpoint and until it ends; the event says which pipeline.
#[tokio::test]
async fn the_token_of_a_pipeline_proves_its_application_at_every_endpoint() {
    each_store(|server| async move {
        let key = SigningKey::generate(Alg::Rs256).unwrap();
        trust(&server, CI, "repo:org/*:ref:refs/heads/main", json!({ "jwks": set(&[&key]) })).await;
        let form = sent(&key, "jwt-bearer", &good(&server));
        for endpoint in ENDPOINTS {
            for named in ["", "&client_id=", &format!("&client_id={}", dev::SHARED_WEB_APPLICATION)] {
                let answer = ask(&server, endpoint, &format!("{form}{named}")).await;
                is_proven(endpoint, &answer);
                let note = event(&server, &answer).await.note.unwrap_or_default();
                assert!(note.contains(&format!("workload {MAIN} of {CI}")), "{endpoint}: {note}");
            }
            // CJ-07: client_id is the application that the names mean, or nobody.
            let other = format!("{form}&client_id={}", dev::BASIC_WEB_APPLICATION);
            ask(&server, endpoint, &other).await.is_refused(401, "invalid_client");
        }
        server.wait(661);
        assert_eq!(reason(&server, &ask(&server, "token", &form).await).await, Reason::WorkloadTokenInvalid);
    })
    .await;
}

/// CJ-12: where the environment says so, each token is good once, wherever it is shown.
#[tokio::test]
async fn a_token_is_used_once_where_that_is_asked_for() {
    each_store(|server| async move {
        let key = SigningKey::generate(Alg::Es256).unwrap();
        trust(&server, CI, MAIN, json!({ "jwks": set(&[&key]), "singleUse": true })).await;
        let form = sent(&key, "jwt-bearer", &good(&server));
        let (one, two) = tokio::join!(ask(&server, "token", &form), ask(&server, "token", &form));
        let refused: Vec<_> = [&one, &two].into_iter().filter(|answer| answer.status == 401).collect();
        assert_eq!(refused.len(), 1);
        for endpoint in ENDPOINTS {
            assert_eq!(reason(&server, &ask(&server, endpoint, &form).await).await, Reason::AssertionUsed);
        }
    })
    .await;
}

/// CJ-05, CJ-06, CJ-07, CJ-13, CJ-17: every refusal names issuer, claim, expected and came, and answers alike.
#[tokio::test]
async fn what_does_not_hold_is_refused_with_one_answer() {
    let server = TestApp::build().strict().start().await;
    let (key, other) = (SigningKey::generate(Alg::Es256).unwrap(), SigningKey::generate(Alg::Es256).unwrap());
    trust(&server, CI, MAIN, json!({ "jwks": set(&[&key]) })).await;
    let forged = other.clone().with_kid(key.kid().to_owned());
    let table = [
        (&key, json!({ "sub": "repo:org/shop:ref:refs/heads/main2" }), Reason::WorkloadUnknown),
        (&key, json!({ "sub": "repo:org/shop:ref:refs/heads/main/x" }), Reason::WorkloadUnknown),
        (&key, json!({ "sub": "x:repo:org/shop:ref:refs/heads/main" }), Reason::WorkloadUnknown),
        (&key, json!({ "sub": "repo:org-evil/shop:ref:refs/heads/main" }), Reason::WorkloadUnknown),
        (&key, json!({ "iss": "https://ci.example/" }), Reason::WorkloadUnknown),
        (&key, json!({ "iss": "https://CI.example" }), Reason::WorkloadUnknown),
        (&key, json!({ "iss": "https://evil.example" }), Reason::WorkloadUnknown),
        (&key, json!({ "aud": "https://elsewhere.example" }), Reason::WorkloadTokenInvalid),
        (
            &key,
            json!({ "aud": [server.app.site(SANDBOX).issuer, "https://elsewhere.example"] }),
            Reason::WorkloadTokenInvalid,
        ),
        (&key, json!({ "aud": 1 }), Reason::WorkloadTokenInvalid),
        (&key, json!({ "exp": 1 }), Reason::WorkloadTokenInvalid),
        (&forged, json!({}), Reason::WorkloadTokenInvalid),
        (&other, json!({}), Reason::WorkloadKeyUnknown),
    ];
    let mut bodies = Vec::new();
    for (key, members, expected) in table {
        let mut claims = good(&server);
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        for named in [String::new(), format!("&client_id={}", dev::SHARED_WEB_APPLICATION)] {
            let answer = ask(&server, "token", &format!("{}{named}", sent(key, "jwt-bearer", &claims))).await;
            assert_eq!(reason(&server, &answer).await, expected, "{members}");
            let told = answer.member("error_description").to_owned();
            bodies.push(told.split(" (Correlation").next().unwrap_or_default().to_owned());
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "one answer: {bodies:?}");
    // What it shows beside it, and what it calls itself, is not believed.
    let form = sent(&key, "jwt-bearer", &good(&server));
    ask(&server, "token", &format!("{form}&client_secret=x")).await.is_refused(400, "invalid_request");
    let svid = sent(&key, "jwt-spiffe", &good(&server));
    ask(&server, "token", &svid).await.is_refused(401, "invalid_client");
    is_proven("token", &ask(&server, "token", &form).await);
    // Its method is the only one: the key of its own and the secret are none.
    let secret = format!("client_id={}&client_secret={}", dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET);
    ask(&server, "token", &secret).await.is_refused(401, "invalid_client");
}

/// CJ-18, CJ-32, SS-03: keys at an address are kept, looked for again once a minute, and not followed inside.
#[tokio::test]
async fn keys_of_an_issuer_are_fetched_by_the_guarded_way() {
    let server = TestApp::build().strict().config(|config| config.outbound = Outbound::default()).start().await;
    let (old, new) = (SigningKey::generate(Alg::Es256).unwrap(), SigningKey::generate(Alg::Es256).unwrap());
    server.world.outside.name("ci.example", &["93.184.216.34"]);
    for published in [&[&old][..], &[&old, &new]] {
        server.world.outside.json(KEYS, &set(published));
    }
    trust(&server, CI, MAIN, json!({ "jwksUrl": KEYS })).await;
    let asked = |server: &TestApp| server.world.outside.asked().len();
    for _ in 0..3 {
        is_proven("token", &ask(&server, "token", &sent(&old, "jwt-bearer", &good(&server))).await);
    }
    assert_eq!(asked(&server), 1, "the set is kept");
    for number in 0..20 {
        let unknown = new.clone().with_kid(format!("unknown-{number}"));
        let answer = ask(&server, "token", &sent(&unknown, "jwt-bearer", &good(&server))).await;
        assert_eq!(reason(&server, &answer).await, Reason::WorkloadKeyUnknown);
    }
    assert!(asked(&server) <= 2);
    server.wait(61);
    is_proven("token", &ask(&server, "token", &sent(&new, "jwt-bearer", &good(&server))).await);
    // SS-03
    server.world.outside.name("inside.example", &["169.254.169.254"]);
    let before = asked(&server);
    let inside = json!({ "jwksUrl": "https://inside.example/keys" });
    trust(&server, "https://inside.example", MAIN, inside).await;
    let mut claims = good(&server);
    claims["iss"] = json!("https://inside.example");
    let answer = ask(&server, "token", &sent(&new, "jwt-bearer", &claims)).await;
    assert_eq!((reason(&server, &answer).await, asked(&server)), (Reason::WorkloadKeyUnknown, before));
}

/// What is advertised is what is taken: `spiffe_jwt` from the moment that a trust domain is trusted. Its bundle's keys say `jwt-svid`.
#[tokio::test]
async fn a_svid_proves_where_its_trust_domain_is_trusted() {
    let server = TestApp::build().strict().start().await;
    let listed = async |server: &TestApp| {
        let path = format!("/{SANDBOX}/as/.well-known/openid-configuration");
        let metadata = server.get(&path).await.expect(200);
        metadata["token_endpoint_auth_methods_supported"].as_array().unwrap().contains(&json!("spiffe_jwt"))
    };
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let mut jwk = key.public().to_json();
    jwk["use"] = json!("jwt-svid");
    let (sub, aud, exp) = ("spiffe://example.org/ns/shop/sa/orders", server.app.site(SANDBOX).issuer, 300);
    let claims = json!({ "sub": sub, "aud": [aud], "exp": server.now().secs() + exp });
    assert!(!listed(&server).await);
    ask(&server, "token", &sent(&key, "jwt-spiffe", &claims)).await.is_refused(401, "invalid_client");
    let bundle = json!({ "keys": [jwk], "spiffe_sequence": 1 }).to_string();
    trust(&server, "spiffe://example.org", "spiffe://example.org/ns/shop/**", json!({ "jwks": bundle })).await;
    assert!(listed(&server).await);
    for endpoint in ENDPOINTS {
        is_proven(endpoint, &ask(&server, endpoint, &sent(&key, "jwt-spiffe", &claims)).await);
    }
    // CJ-28
    let other = sent(&key, "jwt-spiffe2", &claims);
    ask(&server, "token", &other).await.is_refused(400, "invalid_request");
}

/// MG-06: whoever writes a trusted issuer says who may be its applications, so nobody names one that holds more than they do, and nobody
/// changes whose word counts for one.
#[tokio::test]
async fn nobody_names_an_application_that_holds_more() {
    let server = TestApp::build().start().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let weaker = holder(&server, "Client Application Developer").await;
    let made = trust(&server, CI, MAIN, json!({ "jwks": set(&[&key]) })).await;
    let one = format!("/v1{}/{}", all(), made["id"].as_str().unwrap());
    let send = async |method: Method, path: &str, body: &Value| {
        server.send(server.request(method, path).bearer_auth(&weaker).json(body)).await.status
    };
    let web = dev::SHARED_WEB_APPLICATION.to_string();
    let named = json!([{ "subject": MAIN, "application": { "id": web } }]);
    let other = json!({ "name": "x", "issuer": "https://x.example", "jwks": set(&[&key]), "workloads": named });
    let written = json!({ "name": "y", "issuer": CI, "jwks": set(&[&key]), "workloads": named });
    assert_eq!(send(Method::PUT, &one, &written).await, 200, "the application holds nothing");
    give(&server, &web, "Identity Data Admin").await;
    assert_eq!(send(Method::POST, &format!("/v1{}", all()), &other).await, 403);
    for members in [json!({}), json!({ "jwks": set(&[&SigningKey::generate(Alg::Es256).unwrap()]) })] {
        let mut written = written.clone();
        written.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        assert_eq!(send(Method::PUT, &one, &written).await, 403, "{members}");
    }
    server.manage(Method::PUT, one.strip_prefix("/v1").unwrap(), Some(&written)).await.expect(200);
    // Who holds as much may, and without the application so may anybody who makes applications.
    let without = json!({ "name": "x", "issuer": "https://x.example", "jwks": set(&[&key]), "workloads": [] });
    assert_eq!(send(Method::POST, &format!("/v1{}", all()), &without).await, 201);
}

/// What a trusted issuer must be, and may name.
#[tokio::test]
async fn what_is_registered_is_judged() {
    let server = TestApp::build().start().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let made = trust(&server, CI, MAIN, json!({ "jwks": set(&[&key]) })).await;
    assert_eq!((&made["type"], &made["singleUse"]), (&json!("WORKLOAD"), &json!(false)));
    let web = dev::SHARED_WEB_APPLICATION.to_string();
    let workload = |subject: &str, id: &str| json!([{ "subject": subject, "application": { "id": id } }]);
    let nobody = "00000000-0000-4000-8000-000000000009";
    let whole = json!({ "name": "x", "issuer": "https://x.example", "jwks": set(&[&key]), "workloads": [] });
    for (members, target) in [
        (json!({ "issuer": "http://x.example" }), "issuer"),
        (json!({ "issuer": "ci" }), "issuer"),
        (json!({ "issuer": "spiffe://Example.org" }), "issuer"),
        (json!({ "issuer": "spiffe://example.org/ns" }), "issuer"),
        (json!({ "issuer": CI }), "issuer"),
        (json!({ "jwks": null }), "jwks"),
        (json!({ "jwksUrl": KEYS }), "jwksUrl"),
        (json!({ "workloads": workload("*", &web) }), "workloads"),
        (json!({ "workloads": workload("repo:*/shop", &web) }), "workloads"),
        (json!({ "workloads": workload("a:b:c*", &web) }), "workloads"),
        (json!({ "workloads": workload(MAIN, nobody) }), "workloads"),
        (json!({ "issuer": "spiffe://a.example", "workloads": workload("spiffe://b.example/x", &web) }), "workloads"),
        (json!({ "type": "OTHER" }), "type"),
    ] {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let refused = server.manage(Method::POST, &all(), Some(&body)).await.expect(400);
        let told = refused["details"][0]["target"].as_str().unwrap();
        assert!(told.starts_with(target), "{members}: {refused}");
    }
}
