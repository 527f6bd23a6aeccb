//! What users see and change of themselves by scopes that reach some of it (PingOne's `schemaAttributes`).

use engine::bootstrap::dev;
use http::Method;
use serde_json::{Value, json};
use testkit::{SANDBOX, TestApp};

use super::own::{call, token};

/// The scopes of the PingOne API: where they are, and one by its name.
async fn scopes(server: &TestApp, name: &str) -> (String, Value) {
    let base = format!("/environments/{SANDBOX}/resources");
    let list = server.manage(Method::GET, &base, None).await.expect(200);
    let rows = list["_embedded"]["resources"].as_array().unwrap();
    let api = rows.iter().find(|row| row["type"] == "PINGONE_API").unwrap()["id"].as_str().unwrap();
    let path = format!("{base}/{api}/scopes");
    let list = server.manage(Method::GET, &path, None).await.expect(200);
    let rows = list["_embedded"]["scopes"].as_array().unwrap();
    (path, rows.iter().find(|row| row["name"] == name).cloned().unwrap_or_default())
}

async fn add(server: &TestApp, name: &str, attributes: &[&str]) {
    let (path, _) = scopes(server, name).await;
    let body = json!({ "name": name, "schemaAttributes": attributes });
    server.manage(Method::POST, &path, Some(&body)).await.expect(201);
}

