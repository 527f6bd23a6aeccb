use protocol::change::{Change, Guard};
use protocol::id::{EnvironmentId, RoleAssignmentId};
use protocol::model::{ActorKind, RoleAssignment, RoleScope};
use serde_json::{Value, json};
use uuid::Uuid;

use testkit::Admin;

pub(super) async fn role(api: &Admin, name: &str) -> String {
    let list = api.get("/roles").await.expect(200);
    let rows = list["_embedded"]["roles"].as_array().unwrap();
    assert!(rows.iter().all(|row| !row["permissions"].as_array().unwrap().is_empty()));
    rows.iter().find(|row| row["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

pub(super) fn assignment(role: &str, scope: &str, kind: &str) -> Value {
    json!({ "role": { "id": role }, "scope": { "id": scope, "type": kind } })
}

#[tokio::test]
async fn a_worker_may_do_what_its_role_says_and_no_more() {
    let api = Admin::start().await;
    let (id, secret) = api.service("Lesser", "WORKER").await;
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    let populations = api.path("/populations");
    api.with_token(&token, "GET", &populations, None).await.refuses(
        403,
        "ACCESS_FAILED",
        "INSUFFICIENT_PERMISSIONS",
        "",
    );
    let assignments = api.path(&format!("/applications/{id}/roleAssignments"));
    let body = assignment(&role(&api, "Identity Data Admin").await, &api.env, "ENVIRONMENT");
    let made = api.post(&assignments, &body).await.expect(201);
    assert_eq!(
        (made["role"]["id"].clone(), made["scope"].clone()),
        (body["role"]["id"].clone(), body["scope"].clone())
    );
    let twice = api.post(&assignments, &body).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "role");
    assert_eq!(twice["details"][0]["message"], "May not assign duplicate Role");
    assert_eq!(api.get(&assignments).await.expect(200)["count"], 1);
    api.with_token(&token, "GET", &populations, None).await.expect(200);
    // Another environment is another matter, and so is what lies above environments.
    let home = format!("/environments/{}/populations", api.home);
    api.with_token(&token, "GET", &home, None).await.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    let seen = api.with_token(&token, "GET", "/environments", None).await.expect(200);
    assert_eq!(
        (seen["count"].as_i64(), seen["_embedded"]["environments"][0]["id"].as_str()),
        (Some(1), Some(&*api.env))
    );
    let create = api.environment_body("Own");
    api.with_token(&token, "POST", "/environments", Some(&create)).await.refuses(
        403,
        "ACCESS_FAILED",
        "INSUFFICIENT_PERMISSIONS",
        "",
    );
    let row = format!("{assignments}/{}", made["id"].as_str().unwrap());
    api.get(&row).await.expect(200);
    // MG-06: secrets are for those who may read them.
    let path = api.path(&format!("/applications/{id}/secret"));
    api.with_token(&token, "GET", &path, None).await.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    api.delete(&row).await.expect(204);
    api.delete(&row).await.refuses(404, "NOT_FOUND", "", "");
    let populations = api.path("/populations");
    api.with_token(&token, "GET", &populations, None).await.refuses(
        403,
        "ACCESS_FAILED",
        "INSUFFICIENT_PERMISSIONS",
        "",
    );
}

/// The path of a worker that holds this role in the environment under test.
async fn holder(api: &Admin, name: &str, role: &str) -> String {
    let (id, _) = api.service(name, "WORKER").await;
    let own = api.path(&format!("/applications/{id}"));
    api.post(&format!("{own}/roleAssignments"), &assignment(role, &api.env, "ENVIRONMENT")).await.expect(201);
    own
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold() {
    let api = Admin::start().await;
    let (id, secret) = api.service("Developer", "WORKER").await;
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    let assignments = api.path(&format!("/applications/{id}/roleAssignments"));
    let developer = role(&api, "Client Application Developer").await;
    api.post(&assignments, &assignment(&developer, &api.env, "ENVIRONMENT")).await.expect(201);
    // MG-05: neither another role, nor the same one further, nor for the whole organization.
    for body in [
        assignment(&role(&api, "Identity Data Admin").await, &api.env, "ENVIRONMENT"),
        assignment(&role(&api, "Environment Admin").await, &api.env, "ENVIRONMENT"),
        assignment(&developer, &api.home, "ENVIRONMENT"),
        assignment(&role(&api, "Environment Admin").await, &api.organization, "ORGANIZATION"),
        // Its own, which gives no other.
        assignment(&developer, &api.env, "ENVIRONMENT"),
    ] {
        let answer = api.with_token(&token, "POST", &assignments, Some(&body)).await;
        answer.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    }
    let rows = api.get(&assignments).await.expect(200);
    assert_eq!(rows["count"], 1);
    // MG-05, MG-06: the secret of a worker who holds more would make its reader that worker; so would another method.
    let own = holder(&api, "Greater", &role(&api, "Identity Data Admin").await).await;
    let secret = format!("{own}/secret");
    let body = json!({
        "name": "Greater", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
    });
    api.post(&secret, &json!({ "previous": { "expiresAt": "2999-01-01T00:00:00Z" } })).await.refuses(
        400,
        "INVALID_DATA",
        "OUT_OF_RANGE",
        "previous.expiresAt",
    );
    let grants = format!("{own}/grants");
    for (method, path, body) in [
        ("GET", &secret, None),
        ("POST", &secret, Some(json!({}))),
        ("DELETE", &secret, None),
        ("PUT", &own, Some(body)),
        ("DELETE", &own, None),
        ("POST", &grants, Some(json!({}))),
        ("PUT", &format!("{grants}/{}", api.home), Some(json!({}))),
        ("DELETE", &format!("{grants}/{}", api.home), None),
        ("POST", &format!("{own}/roleAssignments"), Some(assignment(&developer, &api.env, "ENVIRONMENT"))),
        ("DELETE", &format!("{own}/roleAssignments/{}", api.home), None),
    ] {
        let answer = api.with_token(&token, method, path, body.as_ref()).await;
        answer.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    }
    // Whoever holds the same, and no more, is not out of reach.
    let equal = holder(&api, "Equal", &developer).await;
    api.with_token(&token, "GET", &format!("{equal}/secret"), None).await.expect(200);
    let (plain, _) = api.service("Plain", "SERVICE").await;
    let plain = api.path(&format!("/applications/{plain}/secret"));
    api.with_token(&token, "GET", &plain, None).await.expect(200);
    let population = assignment(&developer, &api.home, "POPULATION");
    api.post(&assignments, &population).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "scope");
    let unknown = assignment(&api.home, &api.env, "ENVIRONMENT");
    api.post(&assignments, &unknown).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "role.id");
}

/// Gives `actor` of the environment under test a role: no route gives users roles yet, nor one that this version does not know.
async fn furnish(api: &Admin, id: Uuid, actor: &str, role: &str, over: &str) {
    let held = RoleAssignment {
        id: RoleAssignmentId::new(id),
        environment: EnvironmentId::parse(&api.env).unwrap(),
        actor: actor.parse().unwrap(),
        actor_kind: ActorKind::default(),
        role: role.parse().unwrap(),
        scope: RoleScope::Environment(EnvironmentId::parse(over).unwrap()),
        read_only: false,
    };
    api.server.furnish(vec![Change::put(held, Guard::New)]).await;
}

/// A user and an application that hold the role.
async fn holding(api: &Admin, name: &str, role: &str, over: &str) -> [String; 2] {
    let user = api.user(name).await["id"].as_str().unwrap().to_owned();
    let (application, _) = api.service(name, "WORKER").await;
    for (number, actor) in (1..).zip([&user, &application]) {
        furnish(api, Uuid::from_u128(number), actor, role, over).await;
    }
    [user, application]
}

/// F9: whatever the verb.
#[tokio::test]
async fn nobody_gets_hold_of_a_user_who_holds_more() {
    // MG-05: the same guard on every verb and part of a user or application, for every row of the table that writes one or
    // shows a secret. Groups give nothing, so who is in which is for whoever manages groups.
    let api = Admin::start().await;
    let (id, secret) = api.service("Lesser", "WORKER").await;
    let roles = api.get("/roles").await.expect(200);
    for (number, role) in (1..).zip(roles["_embedded"]["roles"].as_array().unwrap()) {
        furnish(&api, Uuid::from_u128(number), &id, role["id"].as_str().unwrap(), &api.env).await;
    }
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    let admin = role(&api, "Environment Admin").await;
    let equal = holding(&api, "equal", &admin, &api.env).await;
    let greater = holding(&api, "greater", &admin, &api.home).await;
    // A role that this version does not know may be any.
    let stranger = holding(&api, "stranger", "11111111-2222-4333-8444-555555555555", &api.env).await;
    let group = api.post(&api.path("/groups"), &json!({ "name": "g" })).await.expect(201)["id"].clone();
    let calls = web::manage::calls().filter(|(_, path)| path.contains("{user}") || path.contains("{application}"));
    let (deletions, calls): (Vec<_>, Vec<_>) = calls.partition(|(method, _)| *method == "DELETE");
    for (method, path) in calls.into_iter().chain(deletions) {
        let guarded = (method != "GET" || path.ends_with("/secret")) && !path.contains("/memberOfGroups");
        for ([user, application], above) in [(&greater, true), (&stranger, true), (&equal, false)] {
            let at = path.replace("{environment}", &api.env).replace("{user}", user);
            let at = at.replace("{application}", application).replace("{group}", group.as_str().unwrap());
            let at = at.replace("{grant}", &api.home).replace("{assignment}", &api.home).replace("{key}", &api.home);
            let body = json!({ "id": group });
            let answer = api.with_token(&token, method, &at, (method != "GET").then_some(&body)).await;
            assert_eq!(answer.status == 403, guarded && above, "{method} {at}: {} {}", answer.status, answer.text);
        }
    }
    for user in [&greater[0], &stranger[0]] {
        api.get(&api.path(&format!("/users/{user}"))).await.expect(200);
    }
}

/// F9: nor by taking away where they live.
#[tokio::test]
async fn nobody_deletes_an_environment_with_somebody_in_it_who_holds_more() {
    // MG-05: a worker elsewhere, who holds enough for the environment and nothing beyond.
    let api = Admin::start().await;
    let made = api.post("/environments", &api.environment_body("Other")).await.expect(201);
    let other = made["id"].as_str().unwrap();
    let (id, secret) = api.service("Cleaner", "WORKER").await;
    let admin = role(&api, "Environment Admin").await;
    let own = api.path(&format!("/applications/{id}/roleAssignments"));
    api.post(&own, &assignment(&admin, other, "ENVIRONMENT")).await.expect(201);
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    let worker = json!({
        "name": "Inside", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    });
    let environment = format!("/environments/{other}");
    let inside = api.post(&format!("{environment}/applications"), &worker).await.expect(201);
    let held = format!("{environment}/applications/{}/roleAssignments", inside["id"].as_str().unwrap());
    let same = assignment(&admin, other, "ENVIRONMENT");
    api.post(&held, &same).await.expect(201);
    let wide = assignment(&role(&api, "Organization Admin").await, &api.organization, "ORGANIZATION");
    let wide = api.post(&held, &wide).await.expect(201);
    let answer = api.with_token(&token, "DELETE", &environment, None).await;
    answer.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    api.get(&held).await.expect(200);
    api.delete(&format!("{held}/{}", wide["id"].as_str().unwrap())).await.expect(204);
    api.with_token(&token, "DELETE", &environment, None).await.expect(204);
}

#[tokio::test]
async fn a_role_over_an_environment_that_is_gone_stands_in_nobodys_way() {
    let api = Admin::start().await;
    let (id, _) = api.service("Holder", "WORKER").await;
    let own = api.path(&format!("/applications/{id}"));
    let (gone, admin) = (Uuid::from_u128(404), role(&api, "Environment Admin").await);
    // As a version before left it, which gave the role while another call deleted the environment.
    furnish(&api, gone, &id, &admin, &gone.to_string()).await;
    api.get(&format!("{own}/secret")).await.expect(200);
    let more = assignment(&role(&api, "Identity Data Admin").await, &gone.to_string(), "ENVIRONMENT");
    let assignments = format!("{own}/roleAssignments");
    api.post(&assignments, &more).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "scope.id");
    api.delete(&format!("{assignments}/{gone}")).await.expect(204);
    assert_eq!(api.get(&assignments).await.expect(200)["count"], 0);
}
