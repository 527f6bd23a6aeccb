//! The schema of users over HTTP: what stands from the beginning, and attributes of an environment's own making.

use serde_json::{Value, json};
use testkit::Admin;

/// The path of the schema's attributes.
pub(super) async fn attributes(api: &Admin) -> String {
    let schemas = api.get(&api.path("/schemas")).await.expect(200);
    let id = schemas["_embedded"]["schemas"][0]["id"].as_str().unwrap().to_owned();
    api.path(&format!("/schemas/{id}/attributes"))
}

pub(super) fn own(object: &Value) -> &str {
    object["_links"]["self"]["href"].as_str().unwrap()
}

async fn named(api: &Admin, name: &str) -> Value {
    let list = api.get(&attributes(api).await).await.expect(200);
    let rows = list["_embedded"]["attributes"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).cloned().unwrap_or_default()
}

pub(super) fn text(name: &str) -> Value {
    json!({ "name": name, "type": "STRING", "enabled": true, "unique": false, "multiValued": false, "schemaType": "CUSTOM" })
}

pub(super) fn with(mut body: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("{more} is no object") };
    body.as_object_mut().unwrap().extend(more);
    body
}

#[tokio::test]
async fn every_environment_has_a_schema_of_users() {
    let api = Admin::start().await;
    let list = api.get(&api.path("/schemas")).await.expect(200);
    let schema = list["_embedded"]["schemas"][0].clone();
    assert_eq!((&list["count"], &schema["name"]), (&json!(1), &json!("User")));
    assert!(schema["description"].is_string() && schema["environment"]["id"] == api.env.as_str());
    assert_eq!(api.get(own(&schema)).await.expect(200), schema);
    let foreign = api.path("/schemas/9c052a8a-14be-44e4-8f07-2662569994ce");
    for path in [foreign.clone(), format!("{foreign}/attributes")] {
        api.get(&path).await.refuses(404, "NOT_FOUND", "", "");
    }
    api.post(&format!("{foreign}/attributes"), &text("a")).await.refuses(404, "NOT_FOUND", "", "");
    for (name, kind, of) in [
        ("email", "STRING", "STANDARD"),
        ("address", "COMPLEX", "STANDARD"),
        ("name", "COMPLEX", "STANDARD"),
        ("account", "COMPLEX", "CORE"),
        ("username", "STRING", "CORE"),
    ] {
        let one = named(&api, name).await;
        assert_eq!(
            (&one["type"], &one["schemaType"], &one["enabled"]),
            (&json!(kind), &json!(of), &json!(true)),
            "{name}"
        );
        assert_eq!((&one["schema"]["id"], &one["multiValued"]), (&schema["id"], &json!(false)), "{name}");
        assert_eq!(one["subAttributes"].is_array(), kind == "COMPLEX", "{name}");
        assert_eq!(api.get(own(&one)).await.expect(200), one);
    }
    // TN-01: another environment has another one.
    let other = api.post("/environments", &api.environment_body("Other")).await.expect(201);
    let path = format!("/environments/{}/schemas/{}", other["id"].as_str().unwrap(), schema["id"].as_str().unwrap());
    api.get(&path).await.refuses(404, "NOT_FOUND", "", "");
}

