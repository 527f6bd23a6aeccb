//! Every call of the management API with the ids of another environment (attacks A18).

use std::collections::BTreeMap;

use engine::bootstrap::dev;
use protocol::change::Change;
use protocol::consent::Consent;
use protocol::id::{ApplicationId, EnvironmentId, SessionId, UserId};
use protocol::model::Session;
use protocol::secret::{Artefact, TokenHash};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, each_store};

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

/// An environment with one of everything that the API can make.
struct Tenant {
    environment: String,
    ids: BTreeMap<&'static str, String>,
}

impl Tenant {
    async fn make(app: &TestApp, name: &str) -> Self {
        let body = json!({
            "name": name, "type": "SANDBOX", "region": "NA", "license": { "id": dev::LICENSE.to_string() },
        });
        let environment = made(app, "/environments", &body).await;
        let base = format!("/environments/{environment}");
        let mut ids = BTreeMap::new();
        let user = json!({ "username": "ann", "email": "ann@example.com" });
        ids.insert("user", made(app, &format!("{base}/users"), &user).await);
        ids.insert("population", made(app, &format!("{base}/populations"), &json!({ "name": "More" })).await);
        let application = made(app, &format!("{base}/applications"), &worker("Robot")).await;
        let roles = app.manage(Method::GET, "/roles", None).await.expect(200);
        let roles = roles["_embedded"]["roles"].as_array().unwrap();
        let role = |name: &str| roles.iter().find(|role| role["name"] == name).unwrap()["id"].clone();
        let scope = json!({ "id": environment, "type": "ENVIRONMENT" });
        let given = json!({ "role": { "id": role("Identity Data Admin") }, "scope": scope });
        let assignments = format!("{base}/applications/{application}/roleAssignments");
        ids.insert("assignment", made(app, &assignments, &given).await);
        let of_user = format!("{base}/users/{}/roleAssignments", ids["user"]);
        ids.insert("userAssignment", made(app, &of_user, &given).await);
        ids.insert("builtIn", role("Client Application Developer").as_str().unwrap().to_owned());
        Self::configure(app, &base, &application, &mut ids).await;
        let group = json!({ "name": "Group" });
        let (group, parent) = (made(app, &format!("{base}/groups"), &group).await, json!({ "name": "Parent" }));
        let parent = made(app, &format!("{base}/groups"), &parent).await;
        made(app, &format!("{base}/users/{}/memberOfGroups", ids["user"]), &json!({ "id": group })).await;
        made(app, &format!("{base}/groups/{group}/memberOfGroups"), &json!({ "id": parent })).await;
        ids.insert("groupAssignment", made(app, &format!("{base}/groups/{group}/roleAssignments"), &given).await);
        ids.extend([("group", group), ("parent", parent)]);
        let free = json!({ "name": "Free" });
        ids.insert("free", made(app, &format!("{base}/groups"), &free).await);
        let key = json!({ "certificate": include_str!("one.pem") });
        ids.insert("key", made(app, &format!("{base}/applications/{application}/keys"), &key).await);
        ids.insert("pair", made(app, &format!("{base}/keys"), &pair()).await);
        ids.insert("certificate", certificate(app, &base).await);
        let token = json!({ "name": "Token", "expiresAt": "2099-01-01T00:00:00Z" });
        ids.insert("initialAccessToken", made(app, &format!("{base}/initialAccessTokens"), &token).await);
        ids.insert("consent", allowed(app, &environment, &ids["user"], &application).await);
        ids.insert("application", application);
        ids.insert("session", signed_on(app, &environment, &ids["user"]).await);
        for of in described::plain() {
            if !ids.contains_key(of.one()) {
                // What is no object here has any id.
                let id = |property: &str| ids.get(property).unwrap_or(&environment).clone();
                let body = described::body(of, "sample", &id);
                ids.insert(of.one(), made(app, &format!("{base}/{}", of.many()), &body).await);
            }
        }
        let mapped = format!("{base}/identityProviders/{}/attributes", ids["identityProvider"]);
        ids.insert("providerAttribute", made(app, &mapped, &mapping("email")).await);
        Self { environment, ids }
    }

