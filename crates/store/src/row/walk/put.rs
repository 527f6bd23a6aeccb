//! An object into the columns and the body of its row.

use protocol::model::describe::{Choice, Choices, Found, Id, Ids, Number, Part, Property, Stored, Walk};
use protocol::name::{email_key, username_key};
use protocol::time::Time;
use serde_json::{Map, Value as Json};

use crate::Value;
use crate::commit::name_key;
use crate::kinds::Kind;

/// The columns of a row in their order, each with its value: the same for every object of the kind. What stands apart is among
/// them where the row is new. `raise` is added to the version that is stored.
pub(crate) fn put(describe: Part<'_>, kind: &Kind, new: bool, raise: i64) -> Vec<(&'static str, Value)> {
    let mut putting = Putting { columns: Vec::with_capacity(20), body: Map::new(), new, raise };
    describe(&mut putting);
    let Putting { mut columns, body, .. } = putting;
    if kind.body {
        columns.push(("body", Json::Object(body).to_string().into()));
    }
    columns
}

/// The names of the columns alone.
pub(crate) fn columns(describe: Part<'_>, kind: &Kind, new: bool) -> Vec<&'static str> {
    put(describe, kind, new, 0).into_iter().map(|(column, _)| column).collect()
}

struct Putting {
    columns: Vec<(&'static str, Value)>,
    body: Map<String, Json>,
    new: bool,
    raise: i64,
}

impl Putting {
    fn set(&mut self, p: &Property, json: Json, value: impl FnOnce() -> Value) {
        if let Some(column) = p.column.filter(|_| self.new || !p.apart) {
            self.columns.push((column, value()));
        }
        if p.apart {
            return;
        }
        let mut buffer = [0; 64];
        if let (Some(name), false) = (p.stored(&mut buffer), json.is_null()) {
            self.body.insert(name.to_owned(), json);
        }
    }

    fn text(&mut self, p: &Property, text: Option<&str>) {
        // What has no key was refused before it came here; should it come all the same, it is its own key.
        let key = || match (p.found, text) {
            (Some(Found::Email), Some(text)) => email_key(text).unwrap_or_else(|_| text.to_owned()).into(),
            (Some(Found::Folded), text) => name_key(text.unwrap_or_default()).into(),
            (Some(Found::Username), Some(text)) => username_key(text).unwrap_or_else(|_| text.to_owned()).into(),
            (_, text) => text.map(str::to_owned).into(),
        };
        self.set(p, text.map_or(Json::Null, Into::into), key);
    }
}

impl Walk for Putting {
    fn flag(&mut self, p: &Property, value: &mut bool) {
        self.set(p, (*value).into(), || (*value).into());
    }

    fn flag_if(&mut self, p: &Property, value: &mut Option<bool>) {
        self.set(p, value.map_or(Json::Null, Into::into), || (*value).into());
    }

    fn id(&mut self, p: &Property, value: &mut dyn Id) {
        let id = value.get();
        self.set(p, id.map_or(Json::Null, |id| id.to_string().into()), || id.into());
    }

    fn reference(&mut self, p: &Property, value: &mut dyn Id) {
        self.id(p, value);
    }

    fn references(&mut self, p: &Property, value: &mut dyn Ids) {
        let ids: Vec<Json> = value.list().into_iter().map(|id| id.to_string().into()).collect();
        self.set(p, ids.into(), || Value::Null);
    }

    fn number(&mut self, p: &Property, value: &mut dyn Number) {
        let number = value.get();
        self.set(p, number.map_or(Json::Null, Into::into), || number.into());
    }

    fn text(&mut self, p: &Property, value: &mut String) {
        self.text(p, Some(value));
    }

    fn text_if(&mut self, p: &Property, value: &mut Option<String>) {
        self.text(p, value.as_deref());
    }

    fn texts(&mut self, p: &Property, value: &mut Vec<String>) {
        // What is unsaid while it is empty is as a process of before writes it.
        let unsaid = value.is_empty() && p.unsaid == Some("");
        let json = if unsaid { Json::Null } else { value.as_slice().into() };
        self.set(p, json, || Value::Null);
    }

    fn time(&mut self, p: &Property, value: &mut Time) {
        self.set(p, value.0.into(), || value.0.into());
    }

    fn time_if(&mut self, p: &Property, value: &mut Option<Time>) {
        let micros = value.map(|time| time.0);
        self.set(p, micros.map_or(Json::Null, Into::into), || micros.into());
    }

    fn choice(&mut self, p: &Property, value: &mut dyn Choice) {
        let name = value.stored();
        self.set(p, name.map_or(Json::Null, Into::into), || name.map(str::to_owned).into());
    }

    fn choices(&mut self, p: &Property, value: &mut dyn Choices) {
        let stored = value.stored();
        // An empty list reads as none, and is not answered by a version that only keeps it.
        self.set(p, if stored.is_empty() { Json::Null } else { stored.into() }, || Value::Null);
    }

    fn within(&mut self, p: &Property, part: Part<'_>) {
        let mut buffer = [0; 64];
        let Some(name) = p.stored(&mut buffer) else { return part(self) };
        let around = std::mem::take(&mut self.body);
        part(self);
        let inner = std::mem::replace(&mut self.body, around);
        self.body.insert(name.to_owned(), Json::Object(inner));
    }

    fn within_if(&mut self, p: &Property, present: &mut bool, part: Part<'_>) {
        if *present {
            self.within(p, part);
        }
    }

    fn each(
        &mut self,
        p: &Property,
        length: usize,
        _: &mut dyn FnMut(usize),
        part: &mut dyn FnMut(usize, &mut dyn Walk),
    ) {
        let all = (0..length).map(|index| {
            let mut one = Self { columns: Vec::new(), body: Map::new(), new: false, raise: 0 };
            part(index, &mut one);
            if p.tuples { one.body.into_iter().map(|(_, value)| value).collect() } else { Json::Object(one.body) }
        });
        let all: Vec<Json> = all.collect();
        self.set(p, all.into(), || Value::Null);
    }

    fn counts(&mut self, p: &Property, value: &mut Vec<(String, usize)>) {
        // Pairs and no members: they keep their order.
        let pairs = value.iter().map(|(text, count)| serde_json::json!([text, count])).collect();
        self.set(p, Json::Array(pairs), || Value::Null);
    }

    fn kept(&mut self, p: &Property, value: &mut Map<String, Json>) {
        self.set(p, Json::Object(value.clone()), || Value::Null);
    }

    fn outside(&mut self, _: Part<'_>) {}

    fn octets(&mut self, p: &Property, value: &mut Vec<u8>) {
        self.set(p, Json::Null, || value.clone().into());
    }

    fn stored(&mut self, name: &'static str, value: &mut dyn Stored) {
        self.body.extend(value.write().map(|json| (name.to_owned(), json)));
    }

    fn made(&mut self, _: &Property, _: &'static str) {}

    fn version(&mut self, value: &mut i64) {
        let stored = *value + self.raise;
        self.columns.push(("version", stored.into()));
        self.body.insert("version".to_owned(), stored.into());
    }
}
