//! What may be asked for, and how a token request narrows it.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Details, schema};
use crate::client::Client;
use crate::client_auth::Method;
use crate::grant::tests::{client, params, scopes};
use crate::id::ResourceId;
use crate::model::{AuthorizationDetailsType, Scopes};
use crate::refusal::{Reason, Refused};

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn typed() -> Scopes {
    let of = |name: &str, resource: u128, schema: &Value| AuthorizationDetailsType {
        name: name.to_owned(),
        resource: ResourceId::new(uuid::Uuid::from_u128(resource)),
        description: Some(format!("Words for {name}")),
        schema: object(schema),
        ..AuthorizationDetailsType::default()
    };
    let payment = json!({
        "type": "object", "required": ["amount"],
        "properties": {
            "amount": { "type": "object", "required": ["value", "currency"], "properties": {
                "value": { "type": "number", "minimum": 0, "maximum": 1000 },
                "currency": { "enum": ["EUR", "USD"] } } },
            "actions": { "type": "array", "maxItems": 2, "items": { "type": "string", "minLength": 1, "maxLength": 8 } },
            "fast": { "type": "boolean" }, "count": { "type": "integer" }, "kind": { "const": "sepa" },
        },
    });
    let open = json!({ "additionalProperties": true });
    Scopes {
        details_types: vec![of("payment", 10, &payment), of("open", 11, &open), of("other", 10, &json!({}))],
        ..scopes()
    }
}

fn allowed(types: &[&str]) -> Client {
    let mut client = client(&[Method::ClientSecretPost]);
    client.application.authorization_details_types = types.iter().map(ToString::to_string).collect();
    client
}

fn read(details: &str) -> Result<Details, Refused> {
    let encoded: String = url::form_urlencoded::byte_serialize(details.as_bytes()).collect();
    Details::read(&params(&format!("authorization_details={encoded}")), &allowed(&["payment", "open"]), &typed())
}

fn payment(members: &Value) -> Value {
    let mut one = json!({ "type": "payment", "amount": { "value": 12.5, "currency": "EUR" } });
    one.as_object_mut().unwrap().extend(object(members));
    one
}

/// RR-01: what the schema admits is taken, and told to whoever shows it.
#[test]
fn what_the_schema_admits_is_taken() {
    let whole = payment(&json!({ "actions": ["read", "pay"], "fast": true, "count": 3, "kind": "sepa" }));
    let details = read(&json!([whole, { "type": "open", "anything": [1, { "b": null }] }]).to_string()).unwrap();
    assert_eq!(details.to_value()[0], whole);
    assert_eq!(Details::from_value(&details.to_value()), Some(details.clone()));
    let scopes = typed();
    let told: Vec<_> = details.explained(&scopes).map(|(of, _)| of.description.as_deref().unwrap()).collect();
    assert_eq!(told, ["Words for payment", "Words for open"]);
    assert_eq!(details.resources(&scopes).len(), 2);
    // The same twice asks for it once, and nothing asks for nothing.
    assert_eq!(read(&json!([whole, whole]).to_string()).unwrap().to_value(), json!([whole]));
    assert!(Details::read(&params(""), &allowed(&[]), &typed()).unwrap().is_empty());
}

/// RR-02, RR-03, RR-04, RR-05, RR-06: unknown and foreign types, unknown, missing and wrong members, and what is no list.
#[test]
fn what_it_does_not_admit_is_told() {
    let table = [
        (json!({}), "array"),
        (json!("payment"), "array"),
        (json!([]), "1 to 20"),
        (json!(["payment"]), "array"),
        (json!([null]), "array"),
        (json!([{}]), "with a type"),
        (json!([{ "type": 1 }]), "with a type"),
        (json!([{ "type": "unknown" }]), "payment or open"),
        (json!([{ "type": "other" }]), "payment or open"),
        (json!([{ "type": "Payment" }]), "payment or open"),
        (json!([{ "type": "payment" }]), "payment: the member amount"),
        (json!([payment(&json!({ "amount": 1 }))]), "payment.amount: an object"),
        (json!([payment(&json!({ "amount": { "value": 1 } }))]), "payment.amount: the member currency"),
        (json!([payment(&json!({ "amount": { "value": 1001, "currency": "EUR" } }))]), "payment.amount.value: at most"),
        (json!([payment(&json!({ "amount": { "value": -1, "currency": "EUR" } }))]), "payment.amount.value: at least"),
        (json!([payment(&json!({ "amount": { "value": 1, "currency": "GBP" } }))]), "payment.amount.currency: one of"),
        (json!([payment(&json!({ "amount": { "value": 1, "currency": "EUR", "x": 1 } }))]), "payment.amount: no other"),
        (json!([payment(&json!({ "x": 1 }))]), "payment: no other members"),
        (json!([payment(&json!({ "fast": "true" }))]), "payment.fast: a boolean"),
        (json!([payment(&json!({ "count": 1.5 }))]), "payment.count: an integer"),
        (json!([payment(&json!({ "kind": "other" }))]), "payment.kind: the value"),
        (json!([payment(&json!({ "actions": ["a", 1] }))]), "payment.actions[1]: a string"),
        (json!([payment(&json!({ "actions": ["a", ""] }))]), "payment.actions[1]: at least 1"),
        (json!([payment(&json!({ "actions": ["a", "b", "c"] }))]), "payment.actions: at most 2"),
        (Value::from(vec![payment(&json!({})); 21]), "1 to 20"),
    ];
    for (details, expected) in table {
        let refused = read(&details.to_string()).unwrap_err();
        assert_eq!(refused.reason, Reason::AuthorizationDetailsInvalid, "{details}");
        assert!(refused.expected.contains(expected), "{details}: {refused:?}");
    }
    let deep = format!("[{{\"type\":\"open\",\"a\":{}1{}}}]", "[".repeat(4), "]".repeat(4));
    let long = json!([{ "type": "open", "a": "x".repeat(4_096) }]).to_string();
    let twice = r#"[{"type":"open","type":"payment"}]"#;
    for text in [
        "{",
        "[]]",
        "nothing",
        &deep,
        &long,
        twice,
        r#"[{"type":"open","a":7.3664668191911844e-9}]"#,
        &"[".repeat(10_000),
    ] {
        assert_eq!(read(text).unwrap_err().reason, Reason::AuthorizationDetailsInvalid);
    }
}

