//! Reads the query of a control, parameter by parameter; one that nobody asked for is refused.

use http::request::Parts;
use protocol::params::Params;

use super::wrong::Wrong;

/// What is left of a query to read.
#[derive(Debug)]
pub(super) struct Query {
    params: Params,
    asked: Vec<&'static str>,
}

impl Query {
    /// # Errors
    /// 400 for one that is no query, or has a parameter twice.
    pub(super) fn read(parts: &Parts) -> Result<Self, Wrong> {
        let read = Params::query(parts.uri.query().unwrap_or_default());
        let params = read.map_err(|error| Wrong::invalid("query", format!("the query cannot be read: {error}")))?;
        Ok(Self { params, asked: Vec::new() })
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.asked.push(name);
        self.params.text(name).map(str::to_owned)
    }

    /// A whole number within bounds.
    pub(super) fn integer(
        &mut self,
        name: &'static str,
        within: std::ops::RangeInclusive<u64>,
    ) -> Result<Option<u64>, Wrong> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| within.contains(number));
        let wrong = || format!("it must be a whole number from {} to {}", within.start(), within.end());
        number.map(Some).ok_or_else(|| Wrong::invalid(name, wrong()))
    }

    /// The end: nothing may be left.
    pub(super) fn end(self) -> Result<(), Wrong> {
        match self.params.names().find(|name| !self.asked.contains(name)) {
            None => Ok(()),
            Some(name) => Err(Wrong::invalid(protocol::told::name(name), "there is no such parameter")),
        }
    }
}
