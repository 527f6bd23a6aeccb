use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{ImportedUser, User};
use crate::id::{PopulationId, UserId};
use crate::model::describe::{Described, Known, Refers, attributes, draw, read, schema};
use crate::refusal::Refused;
use crate::time::Time;

struct Nothing;

impl Known for Nothing {
    fn has(&self, _: Refers, _: Uuid) -> bool {
        false
    }
}

fn before() -> User {
    User {
        id: UserId::new(Uuid::from_u128(1)),
        population: PopulationId::new(Uuid::from_u128(2)),
        username: "old".into(),
        email: "ada@example.com".into(),
        email_verified: true,
        enabled: true,
        lifecycle: "ACCOUNT_OK".into(),
        verify_status: "NOT_INITIATED".into(),
        ..User::default()
    }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn written(body: &Map<String, Value>) -> Result<User, Refused> {
    read(body, &before(), &Nothing)
}

fn imported(body: &Map<String, Value>) -> Result<ImportedUser, Refused> {
    read(body, &ImportedUser { user: before(), password: None }, &Nothing)
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
    assert_eq!(faults(written(&Map::new())), both);
    assert_eq!(faults(written(&object(&json!({ "username": "", "email": "" })))), both);
    let bad = object(&json!({ "username": "a\u{202e}b", "email": "no address" }));
    assert_eq!(
        faults(written(&bad)),
        [("INVALID_VALUE", "username".to_owned()), ("INVALID_VALUE", "email".to_owned())]
    );
}

#[test]
fn every_property_has_its_limits() {
    let cases = [
        ("nickname", json!("x".repeat(257)), "SIZE_LIMIT_EXCEEDED", "nickname"),
        ("name", json!({ "family": "<b>" }), "INVALID_VALUE", "name.family"),
        ("name", json!("flat"), "INVALID_VALUE", "name"),
        ("address", json!({ "countryCode": "gb" }), "INVALID_VALUE", "address.countryCode"),
        ("timezone", json!("Mars"), "INVALID_VALUE", "timezone"),
        ("timezone", json!(""), "EMPTY_VALUE", "timezone"),
        ("photo", json!({ "href": "javascript:alert(1)" }), "INVALID_VALUE", "photo.href"),
        ("photo", json!({}), "REQUIRED_VALUE", "photo.href"),
        ("population", json!({ "id": "x" }), "INVALID_VALUE", "population.id"),
        ("population", json!({}), "REQUIRED_VALUE", "population.id"),
        ("primaryPhone", json!(123), "INVALID_VALUE", "primaryPhone"),
        ("externalId", json!(""), "EMPTY_VALUE", "externalId"),
        ("profileUrl", json!("javascript:alert(1)"), "INVALID_VALUE", "profileUrl"),
        ("website", json!("ftp://example.com"), "INVALID_VALUE", "website"),
        ("birthdate", json!("1815-02-29"), "INVALID_VALUE", "birthdate"),
        ("birthdate", json!("1815-13-01"), "INVALID_VALUE", "birthdate"),
        ("birthdate", json!("0000"), "INVALID_VALUE", "birthdate"),
        ("birthdate", json!("1815-1-01"), "INVALID_VALUE", "birthdate"),
        ("birthdate", json!("+815-01-01"), "INVALID_VALUE", "birthdate"),
    ];
    for (name, value, code, target) in cases {
        assert_eq!(faults(written(&with(name, value.clone()))), [(code, target.to_owned())], "{name} {value}");
    }
    for birthdate in ["1815-12-10", "0000-02-29", "2000-02-29", "1815"] {
        assert_eq!(
            written(&with("birthdate", json!(birthdate))).unwrap().profile.birthdate.as_deref(),
            Some(birthdate)
        );
    }
    let good = with("address", json!({ "streetAddress": "1 Road\nFlat 2", "countryCode": "GB" }));
    assert_eq!(written(&good).unwrap().profile.address.country_code.as_deref(), Some("GB"));
}

#[test]
fn every_fault_is_told_in_its_order() {
    let names = [
        "username",
        "email",
        "population",
        "name",
        "nickname",
        "title",
        "type",
        "externalId",
        "preferredLanguage",
        "locale",
        "timezone",
        "primaryPhone",
        "mobilePhone",
        "photo",
        "profileUrl",
        "website",
        "gender",
        "birthdate",
        "address",
    ];
    let all: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), 7.into())).collect();
    let told = |names: &[&str]| names.iter().map(|name| ("INVALID_VALUE", (*name).to_owned())).collect::<Vec<_>>();
    assert_eq!(faults(written(&all)), told(&names));
    let address = with(
        "address",
        json!({
            "countryCode": 7, "formatted": 7, "locality": 7, "postalCode": 7, "region": 7, "streetAddress": 7,
        }),
    );
    let parts = ["countryCode", "streetAddress", "locality", "region", "postalCode", "formatted"]
        .map(|name| format!("address.{name}"));
    assert_eq!(faults(written(&address)), told(&parts.each_ref().map(String::as_str)));
    let state = [
        "lifecycle",
        "password",
        "emailVerified",
        "phoneVerified",
        "enabled",
        "mfaEnabled",
        "verifyStatus",
        "identityProvider",
    ];
    let odd = state.iter().map(|name| ((*name).to_owned(), 7.into()));
    assert_eq!(
        faults(imported(&odd.chain(with("title", 7.into())).collect())),
        told(&[&["title"][..], &state].concat())
    );
}

