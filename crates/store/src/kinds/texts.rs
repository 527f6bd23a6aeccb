//! The SQL of a kind, made once from its facts and the columns that its description has.

use std::fmt::Write as _;
use std::sync::OnceLock;

use protocol::model::describe::{Described as _, Part, attributes};
use protocol::model::{ObjectKind, SigningKeyRecord};

use super::Kind;
use crate::list::Table;
use crate::row::walk::columns;

/// Texts that live as long as the program: one set for each kind, so that engines may keep them prepared.
pub(crate) struct Texts {
    pub(crate) insert: &'static str,
    /// The parameters are those of `insert` without what stands apart; with a guard of the version one more follows.
    pub(crate) replace: &'static str,
    pub(crate) replace_version: &'static str,
    pub(crate) take_from_other: Option<&'static str>,
    /// The row is there, and where writers run side by side it is held until the commit.
    pub(crate) there: (&'static str, &'static str),
    pub(crate) lock: &'static str,
    pub(crate) remove: &'static str,
    /// The row is there in the version of the last parameter, and where writers run side by side it is held until the commit.
    pub(crate) expect: (&'static str, &'static str),
    pub(crate) end_all: Option<&'static str>,
    pub(crate) get: &'static str,
    pub(crate) all: &'static str,
    /// Everything whose key begins with the first id.
    pub(crate) within: &'static str,
    pub(crate) table: Table,
}

/// The texts of a kind.
pub(crate) fn texts(of: ObjectKind) -> &'static Texts {
    TEXTS[of as usize].get_or_init(|| made(Some(of), &mut |walk| of.describe(walk), super::kind(of)))
}

/// The texts of signing keys.
pub(crate) fn signing_key_texts() -> &'static Texts {
    static TEXTS: OnceLock<Texts> = OnceLock::new();
    TEXTS.get_or_init(|| made(None, &mut |walk| SigningKeyRecord::default().describe(walk), super::SIGNING_KEY))
}

fn made(of: Option<ObjectKind>, describe: Part<'_>, kind: &'static Kind) -> Texts {
    let Kind { table, key, .. } = *kind;
    let (all, columns) = (columns(describe, kind, true), columns(describe, kind, false));
    let place = |column: &str| columns.iter().position(|c| *c == column).map_or(0, |at| at + 1);
    let own = joined(" AND ", key.iter().map(|column| format!("{column} = ${}", place(column))));
    let set = joined(", ", columns.iter().filter(|c| !key.contains(c)).map(|c| format!("{c} = ${}", place(c))));
    let by_key = joined(" AND ", key.iter().enumerate().map(|(at, column)| format!("{column} = ${}", at + 1)));
    let removable = kind.removable.map(|condition| format!(" AND {condition}")).unwrap_or_default();
    let select = kind.selected("");
    let parent =
        joined(" AND ", key.iter().rev().skip(1).rev().enumerate().map(|(at, c)| format!("{c} = ${}", at + 1)));
    let of_parent = if parent.is_empty() { parent } else { format!(" WHERE {parent}") };
    let values = crate::placeholders(1, all.len());
    let replace = format!("UPDATE {table} SET {set} WHERE {own}");
    let id = key.last().copied().unwrap_or("id");
    let order = if columns.contains(&"created_at") { format!("created_at, {id}") } else { id.to_owned() };
    Texts {
        insert: kept(format!("INSERT INTO {table} ({}) VALUES ({values})", all.join(", "))),
        replace_version: kept(format!("{replace} AND version = ${}", columns.len() + 1)),
        replace: kept(replace),
        take_from_other: kind.only_one.map(|flag| {
            let text = format!("UPDATE {table} SET {flag} = FALSE, version = version + 1 WHERE environment_id = $1 AND ({flag} OR {flag} IS NULL) AND {id} <> $2");
            kept(text)
        }),
        there: there(table, &by_key),
        lock: kept(format!("SELECT 1 FROM {table} WHERE {by_key} FOR UPDATE")),
        expect: expect(table, &by_key, key.len() + 1),
        remove: kept(format!("DELETE FROM {table} WHERE {by_key}{removable}")),
        end_all: (kind.is_within() && !kind.many).then(|| kept(format!("DELETE FROM {table} WHERE environment_id = $1"))),
        get: kept(format!("SELECT {select} FROM {table} WHERE {by_key}")),
        all: kept(format!("SELECT {select} FROM {table}{of_parent} ORDER BY {order}")),
        within: kept(format!("SELECT {select} FROM {table} WHERE {} = $1 ORDER BY {order}", key[0])),
        table: list_table(of, describe, kind, kept(select)),
    }
}

fn expect(table: &str, by_key: &str, version: usize) -> (&'static str, &'static str) {
    let sql = format!("SELECT 1 FROM {table} WHERE {by_key} AND version = ${version}");
    (kept(sql.clone()), kept(format!("{sql} FOR UPDATE")))
}

fn there(table: &str, by_key: &str) -> (&'static str, &'static str) {
    let sql = format!("SELECT 1 FROM {table} WHERE {by_key}");
    (kept(sql.clone()), kept(format!("{sql} FOR KEY SHARE")))
}

fn list_table(of: Option<ObjectKind>, describe: Part<'_>, kind: &'static Kind, select: &'static str) -> Table {
    let attributes: Vec<_> = attributes(describe)
        .into_iter()
        .map(|attribute| {
            let column = attribute.column.unwrap_or_else(|| kept(format!("body.{}", attribute.path)));
            (kept(attribute.name), column, attribute.how.into())
        })
        .collect();
    let Kind { table: from, indexed, counted, groups, .. } = *kind;
    let counted = of.filter(|_| counted);
    Table { select, from, order: "created_at", attributes: attributes.leak(), indexed, counted, groups }
}

impl Kind {
    /// What is read of a row, each column behind `prefix`.
    pub(crate) fn selected(&self, prefix: &str) -> String {
        let columns = self.reads.iter().copied().chain(self.body.then_some("body"));
        joined(", ", columns.map(|column| format!("{prefix}{column}")))
    }

    /// How many columns that are.
    pub(crate) fn width(&self) -> usize {
        self.reads.len() + usize::from(self.body)
    }
}

fn joined(separator: &str, parts: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for (at, part) in parts.enumerate() {
        let before = if at == 0 { "" } else { separator };
        // Writing to a String cannot fail.
        let _ = write!(text, "{before}{part}");
    }
    text
}

/// A text that is kept for ever: there are as many as kinds and their statements.
fn kept(text: String) -> &'static str {
    text.leak()
}

static TEXTS: [OnceLock<Texts>; ObjectKind::ALL.len()] = [const { OnceLock::new() }; ObjectKind::ALL.len()];
