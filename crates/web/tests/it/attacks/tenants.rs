//! Every call of the management API with the ids of another environment (attacks A18).

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, each_store};

use super::tenant::{Tenant, assigned, granted, login, mapping, of_users, worker};
use crate::described;

/// TN-04: an id of another environment is answered as one that nobody has, changes nothing there, and is a good id at home.
#[tokio::test]
async fn ids_of_another_environment_name_nothing() {
    each_store(|app| async move {
        let theirs = Tenant::make(&app, "Theirs").await;
        let mine = Tenant::make(&app, "Mine").await;
        let token = app.worker_token().await;
        let before = (theirs.everything(&app).await, mine.everything(&app).await);
        let mut tried = 0;
        for call in Call::all() {
            for chosen in call.mixtures() {
                let foreign = call.send(&app, &token, &mine, &theirs, &chosen).await;
                let unknown = call.send(&app, &token, &mine, &Tenant::nobody(), &chosen).await;
                assert_eq!(foreign.status, 404, "{} {chosen:?} {}", call.path, foreign.text);
                assert_eq!(told(&foreign), told(&unknown), "{} {} {chosen:?}", call.method, call.path);
                tried += 1;
            }
        }
        assert!(tried > 35, "{tried}");
        assert_eq!(before, (theirs.everything(&app).await, mine.everything(&app).await));
        // The same requests are right where the ids belong: what was refused was refused for the environment.
        // But for a certificate that somebody must make of the key first (`manage/keys.rs`).
        let made_elsewhere = |call: &Call| (call.method, call.path.ends_with("/csr")) == ("POST", true);
        let all =
            Call::all().into_iter().filter(|call| !call.path.contains("{linkedAccount}") && !made_elsewhere(call));
        for call in all {
            let home = call.send(&app, &token, &theirs, &theirs, &call.parameters).await;
            assert!(home.status < 300, "{} {} {}", call.method, call.path, home.text);
            // DB-05: whatever was written is one activity, neither none nor two.
            if call.method != "GET" {
                let query = format!("/activities?filter=correlationId%20eq%20%22{}%22", home.correlation());
                let told = app.manage(Method::GET, &theirs.path(&query), None).await.expect(200);
                assert_eq!(
                    told["_embedded"]["activities"].as_array().unwrap().len(),
                    1,
                    "{} {}",
                    call.method,
                    call.path
                );
            }
        }
    })
    .await;
}

/// TN-04: what a body names must be of the environment of the path.
#[tokio::test]
async fn bodies_cannot_name_what_is_of_another_environment() {
    each_store(|app| async move {
        let (theirs, mine) = (Tenant::make(&app, "Theirs").await, Tenant::make(&app, "Mine").await);
        let before = (theirs.everything(&app).await, mine.everything(&app).await);
        let nobody = uuid::Uuid::from_u128(1).to_string();
        for population in [theirs.id("population"), &nobody] {
            let named = json!({ "username": "eve", "email": "eve@example.com", "population": { "id": population } });
            let made = app.manage(Method::POST, &mine.path("/users"), Some(&named)).await;
            assert_eq!((made.status, &made.body["details"][0]["target"]), (400, &json!("population.id")));
            let user = mine.path(&format!("/users/{}", mine.id("user")));
            let body = json!({ "username": "ann", "email": "ann@example.com", "population": { "id": population } });
            assert_eq!(app.manage(Method::PUT, &user, Some(&body)).await.status, 400);
            let moved = json!({ "id": population });
            let moved = app.manage(Method::PUT, &format!("{user}/population"), Some(&moved)).await;
            assert!(matches!(moved.status, 400 | 404), "{}", moved.text);
        }
        assert_eq!(before, (theirs.everything(&app).await, mine.everything(&app).await));
    })
    .await;
}

