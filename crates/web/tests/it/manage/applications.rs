use serde_json::{Value, json};

use super::conditions::version;
use testkit::Admin;

fn minimal(name: &str, kind: &str, method: &str) -> Value {
    json!({ "name": name, "enabled": true, "type": kind, "protocol": "OPENID_CONNECT", "tokenEndpointAuthMethod": method })
}

#[tokio::test]
async fn applications_of_every_type_are_made_and_listed() {
    let api = Admin::start().await;
    let path = api.path("/applications");
    for (kind, method) in [
        ("WEB_APP", "CLIENT_SECRET_BASIC"),
        ("NATIVE_APP", "NONE"),
        ("SINGLE_PAGE_APP", "NONE"),
        ("SERVICE", "CLIENT_SECRET_POST"),
        ("CUSTOM_APP", "CLIENT_SECRET_JWT"),
        ("WORKER", "PRIVATE_KEY_JWT"),
    ] {
        let mut body = minimal(kind, kind, method);
        if method == "PRIVATE_KEY_JWT" {
            body["jwksUrl"] = json!("https://app.example/jwks");
        }
        let answer = api.post(&path, &body).await;
        assert_eq!(version(&answer), "0");
        let made = answer.expect(201);
        assert_eq!((made["type"].as_str(), made["tokenEndpointAuthMethod"].as_str()), (Some(kind), Some(method)));
        assert_eq!(made["clientId"], made["id"]);
        for (name, value) in [
            ("hiddenFromAppPortal", json!(false)),
            ("pkceEnforcement", json!("OPTIONAL")),
            ("parRequirement", json!("OPTIONAL")),
            ("parTimeout", json!(60)),
            ("additionalRefreshTokenReplayProtectionEnabled", json!(true)),
        ] {
            assert_eq!(made[name], value, "{kind} {name}");
        }
        for absent in
            ["clientSecret", "secret", "description", "corsSettings", "refreshTokenDuration", "tags", "redirectUris"]
        {
            assert!(made[absent].is_null(), "{kind} {absent}");
        }
        assert!(made["signing"]["keyRotationPolicy"]["id"].is_string());
        let read = api.get(&format!("{path}/{}", made["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(read, made, "what was answered is what was stored");
    }
    let list = api.get(&path).await.expect(200);
    // Beside the two that every environment has.
    let rows = list["_embedded"]["applications"].as_array().unwrap();
    assert_eq!((rows.len(), list["count"].as_i64()), (8, Some(8)));
    assert!(rows.iter().all(|row| row["protocol"] == "OPENID_CONNECT"));
    // P12: Ping's models demand it of the two, and one row without it spoils the list.
    let themed = rows.iter().filter(|row| row["applyDefaultTheme"] == true);
    assert!(
        themed.clone().count() == 2
            && themed.into_iter().all(|row| row["type"].as_str().unwrap().starts_with("PING_ONE_"))
    );
}

#[tokio::test]
async fn the_setup_step_changes_the_method_and_not_the_secret() {
    let api = Admin::start().await;
    let (id, secret) = api.service("Shared", "SERVICE").await;
    let own = api.path(&format!("/applications/{id}"));
    let mut body = minimal("Shared-Web-App", "SERVICE", "CLIENT_SECRET_POST");
    body["grantTypes"] = json!(["CLIENT_CREDENTIALS"]);
    assert!(api.token_of(&api.env, &id, &secret).await.is_some());
    let changed = api.put(&own, &body).await.expect(200);
    assert_eq!(changed["tokenEndpointAuthMethod"], "CLIENT_SECRET_POST");
    assert_eq!(api.get(&format!("{own}/secret")).await.expect(200)["secret"], secret.as_str());
    assert_eq!(api.token_of(&api.env, &id, &secret).await, None, "only the configured method authenticates");
    let mut refresh = minimal("Shared", "SERVICE", "CLIENT_SECRET_BASIC");
    refresh["grantTypes"] = json!(["AUTHORIZATION_CODE", "REFRESH_TOKEN"]);
    let changed = api.put(&own, &refresh).await.expect(200);
    assert_eq!(
        (changed["refreshTokenDuration"].as_i64(), changed["refreshTokenRollingDuration"].is_null()),
        (Some(2_592_000), true)
    );
    api.put(&own, &minimal("Shared", "WEB_APP", "NONE")).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "type");
}

#[tokio::test]
async fn a_faulty_application_is_refused() {
    let api = Admin::start().await;
    let path = api.path("/applications");
    let mut body = minimal("App", "WEB_APP", "CLIENT_SECRET_BASIC");
    // MG-16
    body["redirectUris"] = json!(["https://app.example/cb", "javascript:alert(1)"]);
    api.post(&path, &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "redirectUris[1]");
    body["redirectUris"] = json!(["https://app.example/*"]);
    let refused = api.post(&path, &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "redirectUris[0]");
    assert!(refused["message"].as_str().unwrap().starts_with("Wildcards are not allowed in redirect URIs."));
    let mut saml = minimal("App", "WEB_APP", "NONE");
    saml["protocol"] = json!("SAML");
    let refused = api.post(&path, &saml).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "protocol");
    assert_eq!(refused["details"][0]["innerError"]["allowedValues"], json!(["OPENID_CONNECT"]));
    api.post(&path, &minimal("App", "WORKER", "NONE")).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "tokenEndpointAuthMethod",
    );
    assert_eq!(api.get(&path).await.expect(200)["count"], 2, "nothing of it was stored");
}

