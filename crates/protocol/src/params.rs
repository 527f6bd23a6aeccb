//! Decides what a form body or a query string says: `application/x-www-form-urlencoded`, read strictly.
//!
//! A parameter without a value counts as omitted, and no parameter may appear twice (RFC 6749 §3.1, §3.2), except
//! `resource` (RFC 8707 §2) and `audience` (RFC 8693 §2.1). Malformed percent-encoding, text that is not UTF-8, NUL
//! and anything over the limits are refused instead of repaired, so that no two readers can disagree on a request.

use std::fmt;

use zeroize::Zeroizing;

use crate::refusal::{Reason, Refused};
use crate::secret::Secret;
use crate::uri::resource_key;

/// The parameters of one request, each value wiped when dropped and absent from `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<Pair>,
}

/// Why a form or a query was refused. The texts are fixed: none repeats what the client sent (RFC 6749 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// More than 64 KiB in all, or a name of more than 128 octets.
    #[error("the parameters are too long")]
    TooLarge,
    /// More than 200 parameters.
    #[error("there are too many parameters")]
    TooMany,
    /// A parameter appears more than once. Holds its name, in printable ASCII and at most 64 characters.
    #[error("a parameter is included more than once")]
    Duplicate(String),
    /// A `%` without two hexadecimal digits, or text that is not UTF-8 (RFC 6749 App. B).
    #[error("a parameter is not valid percent-encoded UTF-8")]
    Encoding,
    /// A NUL character, which no parameter can hold and databases refuse.
    #[error("a parameter holds a NUL character")]
    Nul,
}

impl ParamError {
    /// The refusal of the request. A repeated parameter is named when it is one of the specifications'; nothing of the
    /// client's own is repeated.
    pub fn refused(&self) -> Refused {
        let Self::Duplicate(name) = self else {
            return Refused::new(Reason::ParametersNotReadable, "form-urlencoded UTF-8", self.to_string());
        };
        let known = KNOWN.into_iter().find(|known| known == name);
        let refused = Refused::new(Reason::ParameterRepeated, "each parameter once", known.unwrap_or("another twice"));
        known.into_iter().fold(refused, Refused::about)
    }
}

impl Params {
    /// Reads a request body. Whether its media type is the form's was checked before.
    pub fn form(body: &[u8]) -> Result<Self, ParamError> {
        match Self::lenient(body) {
            (params, None) => Ok(params),
            (_, Some(error)) => Err(error),
        }
    }

    /// Reads a query string, without its `?`.
    pub fn query(raw: &str) -> Result<Self, ParamError> {
        Self::form(raw.as_bytes())
    }

    /// Reads as much as is unambiguous and returns the first error beside it, for the authorization endpoint, which
    /// has to know where an error may be sent (RFC 6749 §4.1.2.1).
    ///
    /// A parameter that is repeated or malformed is removed altogether: neither of two `redirect_uri` is used, and
    /// an error caused by two `state` is delivered without one. Over the limits nothing is kept at all.
    pub fn lenient(raw: &[u8]) -> (Self, Option<ParamError>) {
        if raw.len() > MAX_OCTETS {
            return (Self::default(), Some(ParamError::TooLarge));
        }
        let mut reading = Reading::default();
        for (index, piece) in raw.split(|&octet| octet == b'&').filter(|piece| !piece.is_empty()).enumerate() {
            if index == MAX_PARAMS {
                return (Self::default(), Some(ParamError::TooMany));
            }
            reading.take(piece);
        }
        reading.finish()
    }

    /// The value of `name`; `None` when it is absent or empty (RFC 6749 §3.1: without a value means omitted).
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Every value that is not empty, for the parameters that may repeat.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.values(name).collect()
    }

    /// Every `resource` (RFC 8707 §2).
    ///
    /// # Errors
    /// `invalid_target` for one that is no absolute URI, or has a fragment.
    pub fn resources(&self) -> Result<Vec<String>, Refused> {
        let expected = "an absolute URI without a fragment";
        let read = |uri: &str| match resource_key(uri) {
            Some(_) => Ok(uri.to_owned()),
            None => Err(Refused::new(Reason::ResourceMalformed, expected, "another text").about("resource")),
        };
        self.values("resource").map(read).collect()
    }

    /// Whether the name appears at all, even without a value.
    pub fn present(&self, name: &str) -> bool {
        self.pairs.iter().any(|pair| pair.name == name)
    }

    /// The names in the order of the request; `resource` and `audience` as often as they appear.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|pair| pair.name.as_str())
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs
            .iter()
            .filter(move |pair| pair.name == name)
            .map(|pair| pair.value.expose())
            .filter(|value| !value.is_empty())
    }
}

