//! PingOne's rules of roles: what they are given for, who gives them, and what they reach.

use serde_json::{Value, json};

use super::roles::{assignment, role};
use testkit::Admin;

/// An actor with these roles, its token and the path of its assignments.
async fn actor(api: &Admin, name: &str, held: &[(&str, &str, &str)]) -> (String, String) {
    let (id, secret) = api.service(name, "WORKER").await;
    let own = api.path(&format!("/applications/{id}/roleAssignments"));
    for (name, scope, kind) in held {
        api.post(&own, &assignment(&role(api, name).await, scope, kind)).await.expect(201);
    }
    (api.token_of(&api.env, &id, &secret).await.unwrap(), own)
}

async fn population(api: &Admin, name: &str) -> String {
    let made = api.post(&api.path("/populations"), &json!({ "name": name })).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

fn named(list: &Value, of: &str) -> Vec<String> {
    let rows = list["_embedded"][of].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// P1: the ids that people write down.
#[tokio::test]
async fn a_published_id_of_a_role_is_that_role() {
    let api = Admin::start().await;
    for (id, name) in [
        ("29ddce68-cd7f-4b2a-b6fc-f7a19553b496", "Environment Admin"),
        ("6f770b08-793f-4393-b2aa-b1d1587a0324", "Custom Roles Admin"),
        ("0bd9c966-7664-4ac1-b059-0ff9293908e2", "Identity Data Admin"),
    ] {
        assert_eq!(api.get(&format!("/roles/{id}")).await.expect(200)["name"], name);
    }
    let (token, _) = actor(&api, "Custom", &[("Custom Roles Admin", &api.env, "ENVIRONMENT")]).await;
    let update = json!({ "type": "SANDBOX" });
    let answer = api.with_token(&token, "PUT", &api.path("/type"), Some(&update)).await;
    answer.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
}

/// P4: who administers the organization says who administers its environments, and neither does it nor gives anything else.
#[tokio::test]
async fn an_administrator_of_the_organization_makes_administrators_of_environments() {
    let api = Admin::start().await;
    let (token, _) = actor(&api, "Top", &[("Organization Admin", &api.organization, "ORGANIZATION")]).await;
    let target = async |name: &str| {
        let group = api.post(&api.path("/groups"), &json!({ "name": name })).await.expect(201);
        format!("{}/roleAssignments", group["_links"]["self"]["href"].as_str().unwrap())
    };
    let (environment, data) = (role(&api, "Environment Admin").await, role(&api, "Identity Data Admin").await);
    for (scope, kind) in [(&api.organization, "ORGANIZATION"), (&api.env, "ENVIRONMENT")] {
        let given = assignment(&environment, scope, kind);
        api.with_token(&token, "POST", &target(kind).await, Some(&given)).await.expect(201);
    }
    let more = assignment(&data, &api.env, "ENVIRONMENT");
    api.with_token(&token, "POST", &target("More").await, Some(&more)).await.expect(403);
    let update = json!({ "type": "SANDBOX" });
    api.with_token(&token, "PUT", &api.path("/type"), Some(&update)).await.expect(403);
}

/// P4: every role over everything that a role may be over.
#[tokio::test]
async fn a_role_is_given_for_what_it_is_applicable_to() {
    let api = Admin::start().await;
    let (target, _) = api.service("Target", "WORKER").await;
    let population = population(&api, "P").await;
    let places = [
        ("ORGANIZATION", &api.organization),
        ("ENVIRONMENT", &api.env),
        ("POPULATION", &population),
        ("APPLICATION", &target),
    ];
    let own = api.path(&format!("/applications/{target}/roleAssignments"));
    let list = api.get("/roles").await.expect(200);
    let roles = list["_embedded"]["roles"].as_array().unwrap();
    assert_eq!(roles.len(), 19);
    for role in roles {
        let applicable = role["applicableTo"].as_array().unwrap();
        for (kind, scope) in places {
            let answer = api.post(&own, &assignment(role["id"].as_str().unwrap(), scope, kind)).await;
            if applicable.iter().any(|to| to == kind) {
                answer.expect(201);
            } else {
                let body = answer.refuses(400, "INVALID_DATA", "INVALID_VALUE", "scope");
                assert_eq!(body["details"][0]["innerError"]["allowedValues"], role["applicableTo"]);
            }
        }
    }
    // What the role would be over is not there, or not of the organization.
    for (name, kind) in [
        ("Environment Admin", "ORGANIZATION"),
        ("Environment Admin", "ENVIRONMENT"),
        ("Identity Data Admin", "POPULATION"),
        ("Application Owner", "APPLICATION"),
    ] {
        let body = assignment(&role(&api, name).await, "00000000-0000-4000-8000-00000000dead", kind);
        api.post(&own, &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "scope.id");
    }
}

/// P4: a role over one population reaches what is in it, and nothing else.
#[tokio::test]
async fn a_role_over_a_population_reaches_its_users_alone() {
    let api = Admin::start().await;
    let (own, other) = (population(&api, "Own").await, population(&api, "Other").await);
    let (token, _) = actor(&api, "Local", &[("Identity Data Admin", &own, "POPULATION")]).await;
    let call = async |method: &str, path: &str, body: Option<Value>| {
        api.with_token(&token, method, &api.path(path), body.as_ref()).await
    };
    let user = |name: &str, population: &str| json!({ "username": name, "email": "a@example.com", "population": { "id": population } });
    let made = call("POST", "/users", Some(user("in", &own))).await.expect(201);
    let inside = format!("/users/{}", made["id"].as_str().unwrap());
    let foreign = api.post(&api.path("/users"), &user("out", &other)).await.expect(201);
    let outside = format!("/users/{}", foreign["id"].as_str().unwrap());
    call("GET", &inside, None).await.expect(200);
    call("PATCH", &inside, Some(json!({ "nickname": "N" }))).await.expect(200);
    call("PUT", &format!("{inside}/enabled"), Some(json!({ "enabled": false }))).await.expect(200);
    call("GET", "", None).await.expect(200);
    // Lists show what is theirs, also under a filter.
    assert_eq!(named(&call("GET", "/users", None).await.expect(200), "users"), [made["id"].as_str().unwrap()]);
    assert_eq!(call("GET", "/users?filter=username%20sw%20%22o%22", None).await.expect(200)["count"], 0);
    assert_eq!(named(&call("GET", "/populations", None).await.expect(200), "populations"), [own.as_str()]);
    let group = |population: Option<&str>| match population {
        Some(id) => json!({ "name": format!("G{id}"), "population": { "id": id } }),
        None => json!({ "name": "G" }),
    };
    let theirs = call("POST", "/groups", Some(group(Some(&own)))).await.expect(201);
    let all = api.post(&api.path("/groups"), &group(None)).await.expect(201);
    assert_eq!(named(&call("GET", "/groups", None).await.expect(200), "groups"), [theirs["id"].as_str().unwrap()]);
    call("POST", &format!("{inside}/memberOfGroups"), Some(json!({ "id": theirs["id"] }))).await.expect(201);
    let refused = [
        ("GET", outside.clone(), None),
        ("PATCH", outside.clone(), Some(json!({ "nickname": "N" }))),
        ("DELETE", outside.clone(), None),
        ("GET", format!("{outside}/password"), None),
        ("PUT", format!("{outside}/enabled"), Some(json!({ "enabled": false }))),
        ("POST", "/users".into(), Some(user("new", &other))),
        ("PUT", inside.clone(), Some(user("in", &other))),
        ("PUT", format!("{inside}/population"), Some(json!({ "id": other }))),
        ("POST", format!("{inside}/memberOfGroups"), Some(json!({ "id": all["id"] }))),
        ("GET", format!("/groups/{}", all["id"].as_str().unwrap()), None),
        ("POST", "/groups".into(), Some(json!({ "name": "Mine" }))),
        ("POST", "/populations".into(), Some(json!({ "name": "Mine" }))),
        ("GET", format!("/populations/{other}"), None),
        ("DELETE", format!("/populations/{other}"), None),
        ("GET", "/activities".into(), None),
        ("GET", "/applications".into(), None),
    ];
    for (method, path, body) in refused {
        let answer = call(method, &path, body).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text);
    }
    // Whose users are who is named no population is no matter of one population: another would lose it, and they be given whoever
    // is made.
    let default = json!({ "name": "Own", "default": true });
    let population = format!("/populations/{own}");
    assert_eq!(call("PUT", &population, Some(default)).await.status, 403);
    call("PUT", &population, Some(json!({ "name": "Renamed" }))).await.expect(200);
    // It ends with the population.
    call("DELETE", &inside, None).await.expect(204);
    api.delete(&api.path(&format!("/populations/{own}"))).await.expect(204);
    assert_eq!(call("GET", "/users", None).await.status, 403);
}

/// P4: what a user of the population is in is told as far as it is the population's: groups of nobody's are not its to see.
#[tokio::test]
async fn a_role_over_a_population_sees_its_groups_alone() {
    let api = Admin::start().await;
    let own = population(&api, "Own").await;
    let (token, _) = actor(&api, "Local", &[("Identity Data Admin", &own, "POPULATION")]).await;
    let call = async |method: &str, path: &str, body: Option<Value>| {
        api.with_token(&token, method, &api.path(path), body.as_ref()).await
    };
    let user = json!({ "username": "in", "email": "a@example.com", "population": { "id": own } });
    let made = call("POST", "/users", Some(user)).await.expect(201);
    let inside = format!("/users/{}", made["id"].as_str().unwrap());
    let group = json!({ "name": "G", "population": { "id": own } });
    let theirs = call("POST", "/groups", Some(group)).await.expect(201);
    let all = api.post(&api.path("/groups"), &json!({ "name": "H" })).await.expect(201);
    call("POST", &format!("{inside}/memberOfGroups"), Some(json!({ "id": theirs["id"] }))).await.expect(201);
    let joined = api.path(&format!("{inside}/memberOfGroups"));
    api.post(&joined, &json!({ "id": all["id"] })).await.expect(201);
    for expand in ["", "?expand=group"] {
        let seen = call("GET", &format!("{inside}/memberOfGroups{expand}"), None).await.expect(200);
        assert_eq!(named(&seen, "groupMemberships"), [theirs["id"].as_str().unwrap()]);
    }
    let included =
        call("GET", &format!("{inside}?include=memberOfGroupIDs,memberOfGroupNames"), None).await.expect(200);
    assert_eq!(included["memberOfGroupIDs"], json!([theirs["id"]]));
    assert_eq!(included["memberOfGroupNames"].as_array().unwrap().len(), 1);
    assert_eq!(api.get(&joined).await.expect(200)["count"], 2);
    let joined = format!("{inside}/memberOfGroups/{}", all["id"].as_str().unwrap());
    for method in ["GET", "DELETE"] {
        assert_eq!(call(method, &joined, None).await.status, 403, "{method}");
    }
}

/// P4: Application Owner over one application reaches it, and nothing else.
#[tokio::test]
async fn a_role_over_an_application_reaches_it_alone() {
    let api = Admin::start().await;
    let (own, _) = api.service("Own", "SERVICE").await;
    let (other, _) = api.service("Other", "SERVICE").await;
    let (token, assignments) = actor(&api, "Owner", &[("Application Owner", &own, "APPLICATION")]).await;
    let get = async |path: String| api.with_token(&token, "GET", &api.path(&path), None).await;
    for below in ["", "/secret", "/grants"] {
        get(format!("/applications/{own}{below}")).await.expect(200);
        assert_eq!(get(format!("/applications/{other}{below}")).await.status, 403, "{below}");
    }
    assert_eq!(get("/users".into()).await.status, 403);
    api.delete(&api.path(&format!("/applications/{own}"))).await.expect(204);
    assert_eq!(api.get(&assignments).await.expect(200)["count"], 0);
}

/// P4: whoever makes an environment or a population administers it, and can go on.
#[tokio::test]
async fn the_creator_holds_roles_over_what_they_made() {
    let api = Admin::start().await;
    let (token, own) = actor(&api, "Creator", &[("Organization Admin", &api.organization, "ORGANIZATION")]).await;
    let call =
        async |method: &str, path: &str, body: Option<Value>| api.with_token(&token, method, path, body.as_ref()).await;
    let made = call("POST", "/environments", Some(api.environment_body("Mine"))).await.expect(201);
    let mine = format!("/environments/{}", made["id"].as_str().unwrap());
    let held = api.get(&own).await.expect(200);
    assert_eq!(held["count"], 4);
    let worker = json!({
        "name": "Worker", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    });
    call("POST", &format!("{mine}/populations"), Some(json!({ "name": "P" }))).await.expect(201);
    call("POST", &format!("{mine}/applications"), Some(worker)).await.expect(201);
    call("POST", &format!("{mine}/users"), Some(json!({ "username": "a", "email": "a@example.com" })))
        .await
        .expect(201);
    call("DELETE", &mine, None).await.expect(204);
    assert_eq!(api.get(&own).await.expect(200)["count"], 1);
    // Who holds all of it already is given nothing more.
    let home = format!("/environments/{}/applications/{}/roleAssignments", api.home, testkit::WORKER);
    let before = api.get(&home).await.expect(200)["count"].clone();
    api.post("/environments", &api.environment_body("Third")).await.expect(201);
    population(&api, "Third").await;
    assert_eq!(api.get(&home).await.expect(200)["count"], before);
    // A population's creator who manages nobody in the environment manages who is in it.
    let (token, own) = actor(&api, "Configurer", &[("Environment Admin", &api.env, "ENVIRONMENT")]).await;
    let body = json!({ "name": "Theirs" });
    let made = api.with_token(&token, "POST", &api.path("/populations"), Some(&body)).await.expect(201);
    let user = json!({ "username": "b", "email": "b@example.com", "population": { "id": made["id"] } });
    api.with_token(&token, "POST", &api.path("/users"), Some(&user)).await.expect(201);
    let held = api.get(&own).await.expect(200);
    let scopes: Vec<_> =
        held["_embedded"]["roleAssignments"].as_array().unwrap().iter().map(|r| &r["scope"]["type"]).collect();
    assert!(scopes.contains(&&json!("POPULATION")), "{held}");
}

/// P4: who may give what, who may take it, and that `readOnly` says so.
#[tokio::test]
async fn an_assignment_is_read_only_to_whoever_cannot_give_it() {
    let api = Admin::start().await;
    let env = (&*api.env, "ENVIRONMENT");
    let held = [("Identity Data Admin", env.0, env.1), ("Client Application Developer", env.0, env.1)];
    let (token, own) = actor(&api, "Both", &held).await;
    let (target, _) = api.service("Target", "WORKER").await;
    let target = api.path(&format!("/applications/{target}/roleAssignments"));
    for (name, status) in [
        ("Identity Data Read Only", 201),
        ("Help Desk Admin", 201),
        ("Identity Data Admin", 201),
        // Held in all its permissions, and not theirs to give.
        ("Client Application Developer", 403),
        ("Application Owner", 403),
        ("DaVinci Admin", 403),
        // Not held.
        ("Environment Admin", 403),
    ] {
        let body = assignment(&role(&api, name).await, env.0, env.1);
        let answer = api.with_token(&token, "POST", &target, Some(&body)).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        if status == 201 {
            assert_eq!(answer.body["readOnly"], false, "{name}");
        }
    }
    let developer = assignment(&role(&api, "Client Application Developer").await, env.0, env.1);
    let given = api.post(&target, &developer).await.expect(201);
    assert_eq!(given["readOnly"], false);
    let row = format!("{target}/{}", given["id"].as_str().unwrap());
    assert_eq!(api.with_token(&token, "GET", &row, None).await.expect(200)["readOnly"], true);
    let refused =
        api.with_token(&token, "DELETE", &row, None).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "");
    let id = given["id"].as_str().unwrap();
    assert_eq!(refused["message"], format!("Role assignment {id} cannot be deleted as it is read only"));
    // Nobody takes what is their own.
    let mine = api.with_token(&token, "GET", &own, None).await.expect(200);
    for row in mine["_embedded"]["roleAssignments"].as_array().unwrap() {
        assert_eq!(row["readOnly"], true);
        let path = format!("{own}/{}", row["id"].as_str().unwrap());
        assert_eq!(api.with_token(&token, "DELETE", &path, None).await.status, 400);
    }
    let seen = api.get(&own).await.expect(200);
    assert!(seen["_embedded"]["roleAssignments"].as_array().unwrap().iter().all(|row| row["readOnly"] == false));
    api.delete(&row).await.expect(204);
}

