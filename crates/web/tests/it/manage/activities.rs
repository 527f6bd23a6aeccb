use protocol::id::CorrelationId;
use serde_json::{Value, json};

use testkit::{Admin, TestApp};

async fn activities(api: &Admin, filter: &str) -> Vec<Value> {
    api.server.app.audit.flush().await;
    let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let list = api.get(&api.path(&format!("/activities?limit=1000&filter={filter}"))).await.expect(200);
    list["_embedded"]["activities"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_change_is_one_activity() {
    // DB-05
    let api = Admin::on(TestApp::build().strict()).await;
    let user = api.user("ada").await;
    let own = api.path(&format!("/users/{}", user["id"].as_str().unwrap()));
    api.call("PATCH", &own, Some(&json!({ "nickname": "x" }))).await.expect(200);
    api.delete(&own).await.expect(204);
    let mut kinds: Vec<String> = activities(&api, &format!("resources.id eq \"{}\"", user["id"].as_str().unwrap()))
        .await
        .iter()
        .map(|a| a["action"]["type"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["USER.CREATED", "USER.DELETED", "USER.UPDATED"]);
}

#[tokio::test]
async fn a_refusal_can_be_read_with_its_rule() {
    let api = Admin::on(TestApp::build().strict()).await;
    let refused = api.post(&api.path("/populations"), &json!({ "name": "" })).await.refuses(
        400,
        "INVALID_DATA",
        "REQUIRED_VALUE",
        "name",
    );
    let found = activities(&api, &format!("correlationId eq \"{}\"", refused["id"].as_str().unwrap())).await;
    assert_eq!(found.len(), 1, "exactly one event");
    let activity = api.get(&api.path(&format!("/activities/{}", found[0]["id"].as_str().unwrap()))).await.expect(200);
    assert_eq!(activity["result"]["status"], "FAILED");
    assert_eq!(activity["refusal"]["reason"], "fields_invalid");
    assert_eq!(activity["refusal"]["came"], "name: REQUIRED_VALUE");
    assert!(activity["refusal"]["mend"].is_string() && activity["refusal"]["expected"].is_string());
    assert!(activity["actors"]["client"]["id"].is_string());
    // TN-01: another environment's administrators do not find it.
    let elsewhere = format!("/environments/{}/activities/{}", api.home, found[0]["id"].as_str().unwrap());
    api.get(&elsewhere).await.refuses(404, "NOT_FOUND", "", "");
}

#[tokio::test]
async fn neither_secrets_nor_passwords_reach_the_audit() {
    // LG-01: canaries in every place where a secret is sent.
    let api = Admin::on(TestApp::build().strict()).await;
    let (id, secret) = api.service("Service", "SERVICE").await;
    let _ = api.token_of(&api.env, &id, "canary-client-secret").await;
    let user = api.user("ada").await;
    let own = api.path(&format!("/users/{}/password", user["id"].as_str().unwrap()));
    for (method, action, body) in [
        ("PUT", "set", json!({ "value": "canary" })),
        ("PUT", "set", json!({ "value": "Canary-Horse-7-Battery" })),
        ("POST", "check", json!({ "password": "canary-wrong" })),
        ("PUT", "reset", json!({ "currentPassword": "canary-wrong", "newPassword": "canary-new" })),
    ] {
        let media = format!("application/vnd.pingidentity.password.{action}+json");
        let answer = api.typed(method, &own, &[&media], body.to_string()).await;
        assert!(!answer.text.to_lowercase().contains("canary"), "{}", answer.text);
    }
    api.server.app.audit.flush().await;
    let all = api.get(&api.path("/activities?limit=1000")).await;
    let text = all.text.to_lowercase();
    assert!(!text.contains("canary") && !text.contains(&secret.to_lowercase()) && !text.contains("argon2"));
    assert!(!text.contains(&api.token.to_lowercase()));
    all.expect(200);
}

#[tokio::test]
async fn an_activity_says_what_was_given_and_what_changed() {
    let api = Admin::on(TestApp::build().strict()).await;
    let (id, _) = api.service("Service", "SERVICE").await;
    let own = api.path(&format!("/applications/{id}"));
    let about = async || {
        let found = activities(&api, &format!("resources.id eq \"{id}\"")).await;
        let last = found.last().cloned().unwrap_or_default();
        (
            last["action"]["type"].as_str().unwrap().to_owned(),
            last["description"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let mut whole = api.get(&own).await.expect(200);
    whole["name"] = "Renamed".into();
    whole["enabled"] = false.into();
    api.put(&own, &whole).await.expect(200);
    assert_eq!(about().await, ("APPLICATION.UPDATED".into(), "changed enabled, name".into()));
    api.post(&format!("{own}/secret"), &json!({})).await.expect(200);
    assert_eq!(about().await, ("SECRET.ROTATED".into(), "the one before ended at once".into()));
    let roles = api.get("/roles").await.expect(200);
    let role = roles["_embedded"]["roles"].as_array().unwrap().iter().find(|r| r["name"] == "Identity Data Read Only");
    let role = role.unwrap()["id"].as_str().unwrap();
    let given = json!({ "role": { "id": role }, "scope": { "id": api.env, "type": "ENVIRONMENT" } });
    let row = api.post(&format!("{own}/roleAssignments"), &given).await.expect(201);
    let words = format!("role Identity Data Read Only ({role}) over ENVIRONMENT {}", api.env);
    assert_eq!(about().await, ("APPLICATION.UPDATED".into(), format!("granted {words}")));
    api.delete(&format!("{own}/roleAssignments/{}", row["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(about().await, ("APPLICATION.UPDATED".into(), format!("took {words}")));
}

/// P4, P23: roles that somebody is given by making something are told like those that are given by name.
#[tokio::test]
async fn an_activity_says_which_roles_came_with_what_was_made() {
    let api = Admin::on(TestApp::build().strict()).await;
    let (id, secret) = api.service("Creator", "WORKER").await;
    let role = super::roles::role(&api, "Environment Admin").await;
    let own = api.path(&format!("/applications/{id}/roleAssignments"));
    let everywhere = super::roles::assignment(&role, &api.organization, "ORGANIZATION");
    api.post(&own, &everywhere).await.expect(201);
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    let make = async |path: &str, body: Value| {
        let made = api.with_token(&token, "POST", path, Some(&body)).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    };
    let told = async |environment: &str, made: &str| {
        api.server.app.audit.flush().await;
        let path = format!("/environments/{environment}/activities?filter=resources.id%20eq%20%22{made}%22");
        let found = api.get(&path).await.expect(200);
        found["_embedded"]["activities"][0]["description"].as_str().unwrap_or_default().to_owned()
    };
    let population = make(&api.path("/populations"), json!({ "name": "P" })).await;
    let expected = format!("granted to {id}: Identity Data Admin over POPULATION {population}");
    assert_eq!(told(&api.env, &population).await, expected);
    let worker = make(
        &api.path("/applications"),
        json!({
            "name": "Heir", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT", "assignActorRoles": true,
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        }),
    )
    .await;
    let note = told(&api.env, &worker).await;
    assert!(note.starts_with(&format!("granted to {worker}: ")), "{note}");
    for given in [
        format!("Environment Admin over ORGANIZATION {}", api.organization),
        format!("Identity Data Admin over POPULATION {population}"),
    ] {
        assert!(note.contains(&given), "{note}");
    }
    let answer = api.with_token(&token, "POST", "/environments", Some(&api.environment_body("Made"))).await;
    let environment = answer.body["id"].as_str().unwrap();
    api.server.app.audit.flush().await;
    let found = api.server.app.store.explain(CorrelationId::parse(answer.correlation()).unwrap()).await.unwrap();
    let note = found.iter().find_map(|found| found.event.note.clone()).unwrap();
    assert!(note.starts_with(&format!("granted to {id}: ")), "{note}");
    for role in ["Identity Data Admin", "Client Application Developer"] {
        assert!(note.contains(&format!("{role} over ENVIRONMENT {environment}")), "{note}");
    }
}

/// Whatever was written, the event says which of its properties changed, and never what stands in them.
#[tokio::test]
async fn every_replacement_tells_what_it_changed() {
    let api = Admin::on(TestApp::build().strict()).await;
    let user = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let named = json!({ "name": "First" });
    let made = async |of: &str| {
        let made = api.post(&api.path(of), &named).await.expect(201);
        api.path(&format!("{of}/{}", made["id"].as_str().unwrap()))
    };
    let (group, population) = (made("/groups").await, made("/populations").await);
    let environment = api.environment_body("Other");
    let second = json!({ "name": "Second", "description": "canary" });
    for (method, path, body, action, told) in [
        (
            "PATCH",
            user.clone(),
            json!({ "nickname": "canary", "name": { "given": "canary" } }),
            "USER",
            "name, nickname",
        ),
        ("PUT", format!("{user}/enabled"), json!({ "enabled": false }), "USER", "enabled"),
        ("PUT", format!("{user}/mfaEnabled"), json!({ "mfaEnabled": true }), "USER", "mfaEnabled"),
        ("PUT", group, second.clone(), "GROUP", "description, name"),
        ("PUT", population, second, "POPULATION", "description, name"),
        ("PUT", api.path(""), environment, "ENVIRONMENT", "name"),
        ("PUT", api.path("/type"), json!({ "type": "PRODUCTION" }), "ENVIRONMENT", "type"),
        (
            "PUT",
            api.path("/billOfMaterials"),
            json!({ "products": [{ "type": "PING_ONE_BASE" }] }),
            "ENVIRONMENT",
            "billOfMaterials.products",
        ),
    ] {
        api.call(method, &path, Some(&body)).await.expect(200);
        let found = activities(&api, &format!("action.type eq \"{action}.UPDATED\"")).await;
        let latest = found.iter().map(|row| row["description"].as_str().unwrap_or_default());
        let wanted = format!("changed {told}");
        assert!(latest.clone().any(|note| note == wanted), "{method} {path}: {:?}", latest.collect::<Vec<_>>());
    }
}

/// P13: who did what to whom is told with names and with addresses that lead to them, also where the client is of another
/// environment; and every documented filter finds it, in the query or in the body.
#[tokio::test]
async fn an_activity_names_and_links_everybody() {
    let api = Admin::on(TestApp::build().strict()).await;
    let user = api.user("ada").await;
    let id = user["id"].as_str().unwrap();
    let found = activities(&api, &format!("resources.id eq \"{id}\"")).await;
    let activity = &found[0];
    let client = &activity["actors"]["client"];
    assert_eq!((&client["type"], &client["environment"]["id"]), (&json!("CLIENT"), &json!(api.home)));
    assert!(client["name"].is_string(), "{client}");
    let reached = client["href"].as_str().unwrap().split_once("/v1").unwrap().1;
    assert_eq!(api.get(reached).await.expect(200)["id"], client["id"]);
    let resource = &activity["resources"][0];
    assert_eq!((&resource["name"], &resource["population"]), (&json!("ada"), &user["population"]));
    assert_eq!(resource["environment"]["id"], api.env.as_str());
    let reached = resource["href"].as_str().unwrap().split_once("/v1").unwrap().1;
    assert_eq!(api.get(reached).await.expect(200)["id"], user["id"]);
    assert_eq!(
        (&activity["action"]["description"], &activity["result"]["description"]),
        (&json!("User Created"), &json!("User Created"))
    );

    let population = user["population"]["id"].as_str().unwrap();
    for filter in [
        "actors.user.name eq \"ADA\"".to_owned(),
        format!("resources.type eq \"USER\" and resources.id eq \"{id}\""),
        format!("resources.population.id eq \"{population}\" and resources.type eq \"USER\""),
    ] {
        let by_query = activities(&api, &filter).await;
        assert!(by_query.iter().any(|row| row["id"] == activity["id"]), "{filter} {by_query:?}");
        let posted = api.post(&api.path("/activities"), &json!({ "filter": filter })).await.expect(200);
        assert_eq!(posted["_embedded"]["activities"].as_array().unwrap()[..], by_query[..], "{filter}");
    }
    for nobody in ["actors.user.name eq \"nobody\"", "resources.type eq \"KEY\"", "resources.population.id eq \"x\""] {
        assert!(activities(&api, nobody).await.is_empty(), "{nobody}");
    }
    api.post(&api.path("/activities"), &json!({ "filter": "(" })).await.refuses(
        400,
        "INVALID_REQUEST",
        "INVALID_FILTER",
        "filter",
    );
    api.post(&api.path("/activities"), &json!({ "filter": 7 })).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "filter",
    );
    // Who is gone is told by id, and by no name.
    api.delete(&api.path(&format!("/users/{id}"))).await.expect(204);
    let gone = activities(&api, &format!("resources.id eq \"{id}\"")).await;
    assert!(
        gone.iter().all(|row| row["resources"][0]["name"].is_null() && row["resources"][0]["id"] == id),
        "{gone:?}"
    );
}

/// A body may say how many it wants, as an address does; an order is for a list that comes whole.
#[tokio::test]
async fn a_search_in_a_body_has_a_limit() {
    let api = Admin::start().await;
    for name in ["ada", "bob", "eve"] {
        api.user(name).await;
    }
    api.server.app.audit.flush().await;
    let path = api.path("/activities");
    let found = api.post(&path, &json!({ "limit": 2 })).await.expect(200);
    assert_eq!(found["_embedded"]["activities"].as_array().unwrap().len(), 2);
    api.post(&path, &json!({ "limit": 0 })).await.refuses(400, "INVALID_DATA", "OUT_OF_RANGE", "limit");
    for path in [format!("{path}?order=recordedat"), api.path("/resources?order=shoeSize")] {
        api.get(&path).await.refuses(400, "INVALID_REQUEST", "INVALID_PARAMETER", "order");
    }
    // One that comes whole is sorted.
    for (order, first) in [("name", "openid"), ("-name", "PingOne API"), ("-createdAt", "PingOne API")] {
        let list = api.get(&api.path(&format!("/resources?order={order}"))).await.expect(200);
        assert_eq!(list["_embedded"]["resources"][0]["name"], first, "{order}");
    }
}
