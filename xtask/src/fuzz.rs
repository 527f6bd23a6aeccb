//! The fuzz targets: built in every whole run where a nightly toolchain is present, run for a while on demand.
//!
//! Built with the coverage that libFuzzer reads and without `cargo-fuzz`, which would be one more thing to install.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{folder, printed, run as run_to_end};
use crate::steps::{Run, Tally};

/// Builds every target, or says that there is no nightly: the targets are for machines that have one.
pub(crate) fn build_where_possible(all: &mut Run, root: &Path) -> Result<Tally> {
    if !root.join("fuzz/Cargo.toml").is_file() {
        all.not_run("fuzz targets", "this checkout has none");
        return Ok(Tally::default());
    }
    if !has_nightly() {
        all.not_run("fuzz targets", "no nightly toolchain");
        return Ok(Tally::default());
    }
    build(root)?;
    Ok(Tally::ONE)
}

/// Runs each target for so many seconds, its corpus kept in `fuzz/corpus`.
pub(crate) fn run(root: &Path, seconds: u32) -> Result<()> {
    ensure!(has_nightly(), "fuzzing needs a nightly toolchain: `rustup toolchain install nightly`");
    build(root)?;
    let targets = targets(root)?;
    for target in &targets {
        println!("\n=== {target}, {seconds} s");
        let corpus = folder(&root.join("fuzz/corpus").join(target))?;
        let findings = folder(&root.join("fuzz/artifacts").join(target))?;
        let binary = root.join("fuzz/target").join(TRIPLE).join("release").join(target);
        run_to_end(
            Command::new(binary)
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-artifact_prefix={}/", findings.display()))
                .args(["-timeout=5", "-rss_limit_mb=2048", "-print_final_stats=1"])
                .arg(corpus)
                // Committed inputs; what is found in addition goes to the first folder.
                .arg(folder(&root.join("fuzz/seeds").join(target))?),
        )
        .with_context(|| format!("{target} found something; the input lies in {}", findings.display()))?;
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
            .env_remove("RUSTUP_TOOLCHAIN")
            .current_dir(root.join("fuzz")),
    )
}

/// The names of the `[[bin]]` sections.
fn targets(root: &Path) -> Result<Vec<String>> {
    let manifest = std::fs::read_to_string(root.join("fuzz/Cargo.toml"))?;
    let sections = manifest.split("[[bin]]").skip(1);
    let names = sections.filter_map(|section| {
        let line = section.lines().find(|line| line.trim_start().starts_with("name"))?;
        Some(line.split('"').nth(1)?.to_owned())
    });
    Ok(names.collect())
}

fn has_nightly() -> bool {
    printed(Command::new("rustup").args(["run", "nightly", "rustc", "--version"])).is_ok()
}

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// What `cargo fuzz build --sanitizer none` passes: inline counters, compared values, and the names of covered places.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                        -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1";
