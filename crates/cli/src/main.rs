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
mod plan;
mod serve;
mod signals;
mod start;
mod terraform;
mod work;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    end_with_who_reads();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let ended = match cli.command {
        Command::Dev(args) => dev::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Plan(args) => plan::plan(&args),
        Command::Diff(args) => plan::diff(&args),
        Command::Apply(args) => plan::apply(&args),
        Command::Export(args) => plan::export(&args),
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
            completions(shell);
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

/// Who reads may have read enough (`… | head`): then there is nobody left to tell, and nothing went wrong. The language makes a panic of it.
fn end_with_who_reads() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let what = panic.payload().downcast_ref::<String>().map_or("", String::as_str);
        if what.starts_with("failed printing to std") && what.contains("Broken pipe") {
            std::process::exit(OF_A_CLOSED_PIPE);
        }
        others(panic);
    }));
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn completions(shell: clap_complete::Shell) {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "grantor", &mut text);
    print!("{}", String::from_utf8_lossy(&text));
}

/// Prints what is wrong with the command line, or the help that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is there to be told that it could not be printed.
    let _ = error.print();
    // Where 2 means that there is something to do, a typing mistake must not look like it.
    let counted = std::env::args().nth(1).is_some_and(|command| matches!(command.as_str(), "plan" | "diff"));
    match u8::try_from(error.exit_code()) {
        Ok(2) if counted => ExitCode::from(1),
        code => ExitCode::from(code.unwrap_or(2)),
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

/// What a shell says of a program that SIGPIPE ended.
const OF_A_CLOSED_PIPE: i32 = 128 + 13;
