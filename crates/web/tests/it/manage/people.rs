//! Administrators who are people: roles of users and of groups, and what a person does by a worker.

use engine::bootstrap::dev;
use http::Method;
use serde_json::{Value, json};
use testkit::{Admin, Answer, SANDBOX, TestApp, each_store};

use super::own::call;
use super::roles::{assignment, role};

/// A worker that people sign on to; its id and secret.
pub(super) async fn console(server: &TestApp) -> (String, String) {
    let worker = json!({
        "name": "Console", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT", "responseTypes": ["CODE"],
        "grantTypes": ["AUTHORIZATION_CODE"], "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
        "redirectUris": [dev::REDIRECT_URI],
    });
    let applications = format!("/environments/{SANDBOX}/applications");
    let worker = server.manage(Method::POST, &applications, Some(&worker)).await.expect(201);
    let id = worker["id"].as_str().unwrap().to_owned();
    let secret = server.manage(Method::GET, &format!("{applications}/{id}/secret"), None).await.text_of("secret");
    (id, secret)
}

/// The seeded user's token by the client, of a sign-on that asks for `openid` alone.
pub(super) async fn token(server: &TestApp, (client, secret): (&str, &str)) -> String {
    let code = server.sign_on_with(&[("client_id", client), ("scope", "openid")]).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", dev::REDIRECT_URI),
        ("client_id", client),
        ("client_secret", secret),
    ];
    server.form(&server.at("token"), &fields).await.text_of("access_token")
}

pub(super) async fn post(server: &TestApp, below: &str, body: &Value) -> Answer {
    server.manage(Method::POST, &format!("/environments/{SANDBOX}{below}"), Some(body)).await
}

async fn gone(server: &TestApp, below: &str) {
    server.manage(Method::DELETE, &format!("/environments/{SANDBOX}{below}"), None).await.expect(204);
}

/// The id of what was made.
fn id(answer: Answer) -> String {
    answer.expect(201)["id"].as_str().unwrap().to_owned()
}

