//! `protocol::told`: what an explanation repeats of a client's text is short, and holds nothing that looks like a secret, wherever
//! somebody put it; nothing behind the `?` of an address, and no user before its host.

use protocol::id::canonical;
use protocol::told;

pub fn check(text: &str) {
    let (name, address, path) = (told::name(text), told::address(text), told::path(text));
    for told in [&name, &address] {
        assert!(told.chars().count() <= 200 + "…@?…".chars().count() && !holds_a_secret(told), "{told}");
    }
    let behind = address.split_once('?').map(|(_, behind)| behind);
    assert!(behind.is_none_or(|behind| behind == "…"));
    // What stands before an @ in front of the first slash is a user.
    if let Some((_, rest)) = text.split_once("://").filter(|(scheme, _)| !scheme.contains(['?', '#'])) {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let told = address.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
        assert!(!authority.contains('@') || told.is_empty() || told.starts_with(['…', '?', '#']), "{address}");
    }
    assert!(path.split('/').count() <= 12);
    for segment in path.split('/') {
        let word = segment.len() <= 40 && !holds_a_secret(segment) && segment.is_ascii();
        assert!(segment == "…" || word || canonical(segment).is_some(), "{segment}");
    }
    let known = ["code", "none"];
    for word in told::words(text, &known).split(' ').filter(|word| !word.is_empty()) {
        let length = word.starts_with('(') || word == "characters)";
        assert!(length || known.contains(&word), "{word}");
    }
    let number = told::number(text);
    assert!(
        number.ends_with(" characters)")
            || (number == text && number.len() <= 21 && !number.contains(char::is_alphabetic))
    );
}

fn holds_a_secret(told: &str) -> bool {
    let of_secrets = |c: char| c.is_ascii_alphanumeric() || "-_+=~%".contains(c);
    told.split(|c| !of_secrets(c))
        .any(|run| run.len() >= 16 && run.contains(|c: char| c.is_ascii_digit()) && canonical(run).is_none())
}
