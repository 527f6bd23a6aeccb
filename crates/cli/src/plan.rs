//! `grantor plan`, `diff`, `apply` and `export`: environments as files, by the management API of a running server (ADR 0060).

mod client;
mod peer;

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use plan::apply::{Done, Halted};
use plan::found::{self, Reach};
use plan::names::Names;
use plan::steps::{Options, Plan, Step};
use plan::wanted::{Fault, Source, Wanted};
use plan::{Kind, Stopped, files, show, steps};
use serde_json::Value;

use crate::args::{ApplyArgs, DiffArgs, ExportArgs, Output, PlanArgs, ServerArgs, WantedArgs};
use crate::dev::write_private;
use crate::exit::Exit;
use crate::work;
use client::Client;

pub(crate) fn plan(args: &PlanArgs) -> Result<(), Exit> {
    work::runtime()?.block_on(async {
        let made = make(&args.wanted, &args.server, args.prune).await.map_err(failure)?;
        tell(&made, args.output, false);
        match made.plans.iter().map(|one| one.plan.steps.len()).sum::<usize>() {
            0 => Ok(()),
            count => Err(Exit::Changes(format!("{count} to do: `grantor apply` does it"))),
        }
    })
}

pub(crate) fn diff(args: &DiffArgs) -> Result<(), Exit> {
    work::runtime()?.block_on(async {
        let made = make(&args.wanted, &args.server, false).await.map_err(failure)?;
        tell(&made, args.output, true);
        match made.plans.iter().map(|one| one.plan.steps.len() + one.plan.left.len()).sum::<usize>() {
            0 => Ok(()),
            count => Err(Exit::Changes(format!("{count} differ"))),
        }
    })
}

pub(crate) fn apply(args: &ApplyArgs) -> Result<(), Exit> {
    work::runtime()?.block_on(async {
        let made = make(&args.wanted, &args.server, args.prune).await?;
        tell(&made, Output::Text, false);
        if made.plans.iter().all(|one| one.plan.is_empty()) {
            return Ok(());
        }
        if let Some((place, source)) = made.plans.iter().flat_map(|one| &one.plan.unset).next() {
            return Err(Exit::Failure(format!("{place}: {source} is not there: nothing was changed")));
        }
        if !args.yes && !agreed()? {
            return Err(Exit::Failure("nothing was changed".into()));
        }
        let Made { client, kinds, plans } = made;
        let sum: usize = plans.iter().map(|one| one.plan.steps.len()).sum();
        let mut done = 0;
        for one in plans {
            let told = |step: &Step, what: Done| {
                done += 1;
                taken(step, what);
            };
            let Environment { plan, names } = one;
            let halted = |halted: Halted| halted.to_string();
            let ended = plan::apply::apply(&client, &kinds, (&plan, names), told).await.map_err(halted);
            ended.map_err(|why| {
                Exit::Failure(format!(
                    "{why}\n{done} of {sum} steps were taken, and stay: run it again when it is mended"
                ))
            })?;
        }
        Ok(())
    })
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) fn export(args: &ExportArgs) -> Result<(), Exit> {
    work::runtime()?.block_on(async {
        let client = Client::new(&args.server)?;
        let kinds = kinds();
        let all = found::environments(&client).await.map_err(stopped)?;
        let all = match &args.environment {
            Some(named) => vec![one_of(&all, named)?],
            None => all,
        };
        let all = placed(args, all)?;
        let mut twice = Vec::new();
        for (id, path) in all {
            let environment = found::read(&client, &kinds, &id, Reach::All).await.map_err(stopped)?;
            let (text, secrets) = plan::export::export(&kinds, &environment);
            let several = environment.names.twice.iter().map(|one| format!("{}: {one}", environment.found.label));
            twice.extend(several);
            let Some(path) = path else {
                println!("---\n{text}");
                continue;
            };
            write_private(&path, &text)?;
            println!("{}", path.display());
            for name in &secrets {
                println!("  reads the variable {name}");
            }
        }
        if twice.is_empty() {
            return Ok(());
        }
        // Which of them a file means nobody could say.
        Err(Exit::Failure(format!(
            "exported, and `plan` will not take it: the server has several of these, so give all but one of each \
             another name:\n{}",
            twice.join("\n")
        )))
    })
}

