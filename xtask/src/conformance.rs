//! The OpenID Foundation's conformance suite against a release build. The suite runs already, where its operator started it.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::run;

/// Builds for release and hands on the arguments (docs/reference/conformance.md).
pub(crate) fn run_plans(root: &Path, arguments: &[&str]) -> Result<()> {
    run(Command::new("cargo").args(["build", "--release", "--bin", "grantor"]).current_dir(root))?;
    let program = ["run", "--quiet", "-p", "grantor-conformance", "--bin", "conformance", "--"];
    run(Command::new("cargo").args(program).args(arguments).current_dir(root))
}