/// Names only: a value may be a secret, a code or a password.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Decodes one form-urlencoded component: `+` is a space, `%` needs two hexadecimal digits, anything else stands for
/// itself. `None` when an escape is malformed. The decoding is applied once, never again to its own result.
pub fn decode_component(encoded: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let mut rest = encoded;
    while let Some((&octet, tail)) = rest.split_first() {
        rest = match (octet, tail) {
            (b'%', [high, low, after @ ..]) => {
                decoded.push(hex(*high)? << 4 | hex(*low)?);
                after
            }
            (b'%', _) => return None,
            (b'+', _) => {
                decoded.push(b' ');
                tail
            }
            (other, _) => {
                decoded.push(other);
                tail
            }
        };
    }
    Some(decoded)
}

#[derive(Clone, PartialEq, Eq)]
struct Pair {
    name: String,
    value: Secret,
}

/// The pairs so far; `None` in place of a value that must not be used.
#[derive(Default)]
struct Reading {
    pairs: Vec<(String, Option<Secret>)>,
    error: Option<ParamError>,
}

impl Reading {
    fn take(&mut self, piece: &[u8]) {
        let (name, value) = match piece.iter().position(|&octet| octet == b'=') {
            Some(at) => (&piece[..at], &piece[at + 1..]),
            None => (piece, &b""[..]),
        };
        let name = match text(name) {
            Ok(name) if name.len() <= MAX_NAME => name,
            Ok(_) => return self.note(ParamError::TooLarge),
            Err(error) => return self.note(error),
        };
        let mut value = text(value).map(Secret::new).map_err(|error| self.note(error)).ok();
        if !REPEATABLE.contains(&name.as_str())
            && let Some((_, first)) = self.pairs.iter_mut().find(|(seen, _)| *seen == name)
        {
            *first = None;
            value = None;
            self.note(ParamError::Duplicate(printable(&name)));
        }
        self.pairs.push((name, value));
    }

    fn note(&mut self, error: ParamError) {
        self.error.get_or_insert(error);
    }

    fn finish(self) -> (Params, Option<ParamError>) {
        let usable = self.pairs.into_iter().filter_map(|(name, value)| value.map(|value| Pair { name, value }));
        (Params { pairs: usable.collect() }, self.error)
    }
}

/// The decoded text. What is refused is wiped here, what is a value by whoever keeps it: nothing is copied.
fn text(encoded: &[u8]) -> Result<String, ParamError> {
    let mut octets = decode_component(encoded).ok_or(ParamError::Encoding)?;
    if str::from_utf8(&octets).is_err() {
        return Err(ParamError::Encoding);
    }
    if octets.contains(&0) {
        return Err(ParamError::Nul);
    }
    String::from_utf8(std::mem::take(&mut *octets)).map_err(|_| ParamError::Encoding)
}

/// A name fit for a log line or an `error_description` (RFC 6749 §5.2: no quote, no backslash).
fn printable(name: &str) -> String {
    let fit = |c: char| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '?' };
    name.chars().take(MAX_REPORTED_NAME).map(fit).collect()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

const MAX_OCTETS: usize = 64 * 1024;
const MAX_PARAMS: usize = 200;
const MAX_NAME: usize = 128;
const MAX_REPORTED_NAME: usize = 64;
const REPEATABLE: [&str; 2] = ["resource", "audience"];
/// The parameters of the specifications that this server reads.
const KNOWN: [&str; 25] = [
    "acr_values",
    "authorization_details",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
];

#[cfg(test)]
mod tests;
