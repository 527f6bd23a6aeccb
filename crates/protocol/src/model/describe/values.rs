//! What a filter would find of an object: the value of every attribute that it may name, under the key by which it is compared.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::cell::{Choice, Choices, Id, Ids, Number};
use super::property::{Found, Property};
use super::walk::{Part, Walk};
use crate::model::schema::CustomValues;
use crate::name::{email_key, username_key};
use crate::time::Time;

/// A value as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundValue {
    Flag(bool),
    Id(Uuid),
    /// In lower case, or under the key of its kind, where its case does not count.
    Text(String),
    Time(Time),
}

/// The attributes that have a value, by their paths in lower case.
pub type FoundValues = Vec<(String, FoundValue)>;

/// What `describe` walks, as a filter finds it.
pub fn values(describe: Part<'_>) -> FoundValues {
    let mut finding = Finding { name: String::new(), found: Vec::new() };
    describe(&mut finding);
    finding.found
}

/// A text as one of its kind is compared.
pub fn text_key(how: Found, text: &str) -> String {
    match how {
        Found::Exact | Found::Flag | Found::Id | Found::Time => text.to_owned(),
        Found::Email => email_key(text).unwrap_or_else(|_| text.to_lowercase()),
        Found::Folded | Found::Loose => text.to_lowercase(),
        Found::Username => username_key(text).unwrap_or_else(|_| text.to_lowercase()),
    }
}

struct Finding {
    name: String,
    found: FoundValues,
}

impl Finding {
    fn note(&mut self, p: &Property, below: &str, value: impl FnOnce(Found) -> Option<FoundValue>) {
        if let Some(value) = p.found.and_then(value) {
            self.found.push((format!("{}{}{below}", self.name, p.name).to_ascii_lowercase(), value));
        }
    }

    fn text(&mut self, p: &Property, text: Option<&str>) {
        self.note(p, "", |how| Some(FoundValue::Text(text_key(how, text?))));
    }
}

impl Walk for Finding {
    fn flag(&mut self, p: &Property, value: &mut bool) {
        self.note(p, "", |_| Some(FoundValue::Flag(*value)));
    }

    fn flag_if(&mut self, p: &Property, value: &mut Option<bool>) {
        self.note(p, "", |_| value.map(FoundValue::Flag));
    }

    fn id(&mut self, p: &Property, value: &mut dyn Id) {
        self.note(p, "", |how| match (how, value.get()?) {
            (Found::Id, id) => Some(FoundValue::Id(id)),
            (_, id) => Some(FoundValue::Text(id.to_string())),
        });
    }

    fn reference(&mut self, p: &Property, value: &mut dyn Id) {
        self.note(p, ".id", |_| value.get().map(FoundValue::Id));
    }

    fn references(&mut self, _: &Property, _: &mut dyn Ids) {}

    fn number(&mut self, _: &Property, _: &mut dyn Number) {}

    fn text(&mut self, p: &Property, value: &mut String) {
        self.text(p, Some(value));
    }

    fn text_if(&mut self, p: &Property, value: &mut Option<String>) {
        self.text(p, value.as_deref());
    }

    fn texts(&mut self, _: &Property, _: &mut Vec<String>) {}

    fn time(&mut self, p: &Property, value: &mut Time) {
        self.note(p, "", |_| Some(FoundValue::Time(*value)));
    }

    fn time_if(&mut self, p: &Property, value: &mut Option<Time>) {
        self.note(p, "", |_| value.map(FoundValue::Time));
    }

    fn choice(&mut self, p: &Property, value: &mut dyn Choice) {
        self.text(p, value.name());
    }

    fn choices(&mut self, _: &Property, _: &mut dyn Choices) {}

    fn within(&mut self, p: &Property, part: Part<'_>) {
        let length = self.name.len();
        if p.is_public() {
            self.name = format!("{}{}.", self.name, p.name);
        }
        part(self);
        self.name.truncate(length);
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

    fn custom(&mut self, values: &mut CustomValues) {
        for one in values.found() {
            let point = if one.path.is_empty() { "" } else { "." };
            let name = format!("{}{point}{}", one.name.to_ascii_lowercase(), one.path);
            self.found.push((name, FoundValue::Text(one.text)));
        }
    }

    fn made(&mut self, _: &Property, _: &'static str) {}

    fn version(&mut self, _: &mut i64) {}
}
