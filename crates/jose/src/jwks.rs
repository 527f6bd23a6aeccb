//! A set of public keys, bounded, and the choice of the key a token was signed with.
//!
//! RFC 7517 §5, OIDC Core §10.1.

use serde_json::{Value, json};

use crate::json::parse_strict;
use crate::jwk::{PRIVATE_KEY, UNKNOWN_TYPE};
use crate::{Alg, Error, Jwk};

/// A JWK Set of public keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jwks {
    keys: Vec<Jwk>,
}

impl Jwks {
    /// The set of these keys, as the server publishes its own.
    pub fn new(keys: Vec<Jwk>) -> Self {
        Self { keys }
    }

    /// Reads a set of at most 128 KiB and 100 keys.
    ///
    /// Keys this server cannot use are left out (RFC 7517 §5), but a set with private or symmetric key material is
    /// refused as a whole, so that its owner learns of it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_BYTES {
            return Err(Error::Malformed("the key set is too large"));
        }
        Self::from_json(&parse_strict(bytes, MAX_DEPTH)?)
    }

    /// As [`Jwks::parse`], for whoever registers the set: a key of a type that this server knows must be one that it can use, so
    /// that its owner learns of a weak or a broken one at once.
    pub fn parse_whole(bytes: &[u8]) -> Result<Self, Error> {
        let set = Self::parse(bytes)?;
        let value = parse_strict(bytes, MAX_DEPTH)?;
        for key in value.get("keys").and_then(Value::as_array).into_iter().flatten() {
            match Jwk::from_json(key) {
                Ok(_) | Err(UNKNOWN_TYPE) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(set)
    }

    /// As [`Jwks::parse`], from JSON that was parsed strictly already.
    pub fn from_json(value: &Value) -> Result<Self, Error> {
        let array = value.get("keys").and_then(Value::as_array).ok_or(Error::Malformed("keys is not an array"))?;
        if array.len() > MAX_KEYS {
            return Err(Error::Malformed("the key set has too many keys"));
        }
        let mut keys = Vec::with_capacity(array.len());
        for value in array {
            match Jwk::from_json(value) {
                Ok(jwk) => keys.push(jwk),
                Err(PRIVATE_KEY) => return Err(PRIVATE_KEY),
                Err(_) => {}
            }
        }
        Ok(Self { keys })
    }

    /// `{"keys":[…]}` with public members only.
    pub fn to_json(&self) -> Value {
        json!({ "keys": self.keys.iter().map(Jwk::to_json).collect::<Vec<_>>() })
    }

    /// The key for a token: the first with that `kid` that may verify `alg`; without a `kid`, the only one that may.
    ///
    /// OIDC Core §10.1: a `kid` must be sent when there are several keys, so an ambiguous choice is `None`.
    pub fn find(&self, kid: Option<&str>, alg: Alg) -> Option<&Jwk> {
        let mut fitting = self.keys.iter().filter(|jwk| jwk.verifies(alg));
        if kid.is_some() {
            return fitting.find(|jwk| jwk.kid() == kid);
        }
        let only = fitting.next()?;
        fitting.next().is_none().then_some(only)
    }

    /// Every key, in the order of the document.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }
}

const MAX_BYTES: usize = 128 * 1024;
const MAX_KEYS: usize = 100;
const MAX_DEPTH: usize = 8;
