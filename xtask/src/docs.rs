//! `docs/spec/attacks.md` and `field.md`: what was tried against servers like this one, beside the tests that carry its numbers. And
//! `docs/reference/pingone.md` with the pages of the management API, and `refusals.md`, which another crate makes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::process::run;
use crate::sources::{Source, client_programs, rust_files};

/// One line of the catalogue.
#[derive(Debug)]
struct Case {
    section: String,
    number: String,
    title: String,
    /// `waits: …` or `open: …`, as written.
    status: Option<String>,
}

/// A list of cases, and what is made of it.
struct Catalogue {
    list: &'static str,
    document: &'static str,
    title: &'static str,
    /// The numbers that a line of a test carries.
    numbers: fn(&str) -> Vec<String>,
}

const CATALOGUES: [Catalogue; 2] = [
    Catalogue {
        list: "docs/spec/attacks.list",
        document: "docs/spec/attacks.md",
        title: "Hostile and broken input: what is tested",
        numbers: attacks,
    },
    Catalogue {
        list: "docs/spec/field.list",
        document: "docs/spec/field.md",
        title: "What clients, people and operators stumbled over: what is tested",
        numbers: items,
    },
];

/// Writes the documents from the catalogues and the tests.
pub(crate) fn write(root: &Path) -> Result<()> {
    let sources = sources(root)?;
    for catalogue in &CATALOGUES {
        std::fs::write(root.join(catalogue.document), catalogue.render(root, &sources)?.0)?;
        println!("wrote {}", catalogue.document);
    }
    Ok(())
}

/// Fails when a document is stale, when a number is unknown, or when list and tests disagree about a case.
pub(crate) fn check(root: &Path) -> Result<()> {
    let sources = sources(root)?;
    for catalogue in &CATALOGUES {
        let (text, faults) = catalogue.render(root, &sources)?;
        let committed = std::fs::read_to_string(root.join(catalogue.document)).unwrap_or_default();
        ensure!(committed == text, "{} is stale: run `cargo xtask docs`", catalogue.document);
        if !faults.is_empty() {
            bail!("{} and the tests disagree:\n  {}", catalogue.list, faults.join("\n  "));
        }
    }
    Ok(())
}

/// Writes, or compares, the pages that are made of the descriptions of the objects: the crate that has them does both, in its tests.
pub(crate) fn described(root: &Path, write: bool) -> Result<()> {
    let mut command = Command::new("cargo");
    command
        .args(["test", "-q", "--workspace", "--lib", "--", "manage::openapi", "the_page_of_refusals"])
        .current_dir(root);
    if write {
        command.env("GRANTOR_RECORD", "1");
    }
    run(&mut command)
}

fn sources(root: &Path) -> Result<Vec<Source>> {
    let mut sources = rust_files(root, "crates")?;
    sources.extend(client_programs(root)?);
    Ok(sources)
}

impl Catalogue {
    /// The document, and where the list and the tests say different things.
    fn render(&self, root: &Path, sources: &[Source]) -> Result<(String, Vec<String>)> {
        let list = std::fs::read_to_string(root.join(self.list)).context(self.list)?;
        Ok(self.document(&cases(&list)?, &carriers(sources, self.numbers)))
    }

    /// A case is covered when a test carries its number and the list has nothing to excuse.
    fn document(&self, cases: &[Case], tests: &BTreeMap<String, Vec<String>>) -> (String, Vec<String>) {
        let mut rows = String::new();
        let (mut covered, mut waiting, mut open, mut faults) = (0, 0, 0, Vec::new());
        let mut section = "";
        for case in cases {
            if case.section != section {
                section = &case.section;
                let _ = write!(rows, "\n## {section}\n\n| number | case | covered by |\n|---|---|---|\n");
            }
            let carriers = tests.get(&case.number);
            let account = match (carriers, &case.status) {
                (Some(carriers), None) => {
                    covered += 1;
                    carriers.iter().map(|carrier| format!("`{carrier}`")).collect::<Vec<_>>().join("<br>")
                }
                (carriers, Some(status)) => {
                    *(if status.starts_with("waits:") { &mut waiting } else { &mut open }) += 1;
                    faults.extend(carriers.map(|carriers| format!("{}: {status}, but {carriers:?}", case.number)));
                    status.clone()
                }
                (None, None) => {
                    faults.push(format!("{}: neither covered nor explained", case.number));
                    "**nothing**".to_owned()
                }
            };
            let _ = writeln!(rows, "| {} | {} | {account} |", case.number, case.title);
        }
        let unknown = tests.iter().filter(|(number, _)| cases.iter().all(|case| case.number != **number));
        faults.extend(unknown.map(|(number, carriers)| format!("{number}: not in the list, but {carriers:?}")));
        let head = format!(
            "# {}\n\nWritten by `cargo xtask docs` from `{}` and the numbers that \
             tests carry; never edited by hand.\n\n{} cases: {covered} covered, {waiting} wait for a feature, {open} open.\n",
            self.title,
            self.list,
            cases.len()
        );
        (head + &rows, faults)
    }
}

fn cases(text: &str) -> Result<Vec<Case>> {
    let mut section = String::new();
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut section);
        } else if !line.is_empty() && !line.starts_with('#') {
            let mut fields = line.split('|').map(|field| field.trim().to_owned());
            let (number, title) = fields.next().zip(fields.next()).with_context(|| format!("no title: {line}"))?;
            ensure!(cases.iter().all(|case| case.number != number), "{number} is there twice");
            let status = fields.next();
            let explains = |status: &String| {
                let reason = status.strip_prefix("waits:").or_else(|| status.strip_prefix("open:"));
                reason.is_some_and(|reason| !reason.trim().is_empty())
            };
            ensure!(status.as_ref().is_none_or(explains), "{number} neither waits nor is open: {line}");
            cases.push(Case { section: section.clone(), number, title, status });
        }
    }
    Ok(cases)
}

