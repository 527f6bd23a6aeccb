//! `crates/cli/src/config` of a configuration file: what is taken are known keys with values, each as another reader of TOML
//! reads it, and what is wrong is told without a value that could be a secret.

use crate::config::{KEYS, Settings};

pub fn check(text: &str) {
    let mut settings = Settings::default();
    let read = settings.read_text(text, "file.toml");
    let table: Result<toml::Table, _> = text.parse();
    match read {
        Ok(()) => {
            let table = toml::Value::Table(table.expect("accepted"));
            for key in KEYS {
                let sent = key.name.split('.').try_fold(&table, |table, name| table.get(name));
                let said = match sent {
                    Some(toml::Value::Array(items)) => {
                        Some(items.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(","))
                    }
                    Some(toml::Value::String(text)) => Some(text.clone()),
                    Some(other) => Some(other.to_string()),
                    None => None,
                };
                assert_eq!(
                    settings.text(key.name),
                    said.as_deref().filter(|said| !said.trim().is_empty()),
                    "{}",
                    key.name
                );
            }
        }
        Err(exit) => {
            let told = exit.to_string();
            let mut values = Vec::new();
            match table {
                Ok(table) => texts(&toml::Value::Table(table), &mut values),
                Err(_) => values.extend(text.split('"').skip(1).step_by(2).map(str::to_owned)),
            }
            let names =
                |value: &str| text.matches(value).count() > 1 || KEYS.iter().any(|key| key.right.contains(value));
            for value in values.iter().filter(|value| value.len() >= 12 && !names(value)) {
                assert!(!told.contains(value.as_str()), "{told}");
            }
        }
    }
}

/// Every text that stands as a value.
fn texts(value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => found.push(text.clone()),
        toml::Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        toml::Value::Table(members) => members.iter().for_each(|(_, member)| texts(member, found)),
        _ => {}
    }
}
