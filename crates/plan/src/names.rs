//! Names in place of ids, and back.
//!
//! Where the API has `{"id": …}`, a file has `{"name": …}`: the name of what the id is of, in the same environment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::shape::{Shape, Type};
use crate::table::Refers;
use crate::within;

/// What is called how on a server.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// By address: `populations[Staff]`, `resources[orders].scopes[read]`.
    ids: HashMap<String, String>,
    labels: HashMap<String, String>,
    addresses: HashMap<String, String>,
    /// The environment itself, the organization, and every environment's name.
    pub environment: String,
    pub organization: String,
    pub environments: BTreeMap<String, String>,
    /// By their names.
    pub licenses: BTreeMap<String, String>,
    /// Kinds of which every object of the environment is known.
    pub read: BTreeSet<String>,
    /// Addresses that two objects have.
    pub twice: BTreeSet<String>,
}

/// What a name that no object has would be the address of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing(pub String);

impl Names {
    pub fn add(&mut self, address: &str, label: &str, id: &str) {
        if self.ids.insert(address.to_owned(), id.to_owned()).is_some_and(|before| before != id) {
            self.twice.insert(address.to_owned());
        }
        self.labels.insert(id.to_owned(), label.to_owned());
        self.addresses.insert(id.to_owned(), address.to_owned());
    }

    pub fn id(&self, address: &str) -> Option<&str> {
        self.ids.get(address).map(String::as_str)
    }

    /// Of what kind an id is that nothing has which it could be of. None: something has it, or nobody knows.
    pub(crate) fn stranger(&self, refers: Refers, id: &str, new: bool) -> Option<&'static str> {
        let kind = match refers {
            Refers::To(kind) => kind,
            Refers::Scope => "resources",
            Refers::Within(parts) => parts,
            Refers::Over | Refers::License | Refers::Nothing | Refers::Own => return None,
        };
        let read = new || kind.split('[').next().is_some_and(|kind| self.read.contains(kind));
        let known = self.addresses.contains_key(&id.to_ascii_lowercase());
        (read && !known).then_some(if refers == Refers::Scope { "scopes of resources" } else { kind })
    }

    /// The value with names for the ids that are known.
    pub fn named(&self, shape: &Shape, value: &Value) -> Value {
        let mut value = value.clone();
        each(shape, &mut value, "", &mut |refers, _, object| {
            let Some(id) = object.get("id").and_then(Value::as_str) else { return };
            let over = object.get("type").and_then(Value::as_str).unwrap_or_default();
            let name = match (refers, over) {
                (Refers::Over, "ENVIRONMENT") if id == self.environment => None,
                (Refers::Over, "ORGANIZATION") if id == self.organization => None,
                (Refers::Over, "ENVIRONMENT") => {
                    self.environments.iter().find(|(_, of)| *of == id).map(|(name, _)| name)
                }
                (Refers::License, _) => self.licenses.iter().find(|(_, of)| *of == id).map(|(name, _)| name),
                // The same name elsewhere is another one's.
                (Refers::Within(parts), _) => {
                    self.labels.get(id).filter(|name| self.id(&format!("{parts}[{name}]")) == Some(id))
                }
                (Refers::Nothing | Refers::Own, _) => return,
                _ => self.labels.get(id),
            };
            let own = name.is_none() && matches!(over, "ENVIRONMENT" | "ORGANIZATION") && refers == Refers::Over;
            if name.is_none() && !(own && (id == self.environment || id == self.organization)) {
                return;
            }
            let name = name.map(|name| Value::from(name.as_str()));
            object.remove("id");
            object.extend(name.map(|name| ("name".to_owned(), name)));
        });
        within::each(shape, &mut value, "", &mut |_, text| *text = within::named(text, &self.addresses));
        value
    }

    /// The value with ids for names, as a body has them.
    ///
    /// # Errors
    /// The addresses that nothing has.
    pub fn identified(&self, shape: &Shape, value: &Value) -> Result<Value, Vec<Missing>> {
        let mut missing = Vec::new();
        let whole = value.clone();
        let mut value = value.clone();
        each(shape, &mut value, "", &mut |refers, _, object| {
            if object.contains_key("id") {
                return;
            }
            match self.found(refers, object, &whole) {
                Some(Ok(id)) => {
                    object.remove("name");
                    object.insert("id".to_owned(), id.into());
                }
                Some(Err(address)) => missing.push(Missing(address)),
                None => {}
            }
        });
        within::each(shape, &mut value, "", &mut |_, text| {
            let lost = within::addresses(text).filter(|address| self.id(address).is_none());
            missing.extend(lost.map(|address| Missing(address.to_owned())));
            *text = within::identified(text, |address| self.id(address));
        });
        if missing.is_empty() { Ok(value) } else { Err(missing) }
    }

    /// The id of what a reference names, or the address that nothing has.
    fn found(&self, refers: Refers, object: &Map<String, Value>, whole: &Value) -> Option<Result<String, String>> {
        let name = object.get("name").and_then(Value::as_str);
        if refers == Refers::Over && name.is_none() {
            return match object.get("type").and_then(Value::as_str) {
                Some("ENVIRONMENT") => Some(Ok(self.environment.clone())),
                Some("ORGANIZATION") => Some(Ok(self.organization.clone())),
                _ => None,
            };
        }
        let by = |names: &BTreeMap<String, String>, name: &str, of: &str| {
            names.get(name).cloned().ok_or_else(|| format!("{of}[{name}]"))
        };
        let name = name?;
        if refers == Refers::License {
            return Some(by(&self.licenses, name, "licenses"));
        }
        if refers == Refers::Over && object.get("type").is_some_and(|over| over == "ENVIRONMENT") {
            return Some(by(&self.environments, name, "environments"));
        }
        let address = address(refers, object, whole)?;
        Some(self.ids.get(&address).cloned().ok_or(address))
    }
}

