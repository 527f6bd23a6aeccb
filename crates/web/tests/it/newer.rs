//! A process of this version beside a newer one, on its tables, that stored what this one does not know.

use std::collections::BTreeMap;

use engine::bootstrap::dev;
use http::Method;
use protocol::scope::Scope;
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp, each_store, shared};

/// What a newer process stored: this one never answers 500, and refuses nothing for it. What it cannot read it leaves to those who can,
/// with when to ask again, and all the rest it serves. On PostgreSQL, which several processes share.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_process_stored_is_nowhere_a_500() {
    for (strange, later) in STRANGE {
        each_store(|app| async move {
            if !app.as_another_version("SELECT 1").await {
                return;
            }
            let scene = Scene::made(&app).await;
            let here = format!("'\\x{}'", SANDBOX.uuid().simple());
            assert!(app.as_another_version(&strange.replace("{here}", &here)).await);
            for environment in [dev::ENVIRONMENT, dev::ADMIN_ENVIRONMENT] {
                app.app.forget(environment.into());
            }
            assert_eq!(scene.ask_for_all(&app, strange).await, *later, "{strange}");
        })
        .await;
    }
}

/// What a newer process may have stored, one kind at a time, and what of the protocol is then left to it. The environment of the administrators stays as it is: somebody
/// must be let in to ask.
const STRANGE: &[(&str, &[&str])] = &[
    ("UPDATE environments SET body = 'x' WHERE id = {here}", EVERYTHING),
    ("UPDATE environments SET kind = 'GALAXY', region = 'MOON' WHERE id = {here}", &[]),
    ("UPDATE licenses SET body = 'x'", &[]),
    ("UPDATE organizations SET body = 'x'", &[]),
    ("UPDATE signing_keys SET body = 'x' WHERE environment_id = {here}", EVERYTHING),
    ("UPDATE populations SET body = 'x' WHERE environment_id = {here}", &["password"]),
    ("UPDATE password_policies SET body = 'x' WHERE environment_id = {here}", &["authorize", "password"]),
    ("UPDATE sign_on_policies SET body = 'x' WHERE environment_id = {here}", &["authorize", "password"]),
    ("UPDATE resources SET body = 'x' WHERE environment_id = {here}", &["refresh", "code"]),
    ("UPDATE scopes SET body = 'x' WHERE environment_id = {here}", &["authorize", "refresh", "code"]),
    ("UPDATE applications SET body = 'x' WHERE environment_id = {here}", OF_THE_APPLICATION),
    ("UPDATE resource_grants SET body = 'x' WHERE environment_id = {here}", OF_THE_APPLICATION),
    ("UPDATE role_assignments SET scope_kind = 'GALAXY' WHERE environment_id = {here}", &[]),
    (
        "UPDATE users SET body = '[]' WHERE environment_id = {here}",
        &["password", "userinfo", "refresh", "code", "introspect", "introspect"],
    ),
    ("UPDATE users SET tried = '?' WHERE environment_id = {here}", &[]),
    ("UPDATE users SET password_hash = '$newer$v=9$x' WHERE environment_id = {here}", &["password"]),
    ("UPDATE groups SET body = '[]' WHERE environment_id = {here}", &[]),
    ("UPDATE flows SET body = 'x' WHERE environment_id = {here}", &["flow", "password"]),
    ("UPDATE sessions SET acr = '', amr = '?' WHERE environment_id = {here}", &["refresh", "code"]),
    ("UPDATE codes SET body = 'x' WHERE environment_id = {here}", &["code"]),
    (
        "UPDATE families SET body = 'x' WHERE environment_id = {here}",
        &["userinfo", "refresh", "introspect", "introspect", "revoke"],
    ),
    ("UPDATE refresh_tokens SET sealed_successor = '\\x00' WHERE environment_id = {here}", &[]),
    ("UPDATE access_tokens SET claims = '?' WHERE environment_id = {here}", &[]),
    (
        "UPDATE activities SET action = 'GALAXY.CREATED', actor_kind = 'ROBOT', target_kind = 'GALAXY', source = '?'",
        &[],
    ),
    ("UPDATE applications SET secret_sealed = '\\x00', previous_sealed = '\\x00' WHERE environment_id = {here}", &[]),
];

