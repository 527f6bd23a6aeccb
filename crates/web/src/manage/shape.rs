//! The pieces of every body: objects without absent properties, links, references and times.

use engine::manage::Authorized;
use protocol::time::Time;
use serde_json::{Map, Value, json};

/// A JSON object under construction. What is absent is left out, never `null`.
#[derive(Debug, Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    #[must_use]
    pub(super) fn maybe(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        self.0.extend(value.map(|value| (name.to_owned(), value.into())));
        self
    }

    /// Adds every member of `more`.
    #[must_use]
    pub(super) fn and(mut self, more: Map<String, Value>) -> Self {
        self.0.extend(more);
        self
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}

/// An object that begins with its links: `(name, path below /v1)`, or a whole address elsewhere.
pub(super) fn linked(by: &Authorized, links: &[(&str, String)]) -> Object {
    let links: Map<String, Value> =
        links.iter().map(|(name, path)| ((*name).to_owned(), json!({ "href": href(by, path) }))).collect();
    Object::default().with("_links", links)
}

/// The absolute address of a path below `/v1`. An address that is whole stays as it is.
pub(super) fn href(by: &Authorized, path: &str) -> String {
    if path.starts_with('/') { format!("{}/v1{path}", by.app.config.api_url) } else { path.to_owned() }
}

/// A reference: `{"id": …}`.
pub(super) fn reference(id: impl std::fmt::Display) -> Value {
    json!({ "id": id.to_string() })
}

/// ISO 8601 in UTC with milliseconds and `Z`, as PingOne writes every time.
pub(super) fn stamp(time: Time) -> String {
    time.to_string()
}
