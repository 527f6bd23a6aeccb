//! Pictures of the pages as people see them, taken from a running `grantor dev` with Chromium.

use std::path::Path;

use anyhow::{Context, Result};

use crate::dev::{Dev, build};
use crate::packages::Packages;
use crate::process::{folder, run};
use crate::tools::chromium;

pub(crate) fn take(root: &Path) -> Result<()> {
    build(root, "grantor")?;
    let packages = Packages::places(root);
    packages.python(root)?;
    packages.node(root)?;
    let browser = chromium().context("Chromium is not installed")?;
    let dev = Dev::start(root)?;
    let mut command = packages.command("node");
    command.arg(root.join("clients/node/screenshots.mjs")).arg(folder(&root.join("docs/screenshots"))?);
    run(command.envs(dev.variables.iter().cloned()).env("CHROMIUM", browser))
}
