//! An organization is never left without an administrator.

use engine::bootstrap::dev;
use http::Method;
use protocol::change::{Change, Guard};
use protocol::id::{EnvironmentId, RoleAssignmentId, UserId};
use protocol::model::{Account, ActorKind, Kept as _, PasswordState, Role, RoleAssignment, RoleScope};
use serde_json::{Value, json};
use uuid::Uuid;

use super::held::COMMIT;
use super::own::{call, console};
use super::roles::{assignment, role};
use testkit::{Admin, SANDBOX, TestApp, WORKER, each_store};

/// F9: neither by deleting, disabling or disarming the last worker that holds the roles, nor by taking a role or its environment
/// away; and not by the worker itself. A second one that holds as much sets the first free.
#[tokio::test]
async fn the_last_administrator_stays() {
    let api = Admin::start().await;
    let own = format!("/environments/{}/applications/{WORKER}", api.home);
    let before = api.get(&own).await.expect(200);
    let with = |name: &str, value: Value| {
        let mut body = before.clone();
        body[name] = value;
        body
    };
    api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    let mut disarmed = with("grantTypes", json!(["AUTHORIZATION_CODE"]));
    disarmed["responseTypes"] = json!(["CODE"]);
    disarmed["redirectUris"] = json!(["https://app.example/cb"]);
    for body in [with("enabled", json!(false)), disarmed] {
        api.put(&own, &body).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    }
    assert_eq!(api.get(&own).await.expect(200), before);
    // What takes nothing away is anybody's.
    let described = api.put(&own, &with("description", json!("the first"))).await.expect(200);
    assert_eq!(described["description"], "the first");

    // A second one, elsewhere, that holds everything; but one that is switched off administers nothing.
    let (second, secret) = copy(&api, "Second").await;
    let other = api.path(&format!("/applications/{second}"));
    let mut off = api.get(&other).await.expect(200);
    off["enabled"] = json!(false);
    api.put(&other, &off).await.expect(200);
    api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    off["enabled"] = json!(true);
    api.put(&other, &off).await.expect(200);

    // Each may take the other away, but only one of them.
    let token = api.token_of(&api.env, &second, &secret).await.unwrap();
    api.with_token(&token, "DELETE", &own, None).await.expect(204);
    for (method, path) in [("DELETE", &other), ("DELETE", &api.path(""))] {
        let answer = api.with_token(&token, method, path, None).await;
        answer.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    }
    let rows = api.with_token(&token, "GET", &format!("{other}/roleAssignments"), None).await.expect(200);
    assert!(rows["_embedded"]["roleAssignments"].as_array().unwrap().len() > 2, "{rows}");
}

