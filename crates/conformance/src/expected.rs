//! Which results are as they should be although they are not PASSED, and why: config/expected.json.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::suite::Outcome;

/// The explanations.
pub(crate) struct Expected(Vec<Entry>);

struct Entry {
    /// What the module's name begins with.
    module: String,
    result: String,
    /// Every condition that may speak up.
    conditions: Vec<String>,
    why: String,
}

impl Expected {
    /// # Errors
    /// The file is not what it should be.
    pub(crate) fn read() -> Result<Self> {
        let all: Vec<Value> = serde_json::from_str(include_str!("../config/expected.json"))?;
        let entry = |value: &Value| {
            let text = |name: &str| value[name].as_str().map(str::to_owned);
            let conditions = value["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
            Some(Entry {
                module: text("module")?,
                result: text("result")?,
                conditions: conditions.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
                why: text("why").filter(|why| !why.is_empty())?,
            })
        };
        let entries: Option<Vec<_>> = all.iter().map(entry).collect();
        Ok(Self(entries.context("config/expected.json: module, result and why are texts")?))
    }

    /// Why the result will do: an empty text where it needs no words. None where nobody has explained it.
    pub(crate) fn why(&self, outcome: &Outcome) -> Option<&str> {
        if outcome.result == "PASSED" {
            return Some("");
        }
        let holds = |entry: &&Entry| {
            let spoke = |condition: &String| entry.conditions.iter().any(|name| condition.contains(name.as_str()));
            outcome.module.starts_with(&entry.module)
                && outcome.result == entry.result
                && outcome.conditions.iter().all(spoke)
        };
        self.0.iter().find(holds).map(|entry| entry.why.as_str())
    }
}

/// How many of each result.
pub(crate) fn totals(outcomes: &[Outcome]) -> String {
    let count = |result: &&str| outcomes.iter().filter(|outcome| outcome.result == **result).count();
    let known = ["PASSED", "REVIEW", "WARNING", "SKIPPED", "FAILED", "UNFINISHED"];
    let counted = known.iter().map(|result| (count(result), *result)).filter(|(count, _)| *count > 0);
    counted.map(|(count, result)| format!("{count} {result}")).collect::<Vec<_>>().join(", ")
}
