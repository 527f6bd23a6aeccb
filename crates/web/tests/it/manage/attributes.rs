//! Attribute mappings over HTTP, as PingOne's own clients read and write them.

use protocol::id::EnvironmentId;
use protocol::model::ApplicationAttribute;
use serde_json::{Value, json};
use testkit::Admin;

/// The application's attributes, and its email scope's id.
async fn application(api: &Admin) -> String {
    let (id, _) = api.service("Mapped", "SERVICE").await;
    api.path(&format!("/applications/{id}/attributes"))
}

async fn scope(api: &Admin, name: &str) -> String {
    let openid = resource(api, "openid").await;
    let list = api.get(&api.path(&format!("/resources/{openid}/scopes"))).await.expect(200);
    id_of(&list["_embedded"]["scopes"], name)
}

async fn resource(api: &Admin, name: &str) -> String {
    let list = api.get(&api.path("/resources")).await.expect(200);
    id_of(&list["_embedded"]["resources"], name)
}

fn id_of(rows: &Value, name: &str) -> String {
    let row = rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
    row["id"].as_str().unwrap().to_owned()
}

fn names(list: &Value) -> Vec<&str> {
    list["_embedded"]["attributes"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

fn own(object: &Value) -> &str {
    object["_links"]["self"]["href"].as_str().unwrap()
}

#[tokio::test]
async fn an_application_has_sub_from_the_beginning_and_gets_more() {
    let api = Admin::start().await;
    let path = application(&api).await;
    let list = api.get(&path).await.expect(200);
    let sub = list["_embedded"]["attributes"][0].clone();
    assert_eq!((&list["count"], &sub["name"], &sub["value"]), (&json!(1), &json!("sub"), &json!("${user.id}")));
    assert_eq!((&sub["mappingType"], &sub["required"]), (&json!("CORE"), &json!(true)));
    assert!(sub.get("idToken").is_none() && sub["application"]["id"].is_string(), "{sub}");
    assert_eq!(api.get(own(&sub)).await.expect(200), sub);

    let made =
        api.post(&path, &json!({ "name": "mail", "value": "${user.email}", "required": false })).await.expect(201);
    assert_eq!(
        (&made["mappingType"], &made["idToken"], &made["userInfo"]),
        (&json!("CUSTOM"), &json!(true), &json!(true))
    );
    assert!(made.get("oidcScopes").is_none(), "{made}");
    let body = json!({ "name": "mail", "value": "${user.username}", "required": true, "userInfo": false });
    let changed = api.put(own(&made), &body).await.expect(200);
    assert_eq!((&changed["value"], &changed["userInfo"], &changed["id"]), (&body["value"], &json!(false), &made["id"]));
    assert_eq!(api.get(own(&made)).await.expect(200), changed);
    assert_eq!(names(&api.get(&path).await.expect(200)), ["sub", "mail"]);

    // It is written over, keeps its id and its place, and is never taken away.
    let mapped =
        api.put(own(&sub), &json!({ "name": "sub", "value": "${user.email}", "required": true })).await.expect(200);
    assert_eq!(
        (&mapped["id"], &mapped["value"], &mapped["mappingType"]),
        (&sub["id"], &json!("${user.email}"), &json!("CORE"))
    );
    let again =
        api.put(own(&sub), &json!({ "name": "sub", "value": "${user.id}", "required": true })).await.expect(200);
    assert_eq!(again["value"], "${user.id}");
    assert_eq!(names(&api.get(&path).await.expect(200)), ["sub", "mail"]);
    api.delete(own(&sub)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");

    api.delete(own(&made)).await.expect(204);
    for gone in [api.get(own(&made)).await, api.put(own(&made), &body).await, api.delete(own(&made)).await] {
        gone.refuses(404, "NOT_FOUND", "", "");
    }
}

/// TN-01: another application has no such attribute; and one that is deleted takes its own along.
#[tokio::test]
async fn an_attribute_is_its_applications() {
    let api = Admin::start().await;
    let (path, (other, _)) = (application(&api).await, api.service("Other", "SERVICE").await);
    let made = api.post(&path, &json!({ "name": "a", "value": "b", "required": false })).await.expect(201);
    let foreign = api.path(&format!("/applications/{other}/attributes/{}", made["id"].as_str().unwrap()));
    api.get(&foreign).await.refuses(404, "NOT_FOUND", "", "");
    api.delete(path.trim_end_matches("/attributes")).await.expect(204);
    api.get(&path).await.refuses(404, "NOT_FOUND", "", "");
    let environment = EnvironmentId::parse(&api.env).unwrap();
    assert_eq!(api.server.base.store.every_within::<ApplicationAttribute>(environment).await, Ok(vec![]));
}

#[tokio::test]
async fn what_is_wrong_with_an_attribute_is_told_where_it_stands() {
    let api = Admin::start().await;
    let path = application(&api).await;
    let sub = api.get(&path).await.expect(200)["_embedded"]["attributes"][0].clone();
    api.post(&path, &json!({ "name": "mail", "value": "m", "required": false })).await.expect(201);
    let with = |name: &str, value: &str| json!({ "name": name, "value": value, "required": false });
    let mut never = with("a", "b");
    (never["idToken"], never["userInfo"]) = (json!(false), json!(false));
    let mut unscoped = with("a", "b");
    unscoped["oidcScopes"] = json!([uuid::Uuid::nil().to_string()]);
    for (body, code, target) in [
        (json!({}), "REQUIRED_VALUE", "name"),
        (with("", "b"), "REQUIRED_VALUE", "name"),
        (json!({ "name": "a" }), "REQUIRED_VALUE", "value"),
        (with("a", ""), "REQUIRED_VALUE", "value"),
        (with("mail", "b"), "UNIQUENESS_VIOLATION", "name"),
        (with("sub", "b"), "UNIQUENESS_VIOLATION", "name"),
        (with("aud", "b"), "INVALID_VALUE", "name"),
        (with("cnf", "b"), "INVALID_VALUE", "name"),
        (with("P1.rid", "b"), "INVALID_VALUE", "name"),
        (with("a", "${user.email"), "INVALID_VALUE", "value"),
        (with("a", "${usr.email}"), "INVALID_VALUE", "value"),
        (with("a", "${T(java.lang.Runtime)}"), "INVALID_VALUE", "value"),
        (never, "INVALID_VALUE", "idToken"),
        (unscoped, "INVALID_VALUE", "oidcScopes[0]"),
    ] {
        let told = api.post(&path, &body).await.refuses(400, "INVALID_DATA", code, target);
        if body["name"] == "aud" {
            // Ping's own program shows and matches these words.
            assert_eq!(
                told["details"][0]["message"],
                "Attribute name 'aud' is not valid for the 'OPENID_CONNECT' application"
            );
        }
        if body["value"] == "${user.email" {
            assert_eq!(told["details"][0]["innerError"]["position"], 12, "{told}");
        }
    }
    for (body, target) in [
        (json!({ "name": "sub", "value": "${user.id}", "required": false }), "required"),
        (json!({ "name": "other", "value": "${user.id}", "required": true }), "name"),
        (json!({ "name": "sub", "value": "${context.appConfig.clientId}", "required": true }), "value"),
        (json!({ "name": "sub", "value": "${user.memberOfGroupIDs[0]}", "required": true }), "value"),
    ] {
        api.put(own(&sub), &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", target);
    }
}

/// What PingOne does with the name of a claim that a scope asks for.
#[tokio::test]
async fn a_known_claim_is_told_for_its_own_scope() {
    let api = Admin::start().await;
    let (path, email) = (application(&api).await, scope(&api, "email").await);
    let body = json!({ "name": "email", "value": "${user.email}", "required": false });
    let made = api.post(&path, &body).await.expect(201);
    assert_eq!(made["oidcScopes"], json!([email]));
    let profile = scope(&api, "profile").await;
    let both = json!({ "name": "email", "value": "${user.email}", "required": true, "oidcScopes": [profile, email] });
    assert_eq!(api.put(own(&made), &both).await.expect(200)["oidcScopes"], json!([profile, email]));
    assert_eq!(api.put(own(&made), &body).await.expect(200)["oidcScopes"], json!([email]));
    let given = json!({ "name": "given_name", "value": "x", "required": false });
    assert_eq!(api.post(&path, &given).await.expect(201)["oidcScopes"], json!([profile]));
}

#[tokio::test]
async fn a_resource_has_attributes_of_its_kind() {
    let api = Admin::start().await;
    let path = |id: &str| api.path(&format!("/resources/{id}/attributes"));
    let openid = path(&resource(&api, "openid").await);
    let list = api.get(&openid).await.expect(200);
    assert_eq!(list["count"], 24);
    let email =
        list["_embedded"]["attributes"].as_array().unwrap().iter().find(|row| row["name"] == "email").unwrap().clone();
    assert_eq!(
        (&email["type"], &email["value"], &email["idToken"]),
        (&json!("PREDEFINED"), &json!("${user.email}"), &json!(true))
    );
    assert!(email["resource"]["id"].is_string());
    let mut body = email.clone();
    body["value"] = json!("${user.username}");
    let changed = api.put(own(&email), &body).await.expect(200);
    assert_eq!((&changed["value"], &changed["id"], &changed["type"]), (&body["value"], &email["id"], &email["type"]));
    assert_eq!(api.get(&openid).await.expect(200)["count"], 24);
    api.delete(own(&email)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    api.post(&openid, &json!({ "name": "nickname", "value": "b" })).await.refuses(
        400,
        "INVALID_DATA",
        "UNIQUENESS_VIOLATION",
        "name",
    );
    let made = api
        .post(
            &openid,
            &json!({ "name": "tag", "value": "${user.name.given + ', ' + user.name.family}", "userInfo": false }),
        )
        .await
        .expect(201);
    assert_eq!((&made["type"], &made["idToken"], &made["userInfo"]), (&json!("CUSTOM"), &json!(true), &json!(false)));
    let told = api.post(&openid, &json!({ "name": "exp", "value": "b" })).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "name",
    );
    assert_eq!(told["details"][0]["message"], "Attribute name 'exp' is not valid for the 'OPENID_CONNECT' resource");
    api.post(&openid, &json!({ "name": "b" })).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "value");
    let own_api = path(&resource(&api, "PingOne API").await);
    assert_eq!(api.get(&own_api).await.expect(200)["count"], 0);
    api.post(&own_api, &json!({ "name": "a", "value": "b" })).await.refuses(
        400,
        "INVALID_DATA",
        "CONSTRAINT_VIOLATION",
        "resource",
    );
}

/// Every one is worked out for every token, so there are not too many.
#[tokio::test]
async fn attributes_come_to_an_end() {
    let api = Admin::start().await;
    let path = application(&api).await;
    let body = |n: usize| json!({ "name": format!("a{n}"), "value": "b", "required": false });
    for n in 0..100 {
        api.post(&path, &body(n)).await.expect(201);
    }
    api.post(&path, &body(100)).await.refuses(400, "INVALID_DATA", "SIZE_LIMIT_EXCEEDED", "name");
}