/// The ids of roles by name.
async fn known(server: &TestApp, name: &str) -> String {
    let list = server.manage(Method::GET, "/roles", None).await.expect(200);
    let rows = list["_embedded"]["roles"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

/// R8: a person with a role uses the API by a worker, and by no other application; whatever becomes of the role acts at the next
/// call, with the same token.
#[tokio::test]
async fn a_person_administers_with_the_roles_that_they_hold_now() {
    let server = TestApp::inside().await;
    let (client, secret) = console(&server).await;
    let own = format!("/users/{}/roleAssignments", dev::USER);
    let named = assignment(&known(&server, "Configuration Read Only").await, &SANDBOX.to_string(), "ENVIRONMENT");
    post(&server, &own, &named).await.expect(201);
    let by_worker = token(&server, (&client, &secret)).await;
    let page = token(&server, (&dev::SHARED_WEB_APPLICATION.to_string(), dev::SHARED_WEB_SECRET)).await;
    let users = async |token: &str| call(&server, token, "GET", "", None).await.status;
    assert_eq!((users(&by_worker).await, users(&page).await), (403, 403));
    let reader = assignment(&known(&server, "Identity Data Read Only").await, &SANDBOX.to_string(), "ENVIRONMENT");
    let made = post(&server, &own, &reader).await.expect(201);
    assert_eq!((&made["role"], &made["scope"], &made["readOnly"]), (&reader["role"], &reader["scope"], &json!(false)));
    let at = format!("{own}/{}", made["id"].as_str().unwrap());
    assert!(made["_links"]["self"]["href"].as_str().unwrap().ends_with(&at));
    assert!(made["_links"]["user"].is_object() && made["group"].is_null());
    assert_eq!((users(&by_worker).await, users(&page).await), (200, 403));
    let write = Some(("application/json", json!({ "nickname": "x" })));
    assert_eq!(call(&server, &by_worker, "PATCH", &dev::USER.to_string(), write).await.status, 403);
    gone(&server, &at).await;
    assert_eq!(users(&by_worker).await, 403);
    // Their group's, and of one that it is in.
    let (inner, outer) = (json!({ "name": "Inner" }), json!({ "name": "Outer" }));
    let (inner, outer) = (id(post(&server, "/groups", &inner).await), id(post(&server, "/groups", &outer).await));
    let of_group = format!("/groups/{outer}/roleAssignments");
    let made = post(&server, &of_group, &reader).await.expect(201);
    assert_eq!(made["group"]["id"], json!(outer));
    post(&server, &of_group, &reader).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "role");
    post(&server, &format!("/groups/{inner}/memberOfGroups"), &json!({ "id": outer })).await.expect(201);
    assert_eq!(users(&by_worker).await, 403);
    let joins = format!("/users/{}/memberOfGroups", dev::USER);
    post(&server, &joins, &json!({ "id": inner })).await.expect(201);
    assert_eq!((users(&by_worker).await, users(&page).await), (200, 403));
    // With the group goes what it gave.
    gone(&server, &format!("/groups/{outer}")).await;
    assert_eq!(users(&by_worker).await, 403);
    let rows = server.app.store.every_within::<protocol::model::RoleAssignment>(SANDBOX).await.unwrap();
    assert!(rows.iter().all(|row| row.actor.to_string() != outer), "{rows:?}");
}

/// MG-05: a group's filter lets nobody in who holds what the group does: whoever may edit a user could give it to them.
#[tokio::test]
async fn a_filter_gives_nobody_a_role() {
    each_store(|server| async move {
        let (client, secret) = console(&server).await;
        let own = format!("/users/{}/roleAssignments", dev::USER);
        let named = assignment(&known(&server, "Configuration Read Only").await, &SANDBOX.to_string(), "ENVIRONMENT");
        post(&server, &own, &named).await.expect(201);
        let by_worker = token(&server, (&client, &secret)).await;
        let users = async || call(&server, &by_worker, "GET", "", None).await.status;
        assert_eq!(users().await, 403);
        let reader = assignment(&known(&server, "Identity Data Read Only").await, &SANDBOX.to_string(), "ENVIRONMENT");
        let filter = format!("id eq \"{}\"", dev::USER);
        let filtered = id(post(&server, "/groups", &json!({ "name": "Filtered", "userFilter": filter })).await);
        post(&server, &format!("/groups/{filtered}/roleAssignments"), &reader).await.expect(201);
        // Nor by what it is in.
        let outer = id(post(&server, "/groups", &json!({ "name": "Outer" })).await);
        post(&server, &format!("/groups/{outer}/roleAssignments"), &reader).await.expect(201);
        post(&server, &format!("/groups/{filtered}/memberOfGroups"), &json!({ "id": outer })).await.expect(201);
        let within = format!("/environments/{SANDBOX}/users/{}/memberOfGroups", dev::USER);
        server.wait(2);
        let groups = server.manage(Method::GET, &within, None).await.expect(200);
        assert!(groups.to_string().contains(&filtered), "the filter put her into it: {groups}");
        assert_eq!(users().await, 403);
        // Whoever is put there is in it by themselves as well.
        post(&server, &format!("/users/{}/memberOfGroups", dev::USER), &json!({ "id": filtered })).await.expect(201);
        assert_eq!(users().await, 200);
    })
    .await;
}

/// R8, MG-05: to let somebody into a group is to give what it holds, to take them out is to take it; and a group that holds more is as
/// far out of reach as a person who does.
#[tokio::test]
async fn nobody_gives_by_a_group_what_they_could_not_give() {
    let api = Admin::start().await;
    let (worker, secret) = api.service("Data", "WORKER").await;
    let own = api.path(&format!("/applications/{worker}/roleAssignments"));
    let of = |role: &str| assignment(role, &api.env, "ENVIRONMENT");
    let (data, config) = (role(&api, "Identity Data Admin").await, role(&api, "Environment Admin").await);
    api.post(&own, &of(&data)).await.expect(201);
    let token = api.token_of(&api.env, &worker, &secret).await.unwrap();
    let lesser =
        async |method: &str, path: &str, body: Option<Value>| api.with_token(&token, method, path, body.as_ref()).await;
    let group = async |name: &str| {
        let made = api.post(&api.path("/groups"), &json!({ "name": name })).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    };
    let (inner, admins, plain) = (group("Inner").await, group("Admins").await, group("Plain").await);
    let user = api.user("eve").await["id"].as_str().unwrap().to_owned();
    let joins = api.path(&format!("/users/{user}/memberOfGroups"));
    let nests = |group: &str| api.path(&format!("/groups/{group}/memberOfGroups"));
    let roles = api.path(&format!("/groups/{admins}/roleAssignments"));
    let held = api.post(&roles, &of(&config)).await.expect(201);
    // Seen, and not theirs to take: a part of the group is the group.
    let seen = lesser("GET", &roles, None).await.expect(200);
    assert_eq!(seen["_embedded"]["roleAssignments"][0]["readOnly"], true);
    let row = format!("{roles}/{}", held["id"].as_str().unwrap());
    assert_eq!(lesser("DELETE", &row, None).await.status, 403);
    assert_eq!(lesser("POST", &roles, Some(of(&data))).await.status, 403);
    // Neither directly nor by nesting.
    assert_eq!(lesser("POST", &joins, Some(json!({ "id": admins }))).await.status, 403);
    assert_eq!(lesser("POST", &nests(&plain), Some(json!({ "id": admins }))).await.status, 403);
    api.post(&nests(&inner), &json!({ "id": admins })).await.expect(201);
    assert_eq!(lesser("POST", &joins, Some(json!({ "id": inner }))).await.status, 403);
    assert_eq!(lesser("POST", &nests(&plain), Some(json!({ "id": inner }))).await.status, 403);
    // Nor do they take anybody out, or it away.
    api.post(&joins, &json!({ "id": inner })).await.expect(201);
    assert_eq!(lesser("DELETE", &format!("{joins}/{inner}"), None).await.status, 403);
    assert_eq!(lesser("DELETE", &format!("{}/{admins}", nests(&inner)), None).await.status, 403);
    assert_eq!(lesser("DELETE", &api.path(&format!("/groups/{admins}")), None).await.status, 403);
    // Who is in it holds more by it, so they are out of reach as well.
    let password = json!({ "value": "Another-Horse-8-Battery" });
    let account = api.path(&format!("/users/{user}"));
    assert_eq!(lesser("PUT", &format!("{account}/password"), Some(password)).await.status, 403);
    assert_eq!(lesser("DELETE", &account, None).await.status, 403);
    // What they hold and may give they give by a group too.
    let theirs = api.path(&format!("/groups/{plain}/roleAssignments"));
    let given = lesser("POST", &theirs, Some(of(&role(&api, "Help Desk Admin").await))).await.expect(201);
    let other = api.user("bob").await["id"].as_str().unwrap().to_owned();
    let joins = api.path(&format!("/users/{other}/memberOfGroups"));
    lesser("POST", &joins, Some(json!({ "id": plain }))).await.expect(201);
    lesser("DELETE", &format!("{joins}/{plain}"), None).await.expect(204);
    lesser("DELETE", &format!("{theirs}/{}", given["id"].as_str().unwrap()), None).await.expect(204);
}

/// P4: the matrix of roles and scopes is the same for users and groups, and the targets and texts are those that clients look for.
#[tokio::test]
async fn users_and_groups_are_given_roles_over_what_they_are_for() {
    let api = Admin::start().await;
    let user = api.user("ann").await["id"].as_str().unwrap().to_owned();
    let group = api.post(&api.path("/groups"), &json!({ "name": "G" })).await.expect(201)["id"].clone();
    let populations = api.get(&api.path("/populations")).await.expect(200);
    let population = populations["_embedded"]["populations"][0]["id"].as_str().unwrap().to_owned();
    let (application, _) = api.service("Some", "SERVICE").await;
    let places = [
        ("ORGANIZATION", &api.organization),
        ("ENVIRONMENT", &api.env),
        ("POPULATION", &population),
        ("APPLICATION", &application),
    ];
    let roles = api.get("/roles").await.expect(200);
    for own in [format!("/users/{user}"), format!("/groups/{}", group.as_str().unwrap())] {
        let own = api.path(&format!("{own}/roleAssignments"));
        for role in roles["_embedded"]["roles"].as_array().unwrap() {
            for (kind, scope) in places {
                let answer = api.post(&own, &assignment(role["id"].as_str().unwrap(), scope, kind)).await;
                if role["applicableTo"].as_array().unwrap().iter().any(|to| to == kind) {
                    answer.expect(201);
                } else {
                    answer.refuses(400, "INVALID_DATA", "INVALID_VALUE", "scope");
                }
            }
        }
        let rows = api.get(&own).await.expect(200);
        let rows = rows["_embedded"]["roleAssignments"].as_array().unwrap().clone();
        assert!(rows.len() > 20 && rows.iter().all(|row| row["readOnly"] == false));
        let row = format!("{own}/{}", rows[0]["id"].as_str().unwrap());
        assert_eq!(api.get(&row).await.expect(200), rows[0]);
        api.delete(&row).await.expect(204);
        api.get(&row).await.refuses(404, "NOT_FOUND", "", "");
        let unknown = assignment(&api.home, &api.env, "ENVIRONMENT");
        api.post(&own, &unknown).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "role.id");
    }
    // They end with whom they were given to.
    api.delete(&api.path(&format!("/users/{user}"))).await.expect(204);
    let here = protocol::id::EnvironmentId::parse(&api.env).unwrap();
    let rows = api.server.app.store.every_within::<protocol::model::RoleAssignment>(here).await.unwrap();
    assert!(rows.iter().all(|row| row.actor.to_string() != user));
}

