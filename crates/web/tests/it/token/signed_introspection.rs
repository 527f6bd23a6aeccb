//! Introspection answers as signed JWTs (RFC 9701), for whoever asks for them.

use engine::bootstrap::dev;
use jose::{Alg, Compact, Jwks, VerifyingKey};
use protocol::scope::Scope;
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp, basic, claims, each_store, shared};

const JWT: &str = "application/token-introspection+jwt";

async fn asked(server: &TestApp, accept: &[&str], body: &str) -> Answer {
    let mut request = Request::form(server.at("introspect"));
    for line in accept {
        request = request.header("accept", *line);
    }
    server.send(request.body(body)).await
}

async fn signed(server: &TestApp, token: &str) -> String {
    let answer = asked(server, &[JWT], &format!("token={token}&{}", shared())).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, JWT), "{}", answer.text);
    assert!(answer.header("cache-control").contains("no-store"), "{answer:?}");
    answer.text
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&jose::b64::decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

async fn verifies(server: &TestApp, token: &str) -> bool {
    let keys = Jwks::parse(server.get(&server.at("jwks")).await.text.as_bytes()).unwrap();
    let compact = Compact::parse(token).unwrap();
    let Some(jwk) = keys.find(compact.kid(), compact.alg()) else { return false };
    let key = VerifyingKey::from_jwk(jwk, compact.alg()).unwrap();
    compact.verify(&key).is_ok()
}

/// IN-03: what is signed is what is told without a signature and nothing more, to the same callers; of what is not alive, that alone.
#[tokio::test]
async fn a_signed_answer_says_what_the_plain_one_says() {
    each_store(|server| async move {
        server
            .change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] }))
            .await;
        let scope = Scope::parse("openid profile offline_access").unwrap();
        let tokens = server.exchange(&server.code(|code| code.authorization.scope = scope).await).await;
        let access = tokens.text_of("access_token");
        for (token, active) in [
            (access.clone(), true),
            (tokens.text_of("refresh_token"), true),
            ("x".into(), false),
            (tokens.text_of("id_token"), false),
        ] {
            let (plain, answer) = (server.introspect(&token).await, signed(&server, &token).await);
            assert!(verifies(&server, &answer).await);
            assert_eq!(
                (&header(&answer)["typ"], &header(&answer)["alg"]),
                (&json!("token-introspection+jwt"), &json!("RS256"))
            );
            // §5: no `sub` and no `exp` at the top.
            let expected = json!({
                "iss": server.app.site(SANDBOX).issuer,
                "aud": dev::SHARED_WEB_APPLICATION.to_string(),
                "iat": server.now().secs(),
                "token_introspection": plain,
            });
            assert_eq!((claims(&answer), plain["active"] == true), (expected, active));
            assert!(active || plain == json!({ "active": false }));
        }
        // RFC 7662 §4: whom nothing is told is told so with a signature, for itself.
        let other = Request::form(server.at("introspect"))
            .header("accept", JWT)
            .header("authorization", basic(dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET));
        let said = claims(&server.send(other.body(format!("token={access}"))).await.text);
        assert_eq!(said["token_introspection"], json!({ "active": false }));
        assert_eq!(said["aud"], dev::BASIC_WEB_APPLICATION.to_string());
        // Refusals are no answers: they have no signature, and are what they are without.
        for (body, status, error) in [
            (format!("token={access}"), 401, "invalid_client"),
            (format!("token={access}&client_id={}", dev::SPA_APPLICATION), 401, "invalid_client"),
            (shared(), 400, "invalid_request"),
        ] {
            asked(&server, &[JWT], &body).await.is_refused(status, error);
        }
    })
    .await;
}