/// Ids of environments, each with the file that it goes into; none for the standard output. Nothing is written where one is there already.
fn placed(args: &ExportArgs, all: Vec<(String, String)>) -> Result<Vec<(String, Option<PathBuf>)>, Exit> {
    let directory = &args.directory;
    if directory == Path::new("-") {
        return Ok(all.into_iter().map(|(_, id)| (id, None)).collect());
    }
    std::fs::create_dir_all(directory)
        .map_err(|e| Exit::CannotCreate(format!("{} cannot be made: {e}", directory.display())))?;
    let mut taken = BTreeSet::new();
    let mut placed = Vec::new();
    for (name, id) in all {
        let letters = name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' });
        let mut file = letters.collect::<String>().trim_start_matches('.').to_owned();
        if file.is_empty() || !taken.insert(file.clone()) {
            file = format!("{file}-{id}");
        }
        let path = directory.join(format!("{file}.yaml"));
        if !args.force && path.symlink_metadata().is_ok() {
            let there = format!("{} is there already, and nothing was written: --force writes over it", path.display());
            return Err(Exit::CannotCreate(there));
        }
        placed.push((id, Some(path)));
    }
    Ok(placed)
}

/// A plan, and what is called how where it is for.
struct Environment {
    plan: Plan,
    names: Names,
}

struct Made {
    client: Client,
    kinds: Kind,
    plans: Vec<Environment>,
}

/// Reads the files, then the server, and compares.
async fn make(wanted: &WantedArgs, server: &ServerArgs, prune: bool) -> Result<Made, Exit> {
    let kinds = kinds();
    let files = files::gather(&wanted.path).map_err(Exit::Failure)?;
    let files::Said { environments, mut faults, partial } = files::said(&kinds, &files, &lookup);
    let of = (environments, partial);
    match planned(kinds, of, wanted, server, prune).await {
        Ok(made) if faults.is_empty() => Ok(made),
        Err(Unmade::Faults(more)) => {
            faults.extend(more);
            Err(told(&faults))
        }
        Err(Unmade::Exit(exit)) if faults.is_empty() => Err(exit),
        // What can be said of the files alone is said without a server too.
        Ok(_) | Err(Unmade::Exit(_)) => Err(told(&faults)),
    }
}

/// Why there is no plan.
enum Unmade {
    Faults(Vec<Fault>),
    Exit(Exit),
}

impl From<Exit> for Unmade {
    fn from(exit: Exit) -> Self {
        Self::Exit(exit)
    }
}

/// Compares what the files say with the server.
async fn planned(
    kinds: Kind,
    (mut environments, partial): (Vec<Wanted>, bool),
    wanted: &WantedArgs,
    server: &ServerArgs,
    prune: bool,
) -> Result<Made, Unmade> {
    let client = Client::new(server)?;
    let there = found::environments(&client).await.map_err(stopped)?;
    let named = match &wanted.environment {
        Some(named) if environments.len() > 1 => {
            let several = format!("--environment {named}: the files are about several environments");
            return Err(Exit::Failure(several).into());
        }
        Some(named) => Some(one_of(&there, named)?),
        None => None,
    };
    let options = Options { prune, actor: Some(client.actor().to_owned()), partial };
    let (mut plans, mut faults) = (Vec::new(), Vec::new());
    for one in &mut environments {
        let target = named.clone().or_else(|| there.iter().find(|(name, _)| *name == one.label).cloned());
        if named.is_some() {
            // It keeps its own name.
            if let Some(members) = one.body.as_object_mut() {
                members.remove("name");
            }
        }
        match compared(&client, &kinds, one, target, &options).await {
            Ok(plan) => plans.push(plan),
            Err(Unmade::Faults(more)) => faults.extend(more),
            Err(exit) => return Err(exit),
        }
    }
    if faults.is_empty() { Ok(Made { client, kinds, plans }) } else { Err(Unmade::Faults(faults)) }
}

