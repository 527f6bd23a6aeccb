//! Groups whose `userFilter` says who is in them (ADR 0053).

use http::Method;
use protocol::change::{Change, Guard};
use protocol::model::Group;
use serde_json::{Value, json};
use testkit::{Admin, Answer, SANDBOX, each_store};

use super::schemas::text;

async fn made(api: &Admin, body: &Value) -> String {
    api.wait(1);
    api.post(&api.path("/groups"), body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn person(api: &Admin, name: &str) -> String {
    api.wait(1);
    api.user(name).await["id"].as_str().unwrap().to_owned()
}

/// The names of the groups that the user is in, with the types of the memberships.
async fn groups(api: &Admin, user: &str) -> Vec<(String, String)> {
    let listed = api.get(&api.path(&format!("/users/{user}/memberOfGroups"))).await.expect(200);
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = listed["_embedded"]["groupMemberships"].as_array().unwrap();
    rows.iter().map(|row| (text(row, "name"), text(row, "type"))).collect()
}

fn only(name: &str, kind: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), kind.to_owned())]
}

async fn counts(api: &Admin, group: &str) -> (Value, Value) {
    let group = api.get(&api.path(&format!("/groups/{group}?include=totalMemberCounts"))).await.expect(200);
    (group["directMemberCounts"]["users"].clone(), group["totalMemberCounts"]["users"].clone())
}

async fn patch(api: &Admin, user: &str, body: Value) -> Answer {
    api.call("PATCH", &api.path(&format!("/users/{user}")), Some(&body)).await
}

/// Whoever meets the filter is in the group, however they come to: who was there before, who is created, changed, or replaced.
#[tokio::test]
async fn a_filter_says_who_is_in_a_group() {
    let api = Admin::start().await;
    let (ada, bob) = (person(&api, "ada").await, person(&api, "bob").await);
    patch(&api, &ada, json!({ "title": "Countess" })).await.expect(200);
    let titled = made(&api, &json!({ "name": "Titled", "userFilter": "title eq \"countess\"" })).await;
    assert_eq!(groups(&api, &ada).await, only("Titled", "INDIRECT"), "who was there before");
    assert_eq!((groups(&api, &bob).await, counts(&api, &titled).await), (vec![], (json!(0), json!(1))));
    patch(&api, &bob, json!({ "title": "COUNTESS" })).await.expect(200);
    assert_eq!(groups(&api, &bob).await, only("Titled", "INDIRECT"));
    patch(&api, &ada, json!({ "title": "Dr" })).await.expect(200);
    assert_eq!((groups(&api, &ada).await, counts(&api, &titled).await), (vec![], (json!(0), json!(1))));
    let read = api.get(&api.path(&format!("/users/{ada}"))).await.expect(200);
    let whole = json!({ "username": read["username"], "email": read["email"], "title": "Countess" });
    api.put(&api.path(&format!("/users/{ada}")), &whole).await.expect(200);
    assert_eq!(groups(&api, &ada).await, only("Titled", "INDIRECT"), "who is replaced");
    let new = json!({ "username": "eve", "email": "eve@example.com", "title": "Countess" });
    let eve = api.post(&api.path("/users"), &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(groups(&api, &eve).await, only("Titled", "INDIRECT"), "who is created");
    let found = format!("memberOfGroups[id eq \"{titled}\"]");
    for (filter, users) in [
        (found.clone(), 3),
        (found.replace(']', " and type eq \"INDIRECT\"]"), 3),
        (found.replace(']', " and type eq \"DIRECT\"]"), 0),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        assert_eq!(api.get(&api.path(&format!("/users?filter={query}"))).await.expect(200)["count"], users, "{filter}");
    }
    api.delete(&api.path(&format!("/users/{eve}"))).await.expect(204);
    assert_eq!(counts(&api, &titled).await, (json!(0), json!(2)));
}

/// The filter of a group is another one, or none: those whom it does not want any more are taken out, and who was put there stays.
#[tokio::test]
async fn a_filter_changes_and_who_was_put_there_stays() {
    let api = Admin::start().await;
    let (ada, bob) = (person(&api, "ada").await, person(&api, "bob").await);
    let own = made(&api, &json!({ "name": "Own", "userFilter": "username eq \"ada\"" })).await;
    let path = api.path(&format!("/groups/{own}"));
    let of = |user: &str| api.path(&format!("/users/{user}/memberOfGroups"));
    // By the filter alone: nobody is taken out by hand, but may be put there as well.
    api.delete(&format!("{}/{own}", of(&ada))).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert_eq!(api.post(&of(&ada), &json!({ "id": own })).await.expect(201)["type"], "DIRECT");
    api.post(&of(&ada), &json!({ "id": own })).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "id");
    assert_eq!((groups(&api, &ada).await, counts(&api, &own).await), (only("Own", "DIRECT"), (json!(1), json!(1))));
    api.put(&path, &json!({ "name": "Own", "userFilter": "username eq \"bob\"" })).await.expect(200);
    assert_eq!((groups(&api, &ada).await, groups(&api, &bob).await), (only("Own", "DIRECT"), only("Own", "INDIRECT")));
    assert_eq!(counts(&api, &own).await, (json!(1), json!(2)));
    api.put(&path, &json!({ "name": "Own", "userFilter": "username sw \"a\"" })).await.expect(200);
    assert_eq!((groups(&api, &ada).await, groups(&api, &bob).await), (only("Own", "DIRECT"), vec![]));
    api.delete(&format!("{}/{own}", of(&ada))).await.expect(204);
    assert_eq!((groups(&api, &ada).await, counts(&api, &own).await), (only("Own", "INDIRECT"), (json!(0), json!(1))));
    let cleared = api.put(&path, &json!({ "name": "Own" })).await.expect(200);
    assert_eq!((&cleared["userFilter"], groups(&api, &ada).await), (&Value::Null, vec![]));
    assert_eq!(counts(&api, &own).await, (json!(0), json!(0)));
}

