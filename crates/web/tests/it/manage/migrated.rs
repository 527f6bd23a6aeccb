//! Users who come with a password that another system hashed, and people who are signed on.

use engine::bootstrap::dev;
use engine::import::{Existing, Import, Line};
use http::Method;
use protocol::id::{EnvironmentId, UserId};
use serde_json::{Value, json};
use testkit::{Answer, TestApp, each_store};

use crate::attacks::begin;

const PASSWORD: &str = "Migrated-Horse-7";

/// P8: kept as it is, right at the next sign-on, and hashed anew then.
#[tokio::test]
async fn a_hash_of_another_system_signs_on_once_and_is_made_anew() {
    each_store(|app| async move {
        for hash in HASHES {
            let set = password(&app, Method::PUT, "password.set", &json!({ "value": hash })).await;
            assert!(!set.text.contains(&hash[hash.len() - 12..]), "LG-01: no hash is answered");
            assert_eq!(set.expect(200)["status"], "OK");
            assert_eq!(stored(&app).await, hash, "kept as it came");
            let wrong = json!({ "password": format!("{PASSWORD}x") });
            password(&app, Method::POST, "password.check", &wrong).await.refuses(
                400,
                "INVALID_DATA",
                "INVALID_VALUE",
                "password",
            );
            sign_on(&app, "Migrated-horse-7").await.expect(400);
            assert_eq!(stored(&app).await, hash, "a wrong one makes nothing anew");
            sign_on(&app, PASSWORD).await.expect(200);
            let anew = stored(&app).await;
            assert!(anew.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
            sign_on(&app, PASSWORD).await.expect(200);
            assert_eq!(stored(&app).await, anew);
        }
    })
    .await;
}

/// P8: an import and `password.setValue` bring them too, with what else they ask for.
#[tokio::test]
async fn an_import_may_bring_a_hash() {
    each_store(|app| async move {
        let body = json!({
            "username": "eve", "email": "eve@example.com", "password": { "value": HASHES[0], "forceChange": true },
        });
        let users = format!("/environments/{}/users", dev::ENVIRONMENT);
        let made = typed(&app, Method::POST, &users, "user.import", &body).await.expect(201);
        let own = format!("{users}/{}/password", made["id"].as_str().unwrap());
        assert_eq!(app.manage(Method::GET, &own, None).await.expect(200)["status"], "MUST_CHANGE_PASSWORD");
        typed(&app, Method::POST, &own, "password.check", &json!({ "password": PASSWORD })).await.expect(200);
        let brought = json!({ "value": HASHES[4], "bypassPolicy": true, "forceChange": false });
        assert_eq!(typed(&app, Method::PUT, &own, "password.setValue", &brought).await.expect(200)["status"], "OK");
        typed(&app, Method::POST, &own, "password.check", &json!({ "password": PASSWORD })).await.expect(200);
    })
    .await;
}

/// P8: what this server could not check, or not without harm, is refused when it is written and not when somebody signs on.
#[tokio::test]
async fn a_hash_that_cannot_be_checked_is_refused() {
    each_store(|app| async move {
        let before = stored(&app).await;
        let users = format!("/environments/{}/users", dev::ENVIRONMENT);
        for hash in UNREADABLE {
            for action in ["password.set", "password.setValue"] {
                let refused =
                    password(&app, Method::PUT, action, &json!({ "value": hash, "bypassPolicy": true })).await;
                let body = refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "password");
                assert!(body["details"][0]["message"].as_str().unwrap().contains("{BCRYPT}"), "{hash} {body}");
            }
            let import = json!({ "username": "eve", "email": "eve@example.com", "password": { "value": hash } });
            let refused = typed(&app, Method::POST, &users, "user.import", &import).await;
            refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "password");
        }
        // Whoever chooses a password of their own types it.
        let reset = json!({ "currentPassword": dev::PASSWORD, "newPassword": HASHES[0] });
        let refused = password(&app, Method::PUT, "password.reset", &reset).await;
        refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "newPassword");
        assert_eq!(stored(&app).await, before);
        // Braces around what is no scheme are a password's.
        let braces = json!({ "value": "{curly}Horse-7" });
        password(&app, Method::PUT, "password.set", &braces).await.expect(200);
        sign_on(&app, "{curly}Horse-7").await.expect(200);
    })
    .await;
}

