//! Attributes of an environment's own making in a filter, by the keys of users' values: see [`protocol::model::UserSchema::resolved`].

use std::fmt::Write as _;

use protocol::filter::{Filter, FilterValue, Op};
use protocol::model::{BY_ID, MAX_KEY, value_key};
use uuid::Uuid;

use super::access::successor;
use super::{Query, Table, pattern};
use crate::{StoreError, Value};

/// Whether the filter asks for values that an index finds.
pub(super) fn finds(table: &Table, filter: &Filter) -> bool {
    let Filter::Compare { path, op: Op::Eq | Op::Sw, value } = filter else { return false };
    table.groups.is_some() && path.starts_with(BY_ID) && *value != FilterValue::Null
}

impl Query<'_> {
    /// Adds the condition of an attribute of the environment's own. False: the path names another.
    pub(super) fn own(&mut self, path: &str, compared: Option<(Op, &FilterValue)>) -> Result<bool, StoreError> {
        let Some(rest) = path.strip_prefix(BY_ID).filter(|_| self.table.groups.is_some()) else { return Ok(false) };
        let (id, below) = rest.split_once('.').unwrap_or((rest, ""));
        let id = Uuid::try_parse(id).map_err(|_| self.unsupported(path))?;
        let id = self.parameter(id.into());
        let mut condition = format!("v.environment_id = $1 AND v.attribute_id = {id}");
        let Some((op, value)) = compared else {
            if !below.is_empty() {
                let (own, within) =
                    (self.parameter(below.into()), self.parameter(pattern(Op::Sw, format!("{below}.")).into()));
                condition = format!("{condition} AND (v.path = {own} OR v.path LIKE {within} ESCAPE '!')");
            }
            self.has_value(&condition, true);
            return Ok(true);
        };
        let text = match value {
            FilterValue::Text(text) => text.to_lowercase(),
            FilterValue::Bool(flag) => flag.to_string(),
            FilterValue::Number(number) => number.to_string(),
            FilterValue::Null => return Err(self.unsupported(path)),
        };
        let below = self.parameter(below.into());
        let meets = self.compares(op, &text);
        self.has_value(&format!("{condition} AND v.path = {below} AND {meets}"), op != Op::Ne);
        Ok(true)
    }

    fn compares(&mut self, op: Op, text: &str) -> String {
        match op {
            Op::Sw if text.is_empty() => "1 = 1".to_owned(),
            Op::Sw => {
                // Of a longer text the index has the beginning.
                let beginning: String = text.chars().take(MAX_KEY).collect();
                let end = successor(&beginning).map(|end| self.parameter(end.into()));
                let long =
                    (beginning.len() < text.len()).then(|| self.parameter(pattern(Op::Sw, text.to_owned()).into()));
                let first = self.parameter(beginning.into());
                let end = end.map(|end| format!(" AND v.value_key < {end}")).unwrap_or_default();
                let long = long.map(|long| format!(" AND v.value_text LIKE {long} ESCAPE '!'")).unwrap_or_default();
                format!("v.value_key >= {first}{end}{long}")
            }
            Op::Co | Op::Ew => {
                let like = self.parameter(pattern(op, text.to_owned()).into());
                format!("COALESCE(v.value_text, v.value_key) LIKE {like} ESCAPE '!'")
            }
            _ => {
                let key: Value = value_key(text).into();
                format!("v.value_key = {}", self.parameter(key))
            }
        }
    }

    fn has_value(&mut self, condition: &str, has: bool) {
        let not = if has { "" } else { "NOT " };
        // Writing to a String cannot fail.
        let _ = write!(self.sql, "{not}id IN (SELECT v.user_id FROM user_values v WHERE {condition})");
    }
}
