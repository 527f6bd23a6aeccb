//! Works an expression out.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Failed;
use super::budget::Budget;
use super::function::{Function, Given};
use super::operator::{self, Operator, truth, written};
use super::pattern::Pattern;
use super::tree::{Primitive, Selection, Tree};
use crate::time::Time;

/// What a tree is worth over `root`.
pub(super) fn worth(tree: &Tree, root: &Value, now: Time, budget: &mut Budget) -> Result<Value, Failed> {
    Work { root, now, budget }.value(tree, root)
}

struct Work<'v, 'b> {
    root: &'v Value,
    now: Time,
    budget: &'b mut Budget,
}

type Found<'v> = Result<Cow<'v, Value>, Failed>;

impl<'v> Work<'v, '_> {
    fn out(&mut self, tree: &'v Tree, this: &'v Value) -> Found<'v> {
        self.budget.step()?;
        match tree {
            Tree::Literal(value) => Ok(Cow::Borrowed(value)),
            Tree::Root(_) => Ok(Cow::Borrowed(self.root)),
            Tree::This(_) => Ok(Cow::Borrowed(this)),
            Tree::Name(name, _) => Ok(member(Cow::Borrowed(this), name)),
            Tree::Property(of, name) => self.property(of, name, this),
            Tree::Index(of, at) => {
                let of = self.out(of, this)?;
                let at = self.out(at, this)?;
                if of.is_string() {
                    self.budget.look_at(&of)?;
                }
                element(of, &at)
            }
            Tree::List(items) => self.list(items, this),
            Tree::Array(of, items) => self.array(*of, items, this),
            Tree::Map(members) => self.map(members, this),
            Tree::Select(of, which, each) => self.select((of, *which, each), this),
            Tree::Project(of, each) => self.project(of, each, this),
            Tree::Not(of) => self.condition(of, this).map(|value| Cow::Owned(Value::Bool(!value))),
            Tree::Negative(of) => self.negative(of, this),
            Tree::Binary(by, two) => self.binary(*by, two, this),
            Tree::Matches(two, read) => self.matches(two, read.as_ref(), this),
            Tree::Choice(parts) => {
                let (when, then, otherwise) = &**parts;
                let chosen = if self.condition(when, this)? { then } else { otherwise };
                self.out(chosen, this)
            }
            Tree::Otherwise(two) => match self.out(&two.0, this)? {
                value if value.is_null() || value.as_str() == Some("") => self.out(&two.1, this),
                value => Ok(value),
            },
            Tree::Call(function, call) => self.call(function, &call.0, &call.1, this),
        }
    }

    /// A value of our own, paid for.
    fn value(&mut self, tree: &'v Tree, this: &'v Value) -> Result<Value, Failed> {
        let value = self.out(tree, this)?;
        self.owned(value)
    }

    fn owned(&mut self, value: Cow<'v, Value>) -> Result<Value, Failed> {
        self.budget.own(value)
    }

    fn condition(&mut self, tree: &'v Tree, this: &'v Value) -> Result<bool, Failed> {
        truth(&*self.out(tree, this)?)
    }

    /// What an object that is written in the expression itself does not have is a mistake; elsewhere it is null.
    fn property(&mut self, of: &'v Tree, name: &str, this: &'v Value) -> Found<'v> {
        let value = self.out(of, this)?;
        if of.is_written() && value.get(name).is_none() {
            return Err(Failed("the object has no such member"));
        }
        Ok(member(value, name))
    }

    fn list(&mut self, items: &'v [Tree], this: &'v Value) -> Found<'v> {
        let items: Result<Vec<Value>, Failed> = items.iter().map(|item| self.value(item, this)).collect();
        Ok(Cow::Owned(Value::Array(items?)))
    }

    fn negative(&mut self, of: &'v Tree, this: &'v Value) -> Found<'v> {
        let value = self.out(of, this)?;
        operator::apply(Operator::Minus, &Value::from(0), &value).map(Cow::Owned)
    }

    fn array(&mut self, of: Primitive, items: &'v [Tree], this: &'v Value) -> Found<'v> {
        let items: Result<Vec<Value>, Failed> =
            items.iter().map(|item| self.value(item, this).and_then(|value| of.of(&value))).collect();
        Ok(Cow::Owned(Value::Array(items?)))
    }

    fn map(&mut self, members: &'v [(Tree, Tree)], this: &'v Value) -> Found<'v> {
        let mut made = Map::new();
        for (key, value) in members {
            let key = self.out(key, this)?;
            let value = self.value(value, this)?;
            if !key.is_null() {
                self.budget.look_at(&key)?;
                let name = written(&key)?;
                self.budget.take(name.len())?;
                made.insert(name, value);
            }
        }
        Ok(Cow::Owned(Value::Object(made)))
    }

    fn binary(&mut self, by: Operator, two: &'v (Tree, Tree), this: &'v Value) -> Found<'v> {
        let left = self.out(&two.0, this)?;
        let decided = match by {
            Operator::And => (!truth(&left)?).then_some(false),
            Operator::Or => truth(&left)?.then_some(true),
            _ => None,
        };
        if let Some(decided) = decided {
            return Ok(Cow::Owned(Value::Bool(decided)));
        }
        let right = self.out(&two.1, this)?;
        self.budget.look_at(&left)?;
        self.budget.look_at(&right)?;
        let value = operator::apply(by, &left, &right)?;
        self.budget.made(value).map(Cow::Owned)
    }

    fn matches(&mut self, two: &'v (Tree, Tree), read: Option<&Pattern>, this: &'v Value) -> Found<'v> {
        let left = self.out(&two.0, this)?;
        let pattern = if let Some(read) = read {
            read.clone()
        } else {
            let right = self.out(&two.1, this)?;
            self.budget.pattern()?;
            Pattern::read_whole(right.as_str().ok_or(Failed("a pattern is a text"))?)?
        };
        self.budget.look_at(&left)?;
        let found = match &*left {
            Value::Null => false,
            Value::String(text) => pattern.is_in(text, self.budget)?,
            other => pattern.is_in(&written(other)?, self.budget)?,
        };
        Ok(Cow::Owned(Value::Bool(found)))
    }

    fn call(
        &mut self,
        function: &Function,
        items: &'v [Tree],
        read: &'v [(usize, Pattern)],
        this: &'v Value,
    ) -> Found<'v> {
        let mut values = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let value = self.out(item, this)?;
            self.budget.look_at(&value)?;
            values.push(function.kind(at).fit(value)?);
        }
        let mut given = Given { values: &values, items, read, now: self.now, budget: self.budget };
        let value = (function.act)(&mut given)?;
        self.budget.made(value).map(Cow::Owned)
    }

    fn select(&mut self, (of, which, each): (&'v Tree, Selection, &'v Tree), this: &'v Value) -> Found<'v> {
        let of = self.out(of, this)?;
        if of.is_null() {
            return Ok(of);
        }
        let mut found = Vec::new();
        for item in self.entries(&of)?.iter() {
            if truth(&self.each(each, item)?)? {
                found.push(self.budget.own(Cow::Borrowed(item))?);
                if which == Selection::First {
                    break;
                }
            }
        }
        let value = match which {
            Selection::First => found.into_iter().next().unwrap_or_default(),
            Selection::Last => found.pop().unwrap_or_default(),
            Selection::All if of.is_object() => Value::Object(found.into_iter().filter_map(unentry).collect()),
            Selection::All => Value::Array(found),
        };
        Ok(Cow::Owned(value))
    }

    fn project(&mut self, of: &'v Tree, each: &'v Tree, this: &'v Value) -> Found<'v> {
        let of = self.out(of, this)?;
        if of.is_null() {
            return Ok(of);
        }
        let made: Result<Vec<Value>, Failed> = self.entries(&of)?.iter().map(|item| self.each(each, item)).collect();
        Ok(Cow::Owned(Value::Array(made?)))
    }

    /// What a tree is worth at one of many values.
    fn each(&mut self, tree: &Tree, this: &Value) -> Result<Value, Failed> {
        Work { root: self.root, now: self.now, budget: self.budget }.value(tree, this)
    }

    /// What is gone through: the values of a list, or of an object its members as `{key, value}`.
    fn entries<'o>(&mut self, of: &'o Value) -> Result<Cow<'o, [Value]>, Failed> {
        match of {
            Value::Array(items) => Ok(Cow::Borrowed(items)),
            Value::Object(members) => {
                let entry = |(key, value): (&String, &Value)| self.budget.made(json!({ "key": key, "value": value }));
                members.iter().map(entry).collect::<Result<Vec<Value>, Failed>>().map(Cow::Owned)
            }
            _ => Err(Failed("this value has no parts to go through")),
        }
    }
}

