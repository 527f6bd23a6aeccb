//! `docs/spec/attacks.md`: the catalogue of hostile input beside the tests that carry its numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::sources::{Source, python_files, rust_files};

/// One line of the catalogue.
#[derive(Debug)]
struct Case {
    section: String,
    number: String,
    title: String,
    /// `waits: …` or `open: …`, as written.
    status: Option<String>,
}

/// Writes the document from the catalogue and the tests.
pub(crate) fn write(root: &Path) -> Result<()> {
    std::fs::write(root.join(DOCUMENT), render(root)?.0)?;
    println!("wrote {DOCUMENT}");
    Ok(())
}

/// Fails when the document is stale, when a number is unknown, or when a case is neither covered nor explained.
pub(crate) fn check(root: &Path) -> Result<()> {
    let (text, forgotten) = render(root)?;
    let committed = std::fs::read_to_string(root.join(DOCUMENT)).unwrap_or_default();
    ensure!(committed == text, "{DOCUMENT} is stale: run `cargo xtask docs`");
    if !forgotten.is_empty() {
        bail!("neither covered nor explained in {CATALOGUE}: {}", forgotten.join(", "));
    }
    Ok(())
}

/// The document, and the numbers that nothing accounts for.
fn render(root: &Path) -> Result<(String, Vec<String>)> {
    let cases = catalogue(&std::fs::read_to_string(root.join(CATALOGUE)).context(CATALOGUE)?)?;
    let mut sources = rust_files(root, "crates")?;
    sources.extend(python_files(root, "clients/serving")?);
    let tests = carriers(&sources);
    let unknown: Vec<&String> =
        tests.keys().filter(|number| cases.iter().all(|case| case.number != **number)).collect();
    ensure!(unknown.is_empty(), "tests carry numbers that {CATALOGUE} does not have: {unknown:?}");
    Ok(document(&cases, &tests))
}

fn catalogue(text: &str) -> Result<Vec<Case>> {
    let mut section = String::new();
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut section);
        } else if !line.is_empty() && !line.starts_with('#') {
            let mut fields = line.split('|').map(|field| field.trim().to_owned());
            let (number, title) = fields.next().zip(fields.next()).with_context(|| format!("no title: {line}"))?;
            ensure!(cases.iter().all(|case| case.number != number), "{number} is there twice");
            cases.push(Case { section: section.clone(), number, title, status: fields.next() });
        }
    }
    Ok(cases)
}

/// Which tests carry which number.
fn carriers(sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        let Some(begin) = source.tests_begin() else { continue };
        for (line, text) in source.text.lines().enumerate().skip(begin) {
            for number in numbers(text) {
                let function = source.function_at(line).map(|name| format!("::{name}")).unwrap_or_default();
                let carrier = format!("{}{function}", source.path.trim_start_matches("crates/"));
                let carriers = found.entry(number).or_default();
                if !carriers.contains(&carrier) {
                    carriers.push(carrier);
                }
            }
        }
    }
    found
}

/// The catalogue numbers in a line: two capitals of a known group, a hyphen, two digits.
fn numbers(line: &str) -> Vec<String> {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let words = line.split(|character| !is_word(character));
    words.filter(|word| is_number(word)).map(str::to_owned).collect()
}

fn is_number(word: &str) -> bool {
    let Some((group, digits)) = word.split_once('-') else { return false };
    GROUPS.contains(&group) && digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn document(cases: &[Case], tests: &BTreeMap<String, Vec<String>>) -> (String, Vec<String>) {
    let mut rows = String::new();
    let (mut covered, mut waiting, mut open, mut forgotten) = (0, 0, 0, Vec::new());
    let mut section = "";
    for case in cases {
        if case.section != section {
            section = &case.section;
            let _ = write!(rows, "\n## {section}\n\n| number | case | covered by |\n|---|---|---|\n");
        }
        let account = match (tests.get(&case.number), &case.status) {
            (Some(carriers), _) => {
                covered += 1;
                carriers.iter().map(|carrier| format!("`{carrier}`")).collect::<Vec<_>>().join("<br>")
            }
            (None, Some(status)) => {
                *(if status.starts_with("waits:") { &mut waiting } else { &mut open }) += 1;
                status.clone()
            }
            (None, None) => {
                forgotten.push(case.number.clone());
                "**nothing**".to_owned()
            }
        };
        let _ = writeln!(rows, "| {} | {} | {account} |", case.number, case.title);
    }
    let head = format!(
        "# Hostile and broken input: what is tested\n\nWritten by `cargo xtask docs` from `{CATALOGUE}` and the numbers that \
         tests carry; never edited by hand.\n\n{} cases: {covered} covered, {waiting} wait for a feature, {open} open, {} \
         forgotten.\n",
        cases.len(),
        forgotten.len()
    );
    (head + &rows, forgotten)
}

const CATALOGUE: &str = "docs/spec/attacks.list";
const DOCUMENT: &str = "docs/spec/attacks.md";

/// The groups of the catalogue; other hyphenated words (`CVE-12`) are not numbers of ours.
const GROUPS: [&str; 37] = [
    "HT", "CA", "CJ", "TE", "AC", "PK", "RU", "AZ", "PA", "JA", "RT", "DP", "IN", "RV", "UI", "DV", "CB", "TX", "CR",
    "CD", "MD", "KD", "LO", "FL", "PW", "MF", "WA", "FE", "MG", "TN", "SC", "XS", "CO", "SS", "LG", "DB", "OP",
];

#[cfg(test)]
mod tests {
    use super::{carriers, catalogue, document, numbers};
    use crate::sources::Source;

    #[test]
    fn finds_numbers_and_only_numbers() {
        assert_eq!(numbers("// CA-04, CA-05: both; not CVE-12, XCA-04 or CA-040"), ["CA-04", "CA-05"]);
        assert_eq!(numbers(r#"("RU-10", "https://example.test"),"#), ["RU-10"]);
    }

    #[test]
    fn every_case_is_covered_waiting_open_or_forgotten() {
        let cases = catalogue("## A2\nCA-01 | one\nCA-02 | two | waits: x\nCA-03 | three | open: y\nCA-04 | four\n");
        let text = "// CA-01\n#[test]\nfn post() {}\n".to_owned();
        let tests = carriers(&[Source { path: "crates/web/tests/it/token.rs".to_owned(), text }]);
        let (written, forgotten) = document(&cases.unwrap_or_default(), &tests);
        assert_eq!(forgotten, ["CA-04"]);
        assert!(written.contains("| CA-01 | one | `web/tests/it/token.rs::post` |"), "{written}");
        assert!(written.contains("4 cases: 1 covered, 1 wait for a feature, 1 open, 1 forgotten"), "{written}");
    }
}
