//! Decides what an `Authorization: Basic` header says (RFC 7617; RFC 6749 §2.3.1, App. A, App. B).
//!
//! Nothing is repaired: one scheme, spaces only, the standard base64 alphabet with its padding, and only characters
//! that a credential can hold. Whether the two parts are form-encoded is a setting of the application, never a guess.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::params::decode_component;

/// How an application's id and secret are written inside the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasicDecoding {
    /// Each part is form-urlencoded first (RFC 6749 §2.3.1). The two readings coincide for every id and secret made
    /// here, which hold unreserved characters only.
    Rfc6749,
    /// The parts are taken as they stand (RFC 7617 alone), for imported secrets of clients that never encoded them.
    Raw,
}

/// The two parts of the header, as they were sent. The client id is not empty; the secret may be.
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    id: String,
    secret: Zeroizing<String>,
}

/// Why a header gives no credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BasicError {
    /// Another scheme than `Basic`, in whatever letter case (RFC 9110 §11.1).
    #[error("the authorization scheme is not Basic")]
    NotBasic,
    /// Not one base64 token, no colon, no client id, or a character outside VSCHAR (RFC 6749 App. A.1, A.2).
    #[error("the Basic credentials are malformed")]
    Malformed,
}

/// Reads the value of the one `Authorization` header line.
pub fn parse_basic(header_value: &[u8]) -> Result<Basic, BasicError> {
    // RFC 9110 §11.4: credentials = auth-scheme 1*SP token68. A tab or a comma does not separate.
    let end = header_value.iter().position(|&octet| octet == b' ').unwrap_or(header_value.len());
    let (scheme, rest) = header_value.split_at(end);
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(BasicError::NotBasic);
    }
    let token = &rest[rest.iter().take_while(|&&octet| octet == b' ').count()..];
    if token.len() > MAX_TOKEN {
        return Err(BasicError::Malformed);
    }
    let decoded = Zeroizing::new(STANDARD.decode(token).map_err(|_| BasicError::Malformed)?);
    let text = vschar(&decoded).ok_or(BasicError::Malformed)?;
    // RFC 7617 §2: the first colon splits, and it does so before any decoding, so `%3A` may be part of the id.
    match text.split_once(':') {
        Some((id, secret)) if !id.is_empty() => {
            Ok(Basic { id: id.to_owned(), secret: Zeroizing::new(secret.to_owned()) })
        }
        _ => Err(BasicError::Malformed),
    }
}

impl Basic {
    /// The client id; `None` when it is not valid in that decoding.
    pub fn id(&self, decoding: BasicDecoding) -> Option<String> {
        part(&self.id, decoding).map(|id| id.to_string())
    }

    /// The client secret; `None` when it is empty or not valid in that decoding. An empty secret never authenticates.
    pub fn secret(&self, decoding: BasicDecoding) -> Option<Zeroizing<String>> {
        part(&self.secret, decoding)
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Basic(…)")
    }
}

fn part(sent: &str, decoding: BasicDecoding) -> Option<Zeroizing<String>> {
    let text = match decoding {
        BasicDecoding::Raw => Zeroizing::new(sent.to_owned()),
        BasicDecoding::Rfc6749 => {
            // App. B leaves only form-encoded text inside the header; a bare `&` or `=` was not encoded by a client.
            if sent.contains(['&', '=']) {
                return None;
            }
            let octets = decode_component(sent.as_bytes())?;
            Zeroizing::new(vschar(&octets)?.to_owned())
        }
    };
    (!text.is_empty()).then_some(text)
}

/// The octets as text when each is VSCHAR (%x20-7E).
fn vschar(octets: &[u8]) -> Option<&str> {
    let printable = octets.iter().all(|octet| matches!(octet, 0x20..=0x7e));
    if printable { str::from_utf8(octets).ok() } else { None }
}

const MAX_TOKEN: usize = 8 * 1024;

#[cfg(test)]
mod tests;
