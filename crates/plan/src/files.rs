//! Files and directories into wanted environments.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::kinds::Kind;
use crate::wanted::{Fault, Place, Reader, Source, Wanted};
use crate::yaml::{self, Limits, Position};

/// A text, and how its file is called.
pub type File = (Arc<str>, String);

/// The YAML files below a path, in the order of their names; a file is taken whatever its name.
///
/// # Errors
/// What cannot be read; a directory without one.
pub fn gather(path: &Path) -> Result<Vec<File>, String> {
    let mut paths = Vec::new();
    if path.is_dir() {
        below(path, 0, &mut BTreeSet::new(), &mut paths)?;
        if paths.is_empty() {
            return Err(format!("{} has no .yaml or .yml", path.display()));
        }
    } else {
        paths.push(path.to_owned());
    }
    let read = |path: PathBuf| {
        let length = std::fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?.len();
        if length > Limits::default().octets as u64 {
            return Err(format!("{}: it has more than {} octets", path.display(), Limits::default().octets));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok((path.display().to_string().into(), text))
    };
    paths.into_iter().map(read).collect()
}

/// A directory that a link leads to again is read once.
fn below(directory: &Path, depth: usize, been: &mut BTreeSet<PathBuf>, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("{}: {error}", directory.display());
    if !been.insert(directory.canonicalize().map_err(cannot)?) {
        return Ok(());
    }
    let entries: Result<Vec<_>, _> = std::fs::read_dir(directory).map_err(cannot)?.collect();
    let mut paths: Vec<PathBuf> = entries.map_err(cannot)?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with('.') || depth > DEEPEST {
            continue;
        }
        if path.is_dir() {
            below(&path, depth + 1, been, found)?;
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            found.push(path);
        }
    }
    Ok(())
}

/// Finds a value that the file of this name does not say, but where it is.
pub type LookupOf<'a> = &'a dyn Fn(&str, &Source) -> Result<Option<String>, String>;

/// What files say.
#[derive(Debug)]
pub struct Said {
    pub environments: Vec<Wanted>,
    pub faults: Vec<Fault>,
    /// Not all of it could be read: what is referred to may be in the rest.
    pub partial: bool,
}

/// The environments that the files want, each once; what several files say of one is put together.
///
/// # Errors
/// Every fault of every file.
pub fn wanted(kinds: &Kind, files: &[File], lookup: LookupOf<'_>) -> Result<Vec<Wanted>, Vec<Fault>> {
    let Said { environments, faults, .. } = said(kinds, files, lookup);
    if faults.is_empty() { Ok(environments) } else { Err(faults) }
}

/// The same, with what could be read where not all of it could.
pub fn said(kinds: &Kind, files: &[File], lookup: LookupOf<'_>) -> Said {
    let mut environments: BTreeMap<String, Wanted> = BTreeMap::new();
    let (mut faults, mut partial) = (Vec::new(), false);
    for (file, text) in files {
        let documents = match yaml::read(text, Limits::default()) {
            Ok(documents) => documents,
            Err(unreadable) => {
                let place = Place { file: file.clone(), at: unreadable.at, path: String::new() };
                faults.push(Fault { place, what: unreadable.why });
                partial = true;
                continue;
            }
        };
        let lookup = |source: &Source| lookup(file, source);
        let mut reader = Reader { kinds, lookup: &lookup, file: file.clone(), faults: Vec::new(), partial };
        for document in &documents {
            let Some(environment) = reader.environment(document) else { continue };
            match environments.get_mut(&environment.label) {
                Some(before) => reader.merge(before, environment),
                None => drop(environments.insert(environment.label.clone(), environment)),
            }
        }
        faults.append(&mut reader.faults);
        partial = reader.partial;
    }
    if environments.is_empty() && faults.is_empty() {
        let file = files.first().map_or_else(|| "".into(), |(file, _)| file.clone());
        let place = Place { file, at: Position { line: 1, column: 1 }, path: String::new() };
        faults.push(Fault { place, what: "there is nothing in it".into() });
    }
    Said { environments: environments.into_values().collect(), faults, partial }
}

const DEEPEST: usize = 8;
