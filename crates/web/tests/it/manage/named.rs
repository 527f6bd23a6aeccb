//! What names another object by its id names one that is there, and it stays as long as it is named.

use engine::bootstrap::dev;
use http::Method;
use serde_json::{Value, json};
use testkit::{Admin, SANDBOX, TestApp};

use super::keys::{certificate, id, key};
use super::own::call;

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

/// Actions of sign-on policies name providers, populations and applications that are there. Ping's provider ends those before it writes
/// the action that does not name them any more: the action goes on without.
#[tokio::test]
async fn a_sign_on_policy_goes_on_without_what_ends() {
    let api = Admin::start().await;
    let provider = api.post(&api.path("/identityProviders"), &google("G")).await.expect(201);
    let population = api.post(&api.path("/populations"), &json!({ "name": "New" })).await.expect(201);
    let policy = api.post(&api.path("/signOnPolicies"), &json!({ "name": "P" })).await.expect(201);
    let actions = format!("{}/actions", own(&policy));
    let unknown = json!({ "type": "MULTI_FACTOR_AUTHENTICATION", "priority": 1, "noDevicesMode": "BLOCK",
        "applications": [{ "id": api.env }] });
    api.post(&actions, &unknown).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "applications[0].id");
    let registration = json!({ "enabled": true, "population": { "id": population["id"] } });
    let full = login(&json!({ "socialProviders": [{ "id": provider["id"] }], "registration": registration }));
    let action = api.post(&actions, &full).await.expect(201);
    let stands = async || api.get(own(&action)).await.expect(200);
    api.delete(own(&population)).await.expect(204);
    let left = stands().await;
    assert_eq!((&left["registration"]["enabled"], &left["registration"]["population"]), (&json!(false), &Value::Null));
    assert_eq!(left["socialProviders"], json!([{ "id": provider["id"] }]));
    api.delete(own(&provider)).await.expect(204);
    assert_eq!(stands().await["socialProviders"], Value::Null);
    let told =
        api.get(&api.path("/activities?filter=action.type%20eq%20%22SIGN_ON_POLICY.UPDATED%22")).await.expect(200);
    let told = told["_embedded"]["activities"].to_string();
    assert!(told.contains("took identity provider") && told.contains("took population"), "{told}");
}