async fn compared(
    client: &Client,
    kinds: &Kind,
    wanted: &Wanted,
    target: Option<(String, String)>,
    options: &Options,
) -> Result<Environment, Unmade> {
    let (found, names) = match target {
        Some((_, id)) => {
            let reach = if options.prune { Reach::Pruned(wanted) } else { Reach::Of(wanted) };
            let read = found::read(client, kinds, &id, reach).await.map_err(stopped)?;
            (Some(read.found), read.names)
        }
        None if wanted.label.is_empty() => {
            let what = "no environment is named: say environment: NAME there, or --environment".to_owned();
            return Err(Unmade::Faults(vec![Fault { place: wanted.place.clone(), what }]));
        }
        None => (None, found::around(client).await.map_err(stopped)?),
    };
    let plan = steps::plan(kinds, wanted, (found.as_ref(), &names), options).map_err(Unmade::Faults)?;
    Ok(Environment { plan, names })
}

fn kinds() -> Kind {
    Kind::environment(&web::manage::openapi::document())
}

/// The environment of a flag: by its id, else by its name.
fn one_of(all: &[(String, String)], named: &str) -> Result<(String, String), Exit> {
    let found = all.iter().find(|(_, id)| id == named).or_else(|| all.iter().find(|(name, _)| name == named));
    found.cloned().ok_or_else(|| Exit::Failure(format!("--environment {named}: there is none with this id or name")))
}

/// A value that a file only says the place of. What it is is never told.
pub(crate) fn lookup(file: &str, source: &Source) -> Result<Option<String>, String> {
    match source {
        Source::Variable(name) => match std::env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(format!("the variable {name} is not UTF-8")),
        },
        Source::File(path) => {
            let beside = Path::new(file).parent().unwrap_or(Path::new("")).join(path);
            match std::fs::read_to_string(&beside) {
                // An editor ends the last line; nobody means that.
                Ok(text) => Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned())),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(format!("the file {path} cannot be read: {error}")),
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn tell(made: &Made, output: Output, all: bool) {
    match output {
        Output::Text => made.plans.iter().for_each(|one| print!("{}", show::text(&one.plan, all))),
        Output::Json => {
            let plans: Value = made.plans.iter().map(|one| show::json(&one.plan)).collect();
            println!("{plans}");
        }
    }
}

fn taken(step: &Step, what: Done) {
    let address = if step.address.is_empty() { "environment" } else { &step.address };
    let what = match what {
        Done::Created => "created",
        Done::Changed => "changed",
        Done::Deleted => "deleted",
        Done::Nothing => "as wanted",
    };
    // It goes on when nobody reads any more: half of a plan is no better than all of it.
    let _ = writeln!(std::io::stdout(), "{what} {address}");
}

fn agreed() -> Result<bool, Exit> {
    if !std::io::stdin().is_terminal() {
        return Err(Exit::Failure("nobody is there to be asked: say --yes to apply it; nothing was changed".into()));
    }
    eprint!("Do this? Only `yes` does: ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    Ok(read.is_ok() && answer.trim() == "yes")
}

fn told(faults: &[Fault]) -> Exit {
    let shown: Vec<String> = faults.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = faults.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("\nand {more} more") } else { String::new() };
    Exit::Failure(format!("nothing was changed:\n{}{more}", shown.join("\n")))
}

/// What `plan` and `diff` end with where they could not compare: with them 1 is every error (ADR 0060).
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn failure(exit: Exit) -> Exit {
    Exit::Failure(exit.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn stopped(stopped: Stopped) -> Exit {
    Exit::Failure(stopped.to_string())
}

const SHOWN: usize = 100;

#[cfg(test)]
mod tests;
