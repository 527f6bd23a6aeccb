//! Decides what a `filter` parameter asks for: the filters of SCIM (RFC 7644 §3.4.2.2) that PingOne's clients send.
//!
//! Only the form is decided here. Which attributes and operators a resource supports, and how text is compared, is
//! known to whoever reads the [`Filter`]. Length, clauses and depth are bounded, so reading and walking are too.

mod parser;

use std::fmt;

use serde_json::Value;

pub use parser::parse;

/// A filter as a tree; `and` binds closer than `or` (RFC 7644 §3.4.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// `path` as written, for instance `population.id`; letter case is kept.
    Compare {
        path: String,
        op: Op,
        value: FilterValue,
    },
    /// `path pr`
    Present(String),
    /// `path[…]`: one value of a list meets all of the inner filter.
    Within(String, Box<Self>),
}

/// The comparison operators, written in any letter case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Eq,
    Ne,
    Sw,
    Co,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

/// The value compared with. Dates are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterValue {
    Text(String),
    Number(serde_json::Number),
    Bool(bool),
    Null,
}

/// Where and why a filter was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at position {position}")]
pub struct FilterError {
    /// The octet of the filter, counted from 0.
    pub position: usize,
    /// What is wrong there; a fixed text that quotes nothing.
    pub what: &'static str,
}

impl Op {
    pub const ALL: [Self; 9] =
        [Self::Eq, Self::Ne, Self::Sw, Self::Co, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The operator as it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Sw => "sw",
            Self::Co => "co",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.name().eq_ignore_ascii_case(word))
    }

    /// RFC 7644 §3.4.2.2, table 3: parts are parts of text, and order needs text or a number.
    fn takes(self, value: &FilterValue) -> bool {
        match self {
            Self::Eq | Self::Ne => true,
            Self::Sw | Self::Co | Self::Ew => matches!(value, FilterValue::Text(_)),
            Self::Gt | Self::Ge | Self::Lt | Self::Le => matches!(value, FilterValue::Text(_) | FilterValue::Number(_)),
        }
    }
}

/// The one way to write this tree: every operand of `and`, `or` and `not` in parentheses.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(left, right) => write!(f, "({left}) and ({right})"),
            Self::Or(left, right) => write!(f, "({left}) or ({right})"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare { path, op, value } => write!(f, "{path} {} {value}", op.name()),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Within(path, inner) => write!(f, "{path}[{inner}]"),
        }
    }
}

impl fmt::Display for FilterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => Value::from(text.as_str()).fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Null => f.write_str("null"),
        }
    }
}

#[cfg(test)]
mod tests;
