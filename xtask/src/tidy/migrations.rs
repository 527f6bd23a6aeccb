//! The scripts of the schema: numbered without a gap, and such that a process of the version before goes on beside the new one.

use std::path::Path;

use anyhow::{Context, Result};

/// Migrations are numbered from 0001 without a gap; one number may have a file for each database. After the first, they only add.
pub(super) fn migrations(folder: &Path) -> Result<Vec<String>> {
    let mut numbers: Vec<u32> = Vec::new();
    let mut findings = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("no migrations in {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".sql") {
            let digits = stem.split('_').next().unwrap_or_default();
            let number = digits.parse().with_context(|| format!("the migration {name} has no number"))?;
            numbers.push(number);
            if number > 1 {
                findings.extend(parting(&std::fs::read_to_string(entry.path())?).map(|why| format!("{name}: {why}")));
            }
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    let gap = (1..).zip(&numbers).find(|(expected, number)| expected != *number);
    findings.extend(gap.map(|(expected, _)| format!("migration {expected:04} is missing")));
    Ok(findings)
}

/// What in a script would stop a process that does not know it: its statements name what was there, and write no more than that.
fn parting(script: &str) -> Option<String> {
    let code: Vec<_> = script.lines().filter_map(|line| line.split("--").next()).collect();
    let code = code.join(" ").to_uppercase();
    code.split(';').find_map(|statement| {
        let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        let says = |words: &str| statement.contains(words);
        let why = if REMOVING.iter().any(|words| says(words)) {
            "takes away or renames what the version before asks for"
        } else if says("CREATE UNIQUE INDEX") && says(" WHERE ") && code.contains(&added_column(&statement)) {
            // Over a column that the same script adds: what the version before writes has nothing in it.
            return None;
        } else if says("CREATE UNIQUE INDEX") && code.contains(&created_table(&statement)) {
            // On a table that the same script makes: the version before writes nothing there.
            return None;
        } else if says("CREATE UNIQUE INDEX") || says("ADD CONSTRAINT") || says("ALTER COLUMN") {
            "refuses what the version before writes"
        } else if says("ADD COLUMN") && says("NOT NULL") && !says(" DEFAULT ") {
            "wants a value that the version before does not write"
        } else {
            return None;
        };
        Some(format!("{why}: {statement}"))
    })
}

/// How a script adds the column that must not be NULL, or is a flag that must be set, for a partial index to count.
fn added_column(statement: &str) -> String {
    let condition = statement.split(" WHERE ").nth(1);
    let column = condition.map(|rest| rest.strip_suffix(" IS NOT NULL").unwrap_or(rest));
    column
        .filter(|column| !column.contains(' '))
        .map_or_else(|| "\0".to_owned(), |column| format!(" ADD COLUMN {column} "))
}

/// How a script makes the table that an index is on.
fn created_table(statement: &str) -> String {
    let on = statement.split(" ON ").nth(1).and_then(|rest| rest.split([' ', '(']).next());
    on.map_or_else(|| "\0".to_owned(), |table| format!("CREATE TABLE {table} "))
}

const REMOVING: [&str; 4] = ["DROP TABLE", "DROP COLUMN", "RENAME", "ALTER TYPE"];

#[cfg(test)]
mod tests {
    use super::parting;

    #[test]
    fn what_stops_the_version_before_is_found() {
        for good in [
            "-- DROP TABLE users;\nALTER TABLE users ADD COLUMN a BIGINT;",
            "ALTER TABLE users ADD COLUMN a TEXT NOT NULL DEFAULT '';\nDROP INDEX users_email;",
            "ALTER TABLE users ADD COLUMN a TEXT; CREATE UNIQUE INDEX users_a ON users (a) WHERE a IS NOT NULL",
            "ALTER TABLE users ADD COLUMN a BOOLEAN; CREATE UNIQUE INDEX users_a ON users (b) WHERE a",
            "CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT); CREATE UNIQUE INDEX notes_value ON notes (value)",
            "CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL, UNIQUE (value))",
        ] {
            assert_eq!(parting(good), None, "{good}");
        }
        for bad in [
            "CREATE INDEX i ON a (b); drop\n table users",
            "ALTER TABLE users DROP COLUMN body",
            "ALTER TABLE users RENAME COLUMN body TO text",
            "ALTER TABLE users ALTER COLUMN body SET NOT NULL",
            "ALTER TABLE users ADD COLUMN a BIGINT NOT NULL",
            "ALTER TABLE users ADD CONSTRAINT a_is_small CHECK (a < 8)",
            "ALTER TYPE kind ADD VALUE 'another'",
            "CREATE UNIQUE INDEX users_email ON users (email_key)",
            "CREATE TABLE notes (name TEXT); CREATE UNIQUE INDEX users_email ON users (email_key)",
            "ALTER TABLE users ADD COLUMN a TEXT; CREATE UNIQUE INDEX users_b ON users (b) WHERE b IS NOT NULL",
            "ALTER TABLE users ADD COLUMN a TEXT NOT NULL DEFAULT ''; CREATE UNIQUE INDEX users_a ON users (a)",
        ] {
            assert!(parting(bad).is_some(), "{bad}");
        }
    }
}