/// RR-07: a token request names some of what was authorized, as it was; a type that was taken away allows nothing more.
#[test]
fn a_token_request_narrows_and_never_widens() {
    let (one, two) = (payment(&json!({})), json!({ "type": "open" }));
    let granted = read(&json!([one, two]).to_string()).unwrap();
    let asked = |value: Value| Details::parse(&value.to_string()).unwrap();
    assert_eq!(granted.narrowed(None), Ok(granted.clone()));
    assert_eq!(granted.narrowed(Some(&asked(json!([two])))).unwrap().to_value(), json!([two]));
    for wider in [
        json!([payment(&json!({ "fast": true }))]),
        json!([one, { "type": "open", "a": 1 }]),
        json!([{ "type": "other" }]),
    ] {
        let refused = granted.narrowed(Some(&asked(wider))).unwrap_err();
        assert_eq!(refused.reason, Reason::AuthorizationDetailsWider);
    }
    assert_eq!(granted.held(&allowed(&["open"]), &typed()).to_value(), json!([two]));
    assert!(granted.held(&allowed(&["payment", "open"]), &Scopes::default()).is_empty());
    let at = granted.at(&[ResourceId::new(uuid::Uuid::from_u128(11))], &typed());
    assert_eq!(at.to_value(), json!([two]));
}

#[test]
fn a_schema_is_of_the_part_that_is_understood() {
    for good in
        [json!({}), json!({ "type": "object", "properties": { "a": { "items": { "type": "string" } } }, "title": "T" })]
    {
        assert_eq!(schema::judge(&object(&good)), Ok(()));
    }
    for bad in [
        json!({ "type": "array" }),
        json!({ "$ref": "#/x" }),
        json!({ "pattern": "(a+)+$" }),
        json!({ "oneOf": [{}] }),
        json!({ "properties": [] }),
        json!({ "properties": { "a": 1 } }),
        json!({ "properties": { "a": { "type": "text" } } }),
        json!({ "properties": { "a": { "minLength": -1 } } }),
        json!({ "properties": { "a": { "enum": [] } } }),
        json!({ "required": [1] }),
        json!({ "additionalProperties": {} }),
        json!({ "properties": { "a": { "items": { "items": { "items": { "items": {} } } } } } }),
    ] {
        assert!(schema::judge(&object(&bad)).is_err(), "{bad}");
    }
}

proptest! {
    /// Whatever is taken is stored and asked for again alike, and is as its schema says.
    #[test]
    fn what_is_taken_is_the_same_again(value in any::<f64>(), text in ".{0,12}", extra in ".{0,6}", count in -9_i64..9) {
        let one = json!({ "type": "payment", "amount": { "value": value, "currency": "EUR" }, "count": count });
        let two = json!({ "type": "open", extra.clone(): [text.clone(), { text: extra }] });
        if let Ok(details) = read(&json!([one, two]).to_string()) {
            let again = read(&details.to_value().to_string()).unwrap();
            prop_assert_eq!(&again, &details);
            prop_assert!((0.0..=1000.0).contains(&value));
            prop_assert_eq!(details.narrowed(Some(&details)), Ok(details.clone()));
        }
    }

    #[test]
    fn no_text_is_more_than_it_may_be(text in "[\\[\\]{}\":,a-b0-1]{0,60}") {
        if let Ok(details) = Details::parse(&text) {
            prop_assert!(!details.is_empty());
        }
    }
}
