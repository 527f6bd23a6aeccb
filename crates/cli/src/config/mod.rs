//! The configuration of `serve`: one table of keys, and where each value may come from.
//!
//! Flags > `GRANTOR_*_FILE` > `GRANTOR_*` > `--config FILE` > default. What is unknown is an error, and every error names
//! the key, where its value came from, and what would be right. What is empty is absent, wherever a program fills in what a
//! person left open: in a variable and in a file of the configuration.

mod environment;
mod keys;
pub(crate) mod mounts;
mod origin;
mod sample;

use std::collections::BTreeMap;
use std::path::Path;

use engine::Mount;

use crate::args::ServeArgs;
use crate::exit::Exit;

pub(crate) use keys::KEYS;
pub(crate) use origin::{Parts, name, origin, parts, shown};
pub(crate) use sample::sample;

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) value: String,
    origin: String,
}

/// Every value that was given.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, Setting>,
    pub(crate) mounts: Vec<Mount>,
    mounts_from: String,
}

impl Settings {
    /// Reads files, environment and flags, in this order; later ones win.
    pub(crate) fn read(args: &ServeArgs) -> Result<Self, Exit> {
        let mut settings = Self::default();
        for path in &args.config {
            settings.read_file(path)?;
        }
        settings.read_environment()?;
        settings.read_flags(args)?;
        mounts::fit(&settings.mounts, &settings.mounts_from)?;
        Ok(settings)
    }

