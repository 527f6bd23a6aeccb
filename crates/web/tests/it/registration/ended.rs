//! What a client holds is not ended by who did not know of it (RFC 7592 §2.3).

use engine::unused::end_unused;
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Request, SANDBOX, each_store};

use super::{allow, call, called, give, holder, reason, register, setting, text};
use crate::manage::held::COMMIT;

/// CR-09: a client that is given a role while it deletes itself is what administers, and stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_client_deletes_itself_that_was_given_a_role_meanwhile() {
    each_store(|server| async move {
        allow(&server, "OPEN").await;
        let registered = register(&server, &super::asking()).await.expect(201);
        let id = text(&registered, "client_id");
        let delete = called(&server, Method::DELETE, &registered, None);
        let late = server.between(COMMIT, server.send(delete), give(&server, id, "Client Application Developer")).await;
        late.is_refused(401, "invalid_token");
        assert_eq!(reason(&server, &late).await, Reason::RegistrationTokenInvalid);
        call(&server, Method::GET, &registered, None).await.expect(200);
        let roles = format!("/environments/{SANDBOX}/applications/{id}/roleAssignments");
        let held = server.manage(Method::GET, &roles, None).await.expect(200);
        assert_eq!(held["count"], 1);
        // Whoever administers takes the role, and then it may.
        let held = text(&held["_embedded"]["roleAssignments"][0], "id");
        server.manage(Method::DELETE, &format!("{roles}/{held}"), None).await.expect(204);
        assert_eq!(call(&server, Method::DELETE, &registered, None).await.status, 204);
    })
    .await;
}

/// MG-06: nor does an administrator end it who holds less than it was given meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_deletes_a_client_that_was_given_more_than_they_hold_meanwhile() {
    each_store(|server| async move {
        allow(&server, "OPEN").await;
        let registered = register(&server, &super::asking()).await.expect(201);
        let id = text(&registered, "client_id");
        let weaker = holder(&server, "Client Application Developer").await;
        let path = format!("/v1/environments/{SANDBOX}/applications/{id}");
        let delete = || Request::new(Method::DELETE, &path).bearer_auth(&weaker);
        let late = server.between(COMMIT, server.send(delete()), give(&server, id, "Identity Data Admin")).await;
        late.expect(403);
        server.send(delete()).await.expect(403);
        call(&server, Method::GET, &registered, None).await.expect(200);
        // One who holds as much is not held up by a role that was given meanwhile.
        let strong = server.worker_token().await;
        let delete = Request::new(Method::DELETE, &path).bearer_auth(&strong);
        let other = give(&server, id, "Client Application Developer");
        server.between(COMMIT, server.send(delete), other).await.expect(204);
        call(&server, Method::GET, &registered, None).await.is_refused(401, "invalid_token");
    })
    .await;
}

/// CR-09: what a sign-on policy names stays: for the client itself, for the cleaning, and while both happen at once; and then it ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_client_ends_that_a_sign_on_policy_names() {
    each_store(|server| async move {
        allow(&server, "OPEN").await;
        setting(&server, json!({ "unusedClientDays": 1 })).await;
        let policies = format!("/environments/{SANDBOX}/signOnPolicies");
        let policy = server.manage(Method::POST, &policies, Some(&json!({ "name": "Devices" }))).await.expect(201);
        let actions = format!("{policies}/{}/actions", text(&policy, "id"));
        let name = async |registered: &Value| {
            let action = json!({ "type": "MULTI_FACTOR_AUTHENTICATION", "priority": 1, "noDevicesMode": "BLOCK",
                "applications": [{ "id": registered["client_id"] }] });
            server.manage(Method::POST, &actions, Some(&action)).await
        };
        let registered = register(&server, &super::asking()).await.expect(201);
        let delete = called(&server, Method::DELETE, &registered, None);
        let mut action = json!(null);
        let names = async { action = name(&registered).await.expect(201) };
        let late = server.between(COMMIT, server.send(delete), names).await;
        late.is_refused(401, "invalid_token");
        call(&server, Method::DELETE, &registered, None).await.is_refused(401, "invalid_token");
        server.wait(2 * 86_400);
        for _ in 0..10 {
            let other = register(&server, &super::asking()).await.expect(201);
            server.wait(86_401);
            let (made, ended) = tokio::join!(name(&other), end_unused(&server.app));
            assert_eq!(ended.unwrap(), usize::from(made.status != 201), "{}", made.text);
            if made.status == 201 {
                let one = format!("{actions}/{}", text(&made.body, "id"));
                server.manage(Method::PUT, &one, Some(&json!({ "type": "LOGIN", "priority": 1 }))).await.expect(200);
                assert_eq!(end_unused(&server.app).await.unwrap(), 1);
            }
        }
        assert_eq!(end_unused(&server.app).await.unwrap(), 0);
        let one = format!("{actions}/{}", text(&action, "id"));
        server.manage(Method::PUT, &one, Some(&json!({ "type": "LOGIN", "priority": 1 }))).await.expect(200);
        assert_eq!(end_unused(&server.app).await.unwrap(), 1);
    })
    .await;
}
