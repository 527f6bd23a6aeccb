use serde_json::{Value, json};

use super::reading::MAX_VALUES_SIZE;
use super::*;
use crate::id::{EnvironmentId, SchemaAttributeId};
use crate::model::check::Fields;
use crate::time::Time;
use uuid::Uuid;

fn own(n: u128, name: &str, kind: SchemaAttributeType) -> SchemaAttribute {
    SchemaAttribute {
        id: SchemaAttributeId::new(Uuid::from_u128(n)),
        name: name.into(),
        kind,
        enabled: true,
        version: 1,
        ..SchemaAttribute::default()
    }
}

fn schema(all: Vec<SchemaAttribute>) -> UserSchema {
    UserSchema::of(EnvironmentId::default(), Time(0), all)
}

/// The values that a body makes of those before, or the target of its first fault.
fn read(schema: &UserSchema, before: &CustomValues, body: &Value) -> Result<CustomValues, String> {
    let mut fields = Fields::new(body.as_object().unwrap());
    let mut values = before.clone();
    schema.read(&mut fields, &mut values);
    fields.finish(values).map_err(|refused| refused.details[0].target.clone())
}

#[test]
fn values_are_what_their_attributes_say() {
    let enumerated = ["S", "M"].map(|value| EnumeratedValue { value: value.into(), ..EnumeratedValue::default() });
    let old = EnumeratedValue { value: "XXL".into(), archived: true, description: None };
    let size = SchemaAttribute {
        enumerated: enumerated.into_iter().chain([old]).collect(),
        ..own(1, "size", SchemaAttributeType::String)
    };
    let regex =
        RegexValidation { pattern: "[0-9]+".into(), requirements: "digits".into(), ..RegexValidation::default() };
    let badge =
        SchemaAttribute { regex: Some(regex), multi_valued: true, ..own(2, "badge", SchemaAttributeType::String) };
    let all =
        vec![size, badge, own(3, "flag", SchemaAttributeType::Boolean), own(4, "data", SchemaAttributeType::Json)];
    let schema = schema(all);
    let none = CustomValues::default();
    let whole = json!({ "size": "S", "badge": ["12", "34"], "flag": true, "data": { "a": [1, { "b": "C" }] } });
    let read_whole = read(&schema, &none, &whole).unwrap();
    assert_eq!(read_whole.0.len(), 4);
    let found: Vec<_> =
        read_whole.found().into_iter().map(|one| format!("{} {}={}", one.name, one.path, one.text)).collect();
    assert_eq!(found, ["badge =12", "badge =34", "data a=1", "data a.b=c", "data =", "flag =true", "size =s"]);
    for (body, target) in [
        (json!({ "size": "L" }), "size"),
        (json!({ "size": "XXL" }), "size"),
        (json!({ "size": ["S"] }), "size"),
        (json!({ "size": "" }), "size"),
        (json!({ "badge": "12" }), "badge"),
        (json!({ "badge": ["12", "x"] }), "badge[1]"),
        (json!({ "flag": "yes" }), "flag"),
        (json!({ "data": "{}" }), "data"),
        (json!({ "data": { "a": "\0" } }), "data"),
        (json!({ "data": { "a": "x".repeat(MAX_VALUES_SIZE) } }), "data"),
    ] {
        assert_eq!(read(&schema, &none, &body), Err(target.to_owned()), "{body}");
    }
    let archived =
        CustomValue { attribute: SchemaAttributeId::new(Uuid::from_u128(1)), name: "size".into(), value: json!("XXL") };
    let before = CustomValues(vec![archived]);
    assert_eq!(read(&schema, &before, &json!({ "size": "XXL" })), Ok(before.clone()), "who has it keeps it");
    assert_eq!(read(&schema, &before, &json!({})), Ok(none), "what is not named is cleared");
}

/// What is too much is not judged, and what is wrong is told once with what would be right.
#[test]
fn many_values_take_no_long_time_and_no_long_answer() {
    let regex =
        RegexValidation { pattern: "(?=.*x)a+".into(), requirements: "an x".into(), ..RegexValidation::default() };
    let badge =
        SchemaAttribute { regex: Some(regex), multi_valued: true, ..own(1, "badge", SchemaAttributeType::String) };
    let value = |n| EnumeratedValue { value: format!("{n}"), ..EnumeratedValue::default() };
    let size = SchemaAttribute {
        enumerated: (0..500).map(value).collect(),
        multi_valued: true,
        ..own(2, "size", SchemaAttributeType::String)
    };
    let schema = schema(vec![badge, size]);
    let refused = |body: Value| {
        let mut fields = Fields::new(body.as_object().unwrap());
        schema.read(&mut fields, &mut CustomValues::default());
        fields.finish(()).unwrap_err().details
    };
    let much = refused(json!({ "badge": vec!["a".repeat(100); 200] }));
    assert_eq!(much.iter().map(|one| (one.code, &*one.target)).collect::<Vec<_>>(), [("SIZE_LIMIT_EXCEEDED", "badge")]);
    let wrong = refused(json!({ "size": vec!["L"; 1_000] }));
    let told: Vec<_> = wrong
        .iter()
        .map(|one| one.inner.as_ref().map(|inner| inner["allowedValues"].as_array().unwrap().len()))
        .collect();
    assert_eq!((told.len(), told[0], told[1..].iter().flatten().count()), (100, Some(50), 0));
}

/// All values of a body are judged by what patterns may take together.
#[test]
fn patterns_have_one_budget_for_all_values() {
    let regex = RegexValidation { pattern: "(?=a)a".into(), requirements: "an a".into(), ..RegexValidation::default() };
    let one = |n, name| SchemaAttribute {
        regex: Some(regex.clone()),
        multi_valued: true,
        ..own(n, name, SchemaAttributeType::String)
    };
    let schema = schema(vec![one(1, "a"), one(2, "b"), one(3, "c")]);
    let none = CustomValues::default();
    let full = vec!["a"; 1_000];
    assert!(read(&schema, &none, &json!({ "a": full })).is_ok(), "as many as there may be");
    assert_eq!(read(&schema, &none, &json!({ "a": full, "b": full, "c": full })), Err("c[0]".into()));
}

#[test]
fn a_long_value_has_a_short_key() {
    let (one, other) = ("a".repeat(1_000), "a".repeat(1_001));
    assert_ne!(value_key(&one), value_key(&other));
    assert!(value_key(&one).starts_with(&"a".repeat(MAX_KEY)) && value_key(&one).len() < 300);
    assert_eq!(value_key("short"), "short");
}

#[test]
fn values_stand_under_ids() {
    use crate::model::describe::Stored as _;
    let one =
        CustomValue { attribute: SchemaAttributeId::new(Uuid::from_u128(7)), name: "a".into(), value: json!(["x"]) };
    let values = CustomValues(vec![one]);
    let mut read = CustomValues::default();
    assert!(read.read(values.write().as_ref()));
    assert_eq!(read, values);
    assert!(!read.read(Some(&json!({ "no id": {} }))));
    assert!(read.read(None) && read.0.is_empty());
}

/// However much else a user has, what is unique is found.
#[test]
fn what_stands_by_itself_is_always_found() {
    let schema = schema(vec![own(1, "aaa", SchemaAttributeType::Json), own(2, "badge", SchemaAttributeType::String)]);
    let many: Vec<u32> = (0..300).collect();
    let body = json!({ "aaa": { "a": many }, "badge": "7" });
    let values = read(&schema, &CustomValues::default(), &body).unwrap();
    assert!(values.found().iter().any(|one| one.name == "badge" && one.text == "7"));
}
