use serde_json::{Value, json};

use testkit::{Admin, Answer};

fn minimal(name: &str) -> Value {
    json!({ "name": name, "excludesCommonlyUsed": false, "excludesProfileData": false, "notSimilarToCurrent": false })
}

fn with(name: &str, more: &Value) -> Value {
    let mut body = minimal(name);
    for (member, value) in more.as_object().into_iter().flatten() {
        body[member] = value.clone();
    }
    body
}

async fn all(api: &Admin) -> Vec<Value> {
    let list = api.get(&api.path("/passwordPolicies")).await.expect(200);
    list["_embedded"]["passwordPolicies"].as_array().unwrap().clone()
}

fn own(api: &Admin, policy: &Value) -> String {
    api.path(&format!("/passwordPolicies/{}", policy["id"].as_str().unwrap()))
}

async fn make(api: &Admin, body: &Value) -> Value {
    api.post(&api.path("/passwordPolicies"), body).await.expect(201)
}

async fn password(api: &Admin, method: &str, user: &str, action: &str, body: Value) -> Answer {
    let media = format!("application/vnd.pingidentity.password.{action}+json");
    api.typed(method, &format!("{user}/password"), &[&media], body.to_string()).await
}

/// A user of a population of their own, which has this policy.
async fn under(api: &Admin, more: &Value) -> String {
    let policy = make(api, &with("Own", more)).await;
    let population = json!({ "name": "Own", "passwordPolicy": { "id": policy["id"] } });
    let population = api.post(&api.path("/populations"), &population).await.expect(201);
    let body = json!({ "username": "ada", "email": "ada@example.com", "population": { "id": population["id"] } });
    let made = api.post(&api.path("/users"), &body).await.expect(201);
    api.path(&format!("/users/{}", made["id"].as_str().unwrap()))
}

fn broken(refused: &Value) -> Vec<&str> {
    let inner = &refused["details"][0]["innerError"];
    inner["unsatisfiedRequirements"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_password_policy_is_created_replaced_and_deleted() {
    let api = Admin::start().await;
    let names: Vec<_> = all(&api).await.iter().map(|policy| policy["name"].clone()).collect();
    assert_eq!(names, ["Standard", "Passphrase", "Basic"]);
    let made = make(&api, &minimal("Own")).await;
    let mut rest = made.clone();
    for known in ["_links", "createdAt", "environment", "id", "updatedAt"] {
        assert!(rest.as_object_mut().unwrap().remove(known).is_some(), "{known}");
    }
    let mut least = minimal("Own");
    least["default"] = false.into();
    assert_eq!(rest, least, "nothing that was not asked for");
    let own = own(&api, &made);
    let full = with(
        "Own",
        &json!({
            "description": "All", "history": { "count": 10, "retentionDays": 150 }, "length": { "min": 12, "max": 255 },
            "lockout": { "durationSeconds": 30, "failureCount": 5 }, "minCharacters": { "0123456789": 1, "~!@#$%^&*()-_=+[]{}|;:,.<>/?": 1 },
            "maxAgeDays": 35, "minAgeDays": 2, "maxRepeatedCharacters": 2, "minComplexity": 7, "minUniqueCharacters": 5,
            "alphabetSequenceRule": { "maxLength": 3 }, "numberSequenceRule": { "maxLength": 2 },
            "qwertySequenceRule": { "maxLength": 3 }, "shiftedNumberRowSequenceRule": { "maxLength": 3 },
        }),
    );
    let changed = api.put(&own, &full).await.expect(200);
    for (member, value) in full.as_object().unwrap() {
        assert_eq!(&changed[member], value, "{member}");
    }
    assert_eq!(api.get(&own).await.expect(200)["history"], full["history"]);
    let back = api.put(&own, &minimal("Own")).await.expect(200);
    assert!(back["history"].is_null() && back["lockout"].is_null() && back["length"].is_null(), "a PUT replaces");
    api.post(&api.path("/passwordPolicies"), &minimal("sTANDARD")).await.refuses(
        400,
        "INVALID_DATA",
        "UNIQUENESS_VIOLATION",
        "name",
    );
    let half = with("Half", &json!({ "history": { "count": 1 }, "maxAgeDays": 22, "minAgeDays": 2 }));
    let refused = api.post(&api.path("/passwordPolicies"), &half).await.expect(400);
    let told: Vec<_> = refused["details"].as_array().unwrap().iter().map(|d| d["target"].as_str().unwrap()).collect();
    assert_eq!(told, ["history.retentionDays", "maxAgeDays"]);
    api.delete(&own).await.expect(204);
    api.get(&own).await.refuses(404, "NOT_FOUND", "", "");
    api.put(&own, &minimal("Own")).await.refuses(404, "NOT_FOUND", "", "");
}

/// The texts are those that Ping's Terraform provider looks for.
#[tokio::test]
async fn a_password_policy_that_is_needed_stays() {
    let api = Admin::start().await;
    let standard = all(&api).await.remove(0);
    let refused =
        api.delete(&own(&api, &standard)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "default");
    assert_eq!(refused["details"][0]["message"], "Default Password Policy can not be deleted");
    let policy = make(&api, &minimal("Own")).await;
    let population = json!({ "name": "Own", "passwordPolicy": { "id": policy["id"] } });
    let population = api.post(&api.path("/populations"), &population).await.expect(201);
    let of = own(&api, &policy);
    assert_eq!(api.get(&of).await.expect(200)["populationCount"], 1);
    assert!(all(&api).await.iter().any(|listed| listed["populationCount"] == 1));
    api.delete(&of).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    let place = api.path(&format!("/populations/{}", population["id"].as_str().unwrap()));
    api.put(&place, &json!({ "name": "Own" })).await.expect(200);
    assert!(api.get(&of).await.expect(200)["populationCount"].is_null());
    api.delete(&of).await.expect(204);
    let gone = json!({ "name": "Own", "passwordPolicy": { "id": policy["id"] } });
    api.put(&place, &gone).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "passwordPolicy.id");
}

#[tokio::test]
async fn exactly_one_password_policy_is_the_default() {
    let api = Admin::start().await;
    let standard = all(&api).await.remove(0);
    let own = make(&api, &with("Own", &json!({ "default": true, "length": { "min": 20 } }))).await;
    let defaults: Vec<_> =
        all(&api).await.into_iter().filter(|policy| policy["default"] == true).map(|p| p["id"].clone()).collect();
    assert_eq!(defaults, [own["id"].clone()]);
    // Who is in a population that names none follows at once.
    let user = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let short = password(&api, "PUT", &user, "set", json!({ "value": "Correct-Horse-7" })).await;
    assert_eq!(broken(&short.refuses(400, "INVALID_DATA", "INVALID_VALUE", "password")), ["length"]);
    let state = api.get(&format!("{user}/password")).await.expect(200);
    assert_eq!(state["passwordPolicy"]["id"], own["id"]);
    let path = self::own(&api, &own);
    let refused = api.put(&path, &with("Own", &json!({ "default": false }))).await;
    refused.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "default");
    assert_eq!(api.put(&path, &minimal("Own")).await.expect(200)["default"], true, "said of nothing, it stays");
    // Of two who make another one it at once, both are answered and one has it.
    let basic = all(&api).await.remove(2);
    let make = |policy: &Value| {
        let mut body = policy.clone();
        body["default"] = true.into();
        (self::own(&api, policy), body)
    };
    let ((a, one), (b, other)) = (make(&standard), make(&basic));
    let (first, second) = tokio::join!(api.put(&a, &one), api.put(&b, &other));
    assert_eq!((first.status, second.status), (200, 200), "{} {}", first.text, second.text);
    assert_eq!(all(&api).await.iter().filter(|policy| policy["default"] == true).count(), 1);
}

