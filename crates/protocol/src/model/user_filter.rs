//! Decides which users a group's `userFilter` puts into it: a filter as a list of users takes it, of what a user's own row says.
//!
//! What other writes than the user's own change, or the time alone, is nothing to be in a group by: nobody would take the user out
//! again. So an account's lock and the last sign-on are refused, and other groups with them.

use std::sync::OnceLock;

use super::describe::{Attribute, Described as _, Found, FoundValue, FoundValues, attributes, text_key, values};
use super::schema::may_be_own;
use super::user::User;
use crate::filter::{self, Filter, FilterValue, Op};
use crate::time::Time;

/// A filter whose attributes and operators are those of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFilter(Filter);

/// A user as filters see them: worked out once for any number of filters.
#[derive(Clone, Debug)]
pub struct FoundUser(FoundValues);

impl FoundUser {
    pub fn of(user: &User) -> Self {
        let mut user = user.clone();
        let mut found = values(&mut |walk| user.describe(walk));
        found.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Self(found)
    }

    /// All of an attribute; of the environment's own there may be several.
    fn values(&self, path: &str) -> impl Iterator<Item = &FoundValue> {
        let path = path.to_lowercase();
        let at = self.0.partition_point(|(name, _)| *name < path);
        self.0[at..].iter().take_while(move |(name, _)| *name == path).map(|(_, value)| value)
    }

    /// Whether there is anything under the path, or below it.
    fn has_below(&self, path: &str) -> bool {
        let path = path.to_lowercase();
        let below = |name: &str| name.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.0.iter().any(|(name, _)| below(name))
    }

    /// The text of an attribute, in lower case.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.values(path).find_map(|value| if let FoundValue::Text(text) = value { Some(text.as_str()) } else { None })
    }
}

impl UserFilter {
    /// Reads a filter.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence for whoever wrote it.
    pub fn read(text: &str) -> Result<Self, String> {
        let filter = filter::parse(text).map_err(|error| format!("is not a filter: {error}"))?;
        // Of what is made of the time nothing is left: it is refused by its name.
        judge(&filter)?;
        Ok(Self(User::in_stored_terms(filter, Time(0), &|_| Vec::new())))
    }

    /// Reads a filter that somebody writes now.
    ///
    /// # Errors
    /// What is wrong with it, or that it names what a user's row cannot tell: of the provider of another type it has the id alone.
    pub fn write(text: &str) -> Result<Self, String> {
        let read = Self::read(text)?;
        let mut other = false;
        each_compared(&filter::parse(text).map_err(|error| error.to_string())?, &mut |path, value| {
            let own = matches!(value, FilterValue::Text(kind) if kind.eq_ignore_ascii_case("PING_ONE"));
            other |= path.eq_ignore_ascii_case(PROVIDER_TYPE) && !own;
        });
        if other {
            return Err(format!("compares {PROVIDER_TYPE} with another value than PING_ONE: name identityProvider.id"));
        }
        Ok(read)
    }

    /// Whether the user meets it (RFC 7644 §3.4.2.2): what is absent differs from every value and compares with none.
    pub fn meets(&self, user: &FoundUser) -> bool {
        meets(&self.0, user)
    }

    /// What it names that only an environment's own schema can have.
    pub fn own(&self) -> Vec<&str> {
        let mut own = Vec::new();
        paths(&self.0, &mut |path| {
            if is_own(path) {
                own.push(path);
            }
        });
        own
    }

    /// Whether it names the attribute, or one below it: for whoever would take that away from users.
    pub fn names(&self, attribute: &str) -> bool {
        let attribute = attribute.to_ascii_lowercase();
        names(&self.0, &|path| {
            let path = path.to_ascii_lowercase();
            path.strip_prefix(&attribute).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

fn each_compared(filter: &Filter, each: &mut dyn FnMut(&str, &FilterValue)) {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => {
            each_compared(left, each);
            each_compared(right, each);
        }
        Filter::Not(inner) => each_compared(inner, each),
        Filter::Compare { path, value, .. } => each(path, value),
        Filter::Present(_) | Filter::Within(..) => {}
    }
}

fn paths<'f>(filter: &'f Filter, each: &mut dyn FnMut(&'f str)) {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => {
            paths(left, each);
            paths(right, each);
        }
        Filter::Not(inner) => paths(inner, each),
        Filter::Compare { path, .. } | Filter::Present(path) | Filter::Within(path, _) => each(path),
    }
}

fn names(filter: &Filter, is: &dyn Fn(&str) -> bool) -> bool {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => names(left, is) || names(right, is),
        Filter::Not(inner) => names(inner, is),
        Filter::Compare { path, .. } | Filter::Present(path) | Filter::Within(path, _) => is(path),
    }
}

fn judge(filter: &Filter) -> Result<(), String> {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => judge(left).and_then(|()| judge(right)),
        Filter::Not(inner) => judge(inner),
        Filter::Present(path) => known(path).map(|_| ()),
        Filter::Within(path, _) => Err(unknown(path)),
        Filter::Compare { path, op, value } => {
            if path.eq_ignore_ascii_case(PROVIDER_TYPE) {
                let fits = matches!((op, value), (Op::Eq | Op::Ne, FilterValue::Text(_)));
                return if fits { Ok(()) } else { Err(untaken(path, *op)) };
            }
            let how = known(path)?;
            if is_own(path) && !matches!(value, FilterValue::Null) && takes(how, *op) {
                return Ok(());
            }
            if !takes(how, *op) {
                return Err(untaken(path, *op));
            }
            let fits = match how {
                Found::Flag => flag(value).is_some(),
                Found::Time => time(value).is_some(),
                _ => matches!(value, FilterValue::Text(_)),
            };
            if fits { Ok(()) } else { Err(format!("compares {} with a value that it cannot have", told(path))) }
        }
    }
}

