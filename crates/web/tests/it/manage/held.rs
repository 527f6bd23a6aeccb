//! What another administrator does between a decision and its commit is not undone by it.

use engine::bootstrap::dev;
use http::Method;
use protocol::id::EnvironmentId;
use protocol::model::RoleAssignment;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp, each_store};

use crate::attacks::begin;

/// The number of the event that a commit records: drawn between the decision and the commit, and nothing else of its length is.
pub(crate) const COMMIT: usize = 10;
const OTHER: &str = "Another-Horse-8-Battery";
const THIRD: &str = "The-third-Horse-9-Battery";

/// FL-14, FL-16: neither a right nor a wrong password takes a lock away that came while it was compared.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lock_stays_that_came_while_a_password_was_compared() {
    each_store(|app| async move {
        let locks = async || {
            act(&app, Method::POST, "", "account.lock", &Value::Null).await.expect(200);
        };
        for (password, told) in [(dev::PASSWORD, "PASSWORD_LOCKED_OUT"), ("wrong", "INVALID_CREDENTIALS")] {
            let flow = begin(&app).await;
            let body = json!({ "username": dev::USERNAME, "password": password }).to_string();
            let check = app.request(Method::POST, &flow);
            let check = check.header("content-type", media("usernamePassword.check")).body(body);
            let late = app.between(COMMIT, app.send(check), locks()).await;
            late.refuses(400, "INVALID_DATA", told, "password");
            assert!(account(&app).await["unlockAt"].is_null(), "the administrator's lock has no end");
            unlock(&app).await;
        }
        for password in [dev::PASSWORD, "wrong"] {
            // With a failure before, a right password has something to forget.
            act(&app, Method::POST, "/password", "password.check", &json!({ "password": "another" })).await.expect(400);
            let token = app.worker_token().await;
            let body = json!({ "password": password });
            let check = with(&app, &token, Method::POST, "/password", "password.check", &body);
            let late = app.between(COMMIT, app.send(check), locks()).await;
            late.refuses(400, "INVALID_DATA", "PASSWORD_LOCKED_OUT", "password");
            assert!(account(&app).await["unlockAt"].is_null());
            unlock(&app).await;
        }
    })
    .await;
}

/// What is said of a password is said of the one that there is when it is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_password_comes_back_that_was_replaced_meanwhile() {
    each_store(|app| async move {
        let token = app.worker_token().await;
        let set = async |value: &str| {
            // Also one that was hers before.
            let body = json!({ "value": value, "bypassPolicy": true });
            act(&app, Method::PUT, "/password", "password.set", &body).await.expect(200);
        };
        let check = async |value: &str, status| {
            act(&app, Method::POST, "/password", "password.check", &json!({ "password": value })).await.expect(status)
        };
        let force = with(&app, &token, Method::POST, "/password", "password.forceChange", &Value::Null);
        let forced = app.between(COMMIT, app.send(force), set(OTHER)).await.expect(200);
        assert_eq!(forced["status"], "MUST_CHANGE_PASSWORD");
        check(dev::PASSWORD, 400).await;
        assert_eq!(check(OTHER, 200).await["status"], "MUST_CHANGE_PASSWORD");

        // Who knew the password of before does not write over the one of now.
        let body = json!({ "currentPassword": OTHER, "newPassword": THIRD });
        let reset = with(&app, &token, Method::PUT, "/password", "password.reset", &body);
        let late = app.between(COMMIT, app.send(reset), set(dev::PASSWORD)).await;
        late.refuses(400, "INVALID_DATA", "INVALID_VALUE", "currentPassword");
        check(THIRD, 400).await;
        check(dev::PASSWORD, 200).await;

        // A sign-on with the password of before opens nothing; one with that of now counts as no failure.
        for (typed, status) in [(dev::PASSWORD, 400), (THIRD, 200)] {
            unlock(&app).await;
            let flow = begin(&app).await;
            let body = json!({ "username": dev::USERNAME, "password": typed }).to_string();
            let signs_on = app.request(Method::POST, &flow);
            let signs_on = signs_on.header("content-type", media("usernamePassword.check")).body(body);
            let late = app.between(COMMIT, app.send(signs_on), set(if status == 400 { OTHER } else { THIRD })).await;
            late.expect(status);
        }
    })
    .await;
}

