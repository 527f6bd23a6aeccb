//! Passwords: wrong ones, locks, forced changes.

use protocol::change::{Change, Guard};
use protocol::model::{Account, PasswordState, User};
use serde_json::{Value, json};

use web::layers::rate::FailureLimits;

use super::join_all;
use testkit::people::PASSWORD;
use testkit::{People, TestApp};

#[tokio::test]
async fn every_failed_sign_on_is_told_alike() {
    // PW-01
    let people = People::start().await;
    let browser = people.browser();
    let mut told: Vec<Value> = Vec::new();
    for (name, password) in [
        ("nobody", PASSWORD),
        ("ann", "wrong"),
        ("carl", PASSWORD),
        ("dora", PASSWORD),
        ("a\u{200b}nn", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ] {
        let flow = people.begin(&browser, "").await;
        let body = json!({ "username": name, "password": password });
        let mut refused = browser.act(&flow, "usernamePassword.check", &body).await.expect(400);
        refused["id"] = "<id>".into();
        told.push(refused);
        assert_eq!(browser.read(&flow).await.expect(200)["status"], "USERNAME_PASSWORD_REQUIRED");
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
    assert_eq!(told[0]["code"], "INVALID_DATA");
    assert_eq!(
        (&told[0]["details"][0]["code"], &told[0]["details"][0]["target"]),
        (&json!("INVALID_CREDENTIALS"), &json!("password"))
    );
    assert!(browser.cookie("ST").is_none());
}

#[tokio::test]
async fn names_and_passwords_are_compared_in_one_form() {
    // PW-03, PW-07
    let people = People::start().await;
    let browser = people.browser();
    for name in ["ANN", "\u{ff21}nn"] {
        let flow = people.begin(&browser, "prompt=login").await;
        people.sign_on(&browser, &flow, name).await.expect(200);
    }
    let flow = people.begin(&browser, "prompt=login").await;
    let long = json!({ "username": "ann", "password": "x".repeat(1_000_000) });
    browser.act(&flow, "usernamePassword.check", &long).await.expect(413);
    let nul = json!({ "username": "ann\u{0}", "password": "\u{0}" });
    browser.act(&flow, "usernamePassword.check", &nul).await.expect(400);
}

#[tokio::test]
async fn parallel_guesses_are_counted_one_by_one() {
    // FL-14
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let bodies: Vec<_> = (0..24).map(|n| json!({ "username": "ann", "password": format!("wrong {n}") })).collect();
    let guesses = bodies.iter().map(|body| browser.act(&flow, "usernamePassword.check", body));
    for answer in join_all(guesses).await {
        answer.refuses(400, "INVALID_DATA", "INVALID_CREDENTIALS", "password");
    }
    let account = people.server.app.store.user(people.env, people.ann).await.unwrap().unwrap().account;
    assert_eq!(account.failures, 5);
    assert!(account.locked_at.is_some() && account.unlock_at.is_some());
    // C6: only who knows the right one learns that the account is locked.
    people.sign_on(&browser, &flow, "ann").await.refuses(400, "INVALID_DATA", "PASSWORD_LOCKED_OUT", "password");
    people.wait(840);
    let flow = people.begin(&browser, "").await;
    people.sign_on(&browser, &flow, "ann").await.expect(400);
    people.wait(61);
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    let account = people.server.app.store.user(people.env, people.ann).await.unwrap().unwrap().account;
    assert_eq!((account.failures, account.locked_at), (0, None));
}

#[tokio::test]
async fn a_password_that_must_change_is_changed_in_the_flow() {
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let waiting = people.sign_on(&browser, &flow, "bob").await.expect(200);
    assert_eq!(
        (&waiting["status"], &waiting["_embedded"]["user"]["username"]),
        (&json!("MUST_CHANGE_PASSWORD"), &json!("bob"))
    );
    assert!(waiting["_links"]["password.reset"].is_object() && waiting["session"].is_null());
    let policy = &waiting["_embedded"]["passwordPolicy"];
    assert_eq!((&policy["length"]["min"], &policy["minUniqueCharacters"]), (&json!(8), &json!(5)));
    assert!(browser.cookie("ST").is_none());
    let change = |current: &str, new: &str| json!({ "currentPassword": current, "newPassword": new });
    let wrong = browser.act(&flow, "password.reset", &change("wrong", "N3w-Password!")).await;
    wrong.refuses(400, "INVALID_DATA", "INVALID_CREDENTIALS", "currentPassword");
    let weak = browser.act(&flow, "password.reset", &change(PASSWORD, "aaa")).await;
    let inner = weak.body["details"][0]["innerError"].clone();
    weak.refuses(400, "INVALID_DATA", "INVALID_VALUE", "newPassword");
    assert!(inner["length"].is_string(), "{inner}");
    assert_eq!(inner["unsatisfiedRequirements"][0], "length");
    let same = browser.act(&flow, "password.reset", &change(PASSWORD, PASSWORD)).await;
    same.refuses(400, "INVALID_DATA", "INVALID_VALUE", "newPassword");
    let done = browser.act(&flow, "password.reset", &change(PASSWORD, "N3w-Password!")).await.expect(200);
    assert_eq!(done["status"], "COMPLETED");
    let resumed = browser.read(done["resumeUrl"].as_str().unwrap()).await.expect(200);
    people.exchange(resumed["authorizeResponse"]["code"].as_str().unwrap()).await.expect(200);
    let flow = people.begin(&browser, "prompt=login").await;
    people.sign_on(&browser, &flow, "bob").await.expect(400);
    let body = json!({ "username": "bob", "password": "N3w-Password!" });
    assert_eq!(browser.act(&flow, "usernamePassword.check", &body).await.expect(200)["status"], "COMPLETED");
}

#[tokio::test]
async fn one_source_cannot_guess_for_ever() {
    let people = People::on(TestApp::build().limits(FailureLimits { burst: 2, ..FailureLimits::default() })).await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let body = json!({ "username": "nobody", "password": "wrong" });
    for _ in 0..2 {
        browser.act(&flow, "usernamePassword.check", &body).await.expect(400);
    }
    let limited = browser.act(&flow, "usernamePassword.check", &body).await;
    assert!(!limited.header("retry-after").is_empty());
    limited.refuses(429, "REQUEST_LIMITED", "LIMIT_EXCEEDED", "");
    // Another name is another key: nobody else is shut out.
    people.sign_on(&browser, &flow, "ann").await.expect(200);
}

#[tokio::test]
async fn a_dated_hash_is_made_anew_by_the_first_right_password() {
    for dated in DATED {
        let people = People::start().await;
        let was = furnish_dated(&people, dated).await;
        assert_eq!(cost(&people, "wrong", 400).await, 1);
        assert_eq!(ann(&people).await.password.unwrap().hash, dated, "a wrong password makes nothing anew");
        assert_eq!(cost(&people, PASSWORD, 200).await, 2);
        let now = ann(&people).await.password.unwrap();
        assert!(now.hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && now.hash != was.hash, "{}", now.hash);
        // It is the same password still: nobody changed it.
        assert_eq!(PasswordState { hash: was.hash.clone(), ..now.clone() }, was);
        assert_eq!(cost(&people, PASSWORD, 200).await, 1);
        assert_eq!(cost(&people, "wrong", 400).await, 1);
        assert_eq!(ann(&people).await.password.unwrap(), now, "made anew once");
    }
}

#[tokio::test]
async fn a_dated_hash_tells_nothing_of_who_may_not_sign_on() {
    // PW-01
    for dated in DATED {
        let people = People::start().await;
        furnish_dated(&people, dated).await;
        let (environment, user) = (people.env, people.ann);
        let locked = Account { locked_at: Some(people.server.now()), ..Account::default() };
        let refused = async || {
            assert_eq!(cost(&people, PASSWORD, 400).await, 1);
            assert_eq!(ann(&people).await.password.unwrap().hash, dated);
        };
        people
            .server
            .furnish(vec![Change::SetAccount {
                environment,
                user,
                was: Account::default(),
                judged: None,
                account: locked.clone(),
            }])
            .await;
        refused().await;
        let disabled = User { enabled: false, ..ann(&people).await };
        let account = Account::default();
        let unlocked = Change::SetAccount { environment, user, was: locked, judged: None, account };
        people.server.furnish(vec![unlocked, Change::put(disabled, Guard::Version)]).await;
        refused().await;
    }
}

/// Gives ann this hash of her password, as an import would; what was in its place.
async fn furnish_dated(people: &People, dated: &str) -> PasswordState {
    let was = ann(people).await.password.unwrap();
    let password = Some(PasswordState { hash: dated.to_owned(), ..was.clone() });
    let (environment, user) = (people.env, people.ann);
    people
        .server
        .furnish(vec![Change::SetPassword {
            environment,
            user,
            was: None,
            password,
            end_families: false,
            retiring: None,
        }])
        .await;
    was
}

/// Signs ann on with this password: how many hashes that took.
async fn cost(people: &People, password: &str, status: u16) -> u64 {
    let browser = people.browser();
    let flow = people.begin(&browser, "prompt=login").await;
    let before = people.server.app.passwords().taken();
    let body = json!({ "username": "ann", "password": password });
    browser.act(&flow, "usernamePassword.check", &body).await.expect(status);
    people.server.app.passwords().taken() - before
}

async fn ann(people: &People) -> User {
    people.server.app.store.user(people.env, people.ann).await.unwrap().unwrap()
}

/// The password with the costs of other days, and of another kind of argon2.
const DATED: [&str; 2] = [
    "$argon2id$v=19$m=8192,t=1,p=1$YW4tb2xkZXItc2FsdC0xNg$hBGephOVLpT7mq5TSAITJocomO5CE06rswrIoc9Eeh8",
    "$argon2i$v=19$m=4096,t=3,p=1$YW4tb2xkZXItc2FsdC0xNg$Mo32F966n088BwK9GA35ouJvd9jd8q/eJUn29ypCUKs",
];

/// P20: a program that goes on with an old password locks nobody out, however many of it sign on at once.
#[tokio::test]
async fn the_same_wrong_password_counts_once_in_a_flow() {
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let body = json!({ "username": "ann", "password": "an old password" });
    for answer in join_all((0..12).map(|_| browser.act(&flow, "usernamePassword.check", &body))).await {
        answer.refuses(400, "INVALID_DATA", "INVALID_CREDENTIALS", "password");
    }
    let account = people.server.app.store.user(people.env, people.ann).await.unwrap().unwrap().account;
    assert_eq!((account.failures, account.locked_at), (1, None));
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    let account = people.server.app.store.user(people.env, people.ann).await.unwrap().unwrap().account;
    assert_eq!(account, Account::default());
}
