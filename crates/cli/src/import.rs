//! `grantor import`: what another system had. `users`: users of a file, CSV or a JSON object on each line, with the passwords that another system hashed.
//!
//! The whole file is looked at first, so that what is wrong in it is told before anything is written. Servers may run meanwhile.

mod auth0;
mod bring;
mod csv;
mod keycloak;
mod lines;
mod people;
mod pingone;
mod report;
mod text;

use std::collections::HashSet;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use engine::App;
use engine::import::{Existing, Fault, Import, Outcome};

use crate::args::{ImportArgs, ImportCommand, OfExisting};
use crate::exit::Exit;
use crate::work::{self, failed};
use lines::Lines;

pub(crate) fn run(command: &ImportCommand) -> Result<(), Exit> {
    let args = match command {
        ImportCommand::Users(args) => args,
        ImportCommand::Keycloak(args) => return keycloak::run(args),
        ImportCommand::Auth0(args) => return auth0::run(args),
        ImportCommand::PingOne(args) => return pingone::run(args),
    };
    // What is wrong with the file as a whole is known before the database is opened.
    Lines::open(args)?;
    work::with(&args.on, async |app| users(app, args).await)
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn users(app: &Arc<App>, args: &ImportArgs) -> Result<(), Exit> {
    let mut import = Import::new(app.clone(), existing(args.existing));
    let (mut faults, mut count, mut lines) = (Vec::new(), 0, Lines::open(args)?);
    while let Some((some, unread)) = lines.next(BATCH)? {
        count += some.len() + unread.len();
        faults.extend(unread);
        faults.extend(import.check(some).await.map_err(failed)?.1);
    }
    tell(&faults);
    let many = faults.len();
    if many > 0 && (args.check || !args.skip_faults) {
        return Err(Exit::Failure(format!("{many} of {count} users have a fault: nothing was imported")));
    }
    if args.check {
        println!("{count} users can be imported.");
        return Ok(());
    }
    let left: HashSet<u64> = faults.iter().map(|fault| fault.line).collect();
    let (done, late) = enter(&mut import, args, &left).await?;
    println!("imported {}, updated {}, skipped {}", done.imported, done.updated, done.skipped);
    tell(&late);
    match many + late.len() {
        0 => Ok(()),
        left => Err(Exit::Failure(format!("{left} of {count} users have a fault and were left out"))),
    }
}

/// What becomes of whoever is there already.
fn existing(of: OfExisting) -> Existing {
    match of {
        OfExisting::Refuse => Existing::Refuse,
        OfExisting::Skip => Existing::Skip,
        OfExisting::Update => Existing::Update,
    }
}

async fn enter(import: &mut Import, args: &ImportArgs, left: &HashSet<u64>) -> Result<(Outcome, Vec<Fault>), Exit> {
    let (mut done, mut late, mut lines) = (Outcome::default(), Vec::new(), Lines::open(args)?);
    let mut told = 0;
    while let Some((mut some, _)) = lines.next(BATCH)? {
        some.retain(|line| !left.contains(&line.number));
        let began = Instant::now();
        let (more, faults) = import.enter(some).await.map_err(|failure| {
            let why = failed(failure);
            Exit::Failure(format!(
                "{why}. {} users were imported and {} updated before, in the order of the file: run it again with --existing skip",
                done.imported, done.updated
            ))
        })?;
        late.extend(faults);
        done = Outcome {
            imported: done.imported + more.imported,
            updated: done.updated + more.updated,
            skipped: done.skipped + more.skipped,
        };
        let sum = done.imported + done.updated + done.skipped;
        if sum / TOLD > told {
            told = sum / TOLD;
            on_the_way(&format!("{sum} users, to line {}", lines.number()));
        }
        // Whoever waits to write, a server's sign-ons, comes in between.
        tokio::time::sleep(began.elapsed() / 8).await;
    }
    Ok((done, late))
}

/// Tells how far it has come. Where nobody reads that any more it goes on.
fn on_the_way(told: &str) {
    let _ = writeln!(std::io::stderr(), "{told}");
}

fn tell(faults: &[Fault]) {
    for fault in faults.iter().take(SHOWN) {
        on_the_way(&format!("line {}: {}", fault.line, fault.told()));
    }
    if faults.len() > SHOWN {
        on_the_way(&format!("and {} more", faults.len() - SHOWN));
    }
}

/// Users in one commit.
const BATCH: usize = 500;
/// Users between two lines that tell how far it has come.
const TOLD: u64 = 10_000;
/// Whoever has more faults than this has one fault in every line.
const SHOWN: usize = 1000;