/// A population's group sees its users alone: who moves there is in it, who moves away is not.
#[tokio::test]
async fn the_filter_of_a_populations_group_sees_its_users_alone() {
    let api = Admin::start().await;
    let other = api.post(&api.path("/populations"), &json!({ "name": "Other" })).await.expect(201);
    let body = json!({ "name": "Theirs", "population": { "id": other["id"] }, "userFilter": "enabled eq true" });
    let theirs = made(&api, &body).await;
    let all = made(&api, &json!({ "name": "All", "userFilter": "enabled eq true" })).await;
    let (inner, outer) = (theirs.clone(), made(&api, &json!({ "name": "Outer" })).await);
    api.post(&api.path(&format!("/groups/{inner}/memberOfGroups")), &json!({ "id": outer })).await.expect(201);
    let ada = person(&api, "ada").await;
    assert_eq!(groups(&api, &ada).await, only("All", "INDIRECT"));
    let population = api.path(&format!("/users/{ada}/population"));
    let home = api.get(&population).await.expect(200);
    api.put(&population, &json!({ "id": other["id"] })).await.expect(200);
    let names: Vec<String> = groups(&api, &ada).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Theirs", "All", "Outer"], "nested groups count those of a filter too");
    assert_eq!(counts(&api, &outer).await, (json!(0), json!(1)));
    api.put(&population, &json!({ "id": home["id"] })).await.expect(200);
    assert_eq!(groups(&api, &ada).await, only("All", "INDIRECT"));
    api.put(&api.path(&format!("/users/{ada}/enabled")), &json!({ "enabled": false })).await.expect(200);
    assert_eq!((groups(&api, &ada).await, counts(&api, &all).await), (vec![], (json!(0), json!(0))));
}

/// What a filter cannot be is said where it is written, and nothing is kept of it.
#[tokio::test]
async fn a_filter_that_finds_no_users_is_refused() {
    let api = Admin::start().await;
    for filter in [
        "title",
        "title eq",
        "shoeSize eq \"7\"",
        "account.status eq \"LOCKED\"",
        "memberOfGroups[id eq \"x\"]",
        "enabled sw \"t\"",
        &format!("title eq \"{}\"", "x".repeat(2_000)),
    ] {
        let refused = api.post(&api.path("/groups"), &json!({ "name": "x", "userFilter": filter })).await;
        assert_eq!(
            (refused.status, &refused.body["details"][0]["target"]),
            (400, &json!("userFilter")),
            "{}",
            refused.text
        );
    }
    assert_eq!(api.get(&api.path("/groups")).await.expect(200)["count"], 0);
    let taken = api
        .post(&api.path("/groups"), &json!({ "name": "x", "userFilter": "email ew \"@test.com\"" }))
        .await
        .expect(201);
    assert_eq!(taken["userFilter"], "email ew \"@test.com\"");
}

