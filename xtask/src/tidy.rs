//! Rules that the compiler does not know: lengths, layers, migrations, module documentation, what files may name.

mod migrations;
mod unmade;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::printed;
use crate::sources::{Source, rust_files};
use migrations::migrations;

/// Prints what every rule found; any finding is an error.
pub(crate) fn check(root: &Path) -> Result<()> {
    let folders = ["crates", "packages/rust", "xtask"].map(|folder| rust_files(root, folder));
    let sources: Vec<Source> = folders.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    let mut findings = findings(&sources, &allowed(root)?);
    findings.extend(migrations(&root.join("crates/store/migrations"))?);
    findings.extend(forbidden_words(root));
    for finding in &findings {
        println!("error: {finding}");
    }
    println!("{} files, {} errors", sources.len(), findings.len());
    if !findings.is_empty() {
        bail!("{} findings, the first: {}", findings.len(), findings[0]);
    }
    Ok(())
}

/// What the rules about source files find.
fn findings(sources: &[Source], allowed: &[String]) -> Vec<String> {
    let mut findings: Vec<String> = sources.iter().flat_map(layer_rules).collect();
    findings.extend(sources.iter().filter_map(module_documentation));
    findings.extend(lengths(sources, allowed));
    findings.extend(needless(sources, allowed));
    findings.extend(empty_rules(sources));
    findings.extend(unmade::unmade(sources));
    findings
}

/// Which crate must not mention what; comments and tests may.
fn layer_rules(source: &Source) -> Vec<String> {
    let end = source.tests_begin().unwrap_or(usize::MAX);
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.applies_to(&source.path)) {
        for (index, line) in source.text.lines().enumerate().take(end) {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(word) = rule.words.iter().find(|word| mentions(code, word)) {
                findings.push(format!("{}:{}: {word}: {}", source.path, index + 1, rule.why));
            }
        }
    }
    findings
}

/// A rule for a folder that is not there any more would hold for ever.
fn empty_rules(sources: &[Source]) -> Vec<String> {
    let held = |rule: &&Rule| !sources.iter().any(|source| rule.applies_to(&source.path));
    RULES.iter().filter(held).map(|rule| format!("{}: no file for the rule: {}", rule.folder, rule.why)).collect()
}

/// The word begins where it is found: `http::` is not found in `tower_http::`, `settings.` not in `cors_settings.`. What
/// comes after a dot is found as well: the field of a field is read all the same.
fn mentions(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        before.is_none_or(|character| !character.is_alphanumeric() && character != '_')
    })
}

/// Every module of a crate opens with a sentence on what it decides.
fn module_documentation(source: &Source) -> Option<String> {
    let wanted = source.path.contains("/src/") && !source.is_test();
    let opens = source.text.lines().find(|line| !line.is_empty()).is_some_and(|line| line.starts_with("//!"));
    (wanted && !opens).then(|| format!("{}: opens without a module comment", source.path))
}

/// Committed files name no package registry and no folder of one machine.
fn forbidden_words(root: &Path) -> Vec<String> {
    let listed = printed(Command::new("git").args(["ls-files"]).current_dir(root));
    // An exported source tree has no index; the rule is for what gets committed.
    let Ok(listed) = listed else { return Vec::new() };
    let paths = listed.lines().filter(|path| !path.ends_with("Cargo.lock"));
    let texts = paths.filter_map(|path| Some((path, std::fs::read_to_string(root.join(path)).ok()?)));
    texts.flat_map(|(path, text)| forbidden_in(path, &text)).collect()
}

fn forbidden_in(path: &str, text: &str) -> Vec<String> {
    let found = |line: &str| FORBIDDEN.iter().map(|parts| parts.concat()).find(|word| line.contains(word));
    let lines = text.lines().enumerate();
    lines.filter_map(|(index, line)| Some(format!("{path}:{}: names {}", index + 1, found(line)?))).collect()
}

/// Files and functions that grew past what fits in a head.
fn lengths(sources: &[Source], allowed: &[String]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| !allowed.contains(&source.path)) {
        let count = source.text.lines().count();
        if count > LONGEST_FILE && !source.is_test() {
            findings.push(format!("{}: {count} lines, more than {LONGEST_FILE}", source.path));
        }
        for (line, length) in long_functions(&source.text) {
            findings
                .push(format!("{}:{line}: a function of {length} lines, more than {LONGEST_FUNCTION}", source.path));
        }
    }
    findings
}

/// Paths of `tidy.allow` that name no file, or one that keeps the limits by now.
fn needless(sources: &[Source], allowed: &[String]) -> Vec<String> {
    let long: Vec<String> = lengths(sources, &[]);
    let is_long = |path: &String| long.iter().any(|finding| finding.starts_with(&format!("{path}:")));
    allowed.iter().filter(|path| !is_long(path)).map(|path| format!("{path}: allowed without need")).collect()
}

/// Functions in rustfmt's shape: from a line with `fn` to the closing brace in the same column.
fn long_functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let column = line.len() - line.trim_start().len();
        if !mentions(line, "fn ") || line.trim_start().starts_with("//") || line.trim_end().ends_with([';', '}']) {
            continue;
        }
        let closes = |line: &&str| line.trim_end() == format!("{}}}", " ".repeat(column));
        if let Some(length) = lines[start..].iter().position(closes).filter(|&length| length > LONGEST_FUNCTION) {
            found.push((start + 1, length));
        }
    }
    found
}

