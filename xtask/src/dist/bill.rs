//! What the program is made of: every crate that it is linked with, as a bill of materials (CycloneDX 1.5) and with its licence.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::dev::cargo_home;
use crate::process::printed;
use crate::ship::Linked;

/// One crate, as `cargo` and the lock file know it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    name: String,
    version: String,
    licence: String,
    /// SHA-256 of what the registry gives; of our own crates, and of what is no crate, there is none.
    checksum: Option<String>,
    /// As package URLs say it.
    kind: &'static str,
}

impl Part {
    fn identifier(&self) -> String {
        format!("pkg:{}/{}@{}", self.kind, self.name, self.version)
    }

    /// What is no crate, and linked with it all the same.
    fn beside(linked: &Linked) -> Self {
        let Linked { name, version, licence, .. } = linked;
        let (name, version, licence) = ((*name).to_owned(), version.clone(), (*licence).to_owned());
        Self { name, version, licence, checksum: None, kind: "generic" }
    }
}

/// `grantor-….cdx.json`.
pub(super) fn materials(root: &Path, version: &str, linked: &[Linked]) -> Result<String> {
    let lock = std::fs::read_to_string(root.join("Cargo.lock"))?;
    let mut parts = parts(root, &lock)?;
    parts.extend(linked.iter().map(Part::beside));
    let components: Vec<String> = parts.iter().map(component).collect();
    let needs = needs(&lock);
    let known: BTreeMap<String, String> =
        parts.iter().map(|part| (key(&part.name, &part.version), part.identifier())).collect();
    let edges: Vec<String> = parts.iter().map(|part| edge(part, &needs, &known)).collect();
    Ok(format!(
        "{{\n\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.5\", \"version\": 1,\n\"metadata\": {{\"component\": \
         {{\"type\": \"application\", \"bom-ref\": \"grantor\", \"name\": \"grantor\", \"version\": {}, \
         \"licenses\": [{{\"expression\": \"Apache-2.0\"}}]}}}},\n\"components\": [\n{}\n],\n\"dependencies\": [\n{}\n]\n}}\n",
        quoted(version),
        components.join(",\n"),
        edges.join(",\n"),
    ))
}

fn component(part: &Part) -> String {
    let hashes = part.checksum.as_ref().map_or_else(String::new, |sum| {
        format!(", \"hashes\": [{{\"alg\": \"SHA-256\", \"content\": {}}}]", quoted(sum))
    });
    let identifier = quoted(&part.identifier());
    format!(
        "{{\"type\": \"library\", \"bom-ref\": {identifier}, \"name\": {}, \"version\": {}, \"purl\": {identifier}, \
         \"licenses\": [{{\"expression\": {}}}]{hashes}}}",
        quoted(&part.name),
        quoted(&part.version),
        quoted(&part.licence),
    )
}

fn edge(part: &Part, needs: &BTreeMap<String, Vec<String>>, known: &BTreeMap<String, String>) -> String {
    let wanted = needs.get(&key(&part.name, &part.version)).into_iter().flatten();
    let wanted: Vec<String> = wanted.filter_map(|key| known.get(key)).map(|each| quoted(each)).collect();
    format!("{{\"ref\": {}, \"dependsOn\": [{}]}}", quoted(&part.identifier()), wanted.join(", "))
}

/// The text of every licence, with the crates that are under it.
pub(super) fn licences(root: &Path, linked: &[Linked]) -> Result<String> {
    let lock = std::fs::read_to_string(root.join("Cargo.lock"))?;
    let registry = registry()?;
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut list = String::new();
    for part in parts(root, &lock)?.iter().filter(|part| part.checksum.is_some()) {
        writeln!(list, "{} {}: {}", part.name, part.version, part.licence)?;
        for text in of_crate(&registry, part)? {
            texts.entry(text.trim_end().to_owned()).or_default().insert(format!("{} {}", part.name, part.version));
        }
    }
    for each in linked {
        writeln!(list, "{} {}: {}", each.name, each.version, each.licence)?;
        texts.entry(each.text.trim_end().to_owned()).or_default().insert(format!("{} {}", each.name, each.version));
    }
    let mut all =
        format!("Grantor is linked with these crates and libraries, each under the licence behind it.\n\n{list}");
    for (text, crates) in texts {
        let crates: Vec<String> = crates.into_iter().collect();
        write!(all, "\n{}\n{}\n\n{}\n", "=".repeat(80), crates.join(", "), text)?;
    }
    Ok(all)
}

/// The texts that a crate brings along; some bring none, and are under one that others have.
fn of_crate(registry: &[PathBuf], part: &Part) -> Result<Vec<String>> {
    let folder = format!("{}-{}", part.name, part.version);
    let place = registry.iter().map(|place| place.join(&folder)).find(|place| place.is_dir());
    let place =
        place.with_context(|| format!("the licence of {folder} is not told: cargo fetch brings its sources"))?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(&place)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let tells = |path: &&PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_uppercase()).unwrap_or_default();
        path.is_file() && ["LICEN", "COPYING", "NOTICE", "UNLICENSE"].iter().any(|begins| name.starts_with(begins))
    };
    let text = |path: &PathBuf| Some(String::from_utf8_lossy(&std::fs::read(path).ok()?).replace("\r\n", "\n"));
    Ok(files.iter().filter(tells).filter_map(text).collect())
}

