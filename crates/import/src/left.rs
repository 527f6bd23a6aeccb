//! What an import does not take, and why.

use std::collections::BTreeMap;

/// What is left out, by kind and reason. Never a value that is somebody's own, never a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left(BTreeMap<(&'static str, String), Entry>);

/// What is left out for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub count: u64,
    /// The first of their names.
    pub names: Vec<String>,
}

impl Left {
    pub fn add(&mut self, kind: &'static str, name: &str, why: impl Into<String>) {
        let entry = self.0.entry((kind, shown(&why.into(), LONGEST_REASON))).or_default();
        entry.count += 1;
        let name = shown(name, LONGEST);
        if !name.is_empty() && entry.names.len() < NAMED && !entry.names.contains(&name) {
            entry.names.push(name);
        }
    }

    /// By kind and reason.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &str, &Entry)> {
        self.0.iter().map(|((kind, why), entry)| (*kind, why.as_str(), entry))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn extend(&mut self, other: Self) {
        for (key, Entry { count, names }) in other.0 {
            let entry = self.0.entry(key).or_default();
            entry.count += count;
            for name in names {
                if entry.names.len() < NAMED && !entry.names.contains(&name) {
                    entry.names.push(name);
                }
            }
        }
    }
}

/// A text from outside as a terminal may show it.
fn shown(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

const NAMED: usize = 20;
const LONGEST: usize = 120;
const LONGEST_REASON: usize = 400;