/// RFC 9110 §13.1.1: who names a version writes that one or none, also when another writer comes between the reading and the
/// commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_write_for_one_version_meets_another() {
    each_store(|app| async move {
        let made = Made::on(&app).await;
        for (number, (method, path, media, body)) in made.writes().into_iter().enumerate() {
            let parent = if path.starts_with(&made.user) { &made.user } else { &made.application };
            let tag = app.manage(Method::GET, parent, None).await.headers["etag"].clone();
            let token = app.worker_token().await;
            let write = app.request(method.clone(), &format!("/v1{path}")).bearer_auth(&token).header("if-match", tag);
            let write = write.header("content-type", media).body(body.to_string());
            let late = app.between(COMMIT, app.send(write), made.change(&app, parent, number)).await;
            assert_eq!(late.status, 412, "{method} {path}: {}", late.text);
        }
        // And all that was to be written or taken is as it was.
        for below in ["/grants", "/roleAssignments"] {
            let rows = app.manage(Method::GET, &format!("{}{below}", made.application), None).await.expect(200);
            assert_eq!(rows["count"], 1, "{below}");
        }
        let secret = app.manage(Method::GET, &format!("{}/secret", made.application), None).await.expect(200);
        assert!(secret["previous"]["secret"].is_string());
        let user = app.manage(Method::GET, &made.user, None).await.expect(200);
        assert_eq!(user["account"]["status"], "OK");
        let groups = app.manage(Method::GET, &format!("{}/memberOfGroups", made.user), None).await.expect(200);
        assert_eq!(groups["_embedded"]["groupMemberships"][0]["id"].as_str(), Some(&*made.group));
        assert_eq!(groups["count"], 1);
    })
    .await;
}

/// What a deletion was decided on: an environment that became one for production meanwhile stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_environment_is_deleted_that_became_productive_meanwhile() {
    each_store(|app| async move {
        let other = format!("/environments/{}", environment(&app).await);
        let changes = async {
            let body = json!({ "type": "PRODUCTION" });
            app.manage(Method::PUT, &format!("{other}/type"), Some(&body)).await.expect(200);
        };
        let token = app.worker_token().await;
        let delete = app.request(Method::DELETE, &format!("/v1{other}")).bearer_auth(&token);
        let late = app.between(COMMIT, app.send(delete), changes).await;
        assert_eq!(late.status, 400, "{}", late.text);
        app.manage(Method::GET, &other, None).await.expect(200);
    })
    .await;
}

/// Neither who takes the application away nor who ends the environment that the role is over leaves a row behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_role_outlives_its_holder_or_what_it_is_over() {
    each_store(|app| async move {
        let made = Made::on(&app).await;
        let token = app.worker_token().await;
        let roles = app.manage(Method::GET, "/roles", None).await.expect(200);
        let roles = roles["_embedded"]["roles"].as_array().unwrap();
        let role = &roles.iter().find(|role| role["name"] == "Client Application Developer").unwrap()["id"];
        let other = environment(&app).await;
        for (over, ends, status) in [
            (other.as_str(), format!("/environments/{other}"), 400),
            (&*dev::ENVIRONMENT.to_string(), made.application.clone(), 404),
        ] {
            let body = json!({ "role": { "id": role }, "scope": { "id": over, "type": "ENVIRONMENT" } });
            let give = app.request(Method::POST, &format!("/v1{}/roleAssignments", made.application));
            let ends = async {
                app.manage(Method::DELETE, &ends, None).await.expect(204);
            };
            let late = app.between(COMMIT, app.send(give.bearer_auth(&token).json(&body)), ends).await;
            assert_eq!(late.status, status, "{}", late.text);
            let rows =
                app.app.store.every_within::<RoleAssignment>(EnvironmentId::new(dev::ENVIRONMENT)).await.unwrap();
            let id = made.application.rsplit('/').next().unwrap();
            let left =
                rows.iter().filter(|row| row.actor.to_string() == id && row.role.to_string() == role.as_str().unwrap());
            assert_eq!(left.count(), 0);
        }
    })
    .await;
}