const EVERYTHING: &[&str] = &[
    "jwks",
    ".well-known/openid-configuration",
    "authorize",
    "flow",
    "password",
    "userinfo",
    "refresh",
    "code",
    "client credentials",
    "introspect",
    "introspect",
    "revoke",
    "signoff",
];
const OF_THE_APPLICATION: &[&str] = &[
    "authorize",
    "flow",
    "password",
    "userinfo",
    "refresh",
    "code",
    "client credentials",
    "introspect",
    "introspect",
    "revoke",
    "signoff",
];

/// What was there before, and was good.
struct Scene {
    /// The ids that stand for the parameters of the management API's paths.
    ids: BTreeMap<&'static str, String>,
    /// What the API said of each object.
    objects: BTreeMap<String, Value>,
    worker: String,
    flow: String,
    code: String,
    tokens: Value,
}

impl Scene {
    async fn made(app: &TestApp) -> Self {
        let grants = json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"] });
        app.change(dev::SHARED_WEB_APPLICATION, grants).await;
        let offline = Scope::parse("openid profile offline_access").unwrap();
        let mut scene = Self {
            ids: BTreeMap::new(),
            objects: BTreeMap::new(),
            worker: app.worker_token().await,
            flow: app.form(&app.at("authorize"), &authorization()).await.text_of("id"),
            tokens: app.exchange(&app.code(|code| code.authorization.scope = offline.clone()).await).await.expect(200),
            code: app.code(|code| code.authorization.scope = offline).await,
        };
        scene.know(app).await;
        for (_, path) in web::manage::calls().filter(|(method, _)| *method == "GET") {
            let path = scene.path(path);
            let answer = scene.manage(app, "GET", &path, None).await;
            assert!(answer.status < 500, "{path} {answer:?}");
            if answer.status == 200 {
                scene.objects.insert(path, answer.body);
            }
        }
        scene
    }

    async fn know(&mut self, app: &TestApp) {
        let environment = format!("/environments/{SANDBOX}");
        let group = json!({ "name": "Known" });
        let group = app.manage(Method::POST, &format!("{environment}/groups"), Some(&group)).await.expect(201);
        let (group, user) = (text(&group["id"]), dev::USER.to_string());
        let join = format!("{environment}/users/{user}/memberOfGroups");
        app.manage(Method::POST, &join, Some(&json!({ "id": group }))).await.expect(201);
        self.ids.extend([("environment", SANDBOX.to_string()), ("group", group), ("user", user.clone())]);
        self.ids.insert("application", dev::SHARED_WEB_APPLICATION.to_string());
        self.ids.insert("parent", self.ids["group"].clone());
        self.ids.insert("linkedAccount", user);
        for (name, list) in [
            ("organization", "/organizations"),
            ("license", "/organizations/{organization}/licenses"),
            ("role", "/roles"),
            ("population", "/environments/{environment}/populations"),
            ("resource", "/environments/{environment}/resources"),
            ("scope", "/environments/{environment}/resources/{resource}/scopes"),
            ("session", "/environments/{environment}/users/{user}/sessions"),
            ("grant", "/environments/{environment}/applications/{application}/grants"),
            ("assignment", "/environments/{environment}/applications/{application}/roleAssignments"),
            ("key", "/environments/{environment}/applications/{application}/keys"),
            ("policy", "/environments/{environment}/signOnPolicies"),
            ("activity", "/environments/{environment}/activities"),
        ] {
            let listed = app.manage(Method::GET, &self.path(list), None).await.expect(200);
            let first = listed["_embedded"].as_object().and_then(|lists| lists.values().next()?.get(0));
            self.ids.insert(name, first.map_or_else(|| SANDBOX.to_string(), |first| text(&first["id"])));
        }
    }

