//! The crate in a project that is no part of this workspace. `cargo xtask test` has its tests in the workspace: what it is made of is built
//! anew for another one, which takes minutes.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{folder, printed};
use crate::steps::Tally;

/// The suite of the crate, of a project that names it by its path.
pub(crate) fn outside(root: &Path) -> Result<Tally> {
    let project = root.join("target/packages/rust");
    let tests = folder(&project.join("tests"))?;
    folder(&project.join("src"))?;
    let path = root.join("packages/rust");
    let described = PROJECT.replace("@PATH@", path.to_str().context("the path of the sources is UTF-8")?);
    std::fs::write(project.join("Cargo.toml"), described)?;
    std::fs::write(project.join("src/lib.rs"), "")?;
    std::fs::copy(path.join("tests/controls.rs"), tests.join("controls.rs"))?;
    // The same versions, which are here already.
    std::fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock"))?;
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--offline", "--test", "controls", "--", "--nocapture"]).current_dir(&project);
    let told = printed(cargo.env("CARGO_TARGET_DIR", crate::dev::target(root)))?;
    for (_, measured) in told.lines().filter_map(|line| line.split_once("first token after ")) {
        println!("crate: first token {measured} after the call");
    }
    Ok(Tally::ONE)
}

/// It is a workspace of its own, although it lies below another.
const PROJECT: &str = "\
[package]
name = \"project\"
version = \"0.0.0\"
edition = \"2024\"

[workspace]

[dev-dependencies]
grantor-testkit = { path = \"@PATH@\" }
reqwest = { version = \"0.13\", default-features = false, features = [\"json\"] }
serde_json = \"1\"
tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\", \"time\"] }
url = \"2\"
";
