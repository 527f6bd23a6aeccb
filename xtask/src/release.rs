//! A release: its version and its change log, set everywhere by one command, and held to each other before anything is tagged. Nothing is
//! committed, tagged or published from here.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::dist;
use crate::process::printed;
use edits::Edit;

mod edits;

/// `cargo xtask release [VERSION] [--dry-run]`: of this version, or of the one that the sources have.
pub(crate) fn command(root: &Path, words: &[&str]) -> Result<()> {
    let (version, rehearsed) = match words {
        ["--dry-run"] => (dist::version(root)?, true),
        [version, "--dry-run"] | ["--dry-run", version] => ((*version).to_owned(), true),
        [version] => ((*version).to_owned(), false),
        _ => bail!("release wants a version of three numbers, or --dry-run, or both"),
    };
    ensure!(is_version(&version), "{version} is no version of three numbers");
    let edits = edits::wanted(root, &version, &today()?)?;
    if rehearsed {
        return rehearse(root, &version, &edits);
    }
    let wrong = refused(root, &version, &edits)?;
    ensure!(wrong.is_empty(), "in the way:\n  {}", wrong.join("\n  "));
    for edit in &edits {
        std::fs::write(root.join(edit.file), &edit.text).with_context(|| edit.file.to_owned())?;
        println!("{}", edit.told());
    }
    println!("look at the changes and commit them, then: cargo xtask release --dry-run");
    Ok(())
}

/// Says what would be edited and tagged, or everything that is in its way.
fn rehearse(root: &Path, version: &str, edits: &[Edit]) -> Result<()> {
    let mut wrong = refused(root, version, edits)?;
    // What is new counts as well: it would be packed.
    let uncommitted = git(root, &["status", "--porcelain"])?;
    if !uncommitted.is_empty() {
        wrong.push(format!("{} files are changed or new, and not committed", uncommitted.lines().count()));
    }
    for edit in edits {
        println!("would edit {}", edit.told());
    }
    let on = git(root, &["log", "-1", "--format=%h %s"])?;
    let after = if edits.is_empty() { "" } else { ", with these edits committed on top" };
    println!("would tag v{version} on {on}{after}");
    for (kind, count) in changes(&edits::after(root, "CHANGELOG.md", edits)?, version)? {
        println!("{count:>6}  {kind}");
    }
    match built(root, version) {
        Ok(told) => println!("{told}"),
        Err(told) => wrong.push(told),
    }
    ensure!(wrong.is_empty(), "in the way:\n  {}", wrong.join("\n  "));
    Ok(())
}

/// What is against this version in the sources as they would be.
fn refused(root: &Path, version: &str, edits: &[Edit]) -> Result<Vec<String>> {
    let now = std::fs::read_to_string(root.join("CHANGELOG.md")).context("CHANGELOG.md")?;
    let log = edits::after(root, "CHANGELOG.md", edits)?;
    let mut wrong = Vec::new();
    if changes(&log, version)?.iter().all(|(_, count)| *count == 0) {
        wrong.push(format!("CHANGELOG.md says of nothing that it is in {version}"));
    }
    let left: usize = changes(&log, UNRELEASED)?.iter().map(|(_, count)| count).sum();
    if left > 0 {
        wrong.push(format!(
            "CHANGELOG.md has {version} already, and {left} changes that are unreleased: they are of another version"
        ));
    }
    if let Some(newer) =
        released(&now).filter(|before| numbers(before) > numbers(version)).max_by_key(|before| numbers(before))
    {
        wrong.push(format!("CHANGELOG.md has {newer}, which is newer"));
    }
    if !git(root, &["tag", "--list", &format!("v{version}")])?.is_empty() {
        wrong.push(format!("v{version} is tagged already: raise the version"));
    }
    for (file, begins) in edits::VERSIONED {
        if !edits::after(root, file, edits)?.lines().any(|line| edits::says(line, begins, version)) {
            wrong.push(format!("{file} does not say {begins}{version}"));
        }
    }
    Ok(wrong)
}

