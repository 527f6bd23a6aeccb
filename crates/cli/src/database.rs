//! Which database a command works on, and which master key opens it.
//!
//! The key file of a SQLite database lies beside it and belongs to the database: however the database is named in a URL, the same
//! file is found, and one that is missing is never replaced while the database holds what only that key opens.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::bootstrap::{self, Store, sqlite_file};
use engine::world::System;

use crate::config::{Settings, unread_by_others};
use crate::exit::Exit;
use crate::start;

/// A database, and the master key where somebody gave it.
pub(crate) struct Database {
    pub(crate) url: String,
    given: Option<[u8; 32]>,
}

/// Held while a server runs on a SQLite file.
#[derive(Debug)]
pub(crate) struct Alone {
    _lock: Option<File>,
}

impl Database {
    /// The database of the configuration, which is not touched yet.
    pub(crate) fn of(settings: &Settings) -> Result<Self, Exit> {
        let url = url(settings)?;
        let given = settings.parsed("master_key", master_key)?;
        if given.as_ref().is_some_and(is_placeholder) {
            return Err(placeholder());
        }
        if given.is_none() && sqlite_file(&url).is_none() {
            return Err(Exit::Configuration(
                "master_key is missing: with this database it must be given, 32 bytes in base64 (GRANTOR_MASTER_KEY_FILE)"
                    .into(),
            ));
        }
        Ok(Self { url, given })
    }

    /// A database file whose key lies beside it.
    pub(crate) fn at(path: &Path) -> Self {
        Self { url: format!("sqlite:{}", path.display()), given: None }
    }

    /// A database and the key that is to open it.
    pub(crate) fn with_key(url: &str, key: [u8; 32]) -> Self {
        Self { url: url.to_owned(), given: Some(key) }
    }