/// What Terraform sends to import, change and reset the attribute `email`, and `account`.
#[tokio::test]
async fn of_what_stands_from_the_beginning_little_can_be_changed() {
    let api = Admin::start().await;
    let email = named(&api, "email").await;
    let regex = json!({ "pattern": "^[^@]+@example[.]com$", "requirements": "Must be an @example.com email" });
    let base =
        json!({ "name": "email", "type": "STRING", "schemaType": "STANDARD", "multiValued": false, "required": false });
    let body = with(base.clone(), json!({ "enabled": false, "unique": true, "regexValidation": regex }));
    let changed = api.put(own(&email), &body).await.expect(200);
    assert_eq!((&changed["enabled"], &changed["unique"], &changed["id"]), (&json!(false), &json!(true), &email["id"]));
    assert_eq!(
        (&changed["regexValidation"]["pattern"], &changed["displayName"]),
        (&regex["pattern"], &email["displayName"])
    );
    assert_eq!(named(&api, "email").await, changed);
    // Nobody is asked for what is disabled, and it is not told.
    let user =
        api.post(&api.path("/users"), &json!({ "username": "ada", "email": "ada@example.net" })).await.expect(201);
    assert!(user["email"].is_null(), "{user}");
    let enabled = api.call("PATCH", own(&email), Some(&json!({ "enabled": true }))).await.expect(200);
    assert_eq!((&enabled["unique"], &enabled["enabled"]), (&json!(true), &json!(true)));
    let user = |name: &str, mail: &str| json!({ "username": name, "email": mail });
    api.post(&api.path("/users"), &user("a", "a@example.net")).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "email",
    );
    api.post(&api.path("/users"), &user("a", "a@example.com")).await.expect(201);
    let twice = api.post(&api.path("/users"), &user("b", "A@example.com")).await;
    twice.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "email");
    let reset =
        api.put(own(&email), &with(base.clone(), json!({ "enabled": true, "unique": false }))).await.expect(200);
    assert_eq!(reset, email);
    api.post(&api.path("/users"), &user("b", "A@example.com")).await.expect(201);
    // Two have it now.
    let unique = api.put(own(&email), &with(base.clone(), json!({ "enabled": true, "unique": true }))).await;
    unique.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "unique");
    for (name, value) in [
        ("name", json!("mail")),
        ("type", json!("JSON")),
        ("displayName", json!("X")),
        ("description", json!("X")),
        ("multiValued", json!(true)),
        ("required", json!(true)),
    ] {
        let mut body = with(base.clone(), json!({ "enabled": true }));
        body[name] = value;
        api.put(own(&email), &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", name);
    }
    api.delete(own(&email)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "schemaType");
    let account = named(&api, "account").await;
    let core = api.call("PATCH", own(&account), Some(&json!({ "enabled": false }))).await;
    core.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "schemaType");
    api.delete(own(&account)).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "schemaType");
}

/// Bodies of which none makes an attribute beside one of the name `shirt`: the code and the member of each.
fn refused() -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (text("SHIRT"), "UNIQUENESS_VIOLATION", "name"),
        (text("Email"), "UNIQUENESS_VIOLATION", "name"),
        (text("1a"), "INVALID_VALUE", "name"),
        (text("a_b"), "INVALID_VALUE", "name"),
        (text(""), "REQUIRED_VALUE", "name"),
        (json!({ "name": "a" }), "REQUIRED_VALUE", "enabled"),
        (with(text("a"), json!({ "type": "NUMBER" })), "INVALID_VALUE", "type"),
        (with(text("a"), json!({ "schemaType": "CORE" })), "INVALID_VALUE", "schemaType"),
        (with(text("a"), json!({ "type": "JSON", "unique": true })), "INVALID_VALUE", "unique"),
        (with(text("a"), json!({ "displayName": "<b>" })), "INVALID_VALUE", "displayName"),
        (with(text("a"), json!({ "type": "COMPLEX" })), "REQUIRED_VALUE", "subAttributes"),
        (
            with(text("a"), json!({ "enumeratedValues": [{ "value": "a" }, { "value": "A" }] })),
            "UNIQUENESS_VIOLATION",
            "enumeratedValues[1].value",
        ),
        (
            with(text("a"), json!({ "regexValidation": { "pattern": "(", "requirements": "x" } })),
            "INVALID_VALUE",
            "regexValidation.pattern",
        ),
        (
            with(
                text("a"),
                json!({ "regexValidation": { "pattern": "a", "requirements": "x", "valuesPatternShouldMatch": ["a", "b"] } }),
            ),
            "INVALID_VALUE",
            "regexValidation.valuesPatternShouldMatch[1]",
        ),
        (
            with(
                text("a"),
                json!({ "regexValidation": { "pattern": "a", "requirements": "x", "valuesPatternShouldNotMatch": ["a"] } }),
            ),
            "INVALID_VALUE",
            "regexValidation.valuesPatternShouldNotMatch[0]",
        ),
    ]
}

