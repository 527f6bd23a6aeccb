use serde_json::{Value, json};

use testkit::Admin;

use super::keys::{certificate, key};

fn oidc(name: &str) -> Value {
    json!({
        "name": name, "enabled": true, "type": "OPENID_CONNECT", "clientId": "client", "clientSecret": "s3cret-of-the-client",
        "authorizationEndpoint": "https://idp.example.com/authorize", "issuer": "https://idp.example.com",
        "jwksEndpoint": "https://idp.example.com/jwks", "tokenEndpoint": "https://idp.example.com/token",
        "scopes": ["openid", "profile"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    })
}

fn google(name: &str) -> Value {
    json!({ "name": name, "enabled": false, "type": "GOOGLE", "clientId": "client", "clientSecret": "secret" })
}

async fn make(api: &Admin, body: &Value) -> Value {
    api.post(&api.path("/identityProviders"), body).await.expect(201)
}

fn own(api: &Admin, provider: &Value) -> String {
    api.path(&format!("/identityProviders/{}", provider["id"].as_str().unwrap()))
}

#[tokio::test]
async fn every_type_of_provider_is_kept_and_answered() {
    let api = Admin::start().await;
    let id = "11111111-2222-4333-8444-555555555555";
    let certificates = json!({ "certificates": [{ "id": certificate(&api).await }] });
    let own_key = api.post(&api.path("/keys"), &key("SIGNING", false)).await.expect(201)["id"].clone();
    let signing = json!({ "algorithm": "SHA512withRSA", "key": { "id": own_key } });
    let all = [
        ("AMAZON", json!({ "clientId": "c", "clientSecret": "s" })),
        (
            "APPLE",
            json!({ "clientId": "c", "clientSecretSigningKey": "-----BEGIN\nKEY", "keyId": "0123456789", "teamId": "9876543210" }),
        ),
        ("FACEBOOK", json!({ "appId": "a", "appSecret": "s" })),
        ("GITHUB", json!({ "clientId": "c", "clientSecret": "s" })),
        ("GOOGLE", json!({ "clientId": "c", "clientSecret": "s" })),
        ("LINKEDIN", json!({ "clientId": "c", "clientSecret": "s" })),
        ("LINKEDIN_OIDC", json!({ "clientId": "c", "clientSecret": "s" })),
        ("MICROSOFT", json!({ "clientId": "c", "clientSecret": "s", "tenantId": "t" })),
        ("PAYPAL", json!({ "clientId": "c", "clientSecret": "s", "clientEnvironment": "sandbox" })),
        ("TWITTER", json!({ "clientId": "c", "clientSecret": "s" })),
        ("YAHOO", json!({ "clientId": "c", "clientSecret": "s" })),
        ("OPENID_CONNECT", oidc("OPENID_CONNECT")),
        (
            "SAML",
            json!({
                "idpEntityId": "idp:x", "spEntityId": "sp:x", "idpVerification": certificates, "spSigning": signing, "authnRequestSigned": true,
                "ssoBinding": "HTTP_POST", "ssoEndpoint": "https://idp.example.com/sso", "sloBinding": "HTTP_REDIRECT",
                "sloEndpoint": "https://idp.example.com/slo", "sloResponseEndpoint": "https://idp.example.com/back", "sloWindow": 1,
            }),
        ),
    ];
    for (kind, own_members) in &all {
        let mut body = own_members.clone();
        body["name"] = (*kind).into();
        body["enabled"] = false.into();
        body["type"] = (*kind).into();
        body["icon"] = json!({ "id": id, "href": "https://images.example.com/a.png" });
        let made = make(&api, &body).await;
        let read = api.get(&own(&api, &made)).await.expect(200);
        for (member, value) in body.as_object().unwrap() {
            assert_eq!((&made[member], &read[member]), (value, value), "{kind} {member}");
        }
        let mapped = api.get(&format!("{}/attributes", own(&api, &made))).await.expect(200);
        let core = &mapped["_embedded"]["attributes"][0];
        assert_eq!((&core["name"], &core["mappingType"]), (&json!("username"), &json!("CORE")), "{kind}");
        assert_eq!(core["identityProvider"]["id"], made["id"]);
        body["description"] = "again".into();
        assert_eq!(api.put(&own(&api, &made), &body).await.expect(200)["description"], "again");
    }
    let list = api.get(&api.path("/identityProviders?limit=100")).await.expect(200);
    assert_eq!(list["_embedded"]["identityProviders"].as_array().unwrap().len(), all.len());
    let least = make(&api, &oidc("least")).await;
    assert_eq!(least["pkceMethod"], "NONE");
    assert!(least["icon"].is_null() && least["userInfoEndpoint"].is_null() && least["registration"].is_null());
    assert!(least["appId"].is_null() && least["sloBinding"].is_null() && least["authnRequestSigned"].is_null());
}

#[tokio::test]
async fn what_a_type_needs_is_told_by_its_place() {
    let api = Admin::start().await;
    let first = make(&api, &google("First")).await;
    let told = async |body: Value| {
        let refused = api.post(&api.path("/identityProviders"), &body).await.expect(400);
        let fault = &refused["details"][0];
        format!("{} {}", fault["code"].as_str().unwrap(), fault["target"].as_str().unwrap())
    };
    let with = |member: &str, value: Value| {
        let mut body = oidc("x");
        body[member] = value;
        body
    };
    for (body, expected) in [
        (google("fIRST"), "UNIQUENESS_VIOLATION name"),
        (with("type", "OKTA".into()), "INVALID_VALUE type"),
        (with("clientSecret", Value::Null), "REQUIRED_VALUE clientSecret"),
        (with("issuer", "http://idp.example.com".into()), "INVALID_VALUE issuer"),
        (with("scopes", json!([])), "EMPTY_VALUE scopes"),
        (with("pkceMethod", "plain".into()), "INVALID_VALUE pkceMethod"),
        (with("registration", json!({ "population": { "id": api.home } })), "INVALID_VALUE registration.population.id"),
        (
            json!({ "name": "x", "enabled": true, "type": "SAML", "idpEntityId": "i", "spEntityId": "s", "ssoBinding": "HTTP_POST",
            "ssoEndpoint": "https://x.example", "authnRequestSigned": true, "idpVerification": { "certificates": [{ "id": certificate(&api).await }] } }),
            "REQUIRED_VALUE spSigning",
        ),
    ] {
        assert_eq!(told(body.clone()).await, expected, "{body}");
    }
    let mut other = google("First");
    other["type"] = "YAHOO".into();
    api.put(&own(&api, &first), &other).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "type");
}

