//! What a filter may name.

use serde_json::{Map, Value};

use super::cell::{Choice, Choices, Id, Ids, Number};
use super::property::{Found, Property};
use super::walk::{Part, Walk};
use crate::time::Time;

/// An attribute of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its path, such as `name.family`.
    pub name: String,
    /// The column; with None it is looked for in the body.
    pub column: Option<&'static str>,
    /// Its path in the body.
    pub path: String,
    pub how: Found,
    /// Other changes write it than those of the whole object.
    pub apart: bool,
}

/// The attributes of what `describe` walks, in the order of the description where it does not say another.
pub fn attributes(describe: Part<'_>) -> Vec<Attribute> {
    let mut listing = Listing { name: String::new(), path: String::new(), found: Vec::new(), last: Vec::new() };
    describe(&mut listing);
    let Listing { mut found, mut last, .. } = listing;
    last.sort_by(|one, other| one.name.cmp(&other.name));
    found.append(&mut last);
    found
}

struct Listing {
    name: String,
    path: String,
    found: Vec<Attribute>,
    last: Vec<Attribute>,
}

impl Listing {
    fn note(&mut self, p: &Property, below: &str) {
        if let Some(how) = p.found {
            let mut buffer = [0; 64];
            let stored = p.stored(&mut buffer).unwrap_or_default();
            let (name, path) = (format!("{}{}{below}", self.name, p.name), format!("{}{stored}", self.path));
            if p.listed_last {
                self.last.push(Attribute { name, column: p.column, path, how, apart: p.apart });
                return;
            }
            let next = p.listed_before.and_then(|next| self.found.iter().position(|attribute| attribute.name == next));
            let place = next.unwrap_or(self.found.len());
            self.found.insert(place, Attribute { name, column: p.column, path, how, apart: p.apart });
        }
    }
}

impl Walk for Listing {
    fn flag(&mut self, p: &Property, _: &mut bool) {
        self.note(p, "");
    }

    fn flag_if(&mut self, p: &Property, _: &mut Option<bool>) {
        self.note(p, "");
    }

    fn id(&mut self, p: &Property, _: &mut dyn Id) {
        self.note(p, "");
    }

    fn reference(&mut self, p: &Property, _: &mut dyn Id) {
        self.note(p, ".id");
    }

    fn references(&mut self, p: &Property, _: &mut dyn Ids) {
        self.note(p, ".id");
    }

    fn number(&mut self, p: &Property, _: &mut dyn Number) {
        self.note(p, "");
    }

    fn text(&mut self, p: &Property, _: &mut String) {
        self.note(p, "");
    }

    fn text_if(&mut self, p: &Property, _: &mut Option<String>) {
        self.note(p, "");
    }

    fn texts(&mut self, p: &Property, _: &mut Vec<String>) {
        self.note(p, "");
    }

    fn time(&mut self, p: &Property, _: &mut Time) {
        self.note(p, "");
    }

    fn time_if(&mut self, p: &Property, _: &mut Option<Time>) {
        self.note(p, "");
    }

    fn choice(&mut self, p: &Property, _: &mut dyn Choice) {
        self.note(p, "");
    }

    fn choices(&mut self, p: &Property, _: &mut dyn Choices) {
        self.note(p, "");
    }

    fn within(&mut self, p: &Property, part: Part<'_>) {
        let (name, path) = (self.name.len(), self.path.len());
        if p.is_public() {
            self.name = format!("{}{}.", self.name, p.name);
        }
        let mut buffer = [0; 64];
        if let Some(stored) = p.stored(&mut buffer) {
            self.path = format!("{}{stored}.", self.path);
        }
        part(self);
        self.name.truncate(name);
        self.path.truncate(path);
    }

    fn within_if(&mut self, p: &Property, _: &mut bool, part: Part<'_>) {
        self.within(p, part);
    }

    fn each(&mut self, _: &Property, _: usize, _: &mut dyn FnMut(usize), _: &mut dyn FnMut(usize, &mut dyn Walk)) {}

    fn counts(&mut self, _: &Property, _: &mut Vec<(String, usize)>) {}

    fn kept(&mut self, _: &Property, _: &mut Map<String, Value>) {}

    fn outside(&mut self, part: Part<'_>) {
        part(self);
    }

    fn made(&mut self, _: &Property, _: &'static str) {}

    fn version(&mut self, _: &mut i64) {}
}