/// Paths of `tidy.allow` whose line gives a reason.
fn allowed(root: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join("xtask/tidy.allow"))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = |line: &str| {
        let (path, reason) = line.split_once(':').with_context(|| format!("no reason: {line}"))?;
        anyhow::ensure!(!reason.trim().is_empty(), "no reason: {line}");
        Ok(path.trim().to_owned())
    };
    lines.map(split).collect()
}

/// What a layer must not know.
#[derive(Debug)]
struct Rule {
    folder: &'static str,
    words: &'static [&'static str],
    why: &'static str,
    /// Files, and folders by their closing slash.
    except: &'static [&'static str],
}

impl Rule {
    fn applies_to(&self, path: &str) -> bool {
        let excepted = |except: &&str| path == *except || except.ends_with('/') && path.starts_with(except);
        path.starts_with(self.folder) && !self.except.iter().any(excepted)
    }
}

const RULES: [Rule; 15] = [
    Rule { folder: "crates/jose/src", words: &["tokio", "std::fs", "std::env"], why: "jose has no I/O", except: &[] },
    Rule {
        folder: "crates/protocol/src",
        words: &[
            "tokio",
            "http::",
            "axum",
            "rusqlite",
            "std::fs",
            "std::env",
            "SystemTime::now",
            "Instant::now",
            "use serde::",
            "serde::Serialize",
            "serde::Deserialize",
            "aws_lc_rs::rand",
        ],
        why: "protocol has no I/O, no clock, no randomness, no serde derives",
        except: &[],
    },
    Rule {
        folder: "crates/protocol/src",
        words: &["settings."],
        why: "settings are read in policy.rs, one method for each question",
        // The environment says what its settings are made of, a seeded user's language is data for data, and rotation writes
        // the algorithm that it has decided on.
        except: &[
            "crates/protocol/src/model/environment.rs",
            "crates/protocol/src/policy.rs",
            "crates/protocol/src/policy/",
            "crates/protocol/src/model/seed.rs",
            "crates/protocol/src/rotation.rs",
        ],
    },
    Rule { folder: "crates/store/src", words: &["http::", "axum", "hyper"], why: "store knows no HTTP", except: &[] },
    Rule {
        folder: "crates/engine/src",
        words: &["http::", "axum", "hyper", "askama"],
        why: "engine knows no HTTP but on its one way out, and no HTML",
        except: &["crates/engine/src/world/wire.rs"],
    },
    Rule {
        folder: "crates/engine/src",
        words: &["SystemTime::now", "aws_lc_rs::rand"],
        why: "only world.rs reads the system's clock and randomness",
        except: &["crates/engine/src/world.rs"],
    },
    Rule {
        folder: "crates/web/src",
        words: &["store::", "rusqlite", "tokio_postgres"],
        why: "web does not name the store",
        except: &[],
    },
    Rule {
        folder: "crates/web/src",
        // Every way to name more of the module than the dev world's constants.
        words: &[
            "bootstrap::Store",
            "bootstrap::open",
            "bootstrap::{",
            "bootstrap::*",
            "bootstrap::self",
            "bootstrap as",
            "bootstrap,",
            "bootstrap}",
            "bootstrap;",
        ],
        why: "web opens no store: it could commit past the one exit",
        except: &[],
    },
    Rule { folder: "crates/cli/src", words: &DRIVERLESS, why: DRIVEN_BY_TESTS, except: &[] },
    Rule { folder: "crates/serving/src", words: &DRIVERLESS, why: DRIVEN_BY_TESTS, except: &[] },
    Rule { folder: "crates/engine/src", words: &DRIVERLESS, why: DRIVEN_BY_TESTS, except: &[] },
    Rule { folder: "crates/web/src", words: &DRIVERLESS, why: DRIVEN_BY_TESTS, except: &[] },
    Rule {
        folder: "crates/engine/src",
        words: &[WORLDS],
        why: "only world.rs is the world outside",
        except: &["crates/engine/src/world.rs", "crates/engine/src/world/"],
    },
    Rule {
        folder: "crates/",
        words: &[WORLDS],
        why: "a world of its own is for tests",
        except: &["crates/engine/", "crates/testkit/", "crates/simulation/"],
    },
    Rule {
        folder: "xtask/src",
        words: &["engine::", "web::"],
        why: "xtask depends on no crate of ours",
        except: &["xtask/src/tidy.rs"],
    },
];

/// What gives a server a database that no operator could.
const DRIVERLESS: [&str; 2] = ["Inline::", "Store::over"];
const DRIVEN_BY_TESTS: &str = "a store over a driver of somebody's own is for tests";
const WORLDS: &str = "World for ";

/// In pieces, so that this file does not name them either.
const FORBIDDEN: [&[&str]; 6] = [
    &["registry.", "npmjs"],
    &["repo.maven", ".apache"],
    &["files.python", "hosted"],
    &["proxy.", "golang.org"],
    &["/wo", "rk/"],
    &["static.crates", ".io"],
];

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 60;

#[cfg(test)]
mod tests;