    /// Policies, resources and what they put into tokens.
    async fn configure(app: &TestApp, base: &str, application: &str, ids: &mut BTreeMap<&'static str, String>) {
        for (name, list) in [
            ("firstSignOnPolicy", "signOnPolicies"),
            ("passwordPolicy", "passwordPolicies"),
            ("activity", "activities"),
        ] {
            ids.insert(name, first(app, &format!("{base}/{list}")).await);
        }
        let policies = format!("{base}/signOnPolicies");
        let policy = made(app, &policies, &json!({ "name": "Own" })).await;
        for name in ["action", "otherAction"] {
            ids.insert(name, made(app, &format!("{policies}/{policy}/actions"), &login(ids.len())).await);
        }
        let to = format!("{base}/applications/{application}/signOnPolicyAssignments");
        ids.insert("signOnPolicyAssignment", made(app, &to, &assigned(&policy, 1)).await);
        ids.insert("signOnPolicy", policy);
        let resource = made(app, &format!("{base}/resources"), &json!({ "name": "Resource" })).await;
        let scope = json!({ "name": "read" });
        ids.insert("scope", made(app, &format!("{base}/resources/{resource}/scopes"), &scope).await);
        ids.insert("resource", resource);
        let body = granted(&ids["resource"], &ids["scope"]);
        ids.insert("grant", made(app, &format!("{base}/applications/{application}/grants"), &body).await);
        for (of, name) in [
            (format!("applications/{application}"), "attribute"),
            (format!("resources/{}", ids["resource"]), "resourceAttribute"),
        ] {
            let attribute = json!({ "name": "mine", "value": "x" });
            ids.insert(name, made(app, &format!("{base}/{of}/attributes"), &attribute).await);
        }
    }

    /// Ids that nobody has.
    fn nobody() -> Self {
        Self { environment: String::new(), ids: BTreeMap::new() }
    }

    fn id(&self, name: &str) -> &str {
        self.ids.get(name).map_or("00000000-0000-4000-8000-000000000000", String::as_str)
    }

    fn path(&self, below: &str) -> String {
        format!("/environments/{}{below}", self.environment)
    }

    /// All that a change could show in. Reading it writes activities, so they are left out.
    async fn everything(&self, app: &TestApp) -> Vec<String> {
        let mut all = Vec::new();
        let (user, application) = (format!("/users/{}", self.id("user")), self.id("application"));
        let plain = described::plain().map(|of| format!("/{}", of.many()));
        let named = [
            String::new(),
            "/billOfMaterials".to_owned(),
            "/users".to_owned(),
            user.clone(),
            format!("{user}/password"),
            "/applications".to_owned(),
            format!("/applications/{application}"),
            format!("/applications/{application}/secret"),
            format!("/applications/{application}/roleAssignments"),
            format!("/applications/{application}/attributes"),
            format!("{user}/roleAssignments"),
            format!("/groups/{}/roleAssignments", self.id("group")),
            format!("/applications/{application}/grants"),
            format!("/applications/{application}/keys"),
            format!("/resources/{}/secret", self.id("resource")),
            format!("/resources/{}/scopes", self.id("resource")),
            format!("/resources/{}/attributes", self.id("resource")),
            "/keys".to_owned(),
            "/certificates".to_owned(),
            format!("/groups/{}/memberOfGroups", self.id("group")),
            format!("{user}/memberOfGroups"),
        ];
        for below in named.into_iter().chain(plain) {
            let answer = app.manage(Method::GET, &self.path(&below), None).await;
            assert_eq!(answer.status, 200, "{below} {}", answer.text);
            all.push(answer.text);
        }
        all
    }
}

/// A row of the route table whose path names something below an environment.
struct Call {
    method: &'static str,
    path: &'static str,
    /// The names of what it addresses, the environment left out.
    parameters: Vec<&'static str>,
}