    /// Where the value of a key came from; None where nobody gave one.
    pub(crate) fn origin(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|s| s.origin.as_str())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|s| s.value.as_str())
    }

    /// The value parsed, or the error that says what would be right.
    pub(crate) fn parsed<T>(&self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Exit> {
        let Some(setting) = self.values.get(name) else { return Ok(None) };
        parse(&setting.value).map(Some).ok_or_else(|| self.wrong(name))
    }

    /// The error for a key whose value is not right. The value itself is not shown: it may be a secret.
    pub(crate) fn wrong(&self, name: &'static str) -> Exit {
        let origin = self.values.get(name).map_or("the default", |s| s.origin.as_str());
        let right = KEYS.iter().find(|k| k.name == name).map_or("another value", |k| k.right);
        Exit::Configuration(format!("{name} (from {origin}) is not right: it must be {right}"))
    }

    /// Compose and Helm hand on what a person left open as an empty text.
    fn set(&mut self, name: &'static str, value: String, origin: String) {
        if value.trim().is_empty() {
            return;
        }
        self.values.insert(name, Setting { value, origin });
    }

    fn read_file(&mut self, path: &Path) -> Result<(), Exit> {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Exit::Configuration(format!("{origin} cannot be read: {error}")))?;
        self.read_text(&text, &origin)
    }

    /// Reads the text of a file, which `origin` names.
    ///
    /// # Errors
    /// What is wrong, without a value of it.
    pub(crate) fn read_text(&mut self, text: &str, origin: &str) -> Result<(), Exit> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // The whole error quotes the line, and a secret may stand in it.
            let at = error.span().map_or(0, |span| span.start);
            let before = text.get(..at).unwrap_or_default();
            let (line, column) =
                (before.matches('\n').count() + 1, before.chars().rev().take_while(|c| *c != '\n').count() + 1);
            Exit::Configuration(format!("{origin} is not TOML: line {line}, column {column}: {}", error.message()))
        })?;
        self.read_table("", &table, origin)
    }

    fn read_table(&mut self, prefix: &str, table: &toml::Table, origin: &str) -> Result<(), Exit> {
        for (name, value) in table {
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            if path == "mounts" {
                (self.mounts, self.mounts_from) = (mounts::read(value, origin)?, origin.to_owned());
                continue;
            }
            if let toml::Value::Table(inner) = value {
                self.read_table(&path, inner, origin)?;
                continue;
            }
            let key = KEYS
                .iter()
                // A dot within quotes is a name's own, and no key has one.
                .find(|k| k.name == path && !name.contains('.'))
                .ok_or_else(|| Exit::Configuration(format!("{path} (from {origin}) is no key of the configuration")))?;
            let text = plain(value).ok_or_else(|| {
                Exit::Configuration(format!("{path} (from {origin}) is not right: it must be {}", key.right))
            })?;
            if key.name == "master_key" && !text.trim().is_empty() {
                unread_by_others(Path::new(origin), origin)?;
            }
            self.set(key.name, text, origin.to_owned());
        }
        Ok(())
    }

    fn read_environment(&mut self) -> Result<(), Exit> {
        if let Ok(url) = std::env::var("DATABASE_URL") {
            self.set("database.url", url, "DATABASE_URL".into());
        }
        let given = environment::variables()?;
        let value = |wanted: &str| {
            let found = given.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
            found.filter(|value| !value.trim().is_empty())
        };
        for key in KEYS {
            let named = format!("{}_FILE", key.env);
            match (value(key.env), value(&named)) {
                (Some(_), Some(_)) => {
                    return Err(Exit::Configuration(format!("{} and {named} are both set: use one of them", key.env)));
                }
                (Some(text), None) => self.set(key.name, text.clone(), key.env.to_owned()),
                (None, Some(path)) => {
                    let text = content(Path::new(path), &named, key.name)?;
                    self.set(key.name, text, named);
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn read_flags(&mut self, args: &ServeArgs) -> Result<(), Exit> {
        let listen = (!args.listen.is_empty()).then(|| args.listen.join(","));
        let flags: [(&'static str, Option<&String>, &str); 7] = [
            ("http.listen", listen.as_ref(), "--listen"),
            ("http.public_url", args.public_url.as_ref(), "--public-url"),
            ("http.api_url", args.api_url.as_ref(), "--api-url"),
            ("http.tls.certificate", args.tls_certificate.as_ref(), "--tls-certificate"),
            ("http.tls.key", args.tls_key.as_ref(), "--tls-key"),
            ("database.url", args.database.as_ref(), "--database"),
            ("http.management_listen", args.management_listen.as_ref(), "--management-listen"),
        ];
        for (name, value, flag) in flags {
            let Some(value) = value else { continue };
            // Somebody wrote the flag: what it was to hold is missing.
            if value.trim().is_empty() {
                return Err(Exit::Configuration(format!(
                    "{name} (from {flag}) is empty: leave the flag out, or say what"
                )));
            }
            self.set(name, value.clone(), flag.to_owned());
        }
        if let Some(path) = &args.master_key_file {
            let text = content(Path::new(path), "--master-key-file", "master_key")?;
            self.set("master_key", text, "--master-key-file".into());
        }
        Ok(())
    }
}

/// A value of a file as a variable would hold it.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => Some(items.iter().map(toml::Value::as_str).collect::<Option<Vec<_>>>()?.join(",")),
        _ => None,
    }
}

/// A secret's file: its content without one newline at its end.
fn content(path: &Path, origin: &str, key: &str) -> Result<String, Exit> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Exit::Configuration(format!("{origin} names {}, which cannot be read: {error}", path.display()))
    })?;
    if text.trim().is_empty() {
        return Err(Exit::Configuration(format!("{origin} names {}, which is empty", path.display())));
    }
    if key == "master_key" {
        unread_by_others(path, origin)?;
    }
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |t| t.strip_suffix('\r').unwrap_or(t)).to_owned())
}

/// Refuses a file with a master key that every account of the machine may read or write: it opens the whole database.
pub(crate) fn unread_by_others(path: &Path, origin: &str) -> Result<(), Exit> {
    use std::os::unix::fs::PermissionsExt as _;
    // A pipe, such as a shell's `<(…)`, is nobody else's.
    let mode = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|file| file.permissions().mode());
    match mode.filter(|mode| mode & OTHERS != 0) {
        None => Ok(()),
        Some(mode) => Err(Exit::Configuration(format!(
            "master_key (from {origin}) is not safe: others may read or write {} (mode {:04o}); chmod 600 it",
            path.display(),
            mode & 0o7777
        ))),
    }
}

/// The bits of everybody who is neither the owner nor of the file's group.
const OTHERS: u32 = 0o007;

#[cfg(test)]
mod tests;
