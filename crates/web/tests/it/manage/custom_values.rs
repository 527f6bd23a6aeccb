//! Values of custom attributes: written, told, found, unique, and told to applications.

use engine::bootstrap::dev;
use http::Method;
use serde_json::{Value, json};
use testkit::{Admin, Answer, SANDBOX, TestApp};

use super::own::{call, token};
use super::schemas::{attributes, own, text, with};

async fn make(api: &Admin, name: &str, more: Value) -> Value {
    api.post(&attributes(api).await, &with(text(name), more)).await.expect(201)
}

fn person(name: &str, more: Value) -> Value {
    with(json!({ "username": name, "email": format!("{name}@example.com") }), more)
}

async fn userinfo(server: &TestApp, token: &str) -> Answer {
    server.send(server.request(Method::GET, &server.at("userinfo")).bearer_auth(token)).await
}

fn by(api: &Admin, filter: &str) -> String {
    let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    api.path(&format!("/users?filter={filter}"))
}

async fn found(api: &Admin, filter: &str) -> Vec<String> {
    let list = api.get(&by(api, filter)).await.expect(200);
    let rows = list["_embedded"]["users"].as_array().unwrap();
    rows.iter().map(|row| row["username"].as_str().unwrap().to_owned()).collect()
}

/// They are told as they were written; a replacement clears what it does not name, a patch what is null; what nobody knows is ignored.
#[tokio::test]
async fn users_have_what_the_schema_says() {
    let api = Admin::start().await;
    make(&api, "shirt", json!({})).await;
    make(&api, "badge", json!({ "multiValued": true })).await;
    make(&api, "vip", json!({ "type": "BOOLEAN" })).await;
    make(&api, "data", json!({ "type": "JSON" })).await;
    let parts = json!({ "type": "COMPLEX", "subAttributes": [{ "name": "city", "type": "STRING", "enabled": true }] });
    make(&api, "home", parts).await;
    let values = json!({ "shirt": "L", "badge": ["1", "2"], "vip": true, "data": { "a": { "b": 1 } }, "home": { "city": "Bern" } });
    let users = api.path("/users");
    let user = api.post(&users, &person("ada", with(values.clone(), json!({ "unknown": "x" })))).await.expect(201);
    let of = |user: &Value| values.as_object().unwrap().keys().map(|name| user[name].clone()).collect::<Vec<_>>();
    assert_eq!(of(&user), of(&values));
    assert!(user["unknown"].is_null(), "{user}");
    assert_eq!(api.get(own(&user)).await.expect(200), user);
    let patched = api
        .call("PATCH", own(&user), Some(&json!({ "shirt": null, "data": { "a": null, "c": "d" } })))
        .await
        .expect(200);
    assert_eq!(
        (&patched["shirt"], &patched["data"], &patched["badge"]),
        (&Value::Null, &json!({ "c": "d" }), &json!(["1", "2"]))
    );
    let replaced = api.put(own(&user), &person("ada", json!({ "shirt": "S" }))).await.expect(200);
    assert_eq!((&replaced["shirt"], &replaced["badge"], &replaced["vip"]), (&json!("S"), &Value::Null, &Value::Null));
    for (more, target) in [
        (json!({ "shirt": 1 }), "shirt"),
        (json!({ "shirt": ["L"] }), "shirt"),
        (json!({ "badge": "1" }), "badge"),
        (json!({ "badge": ["1", 2] }), "badge[1]"),
        (json!({ "vip": "yes" }), "vip"),
        (json!({ "data": [] , "vip": 1 }), "vip"),
        (json!({ "data": "x" }), "data"),
        (json!({ "home": { "street": "x" } }), "home.street"),
        (json!({ "shirt": "a\u{0}" }), "shirt"),
    ] {
        api.put(own(&user), &person("ada", more)).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", target);
    }
    let long = person("ada", json!({ "shirt": "x".repeat(17_000) }));
    api.put(own(&user), &long).await.refuses(400, "INVALID_DATA", "SIZE_LIMIT_EXCEEDED", "shirt");
    let import = "application/vnd.pingidentity.user.import+json";
    let body = person("bob", json!({ "shirt": "M" })).to_string();
    assert_eq!(api.typed("POST", &users, &[import], body).await.expect(201)["shirt"], "M");
    assert_eq!(found(&api, "shirt eq \"m\"").await, ["bob"]);
}

