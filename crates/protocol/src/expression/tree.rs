//! An expression as it was read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::function::Function;
use super::operator::Operator;
use super::pattern::Pattern;

#[derive(Clone)]
pub(super) enum Tree {
    Literal(Value),
    List(Vec<Self>),
    /// `{key: value}`; what has no key when it is worked out is left out.
    Map(Vec<(Self, Self)>),
    /// `#root`: all that there is.
    Root,
    /// `#this`: what a projection or a selection is at; outside of them `#root`.
    This,
    /// A property of `#this`.
    Name(String),
    Property(Box<Self>, String),
    Index(Box<Self>, Box<Self>),
    Select(Box<Self>, Selection, Box<Self>),
    Project(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Negative(Box<Self>),
    Binary(Operator, Box<(Self, Self)>),
    /// Whether all of a text is what a pattern says. The pattern is there where it was written as a text.
    Matches(Box<(Self, Self)>, Option<Pattern>),
    /// `a ? b : c`
    Choice(Box<(Self, Self, Self)>),
    /// `a ?: b`
    Otherwise(Box<(Self, Self)>),
    Call(&'static Function, Vec<Self>, Option<Pattern>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    All,
    First,
    Last,
}

impl Tree {
    /// The names of `#root` that it reads. `outside` says that `#this` is `#root`.
    pub(super) fn roots<'a>(&'a self, outside: bool, found: &mut BTreeSet<&'a str>) {
        match self {
            Self::Name(name) if outside => {
                found.insert(name);
            }
            Self::Property(of, name) if matches!(**of, Self::Root) || (outside && matches!(**of, Self::This)) => {
                found.insert(name);
            }
            Self::Literal(_) | Self::Root | Self::This | Self::Name(_) => {}
            Self::List(items) | Self::Call(_, items, _) => items.iter().for_each(|item| item.roots(outside, found)),
            Self::Map(members) => members.iter().for_each(|(key, value)| {
                key.roots(outside, found);
                value.roots(outside, found);
            }),
            Self::Property(of, _) | Self::Not(of) | Self::Negative(of) => of.roots(outside, found),
            Self::Index(of, at) => {
                of.roots(outside, found);
                at.roots(outside, found);
            }
            Self::Select(of, _, each) | Self::Project(of, each) => {
                of.roots(outside, found);
                each.roots(false, found);
            }
            Self::Binary(_, two) | Self::Matches(two, _) | Self::Otherwise(two) => {
                two.0.roots(outside, found);
                two.1.roots(outside, found);
            }
            Self::Choice(three) => {
                three.0.roots(outside, found);
                three.1.roots(outside, found);
                three.2.roots(outside, found);
            }
        }
    }
}
