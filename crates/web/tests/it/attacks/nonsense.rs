//! Bodies and filters that are good but for something: whatever comes, the server says what is wrong with it, and nothing of what
//! is refused is written.
//!
//! Each resource is sent `GRANTOR_MUTATIONS` of them (150 where that is not set); `GRANTOR_MUTATIONS_OF` names one resource, and
//! `GRANTOR_MUTATIONS_SEED` makes others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::model::describe::{self, Described};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, each_store};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::mutation::{Dice, mutated, query};
use super::tenant::{Tenant, pair, worker};
use super::tenants::Call;
use crate::described;

/// §3: no 5xx, nothing that a client repeats for ever, and nothing half written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_body_and_no_filter_is_more_than_refused() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let room = Arc::new(Semaphore::new(4));
        let mut running = JoinSet::new();
        for (resource, calls) in resources() {
            let (app, room) = (app.clone(), room.clone());
            running.spawn(async move {
                let _turn = room.acquire_owned().await.unwrap();
                Trial::begin(&app, &resource, calls).await.run().await
            });
        }
        let found: Vec<String> = running.join_all().await.into_iter().flatten().collect();
        assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
    })
    .await;
}

/// The calls of the table by what they are about: those that take a body, and lists.
fn resources() -> BTreeMap<String, Vec<(&'static str, &'static str)>> {
    let only = std::env::var("GRANTOR_MUTATIONS_OF").ok();
    let mut all: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (method, path) in web::manage::calls() {
        let words: Vec<_> = path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{')).collect();
        let name = words.get(1).or(words.first()).copied().unwrap_or_default().to_owned();
        let listed = method == "GET" && !path.ends_with('}');
        if (listed || ["POST", "PUT", "PATCH"].contains(&method)) && only.as_ref().is_none_or(|only| *only == name) {
            all.entry(name).or_default().push((method, path));
        }
    }
    all.retain(|_, calls| calls.iter().any(|(method, _)| *method != "GET"));
    all
}

fn set(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What was sent.
struct Sent<'a> {
    turn: u64,
    method: &'a str,
    target: &'a str,
    body: &'a [u8],
}

/// One resource in an environment of its own.
struct Trial {
    app: Arc<TestApp>,
    token: String,
    resource: String,
    writes: Vec<Call>,
    lists: Vec<String>,
    here: Tenant,
    ids: Vec<String>,
    names: Vec<String>,
    dice: Dice,
    /// What was found, once for each call and status.
    found: BTreeMap<String, String>,
}

impl Trial {
    async fn begin(app: &Arc<TestApp>, resource: &str, calls: Vec<(&'static str, &'static str)>) -> Self {
        let here = Tenant::make(app, &format!("Here {resource}")).await;
        let there = Tenant::make(app, &format!("There {resource}")).await;
        let ids = here.ids.values().chain(there.ids.values()).cloned();
        let ids = ids.chain([here.environment.clone(), there.environment.clone(), NOBODY.to_owned()]);
        let (reads, writes): (Vec<_>, Vec<_>) = calls.into_iter().partition(|(method, _)| *method == "GET");
        let lists = reads.into_iter().map(|(method, path)| Call::of(method, path).target(&here)).collect();
        let seed = set("GRANTOR_MUTATIONS_SEED").unwrap_or(1);
        Self {
            app: app.clone(),
            token: app.worker_token().await,
            resource: resource.to_owned(),
            writes: writes.into_iter().map(|(method, path)| Call::of(method, path)).collect(),
            lists,
            ids: ids.collect(),
            names: attributes(),
            here,
            dice: Dice::of(resource, seed),
            found: BTreeMap::new(),
        }
    }

    async fn run(mut self) -> Vec<String> {
        for turn in 0..set("GRANTOR_MUTATIONS").unwrap_or(150) {
            if turn % 500 == 499 {
                self.token = self.app.worker_token().await;
            }
            if self.lists.is_empty() || !self.dice.once_in(3) {
                self.write(turn).await;
            } else {
                let list = self.dice.one(&self.lists).clone();
                let target = format!("{list}?{}", query(&mut self.dice, &self.names, &self.ids));
                let answer = self.send(Method::GET, &target, None).await;
                self.judge(&Sent { turn, method: "GET", target: &target, body: b"" }, &answer, &[200, 400, 403, 404]);
            }
        }
        self.found.into_values().collect()
    }

    async fn write(&mut self, turn: u64) {
        let at = self.dice.below(self.writes.len());
        let (media, good) = body(&self.writes[at], &self.here, turn);
        let (method, target) = (self.writes[at].method, self.writes[at].target(&self.here));
        let octets = mutated(&mut self.dice, &good, &self.ids);
        // A wrong password is counted, a request is signed anew, activities tell of the refusal, and others make environments meanwhile.
        let changing = ["/password", "/secret", "/csr", "/activities"];
        let shown = target != "/environments" && !changing.iter().any(|end| target.ends_with(end));
        let before = if shown { self.shown(&target).await } else { String::new() };
        let of = Sent { turn, method, target: &target, body: &octets };
        let sent = (media, octets.clone());
        let answer = self.send(Method::from_bytes(method.as_bytes()).unwrap(), &target, Some(sent)).await;
        self.judge(&of, &answer, &[200, 201, 202, 204, 400, 403, 404, 413, 415]);
        if answer.status < 300 {
            return self.undo(method, &target, &answer).await;
        }
        let after = if shown { self.shown(&target).await } else { String::new() };
        if before != after {
            let what = format!("is refused and changed\n{before}\n{after}");
            self.fault(&of, &answer, &what);
        }
        // That a wrong password was counted is told as what it is.
        if self.dice.once_in(8) && !target.ends_with("/password") {
            let filter = format!("correlationId%20eq%20%22{}%22", answer.correlation());
            let told = self.send(Method::GET, &self.here.path(&format!("/activities?filter={filter}")), None).await;
            if told.text.contains("\"SUCCESS\"") {
                self.fault(&of, &answer, &format!("is refused and told as done {}", told.text));
            }
        }
    }

    /// What a write would change: the object, or the list in which it would be.
    async fn shown(&self, target: &str) -> String {
        let answer = self.send(Method::GET, target, None).await;
        if answer.status == 200 { answer.text } else { answer.status.to_string() }
    }

    /// What was made by chance goes again: lists stay short.
    async fn undo(&self, method: &str, target: &str, answer: &Answer) {
        if let (Some(id), "POST") = (answer.body["id"].as_str(), method)
            && answer.status == 201
        {
            self.send(Method::DELETE, &format!("{target}/{id}"), None).await;
        }
    }

    async fn send(&self, method: Method, target: &str, body: Option<(&str, Vec<u8>)>) -> Answer {
        let request = self.app.request(method, &format!("/v1{target}")).bearer_auth(&self.token);
        let request = match body {
            Some((media, octets)) => request.header("content-type", media).body(octets),
            None => request,
        };
        self.app.send(request).await
    }

    fn judge(&mut self, sent: &Sent<'_>, answer: &Answer, taken: &[u16]) {
        let repeated = answer.text.contains("The actor attempting to perform the request is not authorized");
        if !taken.contains(&answer.status) || repeated {
            self.fault(sent, answer, "is answered so");
        }
        let told = answer.status < 400 || answer.body["details"].is_array() || answer.body["code"].is_string();
        if !told {
            self.fault(sent, answer, "is refused without a reason");
        }
    }

    fn fault(&mut self, sent: &Sent<'_>, answer: &Answer, what: &str) {
        let Sent { turn, method, target, body } = *sent;
        let key = format!("{method} {} {} {what:.20}", target.split('?').next().unwrap_or_default(), answer.status);
        let sent: String = String::from_utf8_lossy(body).chars().take(600).collect();
        let (status, text, resource) = (answer.status, &answer.text, &self.resource);
        let came: String = text.chars().take(300).collect();
        let fault = format!("{resource} {turn}: {method} {target:.400}\n  {sent}\n  {what:.900}: {status} {came}");
        self.found.entry(key).or_insert(fault);
    }
}

/// A body that the call takes; `turn` makes names that nobody has.
fn body(call: &Call, here: &Tenant, turn: u64) -> (&'static str, Value) {
    let json = "application/json";
    let below = call.path.strip_prefix("/environments/{environment}").unwrap_or(call.path);
    let id = |property: &str| here.id(property).to_owned();
    let whole = match (call.method, below) {
        ("POST", "/environments") | ("PUT", "") => {
            json!({ "name": format!("E{turn}"), "type": "SANDBOX", "region": "NA", "description": "x", "icon": "https://a.example/i.png",
                "license": { "id": engine::bootstrap::dev::LICENSE.to_string() } })
        }
        ("PUT", "/type") => json!({ "type": "SANDBOX" }),
        ("PUT", "/status") => json!({ "status": "ACTIVE" }),
        ("PUT", "/billOfMaterials") => json!({ "products": [{ "type": "PING_ONE_BASE", "bookmarks": [] }] }),
        ("POST" | "PUT" | "PATCH", "/users" | "/users/{user}") if (call.method, below) != ("POST", "/users/{user}") => {
            person(here, turn)
        }
        ("POST", "/applications") | ("PUT", "/applications/{application}") => application(call.method, turn),
        ("POST", "/keys") => pair(),
        ("POST", "/initialAccessTokens") => json!({ "name": "T", "expiresAt": "2099-01-01T00:00:00Z" }),
        ("POST", _) => match described::plain().find(|of| described::paths(*of).0 == call.path) {
            Some(of) => described::body(of, &format!("n{turn}"), &id),
            None => return call.body(here),
        },
        _ => return call.body(here),
    };
    (json, whole)
}

fn person(here: &Tenant, turn: u64) -> Value {
    json!({
        "username": format!("u{turn}"), "email": "u@example.com", "name": { "given": "A", "family": "B", "formatted": "A B" },
        "address": { "countryCode": "US", "locality": "X", "postalCode": "1", "streetAddress": "1 X" }, "title": "Dr",
        "nickname": "n", "primaryPhone": "+1.5125551234", "mobilePhone": "1", "locale": "en-US", "timezone": "Europe/Berlin",
        "preferredLanguage": "en-US", "type": "x", "externalId": "e", "enabled": true, "population": { "id": here.id("population") },
        "photo": { "href": "https://a.example/p.png" }, "lifecycle": { "status": "ACCOUNT_OK" },
    })
}

fn application(method: &str, turn: u64) -> Value {
    if method == "PUT" {
        return worker(&format!("A{turn}"));
    }
    json!({
        "name": format!("A{turn}"), "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT", "description": "x",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"], "responseTypes": ["CODE"], "redirectUris": ["https://a.example/cb"],
        "postLogoutRedirectUris": ["https://a.example/out"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "pkceEnforcement": "OPTIONAL",
        "refreshTokenDuration": 3600, "refreshTokenRollingDuration": 7200, "tags": [], "hiddenFromAppPortal": false, "parTimeout": 60,
        "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": ["https://a.example"] },
        "accessControl": { "group": { "type": "ANY_GROUP", "groups": [] } },
    })
}

/// The attributes by which lists are searched, and some that none has.
fn attributes() -> Vec<String> {
    let of = |names: Vec<describe::Attribute>| names.into_iter().map(|one| one.name).collect::<Vec<_>>();
    let mut all: BTreeSet<String> = BTreeSet::new();
    all.extend(of(describe::attributes(&mut |walk| protocol::model::User::default().describe(walk))));
    all.extend(of(describe::attributes(&mut |walk| protocol::model::Application::default().describe(walk))));
    all.extend(of(describe::attributes(&mut |walk| protocol::model::Group::default().describe(walk))));
    let more =
        ["recordedAt", "action.type", "actors.user.id", "resources.id", "result.status", "correlationId", "createdAt"];
    all.extend(more.map(str::to_owned));
    all.extend(
        ["nothing", "id.id.id", "", "memberOfGroups", "memberOfGroups.id", "ID", "urn:x:y", "1", "a b", "é"]
            .map(str::to_owned),
    );
    all.into_iter().collect()
}

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
