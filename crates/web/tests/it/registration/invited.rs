//! Initial access tokens that administrators make (RFC 7591 §3).

use std::sync::Arc;

use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp, each_store};
use tokio::task::JoinSet;

use super::{allow, asking, call, holder, reason, text};

fn all() -> String {
    format!("/environments/{SANDBOX}/initialAccessTokens")
}

async fn make(server: &TestApp, members: Value) -> Value {
    let end = server.now().plus(3_600).to_string();
    let mut body = json!({ "name": "For a partner", "expiresAt": end });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.manage(Method::POST, &all(), Some(&body)).await.expect(201)
}

async fn register_by(server: &TestApp, token: &str, metadata: &Value) -> Answer {
    server.send(Request::post(server.at("register")).json(metadata).bearer_auth(token)).await
}

async fn refused(server: &TestApp, token: &str) -> protocol::audit::Refusal {
    let answer = register_by(server, token, &asking()).await;
    answer.is_refused(401, "invalid_token");
    assert_eq!(reason(server, &answer).await, Reason::RegistrationTokenInvalid);
    let correlation = protocol::id::CorrelationId::parse(answer.header("correlation-id")).unwrap();
    server.app.store.explain(correlation).await.unwrap().remove(0).event.refusal.unwrap()
}

/// CR-01: told once and kept as a hash; good for so many clients, until it expires or is taken back.
#[tokio::test]
async fn a_token_is_good_for_so_many_clients_and_so_long() {
    each_store(|server| async move {
        allow(&server, "INITIAL_ACCESS_TOKEN").await;
        let made = make(&server, json!({ "maxRegistrations": 2 })).await;
        let (id, token) = (text(&made, "id"), text(&made, "token"));
        assert_eq!((&made["maxRegistrations"], &made["registrations"]), (&json!(2), &json!(0)));
        let one = format!("{}/{id}", all());
        let read = server.manage(Method::GET, &one, None).await.expect(200);
        let listed = server.manage(Method::GET, &all(), None).await.expect(200);
        for told in [&read, &listed["_embedded"]["initialAccessTokens"][0]] {
            assert_eq!((told.get("token"), &told["name"]), (None, &json!("For a partner")), "{told}");
        }
        assert!(!listed.to_string().contains(token));
        let stored = format!(
            "{:?}",
            server.app.store.get::<protocol::model::InitialAccessToken>(SANDBOX, &[id.parse().unwrap()]).await
        );
        assert!(stored.contains("For a partner") && !stored.contains(token), "{stored}");

        // What is refused for another reason counts for nothing.
        register_by(&server, token, &json!({ "redirect_uris": ["javascript:x"] }))
            .await
            .is_refused(400, "invalid_redirect_uri");
        // As for an administrator's own token: every grant, and people are not asked.
        let service = json!({ "grant_types": ["client_credentials"], "client_name": "A service" });
        let first = register_by(&server, token, &service).await.expect(201);
        let client = (text(&first, "client_id"), text(&first, "client_secret"));
        server.encoded_basic(&server.at("token"), client, "grant_type=client_credentials").await.expect(200);
        let second = register_by(&server, token, &asking()).await.expect(201);
        assert_ne!(second["client_id"], first["client_id"]);
        assert!(refused(&server, token).await.came.contains("good for 2"));
        assert_eq!(server.manage(Method::GET, &one, None).await.expect(200)["registrations"], 2);
        // It registers, and does nothing else: neither the client's management nor the API takes it.
        let mut other = first.clone();
        other["registration_access_token"] = json!(token);
        call(&server, Method::GET, &other, None).await.is_refused(401, "invalid_token");
        assert_eq!(server.send(Request::get(format!("/v1{}", all())).bearer_auth(token)).await.status, 401);
    })
    .await;
}

/// CR-01, TN-01: what is none, has ended or was taken back is none, and so is another environment's.
#[tokio::test]
async fn a_token_that_is_none_any_more_registers_nothing() {
    each_store(|server| async move {
        allow(&server, "INITIAL_ACCESS_TOKEN").await;
        let made = make(&server, json!({ "maxRegistrations": 9 })).await;
        let token = text(&made, "token");
        let mut wrong = token.to_owned();
        wrong.replace_range(40..41, if wrong.as_bytes()[40] == b'A' { "B" } else { "A" });
        assert_eq!(refused(&server, &wrong).await.came, "another text");
        let answer = server
            .send(Request::post(server.at("register")).json(&asking()).header("authorization", format!("DPoP {token}")))
            .await;
        answer.is_refused(401, "invalid_token");
        register_by(&server, token, &asking()).await.expect(201);
        server.manage(Method::DELETE, &format!("{}/{}", all(), text(&made, "id")), None).await.expect(204);
        assert!(refused(&server, token).await.came.contains("not there"));

        let made = make(&server, json!({})).await;
        assert_eq!(made["maxRegistrations"], 1);
        server.wait(3_601);
        assert!(refused(&server, text(&made, "token")).await.came.contains("expired"));
        // Housekeeping takes what has expired.
        server.wait(3_601);
        server.base.store.purge(server.now(), server.now().plus(-1)).await.unwrap();
        assert_eq!(
            server.manage(Method::GET, &all(), None).await.expect(200)["_embedded"]["initialAccessTokens"],
            json!([])
        );
        // TN-01: another environment's.
        allow(&server, "OPEN").await;
        let there = format!("/environments/{}/initialAccessTokens", engine::bootstrap::dev::ADMIN_ENVIRONMENT);
        let body = json!({ "name": "x", "expiresAt": server.now().plus(60).to_string() });
        let there = server.manage(Method::POST, &there, Some(&body)).await.expect(201);
        assert!(refused(&server, text(&there, "token")).await.came.contains("not there"));
    })
    .await;
}

