//! Lists: a filter becomes a WHERE with parameters, a page ends with a cursor.
//!
//! No text of a filter ever becomes SQL: attributes are looked up in the list's own table, values are parameters.
//! [`access`] says which index answers a filter, [`page`] reads by it.

mod access;
mod budget;
mod groups;
mod page;
#[cfg(test)]
mod tests;
mod values;

use protocol::filter::{Filter, FilterValue, Op};
use protocol::model::ObjectKind;
use protocol::time::Time;
use uuid::Uuid;

use crate::{Dialect, StoreError, Value};
pub(crate) use budget::Times;
pub(crate) use page::Scope;

/// What of a list is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    pub filter: Option<Filter>,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: u32,
}

/// One page, in the order of creation.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// None on the last page.
    pub next: Option<String>,
    /// Where the page before begins. None on the first page, and where that would have taken too long to find.
    pub prev: Option<Start>,
    /// All rows that there are, or that the filter finds, exactly up to [`COUNTED`]; one more than that where it finds more.
    /// The rows of a list without a filter and those of one population are always counted exactly.
    pub total: i64,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    First,
    /// The `after` of a list.
    After(String),
}

/// What a column that a filter may name holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Flag,
    Id,
    /// Text whose case counts.
    Exact,
    /// Text as it was written, whose case does not count.
    Loose,
    /// Text stored in lower case.
    Folded,
    /// Text under the key of user names.
    Username,
    /// Microseconds, compared with an ISO 8601 time.
    Time,
}

impl Kind {
    fn is_text(self) -> bool {
        matches!(self, Self::Exact | Self::Folded | Self::Loose | Self::Username)
    }

    /// Parts are parts of text, and only times have an order here.
    fn takes(self, op: Op) -> bool {
        match op {
            Op::Eq | Op::Ne => true,
            Op::Sw | Op::Co | Op::Ew => self.is_text(),
            Op::Gt | Op::Ge | Op::Lt | Op::Le => self == Self::Time,
        }
    }
}

/// A list's table: where it reads, and which attributes a filter may name.
#[derive(Clone, Copy)]
pub(crate) struct Table {
    /// Columns, such as `body`.
    pub(crate) select: &'static str,
    pub(crate) from: &'static str,
    /// The column that orders, before `id`.
    pub(crate) order: &'static str,
    /// Name, column and kind. What begins with `body.` is a member of the JSON object in that column.
    pub(crate) attributes: &'static [(&'static str, &'static str, Kind)],
    /// The columns that an index finds rows by, the one that finds fewest first.
    pub(crate) indexed: &'static [Indexed],
    /// The counter of the whole list; None where there is none, and the list is counted as a filter's is.
    pub(crate) counted: Option<ObjectKind>,
    /// What a filter calls the groups that a row's user is in.
    pub(crate) groups: Option<&'static str>,
}

impl Table {
    /// That a filter takes too long, with the attributes that would not.
    fn costly(&self) -> StoreError {
        let names = |finds: fn(Indexed, Kind) -> bool| {
            let finds = |column: &str, kind| self.indexed.iter().any(|i| i.column() == column && finds(*i, kind));
            self.attributes.iter().filter(|(_, column, kind)| finds(column, *kind)).map(|(name, ..)| *name).collect()
        };
        StoreError::Costly {
            equal: names(|_, _| true),
            beginning: names(|indexed, kind| kind.is_text() && indexed.has_beginnings()),
        }
    }
}

