//! What a developer runs: decides nothing about the server, only how it is tested, measured and documented.

#![expect(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

mod bench;
mod clauses;
mod clients;
mod dev;
mod docs;
mod fuzz;
mod packages;
mod pooler;
mod postgres;
mod process;
mod samples;
mod screenshots;
mod serving;
mod ship;
mod sources;
mod steps;
mod test;
mod tidy;
mod tools;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match command(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(words: &[&str]) -> Result<ExitCode> {
    let root = workspace_root()?;
    match words {
        ["test"] => Ok(test::whole(&root)),
        ["test", "--fast"] => Ok(test::fast(&root)),
        ["tidy"] => done(tidy::check(&root)),
        ["docs"] => done(docs::write(&root).and_then(|()| clauses::write(&root))),
        ["docs", "--check"] => done(docs::check(&root).and_then(|()| clauses::check(&root))),
        ["pooler"] => Ok(test::pooler_only(&root)),
        ["clients"] => Ok(test::clients_only(&root)),
        ["bench", rest @ ..] => done(bench::run(&root, rest)),
        ["fuzz"] => done(fuzz::run(&root, 60)),
        ["fuzz", "--seconds", seconds] => done(fuzz::run(&root, seconds.parse().context("--seconds wants a number")?)),
        ["ship"] => done(ship::build(&root)),
        ["ship", "--check", program] => done(ship::check(Path::new(program))),
        ["timing"] => done(serving::time_refusals(&root)),
        ["screenshots"] => done(screenshots::take(&root)),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("unknown command: {}\n\n{USAGE}", words.join(" ")),
    }
}

fn done(outcome: Result<()>) -> Result<ExitCode> {
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The workspace is the parent of this crate, wherever the command was typed.
fn workspace_root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies inside the workspace")?;
    Ok(root.to_path_buf())
}

const USAGE: &str = "\
cargo xtask test            the whole run: tools, build, tests on SQLite and PostgreSQL, lints, clients, fuzz targets
cargo xtask test --fast     the inner loop: tests on SQLite
cargo xtask pooler          only the tests of the store behind PgBouncer, in session and in transaction mode
cargo xtask clients         only the client programs, against a `grantor dev` started for them
cargo xtask tidy            file lengths, layer rules, migrations, module documentation
cargo xtask docs [--check]  docs/spec/attacks.md and docs/spec/clauses.md from the sources
cargo xtask bench [ARGS]    build for release and measure; ratios in one run (--quick, --build-time, --scale [USERS ENVIRONMENTS,…])
cargo xtask fuzz [--seconds N]  every fuzz target for a minute each
cargo xtask ship [--check FILE]  build the binary that is shipped, for glibc 2.17 and later; or check a binary for that
cargo xtask timing          build for release and compare the times of refusals that must look alike
cargo xtask screenshots     docs/screenshots from a running `grantor dev`";
