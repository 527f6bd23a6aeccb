//! What a refusal costs, counted in password hashes: nothing else of a sign-on takes long enough to be told apart from outside.

use engine::bootstrap::dev;
use engine::world::World as _;
use protocol::change::{Change, Guard};
use protocol::id::{EnvironmentId, UserId};
use protocol::model::{Account, PasswordState, User};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, each_store};

use super::{begin, people};

/// PW-01: one hash for each, over which the account's state is not decided before.
#[tokio::test]
async fn every_refused_sign_on_costs_one_hash() {
    each_store(|app| async move {
        let kinds = ["wrong", "locked", "disabled", "passwordless"];
        let ids = people(&app, kinds.map(str::to_owned)).await;
        let environment = EnvironmentId::new(dev::ENVIRONMENT);
        let locked = Account { locked_at: Some(app.world.now()), ..Account::default() };
        let disabled = app.app.store.user(environment, ids[2]).await.unwrap().unwrap();
        let changes = vec![
            Change::SetAccount { environment, user: ids[1], was: Account::default(), judged: None, account: locked },
            Change::put(User { enabled: false, ..disabled }, Guard::Version),
            sets(environment, ids[3], None),
        ];
        app.furnish(changes).await;

        let flow = begin(&app).await;
        let mut told: Vec<Value> = Vec::new();
        for (name, password) in [
            ("wrong", "Another-password-1!"),
            ("unknown", dev::PASSWORD),
            ("locked", dev::PASSWORD),
            ("locked", "Another-password-1!"),
            ("disabled", dev::PASSWORD),
            ("passwordless", dev::PASSWORD),
            ("not\u{200b}a\u{0}name", dev::PASSWORD),
            // What no password can be costs the same, whoever it is said to belong to.
            ("wrong", "\u{7}"),
            ("unknown", "\u{7}"),
        ] {
            let before = app.app.passwords().taken();
            let answer = check(&app, &flow, name, password).await;
            assert_eq!(app.app.passwords().taken() - before, 1, "{name} {password}");
            // C6: whoever knows the password of a locked account is told.
            if (name, password) == ("locked", dev::PASSWORD) {
                answer.refuses(400, "INVALID_DATA", "PASSWORD_LOCKED_OUT", "password");
            } else {
                told.push(shape(&answer));
            }
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");

        // FL-04: what the state does not take costs nothing, however often it is sent.
        let before = app.app.passwords().taken();
        let change = json!({ "currentPassword": dev::PASSWORD, "newPassword": "Another-password-1!" });
        let request = app.request(Method::POST, &flow);
        let request = request.header("content-type", "application/vnd.pingidentity.password.reset+json");
        assert_eq!(app.send(request.body(change.to_string())).await.status, 400);
        assert_eq!(app.app.passwords().taken(), before);
        check(&app, &flow, dev::USERNAME, dev::PASSWORD).await.expect(200);
        let done = app.app.passwords().taken();
        assert_eq!(done, before + 1);
        assert_eq!(check(&app, &flow, dev::USERNAME, dev::PASSWORD).await.status, 400);
        assert_eq!(app.app.passwords().taken(), done);
    })
    .await;
}

/// TE-03: the password grant looks at no password, neither a right one nor a wrong one.
#[tokio::test]
async fn the_password_grant_costs_no_hash() {
    each_store(|app| async move {
        let before = app.app.passwords().taken();
        let client = dev::SHARED_WEB_APPLICATION.to_string();
        let mut told: Vec<Value> = Vec::new();
        for (username, password) in [(dev::USERNAME, dev::PASSWORD), (dev::USERNAME, "wrong"), ("unknown", "wrong")] {
            let fields = [
                ("grant_type", "password"),
                ("client_id", &client),
                ("client_secret", dev::SHARED_WEB_SECRET),
                ("username", username),
                ("password", password),
            ];
            let answer = app.form(&app.at("token"), &fields).await;
            assert_eq!((answer.status, answer.member("error")), (400, "unsupported_grant_type"));
            told.push(shape(&answer));
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
        assert_eq!(app.app.passwords().taken(), before);
        let user = UserId::new(dev::USER);
        let user = app.app.store.user(EnvironmentId::new(dev::ENVIRONMENT), user).await.unwrap().unwrap();
        assert_eq!(user.account.failures, 0, "nothing was counted either");
    })
    .await;
}

async fn check(app: &TestApp, flow: &str, name: &str, password: &str) -> Answer {
    let body = json!({ "username": name, "password": password });
    let request = app.request(Method::POST, flow);
    let request = request.header("content-type", "application/vnd.pingidentity.usernamePassword.check+json");
    app.send(request.body(body.to_string())).await
}

/// Everything that was told but the number of the request and the time of day.
fn shape(answer: &Answer) -> Value {
    let mut headers: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.retain(|line| !line.starts_with("correlation-id:") && !line.starts_with("date:"));
    headers.sort();
    let body = answer.text.replace(answer.correlation(), "<number>");
    json!({ "status": answer.status, "headers": headers, "body": body })
}

/// Whatever it was before.
fn sets(environment: EnvironmentId, user: UserId, password: Option<PasswordState>) -> Change {
    Change::SetPassword { environment, user, was: None, password, end_families: false, retiring: None }
}
