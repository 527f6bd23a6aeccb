//! Seeds: a world with whatever a test needs, in the shapes of the management API.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use testkit::TestApp;

use super::world::{CALLBACK, call, made, text};

fn seed() -> Value {
    json!({
        "name": "Shop",
        "tokenProfile": "RFC9068",
        "settings": { "description": "A world of a test" },
        "schema": { "attributes": [{ "name": "costCenter", "type": "STRING", "enabled": true }] },
        "resources": [{
            "name": "orders", "audience": "https://orders.test",
            "scopes": [{ "name": "orders:read" }, { "name": "orders:write" }],
        }],
        "populations": [{ "name": "Staff" }],
        "groups": [{ "name": "Managers" }],
        "applications": [{
            "name": "Portal", "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT",
            "clientId": "portal", "clientSecret": "portal-secret-of-a-test-0123456789",
            "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
            "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"],
            "responseTypes": ["CODE"],
            "redirectUris": [CALLBACK],
            "grants": [
                { "resource": { "name": "openid" }, "scopes": [{ "name": "openid" }, { "name": "profile" }] },
                { "resource": { "name": "orders" }, "scopes": [{ "name": "orders:read" }] },
            ],
        }],
        "users": [{
            "username": "ada", "password": "an entirely clear password", "email": "ada@example.com",
            "name": { "given": "Ada" }, "population": { "name": "Staff" }, "costCenter": "4711",
            "memberOfGroups": [{ "name": "Managers" }],
        }],
    })
}

/// Whatever the seed says is there: people sign on with the password that it says, applications have the secret that it says.
#[tokio::test]
async fn a_world_is_what_its_seed_says() {
    let server = TestApp::inside().await;
    let world = made(&server, &json!({ "seed": seed() })).await;
    assert_eq!(world.name().await, "Shop");
    assert_eq!(world.client(), ("portal".to_owned(), "portal-secret-of-a-test-0123456789".to_owned()));
    assert_eq!(world.told["users"][0]["password"], "an entirely clear password");
    assert_eq!(world.told["applications"].as_array().map(Vec::len), Some(1));
    let tokens = world.tokens().await;
    assert_eq!(world.userinfo(tokens["access_token"].as_str().unwrap()).await, 200);
    let fields = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    let token = world.token(&fields).await.text_of("access_token");
    let claims = testkit::claims(&token);
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!(["https://orders.test"]), &json!("orders:read")));
    let users = world.manage(Method::GET, "/users", None).await.expect(200);
    assert_eq!(users["_embedded"]["users"][0]["costCenter"], "4711", "{users}");
    let groups = format!("/users/{}/memberOfGroups", text(&world.told["users"][0]["id"]));
    let groups = world.manage(Method::GET, &groups, None).await.expect(200);
    assert_eq!(groups["_embedded"]["groupMemberships"].as_array().map(Vec::len), Some(1), "{groups}");
    // Their first sign-on hashed it anew, and it is still the same.
    let told = world.control(Method::GET, "", None).await.expect(200);
    assert_eq!(told["users"][0]["password"], "an entirely clear password");
    let reset = world.control(Method::POST, "/reset", None).await;
    assert_eq!(reset.status, 204, "{}", reset.text);
    world.tokens().await;
}

/// Parallel tests of one seed: each has a world of its own.
#[tokio::test]
async fn a_seed_makes_many_worlds() {
    let server = TestApp::inside().await;
    let mut names = BTreeSet::new();
    for body in [json!({ "seed": seed() }), json!({ "seed": seed() }), json!({ "name": "Mine", "seed": seed() })] {
        let world = made(&server, &body).await;
        world.tokens().await;
        names.insert(world.name().await);
    }
    assert_eq!(names.len(), 3);
    assert!(names.contains("Shop") && names.contains("Mine"), "{names:?}");
}

/// A seed that is wrong makes nothing, and says what is wrong in it and where: before anything is made, or when the API refuses it.
#[tokio::test]
async fn a_wrong_seed_is_refused_whole() {
    let server = TestApp::inside().await;
    let before = call(&server, Method::GET, "/worlds", None).await.expect(200);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut seed = seed();
        change(&mut seed);
        json!({ "seed": seed })
    };
    for (body, at, said) in [
        (with(&|seed| seed["aplications"] = json!([])), "seed.aplications", "did you mean applications"),
        (with(&|seed| seed["tokenProfil"] = json!("RFC9068")), "seed.tokenProfil", ""),
        (with(&|seed| seed["settings"]["nonsense"] = json!(1)), "seed.settings.nonsense", ""),
        (
            with(&|seed| seed["applications"][0]["redirectUri"] = json!("x")),
            "seed.applications[0].redirectUri",
            "redirectUris",
        ),
        (
            with(&|seed| seed["applications"][0]["grants"][1]["resource"]["name"] = json!("order")),
            "seed.applications[0].grants[1].resource",
            "there is no resources[order]",
        ),
        (
            with(&|seed| seed["users"][0]["population"]["name"] = json!("Stuff")),
            "seed.users[0].population",
            "populations[Stuff]",
        ),
        (with(&|seed| seed["users"][0]["email"] = json!("nobody")), "seed.users[0].email", ""),
        (
            with(&|seed| seed["users"][0]["password"] = json!({ "env": "PATH" })),
            "seed.users[0].password",
            "says everything itself",
        ),
        (
            with(&|seed| seed["applications"][0]["redirectUris"] = json!(["ftp://x"])),
            "seed.applications[0].redirectUris[0]",
            "",
        ),
        (with(&|seed| seed["mounts"] = json!([{ "path": "/dev" }])), "seed.mounts[0].path", "such as /ms-auth-server"),
        (
            with(&|seed| seed["schema"]["attributes"][0]["type"] = json!("NONSENSE")),
            "seed.schema.attributes[0].type",
            "",
        ),
        (json!({ "seed": [] }), "seed", "it must be a map"),
    ] {
        let answer = call(&server, Method::POST, "/worlds", Some(&body)).await;
        assert_eq!((answer.status, answer.body["at"].as_str()), (400, Some(at)), "{}", answer.text);
        assert!(text(&answer.body["message"]).contains(said), "{}", answer.text);
    }
    let both = with(&|seed| {
        seed["aplications"] = json!([]);
        seed["users"][0]["emial"] = json!("x");
    });
    let message = text(&call(&server, Method::POST, "/worlds", Some(&both)).await.expect(400)["message"]);
    assert!(message.contains("aplications") && message.contains("emial"), "{message}");
    assert_eq!(call(&server, Method::GET, "/worlds", None).await.expect(200), before, "nothing of them is there");
}

/// Many people in one seed.
#[expect(clippy::print_stdout, reason = "how long it takes is told")]
#[tokio::test]
async fn a_seed_may_have_a_thousand_users() {
    let server = TestApp::inside().await;
    let count = if server.app.store.dialect().name() == "sqlite" { 1000 } else { 100 };
    let user = |number: usize| {
        json!({ "username": format!("user{number}"), "password": format!("password of {number}"),
            "email": format!("user{number}@example.com"), "population": { "name": "Staff" } })
    };
    let mut seed = seed();
    seed["users"] = (0..count).map(user).collect();
    let begun = std::time::Instant::now();
    let world = made(&server, &json!({ "seed": seed })).await;
    println!("{count} users in {:?}", begun.elapsed());
    let users = world.told["users"].as_array().unwrap();
    assert_eq!(users.len(), count);
    assert!(users.iter().all(|user| user["password"].as_str().unwrap().starts_with("password of ")));
    world.tokens().await;
}
