//! The values of a user's custom attributes, and the keys by which they are found.

use serde_json::{Map, Value, json};

use crate::id::SchemaAttributeId;
use crate::model::describe::Stored;

/// What a user has under an attribute. The value is a text, a flag, an object, or a list of such.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomValue {
    pub attribute: SchemaAttributeId,
    /// The attribute's, which stays as long as it is there.
    pub name: String,
    pub value: Value,
}

/// All of a user, in the order of the names. They are stored by the attribute's id: another one that is made later under the same
/// name has none of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomValues(pub Vec<CustomValue>);

/// One thing that a filter may find of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCustom<'a> {
    pub attribute: SchemaAttributeId,
    pub name: &'a str,
    /// Below the attribute, in lower case, with points between; empty for the value itself.
    pub path: String,
    /// In lower case.
    pub text: String,
}

/// Characters of a value that its key has; of a longer one the key has the beginning and a hash.
pub const MAX_KEY: usize = 200;
/// What is found of one user at most: the rest of an object is kept and told, and no filter finds it.
const MAX_FOUND: usize = 200;
const MAX_PATH: usize = 200;

/// The key of a text in lower case, under which it is unique and found.
pub fn value_key(text: &str) -> String {
    if text.chars().count() <= MAX_KEY {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(MAX_KEY).collect();
    let hash = jose::b64::encode(&jose::digest::sha256(text.as_bytes()));
    format!("{beginning}#{hash}")
}

impl CustomValues {
    pub fn get(&self, attribute: SchemaAttributeId) -> Option<&Value> {
        self.0.iter().find(|one| one.attribute == attribute).map(|one| &one.value)
    }

    /// What filters find, each once.
    pub fn found(&self) -> Vec<FoundCustom<'_>> {
        let mut found = Vec::new();
        for CustomValue { attribute, name, value } in &self.0 {
            let before = found.len();
            leaves(value, &mut String::new(), &mut |path, text| {
                // What stands by itself may be unique: none of it is left out. It is bounded by what a user may hold.
                if (!path.is_empty() && found.len() >= MAX_FOUND) || path.len() > MAX_PATH {
                    return;
                }
                let one = FoundCustom { attribute: *attribute, name, path: path.to_owned(), text: text.to_lowercase() };
                if !found.contains(&one) {
                    found.push(one);
                }
            });
            // An object is there even if there is nothing in it.
            if found.len() == before || found[before..].iter().all(|one| !one.path.is_empty()) {
                let there = FoundCustom { attribute: *attribute, name, path: String::new(), text: String::new() };
                found.push(there);
            }
        }
        found
    }
}

/// The nesting is bounded by what was parsed.
fn leaves(value: &Value, path: &mut String, each: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => each(path, if *flag { "true" } else { "false" }),
        Value::Number(number) => each(path, &number.to_string()),
        Value::String(text) => each(path, text),
        Value::Array(all) => all.iter().for_each(|one| leaves(one, path, each)),
        Value::Object(members) => {
            for (name, value) in members {
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(&name.to_lowercase());
                leaves(value, path, each);
                path.truncate(length);
            }
        }
    }
}

impl Stored for CustomValues {
    fn write(&self) -> Option<Value> {
        let one = |one: &CustomValue| (one.attribute.to_string(), json!({ "name": one.name, "value": one.value }));
        (!self.0.is_empty()).then(|| Value::Object(self.0.iter().map(one).collect::<Map<_, _>>()))
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let Some(stored) = stored else {
            self.0.clear();
            return true;
        };
        let one = |(id, one): (&String, &Value)| {
            Some(CustomValue {
                attribute: SchemaAttributeId::parse(id)?,
                name: one.get("name")?.as_str()?.to_owned(),
                value: one.get("value")?.clone(),
            })
        };
        let read: Option<Vec<_>> = stored.as_object().and_then(|all| all.iter().map(one).collect());
        read.map(|mut read| {
            read.sort_by(|one, other| one.name.cmp(&other.name));
            self.0 = read;
        })
        .is_some()
    }
}
