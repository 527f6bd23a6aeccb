//! The binary `grantor`: reads the command line, starts what it names, and ends with the exit code that says how it went.

mod admin;
mod args;
mod backup;
mod certificates;
mod check;
mod config;
mod database;
mod dev;
mod exit;
mod explain;
mod health;
mod import;
mod keys;
mod lint;
mod master_key;
mod migrate;
mod outbound;
mod serve;
mod signals;
mod start;
mod terraform;
mod work;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match cli.command {
        Command::Dev(args) => dev::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Keys(command) => keys::run(&command),
        Command::Lint(args) => lint::run(&args),
        Command::Admin(command) => admin::run(&command),
        Command::Import(command) => import::run(&command),
        Command::MasterKey(command) => master_key::run(&command),
        Command::Backup(args) => backup::backup(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Healthcheck(args) => health::run(&args),
        Command::Config(command) => check::run(&command),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "grantor", &mut std::io::stdout());
            Ok(())
        }
        Command::Version { json } => {
            version(json);
            Ok(())
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            eprintln!("grantor: {exit}");
            exit.code()
        }
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn version(json: bool) {
    let version = env!("CARGO_PKG_VERSION");
    if json {
        println!("{}", serde_json::json!({ "name": "grantor", "version": version }));
    } else {
        println!("grantor {version}");
    }
}
