//! What a release would be: its version and its change log, held to each other before anything is tagged. Nothing is published from here.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::dist;
use crate::process::printed;

/// Says what would be tagged, or everything that is in its way.
pub(crate) fn rehearse(root: &Path) -> Result<()> {
    let version = dist::version(root)?;
    let text = std::fs::read_to_string(root.join("CHANGELOG.md")).context("CHANGELOG.md")?;
    let changes = unreleased(&text)?;
    let mut wrong = Vec::new();
    if !is_version(&version) {
        wrong.push(format!("{version} is no version of three numbers"));
    }
    if changes.iter().all(|(_, count)| *count == 0) {
        wrong.push("CHANGELOG.md says of nothing that it is unreleased".to_owned());
    }
    if released(&text).any(|before| before == version) {
        wrong.push(format!("CHANGELOG.md says that {version} was released: raise the version in Cargo.toml"));
    }
    if !git(root, &["tag", "--list", &format!("v{version}")])?.is_empty() {
        wrong.push(format!("v{version} is tagged already"));
    }
    // What is new counts as well: it would be packed.
    let uncommitted = git(root, &["status", "--porcelain"])?;
    if !uncommitted.is_empty() {
        wrong.push(format!("{} files are changed or new, and not committed", uncommitted.lines().count()));
    }
    for (file, begins) in VERSIONED {
        let text = std::fs::read_to_string(root.join(file)).with_context(|| (*file).to_owned())?;
        if !text.lines().any(|line| says(line, begins, &version)) {
            wrong.push(format!("{file} does not say {begins}{version}"));
        }
    }
    println!("would tag v{version} on {}", git(root, &["log", "-1", "--format=%h %s"])?);
    for (kind, count) in &changes {
        println!("{count:>6}  {kind}");
    }
    println!("{}", built(root, &version)?);
    ensure!(wrong.is_empty(), "in the way:\n  {}", wrong.join("\n  "));
    Ok(())
}

/// This version behind those words, and not one that only begins with it: 0.1.01, 0.1.0-rc1.
fn says(line: &str, begins: &str, version: &str) -> bool {
    let rest = line.trim().strip_prefix(begins).map(|rest| rest.trim_start_matches(['"', ' ']));
    let behind = rest.and_then(|rest| rest.strip_prefix(version));
    behind.is_some_and(|behind| !behind.starts_with(|next: char| next.is_ascii_alphanumeric() || "-.+".contains(next)))
}

/// The kinds of changes since the last release, and how many of each.
fn unreleased(text: &str) -> Result<Vec<(String, usize)>> {
    let (_, rest) = text.split_once("\n## Unreleased\n").context("CHANGELOG.md has no section Unreleased")?;
    let section = rest.split("\n## ").next().unwrap_or_default();
    let mut changes: Vec<(String, usize)> = Vec::new();
    for line in section.lines() {
        if let Some(kind) = line.strip_prefix("### ") {
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

/// `## 0.1.0`, `## v0.1.0` and `## [0.1.0] - 2026-12-01`.
fn released(text: &str) -> impl Iterator<Item = &str> {
    let heading = text.lines().filter_map(|line| line.strip_prefix("## "));
    heading.filter_map(|heading| heading.trim_start_matches(['[', 'v']).split([']', ' ']).next())
}

fn is_version(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    let is_number = |word: &&str| word.parse::<u32>().is_ok_and(|number| number.to_string() == **word);
    numbers.len() == 3 && numbers.iter().all(is_number)
}

/// What `cargo xtask dist` made, whose checksums hold.
fn built(root: &Path, version: &str) -> Result<String> {
    let place = crate::dev::target(root).join("dist");
    let Ok(sums) = std::fs::read_to_string(place.join("SHA256SUMS")) else {
        return Ok("nothing is built: cargo xtask dist".to_owned());
    };
    printed(Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&place))?;
    let (of, all) = (sums.lines().filter(|line| line.contains(version)).count(), sums.lines().count());
    Ok(format!("{of} of {all} files that are built are of {version}, and all are what their checksums say"))
}

fn git(root: &Path, words: &[&str]) -> Result<String> {
    Ok(printed(Command::new("git").args(words).current_dir(root))?.trim_end().to_owned())
}

const KINDS: [&str; 7] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Known gaps"];
/// Files that say the version themselves, and what stands before it.
const VERSIONED: &[(&str, &str)] = &[
    ("deploy/helm/grantor/Chart.yaml", "version: "),
    ("deploy/helm/grantor/Chart.yaml", "appVersion: "),
    ("deploy/compose.yaml", "image: grantor:${GRANTOR_VERSION:-"),
    ("examples/spring-resource-server/pom.xml", "<version>"),
];

#[cfg(test)]
mod tests {
    use super::{is_version, released, says, unreleased};

    const LOG: &str = "# Changelog\n\n## Unreleased\n\n### Added\n\n- One\n  more\n- Two\n\n### Fixed\n\n## [0.1.0] - 2026-01-01\n\n### Added\n\n- Old\n";

    #[test]
    fn only_what_is_unreleased_is_counted() {
        assert_eq!(unreleased(LOG).unwrap(), [("Added".to_owned(), 2), ("Fixed".to_owned(), 0)]);
        assert!(unreleased("## 1.0.0\n").is_err());
        assert!(unreleased("# x\n\n## Unreleased\n### Bettered\n").is_err());
        assert!(unreleased("# x\n\n## Unreleased\n- of no kind\n").is_err());
        assert_eq!(released(LOG).collect::<Vec<_>>(), ["Unreleased", "0.1.0"]);
    }

    /// A version that only begins like this one is another.
    #[test]
    fn a_file_says_the_whole_version() {
        for line in ["version: 0.1.0", "  version: \"0.1.0\"", "version: 0.1.0 # ours"] {
            assert!(says(line, "version: ", "0.1.0"), "{line}");
        }
        assert!(says("<version>0.1.0</version>", "<version>", "0.1.0"));
        assert!(says("image: grantor:${V:-0.1.0}", "image: grantor:${V:-", "0.1.0"));
        for line in
            ["version: 0.1.01", "version: 0.1.0-rc1", "version: 0.1.0.1", "appVersion: 0.1.0", "version: 10.1.0"]
        {
            assert!(!says(line, "version: ", "0.1.0"), "{line}");
        }
    }

    #[test]
    fn a_version_is_three_numbers() {
        assert_eq!(
            ["0.1.0", "10.0.2", "1.0", "01.0.0", "1.0.0-rc1"].map(is_version),
            [true, true, false, false, false]
        );
    }
}
