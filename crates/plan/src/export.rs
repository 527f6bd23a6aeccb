//! What a server has, as a file that makes it again.
//!
//! Left out is whatever would say nothing elsewhere: ids and times, what the server made by itself and nobody changed, references to what no
//! file can name. In place of a secret stands the variable that it is to come from.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::found::{Environment, Found};
use crate::kinds::Kind;
use crate::label::needed;
use crate::shape::{Shape, Type};
use crate::table::{Identity, Refers};
use crate::write::{Text, write};

/// The file of an environment, and the variables that it reads secrets from.
pub fn export(kinds: &Kind, environment: &Environment) -> (String, BTreeSet<String>) {
    let mut secrets = BTreeSet::new();
    let found = &environment.found;
    let mut document = vec![("environment".to_owned(), Text::Map(own(kinds, found, &mut secrets)))];
    document.extend(parts(kinds, found, &mut secrets));
    let mut text = String::from("# Written by `grantor export`. What a property may be: docs/reference/api.\n");
    for name in &secrets {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# Secret: the variable {name}.");
    }
    text += &write(&Text::Map(document));
    (text, secrets)
}

fn parts(kind: &Kind, found: &Found, secrets: &mut BTreeSet<String>) -> Vec<(String, Text)> {
    let mut all = Vec::new();
    for part in &kind.parts {
        let mut list: Vec<&Found> = found.parts.get(&part.segment).into_iter().flatten().collect();
        if !matches!(part.identity, Identity::Nth(_)) {
            list.sort_by(|one, other| one.label.cmp(&other.label));
        }
        let mut objects: Vec<Text> = list.into_iter().filter_map(|one| object(part, one, secrets)).collect();
        if part.identity == Identity::Single {
            all.extend(objects.pop().map(|one| (part.segment.clone(), one)));
        } else if !objects.is_empty() {
            all.push((part.segment.clone(), Text::List(objects)));
        }
    }
    all
}

/// None: there is nothing to say of it.
fn object(kind: &Kind, found: &Found, secrets: &mut BTreeSet<String>) -> Option<Text> {
    let parts = parts(kind, found, secrets);
    let unsaid = found.own || (found.built_in && found.untouched && is_standing(kind));
    if unsaid && parts.is_empty() {
        return None;
    }
    let mut members = if found.own {
        vec![(needed(kind).to_owned(), Text::from(Value::from(found.label.as_str())))]
    } else {
        own(kind, found, secrets)
    };
    members.extend(parts);
    (!members.is_empty()).then_some(Text::Map(members))
}

/// Kinds of which a server makes many with what they are parts of.
fn is_standing(kind: &Kind) -> bool {
    matches!(kind.segment.as_str(), "attributes" | "scopes" | "roleAssignments")
}

/// The object's own properties, what it is known by first.
fn own(kind: &Kind, found: &Found, secrets: &mut BTreeSet<String>) -> Vec<(String, Text)> {
    let variable = |path: &str| {
        let words = format!("{}_{}_{path}", kind.segment, found.label);
        let letters = words.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
        letters.collect::<String>()
    };
    let body = said(&kind.shape, &found.body, "", &mut |path| {
        let first = variable(path);
        let mut name = first.clone();
        let mut count = 2;
        // Two names may differ in what no variable has.
        while !secrets.insert(name.clone()) {
            name = format!("{first}_{count}");
            count += 1;
        }
        name
    });
    let Some(Value::Object(members)) = body else { return Vec::new() };
    let first = needed(kind);
    let mut members: Vec<(String, Text)> = members.into_iter().map(|(name, value)| (name, value.into())).collect();
    members.sort_by_key(|(name, _)| (name != first, name != "name", name != "type"));
    members
}

/// A value without what says nothing elsewhere.
fn said(shape: &Shape, value: &Value, path: &str, secret: &mut dyn FnMut(&str) -> String) -> Option<Value> {
    let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}_{name}") };
    match (&shape.what, value) {
        (Type::Text, Value::String(_)) if shape.secret => Some(serde_json::json!({ "env": secret(path) })),
        // A name alone, as it is read; an id says that it is one.
        (Type::Text, Value::Object(object)) if shape.refers.is_some() => object.get("name").cloned(),
        (Type::Text, Value::String(id)) if shape.refers.is_some() => Some(serde_json::json!({ "id": id })),
        (_, Value::Object(object)) if shape.refers == Some(Refers::Nothing) && object.contains_key("id") => None,
        (Type::Members(shapes), Value::Object(object)) => {
            let own = shape.refers == Some(Refers::Own);
            let members = object.iter().filter(|(name, _)| !own || *name != "id").filter_map(|(name, value)| {
                let value = match shapes.get(name) {
                    Some(shape) => said(shape, value, &inner(name), secret),
                    None => Some(value.clone()),
                };
                value.map(|value| (name.clone(), value))
            });
            Some(Value::Object(members.collect()))
        }
        (Type::List(item), Value::Array(list)) => {
            let list = list.iter().enumerate();
            Some(list.filter_map(|(at, value)| said(item, value, &inner(&at.to_string()), secret)).collect())
        }
        (_, value) => Some(value.clone()),
    }
}