#[tokio::test]
async fn an_environment_makes_its_own() {
    let api = Admin::start().await;
    let path = attributes(&api).await;
    let full = with(
        text("shirt"),
        json!({ "displayName": "T-shirt size", "description": "How large", "unique": true, "multiValued": true, "required": true }),
    );
    let made = api.post(&path, &full).await.expect(201);
    assert_eq!(
        (&made["required"], &made["unique"], &made["schemaType"]),
        (&json!(false), &json!(true), &json!("CUSTOM"))
    );
    assert_eq!(api.get(own(&made)).await.expect(200), made);
    let bare = with(text("shirt"), json!({ "unique": true, "multiValued": true, "required": false }));
    let changed = api.put(own(&made), &bare).await.expect(200);
    assert!(changed["displayName"].is_null() && changed["description"].is_null(), "{changed}");
    for (body, code, target) in refused() {
        api.post(&path, &body).await.refuses(400, "INVALID_DATA", code, target);
    }
    for (more, target) in [
        (json!({ "name": "shoe" }), "name"),
        (json!({ "type": "JSON", "unique": false }), "type"),
        (json!({ "multiValued": false }), "multiValued"),
        (json!({ "required": true }), "required"),
        (json!({ "enumeratedValues": [{ "value": "a" }] }), "enumeratedValues"),
    ] {
        api.put(own(&made), &with(bare.clone(), more)).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", target);
    }
    api.delete(own(&made)).await.expect(204);
    api.get(own(&made)).await.refuses(404, "NOT_FOUND", "", "");
    api.delete(own(&made)).await.refuses(404, "NOT_FOUND", "", "");
}

/// "Enumerated values cannot be deleted but can be archived."
#[tokio::test]
async fn enumerated_values_are_archived() {
    let api = Admin::start().await;
    let path = attributes(&api).await;
    let values = |all: Value| with(text("size"), json!({ "enumeratedValues": all }));
    let made =
        api.post(&path, &values(json!([{ "value": "S", "description": "Small" }, { "value": "M" }]))).await.expect(201);
    assert_eq!(made["enumeratedValues"][1], json!({ "value": "M", "archived": false }));
    let user = api
        .post(&api.path("/users"), &json!({ "username": "a", "email": "a@b.example", "size": "M" }))
        .await
        .expect(201);
    let less = values(json!([{ "value": "S" }]));
    api.put(own(&made), &less).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "enumeratedValues");
    let archived = values(json!([{ "value": "S" }, { "value": "M", "archived": true }, { "value": "L" }]));
    api.put(own(&made), &archived).await.expect(200);
    let changed =
        async |value: Value| api.call("PATCH", own(&user), Some(&json!({ "size": value, "nickname": "x" }))).await;
    assert_eq!(changed(json!("M")).await.expect(200)["size"], "M", "who has it keeps it");
    changed(json!("S")).await.expect(200);
    changed(json!("M")).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "size");
    api.put(own(&made), &text("size")).await.expect(200);
    changed(json!("whatever")).await.expect(200);
}

/// A mapping that names an attribute would be worth nothing without it: the refusal says which it is.
#[tokio::test]
async fn what_a_mapping_names_stays() {
    let api = Admin::start().await;
    let shirt = api.post(&attributes(&api).await, &text("shirt")).await.expect(201);
    let resource = api.post(&api.path("/resources"), &json!({ "name": "Shop" })).await.expect(201);
    let (application, _) = api.service("Worker", "WORKER").await;
    let provider = json!({ "name": "Elsewhere", "type": "OPENID_CONNECT", "enabled": true, "clientId": "a", "clientSecret": "b", "scopes": ["openid"],
        "authorizationEndpoint": "https://a.example/as", "tokenEndpoint": "https://a.example/token", "jwksEndpoint": "https://a.example/jwks", "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "issuer": "https://a.example" });
    let provider = api.post(&api.path("/identityProviders"), &provider).await.expect(201);
    let of = |object: &Value| format!("{}/attributes", own(object));
    let mapping = |name: &str, value: &str| json!({ "name": name, "value": value });
    for (path, body, place) in [
        (
            api.path(&format!("/applications/{application}/attributes")),
            mapping("size", "a ${user['shirt']}"),
            "the application",
        ),
        (of(&resource), mapping("size", "${#string.upperCase(user.shirt)}"), "the resource"),
        (of(&provider), mapping("shirt", "${providerAttributes.size}"), "the identity provider"),
    ] {
        let made = api.post(&path, &body).await.expect(201);
        let deleted = api.delete(own(&shirt)).await;
        let told = deleted.body["details"][0]["message"].to_string();
        deleted.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
        assert!(told.contains(place) && told.contains(body["name"].as_str().unwrap()), "{told}");
        let disabled = api.call("PATCH", own(&shirt), Some(&json!({ "enabled": false }))).await;
        disabled.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "enabled");
        api.call("PATCH", own(&shirt), Some(&json!({ "unique": true }))).await.expect(200);
        api.delete(own(&made)).await.expect(204);
    }
    let other = mapping("size", "${'user.shirt' + user.shirts}");
    api.post(&of(&resource), &other).await.expect(201);
    api.delete(own(&shirt)).await.expect(204);
}

/// A hundred of each kind, as PingOne's documents say; another does not fit.
#[tokio::test]
async fn there_is_room_for_a_hundred() {
    let api = Admin::start().await;
    let path = attributes(&api).await;
    for n in 0..100 {
        api.post(&path, &text(&format!("a{n}"))).await.expect(201);
    }
    api.post(&path, &text("more")).await.refuses(400, "INVALID_DATA", "SIZE_LIMIT_EXCEEDED", "type");
    api.post(&path, &with(text("data"), json!({ "type": "JSON" }))).await.expect(201);
}

/// What no member of a body is.
fn odd() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1.5e300),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("\u{202e}a"),
        json!("a\nb"),
        json!("(((((a*)*)*)*)*)*b"),
        json!("'; DROP TABLE users; --"),
        json!("$.\"x"),
        json!("x".repeat(20_000)),
        json!([]),
        json!([null]),
        json!(["a", "A"]),
        json!([[["a"]]]),
        json!({}),
        json!({ "": { "": null } }),
        json!({ "value": 1 }),
        json!([{ "value": "a", "archived": "no" }]),
        json!({ "pattern": "[", "requirements": [] }),
        json!({ "id": "x" }),
        json!({ "a\u{0}": "b" }),
        json!({ "$ref": "#", "a.b": { "c": ["\u{0}"] } }),
    ]
}

