//! Password hashes of Keycloak, in the forms in which this server takes them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Map, Value};

use crate::text::{flag, inner, number, text};

/// A password that somebody has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Password {
    pub(super) hash: String,
    pub(super) temporary: bool,
}

/// Reads a credential of the type `password`: `credentialData` and `secretData`, which are JSON in texts, or the members of older versions.
///
/// # Errors
/// Why it cannot be taken.
pub(super) fn read(credential: &Map<String, Value>) -> Result<Password, &'static str> {
    let temporary = flag(credential, "temporary") == Some(true);
    // A realm that was written by hand has the password itself.
    if let Some(plain) = text(credential, "value") {
        return Ok(Password { hash: plain.to_owned(), temporary });
    }
    let (data, secret) = (parsed(credential, "credentialData"), parsed(credential, "secretData"));
    let (data, secret) = match (&data, &secret) {
        (Some(data), Some(secret)) => (data, secret),
        _ => (credential, credential),
    };
    let value =
        text(secret, "value").or_else(|| text(secret, "hashedSaltedValue")).ok_or("the export has no hash of it")?;
    let salt = text(secret, "salt").unwrap_or_default();
    let rounds = number(data, "hashIterations").unwrap_or(0);
    let algorithm = text(data, "algorithm").unwrap_or("pbkdf2-sha256");
    let hash = match algorithm {
        "pbkdf2" => pbkdf2("sha1", rounds, salt, value)?,
        "pbkdf2-sha256" | "pbkdf2-sha512" => pbkdf2(&algorithm["pbkdf2-".len()..], rounds, salt, value)?,
        "argon2" => argon2(data, rounds, salt, value)?,
        "bcrypt" if value.starts_with("$2") => format!("{{BCRYPT}}{value}"),
        _ => return Err("its algorithm is not known here"),
    };
    Ok(Password { hash, temporary })
}

fn parsed(of: &Map<String, Value>, name: &str) -> Option<Map<String, Value>> {
    match of.get(name)? {
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Object(members) => Some(members.clone()),
        _ => None,
    }
}

fn pbkdf2(of: &str, rounds: i64, salt: &str, value: &str) -> Result<String, &'static str> {
    let (salt, hash) = (octets(salt)?, octets(value)?);
    let length = hash.len();
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    Ok(format!("{{PBKDF2}}$pbkdf2-{of}$i={rounds},l={length}${salt}${hash}"))
}

fn argon2(data: &Map<String, Value>, rounds: i64, salt: &str, value: &str) -> Result<String, &'static str> {
    let none = Map::new();
    let more = inner(data, "additionalParameters").unwrap_or(&none);
    let first = |name: &str| match more.get(name) {
        Some(Value::Array(values)) => values.first().and_then(Value::as_str),
        Some(Value::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (kind, memory, lanes) = (first("type").unwrap_or("id"), first("memory"), first("parallelism"));
    let (Some(memory), Some(lanes)) = (memory, lanes) else { return Err("the export has not all of its parameters") };
    if !matches!(kind, "id" | "i" | "d") || first("version").is_some_and(|version| version != "1.3") {
        return Err("its version of argon2 is not computed here");
    }
    let (salt, hash) = (STANDARD_NO_PAD.encode(octets(salt)?), STANDARD_NO_PAD.encode(octets(value)?));
    Ok(format!("{{ARGON2}}$argon2{kind}$v=19$m={memory},t={rounds},p={lanes}${salt}${hash}"))
}

fn octets(text: &str) -> Result<Vec<u8>, &'static str> {
    STANDARD.decode(text).map_err(|_| "its hash is not base64")
}
