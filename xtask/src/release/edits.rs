//! Where the version stands and what would be edited there. It is a pure rewriting of texts, so that a rehearsal tells all of it.

use std::path::Path;

use anyhow::{Context, Result};

/// A file that would be another.
pub(super) struct Edit {
    pub(super) file: &'static str,
    /// Lines before and after, where they differ.
    changed: Vec<(String, String)>,
    pub(super) text: String,
}

impl Edit {
    fn of(file: &'static str, before: &str, text: String) -> Option<Self> {
        if before == text {
            return None;
        }
        let pairs = before.lines().zip(text.lines()).filter(|(before, after)| before != after);
        // Where lines were put between others all behind them are others; the heading says it.
        let changed = if before.lines().count() == text.lines().count() { pairs.collect() } else { Vec::new() };
        let changed = changed.into_iter().map(|(a, b): (&str, &str)| (a.trim().to_owned(), b.trim().to_owned()));
        Some(Self { file, changed: changed.collect(), text })
    }

    /// What a person would look for.
    pub(super) fn told(&self) -> String {
        match self.changed.as_slice() {
            [] => format!("{}: what is unreleased gets its heading", self.file),
            [(before, after)] => format!("{}: {before} → {after}", self.file),
            [(before, after), ..] => format!("{}: {} lines as {before} → {after}", self.file, self.changed.len()),
        }
    }
}

/// All that has to be edited for a version that is released on that day.
pub(super) fn wanted(root: &Path, version: &str, day: &str) -> Result<Vec<Edit>> {
    let old = crate::dist::version(root)?;
    let mut edits = Vec::new();
    let mut edit = |file: &'static str, rewrite: &dyn Fn(&str) -> String| -> Result<()> {
        let text = read(root, file)?;
        edits.extend(Edit::of(file, &text, rewrite(&text)));
        Ok(())
    };
    edit("Cargo.toml", &|text| {
        text.replacen(&format!("\nversion = \"{old}\""), &format!("\nversion = \"{version}\""), 1)
    })?;
    for file in ["Cargo.lock", "fuzz/Cargo.lock"] {
        edit(file, &|text| locked(text, &old, version))?;
    }
    let mut files: Vec<&str> = VERSIONED.iter().map(|(file, _)| *file).collect();
    files.dedup();
    for file in files {
        let begins: Vec<&str> = VERSIONED.iter().filter(|(of, _)| *of == file).map(|(_, begins)| *begins).collect();
        edit(file, &|text| replaced(text, &begins, &old, version))?;
    }
    edit("CHANGELOG.md", &|text| headed(text, version, day))?;
    Ok(edits)
}

/// A file as it would be.
pub(super) fn after(root: &Path, file: &str, edits: &[Edit]) -> Result<String> {
    let edit = edits.iter().find(|edit| edit.file == file);
    edit.map_or_else(|| read(root, file), |edit| Ok(edit.text.clone()))
}

fn read(root: &Path, file: &str) -> Result<String> {
    std::fs::read_to_string(root.join(file)).with_context(|| file.to_owned())
}

/// Crates of a lock file that are of no registry and have the old version: those of the workspace.
fn locked(text: &str, old: &str, new: &str) -> String {
    let of = |block: &str| {
        if block.contains("\nsource = ") {
            return block.to_owned();
        }
        block.replacen(&format!("\nversion = \"{old}\"\n"), &format!("\nversion = \"{new}\"\n"), 1)
    };
    text.split("[[package]]").map(of).collect::<Vec<_>>().join("[[package]]")
}

/// Lines that say the old version behind one of those words say the new one.
fn replaced(text: &str, begins: &[&str], old: &str, new: &str) -> String {
    let line = |line: &str| {
        if begins.iter().any(|begins| says(line, begins, old)) { line.replacen(old, new, 1) } else { line.to_owned() }
    };
    text.split_inclusive('\n').map(line).collect()
}

/// What is unreleased gets the heading of the version, unless there is one already or nothing that it would stand over.
fn headed(text: &str, version: &str, day: &str) -> String {
    let has = text.lines().any(|line| line.strip_prefix("## ").and_then(super::heading_of) == Some(version));
    let nothing = !super::changes(text, super::UNRELEASED).is_ok_and(|all| all.iter().any(|(_, count)| *count > 0));
    if has || nothing {
        return text.to_owned();
    }
    text.replacen("\n## Unreleased\n", &format!("\n## Unreleased\n\n## [{version}] - {day}\n"), 1)
}

/// This version behind those words, and not one that only begins with it: 0.1.01, 0.1.0-rc1.
pub(super) fn says(line: &str, begins: &str, version: &str) -> bool {
    let rest = line.trim().strip_prefix(begins).map(|rest| rest.trim_start_matches(['"', ' ']));
    let behind = rest.and_then(|rest| rest.strip_prefix(version));
    behind.is_some_and(|behind| !behind.starts_with(|next: char| next.is_ascii_alphanumeric() || "-.+".contains(next)))
}

/// Files that say the version themselves, and what stands before it.
pub(super) const VERSIONED: &[(&str, &str)] = &[
    ("deploy/helm/grantor/Chart.yaml", "version: "),
    ("deploy/helm/grantor/Chart.yaml", "appVersion: "),
    ("deploy/compose.yaml", "image: grantor:${GRANTOR_VERSION:-"),
    ("examples/spring-resource-server/pom.xml", "<version>"),
];

#[cfg(test)]
mod tests {
    use super::{Edit, headed, locked, replaced, says};

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
    fn only_what_says_the_old_version_is_edited() {
        let text = "apiVersion: 0.1.0\nversion: 0.1.0\nappVersion: 0.1.0\nversion: 0.1.01\n";
        let edited = replaced(text, &["version: ", "appVersion: "], "0.1.0", "0.2.0");
        assert_eq!(edited, "apiVersion: 0.1.0\nversion: 0.2.0\nappVersion: 0.2.0\nversion: 0.1.01\n");
    }

    #[test]
    fn a_lock_file_has_other_crates_of_that_version() {
        let text = "version = 4\n\n[[package]]\nname = \"grantor\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n]\n\n[[package]]\nname = \"a\"\n\
                    version = \"0.1.0\"\nsource = \"registry+x\"\n";
        let edited = locked(text, "0.1.0", "0.2.0");
        assert!(edited.contains("name = \"grantor\"\nversion = \"0.2.0\"\n"), "{edited}");
        assert!(edited.contains("name = \"a\"\nversion = \"0.1.0\"\n"), "{edited}");
        assert!(edited.starts_with("version = 4\n"), "{edited}");
    }

    #[test]
    fn what_is_unreleased_gets_a_heading_once() {
        let log = "# Changelog\n\n## Unreleased\n\n### Added\n\n- One\n";
        let headed_once = headed(log, "0.2.0", "2026-12-01");
        assert_eq!(headed_once, "# Changelog\n\n## Unreleased\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- One\n");
        assert_eq!(headed(&headed_once, "0.2.0", "2026-12-02"), headed_once);
        // Nothing would stand below it.
        assert_eq!(headed(&headed_once, "0.3.0", "2026-12-02"), headed_once);
    }

    #[test]
    fn an_edit_tells_its_lines() {
        let edit = Edit::of("a", "x\n  version: 1\n", "x\n  version: 2\n".to_owned()).unwrap();
        assert_eq!(edit.told(), "a: version: 1 → version: 2");
        assert!(Edit::of("a", "x", "x".to_owned()).is_none());
        assert!(Edit::of("a", "x\n", "x\ny\n".to_owned()).unwrap().told().contains("heading"));
    }
}
