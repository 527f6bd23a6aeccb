//! What files want an environment to be: objects with their properties, each with the place where it is said.
//!
//! Every fault of every file is told, each with file, line and the path of the property.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::kinds::Kind;
use crate::label::{is_known_by, label, needed, number};
use crate::table::Identity;
use crate::values::{Said, nearest, value};
use crate::yaml::{Node, Position, What};

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: Arc<str>,
    pub at: Position,
    /// `applications[2].redirectUris[0]`, counted from 0 as in the API's own messages.
    pub path: String,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub place: Place,
    pub what: String,
}

/// Where a value is that no file says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A variable of the process.
    Variable(String),
    /// A file, beside the one that names it.
    File(String),
}

/// Finds such a value: None where there is none.
pub type Lookup<'a> = &'a dyn Fn(&Source) -> Result<Option<String>, String>;

/// An object as a file wants it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Among its siblings.
    pub label: String,
    pub place: Place,
    /// What it is to be. What is `null` is to be absent, what is not there stays as it is.
    pub body: Value,
    /// Where its properties stand, by their path in it.
    pub places: BTreeMap<String, Position>,
    /// Paths of values that come from elsewhere, and from where: they are never shown.
    pub sources: BTreeMap<String, Source>,
    /// Those of them that are not there now.
    pub unset: BTreeMap<String, Source>,
    /// Its parts by kind. A kind that the file does not name is left alone.
    pub parts: BTreeMap<String, Vec<Wanted>>,
}

/// Reads documents with the kinds that there are.
pub(crate) struct Reader<'a> {
    pub(crate) kinds: &'a Kind,
    pub(crate) lookup: Lookup<'a>,
    pub(crate) file: Arc<str>,
    pub(crate) faults: Vec<Fault>,
    /// Something was not read: what is referred to may be in it.
    pub(crate) partial: bool,
}

