//! What is counted, and what is much.

use std::sync::Arc;

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::json;
use testkit::each_store;

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