#[tokio::test]
async fn a_deleted_or_disabled_application_gets_no_token() {
    let api = Admin::start().await;
    let (id, secret) = api.service("Service", "SERVICE").await;
    let own = api.path(&format!("/applications/{id}"));
    assert!(api.token_of(&api.env, &id, &secret).await.is_some());
    let mut body = minimal("Service", "SERVICE", "CLIENT_SECRET_BASIC");
    body["enabled"] = json!(false);
    api.put(&own, &body).await.expect(200);
    assert_eq!(api.token_of(&api.env, &id, &secret).await, None);
    body["enabled"] = json!(true);
    api.put(&own, &body).await.expect(200);
    assert!(api.token_of(&api.env, &id, &secret).await.is_some());
    // MG-14: dead at once, at the next request.
    api.delete(&own).await.expect(204);
    assert_eq!(api.token_of(&api.env, &id, &secret).await, None);
    let gone = api.get(&own).await.refuses(404, "NOT_FOUND", "", "");
    assert!(gone["message"].as_str().unwrap().starts_with("Unable to find Application with ID"));
}

/// P2, P6, P7, P16: what PingOne's documents and Ping's provider send is taken as it is, and answered so.
#[tokio::test]
async fn documented_applications_are_taken() {
    let api = Admin::start().await;
    let path = api.path("/applications");
    let n = format!("{}w", "_".repeat(341));
    let pretty = format!("{{\n  \"keys\": [\n    {{ \"kty\": \"RSA\", \"n\": \"{n}\", \"e\": \"AQAB\" }}\n  ]\n}}");
    let mut keys = minimal("Keys", "WEB_APP", "PRIVATE_KEY_JWT");
    keys["jwks"] = json!(pretty);
    let mut native = minimal("Native", "NATIVE_APP", "NONE");
    native["postLogoutRedirectUris"] = json!(["com.myapp.app://logout"]);
    native["targetLinkUri"] = json!("com.myapp.app://target");
    let mut wildcard = minimal("Wildcard", "WEB_APP", "CLIENT_SECRET_BASIC");
    wildcard["allowWildcardInRedirectUris"] = json!("true");
    wildcard["redirectUris"] = json!(["https://www.example.com/th*/callback"]);
    for body in [keys, native, wildcard] {
        let made = api.post(&path, &body).await.expect(201);
        for (name, value) in body.as_object().unwrap() {
            let told = if name == "allowWildcardInRedirectUris" { json!(true) } else { value.clone() };
            assert_eq!(made[name], told, "{name}");
        }
        let own = format!("{path}/{}", made["id"].as_str().unwrap());
        let again = api.put(&own, &made).await.expect(200);
        assert_eq!(again["jwks"], made["jwks"]);
    }
}

