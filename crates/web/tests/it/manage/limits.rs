//! What is counted, and what is much.

use std::sync::Arc;

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Admin, each_store};

use super::keys::id;
use super::writers::{at_once, path, writes};

/// Thirty who come at once with room for five: five are made.
#[tokio::test]
async fn no_more_are_made_at_once_than_there_may_be() {
    each_store(|app| async move {
        let app = Arc::new(app);
        let attributes = path(&format!("/applications/{}/attributes", dev::SHARED_WEB_APPLICATION));
        let there = app.manage(Method::GET, &attributes, None).await.expect(200)["count"].as_u64().unwrap();
        // `sub` is not stored.
        let mapping = |n: usize| json!({ "name": format!("a{n}"), "value": "x", "required": false });
        for n in 0..95 {
            let answer = app.manage(Method::POST, &attributes, Some(&mapping(n))).await;
            answer.expect(201);
        }
        let many = writes(&app, 30, Method::POST, &attributes, |n| mapping(n + 1000)).await;
        let answers = at_once(&app, many).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        for answer in answers.into_iter().filter(|answer| answer.status != 201) {
            answer.refuses(400, "INVALID_DATA", "SIZE_LIMIT_EXCEEDED", "name");
        }
        let count = app.manage(Method::GET, &attributes, None).await.expect(200)["count"].as_u64().unwrap();
        assert_eq!((made, count), (5, there + 100));
    })
    .await;
}

/// A key's applications come in pages, forth and back, and none of another key.
#[tokio::test]
async fn the_applications_of_a_key_come_in_pages() {
    let api = Admin::start().await;
    for n in 0..7 {
        api.wait(1);
        api.service(&format!("S{n}"), "SERVICE").await;
    }
    let policy = json!({ "name": "Own", "algorithm": "RSA", "keyLength": 2048, "signatureAlgorithm": "SHA256withRSA", "dn": "CN=a",
        "usageType": "SIGNING", "rotationPeriod": 90, "validityPeriod": 365 });
    let policy = api.post(&api.path("/keyRotationPolicies"), &policy).await.expect(201);
    let all = api.get(&api.path("/applications")).await.expect(200)["_embedded"]["applications"].clone();
    let mut other = all.as_array().unwrap().iter().find(|one| one["name"] == "S3").cloned().unwrap();
    other["signing"] = json!({ "keyRotationPolicy": { "id": policy["id"] } });
    api.put(other["_links"]["self"]["href"].as_str().unwrap(), &other).await.expect(200);
    let names = |page: &Value| {
        let rows = page["_embedded"]["applications"].as_array().unwrap();
        rows.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let expected: Vec<String> = {
        let rows = all.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned());
        rows.filter(|name| name != "S3").collect()
    };
    let keys = api.get(&api.path("/keys")).await.expect(200)["_embedded"]["keys"].clone();
    let signs = keys.as_array().unwrap().iter().find(|one| one["default"] == true).unwrap();
    let whole = api.path(&format!("/keys/{}/applications", id(signs)));
    let page = api.get(&whole).await.expect(200);
    assert_eq!(
        (names(&page), &page["count"], &page["size"]),
        (expected.clone(), &json!(expected.len()), &json!(expected.len()))
    );
    let (mut found, mut pages, mut next) = (Vec::new(), Vec::new(), format!("{whole}?limit=2"));
    loop {
        let page = api.get(&next).await.expect(200);
        assert_eq!(page["count"], expected.len());
        assert!(names(&page).len() <= 2);
        found.extend(names(&page));
        let link = page["_links"]["next"]["href"].as_str().map(str::to_owned);
        pages.push(page);
        let Some(link) = link else { break };
        next = link;
    }
    assert_eq!(found, expected);
    for two in pages.windows(2) {
        let back = api.get(two[1]["_links"]["prev"]["href"].as_str().unwrap()).await.expect(200);
        assert_eq!(names(&back), names(&two[0]));
    }
    assert!(pages[0]["_links"]["prev"].is_null());
    let current = policy["currentKeyId"].as_str().unwrap();
    let page = api.get(&api.path(&format!("/keys/{current}/applications"))).await.expect(200);
    assert_eq!(names(&page), ["S3"]);
    let filtered = api.get(&format!("{whole}?filter=name%20eq%20%22S1%22")).await.expect(200);
    assert_eq!(names(&filtered), ["S1"]);
    let next = policy["nextKeyId"].as_str().unwrap();
    for key in [next, current] {
        let wrong = api.path(&format!("/keys/{key}/applications?filter=nothing%20eq%20%22a%22"));
        api.get(&wrong).await.refuses(400, "INVALID_REQUEST", "INVALID_FILTER", "filter");
    }
    assert_eq!(names(&api.get(&api.path(&format!("/keys/{next}/applications"))).await.expect(200)), [""; 0]);
}

/// A scope that many applications hold ends for all of them; who held another one too holds that.
#[tokio::test]
async fn a_scope_ends_for_all_who_hold_it() {
    let api = Admin::start().await;
    let resource = id(&api.post(&api.path("/resources"), &json!({ "name": "Orders" })).await.expect(201));
    let scopes = api.path(&format!("/resources/{resource}/scopes"));
    let gone = api.post(&scopes, &json!({ "name": "gone" })).await.expect(201);
    let stays = api.post(&scopes, &json!({ "name": "stays" })).await.expect(201);
    let mut grants = Vec::new();
    for n in 0..120 {
        let (application, _) = api.service(&format!("S{n}"), "SERVICE").await;
        let path = api.path(&format!("/applications/{application}/grants"));
        let mut held = vec![json!({ "id": gone["id"] })];
        held.extend((n % 2 == 0).then(|| json!({ "id": stays["id"] })));
        let body = json!({ "resource": { "id": resource }, "scopes": held });
        api.post(&path, &body).await.expect(201);
        grants.push(path);
    }
    api.delete(gone["_links"]["self"]["href"].as_str().unwrap()).await.expect(204);
    for (n, path) in grants.iter().enumerate() {
        let rows = api.get(path).await.expect(200)["_embedded"]["grants"].clone();
        let expected = if n % 2 == 0 { json!([[{ "id": stays["id"] }]]) } else { json!([]) };
        let held: Vec<Value> = rows.as_array().unwrap().iter().map(|row| row["scopes"].clone()).collect();
        assert_eq!(json!(held), expected, "{n}");
    }
}
