//! How administrators sign on, and the name of a licence.

use serde_json::{Value, json};
use testkit::Admin;

/// R8: what the provider's administrator_security resource reads and writes.
#[tokio::test]
async fn the_security_of_administrators_is_kept() {
    let api = Admin::start().await;
    let own = api.path("/adminConfig");
    let begun = api.get(&own).await.expect(200);
    let enabled = "{\"enabled\":true}";
    let methods = json!({ "EMAIL": enabled, "FIDO2": enabled, "TOTP": enabled });
    for (name, value) in [
        ("allowedMethods", methods.clone()),
        ("authenticationMethod", json!("PINGONE")),
        ("mfaStatus", json!("ENFORCE")),
        ("recovery", json!(true)),
        ("hasFido2Capabilities", json!(true)),
        ("isPingIDInBOM", json!(false)),
        ("environment", json!({ "id": api.env })),
        ("provider", Value::Null),
    ] {
        assert_eq!(begun[name], value, "{name}");
    }
    let google = json!({ "name": "g", "enabled": true, "type": "GOOGLE", "clientId": "c", "clientSecret": "s" });
    let provider = api.post(&api.path("/identityProviders"), &google).await.expect(201)["id"].clone();
    let whole = json!({
        "allowedMethods": { "EMAIL": enabled, "FIDO2": "{\"enabled\":false}", "TOTP": "{\"enabled\":false}" },
        "authenticationMethod": "HYBRID", "mfaStatus": "ENFORCE", "provider": { "id": provider }, "recovery": false,
    });
    let changed = api.put(&own, &whole).await.expect(200);
    for (name, value) in whole.as_object().unwrap() {
        assert_eq!(&changed[name], value, "{name}");
    }
    assert_eq!(api.get(&own).await.expect(200), changed);
    // A replacement of the environment leaves it.
    let environment = api.get(&api.path("")).await.expect(200);
    api.put(&api.path(""), &environment).await.expect(200);
    assert_eq!(api.get(&own).await.expect(200)["authenticationMethod"], "HYBRID");
    let least = json!({ "authenticationMethod": "PINGONE", "mfaStatus": "ENFORCE", "recovery": true });
    let least_of = api.put(&own, &least).await.expect(200);
    assert_eq!((&least_of["allowedMethods"], &least_of["provider"]), (&methods, &Value::Null));
    for (name, value, target) in [
        ("authenticationMethod", json!("EXTERNAL"), "provider"),
        ("provider", json!({ "id": provider }), "provider"),
        ("provider", json!({ "id": api.home }), "provider.id"),
        ("mfaStatus", json!("OFF"), "mfaStatus"),
        ("recovery", Value::Null, "recovery"),
        ("allowedMethods", json!({ "EMAIL": "yes" }), "allowedMethods.EMAIL"),
    ] {
        let mut body = least.clone();
        body[name] = value;
        let refused = api.put(&own, &body).await;
        assert_eq!((refused.status, &refused.body["details"][0]["target"]), (400, &json!(target)), "{}", refused.text);
    }
}

/// R8: a licence's name is its organization's own.
#[tokio::test]
async fn a_licence_is_renamed() {
    let api = Admin::start().await;
    let license = format!("/organizations/{}/licenses/{}", api.organization, api.license);
    let own = format!("{license}/name");
    assert_eq!(api.get(&own).await.expect(200)["name"], api.get(&license).await.expect(200)["name"]);
    let body = json!({ "name": "Renamed" });
    assert_eq!(api.put(&own, &body).await.expect(200)["name"], "Renamed");
    assert_eq!(api.get(&license).await.expect(200)["name"], "Renamed");
    api.put(&own, &json!({})).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "name");
    api.put(&own, &json!({ "name": "" })).await.expect(400);
    api.get(&format!("/organizations/{}/licenses/{}/name", api.organization, api.home)).await.expect(404);
}
