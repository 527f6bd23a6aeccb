use serde_json::{Value, json};

use testkit::{Admin, Answer};

const GOOD: &str = "Correct-Horse-7-Battery";

async fn act(api: &Admin, method: &str, own: &str, action: &str, body: Value) -> Answer {
    let media = format!("application/vnd.pingidentity.password.{action}+json");
    api.typed(method, &format!("{own}/password"), &[&media], body.to_string()).await
}

async fn user(api: &Admin) -> String {
    api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()))
}

#[tokio::test]
async fn a_password_is_set_checked_and_forced_to_change() {
    let api = Admin::start().await;
    let own = user(&api).await;
    let state = api.get(&format!("{own}/password")).await.expect(200);
    assert_eq!((state["status"].as_str(), state["lastChangedAt"].is_null()), (Some("NO_PASSWORD"), true));
    act(&api, "POST", &own, "check", json!({ "password": GOOD })).await.refuses(
        400,
        "INVALID_DATA",
        "NO_PASSWORD",
        "password",
    );
    let set = act(&api, "PUT", &own, "set", json!({ "value": GOOD, "forceChange": false })).await;
    assert!(!set.text.contains(GOOD) && !set.text.contains("argon2"), "LG-01: neither the password nor its hash");
    let set = set.expect(200);
    assert!(set["status"] == "OK" && set["passwordPolicy"]["id"].is_string() && set["lastChangedAt"].is_string());
    assert_eq!(act(&api, "POST", &own, "check", json!({ "password": GOOD })).await.expect(200)["status"], "OK");
    let forced = act(&api, "POST", &own, "forceChange", json!(null)).await.expect(200);
    assert_eq!(forced["status"], "MUST_CHANGE_PASSWORD");
    let next = "Another-Horse-8-Battery";
    act(&api, "PUT", &own, "reset", json!({ "currentPassword": "wrong", "newPassword": next })).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "currentPassword",
    );
    act(&api, "PUT", &own, "reset", json!({ "currentPassword": GOOD, "newPassword": GOOD })).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "newPassword",
    );
    let reset =
        act(&api, "PUT", &own, "reset", json!({ "currentPassword": GOOD, "newPassword": next })).await.expect(200);
    assert_eq!(reset["status"], "OK");
    act(&api, "POST", &own, "check", json!({ "password": next })).await.expect(200);
}

#[tokio::test]
async fn a_weak_password_is_told_rule_by_rule() {
    let api = Admin::start().await;
    let own = user(&api).await;
    let refused = act(&api, "PUT", &own, "set", json!({ "value": "short" })).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "password",
    );
    let detail = &refused["details"][0];
    assert_eq!(detail["message"], "User password did not satisfy password policy requirements");
    assert!(detail["innerError"]["length"].is_string() && detail["innerError"]["minCharacters"].is_string());
    let rules = detail["innerError"]["unsatisfiedRequirements"].as_array().unwrap();
    assert!(rules.contains(&json!("length")) && rules.contains(&json!("minCharacters")));
    for (value, rule) in [("Password1!", "excludesCommonlyUsed"), ("Ada@example.com1", "excludesProfileData")] {
        let refused = act(&api, "PUT", &own, "set", json!({ "value": value })).await.refuses(
            400,
            "INVALID_DATA",
            "INVALID_VALUE",
            "password",
        );
        assert!(refused["details"][0]["innerError"][rule].is_string(), "{value}: {refused}");
    }
    act(&api, "PUT", &own, "set", json!({ "value": "" })).await.refuses(400, "INVALID_DATA", "EMPTY_VALUE", "password");
    act(&api, "PUT", &own, "set", json!({})).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "value");
    act(&api, "PUT", &own, "set", json!({ "value": "{SSHA512}AAAA" })).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "password",
    );
    api.put(&format!("{own}/password"), &json!({ "value": GOOD })).await.refuses(
        415,
        "INVALID_REQUEST",
        "INVALID_VALUE",
        "",
    );
    assert_eq!(api.get(&format!("{own}/password")).await.expect(200)["status"], "NO_PASSWORD");
}

#[tokio::test]
async fn wrong_passwords_lock_the_account() {
    let api = Admin::start().await;
    let own = user(&api).await;
    act(&api, "PUT", &own, "set", json!({ "value": GOOD })).await.expect(200);
    for remaining in [4, 3, 2, 1, 0] {
        let wrong = json!({ "password": format!("Wrong-Horse-{remaining}-Battery") });
        let refused =
            act(&api, "POST", &own, "check", wrong).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "password");
        assert_eq!(refused["details"][0]["message"], "The provided password did not match provisioned password");
        assert_eq!(refused["details"][0]["innerError"]["failuresRemaining"], remaining);
    }
    let locked = act(&api, "POST", &own, "check", json!({ "password": GOOD })).await;
    let locked = locked.refuses(400, "INVALID_DATA", "PASSWORD_LOCKED_OUT", "password");
    assert!(locked["details"][0]["innerError"]["secondsUntilUnlock"].as_i64().unwrap() > 0);
    assert_eq!(api.get(&format!("{own}/password")).await.expect(200)["status"], "PASSWORD_LOCKED_OUT");
    assert_eq!(api.get(&own).await.expect(200)["account"]["status"], "LOCKED");
    api.wait(901);
    act(&api, "POST", &own, "check", json!({ "password": GOOD })).await.expect(200);
    assert_eq!(api.get(&own).await.expect(200)["account"]["status"], "OK");
}

