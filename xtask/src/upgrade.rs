//! An older build and this one on one database, under load: what `clients/serving/upgrade.py` asserts about them.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};

use crate::dev::binary;
use crate::postgres::Cluster;
use crate::process::{folder, found, limited, printed, run as run_to_end};
use crate::steps::{Run, Tally};
use crate::tools::postgres_binaries;

/// The older build.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Older<'a> {
    /// A program.
    Binary(&'a str),
    /// What git knows it by: it is built.
    Revision(&'a str),
}

pub(crate) fn run(root: &Path, older: Older) -> ExitCode {
    let mut all = Run::new();
    let mut programs = None;
    all.step("two builds", |_| {
        let older = match older {
            Older::Binary(path) => std::path::absolute(path)?,
            Older::Revision(revision) => build(root, revision)?,
        };
        ensure!(older.is_file(), "{} is no program", older.display());
        run_to_end(Command::new("cargo").args(["build", "--bin", "grantor"]).current_dir(root))?;
        programs = Some((older, binary(root)?));
        Ok(Tally::ONE)
    });
    if let Some((older, newer)) = programs {
        all.step("upgrade under load", |all| walk(all, root, &older, &newer));
    }
    all.close()
}

fn walk(all: &mut Run, root: &Path, older: &Path, newer: &Path) -> Result<Tally> {
    let cluster = Cluster::start()?;
    let mut command = limited(600, "python3");
    command.arg("-B").arg(root.join("clients/serving/upgrade.py")).args([older, newer]).arg(cluster.url());
    // The client's programs are a package of their own, and need not lie beside the server's.
    let beside = postgres_binaries().map(|folder| folder.join("psql")).filter(|path| path.is_file());
    match beside.or_else(|| found("psql")) {
        Some(psql) => drop(command.arg(psql)),
        None => all.missing("a migration after both builds", "psql"),
    }
    print!("{}", printed(&mut command)?);
    Ok(Tally::ONE)
}

/// Built where nothing of this workspace is: to cargo the packages of both are the same ones. What was built of the dependencies before
/// is used again.
fn build(root: &Path, revision: &str) -> Result<PathBuf> {
    let named = format!("{revision}^{{tree}}");
    printed(Command::new("git").args(["rev-parse", "--verify", "--quiet", &named]).current_dir(root))
        .with_context(|| format!("git knows no revision {revision}"))?;
    let place = root.join("target/upgrade");
    let (sources, artefacts) = (place.join("sources"), place.join("target"));
    if sources.is_dir() {
        std::fs::remove_dir_all(&sources)?;
    }
    let sources = folder(&sources)?;
    let mut archive = Command::new("git")
        .args(["archive", "--format=tar", revision])
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start git")?;
    let tar = archive.stdout.take().context("the archive was asked for")?;
    // As new as they are here: cargo would take what it built of another revision for newer.
    let unpacked = run_to_end(Command::new("tar").arg("-xm").arg("-C").arg(&sources).stdin(tar));
    let archived = archive.wait()?;
    unpacked?;
    ensure!(archived.success(), "git archive ended with {archived}");
    let mut build = Command::new("cargo");
    build.args(["build", "--bin", "grantor", "--target-dir"]).arg(&artefacts).current_dir(&sources);
    run_to_end(build.env_remove("CARGO_TARGET_DIR"))?;
    std::fs::remove_dir_all(sources)?;
    Ok(artefacts.join("debug/grantor"))
}

#[cfg(test)]
mod tests {
    use super::build;
    use crate::workspace_root;

    #[test]
    fn a_revision_that_is_not_there_is_told() {
        let error = build(&workspace_root().unwrap(), "no-such-revision").unwrap_err();
        assert_eq!(error.to_string(), "git knows no revision no-such-revision");
    }
}
