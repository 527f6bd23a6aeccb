//! What is like the requests of which PingOne's clients told, spelled otherwise.

use serde_json::{Value, json};
use testkit::Admin;

/// An application with these members beside what one must have.
fn application(kind: &str, members: &Value) -> Value {
    let mut body = json!({
        "name": "Sibling", "enabled": true, "type": kind, "protocol": "OPENID_CONNECT", "grantTypes": ["AUTHORIZATION_CODE"],
        "responseTypes": ["CODE"], "tokenEndpointAuthMethod": "NONE", "redirectUris": ["https://www.example.com/cb"],
    });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

/// P2, P6, P7, P16, P18: what an application is made with, and of which of its members a fault is.
#[tokio::test]
async fn applications_take_every_spelling_of_what_they_take() {
    let api = Admin::start().await;
    let path = api.path("/applications");
    let keys = |text: &str| json!({ "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwks": text });
    let at = |url: &str| json!({ "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwksUrl": url });
    let wild = |uri: &str| json!({ "redirectUris": [uri], "allowWildcardInRedirectUris": "true" });
    for (kind, members, fault) in [
        ("WEB_APP", keys("{\r\n\t\"keys\": []\r\n}"), ""),
        ("SERVICE", keys("\n{\"keys\":[]}\n"), ""),
        ("WEB_APP", keys("[]"), "jwks"),
        ("WEB_APP", keys(""), "jwks"),
        ("WEB_APP", at("https://x.example/keys"), ""),
        ("WEB_APP", at("http://localhost:8080/keys"), ""),
        ("WEB_APP", at("http://x.example/keys"), "jwksUrl"),
        ("NATIVE_APP", json!({ "postLogoutRedirectUris": ["com.myapp.app:/logout"] }), ""),
        ("SINGLE_PAGE_APP", json!({ "targetLinkUri": "MYAPP://Target?a=b" }), ""),
        ("NATIVE_APP", json!({ "postLogoutRedirectUris": ["javascript://x"] }), "postLogoutRedirectUris[0]"),
        ("NATIVE_APP", json!({ "targetLinkUri": "data://x" }), "targetLinkUri"),
        ("NATIVE_APP", json!({ "homePageUrl": "myapp://home" }), "homePageUrl"),
        ("WEB_APP", wild("https://www.example.com/a/*/b/c"), ""),
        ("WEB_APP", wild("https://www.example.com/cb?x=*"), ""),
        ("WEB_APP", wild("https://*.example.com/cb"), "redirectUris[0]"),
        ("WEB_APP", wild("https://www.example.com/a*/b*"), "redirectUris[0]"),
        ("WEB_APP", json!({ "kerberos": null, "template": null, "mobile": null, "clientId": null }), ""),
        ("WEB_APP", json!({ "clientSecret": "" }), "clientSecret"),
        ("WEB_APP", json!({ "hiddenFromAppPortal": "yes" }), "hiddenFromAppPortal"),
    ] {
        let answer = api.post(&path, &application(kind, &members)).await;
        if fault.is_empty() {
            let made = answer.expect(201);
            let again = api.put(&format!("{path}/{}", made["id"].as_str().unwrap()), &made).await.expect(200);
            assert_eq!((&made["jwks"], &made["redirectUris"]), (&again["jwks"], &again["redirectUris"]), "{members}");
            assert!(members["jwks"].is_null() || made["jwks"] == members["jwks"], "kept as it came: {members}");
        } else {
            let details = answer.expect(400)["details"].clone();
            assert_eq!(
                (details[0]["target"].as_str(), details.as_array().unwrap().len()),
                (Some(fault), 1),
                "{details}"
            );
        }
    }
}

/// P8, P9, P16: what is written of a user, and what the answer says of it.
#[tokio::test]
async fn users_take_every_spelling_of_what_they_take() {
    let api = Admin::start().await;
    let own = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    for (method, below, media, body, member, value) in [
        (
            "PUT",
            "/password",
            "password.setValue",
            json!({ "value": "a", "bypassPolicy": "true" }),
            "status",
            json!("OK"),
        ),
        ("PUT", "/password", "PASSWORD.SETVALUE", json!({ "value": null }), "status", json!("NO_PASSWORD")),
        (
            "PUT",
            "/password",
            "password.setValue",
            json!({ "value": "Horse-7-Battery-x", "forceChange": "true" }),
            "status",
            json!("MUST_CHANGE_PASSWORD"),
        ),
        ("PUT", "/enabled", "", json!({ "enabled": "false" }), "enabled", json!(false)),
        ("PUT", "/mfaEnabled", "", json!({ "mfaEnabled": "true" }), "mfaEnabled", json!(true)),
        ("PUT", "/identityProvider", "", json!({ "type": "GOOGLE" }), "type", json!("PING_ONE")),
        ("PATCH", "", "", json!({ "lifecycle": null }), "lifecycle", json!({ "status": "ACCOUNT_OK" })),
        ("GET", "/sessions?filter=id%20pr", "", json!({}), "count", json!(0)),
    ] {
        let media = format!("application/vnd.pingidentity.{media}+json");
        let media =
            if media.contains(".password") || media.contains(".PASSWORD") { &*media } else { "application/json" };
        let answer = api.typed(method, &format!("{own}{below}"), &[media], body.to_string()).await.expect(200);
        assert_eq!(answer[member], value, "{method} {below} {body}");
    }
    let odd = api.put(&format!("{own}/enabled"), &json!({ "enabled": "TRUE" })).await;
    odd.refuses(400, "INVALID_DATA", "INVALID_VALUE", "enabled");
}
