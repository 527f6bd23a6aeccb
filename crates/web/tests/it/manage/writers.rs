//! Many writers of one object at once: all succeed, and nothing that one wrote is undone by another.

use std::sync::Arc;

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp, each_store};
use tokio::task::JoinSet;

/// All at once, each until it is answered.
pub(super) async fn at_once(app: &Arc<TestApp>, requests: Vec<Request>) -> Vec<Answer> {
    let mut running = JoinSet::new();
    for request in requests {
        let app = app.clone();
        running.spawn(async move { app.send(request).await });
    }
    running.join_all().await
}

pub(super) fn path(below: &str) -> String {
    format!("/environments/{}{below}", dev::ENVIRONMENT)
}

/// `count` writes of `path`, each with the body that `body` makes of its number.
pub(super) async fn writes(
    app: &TestApp,
    count: usize,
    method: Method,
    path: &str,
    body: impl Fn(usize) -> Value,
) -> Vec<Request> {
    let token = app.worker_token().await;
    let one = |n| app.request(method.clone(), &format!("/v1{path}")).bearer_auth(&token).json(&body(n));
    (0..count).map(one).collect()
}

fn all_succeed(answers: &[Answer]) {
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

/// P3: writers of different parts of one object all succeed, and each part is as one of them left it.
#[tokio::test]
async fn a_hundred_changes_of_one_user_all_stay() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let made = json!({ "username": "busy", "email": "busy@example.com" });
        let made = app.manage(Method::POST, &path("/users"), Some(&made)).await.expect(201);
        let user = path(&format!("/users/{}", made["id"].as_str().unwrap()));
        let members =
            ["nickname", "title", "type", "externalId", "preferredLanguage", "locale", "primaryPhone", "mobilePhone"];
        // Of one property the last wins; of eight properties each keeps one of the values that were written.
        let mut all = writes(&app, 88, Method::PATCH, &user, |n| json!({ members[n % 8]: format!("{n}") })).await;
        all.extend(writes(&app, 4, Method::PUT, &format!("{user}/enabled"), |_| json!({ "enabled": false })).await);
        all.extend(
            writes(&app, 4, Method::PUT, &format!("{user}/mfaEnabled"), |_| json!({ "mfaEnabled": true })).await,
        );
        let verified = json!({ "verifyStatus": "ENABLED" });
        all.extend(writes(&app, 4, Method::PUT, &format!("{user}/verifyStatus"), |_| verified.clone()).await);
        let population = json!({ "id": made["population"]["id"] });
        all.extend(writes(&app, 4, Method::PUT, &format!("{user}/population"), |_| population.clone()).await);
        all_succeed(&at_once(&app, all).await);
        let user = app.manage(Method::GET, &user, None).await.expect(200);
        for (place, member) in members.into_iter().enumerate() {
            let number: usize = user[member].as_str().unwrap().parse().unwrap();
            assert_eq!(number % 8, place, "{member}: {user}");
        }
        assert_eq!((&user["enabled"], &user["mfaEnabled"]), (&json!(false), &json!(true)));
        assert_eq!(user["verifyStatus"], "ENABLED");
    })
    .await;
}

/// P3: so do writers of the whole.
#[tokio::test]
async fn a_hundred_replacements_of_one_object_all_succeed() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let application = path(&format!("/applications/{}", dev::SHARED_WEB_APPLICATION));
        let before = app.manage(Method::GET, &application, None).await.expect(200);
        let body = |n| {
            let mut body = before.clone();
            body["description"] = format!("{n}").into();
            body
        };
        all_succeed(&at_once(&app, writes(&app, 100, Method::PUT, &application, body).await).await);
        let populations = app.manage(Method::GET, &path("/populations"), None).await.expect(200);
        let default = &populations["_embedded"]["populations"][0];
        let population = path(&format!("/populations/{}", default["id"].as_str().unwrap()));
        let body = |n| json!({ "name": default["name"], "description": format!("{n}") });
        all_succeed(&at_once(&app, writes(&app, 100, Method::PUT, &population, body).await).await);
    })
    .await;
}

/// P3: so do rotations of a secret.
#[tokio::test]
async fn a_hundred_rotations_of_one_secret_leave_the_last() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let secret = path(&format!("/applications/{}/secret", dev::SHARED_WEB_APPLICATION));
        let answers = at_once(&app, writes(&app, 100, Method::POST, &secret, |_| json!({})).await).await;
        all_succeed(&answers);
        let last = app.manage(Method::GET, &secret, None).await.expect(200);
        assert!(answers.iter().any(|answer| answer.body["secret"] == last["secret"]));
    })
    .await;
}

