//! Decides what a mapping is worth: PingOne's expression language, as far as its public pages give it.
//!
//! `${user.email}` is worth what the expression is worth, text or not; anything around it makes a text of it. Nothing here can
//! run without end: an expression is bounded when it is read, and what it does is counted when it is worked out. Nothing that an
//! expression sees is in what it fails with: only the place, and why (the contract, Annex A: ApplicationAttributeMapping).

mod budget;
mod choice;
mod crypto;
mod data;
mod date_pattern;
mod date_reading;
mod encoded;
mod format;
mod function;
mod lexer;
mod moment;
mod number;
mod operator;
mod parser;
mod pattern;
mod period;
mod search;
mod text;
mod tree;
mod work;
mod zone;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::time::Time;
use tree::Tree;

/// The most octets of a mapping with all that is around its expressions.
pub const MAX_OCTETS: usize = 4_096;

/// A text with its expressions, read and checked.
#[derive(Clone)]
pub struct Expression {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone)]
enum Part {
    Text(String),
    Tree(Tree),
}

/// Where and why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at position {position}")]
pub struct Misread {
    /// The octet of the whole text, counted from 0.
    pub position: usize,
    pub what: String,
}

/// A function as the reference tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// `#string.length(input: text)`
    pub call: String,
    pub gives: &'static str,
    pub says: &'static str,
}

/// All functions, in the order of their libraries.
pub fn functions() -> Vec<Described> {
    let all =
        function::LIBRARIES.iter().flat_map(|(library, functions)| functions.iter().map(move |one| (library, one)));
    all.map(|(library, one)| Described {
        call: format!("#{library}.{}({})", one.name, one.signature()),
        gives: one.gives,
        says: one.says,
    })
    .collect()
}

/// Why an expression is worth nothing for these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub &'static str);

/// A pattern that says all of a value, bounded as the patterns of expressions are.
#[derive(Clone)]
pub struct WholePattern(pattern::Pattern);

impl WholePattern {
    /// Reads one.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(text: &str) -> Result<Self, String> {
        pattern::Pattern::read_of_attribute(text).map(Self).map_err(|error| error.to_string())
    }

    /// Whether it is all of the text.
    ///
    /// # Errors
    /// That it cannot be told in the time that there is.
    pub fn is(&self, text: &str, searches: &mut Searches) -> Result<bool, Failed> {
        self.0.is_in(text, &mut searches.0)
    }
}

/// What patterns may take for all values of one user together.
pub struct Searches(budget::Budget);

impl Default for Searches {
    fn default() -> Self {
        Self(budget::Budget::of_values())
    }
}

impl fmt::Debug for Searches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Searches")
    }
}

/// What the expressions of one answer may take together: several times what one may.
pub struct Effort(budget::Budget);

impl Default for Effort {
    fn default() -> Self {
        Self(budget::Budget::of_answer())
    }
}

impl fmt::Debug for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Effort")
    }
}

impl fmt::Debug for WholePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WholePattern")
    }
}

impl Expression {
    /// Reads a text with any number of `${…}`. Refused are more than [`MAX_OCTETS`], what is not in the language, functions that do
    /// not exist, patterns that are none, more patterns than a few, and what is nested deeper than anybody writes by hand.
    pub fn parse(source: &str) -> Result<Self, Misread> {
        if source.len() > MAX_OCTETS {
            return Err(Misread { position: MAX_OCTETS, what: "the text is too long".into() });
        }
        let (mut parts, mut at, mut patterns) = (Vec::new(), 0, parser::Written::default());
        while let Some(begin) = source[at..].find("${").map(|found| at + found) {
            if begin > at {
                parts.push(Part::Text(source[at..begin].to_owned()));
            }
            let (tree, end) = parser::parse(source, begin + 2, &mut patterns)?;
            parts.push(Part::Tree(tree));
            at = end;
        }
        if at < source.len() || parts.is_empty() {
            parts.push(Part::Text(source[at..].to_owned()));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names that it begins with, such as `user` and `providerAttributes`, each with the octet of the text at which it stands first: what
    /// whoever works it out must know.
    pub fn names(&self) -> BTreeMap<&str, usize> {
        let mut found = BTreeMap::new();
        for part in &self.parts {
            if let Part::Tree(tree) = part {
                tree.names(true, &mut found);
            }
        }
        found
    }

    /// Whether it reads this member of what `root` is called, written as a name or as a text. What is worked out only when it is read is
    /// not known.
    pub fn reads(&self, root: &str, member: &str) -> bool {
        // Most do not, and that is seen without a walk.
        self.source.contains(member)
            && self.parts.iter().any(|part| matches!(part, Part::Tree(tree) if tree.reads(true, root, member)))
    }

    /// What it is worth over `root`, an object. Nothing that is not there is an error: it is null. What it takes is taken of `effort`.
    pub fn evaluate(&self, root: &Value, now: Time, effort: &mut Effort) -> Result<Value, Failed> {
        let given = effort.0.share();
        let mut left = given;
        let worth = self.worked_out(root, now, &mut left);
        effort.0.spend(&given, &left);
        worth
    }

    fn worked_out(&self, root: &Value, now: Time, budget: &mut budget::Budget) -> Result<Value, Failed> {
        if let [Part::Tree(tree)] = self.parts.as_slice() {
            return work::worth(tree, root, now, budget);
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                // What is not there leaves no trace in a text.
                Part::Tree(tree) => match work::worth(tree, root, now, budget)? {
                    Value::Null => {}
                    value => text.push_str(&operator::written(&value)?),
                },
            }
        }
        budget.take(text.len())?;
        Ok(Value::String(text))
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}
