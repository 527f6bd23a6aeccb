//! `jose::b64` against a reading bit by bit: every string of octets has one text, and every accepted text one string.

use grantor_fuzz::reference;
use jose::b64;

pub fn check(octets: &[u8]) {
    let text = b64::encode(octets);
    assert_eq!(b64::decode(&text).as_deref(), Some(octets));
    let Ok(text) = str::from_utf8(octets) else { return };
    let read = b64::decode(text);
    // RFC 4648 §3.5: six bits over are a character too many.
    assert_eq!(read, reference::base64(text, reference::URL).filter(|(_, over)| *over < 6).map(|(octets, _)| octets));
    assert!(read.is_none_or(|read| b64::encode(&read) == text));
}
