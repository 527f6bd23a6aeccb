//! What a program needs of the machine it is to run on, read of its file, whatever its processor.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::printed;

/// The newest glibc that a program asks for, whatever its processor; none where it is linked with all it needs.
pub(crate) fn newest(program: &Path) -> Result<Option<(u32, u32)>> {
    let table =
        printed(Command::new("readelf").args(["-W", "-V"]).arg(program)).context("binutils read the program")?;
    Ok(table.split_whitespace().filter_map(|word| version(word.strip_prefix("GLIBC_")?)).max())
}

/// Fails when the program needs libraries and among them a newer glibc than [`OLDEST`], with the symbols that do.
pub(crate) fn check(program: &Path) -> Result<()> {
    let read = |words: &[&str]| {
        printed(Command::new("readelf").arg("-W").args(words).arg(program)).context("binutils read the program")
    };
    let shown = program.display();
    if libraries(&read(&["-d"])?).is_empty() && !read(&["-l"])?.contains("INTERP") {
        // ET_DYN of ELF: it has no place of its own.
        let placed = if read(&["-h"])?.contains("DYN (") { "is placed anywhere" } else { "has its place" };
        let size = std::fs::metadata(program)?.len() / 1000;
        println!("{shown}: {size} KB, linked with all it needs, {placed}");
        return Ok(());
    }
    let needed = needed(&read(&["--dyn-syms"])?);
    let late: Vec<String> = needed
        .iter()
        .filter(|(version, _)| *version > OLDEST)
        .map(|((major, minor), symbol)| format!("{symbol} of {major}.{minor}"))
        .collect();
    let (major, minor) = OLDEST;
    ensure!(late.is_empty(), "{shown} needs a newer glibc than {major}.{minor}: {}", late.join(", "));
    let newest = newest(program)?.with_context(|| format!("{shown} needs libraries, and names no glibc at all"))?;
    let (major, minor) = newest;
    ensure!(newest <= OLDEST, "{shown} needs glibc {major}.{minor}, which reads its list of addresses (DT_RELR)");
    println!("{shown}: starts with glibc {major}.{minor} and later");
    Ok(())
}

/// The shared libraries that it names.
fn libraries(table: &str) -> Vec<&str> {
    let named = |line: &'_ str| line.split_once("(NEEDED)").is_some();
    table.lines().filter(|line| named(line)).filter_map(|line| line.split_once('[')?.1.split(']').next()).collect()
}

/// Every symbol of glibc that a program takes from outside, with its version: `name@GLIBC_2.17 (3)`, the last of its line.
fn needed(table: &str) -> Vec<((u32, u32), String)> {
    let line = |line: &str| {
        let (symbol, version) = line.split_once("@GLIBC_")?;
        let symbol = symbol.trim_end_matches('@').split_whitespace().last()?;
        Some((self::version(version.split_whitespace().next()?)?, symbol.to_owned()))
    };
    table.lines().filter(|line| line.contains(" UND ")).filter_map(line).collect()
}

/// `2.17`, and `2.2.5` as 2.2. What reads the brief list of addresses came with 2.36.
fn version(text: &str) -> Option<(u32, u32)> {
    if text == "ABI_DT_RELR" {
        return Some((2, 36));
    }
    let mut numbers = text.split('.').map(str::parse::<u32>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// What Rust itself wants at least: RHEL 7; Amazon Linux 2 has 2.26, RHEL 8 2.28, Debian 11 2.31.
const OLDEST: (u32, u32) = (2, 17);

#[cfg(test)]
mod tests {
    use super::{libraries, needed, version};

    #[test]
    fn versions_are_read_of_what_is_undefined() {
        let table = "\
     1: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND pthread_create@GLIBC_2.34 (2)
     2: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND write@GLIBC_2.2.5 (3)
     3: 0000000000000000     0 NOTYPE  WEAK   DEFAULT  UND gettid@GLIBC_2.30 (4)
     4: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND _Unwind_Resume@GCC_3.0 (5)
     5: 00000000005c0ea0    26 FUNC    GLOBAL DEFAULT   12 own
";
        let named = |version, symbol: &str| (version, symbol.to_owned());
        assert_eq!(version("ABI_DT_RELR"), Some((2, 36)));
        assert_eq!(needed(table), [named((2, 34), "pthread_create"), named((2, 2), "write"), named((2, 30), "gettid")]);
    }

    #[test]
    fn libraries_are_those_that_are_named() {
        let table = "\
 0x0000000000000001 (NEEDED)             Shared library: [libgcc_s.so.1]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000000000000c (INIT)               0x1000
";
        assert_eq!(libraries(table), ["libgcc_s.so.1", "libc.so.6"]);
        assert!(libraries("There is no dynamic section in this file.").is_empty());
    }
}
