//! What an import does not take, and why.

use std::collections::BTreeMap;

/// What is left out, by kind and reason. Of what is somebody's own nothing but their user name, and never a secret.
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
        let mut key = (kind, shown(&why.into(), LONGEST_REASON));
        // A report is one for people, however many reasons somebody's export finds.
        if !self.0.contains_key(&key)
            && self.0.range((kind, String::new())..).take(REASONS).filter(|((of, _), _)| *of == kind).count() == REASONS
        {
            OTHERS.clone_into(&mut key.1);
        }
        let entry = self.0.entry(key).or_default();
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

/// Of one kind.
const REASONS: usize = 200;
const OTHERS: &str = "for other reasons than the first 200";
const NAMED: usize = 20;
const LONGEST: usize = 120;
const LONGEST_REASON: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_not_without_end() {
        let mut left = Left::default();
        for number in 0..1000 {
            left.add("users", &number.to_string(), format!("reason {number}"));
            left.add("groups", "x", "always the same");
        }
        assert_eq!(left.entries().count(), REASONS + 2);
        let (_, _, others) = left.entries().find(|(_, why, _)| *why == OTHERS).unwrap();
        assert_eq!((others.count, others.names.len()), (800, NAMED));
    }
}