/// Former passwords are not taken again, however they come, for as long as they are remembered and as many as are.
#[tokio::test]
async fn former_passwords_are_not_taken_again() {
    let api = Admin::start().await;
    let user = under(&api, &json!({ "history": { "count": 2, "retentionDays": 30 } })).await;
    let set = async |value: &str| {
        // Which one is the latest, its time says.
        api.wait(1);
        password(&api, "PUT", &user, "set", json!({ "value": value })).await
    };
    let refused = async |value: &str| {
        let refused = set(value).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "password");
        assert_eq!(broken(&refused), ["history"], "{value}");
        assert!(refused["details"][0]["innerError"]["history"].is_string());
    };
    for value in ["first", "first", "second", "second", "third"] {
        // The present one again changes nothing, and is no former one.
        assert_eq!(set(value).await.expect(200)["status"], "OK", "{value}");
    }
    refused("first").await;
    refused("second").await;
    let reset = json!({ "currentPassword": "third", "newPassword": "second" });
    let own = password(&api, "PUT", &user, "reset", reset).await;
    assert_eq!(broken(&own.refuses(400, "INVALID_DATA", "INVALID_VALUE", "newPassword")), ["history"]);
    set("fourth").await.expect(200);
    set("first").await.expect(200);
    // Forced to change it, a person is refused no less; an administrator who passes over the policy is not.
    password(&api, "POST", &user, "forceChange", json!({})).await.expect(200);
    refused("fourth").await;
    let bypass = json!({ "value": "fourth", "bypassPolicy": true });
    assert_eq!(password(&api, "PUT", &user, "setValue", bypass).await.expect(200)["status"], "OK");
    api.wait(30 * 86_400 + 1);
    let mut api = api;
    api.renew().await;
    let back = password(&api, "PUT", &user, "set", json!({ "value": "first" })).await;
    assert_eq!(back.expect(200)["status"], "OK", "after thirty days it is forgotten");
}

