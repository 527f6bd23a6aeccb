//! Grants of a resource's scopes to an application, and what they open at the token endpoint.

use serde_json::{Value, json};

use testkit::{Admin, Answer};

#[tokio::test]
async fn an_application_asks_for_what_it_was_granted() {
    let api = Admin::start().await;
    let (resource, scopes) = custom(&api).await;
    let (id, secret) = api.service("Service", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}/grants"));
    let none = api.get(&path).await.expect(200);
    assert_eq!((&none["count"], &none["_embedded"]["grants"]), (&json!(0), &json!([])));
    assert_eq!(asked(&api, &id, &secret, &scopes[0].1).await.body["error"], "invalid_scope");

    let body = json!({ "resource": { "id": resource }, "scopes": [{ "id": scopes[0].0 }, { "id": scopes[0].0 }] });
    let made = api.post(&path, &body).await.expect(201);
    assert_eq!((&made["application"], &made["resource"]), (&json!({ "id": id }), &json!({ "id": resource })));
    assert_eq!(made["scopes"], json!([{ "id": scopes[0].0 }]), "each once");
    let own = made["_links"]["self"]["href"].as_str().unwrap();
    assert_eq!(api.get(own).await.expect(200), made);
    assert_eq!(api.get(&path).await.expect(200)["_embedded"]["grants"], json!([made]));
    assert_eq!(asked(&api, &id, &secret, &scopes[0].1).await.expect(200)["scope"], scopes[0].1.as_str());

    let body = json!({ "resource": { "id": resource }, "scopes": [{ "id": scopes[1].0 }] });
    let replaced = api.put(own, &body).await.expect(200);
    assert_eq!((&replaced["id"], &replaced["createdAt"]), (&made["id"], &made["createdAt"]));
    assert_eq!(asked(&api, &id, &secret, &scopes[0].1).await.body["error"], "invalid_scope");
    asked(&api, &id, &secret, &scopes[1].1).await.expect(200);

    api.delete(own).await.expect(204);
    assert_eq!(asked(&api, &id, &secret, &scopes[1].1).await.body["error"], "invalid_scope");
    for again in [api.get(own).await, api.put(own, &body).await, api.delete(own).await] {
        again.refuses(404, "NOT_FOUND", "", "");
    }
}

#[tokio::test]
async fn a_grant_is_of_one_resource_of_the_environment_and_of_its_scopes() {
    let api = Admin::start().await;
    let (resource, scopes) = custom(&api).await;
    let (id, _) = api.service("Service", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}/grants"));
    let openid = resource_named(&api, "openid").await;
    let good = json!({ "resource": { "id": resource }, "scopes": [{ "id": scopes[0].0 }] });
    for (body, code, target) in [
        (json!({}), "REQUIRED_VALUE", "resource"),
        (json!({ "resource": {}, "scopes": good["scopes"] }), "REQUIRED_VALUE", "resource.id"),
        (json!({ "resource": { "id": api.env }, "scopes": good["scopes"] }), "INVALID_VALUE", "resource.id"),
        (json!({ "resource": good["resource"] }), "REQUIRED_VALUE", "scopes"),
        (json!({ "resource": good["resource"], "scopes": [] }), "EMPTY_VALUE", "scopes"),
        (json!({ "resource": good["resource"], "scopes": [{}] }), "REQUIRED_VALUE", "scopes[0].id"),
        (json!({ "resource": { "id": openid }, "scopes": good["scopes"] }), "INVALID_VALUE", "scopes[0].id"),
    ] {
        api.post(&path, &body).await.refuses(400, "INVALID_DATA", code, target);
    }
    let made = api.post(&path, &good).await.expect(201);
    // One grant for a resource: the second is an update of the first.
    api.post(&path, &good).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "resource.id");
    let scope = first_scope(&api, &openid).await;
    let moved = json!({ "resource": { "id": openid }, "scopes": [{ "id": scope }] });
    let own = made["_links"]["self"]["href"].as_str().unwrap();
    api.put(own, &moved).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "resource.id");
    // TN-01: another application has no such grant.
    let (other, _) = api.service("Other", "SERVICE").await;
    let foreign = api.path(&format!("/applications/{other}/grants/{}", made["id"].as_str().unwrap()));
    api.get(&foreign).await.refuses(404, "NOT_FOUND", "", "");
}

/// The id of a resource with scopes that have to be granted, and id and name of each scope. It is put into the store: made
/// before the first application, it is read together with that.
async fn custom(api: &Admin) -> (String, Vec<(String, String)>) {
    use protocol::change::{Change, Guard};
    use protocol::id::{EnvironmentId, ResourceId, ScopeId};
    use protocol::model::{Resource, ResourceScope, ResourceType};

    let environment = EnvironmentId::parse(&api.env).unwrap();
    let (id, now) = (ResourceId::new(uuid::Uuid::from_u128(0xa1)), api.server.app.world.now());
    let resource = Resource {
        id,
        environment,
        name: "Orders".into(),
        description: None,
        kind: ResourceType::Custom,
        audience: Some("https://orders.example".into()),
        access_token_seconds: None,
        created_at: now,
        updated_at: now,
        ..Resource::default()
    };
    let scope = |n: u128, name: &str| ResourceScope {
        id: ScopeId::new(uuid::Uuid::from_u128(n)),
        environment,
        resource: id,
        name: name.into(),
        description: None,
        created_at: now,
        updated_at: now,
        ..ResourceScope::default()
    };
    let scopes = [scope(0xa2, "orders.read"), scope(0xa3, "orders.write")];
    let named = scopes.iter().map(|scope| (scope.id.to_string(), scope.name.clone())).collect();
    let mut changes = vec![Change::put(resource, Guard::New)];
    changes.extend(scopes.map(|object| Change::put(object, Guard::New)));
    api.server.furnish(changes).await;
    (id.to_string(), named)
}

async fn resource_named(api: &Admin, name: &str) -> String {
    let list = api.get(&api.path("/resources")).await.expect(200);
    let rows = list["_embedded"]["resources"].as_array().unwrap();
    text(rows.iter().find(|resource| resource["name"] == name).unwrap())
}

async fn first_scope(api: &Admin, resource: &str) -> String {
    let list = api.get(&api.path(&format!("/resources/{resource}/scopes"))).await.expect(200);
    text(&list["_embedded"]["scopes"][0])
}

fn text(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

async fn asked(api: &Admin, client: &str, secret: &str, scope: &str) -> Answer {
    let body = format!("grant_type=client_credentials&scope={scope}");
    api.server.encoded_basic(&format!("/{}/as/token", api.env), (client, secret), &body).await
}