/// Where cargo keeps the sources of crates.
fn registry() -> Result<Vec<PathBuf>> {
    let places = cargo_home()?.join("registry/src");
    let entries = std::fs::read_dir(&places).with_context(|| format!("cannot read {}", places.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

/// Every crate of the program, on every platform that it is made for, once and in order.
fn parts(root: &Path, lock: &str) -> Result<BTreeSet<Part>> {
    let mut command = Command::new("cargo");
    command.args(["tree", "--locked", "-p", "grantor", "-e", "normal", "--prefix", "none", "-f", "{p}|{l}"]);
    for target in TARGETS {
        command.args(["--target", target]);
    }
    let tree = printed(command.current_dir(root))?;
    let checksums = checksums(lock);
    Ok(tree.lines().filter_map(|line| part(line, &checksums)).collect())
}

/// `serde v1.0.228 (proc-macro)|MIT OR Apache-2.0`, with ` (*)` behind it where it was told before.
fn part(line: &str, checksums: &BTreeMap<String, String>) -> Option<Part> {
    let (package, licence) = line.split_once('|')?;
    let mut words = package.split_whitespace();
    let (name, version) = (words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned());
    let licence = licence.trim_end_matches(" (*)").replace('/', " OR ");
    let checksum = checksums.get(&key(&name, &version)).cloned();
    Some(Part { name, version, licence, checksum, kind: "cargo" })
}

fn checksums(lock: &str) -> BTreeMap<String, String> {
    let of = |block: &str| Some((own_key(block)?, value(block, "checksum")?.to_owned()));
    lock.split("[[package]]").filter_map(of).collect()
}

/// What each crate of the lock file needs. A name alone is there once.
fn needs(lock: &str) -> BTreeMap<String, Vec<String>> {
    let blocks = || lock.split("[[package]]");
    let alone: BTreeMap<&str, String> =
        blocks().filter_map(|block| Some((value(block, "name")?, own_key(block)?))).collect();
    let wanted = |line: &str| {
        let words = line.trim().trim_matches([',', '"']);
        let mut words = words.split(' ');
        let name = words.next()?;
        words.next().map_or_else(|| alone.get(name).cloned(), |version| Some(key(name, version)))
    };
    let of = |block: &str| {
        let list = block.split_once("dependencies = [").map_or("", |(_, rest)| rest);
        let list = list.split(']').next().unwrap_or_default();
        Some((own_key(block)?, list.lines().filter_map(wanted).collect()))
    };
    blocks().filter_map(of).collect()
}

fn own_key(block: &str) -> Option<String> {
    Some(key(value(block, "name")?, value(block, "version")?))
}

fn key(name: &str, version: &str) -> String {
    format!("{name} {version}")
}

fn value<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

/// A text of JSON (RFC 8259 §7).
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if u32::from(control) < 0x20 => out.extend(format!("\\u{:04x}", u32::from(control)).chars()),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

const TARGETS: [&str; 2] = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];

#[cfg(test)]
mod tests {
    use super::{Linked, Part, checksums, component, needs, part, quoted};

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"00ff\"\ndependencies = [\n \"b\",\n \
                        \"c 2.0.0\",\n]\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"c\"\nversion = \"1.0.0\"\n\n\
                        [[package]]\nname = \"c\"\nversion = \"2.0.0\"\n";

    #[test]
    fn the_lock_file_says_who_needs_whom() {
        let needs = needs(LOCK);
        assert_eq!(needs["a 1.0.0"], ["b 0.1.0", "c 2.0.0"]);
        assert!(needs["c 1.0.0"].is_empty());
        assert_eq!(checksums(LOCK).get("a 1.0.0").map(String::as_str), Some("00ff"));
    }

    #[test]
    fn a_line_of_the_tree_is_a_crate_whether_told_before_or_not() {
        let sums = checksums(LOCK);
        let first = part("a v1.0.0 (proc-macro)|MIT/Apache-2.0", &sums).unwrap();
        assert_eq!((first.licence.as_str(), first.checksum.as_deref()), ("MIT OR Apache-2.0", Some("00ff")));
        assert_eq!(part("a v1.0.0 (proc-macro)|MIT/Apache-2.0 (*)", &sums).unwrap(), first);
        assert_eq!(part("", &sums), None);
    }

    #[test]
    fn what_is_no_crate_is_a_part_as_well() {
        let text = String::new();
        let musl = Linked { name: "musl", version: "1.2.5".to_owned(), licence: "MIT", text };
        let told = component(&Part::beside(&musl));
        assert!(
            told.contains("\"purl\": \"pkg:generic/musl@1.2.5\", \"licenses\": [{\"expression\": \"MIT\"}]"),
            "{told}"
        );
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quoted("a\"b\\\n"), "\"a\\\"b\\\\\\u000a\"");
    }
}