/// What is disabled is kept, ignored and not told; what is deleted is gone, also for another attribute of the same name.
#[tokio::test]
async fn values_go_with_their_attribute() {
    let api = Admin::start().await;
    let shirt = make(&api, "shirt", json!({})).await;
    let user = api.post(&api.path("/users"), &person("ada", json!({ "shirt": "L" }))).await.expect(201);
    let enabled = |enabled: bool| with(text("shirt"), json!({ "enabled": enabled }));
    api.put(own(&shirt), &enabled(false)).await.expect(200);
    let hidden = api.call("PATCH", own(&user), Some(&json!({ "shirt": "XXL", "title": "Dr" }))).await.expect(200);
    assert!(hidden["shirt"].is_null() && hidden["title"] == "Dr", "{hidden}");
    api.put(own(&shirt), &enabled(true)).await.expect(200);
    assert_eq!(api.get(own(&user)).await.expect(200)["shirt"], "L");
    // A group by it keeps it.
    let group = json!({ "name": "Large", "userFilter": "shirt eq \"l\" and not (shirt.deep pr)" });
    api.post(&api.path("/groups"), &group).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "userFilter");
    let group =
        api.post(&api.path("/groups"), &json!({ "name": "Large", "userFilter": "shirt eq \"l\"" })).await.expect(201);
    let member = api.get(&format!("{}?include=memberOfGroupNames", own(&user))).await.expect(200);
    assert_eq!(member["memberOfGroupNames"], json!(["Large"]));
    api.put(own(&shirt), &enabled(false)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "enabled");
    api.delete(own(&shirt)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    api.delete(own(&group)).await.expect(204);
    api.delete(own(&shirt)).await.expect(204);
    assert!(api.get(own(&user)).await.expect(200)["shirt"].is_null());
    make(&api, "shirt", json!({})).await;
    assert!(api.get(own(&user)).await.expect(200)["shirt"].is_null());
    assert_eq!(found(&api, "shirt pr").await, Vec::<String>::new());
    engine::groups::end_attributes(&api.server.app).await;
    assert_eq!(api.server.base.store.schema_endings().await, Ok(vec![]));
    assert!(api.get(own(&user)).await.expect(200)["shirt"].is_null());
}

/// RC-01: of a hundred writers of the same value one has it, and the others are told which it was.
#[tokio::test]
async fn nobody_else_has_a_unique_value() {
    let api = Admin::start().await;
    let badge = make(&api, "badge", json!({ "unique": true })).await;
    let users = api.path("/users");
    let bodies: Vec<Value> = (0..100).map(|n| person(&format!("u{n}"), json!({ "badge": "B-1" }))).collect();
    let answers = crate::flow::join_all(bodies.iter().map(|body| api.post(&users, body))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 99));
    for answer in refused {
        answer.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "badge");
    }
    let first = made[0].body.clone();
    assert_eq!(
        api.call("PATCH", own(&first), Some(&json!({ "title": "x", "badge": "b-1" }))).await.status,
        200,
        "their own"
    );
    api.post(&users, &person("other", json!({ "badge": "b-1" }))).await.refuses(
        400,
        "INVALID_DATA",
        "UNIQUENESS_VIOLATION",
        "badge",
    );
    api.call("PATCH", own(&first), Some(&json!({ "badge": null }))).await.expect(200);
    let other = api.post(&users, &person("other", json!({ "badge": "b-1" }))).await.expect(201);
    api.delete(own(&other)).await.expect(204);
    // Several may have it as soon as it is not unique, and then it cannot become so.
    let unique = |unique: bool| with(text("badge"), json!({ "unique": unique }));
    api.put(own(&badge), &unique(false)).await.expect(200);
    for name in ["x", "y"] {
        api.post(&users, &person(name, json!({ "badge": "b-2" }))).await.expect(201);
    }
    api.put(own(&badge), &unique(true)).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "unique");
    let x = api.get(&by(&api, "username eq \"x\"")).await.expect(200)["_embedded"]["users"][0].clone();
    api.call("PATCH", own(&x), Some(&json!({ "badge": "b-3" }))).await.expect(200);
    api.put(own(&badge), &unique(true)).await.expect(200);
    api.call("PATCH", own(&x), Some(&json!({ "badge": "B-2" }))).await.refuses(
        400,
        "INVALID_DATA",
        "UNIQUENESS_VIOLATION",
        "badge",
    );
}

