//! What users do to themselves, by the scopes of their token, from a page of another origin.

use engine::bootstrap::dev;
use http::Method;
use protocol::change::{Change, Guard};
use protocol::id::{RoleAssignmentId, UserId};
use protocol::mailed::may_recover;
use protocol::model::{ActorKind, Role, RoleAssignment, RoleScope};
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp};
use uuid::Uuid;

const ORIGIN: &str = "http://localhost:3000";

/// A token of the seeded user for the shared application with these scopes of the management API.
pub(super) async fn token(server: &TestApp, scopes: &[&str]) -> String {
    token_by(server, &dev::SHARED_WEB_APPLICATION.to_string(), dev::SHARED_WEB_SECRET, scopes).await
}

/// The same for another application.
async fn token_by(server: &TestApp, client: &str, secret: &str, scopes: &[&str]) -> String {
    let base = format!("/environments/{SANDBOX}");
    let path = format!("{base}/resources?filter=type%20eq%20%22PINGONE_API%22");
    let resources = server.manage(Method::GET, &path, None).await.expect(200);
    let resource = &resources["_embedded"]["resources"][0]["id"];
    let path = format!("{base}/resources/{}/scopes", resource.as_str().unwrap());
    let all = server.manage(Method::GET, &path, None).await.expect(200);
    let ids: Vec<Value> =
        all["_embedded"]["scopes"].as_array().unwrap().iter().map(|s| json!({ "id": s["id"] })).collect();
    let grant = json!({ "resource": { "id": resource }, "scopes": ids });
    let grants = format!("{base}/applications/{client}/grants");
    server.manage(Method::POST, &grants, Some(&grant)).await;
    let scope = std::iter::once("openid").chain(scopes.iter().copied()).collect::<Vec<_>>().join(" ");
    let code = server.sign_on_with(&[("client_id", client), ("scope", &scope)]).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", dev::REDIRECT_URI),
        ("client_id", client),
        ("client_secret", secret),
    ];
    server.form(&server.at("token"), &fields).await.text_of("access_token")
}

pub(super) async fn call(
    server: &TestApp,
    token: &str,
    method: &str,
    below: &str,
    body: Option<(&str, Value)>,
) -> Answer {
    let path = format!("/v1/environments/{SANDBOX}/users/{below}");
    let request = Request::new(method, path.trim_end_matches('/')).bearer_auth(token).header("origin", ORIGIN);
    server
        .send(body.into_iter().fold(request, |r, (media, body)| r.header("content-type", media).body(body.to_string())))
        .await
}

/// The user's token by a worker, in which their roles count.
pub(super) async fn console(server: &TestApp) -> String {
    let worker = json!({
        "name": "Console", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT", "responseTypes": ["CODE"],
        "grantTypes": ["AUTHORIZATION_CODE"], "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
        "redirectUris": [dev::REDIRECT_URI],
    });
    let applications = format!("/environments/{SANDBOX}/applications");
    let worker = server.manage(Method::POST, &applications, Some(&worker)).await.expect(201);
    let worker = worker["id"].as_str().unwrap();
    let secret = server.manage(Method::GET, &format!("{applications}/{worker}/secret"), None).await;
    token_by(server, worker, &secret.text_of("secret"), &["p1:read:user"]).await
}

const JSON: &str = "application/json";
const RESET: &str = "application/vnd.pingidentity.password.reset+json";
const SET: &str = "application/vnd.pingidentity.password.set+json";
const CHECK: &str = "application/vnd.pingidentity.password.check+json";
const SET_VALUE: &str = "application/vnd.pingidentity.password.setValue";
const FORCE: &str = "application/vnd.pingidentity.password.forceChange+json";

