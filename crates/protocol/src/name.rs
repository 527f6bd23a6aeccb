//! Decides when two user names or two e-mail addresses are the same, and which characters a name or a password may
//! hold (PRECIS: RFC 8264, RFC 8265).
//!
//! A user name is stored as it was given and found by its key. Two deviations from RFC 8265, both towards PingOne:
//! symbols and inner spaces are allowed in a user name, and the Bidi rule (RFC 5893) is replaced by refusing the
//! characters that control direction.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{is_combining_mark, is_public_assigned};
use zeroize::Zeroizing;

/// Why a name, an address or a password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("it is empty")]
    Empty,
    #[error("it is too long")]
    TooLong,
    /// A control, invisible, unassigned or compatibility character, or a space at the wrong place.
    #[error("it contains a character that is not allowed")]
    Character,
    #[error("it is not an e-mail address")]
    Email,
}

/// The key under which a user name is unique and found: RFC 8265 §3.3 (UsernameCaseMapped). Full and half width
/// become the usual width, letters become small, the text becomes NFC. The key of a key is itself.
pub fn username_key(name: &str) -> Result<String, NameError> {
    check_length(name, MAX_USERNAME)?;
    let key = folded(name)?;
    // A letter can become several, and the key has to be a name itself.
    check_length(&key, MAX_USERNAME)?;
    // Checked on the key, because a half-width mark becomes a combining one.
    if key.starts_with(' ') || key.ends_with(' ') || key.starts_with(is_combining_mark) {
        return Err(NameError::Character);
    }
    Ok(key)
}

/// A user name as somebody typed it, without what keyboards and copied text put around it: blanks and what cannot be
/// seen. A name holds none of it at its ends, so this finds no other account. Not for passwords, where a blank counts.
pub fn typed_username(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// A password in the form that is hashed: RFC 8265 §4.2 (OpaqueString). Case and width stay, every other space
/// becomes the ASCII one, the text becomes NFC; control characters are refused.
pub fn password_text(password: &str) -> Result<Zeroizing<String>, NameError> {
    check_length(password, MAX_PASSWORD)?;
    if password.chars().any(|c| c.is_control() || is_noncharacter(c)) {
        return Err(NameError::Character);
    }
    let spaced = password.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let text = Zeroizing::new(spaced.nfc().collect::<String>());
    check_length(&text, MAX_PASSWORD)?;
    Ok(text)
}

/// Whether the text can be an e-mail address: one `@`, a domain of labels, nothing that could end a header line.
/// Quoted local parts and address literals (RFC 5321 §4.1.2) are refused.
pub fn email(address: &str) -> Result<(), NameError> {
    email_key(address).map(|_| ())
}

/// The key under which an e-mail address is found: both sides without regard to letter case, NFC.
pub fn email_key(address: &str) -> Result<String, NameError> {
    if address.is_empty() {
        return Err(NameError::Empty);
    }
    // RFC 5321 §4.5.3.1: 64 octets before the `@`; 254 is what is left of a path of 256 without its brackets.
    if address.len() > MAX_EMAIL {
        return Err(NameError::TooLong);
    }
    if !is_address(address) {
        return Err(NameError::Email);
    }
    let key = folded(address)?;
    // The key is what addresses are compared by, and a full-width sign only becomes a separator in it.
    if is_address(&key) && key.len() <= MAX_EMAIL { Ok(key) } else { Err(NameError::Email) }
}

/// RFC 5321 §4.1.2: a dot-string, one `@`, and a domain of labels.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_fits = local.len() <= 64 && !local.contains(|c: char| c == ' ' || SPECIALS.contains(c));
    local_fits && !local.split('.').any(str::is_empty) && domain.split('.').all(is_label)
}

fn check_length(text: &str, max: usize) -> Result<(), NameError> {
    match text.chars().take(max + 1).count() {
        0 => Err(NameError::Empty),
        length if length > max => Err(NameError::TooLong),
        _ => Ok(()),
    }
}

fn folded(text: &str) -> Result<String, NameError> {
    if text.chars().any(is_refused) {
        return Err(NameError::Character);
    }
    let key = fold_once(text);
    // RFC 8264 §9.17: what NFKC would still change looks like something else. RFC 8265 §3.3 wants a stable key.
    let stable = key.nfkc().eq(key.chars()) && fold_once(&key) == key && !key.chars().any(is_refused);
    if stable { Ok(key) } else { Err(NameError::Character) }
}

/// Width, case, NFC. Letter by letter, because the whole-text rule for the Greek final sigma depends on the place. So ς and σ are
/// two letters, as RFC 8265 §3.3 has them ([ADR 0017](../../../docs/adr/0017-final-sigma.md)).
fn fold_once(text: &str) -> String {
    text.chars().map(narrow).flat_map(char::to_lowercase).nfc().collect()
}

/// RFC 8265 §3.3, width mapping: full-width and half-width forms become the one character they are a form of. What
/// would become several is left for the compatibility rule to refuse.
fn narrow(c: char) -> char {
    let mut form_of = Some(c).filter(|c| matches!(c, '\u{ff01}'..='\u{ffef}')).into_iter().nfkc();
    match (form_of.next(), form_of.next()) {
        (Some(usual), None) => usual,
        _ => c,
    }
}

fn is_refused(c: char) -> bool {
    c.is_control() || (c.is_whitespace() && c != ' ') || is_invisible(c) || is_noncharacter(c) || !is_public_assigned(c)
}

/// Format controls and default-ignorable characters: zero width, direction, variation, tags (RFC 8264 §9.13).
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x34f | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2 | 0x115f..=0x1160
        | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164
        | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffd | 0x110bd | 0x110cd | 0x13430..=0x1343f
        | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

fn is_noncharacter(c: char) -> bool {
    u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

/// RFC 1123 §2.1, and letters of other scripts (RFC 6531).
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c == '-' || c.is_alphanumeric() || is_combining_mark(c))
}

const MAX_USERNAME: usize = 128;
const MAX_PASSWORD: usize = 1_024;
const MAX_EMAIL: usize = 254;
const SPECIALS: &str = "()<>[]:;@\\,\"";

#[cfg(test)]
mod tests;
