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

/// What `#this` is, for whoever looks for the members of a name of `#root`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Here {
    Root,
    /// That name, perhaps, or what holds it.
    Either,
    Other,
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

    /// Whether it reads this member of a name of `#root`, also where a list, an object or a choice is on the way to it. Whoever asks takes
    /// the member away: what cannot be told counts as read.
    pub(super) fn reads(&self, outside: bool, root: &str, member: &str) -> bool {
        self.reads_at(if outside { Here::Root } else { Here::Either }, root, member)
    }

    fn reads_at(&self, here: Here, root: &str, member: &str) -> bool {
        let own = match self {
            Self::Name(name, _) => here == Here::Either && name == member,
            // It is a name of `#root` itself.
            _ if self.root(here == Here::Root).is_some() => false,
            Self::Property(of, name) => name == member && of.leads(here, root),
            Self::Index(of, at) => match &**at {
                Self::Literal(name) => name == member && of.leads(here, root),
                _ => of.leads(here, root),
            },
            _ => false,
        };
        if let Self::Select(of, _, each) | Self::Project(of, each) = self {
            return of.reads_at(here, root, member) || each.reads_at(of.within(here, root), root, member);
        }
        let mut found = own;
        self.below(true, &mut |tree, _| found = found || tree.reads_at(here, root, member));
        found
    }

    /// Whether it may be what `root` is called, or a list or an object that holds it.
    fn leads(&self, here: Here, root: &str) -> bool {
        if let Some((name, _)) = self.root(here == Here::Root) {
            return name == root;
        }
        match self {
            Self::Root(_) => true,
            Self::This(_) => here != Here::Other,
            Self::Name(..) => here == Here::Either,
            // What is below a name of `#root` is not that name.
            Self::Property(of, _) | Self::Index(of, _) => of.root(here == Here::Root).is_none() && of.leads(here, root),
            Self::List(items) | Self::Array(_, items) => items.iter().any(|item| item.leads(here, root)),
            Self::Call(_, call) => call.0.iter().any(|item| item.leads(here, root)),
            Self::Map(members) => members.iter().any(|(_, value)| value.leads(here, root)),
            Self::Select(of, ..) => of.leads(here, root),
            Self::Project(of, each) => each.leads(of.within(here, root), root),
            Self::Choice(three) => three.1.leads(here, root) || three.2.leads(here, root),
            Self::Otherwise(two) => two.0.leads(here, root) || two.1.leads(here, root),
            Self::Literal(_) | Self::Not(_) | Self::Negative(_) | Self::Binary(..) | Self::Matches(..) => false,
        }
    }

    /// What `#this` is for each of what it holds.
    fn within(&self, here: Here, root: &str) -> Here {
        if self.leads(here, root) { Here::Either } else { Here::Other }
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

#[cfg(test)]
mod tests {
    use crate::expression::Expression;

    /// However it comes to the member of a user; what only looks like it does not count.
    #[test]
    fn an_expression_reads_what_it_comes_to_on_any_way() {
        let reads = |text: &str| Expression::parse(text).unwrap().reads("user", "badge");
        for text in [
            "${user.badge}",
            "${user['badge']}",
            "${#root.user.badge}",
            "${#this.user['badge'].x}",
            "no ${ {user}.![badge] } here",
            "${ {user}.![#this.badge] }",
            "${ {user}.?[badge == 'x'] }",
            "${ {user}[0].badge }",
            "${ {u: user}.u.badge }",
            "${ {{u: user}}.![u.badge] }",
            "${ (context.x ? user : null).badge }",
            "${ (user ?: null)['badge'] }",
            "${ #data.union({user}, {}).![badge] }",
            "${ {1}.![#root.user.badge] }",
            "${ user[context.x ? 'badge' : 'desk'] }",
            "${ #root[context.badge].x }",
        ] {
            assert!(reads(text), "{text}");
        }
        for text in [
            "badge",
            "${context.badge}",
            "${user.name.badge}",
            "${user.name['badge']}",
            "${user.email == 'badge'}",
            "${ user.emails.![badge] }",
            "${ user.emails.?[#this.badge] }",
            "${ {context}.![badge] }",
            "${ {user.email}.![badge] }",
            "${ {badge: user.email} }",
            "${#root.badge}",
        ] {
            assert!(!reads(text), "{text}");
        }
    }
}
