//! Decides how much of a client's text an explanation repeats. People paste a secret into the wrong field, and what is refused is
//! kept for months where others read it; so only what cannot be one is repeated, and the rest is told by its length.

/// Words with single meanings: those that are `known`, and the others by their length.
pub fn words(text: &str, known: &[&str]) -> String {
    let tell = |word: &str| {
        if word.is_empty() || known.contains(&word) { word.to_owned() } else { by_length(word) }
    };
    text.split(' ').take(MOST_WORDS).map(tell).collect::<Vec<_>>().join(" ")
}

/// A whole number, or the length of what is none.
pub fn number(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = (1..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if is_number { text.to_owned() } else { by_length(text) }
}

/// A name such as that of a scope, an attribute or a method: without what in it is too long and too mixed to be a word.
pub fn name(text: &str) -> String {
    let mut told = String::new();
    let mut rest: &str = &text.chars().take(LONGEST).collect::<String>();
    while let Some(begin) = rest.find(of_secrets) {
        told.push_str(&rest[..begin]);
        rest = &rest[begin..];
        let end = rest.find(|c| !of_secrets(c)).unwrap_or(rest.len());
        told.push_str(if is_secret(&rest[..end]) { "…" } else { &rest[..end] });
        rest = &rest[end..];
    }
    told + rest
}

/// An address: scheme, host and path as it was sent, without what people put into the rest of it.
pub fn address(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let (kept, cut) = text.split_at(end);
    let mark = match cut.chars().next() {
        Some('?') => "?…",
        Some(_) => "#…",
        None => "",
    };
    // RFC 3986 §3.2.1: before the first slash of what follows the scheme may stand a user and a password.
    let told = match kept.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(_, host)| ("…@", host));
            format!("{scheme}://{user}{host}{path}")
        }
        None => kept.to_owned(),
    };
    name(&told) + mark
}

/// A path of which nothing is known: ids and words.
pub fn path(text: &str) -> String {
    let tell = |segment: &str| {
        let word = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b'.');
        let version = segment.len() <= 8 && segment.bytes().filter(u8::is_ascii_digit).count() == 1;
        let plain = segment.len() <= 40 && segment.bytes().all(|b| word(b) || (version && b.is_ascii_digit()));
        if plain || is_id(segment) { segment.to_owned() } else { "…".to_owned() }
    };
    text.split('/').take(MOST_SEGMENTS).map(tell).collect::<Vec<_>>().join("/")
}

fn by_length(text: &str) -> String {
    format!("({} characters)", text.chars().count())
}

fn of_secrets(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '+' | '=' | '~' | '%')
}

/// What random text looks like and words do not: long, with digits or longer than any word, and no id.
fn is_secret(run: &str) -> bool {
    let digits = run.bytes().any(|b| b.is_ascii_digit());
    run.len() >= if digits { SHORTEST_SECRET } else { LONGEST_WORD } && !is_id(run)
}

fn is_id(text: &str) -> bool {
    crate::id::canonical(text).is_some()
}

const LONGEST: usize = 200;
const MOST_WORDS: usize = 10;
const MOST_SEGMENTS: usize = 12;
/// What this server makes is longer; a name of this length with digits in it is rare.
const SHORTEST_SECRET: usize = 16;
const LONGEST_WORD: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7b1cab74-19b8-42ac-9d41-3590ea34b988";
    const SECRET: &str = "vO8-kP2_xT5qRwYzA3bC6dEfGhIjKlMnOpQrStUvWxY";

    /// F21: a secret in the wrong place is told from what belongs there.
    #[test]
    fn no_secret_is_repeated_and_no_word_is_lost() {
        assert_eq!(words("code token hunter2", &["code", "token"]), "code token (7 characters)");
        assert_eq!((number("-3600").as_str(), number("hunter2").as_str()), ("-3600", "(7 characters)"));
        for plain in
            ["urn:example:country.read", "https://graph.example/.default", "offline_access", "emails[type eq]", ID]
        {
            assert_eq!(name(plain), plain);
        }
        assert_eq!(name(&format!("read:{SECRET}")), "read:…");
        for (sent, told) in [
            ("https://a.example/cb", "https://a.example/cb"),
            ("https://a.example/cb?password=x#y", "https://a.example/cb?…"),
            ("https://a.example/cb#access_token=x", "https://a.example/cb#…"),
            ("https://jane:pa55@a.example/cb", "https://…@a.example/cb"),
            ("com.example.app:/cb?x", "com.example.app:/cb?…"),
            (&format!("https://a.example/{SECRET}/{ID}"), &format!("https://a.example/…/{ID}")),
        ] {
            assert_eq!(address(sent), told);
        }
        for (sent, told) in [
            (format!("/{ID}/as/tokens"), format!("/{ID}/as/tokens")),
            ("/oauth2/authorise".to_owned(), "/oauth2/authorise".to_owned()),
            (format!("/{SECRET}"), "/…".to_owned()),
            ("/S3cr3t-42".to_owned(), "/…".to_owned()),
            ("/a%20b".to_owned(), "/…".to_owned()),
        ] {
            assert_eq!(path(&sent), told);
        }
    }
}
