//! The fuzz targets: given their seeds in every whole run, run for a while on demand.
//!
//! A whole run builds them like the tests, most of which is built then already, and without coverage, which seeds do not need. To
//! fuzz they are built with the coverage that libFuzzer reads, by a nightly toolchain, and without `cargo-fuzz`, which would be
//! one more thing to install.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::process::{folder, printed, run as run_to_end};
use crate::steps::{Run, Tally};

/// A target and the program that drives it.
struct Target {
    name: String,
    program: String,
}

/// Builds every target and gives it its seeds, each once.
pub(crate) fn replay(all: &mut Run, root: &Path) -> Result<Tally> {
    if !root.join("fuzz/Cargo.toml").is_file() {
        all.not_run("fuzz targets", "this checkout has none");
        return Ok(Tally::default());
    }
    let targets = written(root)?;
    documented(root, &targets)?;
    let place = root.join("target");
    run_to_end(
        Command::new("cargo").args(["build", "--bins"]).env("CARGO_TARGET_DIR", &place).current_dir(root.join("fuzz")),
    )?;
    for target in &targets {
        match printed(drive(root, target, &place.join("debug")).arg("-timeout=60").args(kept_small(root, target)?)) {
            Ok(_) => all.pass(&format!("fuzz target {}", target.name)),
            Err(error) => all.fail(&format!("fuzz target {}", target.name), &format!("{error:#}")),
        }
    }
    Ok(Tally::ONE)
}

/// Runs the named targets, or all, for so many seconds each, their corpus kept in `fuzz/corpus`.
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<()> {
    ensure!(has_nightly(), "fuzzing needs a nightly toolchain: `rustup toolchain install nightly`");
    let (seconds, names) = match words {
        ["--seconds", seconds, names @ ..] => (seconds.parse().context("--seconds wants a number")?, names),
        names => (SECONDS, names),
    };
    let mut targets = written(root)?;
    if let Some(unknown) = names.iter().find(|name| !targets.iter().any(|target| target.name == **name)) {
        bail!("there is no target {unknown}");
    }
    targets.retain(|target| names.is_empty() || names.contains(&target.name.as_str()));
    build(root)?;
    for target in &targets {
        println!("\n=== {}, {seconds} s", target.name);
        let corpus = folder(&root.join("fuzz/corpus").join(&target.name))?;
        let findings = folder(&root.join("fuzz/artifacts").join(&target.name))?;
        run_to_end(
            drive(root, target, &root.join("fuzz/target").join(TRIPLE).join("release"))
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-artifact_prefix={}/", findings.display()))
                .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
                .arg(corpus)
                // Committed inputs; what is found in addition goes to the first folder.
                .arg(seeds(root, target)),
        )
        .with_context(|| format!("{} found something; the input lies in {}", target.name, findings.display()))?;
    }
    println!("{} targets, nothing found", targets.len());
    Ok(())
}

fn build(root: &Path) -> Result<()> {
    run_to_end(
        Command::new("rustup")
            .args(["run", "nightly", "cargo", "build", "--release", "--bins", "--target", TRIPLE])
            .env("RUSTFLAGS", COVERAGE)
            .env("CARGO_TARGET_DIR", root.join("fuzz/target"))
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTUP_TOOLCHAIN")
            .current_dir(root.join("fuzz")),
    )
}

/// The targets as the programs list them in `targets!`.
fn written(root: &Path) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(root.join("fuzz/src/bin"))? {
        let source = entry?.path();
        let text = std::fs::read_to_string(source.join("main.rs"))?;
        let (_, list) = text.split_once("targets! {").context("a program lists its targets")?;
        let list = list.split('}').next().unwrap_or_default();
        let name = source.file_name().context("a program has a name")?;
        let program = name.to_string_lossy();
        targets
            .extend(list.split_whitespace().map(|name| Target { name: name.to_owned(), program: program.to_string() }));
    }
    targets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(targets)
}

/// `docs/spec/fuzz.md` says of each target what it drives, and of no other.
fn documented(root: &Path, targets: &[Target]) -> Result<()> {
    let text = std::fs::read_to_string(root.join(DOCUMENT))?;
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut rows: Vec<&str> = rows.collect();
    rows.sort_unstable();
    rows.dedup();
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let odd =
        |one: &[&str], other: &[&str]| one.iter().find(|name| !other.contains(name)).map(|name| (*name).to_owned());
    match (odd(&names, &rows), odd(&rows, &names)) {
        (Some(name), _) => bail!("{DOCUMENT} does not name the target {name}"),
        (_, Some(name)) => bail!("{DOCUMENT} names {name}, which is no target"),
        (None, None) => Ok(()),
    }
}

/// The files of a target's seeds. They stay few and small: a corpus is found again, a seed only shows the way.
fn kept_small(root: &Path, target: &Target) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(seeds(root, target)).with_context(|| format!("no seeds of {}", target.name))?;
    let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    let bytes = files.iter().map(|file| Ok(file.metadata()?.len())).sum::<Result<u64>>()?;
    let small = (1..=50).contains(&files.len()) && bytes <= 200_000;
    ensure!(small, "the seeds of {} are {} files of {bytes} bytes", target.name, files.len());
    Ok(files)
}

fn drive(root: &Path, target: &Target, programs: &Path) -> Command {
    let mut command = Command::new(programs.join(&target.program));
    command.env("FUZZ_TARGET", &target.name).stdin(Stdio::null()).current_dir(root.join("fuzz"));
    command
}

fn seeds(root: &Path, target: &Target) -> PathBuf {
    root.join("fuzz/seeds").join(&target.name)
}

fn has_nightly() -> bool {
    printed(Command::new("rustup").args(["run", "nightly", "rustc", "--version"])).is_ok()
}

const DOCUMENT: &str = "docs/spec/fuzz.md";
const SECONDS: u32 = 60;
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// What `cargo fuzz build --sanitizer none` passes: inline counters, compared values, and the names of covered places.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                        -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1";
