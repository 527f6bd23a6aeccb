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
        if let Some(name) = self.root(outside) {
            found.insert(name);
        } else {
            self.below(outside, &mut |tree, outside| tree.roots(outside, found));
        }
    }

    /// Whether it reads this member of a name of `#root`.
    pub(super) fn reads(&self, outside: bool, root: &str, member: &str) -> bool {
        let own = match self {
            Self::Property(of, name) => of.root(outside) == Some(root) && name == member,
            Self::Index(of, at) => {
                of.root(outside) == Some(root) && matches!(&**at, Self::Literal(name) if name == member)
            }
            _ => false,
        };
        let mut found = own;
        self.below(outside, &mut |tree, outside| found = found || tree.reads(outside, root, member));
        found
    }

    /// The name of `#root` that it is itself.
    fn root(&self, outside: bool) -> Option<&str> {
        match self {
            Self::Name(name) => outside.then_some(name.as_str()),
            Self::Property(of, name) => {
                (matches!(**of, Self::Root) || (outside && matches!(**of, Self::This))).then_some(name.as_str())
            }
            _ => None,
        }
    }

    /// The trees of which it is made, each with whether `#this` is `#root` there.
    fn below<'a>(&'a self, outside: bool, each: &mut dyn FnMut(&'a Self, bool)) {
        match self {
            Self::Literal(_) | Self::Root | Self::This | Self::Name(_) => {}
            Self::List(items) | Self::Call(_, items, _) => items.iter().for_each(|item| each(item, outside)),
            Self::Map(members) => members.iter().for_each(|(key, value)| {
                each(key, outside);
                each(value, outside);
            }),
            Self::Property(of, _) | Self::Not(of) | Self::Negative(of) => each(of, outside),
            Self::Index(of, at) => {
                each(of, outside);
                each(at, outside);
            }
            Self::Select(of, _, of_each) | Self::Project(of, of_each) => {
                each(of, outside);
                each(of_each, false);
            }
            Self::Binary(_, two) | Self::Matches(two, _) | Self::Otherwise(two) => {
                each(&two.0, outside);
                each(&two.1, outside);
            }
            Self::Choice(three) => {
                each(&three.0, outside);
                each(&three.1, outside);
                each(&three.2, outside);
            }
        }
    }
}
