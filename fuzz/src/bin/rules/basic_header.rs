//! `protocol::basic` against a slow reader that decodes base64 bit by bit: the same headers are accepted, with the same
//! two parts, and an accepted token is the only way to write them.

use grantor_fuzz::reference;
use protocol::basic::{BasicDecoding, parse_basic};

pub fn check(header: &[u8]) {
    let read = parse_basic(header).ok().map(|basic| {
        for text in [basic.id(BasicDecoding::Rfc6749), basic.secret(BasicDecoding::Rfc6749).map(|s| s.to_string())] {
            assert!(text.is_none_or(|text| !text.is_empty() && text.bytes().all(|octet| matches!(octet, 0x20..=0x7e))));
        }
        let secret = basic.secret(BasicDecoding::Raw).map(|secret| secret.to_string()).unwrap_or_default();
        (basic.id(BasicDecoding::Raw).expect("an id is never empty"), secret)
    });
    assert_eq!(read, slow(header));
}

fn slow(header: &[u8]) -> Option<(String, String)> {
    let header = str::from_utf8(header).ok()?;
    let (scheme, rest) = header.split_once(' ')?;
    let token = rest.trim_start_matches(' ');
    if scheme.to_lowercase() != "basic" || token.len() > 8 * 1024 || token.len() % 4 != 0 {
        return None;
    }
    let bare = token.strip_suffix("==").or_else(|| token.strip_suffix('=')).unwrap_or(token);
    let (octets, over) = reference::base64(bare, reference::PLAIN)?;
    if over != 2 * (token.len() - bare.len()) {
        return None;
    }
    let text: String = octets.into_iter().map(char::from).collect();
    let (id, secret) = text.split_once(':')?;
    let fit = !id.is_empty() && text.chars().all(|c| matches!(c, ' '..='~'));
    fit.then(|| (id.to_owned(), secret.to_owned()))
}
