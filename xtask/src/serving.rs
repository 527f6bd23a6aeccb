//! `grantor serve` as running processes, on SQLite and on PostgreSQL: what `clients/serving` asserts about them.

use std::path::Path;

use anyhow::{Context, Result};

use crate::dev::binary;
use crate::postgres::Cluster;
use crate::process::{folder, limited, printed, random_hex};
use crate::steps::{Run, Tally};

/// Runs the walk once for each database; each counts as one passed test.
pub(crate) fn run_all(all: &mut Run, root: &Path, missing: &[&str]) -> Result<Tally> {
    let scratch = folder(&root.join("target/clients").join(format!("serving-{}", random_hex(4)?)))?;
    let sqlite = format!("sqlite:{}", scratch.join("grantor.db").display());
    account(all, "serve on SQLite", walk(root, &sqlite));
    if missing.contains(&POSTGRES) {
        all.missing("serve on PostgreSQL", POSTGRES);
    } else {
        let cluster = Cluster::start()?;
        account(all, "serve on PostgreSQL, two processes", walk(root, &cluster.url()));
    }
    std::fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
    Ok(Tally::default())
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

pub(crate) const POSTGRES: &str = "PostgreSQL server";