/// F9: another application that holds the roles and gets no token in its own name does not set the last administrator free: a worker that
/// was disarmed, or one that people sign on to. It may go itself.
#[tokio::test]
async fn who_cannot_act_sets_nobody_free() {
    let api = Admin::start().await;
    let own = format!("/environments/{}/applications/{WORKER}", api.home);
    let (second, _) = copy(&api, "Second").await;
    let second = api.path(&format!("/applications/{second}"));
    let mut disarmed = api.get(&second).await.expect(200);
    disarmed["grantTypes"] = json!(["AUTHORIZATION_CODE"]);
    disarmed["responseTypes"] = json!(["CODE"]);
    disarmed["redirectUris"] = json!(["https://app.example/cb"]);
    api.put(&second, &disarmed).await.expect(200);
    api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    let web = json!({
        "name": "Web", "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT", "grantTypes": ["AUTHORIZATION_CODE"],
        "responseTypes": ["CODE"], "redirectUris": ["https://app.example/cb"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    });
    let web = api.post(&api.path("/applications"), &web).await.expect(201)["id"].as_str().unwrap().to_owned();
    let web = api.path(&format!("/applications/{web}"));
    for name in ["Organization Admin", "Environment Admin"] {
        let given = assignment(&role(&api, name).await, &api.organization, "ORGANIZATION");
        api.post(&format!("{web}/roleAssignments"), &given).await.expect(201);
    }
    api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    for other in [second, web] {
        api.delete(&other).await.expect(204);
    }
}

/// F9: a single role that only one holds over the organization is not taken from them either, nor by the end of their environment.
#[tokio::test]
async fn the_last_holder_of_a_role_over_the_organization_keeps_it() {
    let api = Admin::start().await;
    let (second, secret) = copy(&api, "Second").await;
    let token = api.token_of(&api.env, &second, &secret).await.unwrap();
    let admin = role(&api, "Environment Admin").await;
    let of = async |assignments: &str| {
        let rows = api.with_token(&token, "GET", assignments, None).await.expect(200);
        let rows = rows["_embedded"]["roleAssignments"].as_array().unwrap().clone();
        let row = rows.into_iter().find(|row| row["role"]["id"] == *admin && row["scope"]["type"] == "ORGANIZATION");
        format!("{assignments}/{}", row.unwrap()["id"].as_str().unwrap())
    };
    // A third one holds this role alone, and so may lose it.
    let (third, _) = api.service("Third", "WORKER").await;
    let held = api.path(&format!("/applications/{third}/roleAssignments"));
    api.post(&held, &assignment(&admin, &api.organization, "ORGANIZATION")).await.expect(201);
    api.with_token(&token, "DELETE", &of(&held).await, None).await.expect(204);
    let first = format!("/environments/{}/applications/{WORKER}/roleAssignments", api.home);
    api.with_token(&token, "DELETE", &of(&first).await, None).await.expect(204);
    let last = of(&api.path(&format!("/applications/{second}/roleAssignments"))).await;
    let refused = api.delete(&last).await;
    assert!([400, 403].contains(&refused.status), "{}", refused.text);
    // The first holds the others still, but not this one: so the environment of the second stays.
    assert!(api.delete(&api.path("")).await.status >= 400);
    api.with_token(&token, "GET", &api.path(""), None).await.expect(200);
}

/// F9: a person who alone holds a role over the organization is not ended, by themselves neither; a second one sets them free.
#[tokio::test]
async fn the_last_person_with_a_role_stays() {
    let server = TestApp::inside().await;
    let over = RoleScope::Organization(server.app.store.environment(SANDBOX).await.unwrap().unwrap().organization);
    let mut changes: Vec<Change> = Vec::new();
    for home in server.app.store.holders_for_organizations(Role::IDENTITY_DATA_ADMIN).await.unwrap() {
        let rows = server.app.store.all::<RoleAssignment>(home.0, &[home.1]).await.unwrap();
        changes.extend(
            rows.iter().filter(|row| row.role == Role::IDENTITY_DATA_ADMIN).map(|row| Change::Remove(row.key())),
        );
    }
    assert!(!changes.is_empty());
    let holds = |actor: Uuid, number| {
        let id = RoleAssignmentId::new(Uuid::from_u128(number));
        let role = Role::IDENTITY_DATA_ADMIN;
        let (environment, actor_kind) = (SANDBOX, ActorKind::User);
        let held = RoleAssignment { id, environment, actor, actor_kind, role, scope: over, read_only: false };
        Change::put(held, Guard::New)
    };
    let second = another_person(&server).await;
    changes.push(holds(dev::USER, 1));
    server.furnish(changes).await;
    let (token, me) = (console(&server).await, dev::USER.to_string());
    let off = ("application/json", json!({ "enabled": false }));
    let lock = ("application/vnd.pingidentity.account.lock+json", json!({}));
    let none = ("application/vnd.pingidentity.password.setValue+json", json!({}));
    let [own, password] = ["enabled", "password"].map(|part| format!("{me}/{part}"));
    let stays = async || {
        for (method, below, body, target) in [
            ("DELETE", &me, None, "id"),
            ("PUT", &own, Some(off.clone()), "enabled"),
            ("POST", &me, Some(lock.clone()), "id"),
            ("PUT", &password, Some(none.clone()), "value"),
        ] {
            let answer = call(&server, &token, method, below, body).await;
            answer.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", target);
        }
    };
    stays().await;
    // Nobody signs on without a password.
    server.furnish(vec![holds(second, 2)]).await;
    stays().await;
    let (user, locked_at) = (UserId::new(second), server.now());
    let password =
        PasswordState { hash: "{SSHA}c2Vjb25k".into(), must_change: false, chosen: false, changed_at: locked_at };
    let change = sets(SANDBOX, user, Some(password));
    let lock = |was: &Account, account: Account| Change::SetAccount {
        environment: SANDBOX,
        user,
        was: was.clone(),
        judged: None,
        account,
    };
    let locked = Account { locked_at: Some(locked_at), ..Account::default() };
    server.furnish(vec![change, lock(&Account::default(), locked.clone())]).await;
    stays().await;
    // What locks by guesses ends by itself, and may be over.
    server.furnish(vec![lock(&locked, Account { unlock_at: Some(locked_at.plus(-1)), ..locked.clone() })]).await;
    call(&server, &token, "PUT", &own, Some(off)).await.expect(200);
}

/// F9: nor is somebody switched off who became the last one while that was decided.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_switched_off_who_became_the_last_meanwhile() {
    each_store(|server| async move {
        let over = RoleScope::Organization(server.app.store.environment(SANDBOX).await.unwrap().unwrap().organization);
        let environment = format!("/environments/{SANDBOX}");
        let person = another_person(&server).await;
        let worker = json!({
            "name": "Next", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        });
        let applications = format!("{environment}/applications");
        let mut worker = server.manage(Method::POST, &applications, Some(&worker)).await.expect(201);
        let next: Uuid = worker["id"].as_str().unwrap().parse().unwrap();
        worker["enabled"] = json!(false);
        let enabled = format!("{environment}/users/{person}/enabled");
        for (actor, actor_kind, path, body) in [
            (person, ActorKind::User, enabled, json!({ "enabled": false })),
            (next, ActorKind::Application, format!("{applications}/{next}"), worker),
        ] {
            let role = Role::IDENTITY_DATA_ADMIN;
            let mut changes: Vec<Change> = Vec::new();
            for (home, holder) in server.app.store.holders_for_organizations(role).await.unwrap() {
                let rows = server.app.store.all::<RoleAssignment>(home, &[holder]).await.unwrap();
                changes.extend(rows.iter().filter(|row| row.role == role).map(|row| Change::Remove(row.key())));
            }
            let id = RoleAssignmentId::new(Uuid::from_u128(actor.as_u128() + 1));
            let environment = SANDBOX;
            let held = RoleAssignment { id, environment, actor, actor_kind, role, scope: over, read_only: false };
            changes.push(Change::put(held, Guard::New));
            let off = server.request(Method::PUT, &format!("/v1{path}")).bearer_auth(server.worker_token().await);
            let late = server.between(COMMIT, server.send(off.json(&body)), server.furnish(changes)).await;
            assert!([400, 403].contains(&late.status), "{path}: {}", late.text);
        }
    })
    .await;
}

