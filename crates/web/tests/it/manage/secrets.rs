use std::time::Duration;

use engine::App;
use engine::bootstrap::dev;
use engine::housekeeping::follow_changes;
use protocol::client_auth::Method;
use protocol::id::EnvironmentId;
use serde_json::{Value, json};

use testkit::Admin;

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap().to_owned()
}

/// A time as clients write it, this many seconds from now by the server's clock.
fn ahead(api: &Admin, seconds: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(api.server.app.world.now().0 + seconds * 1_000_000).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[tokio::test]
async fn a_secret_is_rotated_while_the_one_before_lives_on() {
    let api = Admin::start().await;
    let (id, first) = api.service("Service", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}/secret"));
    assert!(first.len() >= 64 && first.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)));
    let until = ahead(&api, 3600);
    let rotated = api.post(&path, &json!({ "previous": { "expiresAt": until } })).await.expect(200);
    let second = text(&rotated, "secret");
    assert_ne!(second, first);
    assert_eq!(
        (rotated["previous"]["secret"].as_str(), rotated["previous"]["expiresAt"].as_str()),
        (Some(&*first), Some(&*until))
    );
    for secret in [&first, &second] {
        assert!(api.token_of(&api.env, &id, secret).await.is_some());
    }
    api.wait(3601);
    assert_eq!(api.token_of(&api.env, &id, &first).await, None, "not a second longer");
    assert!(api.token_of(&api.env, &id, &second).await.is_some());
    let fresh = api.token_of(&api.env, &id, &second).await;
    assert!(fresh.is_some());
}

#[tokio::test]
async fn the_secret_before_can_be_ended_at_once() {
    let api = Admin::start().await;
    let (id, first) = api.service("Service", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}/secret"));
    api.delete(&path).await.refuses(404, "NOT_FOUND", "", "");
    api.post(&path, &json!({ "previous": { "expiresAt": ahead(&api, 3600) } })).await.expect(200);
    api.delete(&path).await.expect(204);
    assert_eq!(api.token_of(&api.env, &id, &first).await, None);
    assert!(api.get(&path).await.expect(200)["previous"].is_null());
    // Without a body, and with the empty object that a generated client sends, the present secret ends at once.
    let second = text(&api.typed("POST", &path, &[], "").await.expect(200), "secret");
    let third = text(&api.post(&path, &json!({})).await.expect(200), "secret");
    assert_eq!(api.token_of(&api.env, &id, &second).await, None);
    assert!(api.token_of(&api.env, &id, &third).await.is_some());
}

#[tokio::test]
async fn the_time_of_the_secret_before_has_limits() {
    let api = Admin::start().await;
    let (id, _) = api.service("Service", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}/secret"));
    for seconds in [-10, 30, 31 * 86_400] {
        let body = json!({ "previous": { "expiresAt": ahead(&api, seconds) } });
        api.post(&path, &body).await.refuses(400, "INVALID_DATA", "OUT_OF_RANGE", "previous.expiresAt");
    }
    api.post(&path, &json!({ "previous": {} })).await.refuses(
        400,
        "INVALID_DATA",
        "REQUIRED_VALUE",
        "previous.expiresAt",
    );
    let odd = json!({ "previous": { "expiresAt": "soon" } });
    api.post(&path, &odd).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "previous.expiresAt");
}

#[tokio::test]
async fn a_secret_is_shown_by_its_own_call_alone() {
    let api = Admin::start().await;
    let (id, secret) = api.service("Service", "SERVICE").await;
    api.post(
        &api.path(&format!("/applications/{id}/secret")),
        &json!({ "previous": { "expiresAt": ahead(&api, 3600) } }),
    )
    .await
    .expect(200);
    // MG-17, LG-01: neither in lists nor in bodies nor in the audit.
    for path in ["/applications", &format!("/applications/{id}"), "/activities"] {
        let answer = api.get(&api.path(path)).await;
        assert!(!answer.text.contains(&secret), "{path}");
        answer.expect(200);
    }
    let activities = api.get(&api.path("/activities?limit=1000")).await.expect(200);
    let read = activities["_embedded"]["activities"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["action"]["type"] == "SECRET.READ")
        .count();
    assert_eq!(read, 1, "DB-05: the reading itself is an event");
}

// CA-44
#[tokio::test]
async fn a_changed_method_counts_at_once_and_on_the_other_nodes_at_their_next_look() {
    let api = Admin::start().await;
    let (id, secret) = api.service("Service", "SERVICE").await;
    let other = App::new(
        api.server.base.store.clone(),
        api.server.world.clone(),
        api.server.app.config.clone(),
        &dev::MASTER_KEY,
    );
    let (granted, refused) = ((200, Value::Null), (401, json!("invalid_client")));
    // Both nodes have the client in memory.
    assert_eq!(tried(&api, &id, &secret).await, [granted.clone(), refused.clone()]);
    assert_eq!(known(&other, &api, &id).await, [Method::ClientSecretBasic]);

    let own = api.path(&format!("/applications/{id}"));
    let mut application = api.get(&own).await.expect(200);
    application["tokenEndpointAuthMethod"] = json!("CLIENT_SECRET_POST");
    api.put(&own, &application).await.expect(200);
    assert_eq!(tried(&api, &id, &secret).await, [refused, granted]);
    assert_eq!(known(&other, &api, &id).await, [Method::ClientSecretBasic], "nobody told the other node");
    let looked = async {
        while known(&other, &api, &id).await != [Method::ClientSecretPost] {
            tokio::task::yield_now().await;
        }
    };
    let followed = async {
        tokio::select! {
            () = follow_changes(other.clone()) => false,
            () = looked => true,
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), followed).await.unwrap());
}

/// The status and the error of a token request with the secret in the header, and of one with it in the body.
async fn tried(api: &Admin, id: &str, secret: &str) -> [(u16, Value); 2] {
    let (grant, path) = ("grant_type=client_credentials", format!("/{}/as/token", api.env));
    let header = api.server.encoded_basic(&path, (id, secret), grant).await;
    let body = api.server.encoded(&path, &format!("{grant}&client_id={id}&client_secret={secret}")).await;
    [header, body].map(|answer| (answer.status, answer.body["error"].clone()))
}

/// The methods with which a node lets the client in.
async fn known(node: &App, api: &Admin, id: &str) -> Vec<Method> {
    let environment = EnvironmentId::new(api.env.parse().unwrap());
    let tenant = node.tenant(environment).await.unwrap().unwrap();
    tenant.client(node, id).await.unwrap().unwrap().application.auth_methods.clone()
}
