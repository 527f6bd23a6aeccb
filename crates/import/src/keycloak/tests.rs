use serde_json::json;

use super::*;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn password(credential: &Value) -> (Option<String>, Left) {
    let people = realm(&object(json!({ "realm": "x" }))).people;
    let mut left = Left::default();
    let user = json!({ "username": "u", "credentials": [credential] });
    let person = people.person(&user, &mut left).unwrap();
    (person.body.get("password").map(|password| password["value"].as_str().unwrap().to_owned()), left)
}

/// Every algorithm that Keycloak has or had, in both forms of its exports.
#[test]
fn password_hashes_become_the_forms_of_this_server() {
    let now = |data: Value, secret: Value| json!({ "type": "password", "credentialData": data.to_string(), "secretData": secret.to_string() });
    let secret = json!({ "value": "AP8=", "salt": "c2FsdA==" });
    let argon2 = |version: &str| {
        json!({ "hashIterations": 5, "algorithm": "argon2", "additionalParameters":
            { "hashLength": ["32"], "memory": ["7168"], "type": ["id"], "version": [version], "parallelism": ["1"] } })
    };
    for (credential, form) in [
        (
            now(json!({ "hashIterations": 27500, "algorithm": "pbkdf2-sha256" }), secret.clone()),
            Some("{PBKDF2}$pbkdf2-sha256$i=27500,l=2$c2FsdA$AP8"),
        ),
        (
            now(json!({ "hashIterations": 1, "algorithm": "pbkdf2" }), secret.clone()),
            Some("{PBKDF2}$pbkdf2-sha1$i=1,l=2$c2FsdA$AP8"),
        ),
        (now(argon2("1.3"), secret.clone()), Some("{ARGON2}$argon2id$v=19$m=7168,t=5,p=1$c2FsdA$AP8")),
        (now(argon2("1.0"), secret.clone()), None),
        (
            now(json!({ "hashIterations": 10, "algorithm": "bcrypt" }), json!({ "value": "$2a$10$x", "salt": "" })),
            Some("{BCRYPT}$2a$10$x"),
        ),
        (now(json!({ "hashIterations": 1, "algorithm": "md5-crypt" }), secret.clone()), None),
        (now(json!({ "hashIterations": 1, "algorithm": "pbkdf2" }), json!({ "value": "no base64", "salt": "" })), None),
        (
            json!({ "type": "password", "hashedSaltedValue": "AP8=", "salt": "c2FsdA==", "hashIterations": 3, "algorithm": "pbkdf2-sha512" }),
            Some("{PBKDF2}$pbkdf2-sha512$i=3,l=2$c2FsdA$AP8"),
        ),
        (json!({ "type": "password", "value": "as it is" }), Some("as it is")),
    ] {
        let (hash, left) = password(&credential);
        assert_eq!(hash.as_deref(), form, "{credential}");
        assert_eq!(left.is_empty(), form.is_some(), "{credential}");
        assert!(!format!("{left:?}").contains("AP8"), "LG-01");
    }
}

#[test]
fn roles_and_groups_of_one_name_are_told_apart() {
    let read = realm(&object(json!({
        "realm": "x",
        "roles": { "realm": [{ "name": "Admin", "composite": true, "composites": { "realm": ["admin2"], "client": { "shop": ["buyer"] } } }, { "name": "admin2" }],
                   "client": { "shop": [{ "name": "buyer" }] } },
        "groups": [{ "name": "admin", "subGroups": [{ "name": "berlin" }], "realmRoles": ["Admin"] }],
    })));
    let names: Vec<&str> = read.wanted.iter().filter(|one| one.kind == "groups").map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["admin", "admin/berlin", "Admin (role)", "admin2", "shop/buyer"]);
    let nestings = read.wanted.iter().filter(|one| one.kind == "nestings").count();
    assert_eq!(nestings, 4, "berlin in admin, admin in Admin, Admin in admin2 and in shop/buyer");
}

#[test]
fn a_password_policy_is_one_of_this_server() {
    let read = realm(&object(
        json!({ "realm": "x", "passwordPolicy": "length(6) and specialChars(1) and passwordHistory(99) and forceExpiredPasswordChange(7)" }),
    ));
    let body = &read.wanted[0].body;
    assert_eq!(body["length"], json!({ "min": 8 }));
    assert_eq!(body["history"]["count"], 24);
    assert_eq!(body["maxAgeDays"], 21);
    assert_eq!(read.left.entries().count(), 1);
    assert!(realm(&object(json!({ "realm": "x" }))).wanted.is_empty());
}

/// Nothing that a document may say makes it panic.
#[test]
fn what_is_of_another_shape_is_passed_over() {
    for odd in [json!(null), json!(3), json!("x"), json!([1, "x", null, {}]), json!({ "x": [null] })] {
        let members: Map<String, Value> =
            ["realm", "users", "clients", "groups", "roles", "clientScopes", "components", "passwordPolicy"]
                .into_iter()
                .map(|name| (name.to_owned(), odd.clone()))
                .collect();
        let read = realm(&members);
        let user = json!({ "username": odd, "credentials": odd, "attributes": odd, "groups": odd, "clientRoles": odd });
        let _ = read.people.person(&user, &mut Left::default());
        let _ = read.people.person(&odd, &mut Left::default());
        crate::auth0::clients(&odd, &mut Vec::new(), &mut Left::default());
    }
}
