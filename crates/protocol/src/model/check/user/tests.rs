use serde_json::{Map, Value, json};

use super::{read, read_import, read_switch};
use crate::refusal::Refused;

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn faults<T: std::fmt::Debug>(result: Result<T, Refused>) -> Vec<(&'static str, String)> {
    result.unwrap_err().details.into_iter().map(|d| (d.code, d.target)).collect()
}

fn with(name: &str, value: Value) -> Map<String, Value> {
    let mut body = object(&json!({ "username": "ada", "email": "ada@example.com" }));
    body.insert(name.into(), value);
    body
}

#[test]
fn a_user_needs_a_name_and_an_address() {
    let both = [("REQUIRED_VALUE", "username".to_owned()), ("REQUIRED_VALUE", "email".to_owned())];
    assert_eq!(faults(read(&Map::new())), both);
    assert_eq!(faults(read(&object(&json!({ "username": "", "email": "" })))), both);
    let bad = object(&json!({ "username": "a\u{202e}b", "email": "no address" }));
    assert_eq!(faults(read(&bad)), [("INVALID_VALUE", "username".to_owned()), ("INVALID_VALUE", "email".to_owned())]);
}

#[test]
fn every_property_has_its_limits() {
    let cases = [
        ("nickname", json!("x".repeat(257)), "SIZE_LIMIT_EXCEEDED", "nickname"),
        ("name", json!({ "family": "<b>" }), "INVALID_VALUE", "name.family"),
        ("address", json!({ "countryCode": "gb" }), "INVALID_VALUE", "address.countryCode"),
        ("timezone", json!("Mars"), "INVALID_VALUE", "timezone"),
        ("photo", json!({ "href": "javascript:alert(1)" }), "INVALID_VALUE", "photo.href"),
        ("photo", json!({}), "REQUIRED_VALUE", "photo.href"),
        ("population", json!({ "id": "x" }), "INVALID_VALUE", "population.id"),
        ("primaryPhone", json!(123), "INVALID_VALUE", "primaryPhone"),
        ("externalId", json!(""), "EMPTY_VALUE", "externalId"),
    ];
    for (name, value, code, target) in cases {
        assert_eq!(faults(read(&with(name, value.clone()))), [(code, target.to_owned())], "{name} {value}");
    }
    let good = with("address", json!({ "streetAddress": "1 Road\nFlat 2", "countryCode": "GB" }));
    assert_eq!(read(&good).unwrap().profile.address.country_code.as_deref(), Some("GB"));
}

#[test]
fn a_plain_creation_takes_no_state() {
    // MG-04, SC-03: enabled, lifecycle, roles and passwords are nothing that a user's body sets.
    let more = json!({
        "id": "x", "enabled": false, "lifecycle": { "status": "VERIFICATION_REQUIRED" }, "password": { "value": "x" },
        "passwordHash": "x", "roles": ["admin"], "account": { "status": "LOCKED" }, "createdAt": 1, "_links": 1,
    });
    let mut body = object(&json!({ "username": "ada", "email": "ada@example.com" }));
    let plain = read(&body).unwrap();
    body.extend(object(&more));
    assert_eq!(read(&body).unwrap(), plain);
}

#[test]
fn an_import_brings_a_password_and_a_state() {
    let (_, imported) =
        read_import(&with("password", json!({ "value": "Correct-Horse-7-Battery", "forceChange": true }))).unwrap();
    let password = imported.password.unwrap();
    assert_eq!((password.value.expose(), password.must_change), ("Correct-Horse-7-Battery", true));
    assert!(!format!("{password:?}").contains("Correct"), "LG-01: a password is never printed");
    let external = faults(read_import(&with("password", json!({ "external": {}, "value": "x" }))));
    assert_eq!(external, [("INVALID_VALUE", "password.external".to_owned())]);
    let unknown = faults(read_import(&with("identityProvider", json!({ "id": "x" }))));
    assert_eq!(unknown, [("INVALID_VALUE", "identityProvider.id".to_owned())]);
    assert_eq!(
        faults(read_import(&with("verifyStatus", json!("YES")))),
        [("INVALID_VALUE", "verifyStatus".to_owned())]
    );
}

#[test]
fn a_switch_is_a_boolean_and_nothing_like_it() {
    assert_eq!(read_switch(&object(&json!({ "enabled": false })), "enabled"), Ok(false));
    assert_eq!(faults(read_switch(&Map::new(), "enabled")), [("REQUIRED_VALUE", "enabled".to_owned())]);
    for odd in [json!("false"), json!(0), json!([false])] {
        assert_eq!(
            faults(read_switch(&object(&json!({ "enabled": odd })), "enabled")),
            [("INVALID_VALUE", "enabled".to_owned())]
        );
    }
}
