//! What names another object by its id when that ends: it names the rest, and whoever writes it again as it was read is not refused.

use serde_json::{Value, json};
use testkit::Admin;

use super::schemas::{attributes, own, text};

async fn resource(api: &Admin, name: &str) -> String {
    let list = api.get(&api.path("/resources")).await.expect(200);
    let rows = list["_embedded"]["resources"].as_array().unwrap();
    let id = rows.iter().find(|row| row["name"] == name).unwrap()["id"].as_str().unwrap().to_owned();
    api.path(&format!("/resources/{id}"))
}

/// The object as it is read now, which can be written again.
async fn again(api: &Admin, path: &str) -> Value {
    let read = api.get(path).await.expect(200);
    let mut written = api.put(path, &read).await.expect(200);
    let mut before = read.clone();
    for body in [&mut written, &mut before] {
        body.as_object_mut().unwrap().remove("updatedAt");
    }
    assert_eq!(written, before);
    read
}

#[tokio::test]
async fn an_application_is_for_the_groups_that_are_left() {
    let api = Admin::start().await;
    let mut groups = Vec::new();
    for name in ["One", "Two"] {
        groups.push(api.post(&api.path("/groups"), &json!({ "name": name })).await.expect(201));
    }
    let ids = groups.iter().map(|group| json!({ "id": group["id"] })).collect::<Vec<_>>();
    let mut applications = Vec::new();
    for kind in ["ANY_GROUP", "ALL_GROUPS"] {
        let (id, _) = api.service(kind, "SERVICE").await;
        let path = api.path(&format!("/applications/{id}"));
        let mut body = api.get(&path).await.expect(200);
        body["accessControl"] = json!({ "group": { "type": kind, "groups": ids } });
        api.put(&path, &body).await.expect(200);
        applications.push(path);
    }
    let left = async || {
        let (any, all) = (again(&api, &applications[0]).await, again(&api, &applications[1]).await);
        [any, all].map(|one| one["accessControl"]["group"]["groups"].clone())
    };
    api.delete(own(&groups[0])).await.expect(204);
    assert_eq!(left().await, [json!([ids[1]]), json!([])], "nobody is in all of them any more");
    api.delete(own(&groups[1])).await.expect(204);
    assert_eq!(left().await, [json!([]), json!([])]);
    // Nobody writes that of another one.
    let (id, _) = api.service("Third", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}"));
    let mut body = api.get(&path).await.expect(200);
    body["accessControl"] = json!({ "group": { "type": "ANY_GROUP", "groups": [] } });
    api.put(&path, &body).await.refuses(400, "INVALID_DATA", "EMPTY_VALUE", "accessControl.group.groups");
}

#[tokio::test]
async fn a_mapping_is_told_with_the_scopes_that_are_left() {
    let api = Admin::start().await;
    let scopes = format!("{}/scopes", resource(&api, "openid").await);
    let (first, second) = (
        api.post(&scopes, &json!({ "name": "first" })).await.expect(201),
        api.post(&scopes, &json!({ "name": "second" })).await.expect(201),
    );
    let (id, _) = api.service("Mapped", "SERVICE").await;
    let body = json!({ "name": "desk", "value": "d", "required": false, "oidcScopes": [first["id"], second["id"]] });
    let mapping = api.post(&api.path(&format!("/applications/{id}/attributes")), &body).await.expect(201);
    api.delete(own(&first)).await.expect(204);
    assert_eq!(again(&api, own(&mapping)).await["oidcScopes"], json!([second["id"]]));
    // Without any it would be told whatever was asked for.
    let refused = api.delete(own(&second)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert!(refused["details"][0]["message"].as_str().unwrap().contains("the attribute desk"), "{refused}");
    api.delete(own(&mapping)).await.expect(204);
    api.delete(own(&second)).await.expect(204);
}

#[tokio::test]
async fn a_scope_maps_the_attributes_that_are_left() {
    let api = Admin::start().await;
    let openid = resource(&api, "openid").await;
    let mut made = Vec::new();
    for name in ["one", "two"] {
        let body = json!({ "name": name, "value": "v" });
        made.push(api.post(&format!("{openid}/attributes"), &body).await.expect(201));
    }
    let claims = json!([made[0]["id"], made[1]["id"]]);
    let scopes = format!("{openid}/scopes");
    let unknown = json!({ "name": "x", "mappedClaims": [made[0]["id"], uuid::Uuid::nil().to_string()] });
    api.post(&scopes, &unknown).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "mappedClaims[1]");
    let scope = api.post(&scopes, &json!({ "name": "desk", "mappedClaims": claims })).await.expect(201);
    api.delete(own(&made[0])).await.expect(204);
    assert_eq!(again(&api, own(&scope)).await["mappedClaims"], json!([made[1]["id"]]));
    api.delete(own(&made[1])).await.expect(204);
    assert!(again(&api, own(&scope)).await.get("mappedClaims").is_none());
}

#[tokio::test]
async fn a_scope_reaches_the_attributes_that_are_left() {
    let api = Admin::start().await;
    let ping = format!("{}/scopes", resource(&api, "PingOne API").await);
    let badge = api.post(&attributes(&api).await, &text("badge")).await.expect(201);
    let body = json!({ "name": "p1:read:user:badge", "schemaAttributes": ["username", "badge"] });
    let scope = api.post(&ping, &body).await.expect(201);
    let list = api.get(&ping).await.expect(200);
    let rows = list["_embedded"]["scopes"].as_array().unwrap();
    let read = rows.iter().find(|row| row["name"] == "p1:read:user").unwrap().clone();
    let mut limited = read.clone();
    limited["schemaAttributes"] = json!(["badge"]);
    api.put(own(&read), &limited).await.expect(200);
    // Without any it would reach everything.
    api.delete(own(&badge)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    api.put(own(&read), &read).await.expect(200);
    api.delete(own(&badge)).await.expect(204);
    assert_eq!(again(&api, own(&scope)).await["schemaAttributes"], json!(["username"]));
}
