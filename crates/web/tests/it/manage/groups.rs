use serde_json::{Value, json};

use testkit::{Admin, Answer};

async fn made(api: &Admin, body: &Value) -> String {
    api.wait(1);
    api.post(&api.path("/groups"), body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn person(api: &Admin, name: &str) -> String {
    api.wait(1);
    api.user(name).await["id"].as_str().unwrap().to_owned()
}

/// The ids of the only list in an answer, with the types of memberships.
fn ids(answer: &Answer) -> Vec<(String, String)> {
    let list = answer.body["_embedded"].as_object().unwrap().values().next().unwrap().as_array().unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    list.iter().map(|row| (text(row, "id"), text(row, "type"))).collect()
}

#[tokio::test]
async fn a_group_is_created_replaced_found_and_deleted() {
    let api = Admin::start().await;
    let populations = api.get(&api.path("/populations")).await.expect(200);
    let population = populations["_embedded"]["populations"][0]["id"].clone();
    let whole = json!({
        "name": "Staff", "description": "harness", "externalId": "cn=staff", "population": { "id": population },
        "customData": { "a": ["b", { "c": 7 }] },
    });
    let staff = api.post(&api.path("/groups"), &whole).await.expect(201);
    for (name, value) in whole.as_object().unwrap() {
        assert_eq!(&staff[name], value, "{name}");
    }
    assert_eq!((&staff["directMemberCounts"], &staff["totalMemberCounts"]), (&json!({ "users": 0 }), &Value::Null));
    let own = api.path(&format!("/groups/{}", staff["id"].as_str().unwrap()));
    let changed = api.put(&own, &json!({ "name": "People" })).await.expect(200);
    assert_eq!((&changed["description"], &changed["customData"]), (&Value::Null, &Value::Null), "a PUT replaces");
    assert_eq!(changed["population"], whole["population"], "the population stays");
    let other = made(&api, &json!({ "name": "Others", "population": null })).await;
    let taken = json!({ "name": "people" });
    api.post(&api.path("/groups"), &taken).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "name");
    let invalid = [
        (json!({}), "REQUIRED_VALUE", "name"),
        (json!({ "name": "x", "externalId": "" }), "INVALID_VALUE", "externalId"),
        (json!({ "name": "x", "population": { "id": api.home } }), "INVALID_VALUE", "population.id"),
        (json!({ "name": "x", "userFilter": "title gt \"Dr\"" }), "INVALID_VALUE", "userFilter"),
    ];
    for (body, code, target) in invalid {
        let refused = api.post(&api.path("/groups"), &body).await;
        assert_eq!(
            (refused.status, &refused.body["details"][0]["target"]),
            (400, &json!(target)),
            "{code} {}",
            refused.text
        );
    }
    let moved = json!({ "name": "Others", "population": whole["population"] });
    let second = api.path(&format!("/groups/{other}"));
    api.put(&second, &moved).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "population.id");
    // One of the environment and one of a population can be in each other, as Ping's Terraform provider nests them.
    let nestings = format!("{second}/memberOfGroups");
    api.post(&nestings, &json!({ "id": staff["id"] })).await.expect(201);
    api.delete(&format!("{nestings}/{}", staff["id"].as_str().unwrap())).await.expect(204);
    let inner = made(&api, &json!({ "name": "Inner", "population": whole["population"] })).await;
    let within = api.path(&format!("/groups/{inner}"));
    api.post(&format!("{within}/memberOfGroups"), &json!({ "id": staff["id"] })).await.expect(201);
    api.delete(&within).await.expect(204);
    // An empty object is one, and none is none.
    let empty = api.put(&own, &json!({ "name": "People", "customData": {} })).await.expect(200);
    assert_eq!((&empty["customData"], &api.get(&own).await.expect(200)["customData"]), (&json!({}), &json!({})));
    assert_eq!(api.put(&own, &json!({ "name": "People" })).await.expect(200).get("customData"), None);
    let found = api.get(&api.path("/groups?filter=(name%20eq%20%22PEOPLE%22)&include=totalMemberCounts")).await;
    assert_eq!(found.body["count"], 1, "{}", found.text);
    assert_eq!(found.body["_embedded"]["groups"][0]["totalMemberCounts"], json!({ "users": 0 }));
    api.call("PATCH", &own, Some(&taken)).await.expect(405);
    api.delete(&own).await.expect(204);
    api.get(&own).await.refuses(404, "NOT_FOUND", "", "");
    assert_eq!(api.get(&api.path("/groups")).await.expect(200)["count"], 1);
}

