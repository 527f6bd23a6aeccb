//! The model checker, deeper than the tests go (docs/spec/model.md).

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::dev::build;
use crate::process::run;
use crate::steps::Tally;

/// Explores what `names` begin, or all; then shows every planted fault with the shortest way to what it breaks.
pub(crate) fn explore(root: &Path, names: &[&str]) -> Result<Tally> {
    checker(root, "deep", names)?;
    checker(root, "faults", names)
}

/// As much of it as a whole run has time for, and of each scenario at least what the tests see. Every planted fault is found by the tests.
pub(crate) fn explore_for_a_while(root: &Path) -> Result<Tally> {
    checker(root, "deep", &[&format!("seconds={SECONDS}")])
}

/// In the build that the tests have, where the checker itself is optimized.
fn checker(root: &Path, what: &str, names: &[&str]) -> Result<Tally> {
    run(Command::new(build(root, "model")?).arg(what).args(names).current_dir(root))?;
    Ok(Tally::ONE)
}

const SECONDS: u32 = 120;
