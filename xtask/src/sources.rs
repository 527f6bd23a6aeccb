//! The project's own source files, read once and told apart: code, and tests with the functions that hold them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One source file, its path relative to the workspace.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The file holds tests only: it lies in a test folder, is a module's `tests.rs`, or is a client program.
    pub(crate) fn is_test(&self) -> bool {
        let path = &self.path;
        path.contains("/tests/")
            || path.ends_with("/tests.rs")
            || path.ends_with("_tests.rs")
            || path.starts_with("clients/")
    }

    /// The line number (from 0) from which on everything is test code.
    pub(crate) fn tests_begin(&self) -> Option<usize> {
        if self.is_test() {
            return Some(0);
        }
        // `mod tests;` names another file; only a module with its body here begins test code.
        let lines: Vec<&str> = self.text.lines().collect();
        lines.iter().enumerate().position(|(index, line)| {
            line.trim() == "#[cfg(test)]"
                && lines[index + 1..].iter().take(3).any(|next| next.starts_with("mod ") && next.ends_with('{'))
        })
    }

    /// The test function that a line belongs to: the one it stands above, or the one it stands in.
    pub(crate) fn function_at(&self, line: usize) -> Option<&str> {
        let lines: Vec<&str> = self.text.lines().collect();
        let below = lines[line..].iter().find(|text| !is_preamble(text));
        if is_preamble(lines[line])
            && let Some(name) = below.and_then(|text| function_name(text))
        {
            return Some(name);
        }
        lines[..=line].iter().rev().find_map(|text| function_name(text))
    }
}

/// Every Rust file below the folder, in a stable order.
pub(crate) fn rust_files(root: &Path, folder: &str) -> Result<Vec<Source>> {
    files(root, folder, &["rs"])
}

/// Every program of `clients` in the languages whose comments this program reads, in a stable order.
pub(crate) fn client_programs(root: &Path) -> Result<Vec<Source>> {
    files(root, "clients", &["py", "mjs", "java", "go"])
}

fn files(root: &Path, folder: &str, wanted: &[&str]) -> Result<Vec<Source>> {
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths)?;
    paths.retain(|path| path.extension().is_some_and(|found| wanted.iter().any(|one| found == *one)));
    paths.sort();
    paths.iter().map(|path| read(root, path)).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            into.push(path);
        } else if path.file_name().is_none_or(|name| !APART.iter().any(|apart| name == *apart)) {
            collect(&path, into)?;
        }
    }
    Ok(())
}

/// Folders of what was built or installed.
const APART: [&str; 4] = ["target", "node_modules", "venv", ".venv"];

fn read(root: &Path, path: &Path) -> Result<Source> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Source { path: path.strip_prefix(root)?.display().to_string(), text })
}

/// Comments and attributes that stand above a function.
fn is_preamble(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("//") || line.starts_with('#') || line.is_empty()
}

fn function_name(line: &str) -> Option<&str> {
    let mut words =
        line.trim().split(' ').skip_while(|word| matches!(*word, "pub" | "pub(crate)" | "pub(super)" | "async"));
    if !matches!(words.next(), Some("fn" | "def")) {
        return None;
    }
    words.next()?.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn a_mark_belongs_to_the_function_below_or_around_it() {
        let text = "\
// CA-01
#[tokio::test]
async fn above() {
    // CA-02
    call();
}
";
        let source = Source { path: "crates/web/tests/it/token.rs".to_owned(), text: text.to_owned() };
        assert_eq!(source.function_at(0), Some("above"));
        assert_eq!(source.function_at(3), Some("above"));
        assert_eq!(source.tests_begin(), Some(0));
        let text = "# CA-01\ndef above(world):\n    \"\"\"CA-02: said here.\"\"\"\n    call()\n".to_owned();
        let source = Source { path: "clients/serving/walk.py".to_owned(), text };
        assert_eq!((source.function_at(0), source.function_at(2)), (Some("above"), Some("above")));
        assert_eq!(source.tests_begin(), Some(0));
    }
}
