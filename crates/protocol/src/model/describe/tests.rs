mod traps;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Known, Refers, attributes, draw, read, schema};
use crate::id::{EnvironmentId, PasswordPolicyId, PopulationId};
use crate::model::describe::Described as _;
use crate::model::{Population, RoleAssignment};
use crate::time::Time;

/// An environment with one password policy.
struct Environment;

impl Known for Environment {
    fn has(&self, what: Refers, id: Uuid) -> bool {
        what == Refers::PasswordPolicy && id == Uuid::from_u128(7)
    }
}

fn before() -> Population {
    Population {
        id: PopulationId::new(Uuid::from_u128(1)),
        environment: EnvironmentId::new(Uuid::from_u128(2)),
        name: "Old".into(),
        description: Some("was".into()),
        default: true,
        preferred_language: "de".into(),
        theme: Uuid::from_u128(3),
        alternative_identifiers: vec!["a".into()],
        created_at: Time(1_000),
        updated_at: Time(2_000),
        version: 4,
        ..Population::default()
    }
}

fn body(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn faults(value: &Value) -> Vec<(&'static str, String)> {
    let refused = read(&body(value), &before(), &Environment).unwrap_err();
    refused.details.into_iter().map(|d| (d.code, d.target)).collect()
}

#[test]
fn a_replacement_clears_defaults_and_keeps() {
    let after = read(&body(&json!({ "name": "New" })), &before(), &Environment).unwrap();
    let expected = Population {
        name: "New".into(),
        description: None,
        preferred_language: "en".into(),
        alternative_identifiers: Vec::new(),
        ..before()
    };
    assert_eq!(after, expected, "default and theme stay, the rest falls back");
}

#[test]
fn what_only_the_server_writes_is_not_read() {
    let sent = json!({
        "name": "New", "id": "x", "environment": { "id": "y" }, "createdAt": 7, "updatedAt": "z", "userCount": -1, "version": 9,
        "_links": {}, "unknown": [],
    });
    let bare = read(&body(&json!({ "name": "New" })), &before(), &Environment);
    assert_eq!(read(&body(&sent), &before(), &Environment), bare);
}

#[test]
fn every_fault_is_told_in_the_order_of_the_description() {
    let sent = json!({
        "alternativeIdentifiers": ["one", "t\u{0}o", 3], "theme": { "id": "no" }, "default": "yes", "name": 7,
        "passwordPolicy": { "id": Uuid::from_u128(8).to_string() }, "preferredLanguage": "d\u{e9}", "description": "x".repeat(4_097),
    });
    let expected = [
        ("INVALID_VALUE", "name"),
        ("SIZE_LIMIT_EXCEEDED", "description"),
        ("INVALID_VALUE", "default"),
        ("INVALID_VALUE", "preferredLanguage"),
        ("INVALID_VALUE", "passwordPolicy.id"),
        ("INVALID_VALUE", "theme.id"),
        ("INVALID_VALUE", "alternativeIdentifiers[1]"),
        ("INVALID_VALUE", "alternativeIdentifiers[2]"),
    ];
    assert_eq!(faults(&sent), expected.map(|(code, target)| (code, target.to_owned())));
    assert_eq!(faults(&json!({})), [("REQUIRED_VALUE", "name".to_owned())]);
    assert_eq!(faults(&json!({ "name": "" })), [("REQUIRED_VALUE", "name".to_owned())]);
    let bare = json!({ "name": "n", "passwordPolicy": {} });
    assert_eq!(faults(&bare), [("REQUIRED_VALUE", "passwordPolicy.id".to_owned())]);
}

#[test]
fn a_reference_is_taken_where_it_is_known() {
    let sent = json!({ "name": "n", "passwordPolicy": { "id": Uuid::from_u128(7).to_string() }, "theme": {} });
    let after = read(&body(&sent), &before(), &Environment).unwrap();
    assert_eq!(after.password_policy, Some(PasswordPolicyId::new(Uuid::from_u128(7))));
    assert_eq!(after.theme, before().theme);
}

#[test]
fn an_answer_leaves_out_what_is_absent() {
    let drawn = Value::Object(draw(&before()));
    let expected = json!({
        "id": before().id.to_string(), "environment": { "id": before().environment.to_string() }, "name": "Old",
        "description": "was", "default": true, "preferredLanguage": "de", "theme": { "id": Uuid::from_u128(3).to_string() },
        "alternativeIdentifiers": ["a"], "createdAt": "1970-01-01T00:00:00.001Z", "updatedAt": "1970-01-01T00:00:00.002Z",
    });
    assert_eq!(drawn, expected);
}

#[test]
fn a_filter_may_name_what_is_found() {
    let listed = attributes(&mut |walk| Population::default().describe(walk));
    let names: Vec<&str> = listed.iter().map(|attribute| attribute.name.as_str()).collect();
    assert_eq!(names, ["id", "name", "default", "createdAt", "updatedAt", "description"]);
}

#[test]
fn a_schema_says_what_may_be_sent() {
    let schema = schema::<Population>();
    assert_eq!(schema["required"], json!(["name"]));
    let properties = &schema["properties"];
    assert_eq!(properties["name"], json!({ "type": "string", "minLength": 1, "maxLength": 256, "x-filterable": true }));
    assert_eq!(properties["preferredLanguage"]["default"], "en");
    assert_eq!(properties["userCount"], json!({ "type": "integer", "readOnly": true }));
    let role = super::schema::<RoleAssignment>();
    assert_eq!(
        role["properties"]["scope"]["properties"]["type"]["enum"],
        json!(["ORGANIZATION", "ENVIRONMENT", "POPULATION", "APPLICATION"])
    );
    assert!(role["properties"]["actor"].is_null(), "what is hidden has no schema");
}