/// CR-01, CR-12: of a hundred who come at once with the last use one is served, and one client is there.
#[tokio::test]
async fn of_many_at_once_the_last_use_is_for_one() {
    each_store(|server| async move {
        allow(&server, "INITIAL_ACCESS_TOKEN").await;
        let made = make(&server, json!({ "maxRegistrations": 3 })).await;
        let token = text(&made, "token").to_owned();
        for _ in 0..2 {
            register_by(&server, &token, &asking()).await.expect(201);
        }
        let server = Arc::new(server);
        let mut tries = JoinSet::new();
        for _ in 0..100 {
            let (server, token) = (server.clone(), token.clone());
            tries.spawn(async move { register_by(&server, &token, &asking()).await.status });
        }
        let statuses = tries.join_all().await;
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [201, 401].contains(status)), "{statuses:?}");
        let all = format!("/environments/{SANDBOX}/applications");
        let listed = server.manage(Method::GET, &all, None).await.expect(200);
        let named =
            listed["_embedded"]["applications"].as_array().unwrap().iter().filter(|one| one["name"] == "A client");
        assert_eq!(named.count(), 3);
    })
    .await;
}

/// CR-07, RFC 7592 §2.2: what a token limits its clients to holds when they are changed as well.
#[tokio::test]
async fn a_token_limits_what_its_clients_may_have() {
    let server = TestApp::build().strict().start().await;
    allow(&server, "OPEN").await;
    let made = make(&server, json!({ "grantTypes": ["AUTHORIZATION_CODE"], "maxRegistrations": 9 })).await;
    assert_eq!(made["grantTypes"], json!(["AUTHORIZATION_CODE"]));
    let token = text(&made, "token");
    let mut wanted = asking();
    wanted["grant_types"] = json!(["authorization_code", "refresh_token", "client_credentials"]);
    let registered = register_by(&server, token, &wanted).await.expect(201);
    assert_eq!(registered["grant_types"], json!(["authorization_code"]));
    wanted["client_id"] = registered["client_id"].clone();
    server.manage(Method::DELETE, &format!("{}/{}", all(), text(&made, "id")), None).await.expect(204);
    let replaced = call(&server, Method::PUT, &registered, Some(&wanted)).await.expect(200);
    assert_eq!(replaced["grant_types"], json!(["authorization_code"]));
    wanted["grant_types"] = json!(["client_credentials"]);
    call(&server, Method::PUT, &registered, Some(&wanted)).await.is_refused(400, "invalid_client_metadata");
}

/// MG-05: whoever may not create applications lets nobody else do it; what is no token is not made.
#[tokio::test]
async fn whoever_may_not_create_applications_makes_none() {
    let server = TestApp::build().strict().start().await;
    let end = server.now().plus(3_600).to_string();
    let good = json!({ "name": "x", "expiresAt": end });
    let path = format!("/v1{}", all());
    for role in ["Identity Data Admin", "Configuration Read Only", "Help Desk Admin", "Client Application Developer"] {
        let token = holder(&server, role).await;
        let status = if role == "Client Application Developer" { 201 } else { 403 };
        server.send(Request::post(&path).json(&good).bearer_auth(&token)).await.expect(status);
    }
    let made = make(&server, json!({})).await;
    let reader = holder(&server, "Configuration Read Only").await;
    let one = format!("{path}/{}", text(&made, "id"));
    let read = server.send(Request::get(&one).bearer_auth(&reader)).await.expect(200);
    assert!(read.get("token").is_none());
    server.send(Request::new(Method::DELETE, &one).bearer_auth(&reader)).await.expect(403);
    for (members, target) in [
        (json!({ "expiresAt": null }), "expiresAt"),
        (json!({ "expiresAt": "tomorrow" }), "expiresAt"),
        (json!({ "expiresAt": "2001-01-01T00:00:00Z" }), "expiresAt"),
        (json!({ "name": null }), "name"),
        (json!({ "maxRegistrations": 0 }), "maxRegistrations"),
        (json!({ "maxRegistrations": 1_000_001 }), "maxRegistrations"),
        (json!({ "grantTypes": ["PASSWORD"] }), "grantTypes"),
    ] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let refused = server.manage(Method::POST, &all(), Some(&body)).await.expect(400);
        assert!(text(&refused["details"][0], "target").starts_with(target), "{members}: {refused}");
    }
    // What only the server says is not heard.
    let made = make(&server, json!({ "token": "mine", "registrations": -5, "id": "mine", "hash": "mine" })).await;
    assert!(text(&made, "token").len() == 64 && made["registrations"] == 0);
}