#[test]
fn a_plain_creation_takes_no_state() {
    // MG-04, SC-03: enabled, roles and passwords are nothing that a user's body sets.
    let more = json!({
        "id": "x", "enabled": false, "password": { "value": "x" },
        "passwordHash": "x", "password_hash": "x", "roles": ["admin"], "account": { "status": "LOCKED" }, "createdAt": 1, "_links": 1,
        "failures": 9, "mfaEnabled": true, "verifyStatus": "ENABLED", "emailVerified": false, "lastSignOn": { "at": "x" },
    });
    let mut body = object(&json!({ "username": "ada", "email": "ada@example.com" }));
    let plain = written(&body).unwrap();
    body.extend(object(&more));
    assert_eq!(written(&body).unwrap(), plain);
}

#[test]
fn what_was_verified_is_the_address() {
    let same = written(&with("nickname", json!("C"))).unwrap();
    let other = written(&object(&json!({ "username": "old", "email": "other@example.com" }))).unwrap();
    assert_eq!((same.email_verified, other.email_verified), (true, false));
    assert_eq!((same.population, same.enabled), (before().population, true), "what is not said stays");
    // OIDC Core §5.1: of the number that is told.
    let phoned = imported(&object(
        &json!({ "username": "a", "email": "a@b.example", "primaryPhone": "+41 1", "phoneVerified": true }),
    ));
    assert!(phoned.unwrap().user.phone_verified);
    let again = imported(&with("emailVerified", json!(true))).unwrap();
    assert!(again.user.email_verified);
}

#[test]
fn what_was_verified_is_the_number() {
    // OIDC Core §5.1: `phone_number_verified` is of the number that is told.
    let mut known = User { phone_verified: true, ..before() };
    known.profile.primary_phone = Some("+41 1".into());
    for (phones, verified) in [
        (json!({ "primaryPhone": "+41 1" }), true),
        (json!({ "primaryPhone": "+41 1", "mobilePhone": "+41 2" }), true),
        (json!({ "mobilePhone": "+41 1" }), true),
        (json!({ "primaryPhone": "+41 2", "mobilePhone": "+41 1" }), false),
        (json!({}), false),
    ] {
        let mut body = object(&json!({ "username": "old", "email": "ada@example.com", "phoneVerified": true }));
        body.extend(object(&phones));
        assert_eq!(read::<User>(&body, &known, &Nothing).unwrap().phone_verified, verified, "{phones}");
    }
}

