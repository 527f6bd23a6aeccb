//! The benchmarks: `bench/run` against a release build, on loopback.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::run as run_to_end;

pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    let program = root.join("bench/run");
    ensure!(program.is_file(), "{} is not there", program.display());
    run_to_end(Command::new("cargo").args(["build", "--release", "--bin", "grantor"]).current_dir(root))?;
    run_to_end(Command::new(program).args(arguments).current_dir(root))
}