#[tokio::test]
async fn a_filter_finds_them() {
    let api = Admin::start().await;
    make(&api, "shirt", json!({})).await;
    make(&api, "badge", json!({ "multiValued": true })).await;
    make(&api, "vip", json!({ "type": "BOOLEAN" })).await;
    make(&api, "data", json!({ "type": "JSON" })).await;
    for (name, more) in [
        (
            "ada",
            json!({ "shirt": "Large", "badge": ["A1", "A2"], "vip": true, "data": { "Office": { "floor": 3, "room": "3.14" } } }),
        ),
        ("bob", json!({ "shirt": "Larger", "badge": ["B1"], "data": {} })),
        ("eve", json!({ "shirt": "x".repeat(300) + "100%_end" })),
        ("sam", json!({})),
    ] {
        api.wait(1);
        api.post(&api.path("/users"), &person(name, more)).await.expect(201);
    }
    let (many, beginning) = ("x".repeat(300) + "100%_END", "x".repeat(250));
    for (filter, names) in [
        ("shirt eq \"LARGE\"".to_owned(), vec!["ada"]),
        ("SHIRT sw \"lar\"".into(), vec!["ada", "bob"]),
        ("shirt co \"ger\"".into(), vec!["bob"]),
        ("shirt ew \"ge\"".into(), vec!["ada"]),
        ("shirt ne \"large\"".into(), vec!["bob", "eve", "sam"]),
        ("shirt pr".into(), vec!["ada", "bob", "eve"]),
        ("not (shirt pr)".into(), vec!["sam"]),
        (format!("shirt eq \"{many}\""), vec!["eve"]),
        (format!("shirt sw \"{beginning}\""), vec!["eve"]),
        ("shirt co \"100%_\"".into(), vec!["eve"]),
        ("shirt co \"100_\"".into(), vec![]),
        ("badge eq \"a2\"".into(), vec!["ada"]),
        ("badge eq \"a2\" and username eq \"ada\"".into(), vec!["ada"]),
        ("badge eq \"a2\" or badge eq \"b1\"".into(), vec!["ada", "bob"]),
        ("vip eq true".into(), vec!["ada"]),
        ("data.office.room eq \"3.14\"".into(), vec!["ada"]),
        ("data.office.floor eq 3".into(), vec!["ada"]),
        ("data.office pr".into(), vec!["ada"]),
        ("data pr".into(), vec!["ada", "bob"]),
    ] {
        assert_eq!(found(&api, &filter).await, names, "{filter}");
    }
    for filter in ["shoe eq \"x\"", "shirt gt \"a\"", "shirt.a eq \"x\"", "shirt eq null"] {
        let answer = api.get(&by(&api, filter)).await;
        assert_eq!(answer.status, 400, "{filter}");
    }
}

/// The id of the one row whose property says `value`.
fn id_of<'a>(rows: &'a Value, property: &str, value: &str) -> &'a str {
    rows.as_array().unwrap().iter().find(|row| row[property] == value).unwrap()["id"].as_str().unwrap()
}

