//! Minted tokens: as the token endpoint makes them, taken where they are right, refused for one reason where they are wrong.

use engine::bootstrap::dev;
use jose::{Alg, Compact, Jwks, VerifyingKey};
use protocol::id::CorrelationId;
use protocol::scope::Scope;
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp, claims, each_store};

use super::world::make;

async fn ask(server: &TestApp, world: &str, body: &Value) -> Answer {
    server.send(Request::post(format!("/dev/v1/worlds/{world}/tokens")).json(body)).await
}

async fn mint(server: &TestApp, body: Value) -> Value {
    ask(server, &SANDBOX.to_string(), &body).await.expect(201)
}

fn shared_client() -> String {
    dev::SHARED_WEB_APPLICATION.to_string()
}

fn text(minted: &Value) -> String {
    minted["token"].as_str().unwrap().to_owned()
}

/// The key that the published set has for a token; None where it verifies nothing.
async fn verifies(server: &TestApp, token: &str) -> bool {
    let set = server.get(&server.at("jwks")).await.body;
    let set = Jwks::parse(set.to_string().as_bytes()).unwrap();
    let Ok(compact) = Compact::parse(token) else { return false };
    let Some(key) = set.find(compact.kid(), compact.alg()) else { return false };
    let key = VerifyingKey::from_jwk(key, compact.alg()).unwrap();
    compact.verify(&key).is_ok()
}

/// Without what is another at every time.
fn lasting(claims: &Value) -> Value {
    let mut claims = claims.clone();
    for name in ["jti", "p1.rid", "sid", "iat", "exp", "auth_time", "nbf", "at_hash", "azp", "nonce"] {
        claims.as_object_mut().unwrap().remove(name);
    }
    claims
}

/// Why a resource does not take a token: what came, as `explain` tells it.
async fn refused(server: &TestApp, token: &str) -> String {
    refused_at(server, "/dev/resource", token).await
}

async fn refused_at(server: &TestApp, path: &str, token: &str) -> String {
    let answer = server.get_with(path, token).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.correlation()).unwrap();
    let told = server.app.store.explain(correlation).await.unwrap();
    told[0].event.refusal.clone().unwrap().came
}

/// A token of the user says what one says that the same application was given for the same person.
#[tokio::test]
async fn they_are_as_the_token_endpoint_makes_them() {
    each_store(|server| async move {
        let scope = Scope::parse("openid profile").unwrap();
        let given = server.exchange(&server.code(|code| code.authorization.scope = scope).await).await;
        let wanted = json!({
            "kind": "access", "clientId": shared_client(), "username": dev::USERNAME, "scope": "openid profile",
        });
        let minted = mint(&server, wanted.clone()).await;
        let (real, ours) = (claims(given.member("access_token")), claims(&text(&minted)));
        assert_eq!(lasting(&real), lasting(&ours));
        assert_eq!(real.as_object().unwrap().len(), ours.as_object().unwrap().len(), "{real} {ours}");
        assert_eq!(minted["claims"], ours);
        let header = |token: &str| jose::b64::decode(token.split('.').next().unwrap()).unwrap();
        assert_eq!(header(given.member("access_token")), header(&text(&minted)));
        let mut id = wanted;
        id["kind"] = "id".into();
        let minted = mint(&server, id).await;
        assert_eq!(lasting(&claims(given.member("id_token"))), lasting(&minted["claims"]));
        assert!(verifies(&server, &text(&minted)).await);
        // An application's own, in Spring's profile, where an environment is reached by its mount.
        let form = "grant_type=client_credentials&client_id=service-client-jwt&client_secret=service-client-jwt-secret";
        let given = server.encoded("/ms-auth-server/oauth2/token", &format!("{form}&scope=country.read")).await;
        let body = json!({ "kind": "access", "clientId": "service-client-jwt", "scope": "country.read" });
        let minted = ask(&server, &dev::PLAYGROUND.to_string(), &body).await.expect(201);
        assert_eq!(lasting(&claims(given.member("access_token"))), lasting(&minted["claims"]));
    })
    .await;
}

