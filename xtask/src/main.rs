//! What a developer runs: decides nothing about the server, only how it is tested, measured and documented.

#![expect(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use upgrade::Older;

mod bench;
mod clauses;
mod clients;
mod conformance;
mod deny;
mod dev;
mod dist;
mod docs;
mod fuzz;
mod installed;
mod model;
mod order;
mod packages;
mod pooler;
mod postgres;
mod process;
mod release;
mod samples;
mod screenshots;
mod serving;
mod ship;
mod simulate;
mod sources;
mod steps;
mod terraform;
mod test;
mod tidy;
mod tools;
mod upgrade;

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
        ["docs"] => {
            done(docs::write(&root).and_then(|()| clauses::write(&root)).and_then(|()| docs::described(&root, true)))
        }
        ["docs", "--check"] => {
            done(docs::check(&root).and_then(|()| clauses::check(&root)).and_then(|()| docs::described(&root, false)))
        }
        ["pooler"] => Ok(test::pooler_only(&root)),
        ["postgres"] => Ok(test::on_versions(&root, None)),
        ["postgres", "--version", version] => {
            Ok(test::on_versions(&root, Some(version.parse().context("--version wants a major version, as 17")?)))
        }
        ["upgrade", "--old", binary] => Ok(upgrade::run(&root, Older::Binary(binary))),
        ["upgrade", "--from", revision] => Ok(upgrade::run(&root, Older::Revision(revision))),
        ["clients"] => Ok(test::clients_only(&root)),
        ["mcp"] => Ok(test::mcp_only(&root)),
        ["conformance", rest @ ..] => done(conformance::run_plans(&root, rest)),
        ["bench", rest @ ..] => done(bench::run(&root, rest)),
        ["deny"] => Ok(test::deny_only(&root)),
        ["fuzz", "--seeds"] => Ok(test::seeds_only(&root)),
        ["fuzz", rest @ ..] => done(fuzz::run(&root, rest)),
        ["crash"] => done(serving::crash(&root, 100)),
        ["crash", "--rounds", rounds] => {
            done(serving::crash(&root, rounds.parse().context("--rounds wants a number")?))
        }
        ["model", names @ ..] => done(model::explore(&root, names).map(drop)),
        ["simulate", rest @ ..] => done(simulate::simulate(&root, rest).map(drop)),
        ["order", programs @ ..] => done(order::command(&root, programs)),
        ["ship", "--check", program] => done(ship::check(Path::new(program))),
        ["ship", rest @ ..] => done(ship::command(&root, rest)),
        ["reproduce", rest @ ..] => done(ship::reproduce::command(&root, rest)),
        ["dist", rest @ ..] => done(dist::command(&root, rest)),
        ["release", rest @ ..] => done(release::command(&root, rest)),
        ["packages"] => Ok(test::packages_only(&root, None)),
        ["packages", "--binary", binary] => Ok(test::packages_only(&root, Some(&std::path::absolute(binary)?))),
        ["terraform"] => Ok(test::terraform_only(&root)),
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
cargo xtask test            the whole run: tools, build, tests on SQLite and PostgreSQL, the model, simulated runs, lints, clients, fuzz targets
cargo xtask test --fast     the inner loop: tests on SQLite, and tidy
cargo xtask pooler          only the tests of the store behind PgBouncer, in session and in transaction mode
cargo xtask postgres [--version N]  the tests of the store and over HTTP on PostgreSQL of this machine, 17 and 18; or on one of them
cargo xtask upgrade --old FILE | --from REVISION  an older build and this one on one database, under load, while its tables change
cargo xtask clients         only the client programs, against a `grantor dev` started for them
cargo xtask conformance [--tier A] [--plan WORDS] …  plans of the OpenID Foundation's suite, which runs already (docs/reference/conformance.md)
cargo xtask mcp             the conformance suite of the Model Context Protocol for authorization servers, against `grantor dev`
cargo xtask tidy            file lengths, layer rules, migrations, module documentation
cargo xtask docs [--check]  docs/spec/attacks.md, field.md and clauses.md from the sources; docs/reference/pingone.md and api of the descriptions
cargo xtask bench [ARGS]    build for release and measure; ratios in one run (--quick, --build-time, --dev, --flood, --growth, --methods, --scale [USERS ENVIRONMENTS,…])
cargo xtask fuzz [--seconds N] [TARGET …]  every fuzz target, or these, for a minute each
cargo xtask fuzz --seeds     builds them like the tests and gives each its seeds, as a whole run does
cargo xtask deny             licences, bans and sources of the dependencies, and advisories where their database can be reached
cargo xtask crash [--rounds N]  kill -9 under load, 100 times on each database: what was acknowledged is there, and once
cargo xtask model [NAME …]  the model checker, deeper than the tests go (docs/spec/model.md)
cargo xtask simulate [--seed N | --minutes M]  two simulated processes on a failing database: one run told line by line, or runs for so long
cargo xtask ship [--processor x86_64|aarch64]  build the program that is shipped, linked with all it needs, for both processors or one, and start it
cargo xtask ship --check FILE  what a program needs: all is in it, or glibc 2.17 is enough
cargo xtask order PROGRAM …  what the starts of these programs run, for the linker: of a release build and of a shipped program, before a release
cargo xtask reproduce [--processor NAME]  build what is committed twice, in two places: one hash, or what differs
cargo xtask dist [--processor NAME | --binary FILE …]  the files that are installed by npm, pip, go, Maven, dpkg, rpm and engines of containers, of the shipped programs or of these, into target/dist
cargo xtask release [VERSION] [--dry-run]  set the version everywhere and head the change log; or only say what would be edited and tagged, and what is in its way
cargo xtask packages [--binary FILE]  installs them into empty projects, and runs the tests there and those of examples/
cargo xtask terraform       examples/terraform by Ping's provider, of the folder PINGONE_TERRAFORM_PROVIDER: applied, planned, destroyed
cargo xtask timing          build for release and compare the times of refusals that must look alike
cargo xtask screenshots     docs/screenshots from a running `grantor dev`";

#[cfg(test)]
mod tests {
    use super::USAGE;

    #[test]
    fn every_option_of_the_benchmarks_is_named() {
        let usage = include_str!("../../bench/run").lines().find(|line| line.starts_with("Usage:")).unwrap();
        let options: Vec<_> = usage.split(['[', ' ', ']']).filter(|word| word.starts_with("--")).collect();
        assert!(options.len() > 3, "{usage}");
        let line = USAGE.lines().find(|line| line.starts_with("cargo xtask bench")).unwrap();
        for option in options {
            assert!(line.contains(option), "{option}");
        }
    }
}
