//! Terraform at work: ten calls at once from one machine, hundreds of each kind, and the same again where an answer may change. It
//! repeats 408, 429 and 5xx for ten minutes, so none of them comes of what it does itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp, each_store};
use tokio::task::JoinSet;

use super::writers::path;

/// What Terraform has under way (`-parallelism`).
const PARALLEL: usize = 10;
const ROUNDS: usize = 30;

/// What it makes, reads, lists, changes and takes away.
fn made(kind: &str, name: &str) -> Value {
    match kind {
        "applications" => json!({
            "name": name, "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        }),
        "users" => json!({ "username": name, "email": "u@example.com" }),
        _ => json!({ "name": name }),
    }
}

const KINDS: [&str; 5] = ["applications", "groups", "populations", "resources", "users"];

/// One of the ten: a whole life of one object after the other. What came, by what was done.
async fn apply(app: Arc<TestApp>, token: String, worker: usize) -> Vec<(String, Answer)> {
    let mut came = Vec::new();
    for round in 0..ROUNDS {
        let kind = KINDS[(worker + round) % KINDS.len()];
        let all = path(&format!("/{kind}"));
        let body = made(kind, &format!("storm-{worker}-{round}"));
        let send = async |method: Method, path: &str, body: Option<&Value>| {
            let request = app.request(method.clone(), &format!("/v1{path}")).bearer_auth(&token);
            let answer = app.send(body.into_iter().fold(request, Request::json)).await;
            (format!("{method} {kind}"), answer)
        };
        let (what, answer) = send(Method::POST, &all, Some(&body)).await;
        let one = format!("{all}/{}", answer.body["id"].as_str().unwrap_or("none"));
        came.push((what, answer));
        for _ in 0..3 {
            came.push(send(Method::GET, &one, None).await);
        }
        came.push(send(Method::GET, &all, None).await);
        came.push(send(Method::PUT, &one, Some(&body)).await);
        came.push(send(Method::DELETE, &one, None).await);
        // It looks until what it took away is gone, and then once more.
        for _ in 0..2 {
            let (_, answer) = send(Method::GET, &one, None).await;
            came.push(("gone".into(), answer));
        }
    }
    came
}

/// One of the ten that is refused, and asks again and again.
async fn insist(app: Arc<TestApp>, tokens: [String; 2], default: String) -> Vec<(String, Answer)> {
    let mut came = Vec::new();
    for round in 0..ROUNDS {
        let [token, without] = &tokens;
        for (what, method, target, token) in [
            ("kept", Method::DELETE, default.clone(), token),
            ("missing", Method::GET, path(&format!("/users/00000000-0000-4000-8000-{round:012}")), token),
            ("forbidden", Method::GET, path("/users"), without),
            ("forbidden", Method::DELETE, default.clone(), without),
        ] {
            let request = app.request(method, &format!("/v1{target}")).bearer_auth(token);
            came.push((what.to_owned(), app.send(request).await));
        }
    }
    came
}

/// §3: over connections, through admission: whatever ten at once do and repeat, each answer is the one that one alone would get.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_calls_is_answered_call_by_call() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let token = app.worker_token().await;
        let without = nobody(&app).await;
        let all = app.manage(Method::GET, &path("/populations"), None).await.expect(200);
        let default = &all["_embedded"]["populations"][0];
        assert_eq!(default["default"], true);
        let default = path(&format!("/populations/{}", default["id"].as_str().unwrap()));
        let mut running = JoinSet::new();
        for worker in 0..PARALLEL {
            running.spawn(apply(app.clone(), token.clone(), worker));
            running.spawn(insist(app.clone(), [token.clone(), without.clone()], default.clone()));
        }
        let mut wrong = BTreeMap::new();
        let mut count = 0;
        for (what, answer) in running.join_all().await.into_iter().flatten() {
            count += 1;
            let wanted = match what.split(' ').next().unwrap_or_default() {
                "POST" => 201,
                "DELETE" => 204,
                "kept" => 400,
                "forbidden" => 403,
                "gone" | "missing" => 404,
                _ => 200,
            };
            // The sentence of roles that are not there yet.
            let repeated = answer.text.contains("The actor attempting to perform the request is not authorized");
            if answer.status != wanted || repeated {
                wrong.insert(format!("{what} {}", answer.status), answer.text);
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(count >= PARALLEL * ROUNDS * 13, "{count}");
    })
    .await;
}

/// The token of a worker without a role.
async fn nobody(app: &TestApp) -> String {
    let worker = made("applications", "Nobody");
    let worker = app.manage(Method::POST, &path("/applications"), Some(&worker)).await.expect(201);
    let id = worker["id"].as_str().unwrap();
    let secret = app.manage(Method::GET, &path(&format!("/applications/{id}/secret")), None).await.text_of("secret");
    let at = format!("/{}/as/token", dev::ENVIRONMENT);
    app.encoded_basic(&at, (id, &*secret), "grant_type=client_credentials").await.text_of("access_token")
}
