//! The program that is shipped: one file that is linked with all it needs, for each processor, the same wherever it is built.
//!
//! Zig compiles what is C for any processor, and `cargo-zigbuild` tells cargo so; both come from PyPI, into a folder of the build. Rust brings
//! musl and a linker. So nothing of the machine gets in (docs/adr/0064-the-program-that-is-shipped.md).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::dev::cargo_home;
use crate::dist::TAR_TIME;
use crate::process::{found, printed, run};

mod attempt;
mod linked;
mod look;
pub(crate) mod reproduce;

pub(crate) use attempt::starter;
pub(crate) use linked::{Linked, linked};
pub(crate) use look::{check, newest};

/// As Rust says them.
pub(crate) const PROCESSORS: [&str; 2] = ["x86_64", "aarch64"];

/// `cargo xtask ship [--processor NAME]`: for this one, or for each that there is.
pub(crate) fn command(root: &Path, words: &[&str]) -> Result<()> {
    let wanted = match words {
        [] => PROCESSORS.to_vec(),
        ["--processor", name] => vec![known(name)?],
        _ => bail!("unknown words: {}", words.join(" ")),
    };
    wanted.into_iter().try_for_each(|processor| build(root, processor).map(drop))
}

/// The processor of this name.
pub(crate) fn known(name: &str) -> Result<&'static str> {
    let found = PROCESSORS.into_iter().find(|processor| *processor == name);
    found.with_context(|| format!("{name} is none of {}", PROCESSORS.join(", ")))
}

/// Builds it, looks at it and starts it, if anything here starts programs of that processor; says where it is.
pub(crate) fn build(root: &Path, processor: &str) -> Result<PathBuf> {
    let began = Instant::now();
    let program = compile(root, &std::path::absolute(crate::dev::target(root))?, processor)?;
    println!("{}: built in {} s", program.display(), began.elapsed().as_secs());
    check(&program)?;
    attempt::attempt(&program, processor)?;
    Ok(program)
}

/// Builds these sources into this folder of cargo's.
fn compile(sources: &Path, target: &Path, processor: &str) -> Result<PathBuf> {
    let tools = tools(sources)?;
    let platform = format!("{processor}-unknown-linux-musl");
    let own = standard_library(sources, &platform)?;
    let mut command = Command::new(tools.join("bin/cargo-zigbuild"));
    command.args([
        "rustc",
        "--locked",
        "--profile",
        "dist",
        "-p",
        "grantor",
        "--bin",
        "grantor",
        "--target",
        &platform,
    ]);
    command.arg("--").args(linking(&own.join("self-contained"), &sources.join(crate::order::SCRIPT)));
    for name in OF_THE_MACHINE {
        command.env_remove(name);
    }
    let places = places(sources, target)?;
    // Of the host as well: it is a build script that is compiled with them, and harmless.
    let compiler = flags("-ffile-prefix-map=", &places).join(" ");
    command.env("CFLAGS", &compiler).env("CXXFLAGS", &compiler);
    command.env("CARGO_ENCODED_RUSTFLAGS", flags("--remap-path-prefix=", &places).join("\u{1f}"));
    // mimalloc says when it was compiled, and would say of each build something else.
    command.env("SOURCE_DATE_EPOCH", TAR_TIME.to_string());
    // What others compiled with these tools, from other paths, is not taken.
    command.env("ZIG_GLOBAL_CACHE_DIR", target.join("zig")).env("CARGO_ZIGBUILD_CACHE_DIR", target.join("zigbuild"));
    command.env("CARGO_TARGET_DIR", target).env("PATH", path(&tools)?);
    run(command.current_dir(sources))?;
    Ok(target.join(platform).join("dist/grantor"))
}

/// Folders whose names would get into the program by messages of panics and assertions, and what stands there in their place.
fn places(sources: &Path, target: &Path) -> Result<Vec<(PathBuf, String)>> {
    let rust = |words: &[&str]| printed(Command::new("rustc").args(words).current_dir(sources));
    let told = rust(&["--version", "--verbose"])?;
    let commit = told.lines().find_map(|line| line.strip_prefix("commit-hash: ")).context("rustc tells no commit")?;
    let library = Path::new(rust(&["--print", "sysroot"])?.trim()).join("lib/rustlib/src/rust");
    // The last that fits is taken: the folder of the build often lies in the sources.
    Ok(vec![
        (sources.to_path_buf(), "/grantor".to_owned()),
        (target.to_path_buf(), "/build".to_owned()),
        (cargo_home()?, "/cargo".to_owned()),
        (library, format!("/rustc/{commit}")),
    ])
}

