//! `grantor serve` as running processes, on SQLite and on PostgreSQL: what `clients/serving` asserts about them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::dev::{binary, build, release};
use crate::postgres::Cluster;
use crate::process::{folder, limited, printed, random_hex, run as run_to_end};
use crate::steps::{Run, Tally};

/// Runs the walk once for each database; each counts as one passed test.
pub(crate) fn run_all(all: &mut Run, root: &Path, missing: &[&str]) -> Result<Tally> {
    let scratch = folder(&root.join("target/clients").join(format!("serving-{}", random_hex(4)?)))?;
    let sqlite = format!("sqlite:{}", scratch.join("grantor.db").display());
    account(all, "serve on SQLite", walk(root, &sqlite));
    let crashes = format!("sqlite:{}", scratch.join("crash.db").display());
    account(all, "kill -9 on SQLite", killed(root, &crashes, FEW).and_then(|mut command| printed(&mut command)));
    if missing.contains(&POSTGRES) {
        all.missing("serve on PostgreSQL", POSTGRES);
    } else {
        let cluster = Cluster::start()?;
        account(all, "serve on PostgreSQL, two processes", walk(root, &cluster.url()));
        let cluster = Cluster::start()?;
        account(
            all,
            "kill -9 on PostgreSQL",
            killed(root, &cluster.url(), FEW).and_then(|mut command| printed(&mut command)),
        );
    }
    std::fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
    Ok(Tally::default())
}

/// Kills the debug build so many times on each database (docs/spec/crash.md).
pub(crate) fn crash(root: &Path, rounds: u32) -> Result<()> {
    build(root, "grantor")?;
    let scratch = folder(&root.join("target/clients").join(format!("crash-{}", random_hex(4)?)))?;
    let cluster = Cluster::start()?;
    for database in [format!("sqlite:{}", scratch.join("grantor.db").display()), cluster.url()] {
        run_to_end(&mut killed(root, &database, rounds)?)?;
    }
    std::fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))
}

fn killed(root: &Path, database: &str, rounds: u32) -> Result<Command> {
    let mut command = limited(120 + 20 * rounds, "python3");
    command
        .arg("-B")
        .arg(root.join("clients/serving/crash.py"))
        .arg(binary(root)?)
        .arg(database)
        .arg(rounds.to_string());
    Ok(command)
}

/// Measures a release build on SQLite and on PostgreSQL. It is a measurement and no test: it wants a machine that does nothing else.
pub(crate) fn time_refusals(root: &Path) -> Result<()> {
    run_to_end(Command::new("cargo").args(["build", "--release", "--bin", "grantor"]).current_dir(root))?;
    let scratch = folder(&root.join("target/clients").join(format!("timing-{}", random_hex(4)?)))?;
    let cluster = Cluster::start()?;
    for database in [format!("sqlite:{}", scratch.join("grantor.db").display()), cluster.url()] {
        let mut command = limited(300, "python3");
        command.arg("-B").arg(root.join("clients/serving/timing.py")).arg(release(root)?).arg(database);
        run_to_end(&mut command)?;
    }
    std::fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))
}

fn account(all: &mut Run, name: &str, outcome: Result<String>) {
    match outcome {
        Ok(lines) => {
            print!("{lines}");
            all.pass(name);
        }
        Err(error) => all.fail(name, &format!("{error:#}")),
    }
}

fn walk(root: &Path, database: &str) -> Result<String> {
    let mut command = limited(300, "python3");
    command.arg("-B").arg(root.join("clients/serving/walk.py")).arg(binary(root)?).arg(database);
    printed(&mut command)
}

/// Rounds in a whole run: that it works, not that it holds for ever.
const FEW: u32 = 5;
pub(crate) const POSTGRES: &str = "PostgreSQL server";
