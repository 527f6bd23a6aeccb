//! What an import took, what it did not take, and why.

use std::collections::BTreeMap;

use import::Left;
use serde_json::{Map, Value, json};

/// The answer of an import from another system.
#[derive(Debug, Default)]
pub(super) struct Report {
    taken: BTreeMap<&'static str, Counts>,
    pub(super) left: Left,
    /// By kind, what had another id or name before, and the id that it has.
    ids: BTreeMap<&'static str, BTreeMap<String, String>>,
    /// How much was refused by a rule; the rest of what is left is nothing that there is here.
    pub(super) refused: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    created: u64,
    updated: u64,
    unchanged: u64,
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    Created,
    Updated,
    Unchanged,
}

impl Report {
    pub(super) fn take(&mut self, kind: &'static str, became: Became, many: u64) {
        let counts = self.taken.entry(kind).or_default();
        match became {
            Became::Created => counts.created += many,
            Became::Updated => counts.updated += many,
            Became::Unchanged => counts.unchanged += many,
        }
    }

    /// Notes what a rule refused.
    pub(super) fn refuse(&mut self, kind: &'static str, name: &str, why: impl Into<String>) {
        self.refused += 1;
        self.left.add(kind, name, why);
    }

    /// Notes the id of what was called otherwise.
    pub(super) fn called(&mut self, kind: &'static str, before: &str, id: &str) {
        self.ids.entry(kind).or_default().insert(before.to_owned(), id.to_owned());
    }

    /// Where what kept its name has another id: for whoever wrote ids down.
    pub(super) fn ids(&self) -> Value {
        json!(self.ids)
    }

    pub(super) fn has_ids(&self) -> bool {
        self.ids.values().any(|ids| !ids.is_empty())
    }

    pub(super) fn json(&self, source: &str, environment: &str, rehearsed: bool) -> Value {
        let taken: Map<String, Value> = self
            .taken
            .iter()
            .map(|(kind, counts)| {
                let Counts { created, updated, unchanged } = counts;
                ((*kind).to_owned(), json!({ "created": created, "updated": updated, "unchanged": unchanged }))
            })
            .collect();
        let left: Vec<Value> = self
            .left
            .entries()
            .map(|(kind, why, entry)| json!({ "kind": kind, "count": entry.count, "names": entry.names, "why": why }))
            .collect();
        json!({
            "source": source,
            "environment": environment,
            "dryRun": rehearsed,
            "taken": taken,
            "left": left,
            "refused": self.refused,
            "ids": self.ids(),
        })
    }

    /// The same for people.
    pub(super) fn text(&self, rehearsed: bool) -> String {
        let mut lines = Vec::new();
        for (kind, Counts { created, updated, unchanged }) in &self.taken {
            let verb = if rehearsed { "to create" } else { "created" };
            lines.push(format!("{kind}: {created} {verb}, {updated} updated, {unchanged} as they were"));
        }
        if !self.left.is_empty() {
            lines.push("Not taken:".to_owned());
        }
        for (kind, why, entry) in self.left.entries() {
            let names = match (entry.names.as_slice(), entry.count as usize) {
                ([], _) => String::new(),
                (names, count) if count > names.len() => format!(": {} …", names.join(", ")),
                (names, _) => format!(": {}", names.join(", ")),
            };
            lines.push(format!("  {kind} ({}): {why}{names}", entry.count));
        }
        let many: usize = self.ids.values().map(BTreeMap::len).sum();
        if many > 0 {
            lines.push(format!("{many} have another id than before: --ids FILE writes them down"));
        }
        lines.join("\n")
    }
}
