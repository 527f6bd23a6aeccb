//! Resources and their scopes: made, written, ended; what every environment has stays what it is.

use serde_json::{Value, json};
use testkit::{Admin, Answer};

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

async fn built_in(api: &Admin, kind: &str) -> Value {
    let list = api.get(&api.path("/resources")).await.expect(200);
    let rows = list["_embedded"]["resources"].as_array().unwrap().clone();
    rows.into_iter().find(|row| row["type"] == kind).unwrap()
}

async fn scope_of(api: &Admin, resource: &str, name: &str) -> Value {
    let list = api.get(&api.path(&format!("/resources/{resource}/scopes"))).await.expect(200);
    let rows = list["_embedded"]["scopes"].as_array().unwrap().clone();
    rows.into_iter().find(|row| row["name"] == name).unwrap()
}

#[tokio::test]
async fn a_resource_goes_by_its_name_until_it_has_an_audience() {
    let api = Admin::start().await;
    let made = api.post(&api.path("/resources"), &json!({ "name": "Orders" })).await.expect(201);
    for (member, value) in [
        ("type", json!("CUSTOM")),
        ("audience", json!("Orders")),
        ("accessTokenValiditySeconds", json!(3600)),
        ("introspectEndpointAuthMethod", json!("CLIENT_SECRET_BASIC")),
        ("applicationPermissionsSettings", json!({ "claimEnabled": false })),
    ] {
        assert_eq!(made[member], value, "{member}");
    }
    assert!(made["description"].is_null());
    let links: Vec<_> = made["_links"].as_object().unwrap().keys().cloned().collect();
    for name in ["self", "environment", "scopes", "attributes", "secret"] {
        assert!(links.iter().any(|link| link == name), "{name}");
    }
    let own = api.path(&format!("/resources/{}", id(&made)));
    assert_eq!(api.get(&own).await.expect(200), made);
    let body = json!({
        "name": "Bills", "description": "All of them", "type": "CUSTOM", "audience": "https://bills.example/api",
        "accessTokenValiditySeconds": 7200, "introspectEndpointAuthMethod": "CLIENT_SECRET_POST",
        "applicationPermissionsSettings": { "claimEnabled": true },
    });
    let replaced = api.put(&own, &body).await.expect(200);
    for (member, value) in body.as_object().unwrap() {
        assert_eq!(&replaced[member], value, "{member}");
    }
    assert_eq!((&replaced["id"], &replaced["createdAt"]), (&made["id"], &made["createdAt"]));
    // What a replacement leaves out is what it is without.
    let again = api.put(&own, &json!({ "name": "Bills" })).await.expect(200);
    assert_eq!((&again["audience"], &again["accessTokenValiditySeconds"]), (&json!("Bills"), &json!(3600)));
    api.delete(&own).await.expect(204);
    api.get(&own).await.refuses(404, "NOT_FOUND", "", "");
}

#[tokio::test]
async fn what_is_no_resource_is_told_by_its_property() {
    let api = Admin::start().await;
    let path = api.path("/resources");
    let public = api.server.app.config.public_url.clone();
    api.post(&path, &json!({ "name": "Taken" })).await.expect(201);
    for (body, code, target) in [
        (json!({}), "REQUIRED_VALUE", "name"),
        (json!({ "name": "taken" }), "UNIQUENESS_VIOLATION", "name"),
        (json!({ "name": "OpenID" }), "UNIQUENESS_VIOLATION", "name"),
        (json!({ "name": "x", "type": "OPENID_CONNECT" }), "INVALID_VALUE", "type"),
        (json!({ "name": "x", "type": "PINGONE_API" }), "INVALID_VALUE", "type"),
        (json!({ "name": "x", "audience": "https://api.PingOne.example" }), "INVALID_VALUE", "audience"),
        (json!({ "name": "my pingidentity" }), "INVALID_VALUE", "name"),
        (json!({ "name": "x", "audience": "https://a.example/#b" }), "INVALID_VALUE", "audience"),
        // RFC 9068 §4: its tokens would open this server's own calls.
        (json!({ "name": "x", "audience": public }), "INVALID_VALUE", "audience"),
        (json!({ "name": "x", "audience": public.to_uppercase() }), "INVALID_VALUE", "audience"),
        (json!({ "name": api.server.app.config.api_url }), "INVALID_VALUE", "name"),
        (json!({ "name": "x", "audience": format!("{public}/{}/as/userinfo", api.env) }), "INVALID_VALUE", "audience"),
        (json!({ "name": "x", "accessTokenValiditySeconds": 299 }), "OUT_OF_RANGE", "accessTokenValiditySeconds"),
        (json!({ "name": "x", "accessTokenValiditySeconds": 2_592_001 }), "OUT_OF_RANGE", "accessTokenValiditySeconds"),
        (
            json!({ "name": "x", "introspectEndpointAuthMethod": "PRIVATE_KEY_JWT" }),
            "INVALID_VALUE",
            "introspectEndpointAuthMethod",
        ),
    ] {
        let answer = api.post(&path, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        answer.refuses(400, "INVALID_DATA", code, target);
    }
    let rows = api.get(&path).await.expect(200);
    assert_eq!(rows["_embedded"]["resources"].as_array().unwrap().len(), 3, "the built-in ones and one more");
}

#[tokio::test]
async fn built_in_resources_and_scopes_stay() {
    let api = Admin::start().await;
    for kind in ["OPENID_CONNECT", "PINGONE_API"] {
        let resource = built_in(&api, kind).await;
        let own = api.path(&format!("/resources/{}", id(&resource)));
        assert!(resource["accessTokenValiditySeconds"].is_null() && resource["introspectEndpointAuthMethod"].is_null());
        assert!(resource["_links"]["secret"].is_null());
        api.put(&own, &resource).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "type");
        api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "type");
        for method in ["GET", "POST", "DELETE"] {
            api.call(method, &format!("{own}/secret"), None).await.refuses(404, "NOT_FOUND", "", "");
        }
        let scopes = api.get(&format!("{own}/scopes")).await.expect(200);
        for scope in scopes["_embedded"]["scopes"].as_array().unwrap() {
            let one = api.path(&format!("/resources/{}/scopes/{}", id(&resource), id(scope)));
            api.delete(&one).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "name");
            // What is written back as it was read is right.
            api.put(&one, scope).await.expect(200);
            let mut renamed = scope.clone();
            renamed["name"] = json!("another");
            api.put(&one, &renamed).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "name");
            let mut described = scope.clone();
            described["description"] = json!("another");
            api.put(&one, &described).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "description");
        }
    }
}

