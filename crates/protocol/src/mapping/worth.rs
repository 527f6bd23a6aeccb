//! What one mapping is worth for one person.

use serde_json::Value;

use super::source::{OF_GROUPS, Sources};
use crate::expression::{Effort, Expression};

/// The value of a mapping, read once.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// None: this version cannot read it, so it is worth nothing.
    expression: Option<Expression>,
    of_groups: bool,
}

impl Worth {
    pub fn read(value: &str) -> Self {
        Self { expression: Expression::parse(value).ok(), of_groups: value.contains(OF_GROUPS) }
    }

    pub(super) fn is_of_groups(&self) -> bool {
        self.of_groups
    }

    /// What it is worth. None: nothing, which is what is empty too, and what cannot be worked out.
    pub(super) fn of(&self, sources: &Sources, effort: &mut Effort) -> Option<Value> {
        self.tried(sources, effort).unwrap_or_default()
    }

    /// The same, with why it cannot be worked out.
    pub(super) fn tried(&self, sources: &Sources, effort: &mut Effort) -> Result<Option<Value>, String> {
        let expression = self.expression.as_ref().ok_or("a mapping that this version cannot read")?;
        let value = expression.evaluate(&sources.root, sources.now, effort).map_err(|failed| failed.to_string())?;
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        Ok(Some(value).filter(|_| !empty))
    }
}