/// They are told to applications by mappings, and their owner sees and changes them by scopes that reach them.
#[tokio::test]
async fn applications_are_told_and_owners_reach_them() {
    let server = TestApp::inside().await;
    let base = format!("/environments/{SANDBOX}");
    let schemas = server.manage(Method::GET, &format!("{base}/schemas"), None).await.expect(200);
    let attributes =
        format!("{base}/schemas/{}/attributes", schemas["_embedded"]["schemas"][0]["id"].as_str().unwrap());
    for (name, more) in [
        ("shirt", json!({})),
        ("badge", json!({ "multiValued": true })),
        ("data", json!({ "type": "JSON" })),
        ("hidden", json!({})),
    ] {
        server.manage(Method::POST, &attributes, Some(&with(text(name), more))).await.expect(201);
    }
    let me = dev::USER.to_string();
    let user = format!("{base}/users/{me}");
    let values = json!({ "shirt": "L", "badge": ["1", "2"], "data": { "floor": 3 }, "hidden": "x" });
    server.manage(Method::PATCH, &user, Some(&values)).await.expect(200);
    let mappings = format!("{base}/applications/{}/attributes", dev::SHARED_WEB_APPLICATION);
    for (name, value) in [("size", "${user.shirt}"), ("badges", "${user.badge}"), ("floor", "${user.data.floor}")] {
        server
            .manage(Method::POST, &mappings, Some(&json!({ "name": name, "value": value, "required": false })))
            .await
            .expect(201);
    }
    let resources = server.manage(Method::GET, &format!("{base}/resources"), None).await.expect(200);
    let scopes =
        format!("{base}/resources/{}/scopes", id_of(&resources["_embedded"]["resources"], "type", "PINGONE_API"));
    for verb in ["read", "update"] {
        let body = json!({ "name": format!("p1:{verb}:user:shirt"), "schemaAttributes": ["shirt", "data.floor"] });
        server.manage(Method::POST, &scopes, Some(&body)).await.expect(201);
    }
    let own = token(&server, &["p1:read:user:shirt", "p1:update:user:shirt"]).await;
    let told = userinfo(&server, &own).await.expect(200);
    assert_eq!((&told["size"], &told["badges"], &told["floor"]), (&json!("L"), &json!(["1", "2"]), &json!(3)));
    let seen = call(&server, &own, "GET", &me, None).await.expect(200);
    assert_eq!((&seen["shirt"], &seen["data"], &seen["hidden"]), (&json!("L"), &json!({ "floor": 3 }), &Value::Null));
    let patch = async |body: Value| call(&server, &own, "PATCH", &me, Some(("application/json", body))).await;
    assert_eq!(patch(json!({ "shirt": "M" })).await.expect(200)["shirt"], "M");
    assert_eq!(patch(json!({ "hidden": "y" })).await.status, 403);
    assert_eq!(userinfo(&server, &own).await.expect(200)["size"], "M");
    // What a mapping names stays.
    let rows = server.manage(Method::GET, &attributes, None).await.expect(200);
    let one = format!("{attributes}/{}", id_of(&rows["_embedded"]["attributes"], "name", "shirt"));
    let refused = server.manage(Method::PATCH, &one, Some(&json!({ "enabled": false }))).await;
    refused.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "enabled");
    let all = server.manage(Method::GET, &mappings, None).await.expect(200);
    let size = format!("{mappings}/{}", id_of(&all["_embedded"]["attributes"], "name", "size"));
    server.manage(Method::DELETE, &size, None).await.expect(204);
    // What is disabled is told to nobody.
    server.manage(Method::PATCH, &one, Some(&json!({ "enabled": false }))).await.expect(200);
    let seen = call(&server, &own, "GET", &me, None).await.expect(200);
    assert_eq!((&seen["shirt"], &seen["data"]), (&Value::Null, &json!({ "floor": 3 })));
}
