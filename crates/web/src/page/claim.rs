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