/// The scopes of the PingOne API that reach some of a user, and what of the `openid` resource an administrator adds.
#[tokio::test]
async fn scopes_are_added_to_the_built_in_resources() {
    let api = Admin::start().await;
    let (ping, openid) = (id(&built_in(&api, "PINGONE_API").await), id(&built_in(&api, "OPENID_CONNECT").await));
    let path = api.path(&format!("/resources/{ping}/scopes"));
    let body =
        json!({ "name": "p1:read:user:mine", "description": "Some", "schemaAttributes": ["name.given", "email"] });
    let made = api.post(&path, &body).await.expect(201);
    assert_eq!((&made["schemaAttributes"], &made["resource"]), (&body["schemaAttributes"], &json!({ "id": ping })));
    let own = format!("{path}/{}", id(&made));
    let bare = api.put(&own, &json!({ "name": "p1:update:user:mine" })).await.expect(200);
    assert!(bare["schemaAttributes"].is_null() && bare["description"].is_null());
    for (body, code, target) in [
        (json!({ "name": "p1:read:user" }), "UNIQUENESS_VIOLATION", "name"),
        (json!({ "name": "p1:read:users:x" }), "INVALID_VALUE", "name"),
        (json!({ "name": "mine" }), "INVALID_VALUE", "name"),
        (json!({ "name": "p1:read:user:a b" }), "INVALID_VALUE", "name"),
        (json!({ "name": "p1:read:user:x", "schemaAttributes": ["*", "email"] }), "INVALID_VALUE", "schemaAttributes"),
        (json!({ "name": "p1:read:user:x", "schemaAttributes": [""] }), "INVALID_VALUE", "schemaAttributes[0]"),
        (json!({ "name": "p1:read:user:x", "schemaAttributes": ["a..b"] }), "INVALID_VALUE", "schemaAttributes[0]"),
        (json!({ "name": "p1:read:user:x", "mappedClaims": [ping] }), "INVALID_VALUE", "mappedClaims"),
    ] {
        api.post(&path, &body).await.refuses(400, "INVALID_DATA", code, target);
    }
    // The ones of users may be told what they reach; the others have nothing of the kind.
    let read = scope_of(&api, &ping, "p1:read:user").await;
    let mut some = read.clone();
    some["schemaAttributes"] = json!(["username"]);
    let changed = api.put(&format!("{path}/{}", id(&read)), &some).await.expect(200);
    assert_eq!(changed["schemaAttributes"], json!(["username"]));
    let mut sessions = scope_of(&api, &ping, "p1:read:sessions").await;
    sessions["schemaAttributes"] = json!(["*"]);
    let refused = api.put(&format!("{path}/{}", id(&sessions)), &sessions).await;
    refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "schemaAttributes");

    let path = api.path(&format!("/resources/{openid}/scopes"));
    let attribute = api.path(&format!("/resources/{openid}/attributes"));
    let attribute = api.post(&attribute, &json!({ "name": "pet", "value": "p" })).await.expect(201);
    let claims = json!([attribute["id"]]);
    for name in ["clientId", "clientSecret"] {
        let mut body = json!({ "name": "Brought" });
        body[name] = json!("chosen-elsewhere");
        api.post(&api.path("/resources"), &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", name);
    }
    let made = api.post(&path, &json!({ "name": "pets", "mappedClaims": claims })).await.expect(201);
    assert_eq!(made["mappedClaims"], claims);
    let refused = api.post(&path, &json!({ "name": "cats", "mappedClaims": ["a"] })).await;
    refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "mappedClaims[0]");
    api.delete(&format!("{path}/{}", id(&made))).await.expect(204);
    // Another resource has no such scope.
    let foreign = api.path(&format!("/resources/{openid}/scopes/{}", id(&read)));
    api.get(&foreign).await.refuses(404, "NOT_FOUND", "", "");
}