/// A member of an object; null where there is none, or no object.
fn member<'v>(of: Cow<'v, Value>, name: &str) -> Cow<'v, Value> {
    match of {
        Cow::Borrowed(value) => Cow::Borrowed(value.get(name).unwrap_or(&Value::Null)),
        Cow::Owned(mut value) => Cow::Owned(value.get_mut(name).map(Value::take).unwrap_or_default()),
    }
}

fn element<'v>(of: Cow<'v, Value>, at: &Value) -> Found<'v> {
    match &*of {
        Value::Null => Ok(of),
        Value::Object(_) => {
            let name = written(at)?;
            Ok(member(of, &name))
        }
        Value::Array(items) => {
            let index = at.as_u64().and_then(|at| usize::try_from(at).ok()).filter(|at| *at < items.len());
            let index = index.ok_or(Failed("the list is not so long"))?;
            Ok(match of {
                Cow::Borrowed(value) => Cow::Borrowed(value.get(index).unwrap_or(&Value::Null)),
                Cow::Owned(mut value) => Cow::Owned(value.get_mut(index).map(Value::take).unwrap_or_default()),
            })
        }
        Value::String(text) => {
            let letter = at.as_u64().and_then(|at| text.chars().nth(usize::try_from(at).ok()?));
            letter.map(|letter| Cow::Owned(letter.to_string().into())).ok_or(Failed("the text is not so long"))
        }
        Value::Bool(_) | Value::Number(_) => Err(Failed("this value has no parts")),
    }
}

fn unentry(mut entry: Value) -> Option<(String, Value)> {
    let value = entry.get_mut("value").map(Value::take)?;
    Some((entry.get("key")?.as_str()?.to_owned(), value))
}