fn login(more: &Value) -> Value {
    let mut body = json!({ "type": "LOGIN", "priority": 1 });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// The action whose step is a provider's would be nothing without it.
#[tokio::test]
async fn a_provider_stays_while_an_action_is_about_it() {
    let api = Admin::start().await;
    let provider = api.post(&api.path("/identityProviders"), &google("G")).await.expect(201);
    let policy = api.post(&api.path("/signOnPolicies"), &json!({ "name": "P" })).await.expect(201);
    let actions = format!("{}/actions", own(&policy));
    let about = json!({ "type": "IDENTITY_PROVIDER", "priority": 1, "identityProvider": { "id": provider["id"] } });
    let action = api.post(&actions, &about).await.expect(201);
    let refused = api.delete(own(&provider)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert!(refused["details"][0]["message"].as_str().unwrap().contains("sign-on policy P"), "{refused}");
    assert_eq!(api.get(own(&action)).await.expect(200), action);
    api.put(own(&action), &login(&json!({}))).await.expect(200);
    api.delete(own(&provider)).await.expect(204);
}

/// Administrators whose provider ends are known where everybody else is.
#[tokio::test]
async fn administrators_go_on_without_their_provider() {
    let api = Admin::start().await;
    let provider = api.post(&api.path("/identityProviders"), &google("G")).await.expect(201);
    let security = json!({ "mfaStatus": "ENFORCE", "recovery": true, "authenticationMethod": "EXTERNAL",
        "provider": { "id": provider["id"] } });
    api.put(&api.path("/adminConfig"), &security).await.expect(200);
    api.delete(own(&provider)).await.expect(204);
    let left = api.get(&api.path("/adminConfig")).await.expect(200);
    assert_eq!((&left["authenticationMethod"], &left["provider"]), (&json!("PINGONE"), &Value::Null));
}

/// RC-01: of two who meet, one names it and the other ends it, nothing is left that names what is not there.
#[tokio::test]
async fn no_action_names_what_ends_meanwhile() {
    let api = Admin::start().await;
    let policy = api.post(&api.path("/signOnPolicies"), &json!({ "name": "P" })).await.expect(201);
    let action = api.post(&format!("{}/actions", own(&policy)), &login(&json!({}))).await.expect(201);
    for n in 0..20 {
        let provider = api.post(&api.path("/identityProviders"), &google(&format!("G{n}"))).await.expect(201);
        let body = login(&json!({ "socialProviders": [{ "id": provider["id"] }] }));
        let (put, ended) = tokio::join!(api.put(own(&action), &body), api.delete(own(&provider)));
        assert!(matches!((put.status, ended.status), (200 | 400, 204)), "{n}: {} {}", put.text, ended.text);
        assert_eq!(api.get(own(&action)).await.expect(200)["socialProviders"], Value::Null, "{n}");
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

/// What is disabled of a user is told by no claim: neither for a scope nor by name, in no ID token and not to the user.
#[tokio::test]
async fn what_is_disabled_is_told_by_no_claim() {
    let server = TestApp::inside().await;
    let base = format!("/environments/{SANDBOX}");
    let me = dev::USER.to_string();
    let user = format!("{base}/users/{me}");
    let values = json!({
        "nickname": "Nick", "primaryPhone": "+1.555", "mobilePhone": "+1.666", "locale": "en-GB", "name": { "given": "Gi", "family": "Fa" },
        "address": { "locality": "Bern" }, "website": "https://w.example", "profileUrl": "https://p.example",
    });
    server.manage(Method::PATCH, &user, Some(&values)).await.expect(200);
    let (client, secret) = (dev::SHARED_WEB_APPLICATION.to_string(), dev::SHARED_WEB_SECRET);
    let claims = r#"{"id_token":{"nickname":null,"locale":null,"given_name":null,"phone_number":null,"email":null}}"#;
    let sign_on = async || {
        let scope = "openid profile phone address email";
        let code = server.sign_on_with(&[("client_id", &client), ("scope", scope), ("claims", claims)]).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", dev::REDIRECT_URI),
            ("client_id", &client),
            ("client_secret", secret),
        ];
        let tokens = server.form(&server.at("token"), &fields).await.expect(200);
        let access = tokens["access_token"].as_str().unwrap().to_owned();
        let id_token = testkit::claims(tokens["id_token"].as_str().unwrap());
        let request = server.request(Method::GET, &server.at("userinfo")).bearer_auth(&access);
        (id_token, server.send(request).await.expect(200))
    };
    let told = |answer: &Value| {
        let names =
            ["nickname", "locale", "given_name", "phone_number", "email", "name", "address", "website", "profile"];
        names.into_iter().filter(|name| !answer[*name].is_null()).collect::<Vec<_>>()
    };
    let (id_token, userinfo) = sign_on().await;
    assert_eq!(told(&userinfo).len(), 9, "{userinfo}");
    assert!(told(&id_token).len() >= 5, "{id_token}");

    let schemas = server.manage(Method::GET, &format!("{base}/schemas"), None).await.expect(200);
    let attributes =
        format!("{base}/schemas/{}/attributes", schemas["_embedded"]["schemas"][0]["id"].as_str().unwrap());
    let all = server.manage(Method::GET, &attributes, None).await.expect(200)["_embedded"]["attributes"].clone();
    for name in ["nickname", "primaryPhone", "mobilePhone", "name", "email", "address", "website"] {
        let one = all.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
        let one = format!("{attributes}/{}", one["id"].as_str().unwrap());
        server.manage(Method::PATCH, &one, Some(&json!({ "enabled": false }))).await.expect(200);
    }
    let (id_token, userinfo) = sign_on().await;
    assert_eq!(told(&userinfo), ["locale", "profile"], "{userinfo}");
    assert!(told(&id_token).iter().all(|name| ["locale", "profile"].contains(name)), "{id_token}");
    assert!(userinfo["email_verified"].is_null() && userinfo["phone_number_verified"].is_null(), "{userinfo}");
    assert_eq!(userinfo["preferred_username"], dev::USERNAME);
    let own = super::own::token(&server, &["p1:read:user"]).await;
    let seen = call(&server, &own, "GET", &me, None).await.expect(200);
    assert!(seen["nickname"].is_null() && seen["email"].is_null() && seen["name"].is_null(), "{seen}");
    assert_eq!(seen["locale"], "en-GB");
}

/// RC-01: no group is by an attribute that stands from the beginning and is disabled meanwhile, or was before.
#[tokio::test]
async fn no_group_is_by_an_attribute_that_is_disabled() {
    let api = Admin::start().await;
    let list = api.get(&super::schemas::attributes(&api).await).await.expect(200);
    let title = list["_embedded"]["attributes"].as_array().unwrap().iter().find(|one| one["name"] == "title").cloned();
    let title = title.unwrap();
    let (on, off) = (json!({ "enabled": true }), json!({ "enabled": false }));
    for n in 0..20 {
        let group = json!({ "name": format!("By {n}"), "userFilter": "title eq \"Dr\"" });
        let groups = api.path("/groups");
        let (made, disabled) = tokio::join!(api.post(&groups, &group), api.call("PATCH", own(&title), Some(&off)));
        let both = (made.status, disabled.status);
        assert!(matches!(both, (201, 400) | (400, 200)), "{n}: {} {}", made.text, disabled.text);
        if made.status == 201 {
            api.delete(own(&made.body)).await.expect(204);
        } else {
            api.post(&groups, &group).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "userFilter");
            api.call("PATCH", own(&title), Some(&on)).await.expect(200);
        }
    }
}