/// Which tests carry which number.
fn carriers(sources: &[Source], numbers: fn(&str) -> Vec<String>) -> BTreeMap<String, Vec<String>> {
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

/// The numbers of attacks in a line: two capitals of a known group, a hyphen, two digits.
fn attacks(line: &str) -> Vec<String> {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let words = line.split(|character| !is_word(character));
    words.filter(|word| is_number(word)).map(str::to_owned).collect()
}

fn is_number(word: &str) -> bool {
    let Some((group, digits)) = word.split_once('-') else { return false };
    GROUPS.contains(&group) && digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The numbers of the field that a comment begins with, before a colon: `/// D4, C7: …`.
fn items(line: &str) -> Vec<String> {
    let text = line.trim_start();
    let comment = ["///", "//", "#"].iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    let Some((head, _)) = comment.split_once(':') else { return Vec::new() };
    let numbers: Vec<&str> = head.split(',').map(str::trim).collect();
    if numbers.iter().all(|number| is_item(number)) {
        numbers.into_iter().map(str::to_owned).collect()
    } else {
        Vec::new()
    }
}

fn is_item(word: &str) -> bool {
    let digits = word.strip_prefix(['C', 'D', 'F', 'H', 'P', 'V']).unwrap_or_default();
    matches!(digits.len(), 1 | 2) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The groups of the catalogue; other hyphenated words (`CVE-12`) are not numbers of ours.
const GROUPS: [&str; 38] = [
    "HT", "CA", "CJ", "TE", "AC", "PK", "RU", "AZ", "PA", "JA", "RR", "RT", "DP", "IN", "RV", "UI", "DV", "CB", "TX",
    "CR", "CD", "MD", "KD", "LO", "FL", "PW", "MF", "WA", "FE", "MG", "TN", "SC", "XS", "CO", "SS", "LG", "DB", "OP",
];

#[cfg(test)]
mod tests {
    use super::{CATALOGUES, attacks, carriers, cases, items};
    use crate::sources::Source;

    #[test]
    fn finds_numbers_and_only_numbers() {
        assert_eq!(attacks("// CA-04, CA-05: both; not CVE-12, XCA-04 or CA-040"), ["CA-04", "CA-05"]);
        assert_eq!(attacks(r#"("RU-10", "https://example.test"),"#), ["RU-10"]);
        assert_eq!(items("    /// D4, C7: any charset"), ["D4", "C7"]);
        for line in ["// RT-21, D6: as decided", "/// D4 holds", "// Data: D4", "/// D123: no", "# X1: no"] {
            assert_eq!(items(line), [""; 0], "{line}");
        }
    }

    #[test]
    fn a_case_is_covered_only_when_its_list_says_so_and_a_test_carries_it() {
        let list = "## A2\nCA-01 | one\nCA-02 | two | waits: x\nCA-03 | three | open: y\n";
        let (written, faults) = documented(list, "// CA-01\n#[test]\nfn post() {}\n");
        assert_eq!(faults, [""; 0]);
        assert!(written.contains("| CA-01 | one | `web/tests/it/token.rs::post` |"), "{written}");
        assert!(written.contains("3 cases: 1 covered, 1 wait for a feature, 1 open.\n"), "{written}");
    }

    #[test]
    fn list_and_tests_may_not_disagree() {
        let test = "// CA-01\n#[test]\nfn post() {}\n";
        let (written, faults) = documented("## A2\nCA-01 | one | waits: x\n", test);
        assert_eq!(faults, [r#"CA-01: waits: x, but ["web/tests/it/token.rs::post"]"#]);
        assert!(written.contains("1 cases: 0 covered, 1 wait for a feature, 0 open."), "{written}");
        let (_, faults) = documented("## A2\nCA-01 | one | open: y\n", test);
        assert_eq!(faults, [r#"CA-01: open: y, but ["web/tests/it/token.rs::post"]"#]);
        let (_, faults) = documented("## A2\nCA-01 | one\nCA-02 | two\n", test);
        assert_eq!(faults, ["CA-02: neither covered nor explained"]);
        let (_, faults) = documented("## A2\nCA-02 | two | waits: x\n", test);
        assert_eq!(faults, [r#"CA-01: not in the list, but ["web/tests/it/token.rs::post"]"#]);
    }

    #[test]
    fn the_list_is_read_strictly() {
        for line in ["CA-01", "CA-01 | one\nCA-01 | again", "CA-01 | one | later", "CA-01 | one | waits:"] {
            assert!(cases(line).is_err(), "{line}");
        }
    }

    #[test]
    fn numbers_outside_tests_cover_nothing() {
        let text = "//! CA-01\nfn post() {}\n#[cfg(test)]\nmod tests {\n    // CA-02\n    fn two() {}\n}\n".to_owned();
        let tests = carriers(&[Source { path: "crates/web/src/oauth/token.rs".to_owned(), text }], attacks);
        assert_eq!(tests.keys().collect::<Vec<_>>(), ["CA-02"]);
    }

    fn documented(list: &str, text: &str) -> (String, Vec<String>) {
        let source = Source { path: "crates/web/tests/it/token.rs".to_owned(), text: text.to_owned() };
        CATALOGUES[0].document(&cases(list).unwrap(), &carriers(&[source], attacks))
    }
}
