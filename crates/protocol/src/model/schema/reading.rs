//! The values of custom attributes in a body: each is what its attribute says, or it is told what is wrong with it.

use serde_json::{Map, Value, json};

use super::user_schema::requirements;
use super::{CustomValue, CustomValues, SchemaAttribute, SchemaAttributeType, SubAttribute, UserSchema};
use crate::expression::Searches;
use crate::model::check::Fields;

/// Octets of all values of a user's custom attributes, as PingOne's documents say.
pub(super) const MAX_VALUES_SIZE: usize = 16 * 1024;
/// Values of one attribute.
const MAX_VALUES: usize = 1_000;
/// Enumerated values that a refusal names.
const MAX_TOLD: usize = 50;

/// A body says all: what it does not name is cleared, except what is disabled.
pub(super) fn read(schema: &UserSchema, fields: &mut Fields<'_>, values: &mut CustomValues) {
    let mut there = Vec::new();
    let mut size = 0;
    for one in schema.custom() {
        let was = values.get(one.id);
        let sent = if one.enabled { fields.sent(&one.name) } else { was };
        let Some(value) = sent.filter(|value| !is_empty(value)) else { continue };
        size += octets(value);
        if size > MAX_VALUES_SIZE {
            // Nothing is judged of what is too much: patterns take time for each value.
            let message = format!("the custom attributes of a user hold at most {MAX_VALUES_SIZE} octets together");
            let inner = json!({ "maximumValue": MAX_VALUES_SIZE });
            return fields.fault("SIZE_LIMIT_EXCEEDED", &one.name, &message, Some(inner));
        }
        there.push((one, was, value));
    }
    let (mut after, mut searches) = (Vec::new(), Searches::default());
    for (one, was, value) in there {
        if one.enabled && Some(value) != was {
            let (fields, searches) = (&mut *fields, &mut searches);
            Judge { schema, one, was, fields, searches, told: false }.judge(value);
        }
        after.push(CustomValue { attribute: one.id, name: one.name.clone(), value: without_nulls(value) });
    }
    after.sort_by(|one, other| one.name.cmp(&other.name));
    values.0 = after;
}

/// What is null in an object is not there, as everywhere.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(all) => all.iter().map(without_nulls).collect(),
        Value::Object(members) => {
            let there = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(there.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        other => other.clone(),
    }
}

/// An empty list is no value.
fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn octets(value: &Value) -> usize {
    match value {
        Value::Array(all) => all.iter().map(octets).sum(),
        Value::String(text) => text.len(),
        other => other.to_string().len(),
    }
}

struct Judge<'j, 'a> {
    schema: &'j UserSchema,
    one: &'j SchemaAttribute,
    was: Option<&'j Value>,
    fields: &'j mut Fields<'a>,
    searches: &'j mut Searches,
    /// Whether it was told which values there are.
    told: bool,
}

impl Judge<'_, '_> {
    fn judge(&mut self, value: &Value) {
        let name = self.one.name.as_str();
        match (value.as_array(), self.one.multi_valued) {
            (Some(all), true) if all.len() > MAX_VALUES => {
                let message = format!("must have at most {MAX_VALUES} elements");
                self.fault("SIZE_LIMIT_EXCEEDED", name, &message, Some(json!({ "maximumValue": MAX_VALUES })));
            }
            (Some(all), true) => {
                for (index, value) in all.iter().enumerate() {
                    self.single(&format!("{name}[{index}]"), value);
                }
            }
            (None, true) => self.fault("INVALID_VALUE", name, "must be an array", None),
            _ => self.single(name, value),
        }
    }

    fn single(&mut self, place: &str, value: &Value) {
        match (self.one.kind, value) {
            (SchemaAttributeType::String, Value::String(text)) => self.text(place, text),
            (SchemaAttributeType::String, _) => self.fault("INVALID_VALUE", place, "must be a string", None),
            (SchemaAttributeType::Boolean, Value::Bool(_)) => {}
            (SchemaAttributeType::Boolean, _) => self.fault("INVALID_VALUE", place, "must be a boolean", None),
            (SchemaAttributeType::Json, Value::Object(_)) => self.whole(place, value),
            (SchemaAttributeType::Complex, Value::Object(members)) => self.parts(place, members),
            _ => self.fault("INVALID_VALUE", place, "must be an object", None),
        }
    }