    fn path(&self, row: &str) -> String {
        let parts = row.split('/').map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => self.ids.get(name).map_or("x", String::as_str),
            None => part,
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Every call of the management API, those that remove last, and every endpoint of the protocol before them.
    async fn ask_for_all(&self, app: &TestApp, strange: &str) -> Vec<&'static str> {
        let left = self.ask_for_grants(app, strange).await;
        for wanted in ["GET", "POST", "PATCH", "PUT", "DELETE"] {
            let calls = web::manage::calls().filter(|(method, path)| {
                // Whatever is in an environment goes with it.
                *method == wanted && !(wanted == "DELETE" && path.ends_with("{environment}"))
            });
            for (method, row) in calls {
                let path = self.path(row);
                let body = (wanted != "GET" && wanted != "DELETE").then(|| self.body(&path));
                let answer = self.manage(app, method, &path, body.as_ref()).await;
                served(&answer, &format!("{strange}: {method} {row}"));
            }
        }
        let gone = self.manage(app, "DELETE", &format!("/environments/{SANDBOX}"), None).await;
        served(&gone, &format!("{strange}: the environment's end"));
        left
    }

    /// What was there, or something that could be new.
    fn body(&self, path: &str) -> Value {
        let mut body = self.objects.get(path).cloned().unwrap_or_else(|| json!({}));
        if body["_embedded"].is_object() {
            body = json!({ "name": "New", "username": "new", "email": "new@example.com", "id": self.ids["group"] });
        }
        body
    }

    /// Every endpoint of the protocol. Those that were left to others; all other answers are good ones.
    async fn ask_for_grants(&self, app: &TestApp, strange: &str) -> Vec<&'static str> {
        let query = testkit::encode(&[&authorization()[..], &[("prompt", "login")]].concat());
        let credentials = json!({ "username": dev::USERNAME, "password": dev::PASSWORD });
        let flow = format!("/{SANDBOX}/flows/{}", self.flow);
        let token = |name: &str| text(&self.tokens[name]);
        let about = async |path: &str, name: &str| {
            app.encoded(&app.at(path), &format!("token={}&{}", token(name), shared())).await
        };
        let worker = format!("grant_type=client_credentials&{}", shared());
        let hint = format!("{}?id_token_hint={}", app.at("signoff"), token("id_token"));
        let answers = [
            ("jwks", app.get(&app.at("jwks")).await),
            (".well-known/openid-configuration", app.get(&app.at(".well-known/openid-configuration")).await),
            ("authorize", app.get(&format!("{}?{query}", app.at("authorize"))).await),
            ("flow", app.get(&flow).await),
            ("password", app.browser().act(&flow, "usernamePassword.check", &credentials).await),
            ("userinfo", app.get_with(&app.at("userinfo"), &token("access_token")).await),
            ("refresh", app.refresh(&token("refresh_token")).await),
            ("code", app.exchange(&self.code).await),
            ("client credentials", app.encoded(&app.at("token"), &worker).await),
            ("introspect", about("introspect", "access_token").await),
            ("introspect", about("introspect", "refresh_token").await),
            ("revoke", about("revoke", "refresh_token").await),
            ("signoff", app.get(&hint).await),
        ];
        let left = |(name, answer): &(&'static str, Answer)| {
            let later = served(answer, &format!("{strange}: {name}"));
            assert!(later || answer.status < 400, "{strange}: {name}: {} {}", answer.status, answer.text);
            later.then_some(*name)
        };
        answers.iter().filter_map(left).collect()
    }

    async fn manage(&self, app: &TestApp, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = Request::new(method, format!("/v1{path}")).bearer_auth(&self.worker);
        app.send(body.into_iter().fold(request, Request::json)).await
    }
}

fn authorization() -> Vec<(&'static str, &'static str)> {
    let client = dev::SHARED_WEB_APPLICATION.to_string().leak();
    vec![
        ("response_type", "code"),
        ("response_mode", "pi.flow"),
        ("redirect_uri", dev::REDIRECT_URI),
        ("client_id", client),
        ("scope", "openid"),
    ]
}

/// Whether it is left to others; no failure of this server in any case.
fn served(answer: &Answer, what: &str) -> bool {
    let later = answer.status == 503 && answer.headers.contains_key("retry-after");
    assert!(answer.status < 500 || later, "{what}: {} {}", answer.status, answer.text);
    later
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
