//! `grantor migrate`: brings the database to this version, or says what is missing.

use engine::bootstrap::Store;
use engine::reads::Options;
use engine::world::{System, World};
use web::server;

use crate::args::{MigrateArgs, ServeArgs};
use crate::config::Settings;
use crate::database::{self, missing_file};
use crate::exit::Exit;
use crate::start;

pub(crate) fn run(args: &MigrateArgs) -> Result<(), Exit> {
    let serve = ServeArgs { config: args.config.clone(), database: args.database.clone(), ..ServeArgs::default() };
    let settings = Settings::read(&serve)?;
    let url = database::url(&settings)?;
    let runtime = server::runtime().enable_all().build().map_err(|e| Exit::Failure(format!("no runtime: {e}")))?;
    runtime.block_on(async { if args.check { check(&url).await } else { migrate(&url).await } })
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn check(url: &str) -> Result<(), Exit> {
    if missing_file(url) {
        return Err(Exit::Failure(format!("there is no database {url} yet: migrate or serve makes it")));
    }
    let store = Store::open(url, &Options::default()).map_err(|e| start::unavailable(url, &e))?;
    let pending = store.check().await.map_err(|e| start::unavailable(url, &e))?;
    if pending.is_current() {
        println!("The database is of this version.");
        return Ok(());
    }
    let missing: Vec<String> = pending.missing.iter().map(i64::to_string).collect();
    let mut sentences = pending.changed;
    if !missing.is_empty() {
        sentences.push(format!("missing: {}", missing.join(", ")));
    }
    Err(Exit::Failure(format!("the database is not of this version: {}", sentences.join("; "))))
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn migrate(url: &str) -> Result<(), Exit> {
    let unavailable = |e| start::unavailable(url, &e);
    let store = Store::open(url, &Options::default()).map_err(unavailable)?;
    let missing = store.check().await.map_err(unavailable)?.missing;
    store.migrate(System.now()).await.map_err(unavailable)?;
    store.close().await.map_err(unavailable)?;
    println!("{}", done(&missing));
    Ok(())
}

/// What was changed, by the numbers of the migrations that were missing.
fn done(missing: &[i64]) -> String {
    let numbers = missing.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    match missing.first() {
        None => "The database was of this version already: nothing was changed.".to_owned(),
        Some(1) => "The database is new, and of this version.".to_owned(),
        Some(_) => format!("The database was brought to this version: migrations {numbers}."),
    }
}
