//! Key rotation policies: whose keys sign whose tokens, and when others follow.

use engine::rotation;
use http::header::ETAG;
use jose::{Compact, Jwks, VerifyingKey};
use protocol::id::EnvironmentId;
use protocol::model::{KeyPair, KeyRotationPolicy, key_rotation_policy};
use serde_json::{Value, json};
use testkit::Admin;

use super::keys::{DN, file, id, key};

const DAY: i64 = 86_400;

pub(super) fn policy(name: &str) -> Value {
    json!({
        "name": name, "algorithm": "RSA", "keyLength": 2048, "signatureAlgorithm": "SHA256withRSA", "usageType": "SIGNING",
        "dn": DN, "rotationPeriod": 31, "validityPeriod": 340,
    })
}

/// What every environment has: a policy of its own, whose keys are its signing keys, which nobody deletes.
#[tokio::test]
async fn the_keys_that_an_environment_has_belong_to_its_own_policy() {
    let api = Admin::start().await;
    let published = api.server.get(&format!("/{}/as/jwks", api.env)).await.expect(200);
    let keys = api.get(&api.path("/keys")).await.expect(200);
    let key = &keys["_embedded"]["keys"][0];
    assert_eq!(
        (&key["default"], &key["usageType"], &key["id"]),
        (&json!(true), &json!("SIGNING"), &published["keys"][0]["kid"])
    );
    let policies = api.get(&api.path("/keyRotationPolicies")).await.expect(200);
    let own = policies["_embedded"]["keyRotationPolicies"][0].clone();
    let environment = EnvironmentId::parse(&api.env).unwrap();
    assert_eq!(id(&own), key_rotation_policy(environment).to_string());
    assert_eq!((&own["currentKeyId"], &own["rotationPeriod"]), (&key["id"], &json!(90)));
    let answer = api.delete(&api.path(&format!("/keys/{}", id(key)))).await;
    answer.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert_eq!(api.delete(&api.path(&format!("/keyRotationPolicies/{}", id(&own)))).await.status, 400);
    let csr = file(&api, &api.path(&format!("/keys/{}/csr", id(key))), "application/pkcs10").await;
    assert_eq!(csr.headers["content-type"], "application/pkcs10");
    file(&api, &api.path(&format!("/keys/{}", id(key))), "application/x-x509-ca-cert").await;
    let (application, _) = api.service("Service", "SERVICE").await;
    let signs = api.get(&api.path(&format!("/keys/{}/applications", id(key)))).await.expect(200);
    let all = signs["_embedded"]["applications"].as_array().unwrap();
    assert!(all.iter().any(|one| one["id"] == json!(application)));
    // Written, it is stored; it counts from there. What nobody wrote yet has a version as well (RFC 9110 §13.1.1).
    let mut body = own.clone();
    body["rotationPeriod"] = json!(200);
    let path = api.path(&format!("/keyRotationPolicies/{}", id(&own)));
    let tag = api.get(&path).await.headers[ETAG].clone();
    for (tag, status) in [("\"999\"".parse().unwrap(), 412), (tag.clone(), 200), (tag, 412)] {
        let request = api.request("PUT", &path).header("if-match", tag.clone()).json(&body);
        assert_eq!(api.send(request).await.status, status, "{tag:?}");
    }
    assert_eq!(api.get(&path).await.expect(200)["rotationPeriod"], 200);
    let after = api.server.get(&format!("/{}/as/jwks", api.env)).await.expect(200);
    assert_eq!(after, published, "nothing of that changes the key set");
}

fn kid(token: &str) -> String {
    Compact::parse(token).unwrap().kid().unwrap().to_owned()
}

async fn jwks(api: &Admin) -> Jwks {
    Jwks::parse(api.server.get(&format!("/{}/as/jwks", api.env)).await.text.as_bytes()).unwrap()
}

fn verifies(keys: &Jwks, token: &str) -> bool {
    let compact = Compact::parse(token).unwrap();
    let Some(jwk) = keys.find(compact.kid(), compact.alg()) else { return false };
    let key = VerifyingKey::from_jwk(jwk, compact.alg()).unwrap();
    compact.verify(&key).is_ok()
}

fn pass(api: &Admin) -> EnvironmentId {
    EnvironmentId::parse(&api.env).unwrap()
}

