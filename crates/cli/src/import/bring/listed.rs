//! A list of the management API as it was read, and as it became since.

use std::collections::HashMap;

use serde_json::Value;

use super::same::member;
use super::{folded, text};

/// The rows of one path. What is looked for by a member is found without looking at all of them.
#[derive(Debug, Default)]
pub(super) struct Listed {
    rows: Vec<Value>,
    /// By the path of a member: the row that has a value first. Made when it is asked for.
    by: HashMap<&'static str, HashMap<String, usize>>,
}

impl Listed {
    pub(super) fn new(rows: Vec<Value>) -> Self {
        Self { rows, by: HashMap::new() }
    }

    pub(super) fn rows(&self) -> &[Value] {
        &self.rows
    }

    /// The row whose member has this value, whatever the case of its letters but in what clients call themselves.
    pub(super) fn find(&mut self, name: &'static str, value: &str) -> Option<&Value> {
        let rows = &self.rows;
        let by = self.by.entry(name).or_insert_with(|| {
            let mut by = HashMap::with_capacity(rows.len());
            for (at, row) in rows.iter().enumerate() {
                if let Some(value) = key(row, name) {
                    by.entry(value).or_insert(at);
                }
            }
            by
        });
        by.get(&as_found(name, value)).and_then(|at| self.rows.get(*at))
    }

    pub(super) fn push(&mut self, row: Value) {
        let at = self.rows.len();
        for (name, by) in &mut self.by {
            if let Some(value) = key(&row, name) {
                by.entry(value).or_insert(at);
            }
        }
        self.rows.push(row);
    }

    /// Puts a row in the place of the one with its id.
    pub(super) fn replace(&mut self, row: Value) {
        let Some(id) = text(&row, "id").map(str::to_owned) else { return };
        self.find("id", &id);
        let at = self.by.get("id").and_then(|by| by.get(&folded(&id))).copied();
        let Some(before) = at.and_then(|at| self.rows.get_mut(at)) else { return };
        // Where a value changed that rows are found by, another row may be the first that has it.
        self.by.retain(|name, _| key(before, name) == key(&row, name));
        *before = row;
    }
}

fn key(row: &Value, name: &str) -> Option<String> {
    member(row, name).and_then(Value::as_str).map(|value| as_found(name, value))
}

/// RFC 6749 §2.2: a client identifier is compared as it is.
fn as_found(name: &str, value: &str) -> String {
    if name == "clientId" { value.to_owned() } else { folded(value) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_is_found_as_it_became() {
        let row = |id: &str, name: &str| json!({ "id": id, "name": name, "resource": { "id": format!("r{id}") } });
        let mut listed = Listed::new(vec![row("1", "Éine"), row("2", "two"), row("3", "TWO")]);
        let id = |listed: &mut Listed, name, value| {
            listed.find(name, value).and_then(|row| text(row, "id")).map(str::to_owned)
        };
        assert_eq!(id(&mut listed, "name", "éINE").as_deref(), Some("1"));
        assert_eq!(id(&mut listed, "name", "two").as_deref(), Some("2"), "the first of them");
        assert_eq!(id(&mut listed, "resource.id", "r3").as_deref(), Some("3"));
        assert_eq!(id(&mut listed, "name", "four"), None);
        listed.push(row("4", "four"));
        listed.push(row("5", "Four"));
        assert_eq!(id(&mut listed, "name", "FOUR").as_deref(), Some("4"));
        let mut changed = row("2", "two");
        changed["enabled"] = true.into();
        listed.replace(changed);
        assert_eq!(listed.find("name", "two").map(|row| &row["enabled"]), Some(&json!(true)));
        listed.replace(row("2", "other"));
        assert_eq!(id(&mut listed, "name", "two").as_deref(), Some("3"), "what it was called before is another's");
        assert_eq!(id(&mut listed, "name", "other").as_deref(), Some("2"));
        listed.replace(row("9", "nobody"));
        assert_eq!(listed.rows().len(), 5);
    }
}