/// RFC 9068 §2.1: in that profile the header says what it is.
#[tokio::test]
async fn a_right_token_is_taken_everywhere() {
    each_store(|server| async move {
        let body = json!({ "kind": "access", "clientId": shared_client(), "username": dev::USERNAME });
        let token = text(&mint(&server, body).await);
        let userinfo = server.get_with(&server.at("userinfo"), &token).await.expect(200);
        assert_eq!(userinfo["sub"], dev::USER.to_string());
        assert_eq!(server.introspect(&token).await["active"], true);
        // Somebody who is no user: their name is said, and nothing is known of them.
        let body =
            json!({ "kind": "access", "clientId": shared_client(), "subject": "any \"one\" at all", "scope": "a b" });
        let minted = mint(&server, body).await;
        let told = server.get_with("/dev/resource", &text(&minted)).await.expect(200);
        assert_eq!((&told["sub"], &told["scope"]), (&json!("any \"one\" at all"), &json!("a b")));
        assert_eq!(server.introspect(&text(&minted)).await["active"], true);
        assert_eq!(server.get_with(&server.at("userinfo"), &text(&minted)).await.status, 403);
        // By a name that the test chose as well.
        let named =
            json!({ "kind": "access", "clientId": shared_client(), "subject": "x", "claims": { "jti": "mine" } });
        assert_eq!(server.introspect(&text(&mint(&server, named).await)).await["active"], true);
        // It is taken back like any other.
        let form = format!("token={}&{}", text(&minted), testkit::shared());
        assert_eq!(server.encoded(&server.at("revoke"), &form).await.status, 200);
        assert_eq!(refused(&server, &text(&minted)).await, "a revoked token");
        // An opaque one, of the user and of nobody.
        let body = json!({ "kind": "access", "clientId": "user-client-opaque", "subject": "nobody", "audience": "x" });
        let minted = ask(&server, &dev::PLAYGROUND.to_string(), &body).await.expect(201);
        assert_eq!((minted.get("header"), minted["claims"]["sub"].as_str()), (None, Some("nobody")));
        let form = format!("token={}&client_id=user-client-opaque&client_secret=user-client-secret", text(&minted));
        let told = server.encoded("/ms-auth-server/oauth2/introspect", &form).await.expect(200);
        assert_eq!((&told["active"], &told["sub"]), (&json!(true), &json!("nobody")), "{told}");
    })
    .await;
}

/// A name that is nobody's administers nothing, whatever roles the application has that the token is of, and however it is said.
#[tokio::test]
async fn a_minted_name_has_no_roles() {
    each_store(|server| async move {
        let world = make(&server).await;
        let (worker, api) = (&world.told["worker"]["clientId"], world.told["apiUrl"].as_str().unwrap());
        let user = &world.told["users"][0]["id"];
        let path = format!("/v1/environments/{}/users", world.id());
        for (more, status) in [
            (json!({}), 200),
            (json!({ "subject": "whoever" }), 401),
            (json!({ "subject": "whoever", "removeClaims": ["sub"] }), 401),
            (json!({ "claims": { "sub": "whoever" } }), 401),
            (json!({ "claims": { "sub": user } }), 401),
            (json!({ "claims": { "sub": worker } }), 200),
            (json!({ "username": world.told["users"][0]["username"] }), 403),
        ] {
            let audience = api.trim_end_matches("/v1");
            let mut body = json!({ "kind": "access", "clientId": worker, "audience": audience });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let token = text(&ask(&server, world.id(), &body).await.expect(201));
            let answer = server.get_with(&path, &token).await;
            assert_eq!(answer.status, status, "{more} {}", answer.text);
        }
    })
    .await;
}

/// UI-03: an ID token is no access token, also where it was minted.
#[tokio::test]
async fn a_minted_id_token_is_no_access_token() {
    let server = TestApp::inside().await;
    let minted = mint(&server, json!({ "kind": "id", "clientId": shared_client(), "subject": "somebody" })).await;
    assert_eq!((&minted["claims"]["sub"], &minted["claims"]["aud"]), (&json!("somebody"), &json!(shared_client())));
    assert_eq!(refused(&server, &text(&minted)).await, "a token that was not issued as an access token");
}

