//! `docs/spec/clauses.md`: which clause of which specification is applied where, and which tests carry the same mark.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::sources::{Source, rust_files};

/// A specification and a section, ordered as a person would: by name, then by section number.
type Clause = (String, Vec<u32>, String);

#[derive(Debug, Default)]
struct Places {
    code: BTreeSet<String>,
    tests: BTreeSet<String>,
}

pub(crate) fn write(root: &Path) -> Result<()> {
    std::fs::write(root.join(DOCUMENT), render(root)?)?;
    println!("wrote {DOCUMENT}");
    Ok(())
}

pub(crate) fn check(root: &Path) -> Result<()> {
    let committed = std::fs::read_to_string(root.join(DOCUMENT)).unwrap_or_default();
    ensure!(committed == render(root)?, "{DOCUMENT} is stale: run `cargo xtask docs`");
    Ok(())
}

fn render(root: &Path) -> Result<String> {
    let clauses = collect(&rust_files(root, "crates")?);
    let untested = clauses.values().filter(|places| places.tests.is_empty()).count();
    let mut text = format!(
        "# Clauses: where they are applied and tested\n\nWritten by `cargo xtask docs` from the clause marks in comments \
         (`RFC 7636 §4.6`); never edited by hand.\n\n{} clauses, {untested} without a test that carries the same mark.\n\n\
         | clause | code | tests |\n|---|---|---|\n",
        clauses.len()
    );
    for ((specification, _, section), places) in &clauses {
        let _ = writeln!(text, "| {specification} §{section} | {} | {} |", list(&places.code), list(&places.tests));
    }
    Ok(text)
}

fn list(files: &BTreeSet<String>) -> String {
    if files.is_empty() {
        return "none".to_owned();
    }
    files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join("<br>")
}

fn collect(sources: &[Source]) -> BTreeMap<Clause, Places> {
    let mut clauses: BTreeMap<Clause, Places> = BTreeMap::new();
    for source in sources {
        let tests_begin = source.tests_begin().unwrap_or(usize::MAX);
        let file = source.path.trim_start_matches("crates/").to_owned();
        for (line, text) in source.text.lines().enumerate() {
            for clause in marks(text) {
                let places = clauses.entry(clause).or_default();
                let files = if line >= tests_begin { &mut places.tests } else { &mut places.code };
                files.insert(file.clone());
            }
        }
    }
    clauses
}

/// The marks of one line: a specification's name, then `§` and a section. One name may have several sections after it.
fn marks(line: &str) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let mut pieces = line.split('§');
    let Some(mut before) = pieces.next() else { return clauses };
    let mut specification = None;
    for piece in pieces {
        // In `RFC 7636 §4.1, §4.2` the second section belongs to the same specification.
        specification = named(before).or(specification);
        let section: String = piece.chars().take_while(|&c| c.is_ascii_alphanumeric() || c == '.').collect();
        let section = section.trim_end_matches('.').to_owned();
        if let Some(name) = specification.filter(|_| section.starts_with(|c: char| c.is_ascii_alphanumeric())) {
            let order = section.split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect();
            clauses.push((name.to_owned(), order, section));
        }
        before = piece;
    }
    clauses
}

/// The specification that the text ends with: `RFC` and a number, or one of the known names.
fn named(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let digits = text.len() - text.bytes().rev().take_while(u8::is_ascii_digit).count();
    if digits < text.len() && text[..digits].ends_with("RFC ") {
        return Some(&text[digits - 4..]);
    }
    NAMES.iter().find(|(name, _)| text.ends_with(name)).map(|(_, known)| *known)
}

const DOCUMENT: &str = "docs/spec/clauses.md";

/// What comments call a specification, and what the table calls it.
const NAMES: [(&str, &str); 5] = [
    ("OIDC Core", "OpenID Connect Core"),
    ("OpenID Connect Core", "OpenID Connect Core"),
    ("Core", "OpenID Connect Core"),
    ("OIDC Discovery", "OpenID Connect Discovery"),
    ("Discovery", "OpenID Connect Discovery"),
];

#[cfg(test)]
mod tests {
    use super::marks;

    #[test]
    fn reads_names_and_sections() {
        let read = |line: &str| marks(line).into_iter().map(|(name, _, section)| (name, section)).collect::<Vec<_>>();
        let clause = |name: &str, section: &str| (name.to_owned(), section.to_owned());
        assert_eq!(read("// RFC 7636 §4.6: compared"), [clause("RFC 7636", "4.6")]);
        assert_eq!(read("/// RFC 6749 §3.1, §3.2 and more"), [clause("RFC 6749", "3.1"), clause("RFC 6749", "3.2")]);
        assert_eq!(read("//! OIDC Core §3.1.2.1."), [clause("OpenID Connect Core", "3.1.2.1")]);
        assert_eq!(read("// §2 of nothing"), []);
    }
}
