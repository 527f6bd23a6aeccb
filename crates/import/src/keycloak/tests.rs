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

fn bodies(realm: &Realm, kind: &str) -> Vec<Value> {
    realm.wanted.iter().filter(|one| one.kind == kind).map(|one| Value::from(one.body.clone())).collect()
}

fn reasons(left: &Left, kind: &str) -> Vec<(String, Vec<String>)> {
    let own = left.entries().filter(|(of, ..)| *of == kind);
    own.map(|(_, why, entry)| (why.to_owned(), entry.names.clone())).collect()
}

/// A full name is the two names that Keycloak joins, of which either may be missing; what userinfo is told follows from the ID token where nothing else is
/// said; and what only access tokens would have is told.
#[test]
fn mappers_tell_what_keycloak_tells() {
    let mapper =
        |name: &str, kind: &str, config: Value| json!({ "name": name, "protocolMapper": kind, "config": config });
    let attribute = "oidc-usermodel-attribute-mapper";
    let read = realm(&object(json!({ "realm": "x", "clients": [{ "clientId": "shop", "protocolMappers": [
        mapper("full", "oidc-full-name-mapper", json!({ "id.token.claim": "true" })),
        mapper("nick", attribute, json!({ "user.attribute": "nickname", "claim.name": "nick", "id.token.claim": "true", "userinfo.token.claim": "false", "access.token.claim": "true" })),
        mapper("only", attribute, json!({ "user.attribute": "nickname", "claim.name": "only", "access.token.claim": "true" })),
        mapper("desk", attribute, json!({ "user.attribute": "the_desk", "claim.name": "desk", "id.token.claim": "true" })),
    ] }] })));
    let full = "${#string.trim((user.name.given ?: '') + ' ' + (user.name.family ?: ''))}";
    assert_eq!(
        bodies(&read, "attributes"),
        [
            json!({ "name": "name", "value": full, "idToken": true, "userInfo": true }),
            json!({ "name": "nick", "value": "${user.nickname}", "idToken": true, "userInfo": false }),
            json!({ "name": "desk", "value": "${user['the-desk']}", "idToken": true, "userInfo": true }),
        ]
    );
    let told = reasons(&read.left, "mappers");
    assert_eq!(
        told.iter().map(|(_, names)| names.clone()).collect::<Vec<_>>(),
        [vec!["shop/nick"], vec!["shop/only"]],
        "{told:?}"
    );
}

/// OIDC Core §11: with `offline_access` granted, refresh tokens would be for whoever asks for it alone; Keycloak gives one with every code. What clients ask
/// for by the names of Keycloak's own scopes is held, and tells nothing.
#[test]
fn scopes_are_held_as_clients_ask_for_them() {
    let own = ["roles", "web-origins", "acr", "basic", "profile", "offline_access", "microprofile-jwt", "role_list"];
    let scopes: Vec<Value> = own
        .iter()
        .map(|name| json!({ "name": name, "protocol": if *name == "role_list" { "saml" } else { "openid-connect" } }))
        .collect();
    let client = json!({ "clientId": "shop", "defaultClientScopes": ["roles", "profile", "web-origins"], "optionalClientScopes": ["offline_access", "microprofile-jwt"] });
    let listed =
        realm(&object(json!({ "realm": "x", "clientScopes": scopes, "clients": [client, { "clientId": "plain" }] })));
    let names: Vec<&str> =
        listed.wanted.iter().filter(|one| one.kind == "scopes").map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["roles", "web-origins", "acr", "basic", "microprofile-jwt"]);
    let grants = bodies(&listed, "grants");
    let held = |grant: &Value| -> Vec<String> {
        let scopes = grant["scopes"].as_array().unwrap().iter();
        scopes.map(|scope| scope["id"].as_str().unwrap().split(':').next_back().unwrap().to_owned()).collect()
    };
    assert_eq!(held(&grants[0]), ["openid", "roles", "profile", "web-origins", "microprofile-jwt"]);
    assert_eq!(held(&grants[1]), ["openid", "profile", "email", "address", "phone"]);
}

/// A `*` of Keycloak's is whatever follows, nothing too; here it is a piece of one segment: what it is without it is taken by itself, and the rest told.
#[test]
fn addresses_that_begin_alike_are_taken_as_far_as_they_can_be() {
    let client = json!({ "clientId": "shop", "rootUrl": "https://shop.example.test", "redirectUris": ["/*", "https://shop.example.test/cb", "http://localhost:3000/app*", "my.app:/*"] });
    let read = realm(&object(json!({ "realm": "x", "loginWithEmailAllowed": true, "clients": [client] })));
    let body = &bodies(&read, "applications")[0];
    let taken = [
        "https://shop.example.test/*",
        "https://shop.example.test/",
        "https://shop.example.test",
        "https://shop.example.test/cb",
        "http://localhost:3000/app",
    ];
    assert_eq!(body["redirectUris"], json!(taken));
    assert_eq!(body["postLogoutRedirectUris"], json!(taken));
    let told = reasons(&read.left, "redirect URIs");
    assert!(told.iter().all(|(_, names)| *names == ["shop"]), "{told:?}");
    assert!(told.iter().any(|(why, _)| why.contains("one piece of a path")), "{told:?}");
    assert!(told.iter().any(|(why, _)| why.contains("with https")), "{told:?}");
    assert_eq!(reasons(&read.left, "settings")[0].1, ["loginWithEmailAllowed"]);
}

/// Whose password is not taken is told by name, and what it is never.
#[test]
fn whose_password_is_not_taken_is_told() {
    let credential = json!({ "type": "password", "hashedSaltedValue": "AP8=", "salt": "c2FsdA==", "hashIterations": 1, "algorithm": "md5-crypt" });
    let (_, left) = password(&credential);
    assert_eq!(reasons(&left, "passwords"), [("its algorithm is not known here".to_owned(), vec!["u".to_owned()])]);
}