/// RC-01: of two who meet, one makes a group by an attribute and the other ends or disables the attribute, one is refused: no group is by what
/// is not there.
#[tokio::test]
async fn no_group_is_by_an_attribute_that_ends_meanwhile() {
    each_store(|server| async move {
        let path = |below: &str| format!("/environments/{SANDBOX}{below}");
        let schemas = server.manage(Method::GET, &path("/schemas"), None).await.expect(200);
        let id = schemas["_embedded"]["schemas"][0]["id"].as_str().unwrap();
        let attributes = path(&format!("/schemas/{id}/attributes"));
        for n in 0..30 {
            let made = server.manage(Method::POST, &attributes, Some(&text(&format!("badge{n}")))).await.expect(201);
            let attribute = format!("{attributes}/{}", made["id"].as_str().unwrap());
            let group = json!({ "name": format!("By {n}"), "userFilter": format!("badge{n} eq \"x\"") });
            let (groups, off) = (path("/groups"), json!({ "enabled": false }));
            let (method, body) = if n % 2 == 0 { (Method::DELETE, None) } else { (Method::PATCH, Some(&off)) };
            let (grouped, ended) = tokio::join!(
                server.manage(Method::POST, &groups, Some(&group)),
                server.manage(method, &attribute, body),
            );
            let both = (grouped.status, ended.status);
            assert!(matches!(both, (201, 400) | (400, 200 | 204)), "{n}: {both:?}");
        }
    })
    .await;
}

/// Many groups by one attribute are all made, and it is as it was.
#[tokio::test]
async fn many_groups_by_one_attribute_are_made_at_once() {
    each_store(|server| async move {
        let path = |below: &str| format!("/environments/{SANDBOX}{below}");
        let schemas = server.manage(Method::GET, &path("/schemas"), None).await.expect(200);
        let id = schemas["_embedded"]["schemas"][0]["id"].as_str().unwrap();
        let attributes = path(&format!("/schemas/{id}/attributes"));
        let made = server.manage(Method::POST, &attributes, Some(&text("badge"))).await.expect(201);
        let bodies: Vec<Value> =
            (0..20).map(|n| json!({ "name": format!("By {n}"), "userFilter": "badge eq \"x\"" })).collect();
        let groups = path("/groups");
        let all =
            crate::flow::join_all(bodies.iter().map(|body| server.manage(Method::POST, &groups, Some(body)))).await;
        assert!(all.iter().all(|answer| answer.status == 201));
        let read = server.manage(Method::GET, &format!("{attributes}/{}", made["id"].as_str().unwrap()), None).await;
        assert_eq!(read.expect(200), made);
    })
    .await;
}

/// A filter of before that nobody would write now does not stand in the way of who writes the rest; it is not written anew.
#[tokio::test]
async fn a_filter_of_before_is_judged_when_it_changes() {
    let api = Admin::start().await;
    let group = made(&api, &json!({ "name": "Old", "userFilter": "title eq \"Dr\"" })).await;
    let path = api.path(&format!("/groups/{group}"));
    let old = "identityProvider.type eq \"GOOGLE\"";
    let environment = protocol::id::EnvironmentId::parse(&api.env).unwrap();
    let id = protocol::id::canonical(&group).unwrap();
    let stored: Group = api.server.base.store.get(environment, &[id]).await.unwrap().unwrap();
    let before = Group { user_filter: Some(old.to_owned()), ..stored };
    api.server.furnish(vec![Change::put(before, Guard::Version)]).await;
    let body = |name: &str, filter: &str| json!({ "name": name, "userFilter": filter });
    let changed = api.put(&path, &body("New", old)).await.expect(200);
    assert_eq!((&changed["name"], &changed["userFilter"]), (&json!("New"), &json!(old)));
    for other in ["identityProvider.type eq \"AMAZON\"", "nothing eq"] {
        api.put(&path, &body("New", other)).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "userFilter");
    }
    api.post(&api.path("/groups"), &body("x", old)).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "userFilter");
    api.put(&path, &body("New", "title eq \"Dr\"")).await.expect(200);
    api.put(&path, &body("New", old)).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "userFilter");
}
