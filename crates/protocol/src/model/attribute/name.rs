//! Decides which claims a mapping may write: none of those that this server answers for.

use crate::model::check::Fields;

use super::SUB;

/// Whether a claim of this name is this server's own in some token, whoever reads it: what PingOne reserves, and what says to whom a
/// token is bound, what it is for or of what kind it is (RFC 7800 §3, RFC 8693 §4, RFC 9396 §9; OpenID Connect Core §3.3.2.11, §5.6.2;
/// Back-Channel Logout §2.4).
pub fn is_reserved(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    RESERVED.binary_search(&lower.as_str()).is_ok() || lower.starts_with("p1.")
}

/// Judges the name of the mapping of a `holder`, which is `core` or of anybody's making.
pub(super) fn judge(fields: &mut Fields<'_>, (name, core): (&str, bool), before: &str, (holder, of): (&str, &str)) {
    if core {
        if name != before {
            fields.fault("INVALID_VALUE", "name", "cannot be changed", None);
        }
    } else if name == SUB {
        fields.fault("UNIQUENESS_VIOLATION", "name", TAKEN, None);
    } else if is_reserved(name) {
        // The words are PingOne's: clients show them.
        let message = format!("Attribute name '{name}' is not valid for the '{of}' {holder}");
        fields.fault("INVALID_VALUE", "name", &message, None);
    }
}

pub(super) const TAKEN: &str = "another attribute has this name";

/// In order.
const RESERVED: [&str; 36] = [
    "_claim_names",
    "_claim_sources",
    "acr",
    "act",
    "active",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "env",
    "events",
    "exp",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "org",
    "s_hash",
    "scope",
    "sid",
    "sub",
    "sub_id",
    "sub_jwk",
    "toe",
    "token_introspection",
    "token_type",
    "txn",
    "vc",
    "vp",
];

#[cfg(test)]
mod tests {
    use super::{RESERVED, is_reserved};

    /// What is looked for by halves is in order; a claim in other letters is a claim that somebody may take for it.
    #[test]
    fn reserved_names() {
        assert!(RESERVED.is_sorted());
        for name in ["aud", "Aud", "SUB", "p1.rid", "P1.x", "cnf", "events", "sid", "authorization_details"] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["email", "mail", "p1", "audience", "groups", "address.country"] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
