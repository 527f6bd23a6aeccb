//! The functions of the libraries: what each takes, in a sentence what it is worth, and what it acts by. Each library's are listed once, in
//! its own module: the page of the reference and what a wrong call is told follow from there.

use std::borrow::Cow;

use serde_json::Value;

use super::budget::Budget;
use super::operator::written;
use super::pattern::Pattern;
use super::tree::{Primitive, Tree};
use super::{Failed, choice, crypto, data, moment, search, text};
use crate::time::Time;

/// What a function does with what it is given.
pub(super) type Act = fn(&mut Given<'_>) -> Result<Value, Failed>;

/// One function.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// `input: text, end: whole`; what may be left out has a `?` behind its name. [`Kind`] has the words.
    takes: &'static str,
    more: Option<More>,
    pub(super) gives: &'static str,
    /// What it is worth.
    pub(super) says: &'static str,
    pub(super) act: Act,
}

/// What may be given again and again behind the rest.
struct More {
    takes: &'static str,
    times: usize,
    /// What the last one is called where it stands alone.
    last: &'static str,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Number,
    List,
    Value,
    /// A pattern that is looked for in a text.
    Regex,
    /// A pattern that says all of a text.
    WholeRegex,
    DatePattern,
    Format,
    Algorithm,
}

pub(super) const fn function(
    name: &'static str,
    takes: &'static str,
    gives: &'static str,
    says: &'static str,
    act: Act,
) -> Function {
    Function { name, takes, more: None, gives, says, act }
}

/// The libraries, each with its functions.
pub(super) static LIBRARIES: [(&str, &[Function]); 6] = [
    ("string", text::FUNCTIONS),
    ("datetime", moment::FUNCTIONS),
    ("data", data::FUNCTIONS),
    ("regex", search::FUNCTIONS),
    ("crypto", crypto::FUNCTIONS),
    ("core", choice::FUNCTIONS),
];

/// The functions of a library.
pub(super) fn library(name: &str) -> Option<&'static [Function]> {
    LIBRARIES.iter().find(|(library, _)| *library == name).map(|(_, functions)| *functions)
}

impl Function {
    /// With more, so many times at most. Where more is a pair, its first may stand alone at the end, as what `last` says.
    pub(super) const fn more(self, takes: &'static str, times: usize, last: &'static str) -> Self {
        Self { more: Some(More { takes, times, last }), ..self }
    }

    /// Whether it takes so many.
    pub(super) fn admits(&self, count: usize) -> bool {
        let least = parameters(self.takes).filter(|(name, _)| !name.ends_with('?')).count();
        let more = self.more.as_ref().map_or(0, |more| {
            let each = parameters(more.takes).count();
            each * more.times + usize::from(each > 1)
        });
        (least..=parameters(self.takes).count() + more).contains(&count)
    }

    /// What it takes at a place.
    pub(super) fn kind(&self, at: usize) -> Kind {
        let own = parameters(self.takes).count();
        let found = match &self.more {
            Some(more) if at >= own => {
                let each = parameters(more.takes).count().max(1);
                parameters(more.takes).nth((at - own) % each)
            }
            _ => parameters(self.takes).nth(at),
        };
        found.map_or(Kind::Value, |(_, kind)| kind)
    }

    /// As it is called: `input: text, end: whole`.
    pub(super) fn signature(&self) -> String {
        let mut text = self.takes.to_owned();
        if let Some(more) = &self.more {
            let again = format!("[{}] × {}", more.takes, more.times);
            text = [text.as_str(), &again, more.last]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
        }
        text
    }
}

fn parameters(takes: &'static str) -> impl Iterator<Item = (&'static str, Kind)> {
    takes.split(", ").filter_map(|one| one.split_once(": ")).map(|(name, kind)| (name, Kind::of(kind)))
}

