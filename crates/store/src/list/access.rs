//! Which index answers a filter: decided here, from the filter alone, and not by what an engine guesses of the rows.
//!
//! The condition of the chosen index stands in the statement beside the whole filter, in which every indexed column is
//! hidden from the engine ([`crate::Dialect::unindexed`]).

use protocol::filter::{Filter, FilterValue, Op};
use uuid::Uuid;

use super::{Indexed, Kind, Query, Table, groups, operand, values};
use crate::{Dialect, Value};

/// How the rows of a filter are found.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Access {
    /// Row after row in the order of a page.
    Walk,
    /// By an index that gives them in the order of a page.
    Ordered(Vec<Key>),
    /// By an index that gives them in another order.
    Loose(Vec<Key>),
}

/// One condition that an index answers. Several are alternatives.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    indexed: Indexed,
    kind: Kind,
    find: Find,
}

#[derive(Clone, Debug, PartialEq)]
enum Find {
    Equal(Value),
    /// From this text on, and before the other one.
    From(String, Option<String>),
}

impl Access {
    /// The best index for the rows that meet all of `filter`.
    pub(super) fn of(table: &Table, filter: &Filter) -> Self {
        let mut terms = Vec::new();
        conjuncts(filter, &mut terms);
        let grouped = table.groups.is_some_and(|name| terms.iter().any(|term| groups::names_group(name, term)))
            || terms.iter().any(|term| values::finds(table, term));
        let found = terms.into_iter().filter_map(|term| alternatives(table, term));
        let Some(keys) = found.min_by_key(|keys| rank(table, keys)) else {
            // A group's members, and who has a value, are found by an index of their own table.
            return if grouped { Self::Loose(Vec::new()) } else { Self::Walk };
        };
        match keys.as_slice() {
            [
                Key {
                    indexed: Indexed::Paged(_) | Indexed::Beginning(_) | Indexed::Part(_), find: Find::Equal(_), ..
                },
            ] => Self::Ordered(keys),
            _ => Self::Loose(keys),
        }
    }

    pub(super) fn keys(&self) -> &[Key] {
        match self {
            Self::Walk => &[],
            Self::Ordered(keys) | Self::Loose(keys) => keys,
        }
    }

    /// The part that is wanted, where the filter is nothing but its name.
    pub(super) fn part(&self, filter: &Filter) -> Option<Uuid> {
        let (Self::Ordered(keys), Filter::Compare { value: FilterValue::Text(text), .. }) = (self, filter) else {
            return None;
        };
        let [Key { indexed: Indexed::Part(_), .. }] = keys.as_slice() else { return None };
        Uuid::try_parse(text).ok()
    }
}

impl Key {
    /// What the index has of the column, in its own order.
    pub(super) fn expression(&self, dialect: Dialect) -> String {
        let column = self.indexed.column();
        let plain = match column.strip_prefix("body.") {
            None => column.to_owned(),
            Some(member) => dialect.json_text("body", member),
        };
        let expression = self.short(&plain);
        // The unique constraints, and ids, are in the order of their type.
        let own = matches!(self.indexed, Indexed::Few(_)) || self.kind == Kind::Id;
        if own { expression } else { dialect.by_octets(&expression) }
    }

    /// Whether it finds the texts that begin alike.
    pub(super) fn is_range(&self) -> bool {
        matches!(self.find, Find::From(..))
    }

    fn short(&self, text: &str) -> String {
        match self.indexed {
            Indexed::Beginning(_) => format!("substr({text}, 1, {BEGINNING})"),
            _ => text.to_owned(),
        }
    }

    /// The condition as the index has it.
    pub(super) fn condition(&self, query: &mut Query<'_>) -> String {
        let (expression, short) = (self.expression(query.dialect), |text: &str| self.short(text));
        let beginning = matches!(self.indexed, Indexed::Beginning(_));
        match &self.find {
            Find::Equal(value) => format!("{expression} = {}", short(&query.parameter(value.clone()))),
            Find::From(first, None) => format!("{expression} >= {}", short(&query.parameter(first.as_str().into()))),
            Find::From(first, Some(end)) => {
                let first = short(&query.parameter(first.as_str().into()));
                let end = query.parameter(end.as_str().into());
                // The beginnings of what comes before `end` may be `end`'s own beginning.
                let before = if beginning { format!("<= {}", short(&end)) } else { format!("< {end}") };
                format!("{expression} >= {first} AND {expression} {before}")
            }
        }
    }
}

/// Smaller is better: equality with what few have, alternatives of such, a beginning, a part of the whole.
fn rank(table: &Table, keys: &[Key]) -> usize {
    let place = |key: &Key| table.indexed.iter().position(|indexed| *indexed == key.indexed).unwrap_or_default();
    match keys {
        [Key { indexed: Indexed::Part(_), .. }] => 300,
        [key @ Key { find: Find::Equal(_), .. }] => place(key),
        [Key { find: Find::From(..), .. }] => 200,
        _ => 100,
    }
}

fn conjuncts<'f>(filter: &'f Filter, terms: &mut Vec<&'f Filter>) {
    match filter {
        Filter::And(left, right) => {
            conjuncts(left, terms);
            conjuncts(right, terms);
        }
        other => terms.push(other),
    }
}

/// The keys one of which every row that meets `term` has; None when an index cannot tell.
fn alternatives(table: &Table, term: &Filter) -> Option<Vec<Key>> {
    match term {
        Filter::Or(left, right) => {
            let (mut left, right) = (alternatives(table, left)?, alternatives(table, right)?);
            left.extend(right);
            let all_equal = left.iter().all(|key| matches!(key.find, Find::Equal(_)));
            all_equal.then_some(left)
        }
        Filter::Compare { path, op, value } => {
            let (_, column, kind) = table.attributes.iter().find(|(name, ..)| name.eq_ignore_ascii_case(path))?;
            let indexed = *table.indexed.iter().find(|indexed| indexed.column() == *column)?;
            let find = match op {
                Op::Eq => Find::Equal(operand(*kind, Op::Eq, value)?),
                // A unique constraint need not be in the order of octets.
                Op::Sw if !indexed.has_beginnings() => return None,
                Op::Sw => {
                    // The whole text, not the pattern.
                    let Value::Text(first) = operand(*kind, Op::Eq, value)? else { return None };
                    let first = first.into_owned();
                    if first.is_empty() {
                        return None;
                    }
                    let end = successor(&first);
                    Find::From(first, end)
                }
                _ => return None,
            };
            Some(vec![Key { indexed, kind: *kind, find }])
        }
        Filter::And(..) | Filter::Not(_) | Filter::Present(_) | Filter::Within(..) => None,
    }
}

/// The least text that comes after all that begin with `text`, in the order of octets, which is that of code points.
pub(super) fn successor(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    while let Some(last) = text.pop() {
        let next = match last {
            // Between them are no characters.
            '\u{d7ff}' => Some('\u{e000}'),
            last => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// Characters of a long text that its index has.
const BEGINNING: usize = 200;