#[test]
fn an_import_brings_a_password_and_a_state() {
    let brought =
        imported(&with("password", json!({ "value": "Correct-Horse-7-Battery", "forceChange": true }))).unwrap();
    let password = brought.password.unwrap();
    assert_eq!((password.value.expose(), password.must_change), ("Correct-Horse-7-Battery", true));
    assert!(!format!("{password:?}").contains("Correct"), "LG-01: a password is never printed");
    let user = brought.user;
    assert_eq!((user.enabled, user.email_verified, user.mfa_enabled), (true, false, false));
    assert_eq!((user.lifecycle.as_str(), user.verify_status.as_str()), ("ACCOUNT_OK", "NOT_INITIATED"));
    let state = imported(&with("lifecycle", json!({ "status": "VERIFICATION_REQUIRED" }))).unwrap();
    assert_eq!(state.user.lifecycle, "VERIFICATION_REQUIRED");
    assert!(!imported(&with("enabled", json!(false))).unwrap().user.enabled);
    let external = faults(imported(&with("password", json!({ "external": {}, "value": "x" }))));
    assert_eq!(external, [("INVALID_VALUE", "password.external".to_owned())]);
    let unknown = faults(imported(&with("identityProvider", json!({ "id": "x" }))));
    assert_eq!(unknown, [("INVALID_VALUE", "identityProvider.id".to_owned())]);
    assert_eq!(faults(imported(&with("verifyStatus", json!("YES")))), [("INVALID_VALUE", "verifyStatus".to_owned())]);
}

#[test]
fn an_answer_has_no_password_and_nothing_empty() {
    let mut user = User { last_sign_on: Some(Time(1_000)), ..before() };
    user.password = Some(super::PasswordState {
        hash: "$argon2id$secret".into(),
        must_change: true,
        chosen: false,
        changed_at: Time(7),
    });
    user.profile.photo = Some("https://example.com/a.png".into());
    user.profile.name.given = Some("Ada".into());
    let expected = json!({
        "id": user.id.to_string(), "environment": { "id": user.environment.to_string() }, "username": "old",
        "email": "ada@example.com", "population": { "id": user.population.to_string() }, "name": { "given": "Ada" },
        "photo": { "href": "https://example.com/a.png" }, "lifecycle": { "status": "ACCOUNT_OK" }, "emailVerified": true,
        "phoneVerified": false, "enabled": true, "mfaEnabled": false, "verifyStatus": "NOT_INITIATED", "createdAt": "1970-01-01T00:00:00.000Z",
        "updatedAt": "1970-01-01T00:00:00.000Z", "lastSignOn": { "at": "1970-01-01T00:00:00.001Z" },
    });
    assert_eq!(Value::Object(draw(&user)), expected);
}

#[test]
fn what_has_a_column_is_listed_before_the_rest() {
    let listed = attributes(&mut |walk| User::default().describe(walk));
    let names: Vec<&str> = listed.iter().map(|attribute| attribute.name.as_str()).collect();
    let (columns, rest) = names.split_at(10);
    let expected = [
        "id",
        "username",
        "email",
        "population.id",
        "name.given",
        "name.family",
        "enabled",
        "createdAt",
        "updatedAt",
        "lastSignOn.at",
    ];
    assert_eq!(columns, expected);
    assert!(rest.len() == 32 && rest.is_sorted(), "{rest:?}");
    let photo = listed.iter().find(|attribute| attribute.name == "photo.href").unwrap();
    assert_eq!((photo.path.as_str(), photo.column), ("profile.photo", None));
}

#[test]
fn a_schema_tells_no_hidden_column() {
    let schema = schema::<User>();
    assert_eq!(schema["required"], json!(["username", "email"]));
    let properties = schema["properties"].as_object().unwrap();
    for name in ["password_hash", "must_change", "failures", "profile", "locked_at"] {
        assert!(!properties.contains_key(name), "{name}");
    }
    assert_eq!(properties["photo"]["required"], json!(["href"]));
    assert_eq!(properties["verifyStatus"]["readOnly"], json!(true));
}

/// P9: the lifecycle is written with the user, and a body that does not name it leaves it as it is.
#[test]
fn the_lifecycle_is_the_administrators_to_write() {
    let waiting = written(&with("lifecycle", json!({ "status": "VERIFICATION_REQUIRED" }))).unwrap();
    assert_eq!(waiting.lifecycle, "VERIFICATION_REQUIRED");
    for kept in [json!(null), json!({}), json!({ "suppressVerificationCode": true })] {
        assert_eq!(read(&with("lifecycle", kept), &waiting, &Nothing).unwrap().lifecycle, "VERIFICATION_REQUIRED");
    }
    let done = with("lifecycle", json!({ "status": "ACCOUNT_OK" }));
    assert_eq!(read(&done, &waiting, &Nothing).unwrap().lifecycle, "ACCOUNT_OK");
    let odd = faults(written(&with("lifecycle", json!({ "status": "GONE" }))));
    assert_eq!(odd, [("INVALID_VALUE", "lifecycle.status".to_owned())]);
}
