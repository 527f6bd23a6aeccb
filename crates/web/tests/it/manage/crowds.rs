//! Fifty writers at once of every kind of object: all succeed, or one is told why. What must be unique is so by the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::bootstrap::dev;
use protocol::model::{MOST_POLICIES, ObjectKind};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, each_store};

use super::writers::{at_once, path, writes};
use crate::described;

const CROWD: usize = 50;

/// The kinds that are served like every other, and a user and an application beside them.
fn kinds() -> Vec<ObjectKind> {
    described::plain().chain([ObjectKind::Application, ObjectKind::User]).collect()
}

/// A body of the kind under a name of its own.
fn body(of: ObjectKind, name: &str, id: &dyn Fn(&str) -> String) -> Value {
    match of {
        ObjectKind::Population => json!({ "name": name }),
        ObjectKind::User => json!({ "username": name, "email": "u@example.com" }),
        ObjectKind::Application => json!({
            "name": name, "enabled": true, "type": "SERVICE", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        }),
        of => described::body(of, name, id),
    }
}

/// The ids that bodies refer to: the first of each kind that there is.
async fn known(app: &TestApp) -> BTreeMap<&'static str, String> {
    let mut ids = BTreeMap::new();
    for (name, list) in
        [("population", "populations"), ("passwordPolicy", "passwordPolicies"), ("resource", "resources")]
    {
        let all = app.manage(Method::GET, &path(&format!("/{list}")), None).await.expect(200);
        let own = all["_embedded"][list].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
        ids.insert(name, own);
    }
    ids
}

fn counted(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut all = BTreeMap::new();
    for answer in answers {
        *all.entry(answer.status).or_default() += 1;
    }
    all
}

/// §3: fifty who make the same thing: as many as there may be of one name are made, and the others are told that it is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_who_take_one_name_one_has_it() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let ids = known(&app).await;
        let id = |property: &str| ids.get(property).cloned().unwrap_or_else(|| dev::ENVIRONMENT.to_string());
        for of in kinds() {
            let all = path(&format!("/{}", of.many()));
            let body = body(of, "crowd", &id);
            // Two primes are found for each key of these, one after the other.
            let crowd = if of == ObjectKind::KeyRotationPolicy { 8 } else { CROWD };
            let answers = at_once(&app, writes(&app, crowd, Method::POST, &all, |_| body.clone()).await).await;
            let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
            // What two of have one name: another one is made afterwards.
            let again = app.manage(Method::POST, &all, Some(&body)).await;
            if again.status == 201 {
                assert!(made.len() > 1, "{}: {:?}", of.many(), counted(&answers));
                continue;
            }
            for answer in answers.iter().filter(|answer| answer.status != 201) {
                assert_eq!(answer.status, 400, "{}: {}", of.many(), answer.text);
                let (told, again) = (&answer.body["details"][0], &again.body["details"][0]);
                assert_eq!((&told["code"], &told["target"]), (&again["code"], &again["target"]), "{}", answer.text);
            }
            let most = if again.body["details"][0]["code"] == "UNIQUENESS_VIOLATION" { 1 } else { CROWD };
            assert!((1..=most).contains(&made.len()), "{}: {:?}", of.many(), counted(&answers));
            if of == ObjectKind::KeyRotationPolicy {
                let all = app.manage(Method::GET, &all, None).await.expect(200);
                assert_eq!(
                    all["_embedded"][of.many()].as_array().unwrap().len(),
                    MOST_POLICIES,
                    "no more than there may be"
                );
            }
        }
    })
    .await;
}

