//! Simulated runs: as many as a stretch of time holds, or one told line by line.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::dev::build;
use crate::process::run;
use crate::steps::Tally;

/// Hands on `--seed N` or `--minutes M`.
pub(crate) fn simulate(root: &Path, arguments: &[&str]) -> Result<Tally> {
    run(Command::new(build(root, "simulate")?).args(arguments).current_dir(root))?;
    Ok(Tally::ONE)
}
