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

    /// Adds an object that is left out when it holds nothing.
    #[must_use]
    pub(super) fn unless_empty(mut self, name: &str, inner: Self) -> Self {
        if !inner.0.is_empty() {
            self.0.insert(name.to_owned(), inner.into());
        }
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
    let stamp = jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default();
    stamp.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Reads a date and time of RFC 3339.
pub(super) fn instant(text: &str) -> Option<Time> {
    let stamp: jiff::Timestamp = text.parse().ok()?;
    Some(Time(stamp.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_z() {
        let time = Time(1_776_817_799_348_999);
        assert_eq!(stamp(time), "2026-04-22T00:29:59.348Z");
        assert_eq!(instant("2026-04-22T00:29:59.348Z"), Some(time.to_millis()));
        assert_eq!(instant("2026-04-22T02:29:59.348+02:00"), Some(time.to_millis()));
        assert_eq!(stamp(Time::from_secs(0)), "1970-01-01T00:00:00.000Z");
        for bad in ["", "tomorrow", "2026-04-22", "2026-04-22T00:29:59"] {
            assert_eq!(instant(bad), None, "{bad}");
        }
    }
}
