//! Resources that ask what the tokens are worth that are for them (RFC 7662 §2.1, §4; attacks IN-01, IN-05).

use serde_json::{Value, json};
use testkit::{Admin, Answer, Request, basic};

/// A resource, with its path, its secret and a token for it.
struct Asking {
    id: String,
    path: String,
    secret: String,
    token: String,
}

async fn asking(api: &Admin, name: &str, method: &str) -> Asking {
    let body = json!({ "name": name, "introspectEndpointAuthMethod": method });
    let made = api.post(&api.path("/resources"), &body).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let path = api.path(&format!("/resources/{id}"));
    let secret = api.get(&format!("{path}/secret")).await;
    assert_eq!(secret.body["environment"], json!({ "id": api.env }));
    let secret = secret.text_of("secret");
    assert!(secret.len() >= 64 && secret.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)));
    let scope = api.post(&format!("{path}/scopes"), &json!({ "name": format!("{name}.read") })).await.expect(201);
    let (client, own) = api.service(name, "SERVICE").await;
    let grant = json!({ "resource": { "id": id }, "scopes": [{ "id": scope["id"] }] });
    api.post(&api.path(&format!("/applications/{client}/grants")), &grant).await.expect(201);
    let form = format!("grant_type=client_credentials&scope={name}.read");
    let given = api.server.encoded_basic(&format!("/{}/as/token", api.env), (&client, &own), &form).await;
    Asking { id, path, secret, token: given.text_of("access_token") }
}

async fn ask(api: &Admin, who: &Asking, secret: &str, token: &str) -> Answer {
    let path = format!("/{}/as/introspect", api.env);
    api.server.encoded_basic(&path, (&who.id, secret), &format!("token={token}")).await
}

async fn ask_by_form(api: &Admin, who: &Asking, secret: &str, token: &str) -> Answer {
    let path = format!("/{}/as/introspect", api.env);
    let form = format!("client_id={}&client_secret={secret}&token={token}", who.id);
    api.server.encoded(&path, &form).await
}

/// A time as clients write it, this many seconds from now by the server's clock.
fn ahead(api: &Admin, seconds: i64) -> Value {
    let at = jiff::Timestamp::from_microsecond(api.server.app.world.now().0 + seconds * 1_000_000).unwrap();
    json!({ "previous": { "expiresAt": at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string() } })
}