/// MG-17: the secret is sealed at rest and in no event; whoever only reads what is configured is not told it.
#[tokio::test]
async fn the_secret_is_told_to_whoever_may_write_it() {
    let api = Admin::start().await;
    let made = make(&api, &oidc("Own")).await;
    assert_eq!(made["clientSecret"], "s3cret-of-the-client");
    let mut changed = oidc("Own");
    changed["clientSecret"] = "another-secret".into();
    assert_eq!(api.put(&own(&api, &made), &changed).await.expect(200)["clientSecret"], "another-secret");
    let read = api.get(&own(&api, &made)).await.expect(200);
    assert_eq!(read["clientSecret"], "another-secret");
    let events = api.get(&api.path("/activities?limit=100")).await;
    assert!(
        events.status == 200
            && !events.text.contains("another-secret")
            && !events.text.contains("s3cret-of-the-client")
    );
    let (worker, secret) = api.service("reader", "WORKER").await;
    let roles = api.get("/roles").await.expect(200);
    let role =
        roles["_embedded"]["roles"].as_array().unwrap().iter().find(|role| role["name"] == "Configuration Read Only");
    let given = json!({ "role": { "id": role.unwrap()["id"] }, "scope": { "type": "ENVIRONMENT", "id": api.env } });
    api.post(&api.path(&format!("/applications/{worker}/roleAssignments")), &given).await.expect(201);
    let token = api.token_of(&api.env, &worker, &secret).await.unwrap();
    let seen = api.with_token(&token, "GET", &own(&api, &made), None).await.expect(200);
    assert!(seen["clientId"].is_string() && seen["clientSecret"].is_null());
}

