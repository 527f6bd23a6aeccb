//! What a value of a kind of object may be, as the document of the API tells it (OpenAPI 3.1).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::table;

/// The shape of one value.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    pub what: Type,
    /// Only the server writes it.
    pub read_only: bool,
    /// What it is where nothing is said.
    pub default: Option<Value>,
    /// Never shown.
    pub secret: bool,
    /// What its member `id`, or the id that it is, refers to.
    pub refers: Option<table::Refers>,
    /// A body must have it.
    pub required: bool,
    /// The texts that it may be; none where it may be any.
    pub choices: Vec<String>,
    /// A text that is the id of something.
    pub is_id: bool,
    /// Its texts may have ids within them.
    pub holds_ids: bool,
}

#[derive(Clone, Debug, Default)]
pub enum Type {
    Text,
    Number,
    Flag,
    List(Box<Shape>),
    /// With these members and no others.
    Members(BTreeMap<String, Shape>),
    /// Whatever it is: nobody says what it is made of.
    #[default]
    Any,
}

impl Shape {
    /// The schema under `name` of the document, where schemas refer to each other.
    pub fn of(document: &Value, schema: &Value, name: &str) -> Self {
        read(document, schema, name, 0)
    }

    /// Any text.
    pub(crate) fn text() -> Self {
        Self { what: Type::Text, ..Self::default() }
    }

    /// One more member, or another in its place.
    pub(crate) fn put(&mut self, name: &str, member: Self) {
        if let Type::Members(members) = &mut self.what {
            members.insert(name.to_owned(), member);
        }
    }

    /// Secrets may stand in a file.
    pub(crate) fn reveal(&mut self) {
        self.secret = false;
        match &mut self.what {
            Type::Members(members) => members.values_mut().for_each(Self::reveal),
            Type::List(item) => item.reveal(),
            Type::Text | Type::Number | Type::Flag | Type::Any => {}
        }
    }

    pub fn member(&self, name: &str) -> Option<&Self> {
        match &self.what {
            Type::Members(members) => members.get(name),
            _ => None,
        }
    }

    pub fn members(&self) -> impl Iterator<Item = (&String, &Self)> {
        let members = if let Type::Members(members) = &self.what { Some(members) } else { None };
        members.into_iter().flatten()
    }

    /// The shape of the elements of a list.
    pub fn item(&self) -> Option<&Self> {
        match &self.what {
            Type::List(item) => Some(item),
            _ => None,
        }
    }

    /// The paths of what a new value must have and has not. Of a reference its name says what its id is.
    pub(crate) fn missing(&self, value: &Value, path: &str, missing: &mut Vec<String>) {
        match (&self.what, value) {
            (Type::Members(shapes), Value::Object(members)) if self.refers.is_none() => {
                for (name, shape) in shapes.iter().filter(|(_, shape)| !shape.read_only) {
                    let dot = if path.is_empty() { "" } else { "." };
                    let inner = format!("{path}{dot}{name}");
                    match members.get(name) {
                        None | Some(Value::Null) if shape.required => missing.push(inner),
                        None | Some(Value::Null) => {}
                        Some(value) => shape.missing(value, &inner, missing),
                    }
                }
            }
            (Type::List(item), Value::Array(list)) => {
                for (at, value) in list.iter().enumerate() {
                    item.missing(value, &format!("{path}[{at}]"), missing);
                }
            }
            _ => {}
        }
    }

    /// What of a value a body may say: without what only the server writes.
    pub fn settable(&self, value: &Value) -> Value {
        match (&self.what, value) {
            (Type::Members(shapes), Value::Object(members)) => {
                let of = |(name, value): (&String, &Value)| {
                    let shape = shapes.get(name).filter(|shape| !shape.read_only)?;
                    Some((name.clone(), shape.settable(value)))
                };
                Value::Object(members.iter().filter_map(of).collect())
            }
            (Type::List(item), Value::Array(list)) => list.iter().map(|value| item.settable(value)).collect(),
            (_, value) => value.clone(),
        }
    }
}

fn read(document: &Value, schema: &Value, name: &str, depth: usize) -> Shape {
    let schema = resolved(document, schema);
    let mut shape = Shape {
        read_only: schema["readOnly"] == true,
        default: schema.get("default").cloned(),
        secret: table::SECRETS.contains(&name),
        holds_ids: table::IDS_WITHIN.contains(&name),
        ..Shape::default()
    };
    // A schema that refers to itself would go on for ever.
    if depth > DEEPEST {
        return shape;
    }
    shape.what = match schema["type"].as_str() {
        Some("string") => Type::Text,
        Some("integer" | "number") => Type::Number,
        Some("boolean") => Type::Flag,
        Some("array") => Type::List(Box::new(read(document, &schema["items"], name, depth + 1))),
        // A choice.
        None if schema["enum"].is_array() => Type::Text,
        _ => match schema["properties"].as_object() {
            Some(members) => {
                let members = members.iter().filter(|(name, _)| *name != "_links");
                let member = |(name, of): (&String, &Value)| {
                    let required = schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
                    (name.clone(), Shape { required, ..read(document, of, name, depth + 1) })
                };
                Type::Members(members.map(member).collect())
            }
            None => Type::Any,
        },
    };
    let id = shape.member("id").is_some_and(|id| !id.read_only);
    let is_text = matches!(shape.what, Type::Text);
    shape.refers = table::refers(name).filter(|refers| id || (is_text && matches!(refers, table::Refers::Within(_))));
    let choices = schema["enum"].as_array().filter(|_| is_text).into_iter().flatten();
    shape.choices = choices.filter_map(Value::as_str).map(str::to_owned).collect();
    shape.is_id = is_text && schema["format"] == "uuid";
    shape
}

/// What a `$ref` leads to.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..DEEPEST {
        let Some(path) = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#')) else { break };
        schema = document.pointer(path).unwrap_or(&Value::Null);
    }
    schema
}

const DEEPEST: usize = 16;