impl Reader<'_> {
    /// An environment of a document. None where it is nothing of the kind; the faults say why.
    pub(crate) fn environment(&mut self, document: &Node) -> Option<Wanted> {
        let What::Map(members) = &document.what else {
            self.lose(document.at, "", "it must be a map: environment, and the kinds of objects in it");
            return None;
        };
        let kinds = self.kinds;
        let own = members.iter().find(|(key, _)| key.name == "environment").map(|(_, node)| node);
        let mut environment = match own {
            Some(node) => self.object(kinds, node, "environment")?,
            None => self.blank(document.at, ""),
        };
        environment.place = self.place(own.map_or(document.at, |node| node.at), "environment");
        for (key, node) in members.iter().filter(|(key, _)| key.name != "environment") {
            self.part(kinds, &mut environment, (&key.name, key.at, node), &key.name);
        }
        Some(environment)
    }

    fn object(&mut self, kind: &Kind, node: &Node, path: &str) -> Option<Wanted> {
        let mut object = self.blank(node.at, path);
        if let (What::Scalar { text, .. }, false) = (&node.what, node.is_null()) {
            let Some(body) = short(kind, text) else {
                self.lose(node.at, path, "it must be a map of properties");
                return None;
            };
            object.body = body;
        } else if let What::Map(members) = &node.what {
            let mut body = Map::new();
            for (key, node) in members {
                let path = format!("{path}.{}", key.name);
                if kind.part(&key.name).is_some() {
                    if kind.segment == "environment" {
                        self.lose(key.at, &path, "it stands beside environment, not in it");
                        continue;
                    }
                    self.part(kind, &mut object, (&key.name, key.at, node), &path);
                } else if let Some(said) = self.member(kind, (&key.name, key.at), node, &mut object, &path) {
                    body.insert(key.name.clone(), said);
                }
            }
            object.body = body.into();
        } else {
            self.lose(node.at, path, "it must be a map of properties");
            return None;
        }
        // What comes from elsewhere is never shown, and a label stands in every address.
        if let Some(elsewhere) = object.sources.keys().find(|path| is_known_by(kind, path)) {
            let at = object.place_of(elsewhere).at;
            self.lose(at, &format!("{path}.{elsewhere}"), "it is known by that: write it out");
            return None;
        }
        let Some(label) = label(kind, &object.body) else {
            self.lose(node.at, path, &format!("{} is missing: it is known by that", needed(kind)));
            return None;
        };
        object.label = label;
        Some(object)
    }

    fn member(
        &mut self,
        kind: &Kind,
        (name, at): (&str, Position),
        node: &Node,
        object: &mut Wanted,
        path: &str,
    ) -> Option<Value> {
        // An object that is a reference itself has a name where the API has an id.
        if kind.shape.refers.is_some() && name == "name" && kind.shape.member("name").is_none() {
            return Some(node.value());
        }
        let Some(shape) = kind.shape.member(name) else {
            let names = kind.shape.members().filter(|(_, shape)| !shape.read_only).map(|(name, _)| name.as_str());
            let names = names.chain(kind.parts.iter().map(|part| part.segment.as_str()));
            self.fault(at, path, &format!("there is no property {name}{}", nearest(name, names)));
            return None;
        };
        if shape.read_only {
            self.fault(at, path, "only the server writes it: leave it out");
            return None;
        }
        let mut said = Said {
            lookup: self.lookup,
            places: &mut object.places,
            faults: Vec::new(),
            sources: BTreeMap::new(),
            unset: BTreeMap::new(),
        };
        let found = value(shape, node, name, &mut said);
        let Said { faults, sources, unset, .. } = said;
        object.sources.extend(sources);
        object.unset.extend(unset);
        let base = path.strip_suffix(name).unwrap_or_default();
        for (at, inner, what) in faults {
            self.fault(at, &format!("{base}{inner}"), &what);
        }
        found
    }

    /// The parts of one kind.
    fn part(&mut self, kind: &Kind, object: &mut Wanted, (name, at, node): (&str, Position, &Node), path: &str) {
        let Some(part) = kind.part(name) else {
            let names = kind.parts.iter().map(|part| part.segment.as_str()).chain(["environment"]);
            self.lose(at, path, &format!("there is no kind {name}{}", nearest(name, names)));
            return;
        };
        let mut found = Vec::new();
        match &node.what {
            _ if part.identity == Identity::Single => found.extend(self.object(part, node, path)),
            What::List(list) => {
                for (at, node) in list.iter().enumerate() {
                    found.extend(self.object(part, node, &format!("{path}[{at}]")));
                }
            }
            What::Scalar { .. } if node.is_null() => {}
            _ => self.lose(node.at, path, "it must be a list"),
        }
        let list = object.parts.entry(name.to_owned()).or_default();
        list.extend(found);
        number(part, list, |one| &one.body, |one, label| one.label = label);
        self.twice(list, 0);
    }

    /// Tells of those of the same label after the first `before`.
    fn twice(&mut self, list: &[Wanted], before: usize) {
        let mut first: BTreeMap<&str, &Place> = BTreeMap::new();
        for (at, object) in list.iter().enumerate() {
            match first.get(object.label.as_str()) {
                Some(place) if at >= before => {
                    let what = format!("{} is there already, at {}:{}", object.label, place.file, place.at);
                    self.faults.push(Fault { place: object.place.clone(), what });
                }
                _ => drop(first.insert(&object.label, &object.place)),
            }
        }
    }

    /// One environment of two documents about it.
    pub(crate) fn merge(&mut self, one: &mut Wanted, other: Wanted) {
        if let (Value::Object(one), Value::Object(other)) = (&mut one.body, other.body) {
            one.extend(other);
        }
        one.places.extend(other.places);
        one.sources.extend(other.sources);
        one.unset.extend(other.unset);
        for (kind, more) in other.parts {
            let single = self.kinds.part(&kind).is_some_and(|kind| kind.identity == Identity::Single);
            let list = one.parts.entry(kind).or_default();
            let before = list.len();
            list.extend(more);
            if single || before > 0 {
                self.twice(list, before);
            }
        }
    }

    fn blank(&self, at: Position, path: &str) -> Wanted {
        Wanted::blank(self.place(at, path), Value::Object(Map::new()))
    }

    fn place(&self, at: Position, path: &str) -> Place {
        Place { file: self.file.clone(), at, path: path.to_owned() }
    }

    /// A fault by which more than a property is not read.
    fn lose(&mut self, at: Position, path: &str, what: &str) {
        self.partial = true;
        self.fault(at, path, what);
    }

    pub(crate) fn fault(&mut self, at: Position, path: &str, what: &str) {
        let place = self.place(at, path);
        self.faults.push(Fault { place, what: what.to_owned() });
    }
}

impl Wanted {
    pub(crate) fn blank(place: Place, body: Value) -> Self {
        Self {
            label: String::new(),
            place,
            body,
            places: BTreeMap::new(),
            sources: BTreeMap::new(),
            unset: BTreeMap::new(),
            parts: BTreeMap::new(),
        }
    }

    /// The place of a property; that of the object where the property has none.
    pub fn place_of(&self, path: &str) -> Place {
        let mut known = path;
        loop {
            if let Some(at) = self.places.get(known) {
                let path = format!("{}.{path}", self.place.path);
                return Place { at: *at, path, ..self.place.clone() };
            }
            match known.rfind(['.', '[']) {
                Some(end) => known = &known[..end],
                None => return self.place.clone(),
            }
        }
    }

    /// Whether a value of this path came from elsewhere, or holds one that did.
    pub fn is_hidden(&self, path: &str) -> bool {
        self.sources
            .keys()
            .any(|source| source == path || source.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '['])))
    }
}

/// What a word alone means where an object is wanted: that by which one is known.
fn short(kind: &Kind, text: &str) -> Option<Value> {
    let name = |text: &str| Value::from(Map::from_iter([("name".to_owned(), Value::from(text))]));
    match kind.identity {
        Identity::By(member) | Identity::Nth(member) => Some(Map::from_iter([(member.to_owned(), text.into())]).into()),
        Identity::Of(member) => Some(Map::from_iter([(member.to_owned(), name(text))]).into()),
        Identity::Itself => Some(name(text)),
        Identity::Single if kind.shape.refers.is_some() => Some(name(text)),
        Identity::Whole | Identity::Single => None,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}:{}{dot}{}", self.file, self.at, self.path)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::File(path) => write!(f, "the file {path}"),
        }
    }
}
