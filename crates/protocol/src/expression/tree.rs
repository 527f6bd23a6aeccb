//! An expression as it was read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Failed;
use super::function::Function;
use super::operator::Operator;
use super::pattern::Pattern;

/// Patterns that were written as texts, each with its place.
pub(super) type Patterns = Vec<(usize, Pattern)>;

#[derive(Clone)]
pub(super) enum Tree {
    Literal(Value),
    List(Vec<Self>),
    /// `new int[] {1, 2}`
    Array(Primitive, Vec<Self>),
    /// `{key: value}`; what has no key when it is worked out is left out.
    Map(Vec<(Self, Self)>),
    /// `#root`: all that there is. Where it stands in the text.
    Root(usize),
    /// `#this`: what a projection or a selection is at; outside of them `#root`.
    This(usize),
    /// A property of `#this`.
    Name(String, usize),
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
    /// With the patterns that were written as texts, each by its place among what is given.
    Call(&'static Function, Box<(Vec<Self>, Patterns)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    All,
    First,
    Last,
}

/// The types of Java that arrays are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Primitive {
    Byte,
    Short,
    Int,
    Long,
    Float,
    Double,
    Char,
    Boolean,
}

impl Primitive {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "byte" => Self::Byte,
            "short" => Self::Short,
            "int" => Self::Int,
            "long" => Self::Long,
            "float" => Self::Float,
            "double" => Self::Double,
            "char" => Self::Char,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }

    /// What an array with a length is full of.
    pub(super) fn empty(self) -> Value {
        match self {
            Self::Byte | Self::Short | Self::Int | Self::Long => 0.into(),
            Self::Float | Self::Double => 0.0.into(),
            Self::Char => "\0".into(),
            Self::Boolean => false.into(),
        }
    }

    /// A value as one of the type.
    pub(super) fn of(self, value: &Value) -> Result<Value, Failed> {
        let number = value.as_f64();
        let whole = |bits: u32| {
            let value = value.as_i64().or_else(|| number.filter(|real| real.abs() < 9e18).map(|real| real as i64))?;
            (value >> (bits - 1) == 0 || value >> (bits - 1) == -1).then(|| value.into())
        };
        let made = match self {
            Self::Byte => whole(8),
            Self::Short => whole(16),
            Self::Int => whole(32),
            Self::Long => whole(64),
            // The shortest text of it is what is told.
            Self::Float => number.and_then(|real| (real as f32).to_string().parse::<f64>().ok()).map(Value::from),
            Self::Double => number.map(Value::from),
            Self::Char => value.as_str().filter(|text| text.chars().count() == 1).map(Value::from),
            Self::Boolean => value.as_bool().map(Value::from),
        };
        made.ok_or(Failed("the array takes no such value"))
    }
}

impl Tree {
    /// The names of `#root` that it reads, each with where it stands first. `outside` says that `#this` is `#root`.
    pub(super) fn names<'a>(&'a self, outside: bool, found: &mut BTreeMap<&'a str, usize>) {
        if let Some((name, place)) = self.root(outside) {
            found.entry(name).or_insert(place);
        } else {
            self.below(outside, &mut |tree, outside| tree.names(outside, found));
        }
    }

    /// Whether it reads this member of a name of `#root`.
    pub(super) fn reads(&self, outside: bool, root: &str, member: &str) -> bool {
        let own = match self {
            Self::Property(of, name) => of.is_root(outside, root) && name == member,
            Self::Index(of, at) => of.is_root(outside, root) && matches!(&**at, Self::Literal(name) if name == member),
            _ => false,
        };
        let mut found = own;
        self.below(outside, &mut |tree, outside| found = found || tree.reads(outside, root, member));
        found
    }

    /// The name of `#root` that it is itself, and where it stands.
    fn root(&self, outside: bool) -> Option<(&str, usize)> {
        let (of, name) = match self {
            Self::Name(name, place) => return outside.then_some((name.as_str(), *place)),
            Self::Property(of, name) => (of, name),
            Self::Index(of, at) => match &**at {
                Self::Literal(Value::String(name)) => (of, name),
                _ => return None,
            },
            _ => return None,
        };
        match **of {
            Self::Root(place) => Some((name, place)),
            Self::This(place) if outside => Some((name, place)),
            _ => None,
        }
    }

    fn is_root(&self, outside: bool, root: &str) -> bool {
        self.root(outside).is_some_and(|(name, _)| name == root)
    }

    /// Whether it is, or is a part of, an object that is written in the expression itself.
    pub(super) fn is_written(&self) -> bool {
        match self {
            Self::Map(_) => true,
            Self::Property(of, _) | Self::Index(of, _) => of.is_written(),
            _ => false,
        }
    }

    /// The trees of which it is made, each with whether `#this` is `#root` there.
    fn below<'a>(&'a self, outside: bool, each: &mut dyn FnMut(&'a Self, bool)) {
        match self {
            Self::Literal(_) | Self::Root(_) | Self::This(_) | Self::Name(..) => {}
            Self::List(items) | Self::Array(_, items) => items.iter().for_each(|item| each(item, outside)),
            Self::Call(_, call) => call.0.iter().for_each(|item| each(item, outside)),
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
