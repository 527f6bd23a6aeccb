//! A set of public keys, bounded, and the choice of the key a token was signed with.
//!
//! RFC 7517 §5, OIDC Core §10.1.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use serde_json::{Value, json};

use crate::json::parse_strict;
use crate::jwk::{PRIVATE_KEY, UNKNOWN_TYPE, UNREADABLE};
use crate::{Alg, Compact, Error, Jwk, VerifyingKey};

/// A JWK Set of public keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jwks {
    keys: Vec<Jwk>,
    parsed: Parsed,
}

/// The keys that tokens were verified with, each parsed once for its algorithm. They are made of the set and say nothing beside it.
#[derive(Default)]
struct Parsed(RwLock<Vec<ParsedKey>>);

/// Its place in the set, for which algorithm it was parsed, and what came of it.
type ParsedKey = (usize, Alg, Result<VerifyingKey, Error>);

impl Jwks {
    /// The set of these keys, as the server publishes its own.
    pub fn new(keys: Vec<Jwk>) -> Self {
        Self { keys, parsed: Parsed::default() }
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
    /// that its owner learns of a weak or a broken one at once. One whose members are in no base64url is left out as those of other
    /// types are: PingOne keeps it, and Ping's own tests write one.
    pub fn parse_whole(bytes: &[u8]) -> Result<Self, Error> {
        let set = Self::parse(bytes)?;
        let value = parse_strict(bytes, MAX_DEPTH)?;
        for key in value.get("keys").and_then(Value::as_array).into_iter().flatten() {
            match Jwk::from_json(key) {
                Ok(jwk) => match jwk.misnamed() {
                    Some(why) => return Err(Error::Key(why)),
                    None => made_ready(&jwk)?,
                },
                Err(UNKNOWN_TYPE | UNREADABLE) => {}
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
        Ok(Self::new(keys))
    }

    /// `{"keys":[…]}` with public members only.
    pub fn to_json(&self) -> Value {
        json!({ "keys": self.keys.iter().map(Jwk::to_json).collect::<Vec<_>>() })
    }

    /// The key for a token: the first with that `kid` that may verify `alg`; without a `kid`, the only one that may.
    ///
    /// OIDC Core §10.1: a `kid` must be sent when there are several keys, so an ambiguous choice is `None`.
    pub fn find(&self, kid: Option<&str>, alg: Alg) -> Option<&Jwk> {
        self.place(kid, None, alg).map(|place| &self.keys[place])
    }

    /// The key for `token`, as [`Jwks::find`] has it or by the certificate that its header names (`x5t#S256`, RFC 7515 §4.1.8).
    pub fn key_of(&self, token: &Compact<'_>) -> Option<&Jwk> {
        self.place_of(token).map(|place| &self.keys[place])
    }

    /// That key ready for verifying, which is parsed the first time alone.
    pub fn verifying(&self, token: &Compact<'_>) -> Option<Result<VerifyingKey, Error>> {
        let (place, alg) = (self.place_of(token)?, token.alg());
        let known = self.parsed.get(place, alg);
        Some(known.unwrap_or_else(|| self.parsed.put(place, alg, VerifyingKey::from_jwk(&self.keys[place], alg))))
    }

    fn place_of(&self, token: &Compact<'_>) -> Option<usize> {
        self.place(token.kid(), token.certificate(), token.alg())
    }

    fn place(&self, kid: Option<&str>, certificate: Option<&str>, alg: Alg) -> Option<usize> {
        let fitting = || self.keys.iter().enumerate().filter(|(_, jwk)| jwk.verifies(alg));
        let named = kid.and_then(|kid| fitting().find(|(_, jwk)| jwk.kid() == Some(kid)));
        let named = named
            .or_else(|| certificate.and_then(|wanted| fitting().find(|(_, jwk)| jwk.certificate() == Some(wanted))));
        if named.is_some() || kid.is_some() {
            return named.map(|(place, _)| place);
        }
        let mut fitting = fitting();
        let (only, first) = fitting.next()?;
        // The same key twice, such as in a set and by its certificate, is no choice.
        fitting.all(|(_, jwk)| jwk.key() == first.key()).then_some(only)
    }

    pub fn into_keys(self) -> Vec<Jwk> {
        self.keys
    }

    /// Every key, in the order of the document.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }
}

/// A point that is not on its curve is known when the key is made ready.
fn made_ready(jwk: &Jwk) -> Result<(), Error> {
    // A key for another use than signatures has none to be made ready for.
    let alg = Alg::ALL.iter().copied().find(|alg| jwk.verifies(*alg));
    alg.map_or(Ok(()), |alg| VerifyingKey::from_jwk(jwk, alg).map(drop))
}

impl Parsed {
    fn get(&self, place: usize, alg: Alg) -> Option<Result<VerifyingKey, Error>> {
        let parsed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = parsed.iter().find(|(of, for_alg, _)| (*of, *for_alg) == (place, alg));
        found.map(|(.., key)| key.clone())
    }

    fn put(&self, place: usize, alg: Alg, key: Result<VerifyingKey, Error>) -> Result<VerifyingKey, Error> {
        let mut parsed = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Two may have parsed it at the same time.
        if !parsed.iter().any(|(of, for_alg, _)| (*of, *for_alg) == (place, alg)) {
            parsed.push((place, alg, key.clone()));
        }
        key
    }
}

impl Clone for Parsed {
    fn clone(&self) -> Self {
        Self(RwLock::new(self.0.read().unwrap_or_else(PoisonError::into_inner).clone()))
    }
}

impl PartialEq for Parsed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Parsed {}

impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parsed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_list().entries(parsed.iter().map(|(place, alg, _)| (place, alg))).finish()
    }
}

const MAX_BYTES: usize = 128 * 1024;
const MAX_KEYS: usize = 100;
const MAX_DEPTH: usize = 8;
