use serde_json::{Value, json};

use testkit::Admin;

async fn all(api: &Admin) -> Vec<Value> {
    let list = api.get(&api.path("/populations")).await.expect(200);
    list["_embedded"]["populations"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_population_is_created_replaced_and_deleted() {
    let api = Admin::start().await;
    let body = json!({ "name": "Staff", "description": "harness" });
    let made = api.post(&api.path("/populations"), &body).await.expect(201);
    assert_eq!((made["default"].as_bool(), made["userCount"].as_i64()), (Some(false), Some(0)));
    assert_eq!(made["preferredLanguage"], "en");
    assert!(made["theme"]["id"].is_string() && made["passwordPolicy"].is_null());
    let own = api.path(&format!("/populations/{}", made["id"].as_str().unwrap()));
    let changed = api.put(&own, &json!({ "name": "People" })).await.expect(200);
    assert_eq!((changed["name"].as_str(), changed["description"].is_null()), (Some("People"), true), "a PUT replaces");
    assert_eq!(changed["theme"], made["theme"]);
    api.post(&api.path("/populations"), &json!({ "name": "people" })).await.refuses(
        400,
        "INVALID_DATA",
        "UNIQUENESS_VIOLATION",
        "name",
    );
    api.post(&api.path("/populations"), &json!({})).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "name");
    let policy = json!({ "name": "x", "passwordPolicy": { "id": api.home } });
    api.post(&api.path("/populations"), &policy).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "passwordPolicy.id",
    );
    api.delete(&own).await.expect(204);
    api.get(&own).await.refuses(404, "NOT_FOUND", "", "");
}

#[tokio::test]
async fn exactly_one_population_is_the_default() {
    let api = Admin::start().await;
    let first = all(&api).await.remove(0);
    let second = api.post(&api.path("/populations"), &json!({ "name": "Second", "default": true })).await.expect(201);
    let defaults: Vec<_> =
        all(&api).await.into_iter().filter(|p| p["default"] == true).map(|p| p["id"].clone()).collect();
    assert_eq!(defaults, [second["id"].clone()]);
    let own = api.path(&format!("/populations/{}", second["id"].as_str().unwrap()));
    api.put(&own, &json!({ "name": "Second", "default": false })).await.refuses(
        400,
        "INVALID_DATA",
        "CONSTRAINT_VIOLATION",
        "default",
    );
    let kept = api.put(&own, &json!({ "name": "Still" })).await.expect(200);
    assert_eq!(kept["default"], true);
    let user = api.user("ada").await;
    assert_eq!(user["population"]["id"], second["id"], "users without a population go to the default");
    let back = api.path(&format!("/populations/{}", first["id"].as_str().unwrap()));
    api.put(&back, &json!({ "name": "Default", "default": true })).await.expect(200);
    assert_eq!(all(&api).await.iter().filter(|p| p["default"] == true).count(), 1);
}

#[tokio::test]
async fn a_population_that_is_needed_stays() {
    let api = Admin::start().await;
    let only = api.path(&format!("/populations/{}", all(&api).await[0]["id"].as_str().unwrap()));
    let refused = api.delete(&only).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "population");
    assert!(refused["details"][0]["message"].as_str().unwrap().contains("must contain at least one population"));
    let second = api.post(&api.path("/populations"), &json!({ "name": "Second" })).await.expect(201);
    let refused = api.delete(&only).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "population");
    assert!(refused["details"][0]["message"].as_str().unwrap().contains("default population"));
    let body = json!({ "username": "ada", "email": "a@b.example", "population": { "id": second["id"] } });
    let user = api.post(&api.path("/users"), &body).await.expect(201);
    let own = api.path(&format!("/populations/{}", second["id"].as_str().unwrap()));
    assert_eq!(api.get(&own).await.expect(200)["userCount"], 1);
    let refused = api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "population");
    assert!(refused["message"].as_str().unwrap().starts_with("The request could not be completed"));
    api.delete(&api.path(&format!("/users/{}", user["id"].as_str().unwrap()))).await.expect(204);
    api.delete(&own).await.expect(204);
}

#[tokio::test]
async fn defaults_that_are_made_at_once_leave_one() {
    let api = Admin::start().await;
    let mut own = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let made = api.post(&api.path("/populations"), &json!({ "name": name })).await.expect(201);
        own.push((name, api.path(&format!("/populations/{}", made["id"].as_str().unwrap()))));
    }
    let make = |n: usize| {
        let (api, (name, own)) = (&api, &own[n]);
        async move { api.put(own, &json!({ "name": name, "default": true })).await }
    };
    let (a, b, c, d) = tokio::join!(make(0), make(1), make(2), make(3));
    for answer in [a, b, c, d] {
        // Whoever came second decides again.
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_eq!(all(&api).await.iter().filter(|p| p["default"] == true).count(), 1);
}