fn flags(option: &str, places: &[(PathBuf, String)]) -> Vec<String> {
    places.iter().map(|(from, to)| format!("{option}{}={to}", from.display())).collect()
}

/// How the program is linked: by Rust's linker with Rust's musl, wherever it is loaded, and with the names of its functions.
///
/// Zig as a linker strips those names, and places the program where everybody knows; so does Rust, for ARM. What a program that is
/// placed anywhere begins with (`rcrt1.o`) is therefore named here. What such a program corrects when it is placed is written as briefly as
/// may be, for it is read by every start, and so is where the functions of a start lie.
fn linking(musl: &Path, order: &Path) -> Vec<String> {
    let (musl, order) = (musl.display(), order.display());
    let mut words: Vec<String> =
        ["-Clinker=rust-lld", "-Clinker-flavor=ld.lld", "-Clink-self-contained=no", "-Crelocation-model=pie"]
            .map(str::to_owned)
            .to_vec();
    words.push(format!("-Lnative={musl}"));
    let options = ["-pie", "-static", "--no-dynamic-linker", "-ztext", "--pack-dyn-relocs=relr"];
    words.extend(options.map(|word| format!("-Clink-arg={word}")));
    words.extend(["-Clink-arg=-T".to_owned(), format!("-Clink-arg={order}")]);
    words.extend(["rcrt1.o", "crti.o", "crtn.o"].map(|object| format!("-Clink-arg={musl}/{object}")));
    words
}

/// The folder of what is of Rust's own for that platform; rustup has it.
fn standard_library(sources: &Path, platform: &str) -> Result<PathBuf> {
    let mut command = Command::new("rustc");
    let folder = printed(command.args(["--print", "target-libdir", "--target", platform]).current_dir(sources))?;
    let folder = PathBuf::from(folder.trim());
    if !folder.is_dir() {
        let rustup = found("rustup");
        ensure!(rustup.is_some(), "Rust's library for {platform} is not here, nor rustup that brings it");
        run(Command::new("rustup").args(["target", "add", platform]).current_dir(sources))?;
    }
    Ok(folder)
}

/// The tools before everything else.
fn path(tools: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").context("PATH")?;
    Ok(std::env::join_paths(std::iter::once(tools.join("bin")).chain(std::env::split_paths(&path)))?)
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

const PACKAGES: [&str; 2] = ["cargo-zigbuild==0.24.0", "ziglang==0.15.2"];
/// What would make another program of the same sources.
const OF_THE_MACHINE: [&str; 6] =
    ["RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_PROFILE_DEV_DEBUG", "CC", "CXX", "RUSTC_WRAPPER"];

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{flags, known, linking};

    #[test]
    fn every_place_is_named_otherwise() {
        let places = [(PathBuf::from("/a b"), "/x".to_owned()), (PathBuf::from("/c"), "/y".to_owned())];
        assert_eq!(
            flags("--remap-path-prefix=", &places),
            ["--remap-path-prefix=/a b=/x", "--remap-path-prefix=/c=/y"]
        );
    }

    /// Whoever knows where a program lies has it easier to misuse it.
    #[test]
    fn a_program_is_placed_anywhere_and_needs_nothing() {
        let words = linking(Path::new("/musl"), Path::new("/order"));
        for word in ["-Crelocation-model=pie", "-Clink-arg=-pie", "-Clink-arg=-static", "-Clink-arg=/musl/rcrt1.o"] {
            assert!(words.iter().any(|each| each == word), "{word} is none of {words:?}");
        }
    }

    #[test]
    fn a_processor_is_called_as_rust_calls_it() {
        assert_eq!(known("aarch64").unwrap(), "aarch64");
        assert!(known("arm64").unwrap_err().to_string().contains("x86_64, aarch64"));
    }
}