    /// Makes sure that no other server runs on the same SQLite file: each would keep its own idea of what it holds. Makes the
    /// directory where there is none.
    ///
    /// # Errors
    /// 69 when there is one; 73 when the directory cannot be made.
    pub(crate) fn alone(&self) -> Result<Alone, Exit> {
        let Some(path) = sqlite_file(&self.url) else { return Ok(Alone { _lock: None }) };
        let directory = directory(path);
        // What others may enter they may watch, and put links into: whatever the umask lets.
        let made = std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700)
            .recursive(true)
            .create(directory);
        made.map_err(|e| Exit::CannotCreate(format!("{} cannot be created: {e}", directory.display())))?;
        let path = beside(&real(path), "lock");
        let cannot = |e: std::io::Error| Exit::CannotCreate(format!("{} cannot be written: {e}", path.display()));
        let file = File::options().write(true).create(true).truncate(false).open(&path).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(Alone { _lock: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(Exit::Unavailable(format!(
                "another server runs on {}: SQLite serves one process at a time, PostgreSQL any number",
                self.url
            ))),
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, path = %path.display(), "no lock: see to it that one server alone uses this database");
                Ok(Alone { _lock: None })
            }
        }
    }

    /// Whether the key files that are there can be read, and by nobody else.
    pub(crate) fn check_key_files(&self) -> Result<(), Exit> {
        let path = sqlite_file(&self.url).filter(|_| self.given.is_none());
        let files = path.map(key_files).unwrap_or_default();
        files.iter().filter(|file| file.exists()).try_for_each(|file| read(file).map(drop))
    }

    /// The master keys that may be meant, with where each is: the one that was given, else those in the files beside it.
    pub(crate) fn keys_at_hand(&self) -> Result<Vec<(String, [u8; 32])>, Exit> {
        if let Some(key) = self.given {
            return Ok(vec![("master_key".to_owned(), key)]);
        }
        let files = sqlite_file(&self.url).map(key_files).unwrap_or_default();
        files.iter().filter(|file| file.exists()).map(|file| Ok((file.display().to_string(), read(file)?))).collect()
    }

    /// Whether somebody gave the master key, so that no file beside the database counts.
    pub(crate) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// Where the key of the database lies when nobody gives it.
    pub(crate) fn own_key_file(&self) -> Option<PathBuf> {
        sqlite_file(&self.url).and_then(|path| key_files(path).into_iter().next())
    }

    /// The master key of an opened database: the one that was given, else the file beside it that opens it. Made, readable by its
    /// owner alone, where the database holds nothing yet.
    ///
    /// # Errors
    /// 78 when none is there although the database holds sealed data, or none opens it.
    pub(crate) async fn key(&self, store: &Store) -> Result<[u8; 32], Exit> {
        if let Some(names) = store.master_key_rotation().await.map_err(|e| unreadable(&e.into()))? {
            return Err(Exit::Configuration(format!(
                "the master key is being changed ({}), and that is not done: run `grantor master-key rotate` again, with the same keys",
                names.replace(' ', " to ")
            )));
        }
        let sealed = bootstrap::sealed(store).await.map_err(|f| unreadable(&f))?;
        if let Some(key) = self.given {
            return match sealed {
                Some(sealed) if !sealed.opens_with(&key) => Err(foreign("master_key does not open this database")),
                _ => Ok(key),
            };
        }
        let Some(path) = sqlite_file(&self.url) else { return Err(foreign("master_key is missing")) };
        let files = key_files(path);
        let Some(sealed) = sealed else {
            let key = files.first().map_or_else(|| Err(foreign("master_key is missing")), |own| read_or_make(own))?;
            return if is_placeholder(&key) { Err(placeholder()) } else { Ok(key) };
        };
        let there: Vec<&PathBuf> = files.iter().filter(|file| file.exists()).collect();
        let mut fits = None;
        for file in &there {
            fits = fits.or(Some(read(file)?).filter(|key| sealed.opens_with(key)));
        }
        match (fits, there.as_slice()) {
            (Some(key), _) if is_placeholder(&key) => Err(placeholder()),
            (Some(key), _) => Ok(key),
            (None, []) => Err(Exit::Configuration(format!(
                "there is no master key file {}, and {} was made with one: put it back, or name it with master_key \
                 (GRANTOR_MASTER_KEY_FILE). Nothing was made in its place",
                shown(files.get(..1).unwrap_or_default()),
                path.display()
            ))),
            (None, there) => Err(foreign(&format!("master_key does not open this database (from {})", shown(there)))),
        }
    }
}

/// The database's URL: the one of the configuration, else the default.
pub(crate) fn url(settings: &Settings) -> Result<String, Exit> {
    let given = settings.parsed("database.url", |v| {
        let known = v.starts_with("sqlite:") || v.starts_with("postgres://") || v.starts_with("postgresql://");
        known.then(|| v.to_owned())
    })?;
    let url = given.unwrap_or_else(|| DEFAULT.to_owned());
    bootstrap::check_url(&url).map_err(|error| start::unavailable(&url, &error))?;
    Ok(url)
}

/// Whether a `sqlite:` URL names a file that is not there. Commands that only read or change must not make an empty database.
pub(crate) fn missing_file(url: &str) -> bool {
    sqlite_file(url).is_some_and(|path| !path.exists())
}

/// Where the key of a database file may lie. The first is where it is made: what does not depend on the name under which the
/// database was reached. The others are where earlier versions and other names of the same file put it.
fn key_files(path: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in [real(path), placed(path)] {
        let mut names = [path.with_file_name("master.key"), path.with_extension("key")];
        if path.file_name().is_none_or(|name| name != "grantor.db") {
            names.reverse();
        }
        for name in names {
            if !files.contains(&name) {
                files.push(name);
            }
        }
    }
    files
}

/// The file itself, whatever links and `..` lead to it; also where it is not there yet.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| placed(path))
}