impl Call {
    /// All of them, in an order in which each still finds what it is about: what others hang on is deleted last.
    fn all() -> Vec<Self> {
        let mut all: Vec<_> = web::manage::calls()
            .filter_map(|(method, path)| {
                let parameters = path.strip_prefix("/environments/{environment}")?.split('/');
                let parameters = parameters.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
                Some(Self { method, path, parameters: parameters.collect() })
            })
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
        let mut path = self.path.replace("{environment}", &here.environment);
        for name in &self.parameters {
            let owner = if chosen.contains(name) { there } else { here };
            path = path.replace(&format!("{{{name}}}"), owner.id(key(self.path, name)));
        }
        let method = Method::from_bytes(self.method.as_bytes()).unwrap();
        let request = app.request(method, &format!("/v1{path}")).bearer_auth(token);
        let (media, body) = self.body(here);
        app.send(if body.is_null() { request } else { request.header("content-type", media).body(body.to_string()) })
            .await
    }

    /// A body that the call would take.
    fn body(&self, here: &Tenant) -> (&'static str, Value) {
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

fn login(priority: usize) -> Value {
    json!({ "type": "LOGIN", "priority": priority, "recovery": { "enabled": false } })
}

fn assigned(policy: &str, priority: usize) -> Value {
    json!({ "signOnPolicy": { "id": policy }, "priority": priority })
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

fn granted(resource: &str, scope: &str) -> Value {
    json!({ "resource": { "id": resource }, "scopes": [{ "id": scope }] })
}

fn mapping(name: &str) -> Value {
    json!({ "name": name, "value": "${providerAttributes.value}" })
}

fn worker(name: &str) -> Value {
    json!({
        "name": name, "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    })
}

async fn made(app: &TestApp, path: &str, body: &Value) -> String {
    let made = app.manage(Method::POST, path, Some(body)).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

fn pair() -> Value {
    json!({
        "name": "Pair", "algorithm": "EC", "keyLength": 256, "signatureAlgorithm": "SHA256withECDSA", "subjectDN": "CN=pair",
        "usageType": "SIGNING", "validityPeriod": 365,
    })
}

async fn certificate(app: &TestApp, base: &str) -> String {
    let part = |name: &str, text: &str| format!("--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n{text}\r\n");
    let body = format!("{}{}--b--", part("usageType", "SIGNING"), part("file", include_str!("one.pem")));
    let token = app.worker_token().await;
    let request = app.request(Method::POST, &format!("/v1{base}/certificates")).bearer_auth(token);
    let made = app.send(request.header("content-type", "multipart/form-data; boundary=b").body(body)).await.expect(202);
    made["id"].as_str().unwrap().to_owned()
}

/// A session of the user.
async fn signed_on(app: &TestApp, environment: &str, user: &str) -> String {
    // Of ids that nobody else has: a user's is one, and no session's.
    let id = SessionId::parse(user).unwrap();
    let session = Session {
        id,
        environment: EnvironmentId::parse(environment).unwrap(),
        user: UserId::parse(user).unwrap(),
        token: TokenHash::of(Artefact::Session, user),
        auth_time: app.now(),
        acr: "Single_Factor".into(),
        amr: vec!["pwd".into()],
        created_at: app.now(),
        expires_at: app.now().plus(3_600),
        ended_at: None,
    };
    app.furnish(vec![Change::CreateSession(session)]).await;
    id.to_string()
}

/// What the user allows the application.
async fn allowed(app: &TestApp, environment: &str, user: &str, application: &str) -> String {
    let consent = Consent {
        environment: EnvironmentId::parse(environment).unwrap(),
        user: UserId::parse(user).unwrap(),
        application: ApplicationId::parse(application).unwrap(),
        ..Consent::default()
    };
    app.furnish(vec![Change::GiveConsent { consent: Box::new(consent), new: true }]).await;
    application.to_owned()
}

/// The id of the first row of a list.
async fn first(app: &TestApp, path: &str) -> String {
    let list = app.manage(Method::GET, path, None).await.expect(200);
    let rows = list["_embedded"].as_object().unwrap().values().next().unwrap();
    assert!(rows[0]["id"].is_string(), "{path} {list}");
    rows[0]["id"].as_str().unwrap().to_owned()
}