/// The contract, Annex A: KeyRotationPolicy; an application's tokens follow its own policy, and the key of it.
#[tokio::test]
async fn an_application_signs_with_the_key_of_its_policy() {
    let api = Admin::start().await;
    let path = api.path("/keyRotationPolicies");
    let made = api.post(&path, &policy("Own")).await.expect(201);
    assert!(made["currentKeyId"].is_string() && made["nextKeyId"].is_string() && made["rotatedAt"].is_string());
    let (application, secret) = api.service("Service", "SERVICE").await;
    let at = api.path(&format!("/applications/{application}"));
    let before = api.token_of(&api.env, &application, &secret).await.unwrap();
    let mut body = api.get(&at).await.expect(200);
    body["signing"]["keyRotationPolicy"]["id"] = made["id"].clone();
    let changed = api.put(&at, &body).await.expect(200);
    assert_eq!(changed["signing"]["keyRotationPolicy"]["id"], made["id"]);
    let token = api.token_of(&api.env, &application, &secret).await.unwrap();
    assert_eq!(json!(kid(&token)), made["currentKeyId"]);
    assert_ne!(kid(&before), kid(&token));
    let keys = jwks(&api).await;
    assert!(verifies(&keys, &before) && verifies(&keys, &token));
    let published: Vec<_> = keys.keys().iter().map(|key| json!(key.kid().unwrap())).collect();
    assert!(published.contains(&made["nextKeyId"]), "it is published before it signs");
    // What is used is not taken away.
    let one = format!("{path}/{}", id(&made));
    assert_eq!(api.delete(&one).await.status, 400);
    let current = api.path(&format!("/keys/{}", made["currentKeyId"].as_str().unwrap()));
    let refused = api.delete(&current).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert!(!refused.to_string().contains("in use"), "a sentence that clients repeat: {refused}");
    let signs = api.get(&format!("{current}/applications")).await.expect(200);
    assert_eq!(signs["_embedded"]["applications"].as_array().unwrap().len(), 1);
    assert_eq!(api.get(&format!("{one}/jwks")).await.expect(200)["keys"].as_array().unwrap().len(), 2);
    body["signing"]["keyRotationPolicy"]["id"] = json!(api.env);
    api.put(&at, &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "signing.keyRotationPolicy.id");
    // Back to the environment's own: what was signed meanwhile verifies, also after the policy's end.
    body.as_object_mut().unwrap().remove("signing");
    let back = api.put(&at, &body).await.expect(200);
    assert_eq!(back["signing"]["keyRotationPolicy"]["id"], key_rotation_policy(pass(&api)).to_string());
    api.delete(&one).await.expect(204);
    assert_eq!(api.get(&one).await.status, 404);
    assert!(verifies(&jwks(&api).await, &token));
    assert_eq!(kid(&api.token_of(&api.env, &application, &secret).await.unwrap()), kid(&before));
}

/// KD-02, MD-06: with the time each policy's next key signs, also the environment's own; whoever keeps the key set as long as they may
/// meets no token whose key they do not know, and what was signed verifies for as long as it lives.
#[tokio::test]
async fn policies_rotate_by_themselves() {
    let mut api = Admin::start().await;
    let made = api.post(&api.path("/keyRotationPolicies"), &policy("Own")).await.expect(201);
    let (application, secret) = api.service("Service", "SERVICE").await;
    let (plain, plain_secret) = api.service("Plain", "SERVICE").await;
    let at = api.path(&format!("/applications/{application}"));
    let mut body = api.get(&at).await.expect(200);
    body["signing"]["keyRotationPolicy"]["id"] = made["id"].clone();
    api.put(&at, &body).await.expect(200);
    rotation::finish_due(&api.server.app).await.unwrap();
    let mut seen = [Vec::new(), Vec::new()];
    let mut kept = jwks(&api).await;
    for days in [0, 30, 2, 31, 31] {
        api.wait(days * DAY);
        for _ in 0..3 {
            // Two passes: the environment's own key is published for ten minutes first.
            rotation::finish_due(&api.server.app).await.unwrap();
            api.server.app.forget(pass(&api));
            for (seen, (application, secret)) in seen.iter_mut().zip([(&application, &secret), (&plain, &plain_secret)])
            {
                let token = api.token_of(&api.env, application, secret).await.unwrap();
                assert!(verifies(&kept, &token), "{days}: with the key set of five minutes ago");
                assert!(verifies(&jwks(&api).await, &token));
                if seen.last() != Some(&kid(&token)) {
                    seen.push(kid(&token));
                }
            }
            kept = jwks(&api).await;
            api.wait(301);
        }
        api.wait(301);
        kept = jwks(&api).await;
    }
    assert_eq!(seen[0][..2], [made["currentKeyId"].as_str().unwrap(), made["nextKeyId"].as_str().unwrap()]);
    assert_eq!(seen.map(|kids| kids.len()), [4, 2], "each 31 days, and once in 90");
    api.renew().await;
    let after = api.get(&api.path(&format!("/keyRotationPolicies/{}", id(&made)))).await.expect(200);
    assert_ne!(after["rotatedAt"], made["rotatedAt"]);
    assert_ne!(after["nextKeyId"], after["currentKeyId"]);
}

