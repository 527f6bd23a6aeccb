//! Explores scenarios from the command line: `model [deep] [faults] [seconds=N] [NAME …]`, all of them or those whose name begins so.

#![expect(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use model::{Depth, Document, Limits, Outcome, deepens, explore, find, scenarios};

/// What was asked for.
#[derive(Debug)]
struct Asked {
    depth: Depth,
    faults: bool,
    until: Option<Instant>,
    /// What names begin with. Empty: all.
    names: Vec<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match asked(&words) {
        Ok(asked) if asked.faults => faults(&asked),
        Ok(asked) => explorations(&asked),
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A word that says nothing is an error: whoever mistyped a limit or a name would be told that all is well.
fn asked(words: &[String]) -> Result<Asked, String> {
    let mut asked = Asked { depth: Depth::Brief, faults: false, until: None, names: Vec::new() };
    for word in words {
        match (word.as_str(), word.strip_prefix("seconds=")) {
            ("deep", _) => asked.depth = Depth::Deep,
            ("faults", _) => asked.faults = true,
            (_, Some(seconds)) => {
                let seconds = seconds.parse().map_err(|_| format!("{word}: seconds wants a number"))?;
                asked.until = Some(Instant::now() + Duration::from_secs(seconds));
            }
            (name, None) if scenarios().iter().any(|one| one.starts_with(name)) => asked.names.push(word.clone()),
            (name, None) => return Err(format!("no scenario begins with {name}: {}", scenarios().join(", "))),
        }
    }
    Ok(asked)
}

impl Asked {
    /// Whoever has only so much time does not repeat what the tests explored.
    fn wants(&self, name: &str) -> bool {
        let named = self.names.iter().any(|begins| name.starts_with(begins));
        named || self.names.is_empty() && (self.until.is_none() || self.depth == Depth::Brief || deepens(name))
    }

    fn limits(&self) -> Limits {
        Limits { states: STATES, threads: available_parallelism().map_or(1, Into::into), until: self.until }
    }
}

fn faults(asked: &Asked) -> ExitCode {
    let found = find(|name| asked.wants(name), asked.limits(), |found| println!("{found}\n"));
    let missed = found.iter().filter(|found| !found.holds()).count();
    println!("{} planted faults, {missed} not found", found.len());
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn explorations(asked: &Asked) -> ExitCode {
    let outcomes = explore(|name| asked.wants(name), asked.depth, asked.limits(), |outcome| println!("{outcome}"));
    let states: usize = outcomes.iter().map(|outcome| outcome.report.states).sum();
    let steps: usize = outcomes.iter().map(|outcome| outcome.report.steps).sum();
    println!("{} scenarios, {states} states, {steps} steps", outcomes.len());
    let sound = outcomes.iter().filter(|outcome| is_as_documented(asked, outcome)).count();
    if !outcomes.is_empty() && sound == outcomes.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_as_documented(asked: &Asked, outcome: &Outcome) -> bool {
    let document = Document::of_this_tree();
    let told = if asked.until.is_some() {
        document.agrees_so_far(asked.depth, outcome)
    } else {
        document.agrees(asked.depth, outcome)
    };
    if let Err(told) = &told {
        println!("error: {told}");
    }
    outcome.is_sound() && told.is_ok()
}

/// Above all that the scenarios have. At most half of them wait at a time, so they fit into some gigabytes.
const STATES: usize = 5_000_000;
