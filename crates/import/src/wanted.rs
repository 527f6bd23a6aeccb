//! What is to be there after an import.

use std::fmt;

use serde_json::{Map, Value};

/// What a name begins with by which one object refers to another that has no id yet.
pub const KEY: char = '\u{1}';

/// One object that is to be there.
#[derive(Clone)]
pub struct Wanted {
    /// What the report calls all of its kind: `applications`.
    pub kind: &'static str,
    /// What the report calls it.
    pub name: String,
    /// What others call it, in their paths and bodies.
    pub key: String,
    /// Where it is, below the environment: `["applications", KEY…, "grants"]`.
    pub within: Vec<String>,
    pub same: Same,
    pub kept: Kept,
    /// As the management API takes it, with keys in the place of ids.
    pub body: Map<String, Value>,
}

/// By what one that is there already is known to be the same: a member, by its path, and its value or key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Same {
    pub member: &'static str,
    pub value: String,
}

/// What an object keeps that it had.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Its id, where it is a UUID.
    pub id: Option<String>,
    pub client_id: Option<String>,
    pub secret: Option<String>,
    /// Whether its secret was taken in the header and in the body.
    pub secret_anywhere: bool,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, client_id, secret, .. } = self;
        write!(f, "Kept(id: {id:?}, client_id: {client_id:?}, secret: {})", secret.is_some())
    }
}

/// A body may hold a secret.
impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, within, kept, body, .. } = self;
        write!(f, "Wanted({kind} {name}, within: {within:?}, {kept:?}, {} members)", body.len())
    }
}

/// One person who is to be there, as the body of an import.
#[derive(Clone, Default)]
pub struct Person {
    pub body: Map<String, Value>,
    /// The keys of the groups that they are in.
    pub groups: Vec<String>,
}

/// Who somebody is is nobody's business in a log.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({} members, {} groups)", self.body.len(), self.groups.len())
    }
}

impl Wanted {
    /// An object of the environment that is known by its name.
    pub(crate) fn named(kind: &'static str, name: &str, body: Map<String, Value>) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            key: key(kind, name),
            within: vec![kind.to_owned()],
            same: Same { member: "name", value: name.to_owned() },
            kept: Kept::default(),
            body,
        }
    }

    /// The same, below another object.
    pub(crate) fn below(mut self, collection: &str, parent: &str, own: &str) -> Self {
        self.within = vec![collection.to_owned(), parent.to_owned(), own.to_owned()];
        self
    }
}

/// What others call the object of a kind and a name.
pub(crate) fn key(kind: &str, name: &str) -> String {
    format!("{KEY}{kind}:{name}")
}

/// The id that may be kept: a UUID as it is written everywhere.
pub(crate) fn id_of(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    let dashes = [8, 13, 18, 23];
    let fits = text.len() == 36
        && text.bytes().enumerate().all(|(at, octet)| {
            if dashes.contains(&at) { octet == b'-' } else { matches!(octet, b'0'..=b'9' | b'a'..=b'f') }
        });
    fits.then(|| text.to_owned())
}