/// The kinds of changes in the section of a version, and how many of each; nothing where there is no such section.
fn changes(log: &str, version: &str) -> Result<Vec<(String, usize)>> {
    let mut changes: Vec<(String, usize)> = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            inside = heading_of(heading) == Some(version);
        } else if !inside {
        } else if let Some(kind) = line.strip_prefix("### ") {
            if !KINDS.contains(&kind) {
                bail!("CHANGELOG.md: {kind} is none of {}", KINDS.join(", "));
            }
            changes.push((kind.to_owned(), 0));
        } else if line.starts_with("- ") {
            let last = changes.last_mut().context("CHANGELOG.md: a change is of no kind")?;
            last.1 += 1;
        }
    }
    Ok(changes)
}

/// Versions that the change log has, newest first as it has them.
fn released(text: &str) -> impl Iterator<Item = &str> {
    let heading = text.lines().filter_map(|line| line.strip_prefix("## "));
    heading.filter_map(heading_of).filter(|version| *version != UNRELEASED)
}

/// `0.1.0`, `v0.1.0` and `[0.1.0] - 2026-12-01`.
fn heading_of(heading: &str) -> Option<&str> {
    heading.trim_start_matches(['[', 'v']).split([']', ' ']).next()
}

/// In the order of Semantic Versioning.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|number| number.parse().ok()).collect()
}

fn is_version(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    let is_number = |word: &&str| word.parse::<u32>().is_ok_and(|number| number.to_string() == **word);
    numbers.len() == 3 && numbers.iter().all(is_number)
}

/// What `cargo xtask dist` made; an error where it is of another version, or its checksums do not hold.
fn built(root: &Path, version: &str) -> std::result::Result<String, String> {
    let place = crate::dev::target(root).join("dist");
    let Ok(sums) = std::fs::read_to_string(place.join("SHA256SUMS")) else {
        return Ok("nothing is built: cargo xtask dist".to_owned());
    };
    let checked = printed(Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&place));
    if let Err(error) = checked {
        return Err(format!("what is built is not what its checksums say: {error:#}"));
    }
    let (of, all) = (sums.lines().filter(|line| line.contains(version)).count(), sums.lines().count());
    let told = format!("{of} of {all} files that are built are of {version}, and all are what their checksums say");
    if of == all { Ok(told) } else { Err(format!("{told}: cargo xtask dist")) }
}

fn today() -> Result<String> {
    Ok(printed(Command::new("date").args(["-u", "+%F"]))?.trim().to_owned())
}

fn git(root: &Path, words: &[&str]) -> Result<String> {
    Ok(printed(Command::new("git").args(words).current_dir(root))?.trim_end().to_owned())
}

const KINDS: [&str; 7] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Known gaps"];
const UNRELEASED: &str = "Unreleased";

#[cfg(test)]
mod tests {
    use super::{UNRELEASED, changes, is_version, numbers, released};

    const LOG: &str = "# Changelog\n\n## Unreleased\n\n### Added\n\n- One\n  more\n- Two\n\n### Fixed\n\n## [0.1.0] - 2026-01-01\n\n### Added\n\n- Old\n";

    #[test]
    fn only_the_changes_of_a_version_are_counted() {
        assert_eq!(changes(LOG, UNRELEASED).unwrap(), [("Added".to_owned(), 2), ("Fixed".to_owned(), 0)]);
        assert_eq!(changes(LOG, "0.1.0").unwrap(), [("Added".to_owned(), 1)]);
        assert!(changes(LOG, "1.0.0").unwrap().is_empty());
        assert!(changes("# x\n\n## Unreleased\n### Bettered\n", UNRELEASED).is_err());
        assert!(changes("# x\n\n## Unreleased\n- of no kind\n", UNRELEASED).is_err());
        assert_eq!(released(LOG).collect::<Vec<_>>(), ["0.1.0"]);
    }

    #[test]
    fn a_version_is_three_numbers() {
        assert_eq!(
            ["0.1.0", "10.0.2", "1.0", "01.0.0", "1.0.0-rc1"].map(is_version),
            [true, true, false, false, false]
        );
        assert!(numbers("0.10.0") > numbers("0.9.1"));
    }
}