/// P9: where a person is signed on is told, and ended from outside with all that it gave.
#[tokio::test]
async fn sessions_are_listed_and_ended() {
    each_store(|app| async move {
        let sessions = format!("/environments/{}/users/{}/sessions", dev::ENVIRONMENT, dev::USER);
        let list = async || app.manage(Method::GET, &sessions, None).await.expect(200);
        assert_eq!((&list().await["_embedded"]["sessions"], &list().await["count"]), (&json!([]), &json!(0)));
        let first = sign_on(&app, dev::PASSWORD).await.expect(200)["session"]["id"].as_str().unwrap().to_owned();
        app.wait(1);
        let second = sign_on(&app, dev::PASSWORD).await.expect(200)["session"]["id"].as_str().unwrap().to_owned();
        let all = list().await;
        let ids = all["_embedded"]["sessions"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap());
        assert_eq!(ids.collect::<Vec<_>>(), [second.as_str(), first.as_str()]);
        let own = format!("{sessions}/{first}");
        let read = app.manage(Method::GET, &own, None).await;
        assert!(!read.text.contains("token"), "{}", read.text);
        let read = read.expect(200);
        assert_eq!((&read["id"], &read["user"]["id"]), (&json!(first), &json!(dev::USER.to_string())));
        for time in ["createdAt", "expiresAt"] {
            assert!(read[time].as_str().unwrap().ends_with('Z'), "{read}");
        }
        assert!(read["lastSignOn"]["withAuthenticator"]["pwd"]["at"].is_string(), "{read}");
        app.manage(Method::DELETE, &own, None).await.expect(204);
        for method in [Method::GET, Method::DELETE] {
            app.manage(method, &own, None).await.refuses(404, "NOT_FOUND", "", "");
        }
        assert_eq!(list().await["count"], 1);
        // Another user's, or nobody's, is not found under this one.
        let nobody = format!("{sessions}/{}", dev::USER);
        app.manage(Method::GET, &nobody, None).await.refuses(404, "NOT_FOUND", "", "");
    })
    .await;
}

/// C4: whoever an import disables is signed on nowhere, also when they are enabled again.
#[tokio::test]
async fn an_import_that_disables_a_user_ends_their_sessions() {
    each_store(|app| async move {
        let sessions = format!("/environments/{}/users/{}/sessions", dev::ENVIRONMENT, dev::USER);
        sign_on(&app, dev::PASSWORD).await.expect(200);
        for (enabled, count) in [(true, 1), (false, 0), (true, 0)] {
            let body = json!({ "username": dev::USERNAME, "email": "ada@example.com", "enabled": enabled });
            let body = body.as_object().unwrap().clone();
            let line = Line { number: 1, environment: EnvironmentId::new(dev::ENVIRONMENT), body, groups: Vec::new() };
            let (done, faults) = Import::new(app.app.clone(), Existing::Update).enter(vec![line]).await.unwrap();
            assert_eq!((done.updated, faults), (1, vec![]));
            assert_eq!(app.manage(Method::GET, &sessions, None).await.expect(200)["count"], count, "{enabled}");
        }
    })
    .await;
}

async fn sign_on(app: &TestApp, password: &str) -> Answer {
    let flow = begin(app).await;
    let body = json!({ "username": dev::USERNAME, "password": password }).to_string();
    let media = "application/vnd.pingidentity.usernamePassword.check+json";
    app.send(app.request(Method::POST, &flow).header("content-type", media).body(body)).await
}

async fn password(app: &TestApp, method: Method, action: &str, body: &Value) -> Answer {
    let own = format!("/environments/{}/users/{}/password", dev::ENVIRONMENT, dev::USER);
    typed(app, method, &own, action, body).await
}

async fn typed(app: &TestApp, method: Method, path: &str, action: &str, body: &Value) -> Answer {
    let request = app.request(method, &format!("/v1{path}")).bearer_auth(app.worker_token().await);
    let media = format!("application/vnd.pingidentity.{action}+json");
    app.send(request.header("content-type", media).body(body.to_string())).await
}

