//! `web::ask` of a request's fields: one bearer token or none, and what is a form to one reader is none of another media type to the
//! other. The input is the lines of the fields.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue};
use web::ask;

pub fn check(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|octet| *octet == b'\n').take(50) {
        let at = line.iter().position(|octet| *octet == b':').unwrap_or(line.len());
        let value = line.get(at + 1..).unwrap_or_default();
        let name = match &line[..at] {
            b"a" => AUTHORIZATION,
            b"c" => CONTENT_TYPE,
            b"h" => ACCEPT,
            b"i" => IF_NONE_MATCH,
            name => {
                let Ok(name) = HeaderName::from_bytes(name) else { continue };
                name
            }
        };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    let lines = |name: &HeaderName| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>();
    if let Some(token) = ask::bearer(&headers) {
        let [line] = lines(&AUTHORIZATION)[..] else { panic!("several lines") };
        let text = str::from_utf8(line).expect("text");
        assert!(text[..7].eq_ignore_ascii_case("bearer ") && text.ends_with(token));
        assert!(!token.contains(' ') && text[7..text.len() - token.len()].trim_matches(' ').is_empty());
    }
    let types = ask::media_types(&headers);
    assert!(types.len() <= lines(&CONTENT_TYPE).len());
    assert!(types.iter().all(|media| !media.contains(';') && media.to_ascii_lowercase() == *media));
    if ask::is_form(&headers) {
        assert_eq!(lines(&CONTENT_TYPE).len(), 1);
        assert!(types.iter().all(|media| media == "application/x-www-form-urlencoded"));
    }
    if ask::accepts(&headers, "a/b+c", "a/c") {
        let names =
            |line: &&[u8]| str::from_utf8(line).is_ok_and(|line| line.to_ascii_lowercase().contains("a/b+c"));
        assert!(lines(&ACCEPT).iter().any(names));
        assert!(!ask::accepts(&headers, "a/d", "a/c") || lines(&ACCEPT).concat().windows(3).any(|at| at.eq_ignore_ascii_case(b"a/d")));
    }
    for tag in ask::held_tags(&headers) {
        assert!(
            !tag.contains(',')
                && lines(&IF_NONE_MATCH).iter().any(|line| str::from_utf8(line).is_ok_and(|l| l.contains(&tag)))
        );
    }
}