impl Kind {
    /// As the tables call it.
    fn of(word: &str) -> Self {
        match word {
            "text" => Self::Text,
            "whole" => Self::Whole,
            "number" => Self::Number,
            "list" => Self::List,
            "regex" => Self::Regex,
            "regex of all" => Self::WholeRegex,
            "date pattern" => Self::DatePattern,
            "format" => Self::Format,
            "algorithm" => Self::Algorithm,
            _ => Self::Value,
        }
    }

    /// What it is given, made what it takes where that can be: as Java does, a number becomes a text and a text of digits a number.
    pub(super) fn fit(self, value: Cow<'_, Value>) -> Result<Cow<'_, Value>, Failed> {
        match (self, &*value) {
            (Self::Value, _)
            | (Self::List, Value::Array(_))
            | (Self::List | Self::Number, Value::Null)
            | (Self::Number, Value::Number(_)) => Ok(value),
            (Self::List, _) => Err(Failed("the function takes a list here")),
            (Self::Whole, of) => match of {
                Value::Number(number) if number.is_i64() => Ok(value),
                Value::Number(number) => {
                    let real = number.as_f64().map(f64::trunc).filter(|real| real.abs() < 9e18);
                    real.map(|real| Cow::Owned(Value::from(real as i64))).ok_or(NOT_WHOLE)
                }
                Value::String(text) => {
                    text.trim().parse::<i64>().map(|whole| Cow::Owned(whole.into())).map_err(|_| NOT_WHOLE)
                }
                _ => Err(NOT_WHOLE),
            },
            (Self::Number, Value::String(text)) => {
                let text = text.trim();
                let whole = text.parse::<i64>().map(Value::from).ok();
                let number =
                    whole.or_else(|| text.parse::<f64>().ok().filter(|real| real.is_finite()).map(Value::from));
                number.map(Cow::Owned).ok_or(Failed("the function takes a number here"))
            }
            (Self::Number, _) => Err(Failed("the function takes a number here")),
            (_, Value::Null | Value::String(_)) => Ok(value),
            (_, Value::Bool(_) | Value::Number(_)) => Ok(Cow::Owned(Value::String(written(&value)?))),
            _ => Err(Failed("the function takes a text here")),
        }
    }
}

const NOT_WHOLE: Failed = Failed("the function takes a whole number here");

/// What one call was given, each as [`Kind::fit`] made it.
pub(super) struct Given<'a> {
    pub(super) values: &'a [Cow<'a, Value>],
    /// As it was written.
    pub(super) items: &'a [Tree],
    /// The patterns among them that were read with the expression, each with its place.
    pub(super) read: &'a [(usize, Pattern)],
    pub(super) now: Time,
    pub(super) budget: &'a mut Budget,
}

impl<'a> Given<'a> {
    pub(super) const fn count(&self) -> usize {
        self.values.len()
    }

    pub(super) fn value(&self, at: usize) -> &'a Value {
        self.values.get(at).map_or(&Value::Null, |value| value.as_ref())
    }

    /// A text, or nothing where there is none.
    pub(super) fn text(&self, at: usize) -> Option<&'a str> {
        self.value(at).as_str()
    }

    /// A list, or nothing where there is none.
    pub(super) fn list(&self, at: usize) -> Option<&'a [Value]> {
        self.value(at).as_array().map(Vec::as_slice)
    }

    pub(super) fn whole(&self, at: usize) -> i64 {
        self.value(at).as_i64().unwrap_or_default()
    }

    /// Whether it is written as an array of Java's `float`, of which no value is the same as any other number.
    pub(super) fn is_of_floats(&self, at: usize) -> bool {
        matches!(self.items.get(at), Some(Tree::Array(Primitive::Float, _)))
    }

    /// The pattern, which is read now where it is worked out; nothing where there is none.
    pub(super) fn pattern(
        &mut self,
        at: usize,
        read: fn(&str) -> Result<Pattern, Failed>,
    ) -> Result<Option<Pattern>, Failed> {
        if let Some((_, read)) = self.read.iter().find(|(place, _)| *place == at) {
            return Ok(Some(read.clone()));
        }
        let Some(text) = self.text(at) else { return Ok(None) };
        self.budget.pattern()?;
        read(text).map(Some)
    }
}