/// §3: to whom a foreign environment is no matter, whatever role they hold in their own, what is there is as what is not: in its own
/// place, and under the environment where they are somebody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_role_learns_what_a_foreign_environment_has() {
    let app = TestApp::inside().await;
    let (theirs, mine) = (Tenant::make(&app, "Theirs").await, Tenant::make(&app, "Mine").await);
    let roles = app.manage(Method::GET, "/roles", None).await.expect(200);
    let mut tried = 0;
    for role in roles["_embedded"]["roles"].as_array().unwrap() {
        let here = role["applicableTo"].as_array().unwrap().contains(&json!("ENVIRONMENT"));
        // Those of products that are not here are alike.
        if !here || role["name"].as_str().unwrap().contains("PingFederate") {
            continue;
        }
        let token = mine.holder(&app, role).await;
        for call in Call::all() {
            for (here, chosen) in [(&theirs, Vec::new()), (&mine, call.parameters.clone())] {
                let real = call.send(&app, &token, here, &theirs, &chosen).await;
                let chosen = call.parameters.clone();
                let none = call.send(&app, &token, here, &Tenant::nobody(), &chosen).await;
                assert!([403, 404].contains(&real.status), "{role} {} {}: {}", call.method, call.path, real.text);
                assert_eq!(told(&real), told(&none), "{role} {} {}", call.method, call.path);
                tried += 1;
            }
        }
    }
    assert!(tried > 2_000, "{tried}");
}

/// A row of the route table whose path names something below an environment.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// The names of what it addresses, the environment left out.
    parameters: Vec<&'static str>,
}

impl Call {
    pub(super) fn of(method: &'static str, path: &'static str) -> Self {
        let below = path.strip_prefix("/environments/{environment}").unwrap_or_default();
        let parameters = below.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        Self { method, path, parameters: parameters.collect() }
    }

    /// The path with the ids of `here`.
    pub(super) fn target(&self, here: &Tenant) -> String {
        self.mixed(here, here, &[])
    }

    fn mixed(&self, here: &Tenant, there: &Tenant, chosen: &[&str]) -> String {
        let path = self.path.replace("{environment}", &here.environment);
        self.parameters.iter().fold(path, |path, name| {
            let owner = if chosen.contains(name) { there } else { here };
            path.replace(&format!("{{{name}}}"), owner.id(key(self.path, name)))
        })
    }

    /// All of them, in an order in which each still finds what it is about: what others hang on is deleted last.
    fn all() -> Vec<Self> {
        let mut all: Vec<_> = web::manage::calls()
            .map(|(method, path)| Self::of(method, path))
            .filter(|call| !call.parameters.is_empty())
            .collect();
        // A secret's predecessor and an assignment go before their application, people before their population, scopes before
        // their resource; a resource can be granted again when its grant is gone.
        let order = |call: &Self| match (call.method, call.parameters.len(), call.path.ends_with("/secret")) {
            // A new password would end it.
            ("DELETE", ..) if call.path.ends_with("{session}") || call.path.ends_with("{consent}") => 0,
            ("DELETE", 1, false) if ["population", "resource"].contains(&call.parameters[0]) => 4,
            ("DELETE", ..) if call.path.ends_with("{scope}") => 3,
            ("DELETE", 1, false) => 3,
            ("POST", ..) if call.path.ends_with("/grants") => 2,
            ("DELETE", ..) => 1,
            _ => 0,
        };
        all.sort_by_key(order);
        all
    }