async fn token(api: &Admin, (client, secret): (&str, &str), scope: &str) -> Answer {
    let body = format!("grant_type=client_credentials&scope={scope}");
    api.server.encoded_basic(&format!("/{}/as/token", api.env), (client, secret), &body).await
}

/// A scope that ends is taken out of the grants that hold it, and a resource takes its scopes and grants along.
#[tokio::test]
async fn what_is_gone_is_granted_to_nobody() {
    let api = Admin::start().await;
    let resource = id(&api.post(&api.path("/resources"), &json!({ "name": "Orders" })).await.expect(201));
    let own = api.path(&format!("/resources/{resource}"));
    let scopes = format!("{own}/scopes");
    let mut ids = Vec::new();
    for name in ["read", "write"] {
        ids.push(id(&api.post(&scopes, &json!({ "name": name })).await.expect(201)));
    }
    api.post(&scopes, &json!({ "name": "read" })).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "name");
    api.post(&scopes, &json!({ "name": "openid" })).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "name");
    let (client, secret) = api.service("Service", "SERVICE").await;
    let grants = api.path(&format!("/applications/{client}/grants"));
    let body = json!({ "resource": { "id": resource }, "scopes": [{ "id": ids[0] }, { "id": ids[1] }] });
    api.post(&grants, &body).await.expect(201);
    let given = token(&api, (&client, &secret), "read%20write").await;
    assert_eq!((&given.body["scope"], &given.body["expires_in"]), (&json!("read write"), &json!(3600)));
    assert_eq!(testkit::claims(&given.text_of("access_token"))["aud"], json!(["Orders"]));

    api.delete(&format!("{scopes}/{}", ids[0])).await.expect(204);
    let left = api.get(&grants).await.expect(200);
    assert_eq!(left["_embedded"]["grants"][0]["scopes"], json!([{ "id": ids[1] }]));
    token(&api, (&client, &secret), "read").await.is_refused(400, "invalid_scope");
    assert_eq!(token(&api, (&client, &secret), "write").await.status, 200);
    api.delete(&format!("{scopes}/{}", ids[1])).await.expect(204);
    assert_eq!(api.get(&grants).await.expect(200)["_embedded"]["grants"], json!([]), "it held nothing else");

    let again = id(&api.post(&scopes, &json!({ "name": "read" })).await.expect(201));
    let body = json!({ "resource": { "id": resource }, "scopes": [{ "id": again }] });
    api.post(&grants, &body).await.expect(201);
    api.delete(&own).await.expect(204);
    assert_eq!(api.get(&grants).await.expect(200)["_embedded"]["grants"], json!([]));
    token(&api, (&client, &secret), "read").await.is_refused(400, "invalid_scope");
    api.get(&format!("{scopes}/{again}")).await.refuses(404, "NOT_FOUND", "", "");
}

/// Names are taken once, however many want one at the same time; whoever loses is told by the property. Writers of one object
/// come one after the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_a_name_one_gets_it() {
    let api = Admin::start().await;
    let resources = api.path("/resources");
    let resource = id(&api.post(&resources, &json!({ "name": "Shared" })).await.expect(201));
    let scopes = api.path(&format!("/resources/{resource}/scopes"));
    for (path, body) in [(&resources, json!({ "name": "One" })), (&scopes, json!({ "name": "one" }))] {
        let answers = crate::flow::join_all((0..20).map(|_| api.post(path, &body))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        for lost in answers.into_iter().filter(|answer| answer.status != 201) {
            lost.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "name");
        }
    }
    let own = api.path(&format!("/resources/{resource}"));
    let bodies: Vec<Value> = (0..20).map(|n| json!({ "name": "Shared", "description": format!("{n}") })).collect();
    let answers = crate::flow::join_all(bodies.iter().map(|body| api.put(&own, body))).await;
    let told: Vec<Value> = answers.into_iter().map(|answer| answer.expect(200)["description"].clone()).collect();
    assert!(told.contains(&api.get(&own).await.expect(200)["description"]));
}
