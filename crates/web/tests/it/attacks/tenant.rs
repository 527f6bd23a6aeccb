//! An environment with one of everything, for whoever must try every call.

use std::collections::BTreeMap;

use engine::bootstrap::dev;
use protocol::change::Change;
use protocol::consent::Consent;
use protocol::id::{ApplicationId, EnvironmentId, SessionId, UserId};
use protocol::model::Session;
use protocol::secret::{Artefact, TokenHash};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::TestApp;

use crate::described;

/// An environment with one of everything that the API can make.
pub(super) struct Tenant {
    pub(super) environment: String,
    pub(super) ids: BTreeMap<&'static str, String>,
}

impl Tenant {
    pub(super) async fn make(app: &TestApp, name: &str) -> Self {
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
        ids.insert("schema", first(app, &format!("{base}/schemas")).await);
        let schema = format!("{base}/schemas/{}/attributes", ids["schema"]);
        ids.insert("schemaAttribute", made(app, &schema, &of_users("mine")).await);
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
    pub(super) fn nobody() -> Self {
        Self { environment: String::new(), ids: BTreeMap::new() }
    }

    pub(super) fn id(&self, name: &str) -> &str {
        self.ids.get(name).map_or("00000000-0000-4000-8000-000000000000", String::as_str)
    }

    pub(super) fn path(&self, below: &str) -> String {
        format!("/environments/{}{below}", self.environment)
    }

    /// The token of a worker that holds the role over the environment, and nothing else.
    pub(super) async fn holder(&self, app: &TestApp, role: &Value) -> String {
        let applications = self.path("/applications");
        let id = made(app, &applications, &worker("Holder")).await;
        let given = json!({ "role": { "id": role["id"] }, "scope": { "id": self.environment, "type": "ENVIRONMENT" } });
        made(app, &format!("{applications}/{id}/roleAssignments"), &given).await;
        let secret = app.manage(Method::GET, &format!("{applications}/{id}/secret"), None).await.text_of("secret");
        let at = format!("/{}/as/token", self.environment);
        app.encoded_basic(&at, (&*id, &*secret), "grant_type=client_credentials").await.text_of("access_token")
    }

    /// All that a change could show in. Reading it writes activities, so they are left out.
    pub(super) async fn everything(&self, app: &TestApp) -> Vec<String> {
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
            format!("/schemas/{}/attributes", self.id("schema")),
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

pub(super) fn login(priority: usize) -> Value {
    json!({ "type": "LOGIN", "priority": priority, "recovery": { "enabled": false } })
}

pub(super) fn assigned(policy: &str, priority: usize) -> Value {
    json!({ "signOnPolicy": { "id": policy }, "priority": priority })
}

pub(super) fn of_users(name: &str) -> Value {
    json!({ "name": name, "type": "STRING", "enabled": true })
}

pub(super) fn granted(resource: &str, scope: &str) -> Value {
    json!({ "resource": { "id": resource }, "scopes": [{ "id": scope }] })
}

pub(super) fn mapping(name: &str) -> Value {
    json!({ "name": name, "value": "${providerAttributes.value}" })
}

pub(super) fn worker(name: &str) -> Value {
    json!({
        "name": name, "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    })
}

async fn made(app: &TestApp, path: &str, body: &Value) -> String {
    let made = app.manage(Method::POST, path, Some(body)).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

pub(super) fn pair() -> Value {
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
