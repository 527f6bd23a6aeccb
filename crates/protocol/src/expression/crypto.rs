//! `#crypto`: hashes with a key.

use jose::keyed_hash::KeyedHash;
use serde_json::Value;

use super::Failed;
use super::function::{Function, Given, function};

pub(super) const FUNCTIONS: &[Function] = &[function(
    "hmacHexDigest",
    "data: text, key: text, algorithm: algorithm",
    "text",
    "the HMAC (RFC 2104) of the data in hexadecimal, by `HmacMD5`, `HmacSHA1`, `HmacSHA224`, `HmacSHA256`, `HmacSHA384` or `HmacSHA512`",
    hmac,
)];

fn hmac(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(data), Some(key), Some(name)) = (given.text(0), given.text(1), given.text(2)) else {
        return Err(Failed("the data, the key or the algorithm is missing"));
    };
    if key.is_empty() {
        return Err(Failed("the key is empty"));
    }
    given.budget.take(data.len() + key.len())?;
    Ok(algorithm(name)?.hex(key.as_bytes(), data.as_bytes()).into())
}

/// The algorithm that Java calls so.
pub(super) fn algorithm(name: &str) -> Result<KeyedHash, Failed> {
    KeyedHash::named(name).ok_or(Failed("there is no such algorithm"))
}