    fn text(&mut self, place: &str, text: &str) {
        if !self.is_text(place, text) {
            return;
        }
        if let Some(pattern) = self.schema.pattern(self.one.id) {
            match pattern.is(text, self.searches) {
                Ok(true) => {}
                Ok(false) => self.fault("INVALID_VALUE", place, &requirements(self.one), None),
                Err(why) => self.fault("INVALID_VALUE", place, why.0, None),
            }
        }
        if self.one.enumerated.is_empty() {
            return;
        }
        let had = |value: &Value| value.as_str() == Some(text);
        let had = self.was.is_some_and(|was| had(was) || was.as_array().is_some_and(|all| all.iter().any(had)));
        // Whoever has an archived value keeps it.
        let good = self.one.enumerated.iter().any(|one| one.value == text && (!one.archived || had));
        if !good {
            let message = "must be one of the enumerated values that are not archived";
            let allowed = (!std::mem::replace(&mut self.told, true)).then(|| self.allowed());
            self.fault("INVALID_VALUE", place, message, allowed);
        }
    }

    /// Some of the values that there are: of many a list helps nobody.
    fn allowed(&self) -> Value {
        let allowed = self.one.enumerated.iter().filter(|one| !one.archived).map(|one| one.value.as_str());
        json!({ "allowedValues": allowed.take(MAX_TOLD).collect::<Vec<_>>() })
    }

    fn is_text(&mut self, place: &str, text: &str) -> bool {
        if text.is_empty() {
            self.fault("EMPTY_VALUE", place, "must not be empty", None);
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.fault("INVALID_VALUE", place, "holds a character that is not allowed", None);
        } else {
            return true;
        }
        false
    }

    fn parts(&mut self, place: &str, members: &Map<String, Value>) {
        for (name, value) in members {
            let place = format!("{place}.{name}");
            let one = self.one;
            match one.sub_attributes.iter().find(|part| part.enabled && part.name == *name) {
                None => self.fault("INVALID_VALUE", &place, "the attribute has no such sub-attribute", None),
                Some(part) => match (part.multi_valued, value) {
                    (true, Value::Array(all)) if all.len() <= MAX_VALUES => {
                        for (index, value) in all.iter().enumerate() {
                            self.part(&format!("{place}[{index}]"), part, value);
                        }
                    }
                    (true, _) => self.fault("INVALID_VALUE", &place, "must be an array of at most 1000 elements", None),
                    (false, value) => self.part(&place, part, value),
                },
            }
        }
    }

    fn part(&mut self, place: &str, part: &SubAttribute, value: &Value) {
        match (part.kind, value) {
            (SchemaAttributeType::Json, Value::Object(_)) => self.whole(place, value),
            (SchemaAttributeType::Json, _) => self.fault("INVALID_VALUE", place, "must be an object", None),
            (_, Value::String(text)) => _ = self.is_text(place, text),
            _ => self.fault("INVALID_VALUE", place, "must be a string", None),
        }
    }

    /// No database takes a NUL in an object.
    fn whole(&mut self, place: &str, value: &Value) {
        if holds_nul(value) {
            self.fault("INVALID_VALUE", place, "holds a character that is not allowed", None);
        } else if lists_null(value) {
            self.fault("INVALID_VALUE", place, "holds a list with null in it", None);
        }
    }

    fn fault(&mut self, code: &'static str, place: &str, message: &str, inner: Option<Value>) {
        self.fields.fault(code, place, message, inner);
    }
}

fn lists_null(value: &Value) -> bool {
    match value {
        Value::Array(all) => all.iter().any(|one| one.is_null() || lists_null(one)),
        Value::Object(members) => members.values().any(lists_null),
        _ => false,
    }
}

/// The nesting is bounded by what was parsed.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(all) => all.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}