/// P3: who names a version is told that it is gone.
#[tokio::test]
async fn of_a_hundred_writers_for_one_version_one_is_first() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let populations = app.manage(Method::GET, &path("/populations"), None).await.expect(200);
        let default = &populations["_embedded"]["populations"][0];
        let population = path(&format!("/populations/{}", default["id"].as_str().unwrap()));
        let read = app.manage(Method::GET, &population, None).await;
        let tag = read.headers["etag"].clone();
        let requests = writes(&app, 100, Method::PUT, &population, |_| json!({ "name": default["name"] })).await;
        let requests = requests.into_iter().map(|request| request.header("if-match", &tag)).collect();
        let answers = at_once(&app, requests).await;
        let first = answers.iter().filter(|answer| answer.status == 200).count();
        let late = answers.iter().filter(|answer| answer.status == 412).count();
        assert_eq!((first, late), (1, 99));
    })
    .await;
}

/// What the events tell of is what was done: each scope was given as often as it was taken, and once more where it is held.
#[tokio::test]
async fn a_hundred_writers_of_one_grant_tell_what_they_did() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let made = json!({ "name": "Busy", "type": "SERVICE", "protocol": "OPENID_CONNECT", "enabled": true,
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC" });
        let application = app.manage(Method::POST, &path("/applications"), Some(&made)).await.expect(201);
        let id = application["id"].as_str().unwrap();
        let grants = path(&format!("/applications/{id}/grants"));
        let (resource, scopes) = openid(&app).await;
        let holding = |n: usize| json!({ "resource": { "id": resource }, "scopes": [{ "id": scopes[n % 3].0 }] });
        let made = app.manage(Method::POST, &grants, Some(&holding(0))).await.expect(201);
        let grant = format!("{grants}/{}", made["id"].as_str().unwrap());

        let answers = at_once(&app, writes(&app, 100, Method::PUT, &grant, holding).await).await;
        all_succeed(&answers);
        assert!(answers.iter().all(|answer| !answer.headers.contains_key("etag")), "the tag is the application's");
        let held = app.manage(Method::GET, &grant, None).await.expect(200);
        for (scope, name) in &scopes {
            let is_held = held["scopes"].as_array().unwrap().contains(&json!({ "id": scope }));
            assert_eq!(told(&app, id, name).await, i64::from(is_held), "{name}: {held}");
        }

        let mut all = writes(&app, 30, Method::PUT, &grant, holding).await;
        all.extend(writes(&app, 1, Method::DELETE, &grant, |_| json!({})).await);
        all.extend(writes(&app, 30, Method::PUT, &grant, holding).await);
        for answer in at_once(&app, all).await {
            assert!([200, 204, 404].contains(&answer.status), "{}", answer.text);
        }
        app.manage(Method::GET, &grant, None).await.expect(404);
        for (_, name) in &scopes {
            assert_eq!(told(&app, id, name).await, 0, "{name}");
        }
    })
    .await;
}

/// The resource of OpenID Connect, and three of its scopes.
async fn openid(app: &TestApp) -> (Value, Vec<(Value, String)>) {
    let resources = app.manage(Method::GET, &path("/resources"), None).await.expect(200);
    let resources = resources["_embedded"]["resources"].as_array().unwrap();
    let resource = resources.iter().find(|resource| resource["name"] == "openid").unwrap()["id"].clone();
    let scopes = path(&format!("/resources/{}/scopes", resource.as_str().unwrap()));
    let scopes = app.manage(Method::GET, &scopes, None).await.expect(200);
    let scopes = scopes["_embedded"]["scopes"].as_array().unwrap().iter();
    let scopes = scopes.map(|scope| (scope["id"].clone(), scope["name"].as_str().unwrap().to_owned()));
    (resource, scopes.take(3).collect())
}

/// How often the events say that the scope was given, less how often it was taken.
async fn told(app: &TestApp, application: &str, scope: &str) -> i64 {
    let filter = format!("/activities?limit=1000&filter=resources.id%20eq%20%22{application}%22");
    let found = app.manage(Method::GET, &path(&filter), None).await.expect(200);
    let mut sum = 0;
    for event in found["_embedded"]["activities"].as_array().unwrap() {
        let note = event["description"].as_str().unwrap_or_default();
        for part in note.split(" of openid").next().unwrap_or_default().split(", ") {
            let mut words = part.split(' ');
            let sign = match words.next() {
                Some("granted") => 1,
                Some("took") => -1,
                _ => 0,
            };
            sum += sign * i64::from(words.any(|word| word == scope));
        }
    }
    sum
}