/// MG-05: neither by name nor with a new worker is a role given that the giver lost meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_gives_a_role_that_was_taken_from_them_meanwhile() {
    each_store(|app| async move {
        let environment = format!("/environments/{}", dev::ENVIRONMENT);
        let made = Made::on(&app).await;
        let secret = app.manage(Method::GET, &format!("{}/secret", made.application), None).await.expect(200);
        let giver = made.application.rsplit('/').next().unwrap();
        let path = format!("/{}/as/token", dev::ENVIRONMENT);
        let client = (giver, secret["secret"].as_str().unwrap());
        let token = app.encoded_basic(&path, client, "grant_type=client_credentials").await.text_of("access_token");
        let heir = json!({
            "name": "Heir", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT", "assignActorRoles": true,
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        });
        let other = json!({ "name": "Target", "assignActorRoles": false });
        let other = heir.as_object().unwrap().clone().into_iter().chain(other.as_object().unwrap().clone());
        let applications = format!("{environment}/applications");
        let target = app.manage(Method::POST, &applications, Some(&other.collect())).await.expect(201);
        let target = format!("{applications}/{}/roleAssignments", target["id"].as_str().unwrap());
        let own = format!("{}/roleAssignments", made.application);
        let same = json!({ "role": made.assignment["role"], "scope": made.assignment["scope"] });
        let mut held = made.assignment["id"].as_str().unwrap().to_owned();
        for (path, body) in [(&applications, &heir), (&target, &same)] {
            let give = app.request(Method::POST, &format!("/v1{path}")).bearer_auth(&token).json(body);
            let takes = async {
                app.manage(Method::DELETE, &format!("{own}/{held}"), None).await.expect(204);
            };
            let late = app.between(COMMIT, app.send(give), takes).await;
            assert_eq!(late.status, 403, "{path}: {}", late.text);
            let again = app.manage(Method::POST, &own, Some(&same)).await.expect(201);
            held = again["id"].as_str().unwrap().to_owned();
        }
        let id = EnvironmentId::new(dev::ENVIRONMENT);
        let rows = app.app.store.every_within::<RoleAssignment>(id).await.unwrap();
        let role = made.assignment["role"]["id"].as_str().unwrap();
        assert!(rows.iter().all(|row| row.role.to_string() != role || row.actor.to_string() == giver), "{rows:?}");
    })
    .await;
}

