//! base64url without padding, strictly: every byte string has one text and every accepted text has one byte string.
//!
//! RFC 7515 §2; RFC 4648 §3.5 for the trailing bits, without which one token would have several spellings.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The base64url text of `bytes`, unpadded.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of `text`; `None` for padding, white space, another alphabet, or trailing bits that are not zero.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The bytes of a text in the alphabet with `+` and `/`, padded (RFC 4648 §4), which certificates have.
pub fn decode_standard(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Appends the text of `bytes` to `buffer`, for callers that sized one buffer for a whole token.
pub(crate) fn encode_into(bytes: &[u8], buffer: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, buffer);
}

/// The length of the text of `bytes` bytes.
pub(crate) fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}
