//! Signing keys of new environments: made off the request, each for one.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::json;
use testkit::TestApp;
use tokio::task::JoinSet;

#[tokio::test]
async fn fifty_environments_at_once_all_get_a_key_of_their_own() {
    let app = Arc::new(TestApp::start().await);
    let mut making = JoinSet::new();
    for number in 0..50 {
        let app = app.clone();
        making.spawn(async move {
            let license = json!({ "id": dev::LICENSE.to_string() });
            let body = json!({ "name": format!("E{number}"), "region": "NA", "type": "SANDBOX", "license": license });
            let made = app.manage(Method::POST, "/environments", Some(&body)).await;
            let id = made.expect(201)["id"].as_str().unwrap().to_owned();
            let keys = app.get(&format!("/{id}/as/jwks")).await.expect(200);
            assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
            keys["keys"][0]["n"].as_str().unwrap().to_owned()
        });
    }
    let moduli: BTreeSet<String> = making.join_all().await.into_iter().collect();
    assert_eq!(moduli.len(), 50);
}