#[tokio::test]
async fn attributes_are_mapped_by_expressions() {
    let api = Admin::start().await;
    let made = make(&api, &google("Own")).await;
    let path = format!("{}/attributes", own(&api, &made));
    let listed = api.get(&path).await.expect(200);
    let core = listed["_embedded"]["attributes"][0].clone();
    assert_eq!(core["value"], "${providerAttributes.emailAddress.value}");
    let one = format!("{path}/{}", core["id"].as_str().unwrap());
    let value = json!({ "name": "username", "value": "${providerAttributes.sub}", "update": core["update"] });
    assert_eq!(api.put(&one, &value).await.expect(200)["value"], "${providerAttributes.sub}");
    let renamed = json!({ "name": "email", "value": "x", "update": "ALWAYS" });
    api.put(&one, &renamed).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "name");
    api.delete(&one).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "mappingType");
    let email = json!({ "name": "name.given", "value": "${providerAttributes.given + ', ' + providerAttributes.family}", "update": "ALWAYS" });
    let mapped = api.post(&path, &email).await.expect(201);
    assert_eq!((&mapped["mappingType"], &mapped["update"]), (&json!("CUSTOM"), &json!("ALWAYS")));
    api.post(&path, &email).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "name");
    for (member, value) in
        [("name", "account.status"), ("name", "id"), ("name", "a b"), ("value", "${providerAttributes.}")]
    {
        let mut body = email.clone();
        body["name"] = "nickname".into();
        body[member] = value.into();
        api.post(&path, &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", member);
    }
    let empty = json!({ "name": "nickname", "value": "", "update": "ALWAYS" });
    api.post(&path, &empty).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "value");
    let mapped = format!("{path}/{}", mapped["id"].as_str().unwrap());
    api.delete(&mapped).await.expect(204);
    api.get(&mapped).await.refuses(404, "NOT_FOUND", "", "");
    api.delete(&own(&api, &made)).await.expect(204);
    api.get(&path).await.refuses(404, "NOT_FOUND", "", "");
}

/// A population's default and a user's own provider hold it; without one both are PingOne's.
#[tokio::test]
async fn a_provider_that_somebody_has_stays() {
    let api = Admin::start().await;
    let provider = make(&api, &google("Own")).await;
    let population = api.post(&api.path("/populations"), &json!({ "name": "Own" })).await.expect(201);
    let population = api.path(&format!("/populations/{}", population["id"].as_str().unwrap()));
    let default = format!("{population}/defaultIdentityProvider");
    let shown = api.get(&default).await.expect(200);
    assert!(shown["id"].is_null() && shown["type"].is_null() && shown["_links"]["self"].is_object());
    let named = json!({ "id": provider["id"] });
    let set = api.put(&default, &named).await.expect(200);
    assert_eq!((&set["id"], &set["type"]), (&provider["id"], &json!("GOOGLE")));
    assert_eq!(api.put(&population, &json!({ "name": "Renamed" })).await.expect(200)["name"], "Renamed");
    assert_eq!(api.get(&default).await.expect(200)["type"], "GOOGLE", "a PUT of the population keeps it");
    api.delete(&own(&api, &provider)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    api.put(&default, &json!({ "id": api.home })).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "id");
    for none in [json!({}), json!({ "id": null })] {
        api.put(&default, &named).await.expect(200);
        assert!(api.put(&default, &none).await.expect(200)["type"].is_null());
    }
    let user = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let of = format!("{user}/identityProvider");
    assert_eq!(api.get(&of).await.expect(200)["type"], "PING_ONE");
    assert_eq!(api.put(&of, &named).await.expect(200)["type"], "GOOGLE");
    let whole = api.get(&user).await.expect(200);
    assert_eq!(whole["identityProvider"], json!({ "id": provider["id"], "type": "GOOGLE" }));
    api.delete(&own(&api, &provider)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert_eq!(api.put(&of, &json!({})).await.expect(200)["type"], "PING_ONE");
    let media = ["application/vnd.pingidentity.user.import+json"];
    let mut body = json!({ "username": "eve", "email": "eve@example.com", "identityProvider": named });
    let made = api.typed("POST", &api.path("/users"), &media, body.to_string()).await.expect(201);
    assert_eq!(made["identityProvider"]["type"], "GOOGLE");
    body["username"] = "eva".into();
    body["identityProvider"] = json!({ "id": api.home });
    let unknown = api.typed("POST", &api.path("/users"), &media, body.to_string()).await;
    unknown.refuses(400, "INVALID_DATA", "INVALID_VALUE", "identityProvider.id");
    api.delete(&api.path(&format!("/users/{}", made["id"].as_str().unwrap()))).await.expect(204);
    api.delete(&own(&api, &provider)).await.expect(204);
}

/// Where people are made ends with the population, and the provider stays.
#[tokio::test]
async fn a_population_that_ends_takes_nobody_any_more() {
    let api = Admin::start().await;
    let population = api.post(&api.path("/populations"), &json!({ "name": "Own" })).await.expect(201);
    let mut body = google("Own");
    body["registration"] = json!({ "population": { "id": population["id"] } });
    let made = make(&api, &body).await;
    assert_eq!(made["registration"], body["registration"]);
    api.delete(&api.path(&format!("/populations/{}", population["id"].as_str().unwrap()))).await.expect(204);
    assert!(api.get(&own(&api, &made)).await.expect(200)["registration"].is_null());
}