/// A column with an index that begins with what every row of the list has in common, and then the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Indexed {
    /// At most one row, or a handful. Found when they are equal, as the constraint of the column may have another order.
    Few(&'static str),
    /// Any number of rows; the index goes on with the order of a page.
    Paged(&'static str),
    /// Like `Paged`, for long texts: the index has the beginnings.
    Beginning(&'static str),
    /// Like `Paged`, and each value has a counter of its own.
    Part(&'static str),
}

impl Indexed {
    /// Whether it is in the order of octets, so that it finds what begins alike.
    fn has_beginnings(self) -> bool {
        !matches!(self, Self::Few(_))
    }

    fn column(self) -> &'static str {
        match self {
            Self::Few(column) | Self::Paged(column) | Self::Beginning(column) | Self::Part(column) => column,
        }
    }
}

/// A condition in the making.
#[derive(Clone)]
struct Query<'a> {
    table: &'a Table,
    dialect: Dialect,
    sql: String,
    values: Vec<Value>,
}

impl Query<'_> {
    fn parameter(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// What comes after the cursor in the order of `by`, then of the id.
    fn after(&mut self, by: &str, cursor: &str) -> Result<(), StoreError> {
        self.beside(by, ">", cursor)
    }

    /// What comes up to the cursor.
    fn until(&mut self, by: &str, cursor: &str) -> Result<(), StoreError> {
        self.beside(by, "<=", cursor)
    }

    fn beside(&mut self, by: &str, compared: &str, cursor: &str) -> Result<(), StoreError> {
        let (at, id) = page::cursor(cursor).ok_or_else(|| self.unsupported("cursor"))?;
        let (at, id) = (self.parameter(at.into()), self.parameter(id.into()));
        self.sql = format!("{} AND ({by}, id) {compared} ({at}, {id})", self.sql);
        Ok(())
    }

    fn unsupported(&self, attribute: &str) -> StoreError {
        StoreError::Filter {
            attribute: attribute.to_owned(),
            supported: self.table.attributes.iter().map(|(name, ..)| *name).collect(),
        }
    }

    fn condition(&mut self, filter: &Filter) -> Result<(), StoreError> {
        match filter {
            Filter::And(left, right) => self.pair(left, " AND ", right),
            Filter::Or(left, right) => self.pair(left, " OR ", right),
            Filter::Not(inner) => {
                self.sql.push_str("NOT (");
                self.condition(inner)?;
                self.sql.push(')');
                Ok(())
            }
            Filter::Present(path) => {
                if self.own(path, None)? {
                    return Ok(());
                }
                let (column, kind) = self.attribute(path)?;
                let condition = if kind.is_text() {
                    format!("({column} IS NOT NULL AND {column} <> '')")
                } else {
                    format!("{column} IS NOT NULL")
                };
                self.sql.push_str(&condition);
                Ok(())
            }
            Filter::Compare { path, op, value } => match self.table.groups.and_then(|name| groups::below(name, path)) {
                Some(member) => {
                    let inner = Filter::Compare { path: member.to_owned(), op: *op, value: value.clone() };
                    self.in_group(path, &inner)
                }
                None if self.own(path, Some((*op, value)))? => Ok(()),
                None => self.compare(path, *op, value),
            },
            Filter::Within(path, inner) => self.in_group(path, inner),
        }
    }

    fn pair(&mut self, left: &Filter, word: &str, right: &Filter) -> Result<(), StoreError> {
        self.sql.push('(');
        self.condition(left)?;
        self.sql.push_str(word);
        self.condition(right)?;
        self.sql.push(')');
        Ok(())
    }

    /// The expression for an attribute's value; NULL when absent.
    fn attribute(&self, path: &str) -> Result<(String, Kind), StoreError> {
        // RFC 7644 §3.4.2.2: attribute names are case insensitive.
        let found = self.table.attributes.iter().find(|(name, ..)| name.eq_ignore_ascii_case(path));
        let (_, column, kind) = found.ok_or_else(|| self.unsupported(path))?;
        let expression = match column.strip_prefix("body.") {
            None => (*column).to_owned(),
            Some(member) if *kind == Kind::Flag => self.dialect.json_flag("body", member),
            Some(member) => self.dialect.json_text("body", member),
        };
        let expression = if *kind == Kind::Loose { format!("lower({expression})") } else { expression };
        // Which index is used is said outright ([`access`]) and not left to what the engine knows of the rows.
        let hidden = self.table.indexed.iter().any(|indexed| indexed.column() == *column);
        Ok((if hidden { self.dialect.unindexed(&expression, *kind) } else { expression }, *kind))
    }

    fn compare(&mut self, path: &str, op: Op, value: &FilterValue) -> Result<(), StoreError> {
        let (column, kind) = self.attribute(path)?;
        if !kind.takes(op) {
            return Err(self.unsupported(path));
        }
        let Some(value) = operand(kind, op, value) else {
            // A value that no row can have: an id that is none, a name that has no key.
            let holds = matches!(op, Op::Ne);
            if matches!(kind, Kind::Time | Kind::Flag) {
                return Err(self.unsupported(path));
            }
            self.sql.push_str(if holds { "1 = 1" } else { "1 = 0" });
            return Ok(());
        };
        let mut parameter = self.parameter(value);
        if kind == Kind::Loose {
            parameter = format!("lower({parameter})");
        }
        let holds = match op {
            Op::Eq => format!("= {parameter}"),
            Op::Ne => format!("<> {parameter}"),
            Op::Sw | Op::Co | Op::Ew => format!("LIKE {parameter} ESCAPE '!'"),
            Op::Gt => format!("> {parameter}"),
            Op::Ge => format!(">= {parameter}"),
            Op::Lt => format!("< {parameter}"),
            Op::Le => format!("<= {parameter}"),
        };
        // RFC 7644 §3.4.2.2: what is absent differs from every value and compares with none; SQL's unknown would hide it
        // from `not` as well.
        let condition = match op {
            Op::Ne => format!("({column} IS NULL OR {column} {holds})"),
            _ => format!("({column} IS NOT NULL AND {column} {holds})"),
        };
        self.sql.push_str(&condition);
        Ok(())
    }
}

/// The parameter for a comparison. None: no row can hold it.
fn operand(kind: Kind, op: Op, value: &FilterValue) -> Option<Value> {
    match (kind, value) {
        (Kind::Flag, FilterValue::Bool(flag)) => Some((*flag).into()),
        (Kind::Flag, FilterValue::Text(text)) => text.parse::<bool>().ok().map(Into::into),
        (Kind::Id, FilterValue::Text(text)) => Uuid::try_parse(text).ok().map(Into::into),
        // Lists compare in UTC only.
        (Kind::Time, FilterValue::Text(text)) => Time::parse(text).filter(|_| text.ends_with('Z')).map(|t| t.0.into()),
        (Kind::Exact | Kind::Loose, FilterValue::Text(text)) => Some(pattern(op, text.clone()).into()),
        (Kind::Folded, FilterValue::Text(text)) => Some(pattern(op, text.to_lowercase()).into()),
        (Kind::Username, FilterValue::Text(text)) => {
            // The beginning of a name need not be a name itself; then its lower case is the best key there is.
            let key = protocol::name::username_key(text).unwrap_or_else(|_| text.to_lowercase());
            Some(pattern(op, key).into())
        }
        _ => None,
    }
}

fn pattern(op: Op, text: String) -> String {
    let escaped = || text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    match op {
        Op::Sw => format!("{}%", escaped()),
        Op::Ew => format!("%{}", escaped()),
        Op::Co => format!("%{}%", escaped()),
        _ => text,
    }
}

/// As many as a filter's rows are counted. An index tells of these in less time than it takes to draw a page.
pub const COUNTED: usize = 1000;