#[tokio::test]
async fn ages_and_likeness_count_for_whoever_changes_their_own() {
    let mut api = Admin::start().await;
    let more = json!({ "notSimilarToCurrent": true, "minAgeDays": 1, "maxAgeDays": 22 });
    let user = under(&api, &more).await;
    password(&api, "PUT", &user, "set", json!({ "value": "kitten-kitten" })).await.expect(200);
    let reset = async |api: &Admin, current: &str, new: &str| {
        password(api, "PUT", &user, "reset", json!({ "currentPassword": current, "newPassword": new })).await
    };
    let similar = reset(&api, "kitten-kitten", "smitten-kitten").await;
    let similar = similar.refuses(400, "INVALID_DATA", "INVALID_VALUE", "newPassword");
    assert_eq!(broken(&similar), ["notSimilarToCurrent"]);
    // What somebody else set may be changed at once, what one chose oneself may not.
    reset(&api, "kitten-kitten", "dromedary").await.expect(200);
    let young = reset(&api, "dromedary", "pelican").await;
    assert_eq!(broken(&young.refuses(400, "INVALID_DATA", "INVALID_VALUE", "newPassword")), ["minAgeDays"]);
    password(&api, "POST", &user, "forceChange", json!({})).await.expect(200);
    reset(&api, "dromedary", "pelican").await.expect(200);
    api.wait(86_400);
    api.renew().await;
    reset(&api, "pelican", "dromedary").await.expect(200);
    api.wait(22 * 86_400 - 1);
    api.renew().await;
    let state = async |api: &Admin| api.get(&format!("{user}/password")).await.expect(200)["status"].clone();
    assert_eq!(state(&api).await, "OK");
    api.wait(1);
    assert_eq!(state(&api).await, "PASSWORD_EXPIRED");
    let check = password(&api, "POST", &user, "check", json!({ "password": "dromedary" })).await.expect(200);
    assert_eq!(check["status"], "PASSWORD_EXPIRED");
    reset(&api, "dromedary", "albatross").await.expect(200);
    assert_eq!(state(&api).await, "OK");
}

/// A policy without a lockout locks nobody, and one with its own number counts to that.
#[tokio::test]
async fn a_lockout_is_the_policys_own() {
    let api = Admin::start().await;
    let user = under(&api, &json!({})).await;
    password(&api, "PUT", &user, "set", json!({ "value": "right" })).await.expect(200);
    let wrong = async |n: usize| {
        let refused = password(&api, "POST", &user, "check", json!({ "password": format!("wrong {n}") })).await;
        refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "password")["details"][0]["innerError"].clone()
    };
    for n in 0..8 {
        assert!(wrong(n).await["failuresRemaining"].is_null());
    }
    let policies = all(&api).await;
    let policy = policies.iter().find(|policy| policy["name"] == "Own").unwrap();
    let locks = with("Own", &json!({ "lockout": { "failureCount": 2, "durationSeconds": 60 } }));
    api.put(&own(&api, policy), &locks).await.expect(200);
    password(&api, "POST", &user, "check", json!({ "password": "right" })).await.expect(200);
    assert_eq!(wrong(0).await["failuresRemaining"], 1);
    assert_eq!(wrong(1).await["failuresRemaining"], 0);
    let locked = password(&api, "POST", &user, "check", json!({ "password": "right" })).await;
    locked.refuses(400, "INVALID_DATA", "PASSWORD_LOCKED_OUT", "password");
    api.wait(60);
    password(&api, "POST", &user, "check", json!({ "password": "right" })).await.expect(200);
}

/// MG-05: who manages one population writes no policy that counts for others.
#[tokio::test]
async fn a_policy_is_the_whole_environments() {
    let api = Admin::start().await;
    let population = api.post(&api.path("/populations"), &json!({ "name": "Own" })).await.expect(201);
    let (worker, secret) = api.service("worker", "WORKER").await;
    let roles = api.get("/roles").await.expect(200);
    let roles = roles["_embedded"]["roles"].as_array().unwrap().clone();
    let role = roles.iter().find(|role| role["name"] == "Identity Data Admin").unwrap();
    let scope = json!({ "type": "POPULATION", "id": population["id"] });
    let given = json!({ "role": { "id": role["id"] }, "scope": scope });
    api.post(&api.path(&format!("/applications/{worker}/roleAssignments")), &given).await.expect(201);
    let token = api.token_of(&api.env, &worker, &secret).await.unwrap();
    let policies = api.path("/passwordPolicies");
    let of = own(&api, &all(&api).await[1]);
    for (method, path, body) in [
        ("POST", policies.as_str(), Some(minimal("Own"))),
        ("PUT", of.as_str(), Some(minimal("Passphrase"))),
        ("DELETE", of.as_str(), None),
    ] {
        let refused = api.with_token(&token, method, path, body.as_ref()).await;
        assert_eq!(refused.status, 403, "{method}: {}", refused.text);
    }
    assert_eq!(all(&api).await.len(), 3);
}