#[tokio::test]
async fn a_resource_is_told_of_the_tokens_that_are_for_it() {
    let api = Admin::start().await;
    let (orders, bills) =
        (asking(&api, "orders", "CLIENT_SECRET_BASIC").await, asking(&api, "bills", "CLIENT_SECRET_POST").await);
    let told = ask(&api, &orders, &orders.secret, &orders.token).await.expect(200);
    assert_eq!(
        (&told["active"], &told["scope"], &told["aud"]),
        (&json!(true), &json!("orders.read"), &json!(["orders"]))
    );
    let told = ask_by_form(&api, &bills, &bills.secret, &bills.token).await.expect(200);
    assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("bills.read")));
    api.server.app.audit.flush().await;
    let query = "/activities?filter=action.type%20eq%20%22TOKEN.INTROSPECTED%22&limit=100";
    let told = api.get(&api.path(query)).await.expect(200);
    let told = told["_embedded"]["activities"].as_array().unwrap();
    let about = told.iter().find(|one| one["resources"][0]["id"] == bills.id.as_str());
    assert_eq!(about.map(|one| &one["actors"]["client"]), Some(&Value::Null), "{told:?}");
    // RFC 7662 §4: nothing of what is for another, or is no token.
    assert_eq!(ask(&api, &orders, &orders.secret, &bills.token).await.text, r#"{"active":false}"#);
    assert_eq!(ask_by_form(&api, &bills, &bills.secret, &orders.token).await.text, r#"{"active":false}"#);
    assert_eq!(ask(&api, &orders, &orders.secret, "nothing").await.text, r#"{"active":false}"#);
    assert_eq!(ask(&api, &orders, &orders.secret, &api.token).await.text, r#"{"active":false}"#);
    // Each by its own method, with its own secret.
    ask_by_form(&api, &orders, &orders.secret, &orders.token).await.is_refused(401, "invalid_client");
    ask(&api, &bills, &bills.secret, &bills.token).await.is_refused(401, "invalid_client");
    ask(&api, &orders, &bills.secret, &orders.token).await.is_refused(401, "invalid_client");
    // A change of either acts at once.
    let body = json!({ "name": "orders", "audience": "https://orders.example", "introspectEndpointAuthMethod": "CLIENT_SECRET_POST" });
    api.put(&orders.path, &body).await.expect(200);
    ask(&api, &orders, &orders.secret, &orders.token).await.is_refused(401, "invalid_client");
    let old = ask_by_form(&api, &orders, &orders.secret, &orders.token).await;
    assert_eq!(old.text, r#"{"active":false}"#, "the token is for what it was called before");
    api.delete(&bills.path).await.expect(204);
    ask_by_form(&api, &bills, &bills.secret, &bills.token).await.is_refused(401, "invalid_client");
}

/// A resource is a client nowhere else, and one without a method is told nothing (IN-05).
#[tokio::test]
async fn a_resource_may_do_nothing_but_ask() {
    let api = Admin::start().await;
    let orders = asking(&api, "orders", "CLIENT_SECRET_BASIC").await;
    for (endpoint, form) in [
        ("token", "grant_type=client_credentials"),
        ("token", "grant_type=client_credentials&scope=orders.read"),
        ("revoke", "token=x"),
        ("par", "response_type=code"),
    ] {
        let path = format!("/{}/as/{endpoint}", api.env);
        let answer = api.server.encoded_basic(&path, (&orders.id, &orders.secret), form).await;
        answer.is_refused(401, "invalid_client");
    }
    let none = asking(&api, "none", "NONE").await;
    let path = format!("/{}/as/introspect", api.env);
    ask(&api, &none, &none.secret, &none.token).await.is_refused(401, "invalid_client");
    let named = format!("client_id={}&token={}", none.id, none.token);
    api.server.encoded(&path, &named).await.is_refused(401, "invalid_client");
    // In another environment nobody knows it (TN-01).
    let elsewhere = Request::form(format!("/{}/as/introspect", api.home))
        .header("authorization", basic(&orders.id, &orders.secret));
    api.server.send(elsewhere.body(format!("token={}", orders.token))).await.is_refused(401, "invalid_client");
}

#[tokio::test]
async fn a_resources_secret_is_rotated_while_the_one_before_lives_on() {
    let api = Admin::start().await;
    let orders = asking(&api, "orders", "CLIENT_SECRET_BASIC").await;
    let path = format!("{}/secret", orders.path);
    api.delete(&path).await.refuses(404, "NOT_FOUND", "", "");
    let works = async |secret: &str| ask(&api, &orders, secret, &orders.token).await.status == 200;
    assert!(works(&orders.secret).await);
    let rotated = api.post(&path, &ahead(&api, 600)).await.expect(200);
    let second = rotated["secret"].as_str().unwrap().to_owned();
    assert_eq!(rotated["previous"]["secret"], json!(orders.secret));
    assert!(rotated["previous"]["lastUsed"].is_null());
    assert!(works(&orders.secret).await && works(&second).await);
    api.delete(&path).await.expect(204);
    assert!(!works(&orders.secret).await && works(&second).await);
    let third = api.post(&path, &ahead(&api, 61)).await.expect(200)["secret"].as_str().unwrap().to_owned();
    assert!(works(&second).await && works(&third).await);
    api.wait(62);
    assert!(!works(&second).await && works(&third).await);
    assert!(api.get(&path).await.expect(200)["previous"].is_null());
    for (seconds, code) in [(59, "OUT_OF_RANGE"), (30 * 86_400 + 1, "OUT_OF_RANGE")] {
        api.post(&path, &ahead(&api, seconds)).await.refuses(400, "INVALID_DATA", code, "previous.expiresAt");
    }
    let fourth = api.typed("POST", &path, &[], "").await.text_of("secret");
    assert!(!works(&third).await && works(&fourth).await);
}

/// However many rotate it at once, each is told a secret or that another was first; the last of them is the one that works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_rotations_leave_one_secret() {
    let api = Admin::start().await;
    let orders = asking(&api, "orders", "CLIENT_SECRET_BASIC").await;
    let path = format!("{}/secret", orders.path);
    let body = json!({});
    let answers = crate::flow::join_all((0..100).map(|_| api.post(&path, &body))).await;
    let made: Vec<String> = answers.iter().filter(|a| a.status == 200).map(|a| a.text_of("secret")).collect();
    assert!(!made.is_empty());
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        assert!(matches!(lost.status, 409 | 429), "{} {}", lost.status, lost.text);
    }
    let now = api.get(&path).await.text_of("secret");
    assert!(made.contains(&now));
    assert_eq!(ask(&api, &orders, &now, &orders.token).await.status, 200);
    for secret in made.iter().filter(|secret| **secret != now).take(3) {
        ask(&api, &orders, secret, &orders.token).await.is_refused(401, "invalid_client");
    }
}
