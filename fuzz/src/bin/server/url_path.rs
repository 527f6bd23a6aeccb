//! `web::layers::is_plain` against the WHATWG parser: a path that is let in is the same after that normalised it, and holds nothing
//! that decoding would make a separator or an end of.

use url::Url;
use web::layers::is_plain;

pub fn check(path: &str) {
    if !is_plain(path) || !path.starts_with('/') || path.contains(['?', '#']) {
        return;
    }
    let escaped = |c: char| "\"<>`{}|^".contains(c);
    if !path.contains(escaped) {
        assert_eq!(Url::parse(&format!("http://h{path}")).expect("a path").path(), path);
    }
    let decoded: Vec<u8> = path.split('%').enumerate().flat_map(|(number, part)| decode(number, part)).collect();
    let dots = |segment: &[u8]| segment == b"." || segment == b"..";
    assert!(!decoded.iter().any(|octet| matches!(octet, 0..=0x1f | 0x7f | b'\\' | b';')) || path.contains("%3"));
    assert!(!decoded.split(|octet| *octet == b'/').any(dots));
    assert_eq!(decoded.split(|octet| *octet == b'/').count(), path.split('/').count());
}

fn decode(number: usize, part: &str) -> Vec<u8> {
    if number == 0 {
        return part.into();
    }
    let octet = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).expect("two digits");
    [&[octet], &part.as_bytes()[2..]].concat()
}
