//! For each row of the table two objects: one that is there, and a write by which another one names it.

use std::sync::atomic::{AtomicU32, Ordering};

use http::Method;
use serde_json::{Value, json};
use testkit::{Request, SANDBOX, TestApp};

pub(super) struct Pair {
    /// The path of what is named.
    pub(super) named: String,
    /// Its id, or the name that it is named by.
    pub(super) id: String,
    /// What names it.
    pub(super) write: (Method, String, Value),
    /// Where that is read.
    pub(super) read: String,
}

pub(super) struct World<'a> {
    pub(super) app: &'a TestApp,
    token: String,
    base: String,
    openid: String,
    ping: String,
    schema: String,
    made: AtomicU32,
}

impl<'a> World<'a> {
    pub(super) async fn make(app: &'a TestApp) -> Self {
        let base = format!("/environments/{SANDBOX}");
        let list = app.manage(Method::GET, &format!("{base}/resources"), None).await.expect(200);
        let resource = |name: &str| {
            let rows = list["_embedded"]["resources"].as_array().unwrap();
            let id = &rows.iter().find(|row| row["name"] == name).unwrap()["id"];
            format!("{base}/resources/{}", id.as_str().unwrap())
        };
        let (openid, ping) = (resource("openid"), resource("PingOne API"));
        let schemas = app.manage(Method::GET, &format!("{base}/schemas"), None).await.expect(200);
        let schema = schemas["_embedded"]["schemas"][0]["id"].as_str().unwrap();
        let schema = format!("{base}/schemas/{schema}/attributes");
        Self { app, token: app.worker_token().await, base, openid, ping, schema, made: AtomicU32::new(0) }
    }

    pub(super) fn request(&self, method: &str, path: &str) -> Request {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.app.request(method, &format!("/v1{path}")).bearer_auth(&self.token)
    }

