//! `grantor backup` and `grantor restore`: a SQLite database as one file, and back.
//!
//! The copy knows the fingerprint of its master key, not the key: without the key it is worthless, to thieves too.

use std::fs::File;
use std::path::{Path, PathBuf};

use engine::backup::{self, Made, fingerprint};
use engine::bootstrap::{self, Store, sqlite_file};
use engine::reads::{Options, StoreError};
use engine::world::{System, World};

use crate::args::CopyArgs;
use crate::database::{self, Database, beside, directory, missing_file};
use crate::exit::Exit;
use crate::{start, work};

/// Copies the database, and prints where to.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) fn backup(args: &CopyArgs) -> Result<(), Exit> {
    let settings = work::settings(&args.on)?;
    let url = database::url(&settings)?;
    let Some(from) = sqlite_file(&url) else { return Err(Exit::Failure(DUMP.into())) };
    if missing_file(&url) {
        return Err(Exit::Configuration(format!("database.url is not right: there is no file {url}")));
    }
    free(&args.file)?;
    let database = Database::of(&settings)?;
    let key = work::runtime()?.block_on(key(&database))?;
    let made = Made { at: System.now(), fingerprint: fingerprint(&key) };
    let partial = Partial::new(&args.file)?;
    backup::copy(from, &partial.path, &made).map_err(|error| not_copied(&args.file, &error))?;
    partial.keep(&args.file)?;
    println!("{}", args.file.display());
    eprintln!("It opens with the master key {}, which is not in it: keep that in another place.", made.fingerprint);
    Ok(())
}

/// Makes the database of a copy, and prints which.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) fn restore(args: &CopyArgs) -> Result<(), Exit> {
    let settings = work::settings(&args.on)?;
    let url = database::url(&settings)?;
    let Some(to) = sqlite_file(&url) else { return Err(Exit::Failure(DUMP.into())) };
    let file = args.file.display();
    if !args.file.is_file() {
        return Err(Exit::Configuration(format!("there is no file {file}")));
    }
    if ["wal", "journal"].iter().any(|ending| hyphened(&args.file, ending).exists()) {
        let text = format!("{file} is no copy but a database in use: make a copy of it with `grantor backup`");
        return Err(Exit::Configuration(text));
    }
    [to.to_owned(), hyphened(to, "wal"), hyphened(to, "journal")].iter().try_for_each(|path| free(path))?;
    let database = Database::of(&settings)?;
    let _alone = database.alone()?;
    let partial = Partial::new(to)?;
    partial.fill(&args.file)?;
    let made = backup::take_note(&partial.path).map_err(|error| match error {
        StoreError::Corrupt(what) => {
            Exit::Failure(format!("{file} cannot be restored: {what}. Nothing was made of it"))
        }
        error => not_copied(to, &error),
    })?;
    opens(&database, &partial.path, made.as_ref())?;
    partial.keep(to)?;
    println!("{url}");
    if let Some(made) = made {
        eprintln!("It is as it was at {}. What was used, revoked or changed since then is not.", made.at);
    }
    Ok(())
}

/// The master key that opens the database.
async fn key(database: &Database) -> Result<[u8; 32], Exit> {
    let unavailable = |error| start::unavailable(&database.url, &error);
    let store = Store::open(&database.url, &Options::default()).map_err(unavailable)?;
    let sealed = bootstrap::sealed(&store).await;
    let key = match sealed {
        Ok(None) => Err(Exit::Failure("the database holds nothing yet: there is nothing to copy".into())),
        Ok(Some(_)) => database.key(&store).await,
        Err(failure) => Err(work::failed(failure)),
    };
    store.close().await.map_err(unavailable)?;
    key
}

/// Makes sure that a key at hand opens what was copied: otherwise it would be missed only when the copy is needed.
fn opens(database: &Database, copy: &Path, made: Option<&Made>) -> Result<(), Exit> {
    let keys = database.keys_at_hand()?;
    let named = |made: &Made| keys.iter().any(|(_, key)| fingerprint(key) == made.fingerprint);
    let place = database.own_key_file().map(|path| path.display().to_string()).unwrap_or_default();
    let wanted = made
        .map_or_else(|| "the master key that it was made with".into(), |m| format!("the master key {}", m.fingerprint));
    let there: Vec<String> = keys.iter().map(|(place, key)| format!("{place} is {}", fingerprint(key))).collect();
    let wrong = || {
        let came = if there.is_empty() { "there is none".to_owned() } else { there.join(", ") };
        Exit::Configuration(format!(
            "the copy opens with {wanted}, and {came}: put it into {place}, or name it with --master-key-file. Nothing was restored"
        ))
    };
    if made.is_some_and(|made| !named(made)) {
        return Err(wrong());
    }
    let url = format!("sqlite:{}", copy.display());
    let fits = work::runtime()?.block_on(async {
        let unavailable = |error| start::unavailable(&url, &error);
        let store = Store::open(&url, &Options::default()).map_err(unavailable)?;
        let sealed = bootstrap::sealed(&store).await.map_err(work::failed);
        store.close().await.map_err(unavailable)?;
        Ok(sealed?.is_none_or(|sealed| keys.iter().any(|(_, key)| sealed.opens_with(key))))
    })?;
    if fits { Ok(()) } else { Err(wrong()) }
}

/// A file that is not whole yet; gone with this value.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn new(of: &Path) -> Result<Self, Exit> {
        let path = beside(of, "partial");
        free(&path)?;
        // Nobody else reads it from its first octet on.
        crate::dev::write_private(&path, "")?;
        Ok(Self { path })
    }

    /// The mode stays its own, whatever that of the other is.
    fn fill(&self, from: &Path) -> Result<(), Exit> {
        let copied = File::open(from).and_then(|mut from| {
            let mut to = File::options().write(true).open(&self.path)?;
            std::io::copy(&mut from, &mut to)
        });
        let cannot = |error| Exit::CannotCreate(format!("{} cannot be copied: {error}", from.display()));
        copied.map(drop).map_err(cannot)
    }

    /// Gives it its name, which nothing else has.
    fn keep(self, name: &Path) -> Result<(), Exit> {
        let cannot = |error: std::io::Error| Exit::CannotCreate(format!("{} cannot be made: {error}", name.display()));
        std::fs::hard_link(&self.path, name)
            .or_else(|error| if name.exists() { Err(error) } else { std::fs::rename(&self.path, name) })
            .map_err(cannot)?;
        File::open(directory(name)).and_then(|directory| directory.sync_all()).map_err(cannot)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        for path in [
            self.path.clone(),
            hyphened(&self.path, "wal"),
            hyphened(&self.path, "shm"),
            hyphened(&self.path, "journal"),
        ] {
            // Most are not there.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Refuses a name that something has.
fn free(path: &Path) -> Result<(), Exit> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Exit::CannotCreate(format!(
        "{} is there already, and nothing is written over: move it away first",
        path.display()
    )))
}

/// What SQLite calls the files beside a database.
fn hyphened(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-");
    name.push(ending);
    name.into()
}

fn not_copied(to: &Path, error: &StoreError) -> Exit {
    Exit::CannotCreate(format!("{} cannot be made: {error}", to.display()))
}

const DUMP: &str = "PostgreSQL is copied by its own programs: `pg_dump --format=custom --file=copy.dump URL` and \
     `pg_restore --exit-on-error --dbname=URL copy.dump` into an empty database, or the continuous archiving of your service. \
     Keep the master key in another place: without it the copy is worthless";