#[tokio::test]
async fn an_import_brings_its_password() {
    let api = Admin::start().await;
    let body = |value: &str| {
        json!({
            "username": "eve", "email": "eve@example.com", "emailVerified": true, "verifyStatus": "ENABLED",
            "password": { "value": value, "forceChange": true },
        })
    };
    let media = ["application/vnd.pingidentity.user.import+json"];
    let path = api.path("/users");
    api.typed("POST", &path, &media, body("weak").to_string()).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "password",
    );
    let made = api.typed("POST", &path, &media, body(GOOD).to_string()).await.expect(201);
    assert_eq!((made["verifyStatus"].as_str(), made["emailVerified"].as_bool()), (Some("ENABLED"), Some(true)));
    assert!(made["password"].is_null());
    let own = api.path(&format!("/users/{}", made["id"].as_str().unwrap()));
    assert_eq!(api.get(&format!("{own}/password")).await.expect(200)["status"], "MUST_CHANGE_PASSWORD");
    act(&api, "POST", &own, "check", json!({ "password": GOOD })).await.expect(200);
}

/// P20: the same wrong password counts once, by whichever door it comes, until another is set or the right one is given.
#[tokio::test]
async fn the_same_wrong_password_counts_once() {
    let api = Admin::start().await;
    let own = user(&api).await;
    act(&api, "PUT", &own, "set", json!({ "value": GOOD })).await.expect(200);
    let wrong = async |password: &str, remaining: i64| {
        for _ in 0..3 {
            let refused = act(&api, "POST", &own, "check", json!({ "password": password })).await;
            let body = refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "password");
            assert_eq!(body["details"][0]["innerError"]["failuresRemaining"], remaining, "{password}");
            let reset = json!({ "currentPassword": password, "newPassword": "x" });
            act(&api, "PUT", &own, "reset", reset).await.refuses(
                400,
                "INVALID_DATA",
                "INVALID_VALUE",
                "currentPassword",
            );
        }
    };
    wrong("Wrong-Horse-7-Battery", 4).await;
    wrong("Wrong-Horse-8-Battery", 3).await;
    wrong("Wrong-Horse-7-Battery", 3).await;
    act(&api, "POST", &own, "check", json!({ "password": GOOD })).await.expect(200);
    wrong("Wrong-Horse-8-Battery", 4).await;
    assert_eq!(api.get(&own).await.expect(200)["account"]["status"], "OK");
}

/// P8: `password.setValue` sets a password, takes it away, and passes over the policy where that is asked for.
#[tokio::test]
async fn a_password_is_set_and_unset_by_its_value() {
    let api = Admin::start().await;
    let own = user(&api).await;
    let set = async |body: Value| act(&api, "PUT", &own, "setValue", body).await;
    assert_eq!(set(json!({ "value": GOOD })).await.expect(200)["status"], "OK");
    act(&api, "POST", &own, "check", json!({ "password": GOOD })).await.expect(200);
    assert_eq!(set(json!({ "value": GOOD, "forceChange": true })).await.expect(200)["status"], "MUST_CHANGE_PASSWORD");
    set(json!({ "value": "weak" })).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "password");
    set(json!({ "value": "weak", "bypassPolicy": false })).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "password",
    );
    assert_eq!(set(json!({ "value": "weak", "bypassPolicy": true })).await.expect(200)["status"], "OK");
    act(&api, "POST", &own, "check", json!({ "password": "weak" })).await.expect(200);
    let weak = act(&api, "PUT", &own, "set", json!({ "value": "weaker", "bypassPolicy": "true" })).await.expect(200);
    assert_eq!(weak["status"], "OK");
    // Whatever is asked for, some texts are no password (RFC 8265 §4.2).
    assert_eq!(set(json!({ "value": "a\u{7}b", "bypassPolicy": true })).await.status, 400);
    set(json!({ "value": "" })).await.refuses(400, "INVALID_DATA", "EMPTY_VALUE", "password");
    for none in [json!({}), json!({ "value": null, "forceChange": true, "bypassPolicy": true })] {
        // It is one that the user had.
        set(json!({ "value": GOOD, "bypassPolicy": true })).await.expect(200);
        let unset = set(none).await.expect(200);
        assert_eq!((unset["status"].as_str(), unset["lastChangedAt"].is_null()), (Some("NO_PASSWORD"), true));
        let check = act(&api, "POST", &own, "check", json!({ "password": GOOD })).await;
        check.refuses(400, "INVALID_DATA", "NO_PASSWORD", "password");
    }
    act(&api, "PUT", &own, "set", json!({})).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "value");
    // As its documents write it, without a body.
    let force = "application/vnd.pingidentity.password.forceChange";
    set(json!({ "value": GOOD, "bypassPolicy": true })).await.expect(200);
    let forced = api.typed("POST", &format!("{own}/password"), &[force], "").await.expect(200);
    assert_eq!(forced["status"], "MUST_CHANGE_PASSWORD");
}
