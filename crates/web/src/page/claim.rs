//! Decides which sentence explains a claim: what it is and where it comes from, by token where that differs.

use super::{Locale, TokenKind};

/// The sentence for a claim; a claim unknown to the specifications comes from an attribute mapping.
pub(super) fn explanation(locale: Locale, kind: TokenKind, name: &str) -> String {
    let slug = slug(name);
    let of_token = match kind {
        TokenKind::Id => format!("claim-{slug}-in-id"),
        TokenKind::Access => format!("claim-{slug}-in-access"),
    };
    first_known(locale, &[of_token, format!("claim-{slug}"), "claim-custom".to_owned()])
}

/// The sentence for a parameter of the JOSE header (RFC 7515 §4.1).
pub(super) fn header(locale: Locale, name: &str) -> String {
    first_known(locale, &[format!("header-{}", slug(name)), "header-other".to_owned()])
}

/// What claims tell, in the order of who reads them: the keys of the words for it.
pub(super) const QUESTIONS: [&str; 4] = [WHO, LIMITS, HOW, REST];

/// Which question a claim answers, and where it stands in the answer.
pub(super) fn question(name: &str) -> (&'static str, usize) {
    let among = |names: &[&str]| names.iter().position(|known| *known == name);
    let found = among(&OF_PERSON).map(|at| (WHO, at)).or_else(|| among(&OF_LIMITS).map(|at| (LIMITS, at)));
    found.or_else(|| among(&OF_SIGN_ON).map(|at| (HOW, at))).unwrap_or((REST, usize::MAX))
}

const WHO: &str = "try-who";
const LIMITS: &str = "try-limits";
const HOW: &str = "try-how";
const REST: &str = "try-rest";
const OF_PERSON: [&str; 16] = [
    "sub",
    "name",
    "given_name",
    "middle_name",
    "family_name",
    "nickname",
    "preferred_username",
    "email",
    "email_verified",
    "phone_number",
    "address",
    "picture",
    "locale",
    "zoneinfo",
    "updated_at",
    "p1.userId",
];
const OF_LIMITS: [&str; 8] = ["aud", "azp", "client_id", "scope", "iss", "iat", "nbf", "exp"];
const OF_SIGN_ON: [&str; 5] = ["auth_time", "acr", "amr", "sid", "nonce"];

/// Whether the claim is a NumericDate (RFC 7519 §2).
pub(super) fn is_moment(name: &str) -> bool {
    matches!(name, "exp" | "iat" | "nbf" | "auth_time" | "updated_at")
}

fn first_known(locale: Locale, keys: &[String]) -> String {
    keys.iter().find(|key| Locale::English.knows(key)).map(|key| locale.text(key)).unwrap_or_default()
}

/// A claim's name as part of a message key: `p1.rid` and `auth_time` become `p1-rid` and `auth-time`.
fn slug(name: &str) -> String {
    name.chars().take(64).map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}