/// P4: the administrator of a population gives roles over it to its users and groups, and sees and takes no others'.
#[tokio::test]
async fn a_population_has_administrators_of_its_own() {
    let api = Admin::start().await;
    let made = async |path: &str, body: Value| {
        let made = api.post(&api.path(path), &body).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    };
    let (own, other) =
        (made("/populations", json!({ "name": "Own" })).await, made("/populations", json!({ "name": "Other" })).await);
    let (worker, secret) = api.service("Local", "WORKER").await;
    let data = role(&api, "Identity Data Admin").await;
    let held = api.path(&format!("/applications/{worker}/roleAssignments"));
    api.post(&held, &assignment(&data, &own, "POPULATION")).await.expect(201);
    let token = api.token_of(&api.env, &worker, &secret).await.unwrap();
    let in_population = |name: &str, population: &str| json!({ "username": name, "email": "a@example.com", "population": { "id": population } });
    let (inside, outside) =
        (made("/users", in_population("in", &own)).await, made("/users", in_population("out", &other)).await);
    let local = async |method: &str, path: &str, body: Option<Value>| {
        api.with_token(&token, method, &api.path(path), body.as_ref()).await
    };
    let (inside, outside) = (format!("/users/{inside}/roleAssignments"), format!("/users/{outside}/roleAssignments"));
    let (over, beyond) = (assignment(&data, &own, "POPULATION"), assignment(&data, &other, "POPULATION"));
    for body in [beyond.clone(), assignment(&data, &api.env, "ENVIRONMENT")] {
        assert_eq!(local("POST", &inside, Some(body)).await.status, 403);
    }
    for (method, body) in [("GET", None), ("POST", Some(over.clone()))] {
        assert_eq!(local(method, &outside, body).await.status, 403, "{method}");
    }
    let given = local("POST", &inside, Some(over)).await.expect(201);
    local("GET", &inside, None).await.expect(200);
    local("DELETE", &format!("{inside}/{}", given["id"].as_str().unwrap()), None).await.expect(204);
    let reader = assignment(&role(&api, "Identity Data Read Only").await, &own, "POPULATION");
    local("POST", &inside, Some(reader)).await.expect(201);
}
