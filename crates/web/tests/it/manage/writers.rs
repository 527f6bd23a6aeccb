//! Many writers of one object at once: all succeed, and nothing that one wrote is undone by another.

use std::sync::Arc;

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp, each_store};
use tokio::task::JoinSet;

/// All at once, each until it is answered.
async fn at_once(app: &Arc<TestApp>, requests: Vec<Request>) -> Vec<Answer> {
    let mut running = JoinSet::new();
    for request in requests {
        let app = app.clone();
        running.spawn(async move { app.send(request).await });
    }
    running.join_all().await
}

fn path(below: &str) -> String {
    format!("/environments/{}{below}", dev::ENVIRONMENT)
}

/// `count` writes of `path`, each with the body that `body` makes of its number.
async fn writes(
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
        let population = json!({ "id": made["population"]["id"] });
        all.extend(writes(&app, 4, Method::PUT, &format!("{user}/population"), |_| population.clone()).await);
        all_succeed(&at_once(&app, all).await);
        let user = app.manage(Method::GET, &user, None).await.expect(200);
        for (place, member) in members.into_iter().enumerate() {
            let number: usize = user[member].as_str().unwrap().parse().unwrap();
            assert_eq!(number % 8, place, "{member}: {user}");
        }
        assert_eq!((&user["enabled"], &user["mfaEnabled"]), (&json!(false), &json!(true)));
    })
    .await;
}

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