/// The id of a new sandbox.
async fn environment(app: &TestApp) -> String {
    let here = app.manage(Method::GET, &format!("/environments/{}", dev::ENVIRONMENT), None).await.expect(200);
    let made = json!({ "name": "Other", "region": "NA", "type": "SANDBOX", "license": here["license"] });
    let made = app.manage(Method::POST, "/environments", Some(&made)).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

/// One of everything that has no version of its own.
struct Made {
    user: String,
    application: String,
    /// The application as a replacement writes it.
    replacement: Value,
    grant: Value,
    assignment: Value,
    /// The group that the user is in, and one in which they are not.
    group: String,
    other: String,
}

impl Made {
    async fn on(app: &TestApp) -> Self {
        let at = |below: &str| format!("/environments/{}{below}", dev::ENVIRONMENT);
        let post = async |path: String, body: Value| app.manage(Method::POST, &path, Some(&body)).await;
        let replacement = json!({
            "name": "Held", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        });
        let application = post(at("/applications"), replacement.clone()).await.expect(201);
        let application = at(&format!("/applications/{}", application["id"].as_str().unwrap()));
        let resources = app.manage(Method::GET, &at("/resources"), None).await.expect(200);
        let resource = resources["_embedded"]["resources"][0]["id"].clone();
        let scopes = at(&format!("/resources/{}/scopes", resource.as_str().unwrap()));
        let scopes = app.manage(Method::GET, &scopes, None).await.expect(200);
        let scope = scopes["_embedded"]["scopes"][0]["id"].clone();
        let grant = json!({ "resource": { "id": resource }, "scopes": [{ "id": scope }] });
        let grant = post(format!("{application}/grants"), grant).await.expect(201);
        let roles = app.manage(Method::GET, "/roles", None).await.expect(200);
        let roles = roles["_embedded"]["roles"].as_array().unwrap();
        // One that is given for both.
        let role = roles.iter().find(|role| role["name"] == "Environment Admin").unwrap()["id"].clone();
        let scope = json!({ "id": dev::ENVIRONMENT.to_string(), "type": "ENVIRONMENT" });
        let assignment = json!({ "role": { "id": role }, "scope": scope });
        let assignment = post(format!("{application}/roleAssignments"), assignment).await.expect(201);
        let previous = json!({ "previous": { "expiresAt": "2026-01-15T00:00:00Z" } });
        post(format!("{application}/secret"), previous).await.expect(200);
        let group = async |name: &str| {
            let group = post(at("/groups"), json!({ "name": name })).await.expect(201);
            group["id"].as_str().unwrap().to_owned()
        };
        let (group, other, user) = (group("in").await, group("out").await, path(""));
        post(format!("{user}/memberOfGroups"), json!({ "id": group })).await.expect(201);
        Self { user, application, replacement, grant, assignment, group, other }
    }

    /// Every write that is for a version of what it is below, or of one that is deleted.
    fn writes(&self) -> Vec<(Method, String, String, Value)> {
        let json = || "application/json".to_owned();
        let id = |of: &Value| of["id"].as_str().unwrap().to_owned();
        let user = |below: &str| format!("{}{below}", self.user);
        let own = |below: &str| format!("{}{below}", self.application);
        let none = Value::Null;
        let (set, joined) = (json!({ "value": OTHER }), json!({ "id": self.other }));
        let grant = json!({ "resource": self.grant["resource"], "scopes": self.grant["scopes"] });
        let everywhere = json!({ "id": dev::ORGANIZATION.to_string(), "type": "ORGANIZATION" });
        let role = json!({ "role": self.assignment["role"], "scope": everywhere });
        vec![
            (Method::DELETE, user(""), json(), none.clone()),
            (Method::POST, user(""), media("account.lock"), none.clone()),
            (Method::POST, user(""), media("account.unlock"), none.clone()),
            (Method::PUT, user("/password"), media("password.set"), set),
            (Method::POST, user("/password"), media("password.forceChange"), none.clone()),
            (Method::POST, user("/password"), media("password.check"), json!({ "password": "wrong" })),
            (Method::POST, user("/memberOfGroups"), json(), joined),
            (Method::DELETE, user(&format!("/memberOfGroups/{}", self.group)), json(), none.clone()),
            (Method::DELETE, own(""), json(), none.clone()),
            (Method::POST, own("/secret"), json(), none.clone()),
            (Method::DELETE, own("/secret"), json(), none.clone()),
            (Method::PUT, own(&format!("/grants/{}", id(&self.grant))), json(), grant),
            (Method::DELETE, own(&format!("/grants/{}", id(&self.grant))), json(), none.clone()),
            (Method::POST, own("/roleAssignments"), json(), role),
            (Method::DELETE, own(&format!("/roleAssignments/{}", id(&self.assignment))), json(), none),
        ]
    }

    /// Gives the user or the application another version.
    async fn change(&self, app: &TestApp, parent: &str, number: usize) {
        let (method, body) = if parent == self.user {
            (Method::PATCH, json!({ "nickname": number.to_string() }))
        } else {
            let mut body = self.replacement.clone();
            body["description"] = number.to_string().into();
            (Method::PUT, body)
        };
        app.manage(method, parent, Some(&body)).await.expect(200);
    }
}

async fn account(app: &TestApp) -> Value {
    let user = app.manage(Method::GET, &path(""), None).await.expect(200);
    assert_eq!(user["account"]["status"], "LOCKED", "{user}");
    user["account"].clone()
}

async fn unlock(app: &TestApp) {
    act(app, Method::POST, "", "account.unlock", &Value::Null).await.expect(200);
}

async fn act(app: &TestApp, method: Method, below: &str, action: &str, body: &Value) -> Answer {
    let token = app.worker_token().await;
    app.send(with(app, &token, method, below, action, body)).await
}

fn with(app: &TestApp, token: &str, method: Method, below: &str, action: &str, body: &Value) -> Request {
    let request = app.request(method, &format!("/v1{}", path(below))).bearer_auth(token);
    request.header("content-type", media(action)).body(body.to_string())
}

fn media(action: &str) -> String {
    format!("application/vnd.pingidentity.{action}+json")
}

/// Below the seeded user.
fn path(below: &str) -> String {
    format!("/environments/{}/users/{}{below}", dev::ENVIRONMENT, dev::USER)
}