/// How the attribute is found, where one's own row says it.
fn known(path: &str) -> Result<Found, String> {
    static ATTRIBUTES: OnceLock<Vec<Attribute>> = OnceLock::new();
    if path.eq_ignore_ascii_case(PROVIDER_TYPE) {
        return Ok(Found::Exact);
    }
    let all = ATTRIBUTES.get_or_init(|| {
        let mut user = User::default();
        attributes(&mut |walk| user.describe(walk)).into_iter().filter(|attribute| !attribute.apart).collect()
    });
    match all.iter().find(|one| one.name.eq_ignore_ascii_case(path)) {
        Some(one) => Ok(one.how),
        // Whether there is one now is for whoever knows the environment ([`UserFilter::own`]).
        None if is_own(path) => Ok(Found::Loose),
        None => Err(unknown(path)),
    }
}

/// Whether an attribute of an environment's own making may be called so.
fn is_own(path: &str) -> bool {
    let name = path.split('.').next().unwrap_or_default();
    may_be_own(name)
}

fn unknown(path: &str) -> String {
    format!("names {}, which no user is put into a group by", told(path))
}

fn untaken(path: &str, op: Op) -> String {
    format!("compares {} by {}, which it does not take", told(path), op.name())
}

fn told(path: &str) -> &str {
    // A parser's path is made of few characters, and may be long.
    path.get(..NAME).unwrap_or(path)
}

/// As a list of users takes them.
fn takes(how: Found, op: Op) -> bool {
    match op {
        Op::Eq | Op::Ne => true,
        Op::Sw | Op::Co | Op::Ew => {
            matches!(how, Found::Email | Found::Exact | Found::Folded | Found::Loose | Found::Username)
        }
        Op::Gt | Op::Ge | Op::Lt | Op::Le => how == Found::Time,
    }
}

fn flag(value: &FilterValue) -> Option<bool> {
    match value {
        FilterValue::Bool(flag) => Some(*flag),
        FilterValue::Text(text) => text.parse().ok(),
        FilterValue::Number(_) | FilterValue::Null => None,
    }
}

fn time(value: &FilterValue) -> Option<Time> {
    let FilterValue::Text(text) = value else { return None };
    Time::parse(text).filter(|_| text.ends_with('Z'))
}

fn meets(filter: &Filter, user: &FoundUser) -> bool {
    match filter {
        Filter::And(left, right) => meets(left, user) && meets(right, user),
        Filter::Or(left, right) => meets(left, user) || meets(right, user),
        Filter::Not(inner) => !meets(inner, user),
        Filter::Within(..) => false,
        Filter::Present(path) if is_own(path) => user.has_below(path),
        Filter::Present(path) => user.values(path).any(|found| match found {
            FoundValue::Text(text) => !text.is_empty(),
            _ => true,
        }),
        // Of several none may be the one.
        Filter::Compare { path, op: Op::Ne, value } => {
            !user.values(path).any(|found| compares(path, found, Op::Eq, value))
        }
        Filter::Compare { path, op, value } => user.values(path).any(|found| compares(path, found, *op, value)),
    }
}

fn compares(path: &str, found: &FoundValue, op: Op, value: &FilterValue) -> bool {
    let ordered = |order: std::cmp::Ordering| match op {
        Op::Eq => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Sw | Op::Co | Op::Ew => false,
    };
    match (found, value) {
        (FoundValue::Flag(found), value) => flag(value).map_or(op == Op::Ne, |flag| ordered(found.cmp(&flag))),
        (FoundValue::Time(found), value) => time(value).map_or(op == Op::Ne, |time| ordered(found.0.cmp(&time.0))),
        (FoundValue::Id(found), FilterValue::Text(text)) => {
            uuid::Uuid::try_parse(text).map_or(op == Op::Ne, |id| ordered(found.cmp(&id)))
        }
        (FoundValue::Text(found), FilterValue::Text(text)) => {
            // The beginning of a name need not be a name itself.
            let text = known(path).map_or_else(|_| text.clone(), |how| text_key(how, text));
            match op {
                Op::Sw => found.starts_with(&text),
                Op::Co => found.contains(&text),
                Op::Ew => found.ends_with(&text),
                _ => ordered(found.as_str().cmp(&text)),
            }
        }
        (FoundValue::Text(found), FilterValue::Bool(_) | FilterValue::Number(_)) if is_own(path) => {
            let text = match value {
                FilterValue::Bool(flag) => flag.to_string(),
                FilterValue::Number(number) => number.to_string(),
                _ => return false,
            };
            ordered(found.as_str().cmp(&text))
        }
        _ => op == Op::Ne,
    }
}

const PROVIDER_TYPE: &str = "identityProvider.type";
/// Characters of a name that are told.
const NAME: usize = 100;

#[cfg(test)]
mod tests;
