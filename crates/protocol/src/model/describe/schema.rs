//! What may be sent and what is answered, in the words of JSON Schema: the matter of an OpenAPI document.

use serde_json::{Map, Value, json};

use super::Described;
use super::cell::{Choice, Choices, Id, Ids, Number};
use super::property::{Absent, Found, Property, Rule};
use super::walk::{Part, Walk};
use crate::model::schema::CustomValues;
use crate::time::Time;

/// The schema of a kind of object.
pub fn schema<R: Described>() -> Value {
    schema_as(R::default())
}

/// The schema of objects like this one, where what there is of it depends on what it holds already.
pub fn schema_as<R: Described>(mut object: R) -> Value {
    let mut schema = Schema::default();
    object.describe(&mut schema);
    schema.into_object()
}

#[derive(Default)]
struct Schema {
    properties: Map<String, Value>,
    required: Vec<Value>,
    /// Whether the environment says of more.
    open: bool,
}

impl Schema {
    fn into_object(self) -> Value {
        let mut object = json!({ "type": "object", "properties": self.properties });
        if !self.required.is_empty() {
            object["required"] = self.required.into();
        }
        if self.open {
            object["additionalProperties"] = true.into();
        }
        object
    }

    fn note(&mut self, p: &Property, mut kind: Value) {
        if !p.is_public() {
            return;
        }
        match p.absent {
            Absent::Required if p.applies => self.required.push(p.name.into()),
            Absent::ReadOnly => kind["readOnly"] = true.into(),
            Absent::Default(text) => kind["default"] = default(text, &kind),
            Absent::Cleared | Absent::Kept | Absent::Required => {}
        }
        if p.found.is_some_and(|how| how != Found::Flag || kind["type"] == "boolean") {
            kind["x-filterable"] = true.into();
        }
        if !p.acts {
            kind["x-acts"] = false.into();
        }
        self.properties.insert(p.name.to_owned(), kind);
    }
}

fn default(text: &'static str, kind: &Value) -> Value {
    match kind["type"].as_str() {
        Some("boolean") => (text == "true").into(),
        Some("integer") => text.parse::<i64>().map_or(Value::Null, Into::into),
        _ => text.into(),
    }
}

fn text(p: &Property) -> Value {
    let mut kind = json!({ "type": "string" });
    match p.rule {
        Rule::Text { min, max } => limits(&mut kind, Some(min), max),
        Rule::Prose { max } | Rule::Checked { max, .. } | Rule::Verbatim { max, .. } => limits(&mut kind, None, max),
        Rule::Matching { min, max, pattern, .. } => {
            limits(&mut kind, Some(min), max);
            kind["pattern"] = pattern.into();
        }
        Rule::OneOf { all, .. } => kind["enum"] = all.into(),
        Rule::Any | Rule::Range { .. } | Rule::Count { .. } => {}
    }
    kind
}

fn limits(kind: &mut Value, min: Option<usize>, max: usize) {
    if let Some(min) = min {
        kind["minLength"] = min.into();
    }
    kind["maxLength"] = max.into();
}

fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn reference() -> Value {
    json!({ "type": "object", "properties": { "id": id() }, "required": ["id"] })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn list(p: &Property, items: &Value) -> Value {
    let mut kind = json!({ "type": "array", "items": items });
    if let Rule::Count { max, .. } | Rule::OneOf { max, .. } = p.rule {
        kind["maxItems"] = max.into();
    }
    kind
}

impl Walk for Schema {
    fn flag(&mut self, p: &Property, _: &mut bool) {
        self.note(p, json!({ "type": "boolean" }));
    }

    fn flag_if(&mut self, p: &Property, _: &mut Option<bool>) {
        self.note(p, json!({ "type": "boolean" }));
    }

    fn id(&mut self, p: &Property, _: &mut dyn Id) {
        self.note(p, id());
    }

    fn reference(&mut self, p: &Property, _: &mut dyn Id) {
        self.note(p, reference());
    }

    fn references(&mut self, p: &Property, _: &mut dyn Ids) {
        self.note(p, list(p, &reference()));
    }

    fn number(&mut self, p: &Property, _: &mut dyn Number) {
        let mut kind = json!({ "type": "integer" });
        if let Rule::Range { min, max } = p.rule {
            kind["minimum"] = min.into();
            kind["maximum"] = max.into();
        }
        self.note(p, kind);
    }

    fn text(&mut self, p: &Property, _: &mut String) {
        self.note(p, text(p));
    }

    fn text_if(&mut self, p: &Property, _: &mut Option<String>) {
        self.note(p, text(p));
    }

    fn texts(&mut self, p: &Property, _: &mut Vec<String>) {
        let items =
            if let Rule::OneOf { all, .. } = p.rule { json!({ "enum": all }) } else { json!({ "type": "string" }) };
        self.note(p, list(p, &items));
    }

    fn time(&mut self, p: &Property, _: &mut Time) {
        self.note(p, time());
    }

    fn time_if(&mut self, p: &Property, _: &mut Option<Time>) {
        self.note(p, time());
    }

    fn choice(&mut self, p: &Property, value: &mut dyn Choice) {
        self.note(p, json!({ "type": "string", "enum": value.names() }));
    }

    fn choices(&mut self, p: &Property, value: &mut dyn Choices) {
        self.note(p, list(p, &json!({ "type": "string", "enum": value.all() })));
    }

    fn within(&mut self, p: &Property, part: Part<'_>) {
        if !p.is_public() {
            return part(self);
        }
        let mut inner = Self::default();
        part(&mut inner);
        self.note(p, inner.into_object());
    }

    fn within_if(&mut self, p: &Property, _: &mut bool, part: Part<'_>) {
        self.within(p, part);
    }

    fn each(
        &mut self,
        p: &Property,
        length: usize,
        resize: &mut dyn FnMut(usize),
        part: &mut dyn FnMut(usize, &mut dyn Walk),
    ) {
        let mut inner = Self::default();
        resize(1);
        part(0, &mut inner);
        resize(length);
        self.note(p, list(p, &inner.into_object()));
    }

    fn counts(&mut self, p: &Property, _: &mut Vec<(String, usize)>) {
        self.note(p, json!({ "type": "object", "additionalProperties": { "type": "integer", "minimum": 0 } }));
    }

    fn kept(&mut self, p: &Property, _: &mut Map<String, Value>) {
        self.note(p, json!({ "type": "object" }));
    }

    fn outside(&mut self, part: Part<'_>) {
        part(self);
    }

    fn custom(&mut self, _: &mut CustomValues) {
        self.open = true;
    }

    fn made(&mut self, p: &Property, kind: &'static str) {
        self.note(&p.read_only(), json!({ "type": kind }));
    }

    fn version(&mut self, _: &mut i64) {}
}
