//! Two builds of what is committed, in two places, are the same file: nothing of the place, the time or the machine's settings is in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::{compile, known};
use crate::process::{folder, printed, run};

/// `cargo xtask reproduce [--processor NAME]`: of this machine's, unless another is named.
pub(crate) fn command(root: &Path, words: &[&str]) -> Result<()> {
    let processor = match words {
        [] => known(std::env::consts::ARCH)?,
        ["--processor", name] => known(name)?,
        _ => bail!("unknown words: {}", words.join(" ")),
    };
    let scratch = std::path::absolute(crate::dev::target(root))?.join("reproduce");
    // Of unlike lengths, so that a path which got in moves what is behind it.
    let places = [("first", "build"), ("second/and-deeper", "of-another-name")];
    // Asked for once: somebody may commit meanwhile.
    let commit = printed(Command::new("git").args(["rev-parse", "HEAD"]).current_dir(root))?;
    let mut programs = Vec::new();
    for (place, target) in places {
        programs.push(built((root, commit.trim()), &scratch.join(place), target, processor)?);
    }
    let [one, other] = [&programs[0], &programs[1]].map(std::fs::read);
    let hash = printed(Command::new("sha256sum").arg(&programs[0]))?;
    let differences = differences(&one?, &other?);
    if !differences.is_empty() {
        let places = programs.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ");
        bail!("{places} differ:\n  {}", differences.join("\n  "));
    }
    println!("two builds in two places, one file: {}", hash.split_whitespace().next().unwrap_or_default());
    std::fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))
}

/// A commit is built in a clone, with tools and all else of its own; of that nothing stays but the program.
fn built((root, commit): (&Path, &str), place: &Path, target: &str, processor: &str) -> Result<PathBuf> {
    let _ = std::fs::remove_dir_all(place);
    let (sources, target) = (folder(place)?.join("sources"), place.join(target));
    run(Command::new("git").args(["clone", "--quiet", "--shared", "--no-checkout"]).arg(root).arg(&sources))?;
    run(Command::new("git").args(["checkout", "--quiet", "--detach", commit]).current_dir(&sources))?;
    let began = Instant::now();
    let program = place.join("grantor");
    std::fs::copy(compile(&sources, &target, processor)?, &program)?;
    println!("{}: {commit} in {} s", program.display(), began.elapsed().as_secs());
    for folder in [sources, target] {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(program)
}

/// In what two files differ; in nothing where they are the same. Texts tell most of what got in.
fn differences(one: &[u8], other: &[u8]) -> Vec<String> {
    if one == other {
        return Vec::new();
    }
    let mut told = Vec::new();
    if one.len() == other.len() {
        let unlike = one.iter().zip(other).filter(|(a, b)| a != b).count();
        told.push(format!("{unlike} of {} octets", one.len()));
    } else {
        told.push(format!("{} and {} octets", one.len(), other.len()));
    }
    if let Some(at) = one.iter().zip(other).position(|(a, b)| a != b) {
        told.push(format!("from octet {at} on"));
    }
    let (first, second) = (texts(one), texts(other));
    let only = |own: &BTreeSet<&str>, others: &BTreeSet<&str>, name: &str| {
        let shown = own.difference(others).take(SHOWN).map(|text| format!("only in the {name}: {text}"));
        shown.collect::<Vec<_>>()
    };
    told.extend(only(&first, &second, "first"));
    told.extend(only(&second, &first, "second"));
    told
}

/// Runs of printable characters, as `strings` shows them.
fn texts(content: &[u8]) -> BTreeSet<&str> {
    let runs = content.split(|octet| !matches!(octet, b' '..=b'~'));
    runs.filter(|run| run.len() >= LEAST).filter_map(|run| std::str::from_utf8(run).ok()).collect()
}

const LEAST: usize = 8;
const SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn what_is_the_same_differs_in_nothing() {
        assert!(differences(b"\x7fELF\0/grantor/a.rs\0", b"\x7fELF\0/grantor/a.rs\0").is_empty());
    }

    #[test]
    fn a_path_that_got_in_is_told() {
        let told = differences(b"\x7fELF\0/home/one/a.rs\0same text\0", b"\x7fELF\0/home/two/a.rs\0same text\0");
        let expected = [
            "3 of 30 octets",
            "from octet 11 on",
            "only in the first: /home/one/a.rs",
            "only in the second: /home/two/a.rs",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn another_length_is_told() {
        assert_eq!(differences(b"a", b"ab"), ["1 and 2 octets"]);
    }
}
