//! An object into the members of an answer. What is absent is left out, never `null`.

use serde_json::{Map, Value, json};

use super::Described;
use super::cell::{Choice, Choices, Id, Ids, Number};
use super::property::Property;
use super::walk::{Part, Walk};
use crate::model::schema::CustomValues;
use crate::time::Time;

/// The object as it is answered, without its links and without what is made where it is answered.
pub fn draw<R: Described>(object: &R) -> Map<String, Value> {
    let mut drawing = Drawing(Map::new());
    object.clone().describe(&mut drawing);
    drawing.0
}

struct Drawing(Map<String, Value>);

impl Drawing {
    fn put(&mut self, p: &Property, value: impl Into<Value>) {
        if p.is_public() {
            self.0.insert(p.name.to_owned(), value.into());
        }
    }

    fn maybe(&mut self, p: &Property, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(p, value);
        }
    }

    fn list(&mut self, p: &Property, list: Vec<Value>) {
        if p.shown || !list.is_empty() {
            self.put(p, list);
        }
    }
}

impl Walk for Drawing {
    fn flag(&mut self, p: &Property, value: &mut bool) {
        self.put(p, *value);
    }

    fn flag_if(&mut self, p: &Property, value: &mut Option<bool>) {
        self.maybe(p, *value);
    }

    fn id(&mut self, p: &Property, value: &mut dyn Id) {
        self.maybe(p, value.get().map(|id| id.to_string()));
    }

    fn reference(&mut self, p: &Property, value: &mut dyn Id) {
        self.maybe(p, value.get().map(reference));
    }

    fn references(&mut self, p: &Property, value: &mut dyn Ids) {
        self.list(p, value.list().into_iter().map(reference).collect());
    }

    fn number(&mut self, p: &Property, value: &mut dyn Number) {
        let unsaid = |number: &i64| p.unsaid.is_some_and(|unsaid| unsaid == number.to_string());
        self.maybe(p, value.get().filter(|number| !unsaid(number)));
    }

    fn text(&mut self, p: &Property, value: &mut String) {
        self.put(p, value.as_str());
    }

    fn text_if(&mut self, p: &Property, value: &mut Option<String>) {
        self.maybe(p, value.as_deref());
    }

    fn texts(&mut self, p: &Property, value: &mut Vec<String>) {
        self.list(p, value.iter().map(|text| text.as_str().into()).collect());
    }

    fn time(&mut self, p: &Property, value: &mut Time) {
        self.put(p, value.to_string());
    }

    fn time_if(&mut self, p: &Property, value: &mut Option<Time>) {
        self.maybe(p, value.map(|time| time.to_string()));
    }

    fn choice(&mut self, p: &Property, value: &mut dyn Choice) {
        self.maybe(p, value.name().filter(|name| p.unsaid != Some(*name)));
    }

    fn choices(&mut self, p: &Property, value: &mut dyn Choices) {
        self.list(p, value.names().into_iter().map(Into::into).collect());
    }

    fn within(&mut self, p: &Property, part: Part<'_>) {
        if !p.is_public() {
            return part(self);
        }
        let mut inner = Self(Map::new());
        part(&mut inner);
        if p.shown || !inner.0.is_empty() {
            self.put(p, inner.0);
        }
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
            let mut inner = Self(Map::new());
            part(index, &mut inner);
            Value::Object(inner.0)
        });
        let all = all.collect();
        self.list(p, all);
    }

    fn counts(&mut self, p: &Property, value: &mut Vec<(String, usize)>) {
        if p.shown || !value.is_empty() {
            let counts: Map<String, Value> =
                value.iter().map(|(text, count)| (text.clone(), (*count).into())).collect();
            self.put(p, counts);
        }
    }

    fn kept(&mut self, p: &Property, value: &mut Map<String, Value>) {
        if p.shown || !value.is_empty() {
            self.put(p, value.clone());
        }
    }

    fn outside(&mut self, part: Part<'_>) {
        part(self);
    }

    fn custom(&mut self, values: &mut CustomValues) {
        for one in &values.0 {
            self.0.insert(one.name.clone(), one.value.clone());
        }
    }

    fn made(&mut self, _: &Property, _: &'static str) {}

    fn version(&mut self, _: &mut i64) {}
}

fn reference(id: uuid::Uuid) -> Value {
    json!({ "id": id.to_string() })
}