    /// Which parameters are the other environment's: each alone, and all.
    fn mixtures(&self) -> Vec<Vec<&'static str>> {
        let mut mixtures: Vec<_> = self.parameters.iter().map(|name| vec![*name]).collect();
        if self.parameters.len() > 1 {
            mixtures.push(self.parameters.clone());
        }
        mixtures
    }

    /// The request in `here`, with the chosen ids of `there`.
    async fn send(&self, app: &TestApp, token: &str, here: &Tenant, there: &Tenant, chosen: &[&str]) -> Answer {
        let path = self.mixed(here, there, chosen);
        let method = Method::from_bytes(self.method.as_bytes()).unwrap();
        let request = app.request(method, &format!("/v1{path}")).bearer_auth(token);
        let (media, body) = self.body(here);
        app.send(if body.is_null() { request } else { request.header("content-type", media).body(body.to_string()) })
            .await
    }

    /// A body that the call would take.
    pub(super) fn body(&self, here: &Tenant) -> (&'static str, Value) {
        let json = "application/json";
        let below = self.path.rsplit('/').next().unwrap();
        let person = json!({ "username": "ann", "email": "ann@example.com", "title": "Dr" });
        match (self.method, below) {
            ("POST", "memberOfGroups") => (json, json!({ "id": here.id("free") })),
            ("PUT", "{group}" | "{population}") => (json, json!({ "name": "Renamed" })),
            ("PUT" | "PATCH", "{user}") => (json, person),
            ("POST", "{user}") => ("application/vnd.pingidentity.account.unlock+json", json!({})),
            ("PUT", "enabled") => (json, json!({ "enabled": true })),
            ("PUT", "mfaEnabled") => (json, json!({ "mfaEnabled": false })),
            ("PUT", "verifyStatus") => (json, json!({ "verifyStatus": "ENABLED" })),
            ("PUT", "identityProvider" | "defaultIdentityProvider") => (json, json!({})),
            ("PUT", "{attribute}") if self.path.contains("/identityProviders/") => (json, mapping("email")),
            ("POST", "attributes") if self.path.contains("/identityProviders/") => (json, mapping("nickname")),
            ("POST", "attributes") if self.path.contains("/schemas/") => (json, of_users("new")),
            ("PUT" | "PATCH", "{attribute}") if self.path.contains("/schemas/") => (json, of_users("mine")),
            ("POST", "attributes") => (json, json!({ "name": "new", "value": "x" })),
            ("PUT", "{attribute}") => (json, json!({ "name": "mine", "value": "y" })),
            ("PUT", "population") => (json, json!({ "id": here.id("population") })),
            ("PUT", "password") => {
                ("application/vnd.pingidentity.password.set+json", json!({ "value": dev::PASSWORD }))
            }
            ("POST", "password") => {
                ("application/vnd.pingidentity.password.check+json", json!({ "password": dev::PASSWORD }))
            }
            ("PUT", "{application}") => (json, worker("Renamed")),
            ("PUT", "{key}") => (json, json!({ "default": false, "usageType": "ENCRYPTION" })),
            ("POST", "actions") => (json, login(90)),
            ("PUT", "{action}") => (json, login(91)),
            ("POST", "signOnPolicyAssignments") => (json, assigned(here.id("firstSignOnPolicy"), 2)),
            ("PUT", "{signOnPolicyAssignment}") => (json, assigned(here.id("signOnPolicy"), 3)),
            ("POST", "grants") | ("PUT", "{grant}") => (json, granted(here.id("resource"), here.id("scope"))),
            ("POST", "scopes") => (json, json!({ "name": "write" })),
            ("PUT", "{scope}") => (json, json!({ "name": "read", "description": "All" })),
            ("POST", "secret") => (json, json!({ "previous": { "expiresAt": "2026-01-15T00:00:00Z" } })),
            ("POST", "keys") => (json, json!({ "certificate": include_str!("another.pem") })),
            ("POST", "roleAssignments") => {
                let scope = json!({ "id": here.environment, "type": "ENVIRONMENT" });
                (json, json!({ "role": { "id": here.id("builtIn") }, "scope": scope }))
            }
            ("PUT", _) => match described::plain().find(|of| described::paths(*of).1 == self.path) {
                Some(of) => (json, described::body(of, "renamed", &|property| here.id(property).to_owned())),
                None => (json, Value::Null),
            },
            _ => (json, Value::Null),
        }
    }
}

/// The name under which a tenant keeps the id of a path's parameter.
fn key<'a>(path: &str, name: &'a str) -> &'a str {
    if name == "assignment" && !path.contains("/applications/") {
        return if path.contains("/users/") { "userAssignment" } else { "groupAssignment" };
    }
    if path.starts_with("/environments/{environment}/keys/") {
        return "pair";
    }
    match (path.contains("/signOnPolicies/"), path.contains("/passwordPolicies/")) {
        (true, _) if name == "policy" => "signOnPolicy",
        // The first one is the default, which is not changed like others.
        (_, true) => "policy",
        _ if name == "attribute" && path.contains("/resources/") => "resourceAttribute",
        _ if name == "attribute" && path.contains("/schemas/") => "schemaAttribute",
        _ if name == "attribute" && path.contains("/identityProviders/") => "providerAttribute",
        _ => name,
    }
}

/// An answer without what differs from request to request: its number, and the id that was asked for.
fn told(answer: &Answer) -> (u16, String, Vec<String>) {
    let mut body = answer.body.clone();
    body.as_object_mut().map(|body| body.remove("id"));
    // Of a key and a certificate the id is told without quotes.
    let text = body.to_string().replace("not found for id: ", "'").replace(" and environmentId: ", "'");
    let words: Vec<_> = text.split('\'').map(|word| if is_id(word) { "<id>" } else { word }.to_owned()).collect();
    let headers = answer.headers.keys().map(ToString::to_string).collect();
    (answer.status, words.join("'"), headers)
}

fn is_id(word: &str) -> bool {
    uuid::Uuid::parse_str(word).is_ok()
}
