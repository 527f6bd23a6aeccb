//! Nodes into values of the shape that is wanted.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::shape::{Shape, Type};
use crate::table::Refers;
use crate::wanted::{Lookup, Source};
use crate::yaml::{self, Node, Position, What};

/// What reading leaves beside the value. Paths begin with the property's name.
pub(crate) struct Said<'a> {
    pub(crate) lookup: Lookup<'a>,
    pub(crate) places: &'a mut BTreeMap<String, Position>,
    pub(crate) faults: Vec<(Position, String, String)>,
    pub(crate) sources: BTreeMap<String, Source>,
    pub(crate) unset: BTreeMap<String, Source>,
}

impl Said<'_> {
    fn fault(&mut self, node: &Node, path: &str, what: impl Into<String>) -> Option<Value> {
        self.faults.push((node.at, path.to_owned(), what.into()));
        None
    }
}

/// The value, or a fault of it.
pub(crate) fn value(shape: &Shape, node: &Node, path: &str, said: &mut Said<'_>) -> Option<Value> {
    said.places.insert(path.to_owned(), node.at);
    if node.is_null() {
        return Some(Value::Null);
    }
    match (&shape.what, &node.what) {
        (Type::Text, What::Map(members)) if named(shape) => reference(node, members, path, said),
        (Type::Text | Type::Members(_), What::Scalar { text, .. }) if named(shape) => {
            Some(Map::from_iter([("name".to_owned(), text.as_str().into())]).into())
        }
        (Type::Text, What::Map(members)) => from_elsewhere(node, members, path, said),
        (Type::Text, What::Scalar { .. }) if shape.secret => {
            said.fault(node, path, "it is a secret, which no file says: write {env: NAME} or {file: PATH}")
        }
        (Type::Text, What::Scalar { text, .. }) if !shape.choices.is_empty() && !shape.choices.contains(text) => {
            let near = nearest(text, shape.choices.iter().map(String::as_str));
            said.fault(node, path, format!("it must be one of {}{near}", shape.choices.join(", ")))
        }
        (Type::Text, What::Scalar { text, .. }) => Some(text.as_str().into()),
        (Type::Text, What::List(_)) => said.fault(node, path, "it must be a text"),
        (Type::Flag, What::Scalar { text, plain: true }) if yaml::flag(text).is_some() => {
            yaml::flag(text).map(Value::from)
        }
        (Type::Flag, _) => said.fault(node, path, "it must be true or false"),
        (Type::Number, What::Scalar { text, plain: true }) if yaml::plain(text).is_number() => Some(yaml::plain(text)),
        (Type::Number, _) => said.fault(node, path, "it must be a number"),
        (Type::List(item), What::List(nodes)) => {
            let read = |(at, node)| value(item, node, &format!("{path}[{at}]"), said);
            let values: Vec<Option<Value>> = nodes.iter().enumerate().map(read).collect();
            values.into_iter().collect::<Option<Vec<_>>>().map(Value::Array)
        }
        (Type::List(_), _) => said.fault(node, path, "it must be a list"),
        (Type::Members(_), What::Map(members)) => object(shape, members, path, said),
        (Type::Members(_), _) => said.fault(node, path, "it must be a map"),
        (Type::Any, _) => Some(node.value()),
    }
}

/// Whether a name may stand for it.
fn named(shape: &Shape) -> bool {
    shape.refers.is_some_and(|refers| !matches!(refers, Refers::Nothing | Refers::Own))
}

fn object(shape: &Shape, members: &[(yaml::Key, Node)], path: &str, said: &mut Said<'_>) -> Option<Value> {
    let mut object = Map::new();
    let mut whole = true;
    for (key, node) in members {
        let inner = format!("{path}.{}", key.name);
        let found = if named(shape) && key.name == "name" {
            said.places.insert(inner, node.at);
            match &node.what {
                What::Scalar { text, .. } => Some(text.as_str().into()),
                _ => said.fault(node, path, "a name must be a text"),
            }
        } else {
            match shape.member(&key.name) {
                Some(member) if member.read_only => {
                    said.faults.push((key.at, inner, "only the server writes it: leave it out".into()));
                    None
                }
                Some(member) => value(member, node, &inner, said),
                None => {
                    let names = shape.members().filter(|(_, shape)| !shape.read_only).map(|(name, _)| name.as_str());
                    let what = format!("there is no property {}{}", key.name, nearest(&key.name, names));
                    said.faults.push((key.at, inner, what));
                    None
                }
            }
        };
        match found {
            Some(value) => drop(object.insert(key.name.clone(), value)),
            None => whole = false,
        }
    }
    whole.then(|| object.into())
}

/// `{name: NAME}` or `{id: ID}`, where the API has the id alone.
fn reference(node: &Node, members: &[(yaml::Key, Node)], path: &str, said: &mut Said<'_>) -> Option<Value> {
    match members {
        [(key, Node { what: What::Scalar { text, .. }, .. })] if matches!(key.name.as_str(), "name" | "id") => {
            Some(Map::from_iter([(key.name.clone(), text.as_str().into())]).into())
        }
        _ => said.fault(node, path, "it must be a name, {name: NAME} or {id: ID}"),
    }
}

/// `{env: NAME}` or `{file: PATH}`.
fn from_elsewhere(node: &Node, members: &[(yaml::Key, Node)], path: &str, said: &mut Said<'_>) -> Option<Value> {
    let source = match members {
        [(key, Node { what: What::Scalar { text, .. }, .. })] if key.name == "env" => Source::Variable(text.clone()),
        [(key, Node { what: What::Scalar { text, .. }, .. })] if key.name == "file" => Source::File(text.clone()),
        _ => return said.fault(node, path, "it must be a text, {env: NAME} or {file: PATH}"),
    };
    said.sources.insert(path.to_owned(), source.clone());
    match (said.lookup)(&source) {
        Ok(Some(text)) => Some(text.into()),
        Ok(None) => {
            said.unset.insert(path.to_owned(), source);
            Some(Value::String(String::new()))
        }
        Err(why) => said.fault(node, path, why),
    }
}

/// `: did you mean NAME?`, where one of the names is near.
pub(crate) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> String {
    let near =
        names.map(|name| (distance(word, name), name)).filter(|(far, _)| *far <= 1 + word.len().min(30) / 4).min();
    near.map(|(_, name)| format!(": did you mean {name}?")).unwrap_or_default()
}

/// How many letters must be changed, put in or taken out, whatever their case.
fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| text.chars().take(LONGEST).flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (one, other) = (letters(one), letters(other));
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], at + 1);
        for (place, of) in other.iter().enumerate() {
            let cost = corner + usize::from(letter != of);
            corner = row[place + 1];
            row[place + 1] = cost.min(corner + 1).min(row[place] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

const LONGEST: usize = 60;