#[tokio::test]
async fn claims_audience_and_times_are_set() {
    let server = TestApp::inside().await;
    let minted = mint(
        &server,
        json!({
            "kind": "access", "subject": "s", "audience": ["https://a.example", "b"], "expiresIn": 7,
            "claims": { "roles": ["x"], "client_id": "another", "tenant": { "id": 3 } }, "removeClaims": ["acr", "amr"],
        }),
    )
    .await;
    let said = &minted["claims"];
    assert_eq!((&said["aud"], &said["roles"]), (&json!(["https://a.example", "b"]), &json!(["x"])));
    assert_eq!((&said["tenant"]["id"], &said["client_id"]), (&json!(3), &json!("another")));
    assert!(said.get("acr").is_none() && said.get("amr").is_none() && said.get("sid").is_some(), "{said}");
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 7);
    assert!(verifies(&server, &text(&minted)).await);
    let minted = mint(&server, json!({ "kind": "access", "expiresIn": -7 })).await;
    assert_eq!(refused(&server, &text(&minted)).await, "an expired token");
}

/// Each is wrong in one thing: what it says and its header are otherwise those of the right one, and that is why it is refused.
#[tokio::test]
async fn each_wrong_token_is_wrong_in_one_thing() {
    each_store(|server| async move {
        for user in [json!({}), json!({ "username": dev::USERNAME }), json!({ "subject": "s" })] {
            let mut body = json!({ "kind": "access", "clientId": shared_client() });
            body.as_object_mut().unwrap().extend(user.as_object().unwrap().clone());
            let right = mint(&server, body.clone()).await;
            for (wrong, members, came) in [
                ("expired", "auth_time exp iat", "an expired token"),
                ("notYetValid", "exp nbf", "a token that is not valid yet"),
                ("issuer", "iss", "another issuer"),
                ("audience", "aud", ""),
                ("signature", "", "a signature that is not valid"),
                ("algNone", "alg", "a token without a signature"),
                ("unknownKid", "kid", "a key that the environment does not have"),
                ("typ", "typ", "another type of token"),
            ] {
                body["wrong"] = wrong.into();
                let minted = mint(&server, body.clone()).await;
                let mut other: Vec<&str> = Vec::new();
                for part in ["header", "claims"] {
                    let (right, minted) = (right[part].as_object().unwrap(), minted[part].as_object().unwrap());
                    let changed = |name: &&String| right.get(*name) != minted.get(*name);
                    other.extend(right.keys().chain(minted.keys()).filter(changed).map(String::as_str));
                }
                other.retain(|name| !["jti", "p1.rid", "sid"].contains(name));
                other.sort_unstable();
                other.dedup();
                let members: Vec<&str> = members
                    .split_whitespace()
                    .filter(|name| right["claims"].get("auth_time").is_some() || *name != "auth_time")
                    .collect();
                assert_eq!(other, members, "{wrong} {minted}");
                let text = text(&minted);
                assert_eq!(claims(&text), minted["claims"], "{wrong}");
                let said = !["signature", "algNone", "unknownKid"].contains(&wrong);
                assert_eq!(verifies(&server, &text).await, said, "{wrong}");
                if wrong == "audience" {
                    // This resource stands for any, so it looks at none.
                    let told = server.get_with("/dev/resource", &text).await.expect(200);
                    assert_eq!(told["aud"], json!(["https://other-audience.example"]));
                } else {
                    assert_eq!(refused_at(&server, &server.at("userinfo"), &text).await, came, "{wrong} {user}");
                    assert_eq!(server.get_with("/dev/resource", &text).await.status, 401, "{wrong} {user}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_minted_refresh_token_is_redeemed_once() {
    each_store(|server| async move {
        let body = json!({ "kind": "refresh", "clientId": shared_client(), "username": dev::USERNAME, "scope": "openid profile" });
        let none = ask(&server, &SANDBOX.to_string(), &body).await;
        assert_eq!((none.status, none.member("at")), (400, "clientId"), "{}", none.text);
        let grants = json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] });
        server.change(dev::SHARED_WEB_APPLICATION, grants).await;
        let minted = mint(&server, body.clone()).await;
        assert_eq!(minted.as_object().unwrap().len(), 1, "{minted}");
        let first = server.refresh(&text(&minted)).await.expect(200);
        assert_eq!(claims(first["id_token"].as_str().unwrap())["sub"], dev::USER.to_string());
        assert_eq!(first["scope"], "openid profile");
        server.refresh(&text(&minted)).await.is_refused(400, "invalid_grant");
        let mut expired = body;
        expired["wrong"] = "expired".into();
        let minted = mint(&server, expired).await;
        server.refresh(&text(&minted)).await.is_refused(400, "invalid_grant");
    })
    .await;
}

/// A key of the algorithm is made where there is none, and is published.
#[tokio::test]
async fn every_algorithm_signs() {
    let server = TestApp::inside().await;
    for alg in Alg::ASYMMETRIC {
        for kind in ["access", "id"] {
            let minted = mint(&server, json!({ "kind": kind, "algorithm": alg.name() })).await;
            assert_eq!(minted["header"]["alg"], alg.name());
            assert!(verifies(&server, &text(&minted)).await, "{alg}");
            let broken = mint(&server, json!({ "kind": kind, "algorithm": alg.name(), "wrong": "signature" })).await;
            assert!(!verifies(&server, &text(&broken)).await, "{alg}");
        }
    }
    // The usual one is still the environment's own.
    assert_eq!(mint(&server, json!({ "kind": "access" })).await["header"]["alg"], "RS256");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_its_place() {
    let server = TestApp::inside().await;
    for (body, status, at) in [
        (json!({}), 400, "kind"),
        (json!({ "kind": "code" }), 400, "kind"),
        (json!({ "kind": "access", "colour": "red" }), 400, "colour"),
        (json!({ "kind": "access", "clientId": "nobody" }), 400, "clientId"),
        (json!({ "kind": "access", "clientId": "a\u{0}b" }), 400, "clientId"),
        (json!({ "kind": "access", "username": "nobody" }), 400, "username"),
        (json!({ "kind": "access", "subject": "" }), 400, "subject"),
        (json!({ "kind": "access", "scope": "two  spaces" }), 400, "scope"),
        (json!({ "kind": "access", "audience": [] }), 400, "audience"),
        (json!({ "kind": "access", "audience": [1] }), 400, "audience"),
        (json!({ "kind": "access", "expiresIn": 1e30 }), 400, "expiresIn"),
        (json!({ "kind": "access", "algorithm": "HS256" }), 400, "algorithm"),
        (json!({ "kind": "access", "algorithm": "none" }), 400, "algorithm"),
        (json!({ "kind": "access", "wrong": "everything" }), 400, "wrong"),
        (json!({ "kind": "access", "claims": [] }), 400, "claims"),
        (json!({ "kind": "access", "claims": { "x": "y".repeat(20_000) } }), 400, "claims"),
        (json!({ "kind": "access", "removeClaims": vec!["x"; 101] }), 400, "removeClaims"),
        (json!({ "kind": "refresh", "claims": { "a": 1 } }), 400, "claims"),
        (json!({ "kind": "refresh", "wrong": "typ" }), 400, "wrong"),
        (json!({ "kind": "refresh", "algorithm": "ES256" }), 400, "algorithm"),
    ] {
        let answer = ask(&server, &SANDBOX.to_string(), &body).await;
        assert_eq!((answer.status, answer.member("at")), (status, at), "{body} {}", answer.text);
        assert!(!answer.member("message").is_empty());
    }
    let twice = json!({ "kind": "access", "username": dev::USERNAME, "claims": { "jti": "once" } });
    mint(&server, twice.clone()).await;
    let again = ask(&server, &SANDBOX.to_string(), &twice).await;
    assert!(again.status == 409 && again.text.contains("jti"), "{}", again.text);
    for world in ["00000000-0000-0000-0000-000000000000", "x"] {
        assert_eq!(ask(&server, world, &json!({ "kind": "access" })).await.status, 404, "{world}");
    }
}
