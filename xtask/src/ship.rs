//! The binary that is shipped: linked against an old glibc, so that it starts on older distributions too, and looked at.
//!
//! A program needs the glibc whose versions of symbols it was linked with, which is that of the machine it was built on. Zig brings
//! the symbols of every glibc along; `cargo-zigbuild` links with it. Both come from PyPI, into a folder of the build.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{printed, run};

/// Builds it for the processor of this machine, and checks it.
pub(crate) fn build(root: &Path) -> Result<()> {
    let tools = tools(root)?;
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let path = std::env::var("PATH").context("PATH")?;
    let mut command = Command::new("cargo");
    command.args(["zigbuild", "--locked", "--profile", "dist", "-p", "grantor", "--target"]);
    command.arg(format!("{target}.{}.{}", OLDEST.0, OLDEST.1)).current_dir(root);
    run(command.env("PATH", format!("{}:{path}", tools.join("bin").display())))?;
    check(&program(root))
}

/// Where [`build`] puts it.
pub(crate) fn program(root: &Path) -> PathBuf {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    crate::dev::target(root).join(target).join("dist/grantor")
}

/// The newest glibc that a program asks for, whatever its processor; none where it is linked with all it needs.
pub(crate) fn newest(program: &Path) -> Result<Option<(u32, u32)>> {
    let table =
        printed(Command::new("readelf").args(["-W", "-V"]).arg(program)).context("binutils read the program")?;
    Ok(table.split_whitespace().filter_map(|word| version(word.strip_prefix("GLIBC_")?)).max())
}

/// Fails when the program needs a newer glibc than [`OLDEST`], with the symbols that do.
pub(crate) fn check(program: &Path) -> Result<()> {
    let table = printed(Command::new("objdump").arg("-T").arg(program)).context("binutils read the program")?;
    let needed = needed(&table);
    let late: Vec<String> = needed
        .iter()
        .filter(|(version, _)| *version > OLDEST)
        .map(|((major, minor), symbol)| format!("{symbol} of {major}.{minor}"))
        .collect();
    let (shown, (major, minor)) = (program.display(), OLDEST);
    ensure!(late.is_empty(), "{shown} needs a newer glibc than {major}.{minor}: {}", late.join(", "));
    let newest = needed.iter().map(|(version, _)| *version).max();
    let (major, minor) = newest.with_context(|| format!("{shown} names no glibc at all"))?;
    let version = printed(Command::new(program).arg("version"))?;
    println!("{shown}: {}, starts with glibc {major}.{minor} and later", version.trim());
    Ok(())
}

/// Every symbol of glibc that a program takes from outside, with its version.
fn needed(table: &str) -> Vec<((u32, u32), String)> {
    let line = |line: &str| {
        let (_, rest) = line.split_once("GLIBC_")?;
        let (version, symbol) = rest.split_once(')').or_else(|| rest.split_once(char::is_whitespace))?;
        Some((self::version(version)?, symbol.trim().to_owned()))
    };
    table.lines().filter(|line| line.contains("*UND*")).filter_map(line).collect()
}

/// `2.17`, and `2.2.5` as 2.2.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.').map(str::parse::<u32>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// `cargo-zigbuild` and Zig.
fn tools(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/ship");
    if !folder.join("bin/cargo-zigbuild").is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        run(Command::new(folder.join("bin/pip")).args(["install", "-q"]).args(PACKAGES))?;
    }
    Ok(folder)
}

/// What Rust itself wants at least: RHEL 7; Amazon Linux 2 has 2.26, RHEL 8 2.28, Debian 11 2.31.
const OLDEST: (u32, u32) = (2, 17);
const PACKAGES: [&str; 2] = ["cargo-zigbuild==0.24.0", "ziglang==0.15.2"];

#[cfg(test)]
mod tests {
    use super::needed;

    #[test]
    fn versions_are_read_of_what_is_undefined() {
        let table = "\
0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.34) pthread_create
0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.2.5) write
0000000000000000  w   DF *UND*\t0000000000000000  GLIBC_2.30  gettid
0000000000000000      DF *UND*\t0000000000000000 (GCC_3.0) _Unwind_Resume
00000000005c0ea0 g    DF .text\t000000000000001a  Base        own
";
        let named = |version, symbol: &str| (version, symbol.to_owned());
        assert_eq!(needed(table), [named((2, 34), "pthread_create"), named((2, 2), "write"), named((2, 30), "gettid")]);
    }
}