/// Made by the worker of the first administrators, which has every role still.
async fn another_person(server: &TestApp) -> Uuid {
    let users = format!("/environments/{SANDBOX}/users");
    let known = server.manage(Method::GET, &format!("{users}/{}", dev::USER), None).await.expect(200);
    let person = json!({ "username": "second", "email": "second@example.com", "population": known["population"] });
    let made = server.manage(Method::POST, &users, Some(&person)).await.expect(201);
    made["id"].as_str().unwrap().parse().unwrap()
}

/// F9: of two administrators who take each other away at the same time, one stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_take_each_other_away_one_stays() {
    for _ in 0..4 {
        let api = Admin::start().await;
        let first = format!("/environments/{}/applications/{WORKER}", api.home);
        let (second, secret) = copy(&api, "Second").await;
        let other = api.path(&format!("/applications/{second}"));
        let token = api.token_of(&api.env, &second, &secret).await.unwrap();
        let (one, two) = tokio::join!(api.delete(&other), api.with_token(&token, "DELETE", &first, None));
        let mut ended = [one.status, two.status];
        ended.sort_unstable();
        assert_eq!(ended[0], 204, "{} {}", one.text, two.text);
        assert!(ended[1] >= 400, "{} {}", one.text, two.text);
    }
}

/// A worker in the environment under test that holds what the first administrators hold; its id and secret.
async fn copy(api: &Admin, name: &str) -> (String, String) {
    let body = json!({
        "name": name, "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT", "assignActorRoles": true,
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    });
    let made = api.post(&api.path("/applications"), &body).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let secret = api.get(&api.path(&format!("/applications/{id}/secret"))).await.text_of("secret");
    (id, secret)
}

/// Whatever it was before.
fn sets(environment: EnvironmentId, user: UserId, password: Option<PasswordState>) -> Change {
    Change::SetPassword { environment, user, was: None, password, end_families: false, retiring: None }
}