fn members(body: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_scope_shows_what_it_reaches_and_no_more() {
    let server = TestApp::inside().await;
    let me = dev::USER.to_string();
    add(&server, "p1:read:user:mail", &["email", "enabled"]).await;
    add(&server, "p1:read:user:name", &["name.given"]).await;
    add(&server, "p1:read:user:none", &[]).await;
    let own = token(&server, &["p1:read:user:mail"]).await;
    let seen = call(&server, &own, "GET", &me, None).await.expect(200);
    assert_eq!(members(&seen), ["_links", "email", "enabled", "environment", "id"]);
    assert_eq!(call(&server, &own, "GET", &format!("{me}/enabled"), None).await.status, 200);
    for below in ["population", "mfaEnabled", "verifyStatus", "identityProvider", "sessions"] {
        assert_eq!(call(&server, &own, "GET", &format!("{me}/{below}"), None).await.status, 403, "{below}");
    }
    let with_groups = format!("{me}?include=memberOfGroupIDs");
    let seen = call(&server, &own, "GET", &with_groups, None).await.expect(200);
    assert!(seen["memberOfGroupIDs"].is_null());

    let own = token(&server, &["p1:read:user:mail", "p1:read:user:name"]).await;
    let seen = call(&server, &own, "GET", &me, None).await.expect(200);
    assert_eq!(members(&seen), ["_links", "email", "enabled", "environment", "id", "name"]);
    assert_eq!(members(&seen["name"]), ["given"]);
    let own = token(&server, &["p1:read:user:none"]).await;
    assert_eq!(members(&call(&server, &own, "GET", &me, None).await.expect(200)), ["_links", "environment", "id"]);

    // Whoever holds the whole scope sees the whole user, until an administrator narrows it, also for tokens that are out.
    let all = token(&server, &["p1:read:user", "p1:read:user:mail"]).await;
    assert_eq!(call(&server, &all, "GET", &me, None).await.expect(200)["username"], dev::USERNAME);
    let (path, mut read) = scopes(&server, "p1:read:user").await;
    read["schemaAttributes"] = json!(["nickname"]);
    let one = format!("{path}/{}", read["id"].as_str().unwrap());
    server.manage(Method::PUT, &one, Some(&read)).await.expect(200);
    let seen = call(&server, &all, "GET", &me, None).await.expect(200);
    assert!(seen["username"].is_null() && seen["email"].is_string());
    read["schemaAttributes"] = json!(["*"]);
    server.manage(Method::PUT, &one, Some(&read)).await.expect(200);
    assert_eq!(call(&server, &all, "GET", &me, None).await.expect(200)["username"], dev::USERNAME);
    // A scope that is gone reaches nothing.
    let (path, mail) = scopes(&server, "p1:read:user:mail").await;
    let own = token(&server, &["p1:read:user:mail"]).await;
    server.manage(Method::DELETE, &format!("{path}/{}", mail["id"].as_str().unwrap()), None).await.expect(204);
    assert_eq!(call(&server, &own, "GET", &me, None).await.status, 403);
}

#[tokio::test]
async fn a_scope_changes_what_it_reaches_and_no_more() {
    let server = TestApp::inside().await;
    let me = dev::USER.to_string();
    add(&server, "p1:update:user:some", &["name.given", "nickname", "username"]).await;
    let own = token(&server, &["p1:update:user:some"]).await;
    let patch = async |body: Value| call(&server, &own, "PATCH", &me, Some(("application/json", body))).await;
    let changed = patch(json!({ "nickname": "jd", "name": { "given": "Janet" } })).await.expect(200);
    assert_eq!((&changed["nickname"], &changed["name"]), (&json!("jd"), &json!({ "given": "Janet" })));
    assert!(changed["email"].is_null() && changed["username"] == dev::USERNAME, "what it reaches is answered");
    for body in [
        json!({ "name": { "family": "Roe" } }),
        json!({ "email": "other@example.com" }),
        json!({ "name": null }),
        json!({ "nickname": "x", "title": "Dr" }),
        // What is an administrator's stays theirs, whatever a scope says.
        json!({ "username": "other" }),
    ] {
        assert_eq!(patch(body.clone()).await.status, 403, "{body}");
    }
    // It is no scope to read with.
    assert_eq!(call(&server, &own, "GET", &me, None).await.status, 403);
    // What is there already may be said again.
    assert_eq!(patch(json!({ "nickname": "jd", "email": "jane.doe@example.com" })).await.status, 200);
}

/// What an administrator adds to `openid` is asked for by whom it was granted, and told in the token.
#[tokio::test]
async fn a_scope_added_to_openid_needs_a_grant() {
    let server = TestApp::inside().await;
    let base = format!("/environments/{SANDBOX}");
    let list = server.manage(Method::GET, &format!("{base}/resources"), None).await.expect(200);
    let rows = list["_embedded"]["resources"].as_array().unwrap();
    let openid = rows.iter().find(|row| row["type"] == "OPENID_CONNECT").unwrap()["id"].clone();
    let path = format!("{base}/resources/{}/scopes", openid.as_str().unwrap());
    let pets = server.manage(Method::POST, &path, Some(&json!({ "name": "pets" }))).await.expect(201);
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let fields = [
        ("response_type", "code"),
        ("response_mode", "pi.flow"),
        ("redirect_uri", dev::REDIRECT_URI),
        ("client_id", client.as_str()),
        ("scope", "openid pets"),
    ];
    let refused = server.form(&server.at("authorize"), &fields).await;
    assert!(refused.text.contains("invalid_scope") || refused.status == 400, "{} {}", refused.status, refused.text);

    let grants = format!("{base}/applications/{client}/grants");
    let held = server.manage(Method::GET, &grants, None).await.expect(200);
    let held =
        held["_embedded"]["grants"].as_array().unwrap().iter().find(|grant| grant["resource"]["id"] == openid).cloned();
    let mut scopes: Vec<Value> =
        held.iter().flat_map(|grant| grant["scopes"].as_array().cloned().unwrap_or_default()).collect();
    scopes.push(json!({ "id": pets["id"] }));
    let body = json!({ "resource": { "id": openid }, "scopes": scopes });
    match held {
        Some(held) => {
            let one = format!("{grants}/{}", held["id"].as_str().unwrap());
            server.manage(Method::PUT, &one, Some(&body)).await.expect(200)
        }
        None => server.manage(Method::POST, &grants, Some(&body)).await.expect(201),
    };
    let code = server.sign_on_with(&[("client_id", client.as_str()), ("scope", "openid pets")]).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", dev::REDIRECT_URI),
        ("client_id", client.as_str()),
        ("client_secret", dev::SHARED_WEB_SECRET),
    ];
    let given = server.form(&server.at("token"), &fields).await.expect(200);
    assert_eq!(given["scope"], "openid pets");
}
