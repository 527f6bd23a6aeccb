//! Simulated runs: as many as a stretch of time holds, or one told line by line.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::run;
use crate::steps::Tally;

/// Hands on `--seed N` or `--minutes M`.
pub(crate) fn simulate(root: &Path, arguments: &[&str]) -> Result<Tally> {
    let program = ["run", "--quiet", "-p", "grantor-simulation", "--bin", "simulate", "--"];
    run(Command::new("cargo").args(program).args(arguments).current_dir(root))?;
    Ok(Tally::ONE)
}