/// Whatever stands in the place of a member, of an attribute or of a user who has values: a body is taken or refused, and never an error of
/// the server; what was refused changed nothing.
#[tokio::test]
async fn whatever_a_body_holds_it_is_taken_or_refused() {
    let api = Admin::start().await;
    let (path, odd) = (attributes(&api).await, odd());
    let full = with(
        text("own"),
        json!({ "displayName": "a", "description": "a", "required": false, "enumeratedValues": [], "regexValidation": null, "subAttributes": [],
            "ldapAttribute": "a", "id": "a", "schema": {}, "environment": {}, "version": 1 }),
    );
    let made = api.post(&path, &full).await.expect(201);
    for (name, value) in full.as_object().unwrap().keys().flat_map(|name| odd.iter().map(move |value| (name, value))) {
        let before = api.get(own(&made)).await.expect(200);
        let body = with(full.clone(), json!({ name: value }));
        for method in ["PUT", "PATCH"] {
            let answer = api.call(method, own(&made), Some(&body)).await;
            assert!(matches!(answer.status, 200 | 400), "{method} {name} {value}: {}", answer.status);
            if answer.status == 400 {
                assert_eq!(api.get(own(&made)).await.expect(200), before, "{name} {value}");
            } else {
                api.put(own(&made), &full).await;
            }
        }
        let answer = api
            .post(&path, &with(body, json!({ "name": if name == "name" { value.clone() } else { json!("other") } })))
            .await;
        assert!(matches!(answer.status, 201 | 400), "{name} {value}: {}", answer.status);
        if answer.status == 201 {
            api.delete(own(&answer.body)).await.expect(204);
        }
    }
}

/// As above, of a user's values.
#[tokio::test]
async fn whatever_a_user_holds_it_is_taken_or_refused() {
    let api = Admin::start().await;
    let (path, odd) = (attributes(&api).await, odd());
    for (name, kind, many) in [
        ("t", "STRING", false),
        ("ts", "STRING", true),
        ("b", "BOOLEAN", false),
        ("j", "JSON", false),
        ("js", "JSON", true),
    ] {
        let body = with(text(name), json!({ "type": kind, "multiValued": many, "unique": kind == "STRING" }));
        api.post(&path, &body).await.expect(201);
    }
    let user = api.user("ada").await;
    for (name, value) in
        ["t", "ts", "b", "j", "js"].into_iter().flat_map(|name| odd.iter().map(move |value| (name, value)))
    {
        for value in [value.clone(), json!([value, value])] {
            let before = api.get(own(&user)).await.expect(200);
            let answer = api.call("PATCH", own(&user), Some(&json!({ name: value }))).await;
            assert!(matches!(answer.status, 200 | 400), "{name} {value}: {}", answer.status);
            let after = api.get(own(&user)).await.expect(200);
            if answer.status == 400 {
                assert_eq!(after, before);
            } else {
                assert_eq!(after, answer.body);
            }
        }
    }
}