/// What a value refers to: the path of each reference, and the address that it names.
pub fn referred(shape: &Shape, value: &Value) -> Vec<(String, String)> {
    let mut to = Vec::new();
    let mut walked = value.clone();
    each(shape, &mut walked, "", &mut |refers, path, object| {
        to.extend(address(refers, object, value).map(|address| (path.to_owned(), address)));
    });
    within::each(shape, &mut walked, "", &mut |path, text| {
        to.extend(within::addresses(text).map(|address| (path.to_owned(), address.to_owned())));
    });
    to
}

/// The ids that a value refers to by: the path of each, and what it refers to.
pub(crate) fn by_id(shape: &Shape, value: &Value) -> Vec<(String, Refers, String)> {
    let mut found = Vec::new();
    each(shape, &mut value.clone(), "", &mut |refers, path, object| {
        let id = object.get("id").and_then(Value::as_str);
        found.extend(id.map(|id| (path.to_owned(), refers, id.to_owned())));
    });
    found
}

/// The address of what a reference names. None: it names nothing of the environment.
fn address(refers: Refers, object: &Map<String, Value>, whole: &Value) -> Option<String> {
    let name = object.get("name")?.as_str()?;
    match refers {
        Refers::To(kind) => Some(format!("{kind}[{name}]")),
        Refers::Scope => {
            let resource = whole.pointer("/resource/name").and_then(Value::as_str).unwrap_or("?");
            Some(format!("resources[{resource}].scopes[{name}]"))
        }
        Refers::Within(parts) => Some(format!("{parts}[{name}]")),
        Refers::Over => match object.get("type")?.as_str()? {
            "POPULATION" => Some(format!("populations[{name}]")),
            "APPLICATION" => Some(format!("applications[{name}]")),
            _ => None,
        },
        Refers::License | Refers::Nothing | Refers::Own => None,
    }
}

/// Takes a reference, with its path.
type With<'a> = &'a mut dyn FnMut(Refers, &str, &mut Map<String, Value>);

/// Hands over every reference in a value, with its path.
fn each(shape: &Shape, value: &mut Value, path: &str, with: With<'_>) {
    match (&shape.what, value) {
        (Type::List(item), Value::Array(list)) => {
            for (at, value) in list.iter_mut().enumerate() {
                each(item, value, &format!("{path}[{at}]"), with);
            }
        }
        (Type::Text, value) => {
            if let Some(refers) = shape.refers {
                text(refers, value, path, with);
            }
        }
        (Type::Members(members), Value::Object(object)) => {
            if let Some(refers) = shape.refers {
                with(refers, path, object);
            }
            for (name, value) in object.iter_mut() {
                if let Some(shape) = members.get(name) {
                    let dot = if path.is_empty() { "" } else { "." };
                    each(shape, value, &format!("{path}{dot}{name}"), with);
                }
            }
        }
        _ => {}
    }
}

/// An id that is a text alone, handed over as a reference. It is a text again as long as it has no name.
fn text(refers: Refers, value: &mut Value, path: &str, with: With<'_>) {
    let mut object = match std::mem::take(value) {
        Value::String(id) => Map::from_iter([("id".to_owned(), id.into())]),
        Value::Object(object) => object,
        other => {
            *value = other;
            return;
        }
    };
    with(refers, path, &mut object);
    *value = object.remove("id").unwrap_or(object.into());
}