/// §3: fifty replacements of one object, and its end among them: until then each succeeds, and then each is told that it is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_writers_of_one_object_all_succeed_until_it_is_gone() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let ids = known(&app).await;
        let id = |property: &str| ids.get(property).cloned().unwrap_or_else(|| dev::ENVIRONMENT.to_string());
        for of in kinds() {
            let all = path(&format!("/{}", of.many()));
            let made = app.manage(Method::POST, &all, Some(&body(of, "kept", &id))).await.expect(201);
            let one = format!("{all}/{}", made["id"].as_str().unwrap());
            let replaced = |n: usize| body(of, &format!("kept{}", n % 3), &id);
            let answers = at_once(&app, writes(&app, CROWD, Method::PUT, &one, replaced).await).await;
            assert_eq!(counted(&answers), [(200, CROWD)].into(), "{}: {}", of.many(), refused(&answers));
            let mut mixed = writes(&app, 20, Method::PUT, &one, replaced).await;
            mixed.extend(writes(&app, 3, Method::DELETE, &one, |_| json!({})).await);
            mixed.extend(writes(&app, 20, Method::PUT, &one, replaced).await);
            let answers = at_once(&app, mixed).await;
            for answer in &answers {
                assert!([200, 204, 404].contains(&answer.status), "{}: {}", of.many(), answer.text);
            }
            assert_eq!(counted(&answers)[&204], 1, "{}", of.many());
            app.manage(Method::GET, &one, None).await.expect(404);
        }
    })
    .await;
}

fn refused(answers: &[Answer]) -> &str {
    answers.iter().find(|answer| answer.status >= 300).map_or("", |answer| &answer.text)
}

/// One of an environment's populations, password policies and sign-on policies is the default, and one key of each usage, however many
/// become it at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_who_become_the_default_one_is() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let ids = known(&app).await;
        let id = |property: &str| ids.get(property).cloned().unwrap_or_else(|| dev::ENVIRONMENT.to_string());
        for of in [ObjectKind::Population, ObjectKind::PasswordPolicy, ObjectKind::SignOnPolicy] {
            let all = path(&format!("/{}", of.many()));
            let mut requests = Vec::new();
            for n in 0..8 {
                let mut body = body(of, &format!("default{n}"), &id);
                let made = app.manage(Method::POST, &all, Some(&body)).await.expect(201);
                body["default"] = true.into();
                let one = format!("{all}/{}", made["id"].as_str().unwrap());
                requests.extend(writes(&app, 6, Method::PUT, &one, |_| body.clone()).await);
            }
            let answers = at_once(&app, requests).await;
            assert_eq!(counted(&answers), [(200, 48)].into(), "{}: {}", of.many(), refused(&answers));
            assert_eq!(defaults(&app, of.many()).await, 1, "{}", of.many());
        }
        // None was before: nobody takes it from anybody.
        let pair = |n: usize, default: bool| {
            json!({ "name": format!("Pair {n}"), "algorithm": "EC", "keyLength": 256, "signatureAlgorithm": "SHA256withECDSA",
                "subjectDN": "CN=pair", "usageType": "ENCRYPTION", "validityPeriod": 365, "default": default })
        };
        let keys = path("/keys");
        let answers = at_once(&app, writes(&app, 20, Method::POST, &keys, |n| pair(n, true)).await).await;
        assert_eq!(counted(&answers), [(201, 20)].into(), "{}", refused(&answers));
        assert_eq!(defaults(&app, "keys").await, 2, "the environment's own, and one for encryption");
        let last = format!("{keys}/{}", answers[0].body["id"].as_str().unwrap());
        for answer in &answers {
            let one = format!("{keys}/{}", answer.body["id"].as_str().unwrap());
            let none = json!({ "default": false, "usageType": "ENCRYPTION" });
            app.manage(Method::PUT, &one, Some(&none)).await.expect(200);
        }
        let mut requests = Vec::new();
        for answer in &answers {
            let one = format!("{keys}/{}", answer.body["id"].as_str().unwrap());
            let body = json!({ "default": true, "usageType": "ENCRYPTION" });
            requests.extend(writes(&app, 2, Method::PUT, &one, |_| body.clone()).await);
        }
        let answers = at_once(&app, requests).await;
        assert_eq!(counted(&answers), [(200, 40)].into(), "{}", refused(&answers));
        assert_eq!(defaults(&app, "keys").await, 2);
        app.manage(Method::GET, &last, None).await.expect(200);
    })
    .await;
}

/// How many of a list are a default.
async fn defaults(app: &TestApp, list: &str) -> usize {
    let all = app.manage(Method::GET, &path(&format!("/{list}?limit=100")), None).await.expect(200);
    all["_embedded"][list].as_array().unwrap().iter().filter(|one| one["default"] == true).count()
}