/// P10: each scope gives its own call on the user itself, and none of the others.
#[tokio::test]
async fn a_users_own_token_reaches_the_user_itself() {
    let server = TestApp::inside().await;
    let me = dev::USER.to_string();
    let calls = |nickname: &str| {
        [
            ("p1:read:user", "GET", me.clone(), None),
            ("p1:update:user", "PATCH", me.clone(), Some((JSON, json!({ "nickname": nickname })))),
            ("p1:read:userPassword", "GET", format!("{me}/password"), None),
            ("p1:read:sessions", "GET", format!("{me}/sessions"), None),
            (
                "p1:validate:userPassword",
                "POST",
                format!("{me}/password"),
                Some((CHECK, json!({ "password": dev::PASSWORD }))),
            ),
        ]
    };
    for (own, ..) in calls("") {
        let token = token(&server, &[own]).await;
        for (scope, method, below, body) in calls(own) {
            let answer = call(&server, &token, method, &below, body).await;
            assert_eq!(answer.status, if scope == own { 200 } else { 403 }, "{own}: {method} {below} {}", answer.text);
            assert_eq!(answer.header("access-control-allow-origin"), ORIGIN);
        }
    }
    let without = token(&server, &[]).await;
    assert_eq!(call(&server, &without, "GET", &me, None).await.status, 403);
}

/// P10: what is an administrator's stays theirs.
#[tokio::test]
async fn a_users_own_token_reaches_nothing_else() {
    let server = TestApp::inside().await;
    let me = dev::USER.to_string();
    let all = [
        "p1:read:user",
        "p1:update:user",
        "p1:reset:userPassword",
        "p1:validate:userPassword",
        "p1:read:sessions",
        "p1:delete:sessions",
    ];
    let token = token(&server, &all).await;
    let other = json!({ "username": "other", "email": "other@example.com" });
    let users = format!("/environments/{SANDBOX}/users");
    let other = server.manage(Method::POST, &users, Some(&other)).await.expect(201);
    let other = other["id"].as_str().unwrap();
    let population = json!({ "name": "Elsewhere" });
    let population =
        server.manage(Method::POST, &format!("/environments/{SANDBOX}/populations"), Some(&population)).await;
    let elsewhere = json!({ "population": { "id": population.expect(201)["id"] } });
    for (method, below, body) in [
        ("GET", other.to_owned(), None),
        ("PATCH", other.to_owned(), Some((JSON, json!({ "nickname": "x" })))),
        ("PATCH", me.clone(), Some((JSON, elsewhere))),
        ("PATCH", me.clone(), Some((JSON, json!({ "externalId": "x" })))),
        ("PATCH", me.clone(), Some((JSON, json!({ "username": "somebody-else" })))),
        ("PATCH", me.clone(), Some((JSON, json!({ "type": "x" })))),
        ("DELETE", me.clone(), None),
        ("PUT", format!("{me}/enabled"), Some((JSON, json!({ "enabled": true })))),
        ("PUT", format!("{me}/verifyStatus"), Some((JSON, json!({ "verifyStatus": "ENABLED" })))),
        ("PATCH", me.clone(), Some((JSON, json!({ "lifecycle": { "status": "VERIFICATION_REQUIRED" } })))),
        ("GET", format!("{other}/sessions"), None),
        ("GET", format!("{me}/linkedAccounts"), None),
        ("PUT", format!("{me}/password"), Some((SET_VALUE, json!({})))),
        ("PUT", format!("{me}/password"), Some((SET, json!({ "value": "Another-good-1!" })))),
        ("POST", format!("{me}/password"), Some((FORCE, json!({})))),
        ("GET", String::new(), None),
    ] {
        let answer = call(&server, &token, method, below.as_str(), body).await;
        assert_eq!(answer.status, 403, "{method} {below}: {}", answer.text);
    }
    // An address that they wrote themselves is verified no more.
    let written = (JSON, json!({ "email": "new@example.com" }));
    let answer = call(&server, &token, "PATCH", &me, Some(written)).await;
    assert_eq!(answer.expect(200)["emailVerified"], false);
    // PW-11: nor is a new password sent there, whoever has the token, until it is.
    let whole = server.manage(Method::GET, &format!("{users}/{me}"), None).await.expect(200);
    assert_eq!(whole["lifecycle"]["status"], "VERIFICATION_REQUIRED");
    let user = server.app.store.user(SANDBOX, UserId::new(dev::USER)).await.unwrap().unwrap();
    assert_eq!(may_recover(&user), Err("a user whose address is still to be verified"));
    let reset = (RESET, json!({ "currentPassword": dev::PASSWORD, "newPassword": "Another-good-1!" }));
    let answer = call(&server, &token, "PUT", &format!("{me}/password"), Some(reset)).await;
    answer.expect(200);
}

