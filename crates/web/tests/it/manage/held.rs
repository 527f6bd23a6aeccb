//! What another administrator does between a decision and its commit is not undone by it.

use engine::bootstrap::dev;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp, each_store};

use crate::attacks::begin;

/// The number of the event that a commit records: drawn between the decision and the commit, and nothing else of its length is.
const COMMIT: usize = 10;
const OTHER: &str = "Another-Horse-8-Battery";
const THIRD: &str = "The-third-Horse-9-Battery";

/// FL-14, FL-16: neither a right nor a wrong password takes a lock away that came while it was compared.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lock_stays_that_came_while_a_password_was_compared() {
    each_store(|app| async move {
        let locks = async || {
            act(&app, Method::POST, "", "account.lock", &Value::Null).await.expect(200);
        };
        for password in [dev::PASSWORD, "wrong"] {
            let flow = begin(&app).await;
            let body = json!({ "username": dev::USERNAME, "password": password }).to_string();
            let check = app.request(Method::POST, &flow);
            let check = check.header("content-type", media("usernamePassword.check")).body(body);
            let late = app.between(COMMIT, app.send(check), locks()).await;
            late.refuses(400, "INVALID_DATA", "INVALID_CREDENTIALS", "password");
            assert!(account(&app).await["unlockAt"].is_null(), "the administrator's lock has no end");
            unlock(&app).await;
        }
        for password in [dev::PASSWORD, "wrong"] {
            // With a failure before, a right password has something to forget.
            act(&app, Method::POST, "/password", "password.check", &json!({ "password": "wrong" })).await.expect(400);
            let token = app.worker_token().await;
            let body = json!({ "password": password });
            let check = with(&app, &token, Method::POST, "/password", "password.check", &body);
            let late = app.between(COMMIT, app.send(check), locks()).await;
            late.refuses(400, "INVALID_DATA", "PASSWORD_LOCKED_OUT", "password");
            assert!(account(&app).await["unlockAt"].is_null());
            unlock(&app).await;
        }
    })
    .await;
}

/// What is said of a password is said of the one that there is when it is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_password_comes_back_that_was_replaced_meanwhile() {
    each_store(|app| async move {
        let token = app.worker_token().await;
        let set = async |value: &str| {
            let body = json!({ "value": value });
            act(&app, Method::PUT, "/password", "password.set", &body).await.expect(200);
        };
        let check = async |value: &str, status| {
            act(&app, Method::POST, "/password", "password.check", &json!({ "password": value })).await.expect(status)
        };
        let force = with(&app, &token, Method::POST, "/password", "password.forceChange", &Value::Null);
        let forced = app.between(COMMIT, app.send(force), set(OTHER)).await.expect(200);
        assert_eq!(forced["status"], "MUST_CHANGE_PASSWORD");
        check(dev::PASSWORD, 400).await;
        assert_eq!(check(OTHER, 200).await["status"], "MUST_CHANGE_PASSWORD");

        // Who knew the password of before does not write over the one of now.
        let body = json!({ "currentPassword": OTHER, "newPassword": THIRD });
        let reset = with(&app, &token, Method::PUT, "/password", "password.reset", &body);
        let late = app.between(COMMIT, app.send(reset), set(dev::PASSWORD)).await;
        late.refuses(400, "INVALID_DATA", "INVALID_VALUE", "currentPassword");
        check(THIRD, 400).await;
        check(dev::PASSWORD, 200).await;

        // A sign-on with the password of before opens nothing; one with that of now counts as no failure.
        for (typed, status) in [(dev::PASSWORD, 400), (THIRD, 200)] {
            unlock(&app).await;
            let flow = begin(&app).await;
            let body = json!({ "username": dev::USERNAME, "password": typed }).to_string();
            let signs_on = app.request(Method::POST, &flow);
            let signs_on = signs_on.header("content-type", media("usernamePassword.check")).body(body);
            let late = app.between(COMMIT, app.send(signs_on), set(if status == 400 { OTHER } else { THIRD })).await;
            late.expect(status);
        }
    })
    .await;
}

async fn account(app: &TestApp) -> Value {
    let user = app.manage(Method::GET, &path(""), None).await.expect(200);
    assert_eq!(user["account"]["status"], "LOCKED", "{user}");
    user["account"].clone()
}

async fn unlock(app: &TestApp) {
    act(app, Method::POST, "", "account.unlock", &Value::Null).await.expect(200);
}

async fn act(app: &TestApp, method: Method, below: &str, action: &str, body: &Value) -> Answer {
    let token = app.worker_token().await;
    app.send(with(app, &token, method, below, action, body)).await
}

fn with(app: &TestApp, token: &str, method: Method, below: &str, action: &str, body: &Value) -> Request {
    let request = app.request(method, &format!("/v1{}", path(below))).bearer_auth(token);
    request.header("content-type", media(action)).body(body.to_string())
}

fn media(action: &str) -> String {
    format!("application/vnd.pingidentity.{action}+json")
}

/// Below the seeded user.
fn path(below: &str) -> String {
    format!("/environments/{}/users/{}{below}", dev::ENVIRONMENT, dev::USER)
}