/// P28: whose secret is asked for and is not there is told in the general words, as its client expects.
#[tokio::test]
async fn the_secret_of_an_unknown_application_is_not_found() {
    let api = Admin::start().await;
    let general = "The request could not be completed. The requested resource was not found.";
    for method in ["GET", "POST", "DELETE"] {
        let secret = api.path(&format!("/applications/{}/secret", api.home));
        let gone = api.call(method, &secret, Some(&json!({}))).await.refuses(404, "NOT_FOUND", "", "");
        assert_eq!(gone["message"], general, "{method}");
    }
    let own = api.get(&api.path(&format!("/applications/{}", api.home))).await.refuses(404, "NOT_FOUND", "", "");
    assert!(own["message"].as_str().unwrap().starts_with("Unable to find Application with ID"));
}

/// P29: the applications that every environment has are read, and written back as Ping's provider writes them: with the icon
/// that it read, or with the empty members of its model where there was none.
#[tokio::test]
async fn the_applications_of_every_environment_are_managed() {
    let api = Admin::start().await;
    let list = api.get(&api.path("/applications")).await.expect(200);
    for row in list["_embedded"]["applications"].as_array().unwrap() {
        let path = api.path(&format!("/applications/{}", row["id"].as_str().unwrap()));
        assert!(row["description"].is_string());
        let (hidden, pkce) = (&row["hiddenFromAppPortal"], &row["pkceEnforcement"]);
        assert_eq!((hidden, pkce, &row["applyDefaultTheme"]), (&json!(false), &json!("OPTIONAL"), &json!(true)));
        let href = row["icon"]["href"].as_str().unwrap();
        assert!(href.contains("/assets/mark."), "{href}");
        let mut body = json!({ "applyDefaultTheme": false, "description": "Ours", "enabled": false });
        for name in ["hiddenFromAppPortal", "icon", "name", "protocol", "tokenEndpointAuthMethod", "type"] {
            body[name] = row[name].clone();
        }
        let themed = row["type"] == "PING_ONE_SELF_SERVICE";
        body["enableDefaultThemeFooter"] = json!(true);
        body["accessControl"] = json!({ "role": { "type": "ADMIN_USERS_ONLY" } });
        let replaced = api.put(&path, &body).await.expect(200);
        assert_eq!((&replaced["enabled"], &replaced["applyDefaultTheme"]), (&json!(false), &json!(false)));
        assert_eq!(replaced.get("enableDefaultThemeFooter"), themed.then_some(&json!(true)));
        assert_eq!(replaced["accessControl"], body["accessControl"]);
        assert_eq!((&replaced["icon"], &api.get(&path).await.expect(200)), (&row["icon"], &replaced));
        // Left out, one is as it was and the other gone; an icon of nothing is none.
        for name in ["applyDefaultTheme", "enableDefaultThemeFooter"] {
            body.as_object_mut().unwrap().remove(name);
        }
        body.as_object_mut().unwrap().remove("accessControl");
        body["icon"] = json!({ "id": "", "href": "" });
        let replaced = api.put(&path, &body).await.expect(200);
        assert_eq!(replaced.get("accessControl"), None);
        assert_eq!((&replaced["applyDefaultTheme"], replaced.get("enableDefaultThemeFooter")), (&json!(false), None));
        assert_eq!(replaced["icon"], row["icon"]);
    }
    let mut body = minimal("Shop", "WEB_APP", "CLIENT_SECRET_BASIC");
    body["icon"] = json!({ "id": "", "href": "" });
    body["applyDefaultTheme"] = json!(true);
    let made = api.post(&api.path("/applications"), &body).await.expect(201);
    assert_eq!((made.get("icon"), made.get("applyDefaultTheme")), (None, None));
    body["icon"]["href"] = json!("https://app.example/icon.png");
    api.post(&api.path("/applications"), &body).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "icon.id");
}