/// P10: a user ends their own sessions, and with one what it gave.
#[tokio::test]
async fn a_user_ends_their_own_session() {
    let server = TestApp::inside().await;
    let me = dev::USER.to_string();
    let reads = token(&server, &["p1:read:sessions"]).await;
    server.wait(1);
    let ends = token(&server, &["p1:delete:sessions"]).await;
    let all = call(&server, &reads, "GET", &format!("{me}/sessions"), None).await.expect(200);
    let own = format!("{me}/sessions/{}", all["_embedded"]["sessions"][0]["id"].as_str().unwrap());
    assert_eq!(call(&server, &reads, "GET", &own, None).await.expect(200)["id"], all["_embedded"]["sessions"][0]["id"]);
    assert_eq!(call(&server, &reads, "DELETE", &own, None).await.status, 403);
    // The newest is the one that gave this token.
    call(&server, &ends, "DELETE", &own, None).await.expect(204);
    assert_eq!(call(&server, &ends, "DELETE", &own, None).await.status, 401);
}

/// P10: what an administrator may do is in the tokens of workers alone. An application that was let read them does no more with theirs.
#[tokio::test]
async fn an_administrators_roles_are_not_in_the_tokens_of_other_applications() {
    let server = TestApp::inside().await;
    let id = Uuid::from_u128(1);
    let held = RoleAssignment {
        id: RoleAssignmentId::new(id),
        environment: SANDBOX,
        actor: dev::USER,
        actor_kind: ActorKind::User,
        role: Role::IDENTITY_DATA_ADMIN,
        scope: RoleScope::Environment(SANDBOX),
        read_only: false,
    };
    server.furnish(vec![Change::put(held, Guard::New)]).await;
    let console = console(&server).await;
    let page = token(&server, &["p1:read:user"]).await;
    let me = dev::USER.to_string();
    for (token, all) in [(&console, 200), (&page, 403)] {
        assert_eq!(call(&server, token, "GET", "", None).await.status, all);
        assert_eq!(call(&server, token, "GET", &me, None).await.status, 200);
        let written = call(&server, token, "PATCH", &me, Some((JSON, json!({ "nickname": "x" })))).await;
        assert_eq!(written.status, all);
    }
}

/// P10, D21: pages of registered origins may call, and read refusals too; no others.
#[tokio::test]
async fn the_management_api_answers_pages_of_registered_origins() {
    let server = TestApp::inside().await;
    let path = format!("/v1/environments/{SANDBOX}/users/{}", dev::USER);
    let preflight = |path: &str, origin: &str| {
        Request::new("OPTIONS", path)
            .header("origin", origin)
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "authorization,content-type,traceparent")
    };
    for path in [path.clone(), format!("/v1{path}")] {
        let answer = server.send(preflight(&path, ORIGIN)).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, ORIGIN));
        assert!(answer.header("access-control-allow-methods").contains("PATCH"));
        let fields = answer.header("access-control-allow-headers");
        assert!(fields.starts_with("Authorization, ") && fields.ends_with(", traceparent"), "{fields}");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        let refused = server.send(Request::get(&path).header("origin", ORIGIN)).await;
        assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, ORIGIN));
    }
    let home = format!("/v1/environments/{}/users/{}", dev::ADMIN_ENVIRONMENT, dev::USER);
    for (path, origin) in [(&*path, "https://evil.example"), (&*home, ORIGIN), ("/v1/organizations", ORIGIN)] {
        let answer = server.send(preflight(path, origin)).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, ""), "{path}");
    }
}
