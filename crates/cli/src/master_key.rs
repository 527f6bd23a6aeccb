//! `grantor master-key rotate`: seals everything in the database under another master key, while no server runs.

use std::fs::File;
use std::path::{Path, PathBuf};

use engine::backup::fingerprint;
use engine::bootstrap::{self, Store};
use engine::master_key::{Rotation, named, rotate};
use engine::reads::StoreError;
use engine::world::{System, World};

use crate::args::MasterKeyCommand;
use crate::database::{self, Database, beside, directory, missing_file};
use crate::exit::Exit;
use crate::{start, work};

#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) fn run(command: &MasterKeyCommand) -> Result<(), Exit> {
    let MasterKeyCommand::Rotate { new_key_file, servers_are_stopped, on } = command;
    let database = Database::of(&work::settings(on)?)?;
    if missing_file(&database.url) {
        return Err(Exit::Configuration(format!("database.url is not right: there is no file {}", database.url)));
    }
    let new = database::key_in(new_key_file)?;
    let _alone = database.alone()?;
    let keys = database.keys_at_hand()?;
    work::runtime()?.block_on(async {
        let store = start::open(&renamed(&database.url), System.now()).await?;
        let done = on_opened(&store, &database.url, (&keys, &new), *servers_are_stopped).await;
        let closed = store.close().await.map_err(|error| start::unavailable(&database.url, &error));
        done.and(closed)
    })?;
    let shown = fingerprint(&new);
    println!("Everything is sealed under the master key {shown}.");
    if database.is_given() {
        eprintln!("Start the servers with it: it is in {}.", new_key_file.display());
        return Ok(());
    }
    match keys.into_iter().find(|(_, key)| *key != new) {
        Some((path, old)) => replace(&PathBuf::from(path), &old, new_key_file),
        None => Ok(()),
    }
}

async fn on_opened(
    store: &Store,
    url: &str,
    (keys, new): (&[(String, [u8; 32])], &[u8; 32]),
    servers_are_stopped: bool,
) -> Result<(), Exit> {
    let unavailable = |error: StoreError| start::unavailable(url, &error);
    if !servers_are_stopped {
        let sessions = store.sessions_by(url).await.map_err(unavailable)?;
        if let Some(some @ 1..) = sessions {
            return Err(Exit::Unavailable(format!(
                "{some} sessions of servers are on the database: stop them, they cannot read what is sealed anew. If they are \
                 a pooler's and no server runs, say --servers-are-stopped"
            )));
        }
    }
    let Some(old) = old_key(store, keys, new).await? else { return Ok(()) };
    let told = |done| eprintln!("sealed anew: {done}");
    match rotate(store, &System, (&old, new), told).await.map_err(|error| match error {
        StoreError::Lost { .. } => {
            Exit::Failure("a server changed something meanwhile: stop it, and begin this again".into())
        }
        error => unavailable(error),
    })? {
        Rotation::Done(_) => Ok(()),
        Rotation::Other(names) => Err(other(&names)),
        Rotation::Lost(place) => Err(Exit::Failure(format!("{place} opens with neither key: it was not touched"))),
    }
}

/// The key that the database is under; None where that is the new one already.
async fn old_key(store: &Store, keys: &[(String, [u8; 32])], new: &[u8; 32]) -> Result<Option<[u8; 32]>, Exit> {
    let unreadable = |e: StoreError| Exit::Failure(format!("the database cannot be read: {e}"));
    let mut candidates = keys.iter().map(|(_, key)| *key).filter(|key| key != new);
    if let Some(names) = store.master_key_rotation().await.map_err(unreadable)? {
        return candidates.find(|old| named(old, new) == names).map(Some).ok_or_else(|| other(&names));
    }
    let Some(sealed) = bootstrap::sealed(store).await.map_err(work::failed)? else {
        return Err(Exit::Failure("the database holds nothing yet: start the server with the new key".into()));
    };
    if sealed.opens_with(new) {
        return Ok(None);
    }
    let old = candidates.find(|key| sealed.opens_with(key));
    old.map(Some).ok_or_else(|| {
        Exit::Configuration("master_key does not open this database, and neither does the new one".into())
    })
}

fn other(names: &str) -> Exit {
    let (old, new) = names.split_once(' ').unwrap_or((names, ""));
    Exit::Configuration(format!(
        "a change of the master key from {old} to {new} was begun and is not done: run it again with these two keys"
    ))
}

/// Puts the new key where the server looks for it. The old one stays beside it, named by its fingerprint.
fn replace(path: &Path, old: &[u8; 32], new: &Path) -> Result<(), Exit> {
    let cannot = |error: std::io::Error| {
        Exit::CannotCreate(format!("{} cannot be replaced by {}: {error}", path.display(), new.display()))
    };
    let kept = beside(path, &fingerprint(old));
    let next = beside(path, "partial");
    for (file, from) in [(&kept, path), (&next, new)] {
        crate::dev::write_private(file, &std::fs::read_to_string(from).map_err(cannot)?)?;
        File::open(file).and_then(|file| file.sync_all()).map_err(cannot)?;
    }
    std::fs::rename(&next, path).map_err(cannot)?;
    File::open(directory(path)).and_then(|directory| directory.sync_all()).map_err(cannot)?;
    eprintln!(
        "{} holds it now. The one before is in {}: destroy it when no backup needs it any more.",
        path.display(),
        kept.display()
    );
    Ok(())
}

/// The URL under another name for the sessions of this command, so that it does not count its own.
fn renamed(url: &str) -> String {
    match (url.starts_with("postgres"), url.contains('?')) {
        (false, _) => url.to_owned(),
        (true, false) => format!("{url}?application_name=grantor-master-key"),
        (true, true) => format!("{url}&application_name=grantor-master-key"),
    }
}