/// P23: a worker that is made with its creator's roles holds them; a replacement changes nothing of that.
#[tokio::test]
async fn a_worker_is_made_with_the_roles_of_its_creator() {
    let api = Admin::start().await;
    let held = [("Client Application Developer", &*api.env, "ENVIRONMENT")];
    let (token, _) = actor(&api, "Creator", &held).await;
    let body = |kind: &str, assign: bool| {
        json!({
            "name": format!("{kind} {assign}"), "enabled": true, "type": kind, "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "assignActorRoles": assign,
        })
    };
    for (kind, assign, count) in [("WORKER", true, 1), ("WORKER", false, 0), ("SERVICE", true, 0)] {
        let body = body(kind, assign);
        let made = api.with_token(&token, "POST", &api.path("/applications"), Some(&body)).await.expect(201);
        let path = api.path(&format!("/applications/{}", made["id"].as_str().unwrap()));
        let rows = api.get(&format!("{path}/roleAssignments")).await.expect(200);
        assert_eq!(rows["count"], count, "{kind} {assign}");
        let mut other = body.clone();
        other["assignActorRoles"] = (!assign).into();
        assert_eq!(api.put(&path, &other).await.expect(200)["assignActorRoles"], assign);
        assert_eq!(api.get(&format!("{path}/roleAssignments")).await.expect(200)["count"], count);
    }
}