#[tokio::test]
async fn users_are_in_groups_directly_and_through_nesting() {
    let api = Admin::start().await;
    let (inner, outer) = (made(&api, &json!({ "name": "In" })).await, made(&api, &json!({ "name": "Out" })).await);
    let (ada, bob) = (person(&api, "ada").await, person(&api, "bob").await);
    let of = |user: &str| api.path(&format!("/users/{user}/memberOfGroups"));
    let named = |id: &str| json!({ "id": id });
    let row = api.post(&of(&ada), &named(&inner)).await.expect(201);
    assert_eq!((&row["id"], &row["name"], &row["type"]), (&json!(inner), &json!("In"), &json!("DIRECT")));
    let links: Vec<&String> = row["_links"].as_object().unwrap().keys().collect();
    assert_eq!(links, ["environment", "group", "self", "user"]);
    api.post(&of(&ada), &named(&inner)).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "id");
    api.post(&of(&ada), &named(&api.home)).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "id");
    api.post(&of(&ada), &json!({})).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "id");
    api.post(&of(&bob), &named(&outer)).await.expect(201);
    let nestings = api.path(&format!("/groups/{inner}/memberOfGroups"));
    let row = api.post(&nestings, &named(&outer)).await.expect(201);
    assert_eq!((&row["id"], &row["type"]), (&json!(outer), &json!("DIRECT")));
    for (child, parent) in [(&outer, &inner), (&inner, &inner)] {
        let path = api.path(&format!("/groups/{child}/memberOfGroups"));
        api.post(&path, &named(parent)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    }
    let listed = api.get(&format!("{}?expand=group&limit=1", of(&ada))).await;
    assert_eq!(ids(&listed), [(inner.clone(), "DIRECT".to_owned())]);
    assert_eq!(listed.body["_embedded"]["groupMemberships"][0]["_embedded"]["group"]["name"], "In");
    let next = listed.body["_links"]["next"]["href"].as_str().unwrap();
    assert!(next.contains("expand=group"), "{next}");
    assert_eq!(ids(&api.get(next).await), [(outer.clone(), "INDIRECT".to_owned())]);
    let counts = api.get(&api.path(&format!("/groups/{outer}?include=totalMemberCounts"))).await.expect(200);
    let (direct, total) = (&counts["directMemberCounts"]["users"], &counts["totalMemberCounts"]["users"]);
    assert_eq!((direct, total), (&json!(1), &json!(2)));
    let user =
        api.get(&api.path(&format!("/users/{ada}?include=memberOfGroupIDs,memberOfGroupNames"))).await.expect(200);
    assert_eq!(
        (&user["memberOfGroupIDs"], &user["memberOfGroupNames"]),
        (&json!([inner, outer]), &json!(["In", "Out"]))
    );
    assert_eq!(api.get(&api.path(&format!("/users/{ada}"))).await.expect(200)["memberOfGroupIDs"], Value::Null);
    for (filter, found) in [
        (format!("memberOfGroups[id eq \"{outer}\"]"), vec![&ada, &bob]),
        (format!("memberOfGroups[id eq \"{outer}\" and type eq \"DIRECT\"]"), vec![&bob]),
        (format!("(username eq \"ada\" AND memberOfGroups[id eq \"{outer}\"])"), vec![&ada]),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let answer = api.get(&api.path(&format!("/users?include=memberOfGroupNames&filter={query}"))).await;
        assert_eq!(ids(&answer).iter().map(|(id, _)| id).collect::<Vec<_>>(), found, "{filter}");
        assert!(answer.body["_embedded"]["users"][0]["memberOfGroupNames"].is_array());
    }
    let through = format!("{}/{outer}", of(&ada));
    assert_eq!(api.get(&through).await.expect(200)["type"], "INDIRECT");
    api.delete(&through).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    api.delete(&format!("{nestings}/{outer}")).await.expect(204);
    api.get(&through).await.refuses(404, "NOT_FOUND", "", "");
    api.delete(&format!("{}/{inner}", of(&ada))).await.expect(204);
    api.delete(&format!("{}/{inner}", of(&ada))).await.refuses(404, "NOT_FOUND", "", "");
}

#[tokio::test]
async fn who_may_read_groups_may_not_change_them() {
    let api = Admin::start().await;
    let (id, secret) = api.service("Reader", "WORKER").await;
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    let groups = api.path("/groups");
    api.with_token(&token, "GET", &groups, None).await.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    let roles = api.get("/roles").await.expect(200);
    let role =
        roles["_embedded"]["roles"].as_array().unwrap().iter().find(|role| role["name"] == "Identity Data Read Only");
    let body = json!({ "role": { "id": role.unwrap()["id"] }, "scope": { "id": api.env, "type": "ENVIRONMENT" } });
    api.post(&api.path(&format!("/applications/{id}/roleAssignments")), &body).await.expect(201);
    api.with_token(&token, "GET", &groups, None).await.expect(200);
    let body = json!({ "name": "Mine" });
    api.with_token(&token, "POST", &groups, Some(&body)).await.refuses(
        403,
        "ACCESS_FAILED",
        "INSUFFICIENT_PERMISSIONS",
        "",
    );
}
