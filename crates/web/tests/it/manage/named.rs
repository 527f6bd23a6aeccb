//! What names another object by its id names one that is there, and it stays as long as it is named.

use serde_json::{Value, json};
use testkit::Admin;

use super::keys::{certificate, id, key};

/// A SAML provider that verifies by this certificate, and signs with this key where there is one.
fn saml(name: &str, certificate: &str, key: Option<&str>) -> Value {
    let mut body = json!({
        "name": name, "enabled": true, "type": "SAML", "idpEntityId": "idp:x", "spEntityId": "sp:x", "ssoBinding": "HTTP_POST",
        "ssoEndpoint": "https://idp.example.com/sso", "idpVerification": { "certificates": [{ "id": certificate }] },
    });
    if let Some(key) = key {
        body["spSigning"] = json!({ "algorithm": "SHA256withECDSA", "key": { "id": key } });
    }
    body
}

fn google(name: &str) -> Value {
    json!({ "name": name, "enabled": true, "type": "GOOGLE", "clientId": "c", "clientSecret": "s" })
}

fn own(object: &Value) -> &str {
    object["_links"]["self"]["href"].as_str().unwrap()
}

/// A provider names keys and certificates that are there: none of another environment, and none that ends by its key rotation policy.
#[tokio::test]
async fn a_provider_names_keys_and_certificates_that_are_there() {
    let api = Admin::start().await;
    let (certificate, providers) = (certificate(&api).await, api.path("/identityProviders"));
    let made = id(&api.post(&api.path("/keys"), &key("SIGNING", false)).await.expect(201));
    let keys = api.get(&api.path("/keys")).await.expect(200)["_embedded"]["keys"].clone();
    let of_policy = keys.as_array().unwrap().iter().find(|one| one["id"] != *made).unwrap()["id"].clone();
    let other = api.post("/environments", &api.environment_body("Other")).await.expect(201);
    let foreign = format!("/environments/{}/keys", other["id"].as_str().unwrap());
    let foreign = id(&api.post(&foreign, &key("SIGNING", false)).await.expect(201));
    let good = api.post(&providers, &saml("Good", &certificate, Some(&made))).await.expect(201);
    for (body, target) in [
        (saml("x", &made, None), "idpVerification.certificates[0].id"),
        (saml("x", &certificate, Some(&certificate)), "spSigning.key.id"),
        (saml("x", &certificate, Some(&foreign)), "spSigning.key.id"),
        (saml("x", &certificate, of_policy.as_str()), "spSigning.key.id"),
    ] {
        api.post(&providers, &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", target);
        api.put(own(&good), &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", target);
    }
    assert_eq!(api.get(own(&good)).await.expect(200), good);
}

/// Ping's provider looks for status and sentence, and asks again until it is free.
#[tokio::test]
async fn a_certificate_that_a_provider_verifies_by_is_in_use() {
    let api = Admin::start().await;
    let (used, other) = (certificate(&api).await, certificate(&api).await);
    let provider = api.post(&api.path("/identityProviders"), &saml("One", &used, None)).await.expect(201);
    let path = |id: &str| api.path(&format!("/certificates/{id}"));
    let refused = api.delete(&path(&used)).await.refuses(409, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert!(refused["message"].as_str().unwrap().contains("Certificate must not be in use"), "{refused}");
    api.put(own(&provider), &saml("One", &other, None)).await.expect(200);
    api.delete(&path(&used)).await.expect(204);
    api.delete(own(&provider)).await.expect(204);
    api.delete(&path(&other)).await.expect(204);
}

/// RC-01: of two who meet, one names it and the other ends it, one is refused.
#[tokio::test]
async fn nobody_names_what_ends_meanwhile() {
    let api = Admin::start().await;
    let providers = api.path("/identityProviders");
    for n in 0..20 {
        let (certificate, named) = (certificate(&api).await, format!("Certificate {n}"));
        let path = api.path(&format!("/certificates/{certificate}"));
        let body = saml(&named, &certificate, None);
        let (made, ended) = tokio::join!(api.post(&providers, &body), api.delete(&path));
        assert!(matches!((made.status, ended.status), (201, 409) | (400, 204)), "{n}: {} {}", made.text, ended.text);
        let (stays, key) = (self::certificate(&api).await, api.post(&api.path("/keys"), &key("SIGNING", false)).await);
        let key = id(&key.expect(201));
        let (path, body) = (api.path(&format!("/keys/{key}")), saml(&format!("Key {n}"), &stays, Some(&key)));
        let (made, ended) = tokio::join!(api.post(&providers, &body), api.delete(&path));
        assert!(matches!((made.status, ended.status), (201 | 400, 400 | 204)), "{n}: {} {}", made.text, ended.text);
        assert_ne!(made.status == 201, ended.status == 204, "{n}: {} {}", made.text, ended.text);
    }
}

/// Actions of sign-on policies name providers, populations and applications that are there, and those stay.
#[tokio::test]
async fn what_a_sign_on_policy_names_stays() {
    let api = Admin::start().await;
    let provider = api.post(&api.path("/identityProviders"), &google("G")).await.expect(201);
    let population = api.post(&api.path("/populations"), &json!({ "name": "New" })).await.expect(201);
    let policy = api.post(&api.path("/signOnPolicies"), &json!({ "name": "P" })).await.expect(201);
    let actions = format!("{}/actions", own(&policy));
    let unknown = json!({ "type": "MULTI_FACTOR_AUTHENTICATION", "priority": 1, "noDevicesMode": "BLOCK",
        "applications": [{ "id": api.env }] });
    api.post(&actions, &unknown).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "applications[0].id");
    let of = |more: Value| {
        let mut body = json!({ "type": "LOGIN", "priority": 1 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let registration = json!({ "enabled": true, "population": { "id": population["id"] } });
    let full = of(json!({ "socialProviders": [{ "id": provider["id"] }], "registration": registration }));
    let action = api.post(&actions, &full).await.expect(201);
    let refused = api.delete(own(&provider)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert!(refused["details"][0]["message"].as_str().unwrap().contains("sign-on policy P"), "{refused}");
    api.delete(own(&population)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "population");
    api.put(own(&action), &of(json!({}))).await.expect(200);
    api.delete(own(&population)).await.expect(204);
    // Where administrators sign on.
    let security = json!({ "mfaStatus": "ENFORCE", "recovery": true, "authenticationMethod": "EXTERNAL", "provider": { "id": provider["id"] } });
    let set = api.put(&api.path("/adminConfig"), &security).await;
    assert_eq!(set.status, 200, "{}", set.text);
    api.delete(own(&provider)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    api.put(
        &api.path("/adminConfig"),
        &json!({ "mfaStatus": "ENFORCE", "recovery": true, "authenticationMethod": "PINGONE" }),
    )
    .await
    .expect(200);
    api.delete(own(&provider)).await.expect(204);
    // RC-01.
    for n in 0..20 {
        let provider = api.post(&api.path("/identityProviders"), &google(&format!("G{n}"))).await.expect(201);
        let body = of(json!({ "socialProviders": [{ "id": provider["id"] }] }));
        let (put, ended) = tokio::join!(api.put(own(&action), &body), api.delete(own(&provider)));
        let both = (put.status, ended.status);
        assert!(matches!(both, (200, 400) | (400, 204)), "{n}: {} {}", put.text, ended.text);
    }
}

/// A role names permissions that there are. What it has already stays, and PingOne's own give nothing.
#[tokio::test]
async fn a_role_names_permissions_that_there_are() {
    let api = Admin::start().await;
    let body = |permissions: &[&str]| {
        let permissions: Vec<_> = permissions.iter().map(|id| json!({ "id": id })).collect();
        json!({ "name": "R", "applicableTo": ["ENVIRONMENT"], "canBeAssignedBy": [], "permissions": permissions })
    };
    let good = [
        "dir:read:user",
        "dir:create:user",
        "permissions:read:gatewayRoleAssignments",
        "applications:delete:trustedIssuer",
    ];
    let role = api.post(&api.path("/roles"), &body(&good)).await.expect(201);
    let wrong = body(&["dir:read:user", "dir:raed:user", "other:read:user"]);
    for refused in [api.post(&api.path("/roles"), &wrong).await, api.put(own(&role), &wrong).await] {
        let refused = refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "permissions[1].id");
        let told: Vec<_> = refused["details"].as_array().unwrap().iter().map(|one| one["message"].clone()).collect();
        assert_eq!(told, ["no permission is called dir:raed:user", "no permission is called other:read:user"]);
    }
    assert_eq!(api.get(own(&role)).await.expect(200)["permissions"].as_array().unwrap().len(), good.len());
}
