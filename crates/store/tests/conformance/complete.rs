//! Nothing is forgotten: every change and every call of the store is exercised by this suite, or a test here fails.

use std::collections::BTreeSet;
use std::path::Path;

use protocol::change::{Change, Guard};
use protocol::model::ObjectKind;

use crate::life::{built, ended, lived};
use crate::samples::HERE;

/// The name of the change's variant, and of the kind of object where it writes one.
pub(crate) fn name(change: &Change) -> String {
    match change {
        Change::Put(object, Guard::New) => return format!("New {}", object.kind().name()),
        Change::Put(object, _) => return format!("Changed {}", object.kind().name()),
        Change::Remove(key) => return format!("Removed {}", key.kind().name()),
        _ => {}
    }
    let text = format!("{change:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

#[test]
fn an_environments_life_has_every_change() {
    let source = read("../protocol/src/change.rs");
    let body = source.split("pub enum Change {").nth(1).unwrap().split("\n}").next().unwrap();
    let mut declared: BTreeSet<String> =
        body.lines().filter_map(|line| line.strip_prefix("    ")).filter_map(leading_capitalised).collect();
    assert!(declared.remove("Put") && declared.remove("Remove"));
    for kind in ObjectKind::ALL {
        declared.extend(["New", "Changed", "Removed"].map(|what| format!("{what} {}", kind.name())));
    }
    let lived: BTreeSet<String> = [built(HERE), lived(HERE), ended(HERE)].concat().iter().map(name).collect();
    assert!(declared.len() > 40, "the variants are not found any more: {declared:?}");
    assert_eq!(lived, declared);
}

#[test]
fn every_call_of_the_store_is_made() {
    let calls: BTreeSet<String> = sources("src")
        .iter()
        .flat_map(|source| source.lines())
        .filter_map(|line| line.trim().strip_prefix("pub async fn ")?.split(['(', '<']).next())
        .map(str::to_owned)
        .collect();
    assert!(calls.len() > 30, "the calls are not found any more: {calls:?}");
    let suite = sources("tests/conformance").concat();
    let made =
        |call: &&String| suite.contains(&format!("store.{call}(")) || suite.contains(&format!("store.{call}::<"));
    let missing: Vec<&String> = calls.iter().filter(|call| !made(call)).collect();
    assert!(missing.is_empty(), "no test calls {missing:?}");
}

fn leading_capitalised(line: &str) -> Option<String> {
    let word: String = line.chars().take_while(char::is_ascii_alphanumeric).collect();
    word.starts_with(|c: char| c.is_ascii_uppercase()).then_some(word)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The code, without comments, of every file below a folder of this crate.
fn sources(folder: &str) -> Vec<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let code: Vec<&str> = text.lines().filter(|line| !line.trim().starts_with("//")).collect();
                found.push(code.join("\n"));
            }
        }
    }
    found
}

/// Whoever adds a table must say what ends its rows; nothing else tells that they stay.
#[test]
fn every_row_ends_with_what_it_belongs_to() {
    let tables = tables();
    assert!(tables.len() > 15, "the tables are not found any more: {tables:?}");
    let source = sources("src").concat();
    let kinds: String = ["environment", "application"].map(|kind| read(&format!("src/kinds/{kind}.rs"))).concat();
    let described = |table: &str| source.contains(&format!("Kind::new(\"{table}\", &[\"environment_id\""));
    let ends =
        |table: &str, with: &str| kinds.contains(&format!("DELETE FROM {table} WHERE environment_id = $1{with}"));
    for (table, columns) in &tables {
        let has = |column: &str| columns.iter().any(|own| own == column);
        if has("environment_id") && !KEPT.contains(&table.as_str()) {
            let left = source.contains(&format!("left!(\"{table}\", \"environment_id\""));
            assert!(described(table) || left || ends(table, "\""), "{table} outlives its environment");
            assert!(!has("user_id") || left, "{table} is as much as there are people");
        }
        if has("environment_id") && has("application_id") && !KEPT.contains(&table.as_str()) {
            let expires = has("expires_at");
            assert!(expires || ends(table, " AND application_id = $2\""), "{table} outlives its application");
        }
        if has("expires_at") {
            let due = [
                format!("FROM {table} WHERE expires_at < $1"),
                format!("\"DELETE FROM {table}\", \"{table}\""),
                format!("table: \"{table}\""),
            ];
            assert!(due.iter().any(|due| source.contains(due)), "{table} is never purged");
        }
    }
}

/// What happened stays, and so do the numbers by which other nodes learn that an environment ended. Counters are their own.
const KEPT: [&str; 3] = ["activities", "changed_environments", "environment_revisions"];

/// The tables that the migrations make, and the names of their columns.
pub(crate) fn tables() -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let scripts = files.filter(|path| !path.to_string_lossy().contains("postgres"));
    let text: String = scripts.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let added = |table: &str| {
        let start = format!("ALTER TABLE {table} ADD COLUMN ");
        let names = text.lines().filter_map(move |line| line.strip_prefix(&start)?.split_whitespace().next());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let made = text.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split_once(" ("));
    made.map(|(name, rest)| {
        let columns = rest.split(");").next().unwrap().split([',', '\n']);
        let columns = columns.filter_map(|column| column.split_whitespace().next()).map(str::to_owned);
        (name.to_owned(), columns.chain(added(name)).collect())
    })
    .collect()
}