/// The name that was given, in the directory itself.
fn placed(path: &Path) -> PathBuf {
    let directory = directory(path);
    let found = directory.canonicalize().ok().zip(path.file_name());
    found.map_or_else(|| path.to_owned(), |(directory, name)| directory.join(name))
}

/// The directory of a file, also where its name alone is given.
pub(crate) fn directory(path: &Path) -> &Path {
    path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn read_or_make(path: &Path) -> Result<[u8; 32], Exit> {
    if path.exists() {
        return read(path);
    }
    let mut key = [0; 32];
    protocol::ctx::Entropy::fill(&System, &mut key);
    crate::dev::write_private(path, &format!("{}\n", STANDARD.encode(key)))?;
    // The database outlives a power cut from its first commit on, so its key has to.
    let directory = directory(path);
    for kept in [path, directory] {
        let synced = File::open(kept).and_then(|file| file.sync_all());
        synced.map_err(|e| Exit::CannotCreate(format!("{} cannot be kept: {e}", kept.display())))?;
    }
    Ok(key)
}

/// A master key in a file that somebody named.
pub(crate) fn key_in(path: &Path) -> Result<[u8; 32], Exit> {
    let key = read(path)?;
    if is_placeholder(&key) { Err(placeholder()) } else { Ok(key) }
}

fn read(path: &Path) -> Result<[u8; 32], Exit> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Exit::Configuration(format!("master_key (from {shown}) cannot be read: {error}")))?;
    unread_by_others(path, &shown.to_string())?;
    master_key(&text).ok_or_else(|| {
        Exit::Configuration(format!("master_key (from {shown}) is not right: it must be 32 bytes in base64"))
    })
}

fn master_key(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

/// A key that everybody knows, or one that repeats as 32 random octets never do.
fn is_placeholder(key: &[u8; 32]) -> bool {
    *key == bootstrap::dev::MASTER_KEY || key.iter().collect::<std::collections::BTreeSet<_>>().len() < 8
}

fn placeholder() -> Exit {
    Exit::Configuration("master_key is a placeholder: make one with `head -c 32 /dev/urandom | base64`".into())
}

fn foreign(what: &str) -> Exit {
    Exit::Configuration(format!(
        "{what}: its signing keys were sealed under another one. Start with the key that the database was made with"
    ))
}

fn unreadable(failure: &engine::Failure) -> Exit {
    start::failed("the database cannot be read", failure)
}

fn shown<P: AsRef<Path>>(paths: &[P]) -> String {
    paths.iter().map(|path| path.as_ref().display().to_string()).collect::<Vec<_>>().join(" or ")
}

const DEFAULT: &str = "sqlite:./data/grantor.db";

#[cfg(test)]
mod tests {
    use super::*;

    /// C4: the key file follows from the file, not from how the URL spells it.
    #[test]
    fn the_key_file_belongs_to_the_database_however_it_is_named() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("grantor.db"), "").unwrap();
        std::fs::write(data.join("other.db"), "").unwrap();
        std::os::unix::fs::symlink(data.join("grantor.db"), place.path().join("link.db")).unwrap();
        let data = data.canonicalize().unwrap();
        let root = place.path().display().to_string();
        for (url, wanted) in [
            (format!("sqlite:{root}/data/grantor.db"), "master.key"),
            (format!("sqlite://{root}/data/grantor.db"), "master.key"),
            (format!("sqlite:{root}/data/../data/./grantor.db"), "master.key"),
            (format!("sqlite:{root}/link.db"), "master.key"),
            (format!("sqlite:{root}/data/other.db"), "other.key"),
            (format!("sqlite:{root}/data/new.db"), "new.key"),
        ] {
            let files = key_files(sqlite_file(&url).unwrap());
            assert_eq!(files[0], data.join(wanted), "{url}");
        }
        // What earlier versions made for a database whose name was written out is found as well.
        assert!(key_files(&data.join("grantor.db")).contains(&data.join("grantor.key")));
    }
}