    /// A name that nobody has.
    fn name(&self) -> String {
        format!("n{}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.app.send(self.request("POST", path).json(&body)).await.expect(201)
    }

    fn below(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// One that is made now in the collection: its path and its id.
    async fn one(&self, collection: &str, mut body: Value) -> (String, String) {
        if body.get("name").is_none() {
            body["name"] = json!(self.name());
        }
        let id = text(&self.post(collection, body).await, "id");
        (format!("{collection}/{id}"), id)
    }

    async fn provider(&self) -> (String, String) {
        let body = json!({ "enabled": true, "type": "GOOGLE", "clientId": "c", "clientSecret": "s" });
        self.one(&self.below("identityProviders"), body).await
    }

    async fn population(&self) -> (String, String) {
        self.one(&self.below("populations"), json!({})).await
    }

    async fn resource(&self) -> (String, String) {
        self.one(&self.below("resources"), json!({ "type": "CUSTOM" })).await
    }

    async fn application(&self) -> (String, String) {
        let body = json!({ "enabled": true, "type": "SERVICE", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC" });
        self.one(&self.below("applications"), body).await
    }

    async fn role(&self) -> (String, String) {
        self.one(&self.below("roles"), role(Value::Null)).await
    }

    /// An attribute of users: its path and its name.
    async fn attribute(&self) -> (String, String) {
        let name = format!("badge{}", self.name());
        let body = json!({ "name": name, "type": "STRING", "enabled": true, "schemaType": "CUSTOM" });
        (self.one(&self.schema, body).await.0, name)
    }

    /// An object as it is read, with these members.
    async fn with(&self, path: &str, members: Value) -> (Method, String, Value) {
        let mut body = self.app.send(self.request("GET", path)).await.expect(200);
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        (Method::PUT, path.to_owned(), body)
    }

    pub(super) async fn pair(&self, row: &str) -> Pair {
        match row.split_once(' ').unwrap() {
            ("actions", of) => self.of_an_action(of).await,
            ("applications", of) => self.of_an_application(of).await,
            ("scopes" | "attributes" | "resourceAttributes" | "providerAttributes", _) => self.of_a_claim(row).await,
            ("grants" | "roleAssignments" | "signOnPolicyAssignments", _) => self.of_a_part(row).await,
            ("identityProviders" | "populations" | "users" | "adminConfig", _) => self.of_a_provider(row).await,
            _ => self.of_another(row).await,
        }
    }

    async fn of_an_action(&self, of: &str) -> Pair {
        let (path, _) = self.one(&self.below("signOnPolicies"), json!({})).await;
        let target = of.rsplit(' ').next().unwrap();
        let (named, id) = match target {
            "Application" => self.application().await,
            "IdentityProvider" => self.provider().await,
            "Population" => self.population().await,
            _ => self.attribute().await,
        };
        let own = json!({ "id": id });
        let action = match of.split(' ').next().unwrap() {
            "applications.id" => {
                json!({ "type": "MULTI_FACTOR_AUTHENTICATION", "noDevicesMode": "BLOCK", "applications": [own] })
            }
            "attributes.name" => {
                json!({ "type": "PROGRESSIVE_PROFILING", "attributes": [{ "name": id, "required": true }],
                "promptIntervalSeconds": 5, "preventMultiplePromptsPerFlow": false, "promptText": "More." })
            }
            "discoveryRules.identityProvider" => {
                json!({ "type": "IDENTIFIER_FIRST", "discoveryRules": [{ "identityProvider": own,
                "condition": { "contains": "@a.example", "value": "${identifier}" } }] })
            }
            "identityProvider" => json!({ "type": "IDENTITY_PROVIDER", "identityProvider": own }),
            "registration.population" => {
                json!({ "type": "LOGIN", "registration": { "enabled": true, "population": own } })
            }
            "socialProviders" => json!({ "type": "LOGIN", "socialProviders": [own] }),
            other => panic!("no action by {other}"),
        };
        let actions = format!("{path}/actions");
        let mut action = action;
        action["priority"] = json!(1);
        Pair { named, id, write: (Method::POST, actions.clone(), action), read: actions }
    }

    async fn of_an_application(&self, of: &str) -> Pair {
        let (path, _) = self.application().await;
        let groups =
            |id: &str| json!({ "accessControl": { "group": { "type": "ANY_GROUP", "groups": [{ "id": id }] } } });
        let (named, id, members) = match of {
            "accessControl.group.groups -> Group" => {
                let (named, id) = self.one(&self.below("groups"), json!({})).await;
                let members = groups(&id);
                (named, id, members)
            }
            "accessControl.group.groups -> Population" => {
                let (named, population) = self.population().await;
                let body = json!({ "population": { "id": population } });
                let (_, id) = self.one(&self.below("groups"), body).await;
                let members = groups(&id);
                (named, id, members)
            }
            _ => {
                let body = super::super::key_policies::policy(&self.name());
                let (named, id) = self.one(&self.below("keyRotationPolicies"), body).await;
                let members = json!({ "signing": { "keyRotationPolicy": { "id": id } } });
                (named, id, members)
            }
        };
        Pair { named, id, write: self.with(&path, members).await, read: path }
    }

    async fn of_a_claim(&self, row: &str) -> Pair {
        let name = self.name();
        let (named, id, path, body) = match row {
            "attributes oidcScopes -> Scope" => {
                let (named, id) = self.one(&format!("{}/scopes", self.openid), json!({})).await;
                let body = json!({ "name": name, "value": "v", "oidcScopes": [id] });
                (named, id, format!("{}/attributes", self.application().await.0), body)
            }
            "scopes mappedClaims -> ResourceAttribute" => {
                let (named, id) =
                    self.one(&format!("{}/attributes", self.openid), json!({ "value": "v", "byScopes": true })).await;
                let body = json!({ "name": name, "mappedClaims": [id] });
                (named, id, format!("{}/scopes", self.openid), body)
            }
            "scopes schemaAttributes -> SchemaAttribute" => {
                let (named, id) = self.attribute().await;
                let body = json!({ "name": format!("p1:read:user:{name}"), "schemaAttributes": ["username", id] });
                (named, id, format!("{}/scopes", self.ping), body)
            }
            "providerAttributes name -> SchemaAttribute" => {
                let ((named, id), (provider, _)) = (self.attribute().await, self.provider().await);
                let body = json!({ "name": id, "value": "${providerAttributes.x}", "update": "ALWAYS" });
                (named, id, format!("{provider}/attributes"), body)
            }
            _ => {
                let (named, id) = self.attribute().await;
                let body = json!({ "name": name, "value": format!("${{ {{user}}.![{id}] }}") });
                let of = if row.starts_with("resource") { self.openid.clone() } else { self.application().await.0 };
                (named, id, format!("{of}/attributes"), body)
            }
        };
        Pair { named, id, write: (Method::POST, path.clone(), body), read: path }
    }

    async fn of_a_part(&self, row: &str) -> Pair {
        let (application, _) = self.application().await;
        let (named, id, path, body) = match row {
            "grants resource -> Resource" => {
                let (named, id) = self.resource().await;
                let (_, scope) = self.one(&format!("{named}/scopes"), json!({})).await;
                (named, id.clone(), "grants", json!({ "resource": { "id": id }, "scopes": [{ "id": scope }] }))
            }
            "grants scopes -> Scope" => {
                let (resource, of) = self.resource().await;
                let (named, id) = self.one(&format!("{resource}/scopes"), json!({})).await;
                let (_, other) = self.one(&format!("{resource}/scopes"), json!({})).await;
                let body = json!({ "resource": { "id": of }, "scopes": [{ "id": id }, { "id": other }] });
                (named, id, "grants", body)
            }
            "roleAssignments role -> Role" => {
                let (named, id) = self.role().await;
                let scope = json!({ "id": SANDBOX.to_string(), "type": "ENVIRONMENT" });
                (named, id.clone(), "roleAssignments", json!({ "role": { "id": id }, "scope": scope }))
            }
            _ => {
                let (named, id) = self.one(&self.below("signOnPolicies"), json!({})).await;
                let body = json!({ "signOnPolicy": { "id": id }, "priority": 1 });
                (named, id, "signOnPolicyAssignments", body)
            }
        };
        let path = format!("{application}/{path}");
        Pair { named, id, write: (Method::POST, path.clone(), body), read: path }
    }

    async fn of_a_provider(&self, row: &str) -> Pair {
        let saml = |certificate: &str| {
            json!({ "enabled": true, "type": "SAML", "idpEntityId": "idp:x", "spEntityId": "sp:x",
            "ssoBinding": "HTTP_POST", "ssoEndpoint": "https://idp.example.com/sso", "name": self.name(),
            "idpVerification": { "certificates": [{ "id": certificate }] } })
        };
        let all = self.below("identityProviders");
        match row {
            "adminConfig provider -> IdentityProvider" => {
                let ((named, id), path) = (self.provider().await, self.below("adminConfig"));
                let body = json!({ "mfaStatus": "ENFORCE", "recovery": true, "authenticationMethod": "EXTERNAL", "provider": { "id": id } });
                Pair { named, id, write: (Method::PUT, path.clone(), body), read: path }
            }
            "identityProviders registration.population -> Population" => {
                let ((named, id), (path, _)) = (self.population().await, self.provider().await);
                let write = self.with(&path, json!({ "registration": { "population": { "id": id } } })).await;
                Pair { named, id, write, read: path }
            }
            "identityProviders idpVerification.certificates -> Certificate" => {
                let id = self.certificate().await;
                let (named, body) = (self.below(&format!("certificates/{id}")), saml(&id));
                Pair { named, id, write: (Method::POST, all.clone(), body), read: all }
            }
            "identityProviders spSigning.key -> KeyPair" => {
                let (named, id) = self.one(&self.below("keys"), super::super::keys::key("SIGNING", false)).await;
                let mut body = saml(&self.certificate().await);
                body["spSigning"] = json!({ "algorithm": "SHA256withECDSA", "key": { "id": id } });
                Pair { named, id, write: (Method::POST, all.clone(), body), read: all }
            }
            "populations defaultIdentityProvider -> IdentityProvider" => {
                let ((named, id), (path, _)) = (self.provider().await, self.population().await);
                let path = format!("{path}/defaultIdentityProvider");
                Pair { named, write: (Method::PUT, path.clone(), json!({ "id": id })), id, read: path }
            }
            "populations passwordPolicy -> PasswordPolicy" => {
                let body =
                    json!({ "excludesCommonlyUsed": true, "excludesProfileData": true, "notSimilarToCurrent": true });
                let ((named, id), (path, _)) =
                    (self.one(&self.below("passwordPolicies"), body).await, self.population().await);
                let write = self.with(&path, json!({ "passwordPolicy": { "id": id } })).await;
                Pair { named, id, write, read: path }
            }
            "users identityProvider.id -> IdentityProvider" => {
                let (named, id) = self.provider().await;
                let user =
                    self.post(&self.below("users"), json!({ "username": self.name(), "email": "u@example.com" })).await;
                let path = self.below(&format!("users/{}/identityProvider", text(&user, "id")));
                Pair { named, write: (Method::PUT, path.clone(), json!({ "id": id })), id, read: path }
            }
            other => panic!("no pair of {other}"),
        }
    }

    async fn of_another(&self, row: &str) -> Pair {
        let (name, groups) = (self.name(), self.below("groups"));
        let (named, id, path, body) = match row {
            "authorizationDetailsTypes resource -> Resource" => {
                let (named, id) = self.resource().await;
                let body = json!({ "type": name, "resource": { "id": id } });
                (named, id, self.below("authorizationDetailsTypes"), body)
            }
            "groups population -> Population" => {
                let (named, id) = self.population().await;
                let body = json!({ "name": name, "population": { "id": id } });
                (named, id, groups, body)
            }
            "groups userFilter -> SchemaAttribute" => {
                let (named, id) = self.attribute().await;
                let body = json!({ "name": name, "userFilter": format!("{id} eq \"x\"") });
                (named, id, groups, body)
            }
            "roles canBeAssignedBy -> Role" => {
                let (named, id) = self.role().await;
                let mut body = role(json!({ "id": id }));
                body["name"] = json!(name);
                // It is in its own list as well: that of the new one alone tells.
                let (path, _) = self.role().await;
                return Pair { named, id, write: (Method::PUT, path.clone(), body), read: path };
            }
            other => panic!("no pair of {other}"),
        };
        Pair { named, id, write: (Method::POST, path.clone(), body), read: path }
    }

    async fn certificate(&self) -> String {
        let key = jose::SigningKey::generate(jose::Alg::Es256).unwrap();
        let pem = super::super::keys::certified(&key, "CN=a", self.app.now().secs());
        let (kind, body) = super::super::keys::form(&[("usageType", b"SIGNING"), ("file", pem.as_bytes())]);
        let request = self.request("POST", &self.below("certificates")).header("content-type", kind).body(body);
        text(&self.app.send(request).await.expect(202), "id")
    }
}

/// A role of the environment's own making.
fn role(by: Value) -> Value {
    let by: Vec<Value> = if by.is_null() { Vec::new() } else { vec![by] };
    json!({ "applicableTo": ["ENVIRONMENT"], "canBeAssignedBy": by, "permissions": [{ "id": "dir:read:user" }] })
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap().to_owned()
}