/// IN-11: it passes for nothing but an introspection answer, wherever a token or an assertion is taken.
#[tokio::test]
async fn a_signed_answer_is_no_token() {
    let server = TestApp::start().await;
    let tokens = server.exchange(&server.code(|_| {}).await).await;
    let answer = signed(&server, tokens.member("access_token")).await;
    assert_eq!(server.get_with(&server.at("userinfo"), tokens.member("access_token")).await.status, 200);
    for token in [answer.clone(), signed(&server, &server.worker_token().await).await] {
        assert_eq!(server.get_with(&server.at("userinfo"), &token).await.status, 401);
        let managed = server.send(server.request(http::Method::GET, "/v1/environments").bearer_auth(&token)).await;
        assert_eq!(managed.status, 401);
        assert_eq!(server.introspect(&token).await, json!({ "active": false }));
        // A revocation finds none, and ends nothing.
        assert_eq!(server.encoded(&server.at("revoke"), &format!("token={token}&{}", shared())).await.status, 200);
        let hint = server.browser().submit(&server.at("signoff"), &[("id_token_hint", &token)]).await;
        assert_eq!(hint.status, 400, "{}", hint.text);
        let assertion = format!(
            "token=x&client_assertion={token}&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        server.encoded(&server.at("introspect"), &assertion).await.is_refused(401, "invalid_client");
        let refresh = format!("grant_type=refresh_token&refresh_token={token}&{}", shared());
        server
            .change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] }))
            .await;
        server.encoded(&server.at("token"), &refresh).await.is_refused(400, "invalid_grant");
    }
    assert_eq!(server.get_with(&server.at("userinfo"), tokens.member("access_token")).await.status, 200);
}

/// Whatever is advertised may be chosen; the answer follows, and nothing else does.
#[tokio::test]
async fn the_algorithm_is_the_callers() {
    let server = TestApp::inside().await;
    let metadata = server.get(&server.at(".well-known/openid-configuration")).await.expect(200);
    let advertised = metadata["introspection_signing_alg_values_supported"].as_array().unwrap().clone();
    assert_eq!(advertised.len(), Alg::ASYMMETRIC.len());
    for alg in ["ES256", "PS384", "Ed25519", "ML-DSA-44"] {
        assert!(advertised.contains(&json!(alg)), "{alg}");
        server.change(dev::SHARED_WEB_APPLICATION, json!({ "introspectionSignedResponseAlg": alg })).await;
        let access = server.exchange(&server.code(|_| {}).await).await.text_of("access_token");
        let answer = signed(&server, &access).await;
        assert_eq!((&header(&answer)["alg"], &header(&access)["alg"]), (&json!(alg), &json!("RS256")));
        assert!(verifies(&server, &answer).await, "{alg}");
    }
    // CR-13
    for alg in ["none", "HS256", "es256"] {
        let path = format!("/environments/{SANDBOX}/applications/{}", dev::SHARED_WEB_APPLICATION);
        let mut body = server.manage(http::Method::GET, &path, None).await.expect(200);
        body["introspectionSignedResponseAlg"] = json!(alg);
        let refused = server.manage(http::Method::PUT, &path, Some(&body)).await.expect(400);
        assert_eq!(refused["details"][0]["target"], "introspectionSignedResponseAlg");
    }
}

/// RFC 9701 §4: only who names the type is sent it (RFC 9110 §12.5.1).
#[tokio::test]
async fn who_does_not_ask_is_sent_json() {
    let server = TestApp::inside().await;
    let body = format!("token=x&{}", shared());
    let jwt = JWT.to_ascii_uppercase();
    for (accept, is_signed) in [
        (vec![], false),
        (vec!["*/*"], false),
        (vec!["application/*"], false),
        (vec!["application/json"], false),
        (vec!["application/jwt"], false),
        (vec!["application/token-introspection+jwt;q=0"], false),
        (vec!["application/token-introspection+jwt;q=0.000, */*"], false),
        (vec!["application/token-introspection+jwt;q=0.5, application/json"], false),
        (vec!["application/token-introspection+jwt;q=2"], false),
        (vec!["application/token-introspection+jwt;q=1.001"], false),
        (vec!["application/token-introspection+jwt;q=0.1234"], false),
        (vec!["application/token-introspection+jwt;q="], false),
        (vec![JWT], true),
        (vec![&jwt], true),
        (vec!["application/json, application/token-introspection+jwt"], true),
        (vec!["application/json;q=0.8", "application/token-introspection+jwt; q=0.9"], true),
        (vec!["text/html, application/token-introspection+jwt;q=0.001"], true),
        (vec!["application/token-introspection+jwt;q=1.000"], true),
    ] {
        let answer = asked(&server, &accept, &body).await;
        let expected = if is_signed { JWT } else { "application/json" };
        assert_eq!((answer.status, answer.header("content-type")), (200, expected), "{accept:?}");
    }
}