async fn stored(app: &TestApp) -> String {
    let (environment, user) = (EnvironmentId::new(dev::ENVIRONMENT), UserId::new(dev::USER));
    app.app.store.user(environment, user).await.unwrap().unwrap().password.unwrap().hash
}

/// Of [`PASSWORD`], made by other programs.
const HASHES: [&str; 13] = [
    "{BCRYPT}$2b$06$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "{bcrypt}$2y$06$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "{SSHA}Pq7jDNYaWUGGJ7NTLC8KjN78e/UxMjM0NTY3OA==",
    "{SSHA256}6fbb5OURiS+9kXZAhJiy6yuNnujhJcW8LgT7M3fpC4wxMjM0NTY3OA==",
    "{SSHA512}bWsTcqoRoMPxRNWoKPITmdX8hLFLBXmM5i8jl5ae3IJNlfB54Ic/TOaHCtGjRM7dE2uZ+vbtwLIYWEAlOF0usTEyMzQ1Njc4",
    "{PBKDF2}$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$ta0QnCuius6xTz42FHlJ3606HiIiusc7OJ+3TvBBhCU",
    "{PBKDF2-SHA256}1000$c2FsdHNhbHRzYWx0c2FsdA$ta0QnCuius6xTz42FHlJ3606HiIiusc7OJ.3TvBBhCU",
    "{PBKDF2-HMAC-SHA256}1000:ta0QnCuius6xTz42FHlJ3606HiIiusc7OJ+3TvBBhCVzYWx0c2FsdHNhbHRzYWx0",
    "$2a$06$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "{SCRYPT}$scrypt$ln=12,r=8,p=1$c2l4dGVlbi1vY3RldHMhIQ$NTHWUlfEndkzbGhMErXfF7w1eQhDXFJ1O63f3BF7Ucn34k0QdHvwxjEPZomHFlCyPSIsu7pZRX5NqXiRgsDOPQ",
    "{SALTED-SHA1}EWjy/Rmnw8NnroVplv+qh/59tlYxMjM0NTY3OA==",
    "{SALTED-SHA256}VVzM+LCoDGsQMf0dIUHtlmAzIEA9DIJV+DHMPxVjJIgxMjM0NTY3OA==",
    "{SALTED-SHA512}4ZlPInBjim5/dFnG6Ytc/sPQR59PPK5dWMb7kno+QTqEyoriEIBsCZqDcTvydf8YzrDYNh1lwAWOVJ+EHBN9izEyMzQ1Njc4",
];

/// Unknown, broken or too costly.
const UNREADABLE: [&str; 14] = [
    "{MD5}X03MO1qnZdYdgyfeuILPmQ==",
    "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
    "{SCRYPT}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "{SCRYPT}$scrypt$ln=30,r=8,p=1$c2l4dGVlbi1vY3RldHMhIQ$NTHWUlfEndkzbGhMErXfF7w1eQhDXFJ1O63f3BF7Ucn34k0QdHvwxjEPZomHFlCy",
    "{SALTED-MD5}X03MO1qnZdYdgyfeuILPmTEyMzQ1Njc4",
    "{CRYPT}$6$rounds=5000$saltsalt$DnbJ/jUeoXmKoeTShd.hvMQm52dAykpXUQXWn3JIUFPpK1ZR3qZ88nVb9GwBAVa80h.N8MAyexHa2S53Nmasi1",
    "$6$rounds=5000$saltsalt$DnbJ/jUeoXmKoeTShd.hvMQm52dAykpXUQXWn3JIUFPpK1ZR3qZ88nVb9GwBAVa80h.N8MAyexHa2S53Nmasi1",
    "{UNHEARD-OF}AAAAAAAAAAAAAAAAAAAAAAAA",
    "{SSHA512}AAAA",
    "{BCRYPT}$2b$31$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "{BCRYPT}$2b$06$\u{e4}bcdefghijklmnopqrstuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "$2b$20$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "{PBKDF2}$pbkdf2-sha256$i=4294967295,l=32$c2FsdHNhbHRzYWx0c2FsdA$ta0QnCuius6xTz42FHlJ3606HiIiusc7OJ+3TvBBhCU",
    "{ARGON2}$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
];