/// Two processes that find the same policy due make one rotation.
#[tokio::test]
async fn of_two_processes_one_rotates() {
    let api = Admin::start().await;
    let made = api.post(&api.path("/keyRotationPolicies"), &policy("Own")).await.expect(201);
    api.wait(32 * DAY);
    let app = &api.server.app;
    let (one, two) = tokio::join!(rotation::finish_due(app), rotation::finish_due(app));
    assert!(one.is_ok() && two.is_ok());
    let all: Vec<KeyPair> = app.store.all(pass(&api), &[]).await.unwrap();
    assert_eq!(all.len(), 3);
    let policy: KeyRotationPolicy =
        app.store.get(pass(&api), &[made["id"].as_str().unwrap().parse().unwrap()]).await.unwrap().unwrap();
    assert_eq!(policy.version, 2);
}

/// MD-07: a key of a policy that leaked is gone at once, and another signs in its place.
#[tokio::test]
async fn a_key_of_a_policy_can_be_revoked() {
    let api = Admin::start().await;
    let made = api.post(&api.path("/keyRotationPolicies"), &policy("Own")).await.expect(201);
    let leaked = made["currentKeyId"].as_str().unwrap();
    let new = rotation::revoke(&api.server.app, pass(&api), leaked).await.unwrap().unwrap();
    let after = api.get(&api.path(&format!("/keyRotationPolicies/{}", id(&made)))).await.expect(200);
    assert_eq!(after["currentKeyId"], new);
    assert_ne!(after["nextKeyId"], made["nextKeyId"], "whoever has the one may have the other");
    let kids: Vec<_> = jwks(&api).await.keys().iter().map(|key| key.kid().unwrap().to_owned()).collect();
    assert!(!kids.contains(&leaked.to_owned()));
}

/// An environment has five policies at most; what they are like is judged.
#[tokio::test]
async fn policies_are_few_and_judged() {
    let api = Admin::start().await;
    let path = api.path("/keyRotationPolicies");
    let with = |members: Value| {
        let mut body = policy("Own");
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    for (members, target) in [
        (json!({ "rotationPeriod": 29 }), "rotationPeriod"),
        (json!({ "algorithm": "EC" }), "algorithm"),
        (json!({ "keyLength": 1024 }), "keyLength"),
        (json!({ "dn": "nobody" }), "dn"),
        (json!({ "usageType": "ENCRYPTION" }), "usageType"),
    ] {
        let answer = api.post(&path, &with(members)).await;
        assert_eq!(
            (answer.status, answer.body["details"][0]["target"].as_str()),
            (400, Some(target)),
            "{}",
            answer.text
        );
    }
    for name in ["1", "2", "3", "4"] {
        api.post(&path, &policy(name)).await.expect(201);
    }
    api.post(&path, &policy("5")).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
}

/// Nothing of another environment is reached.
#[tokio::test]
async fn keys_are_of_one_environment() {
    let api = Admin::start().await;
    let key = id(&api.post(&api.path("/keys"), &key("SIGNING", false)).await.expect(201));
    let made = id(&api.post(&api.path("/keyRotationPolicies"), &policy("Own")).await.expect(201));
    let other = id(&api.post("/environments", &api.environment_body("Other")).await.expect(201));
    for path in [format!("keys/{key}"), format!("keys/{key}/csr"), format!("keyRotationPolicies/{made}")] {
        assert_eq!(api.get(&format!("/environments/{other}/{path}")).await.status, 404, "{path}");
        assert_eq!(api.delete(&format!("/environments/{other}/{path}")).await.status / 100, 4, "{path}");
    }
    let body = json!({
        "name": "App", "enabled": true, "type": "SERVICE", "protocol": "OPENID_CONNECT", "grantTypes": ["CLIENT_CREDENTIALS"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "signing": { "keyRotationPolicy": { "id": made } },
    });
    let answer = api.post(&format!("/environments/{other}/applications"), &body).await;
    answer.refuses(400, "INVALID_DATA", "INVALID_VALUE", "signing.keyRotationPolicy.id");
    api.post(&api.path("/applications"), &body).await.expect(201);
}
