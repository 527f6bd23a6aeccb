//! What a token is bound to (RFC 7800 §3): whoever uses it shows that they hold the key, and not only the token.

use std::fmt;

use jose::Jwk;
use serde_json::{Map, Value};

use crate::token::Json;

/// Whom a token is good for, beside what it says. It is carried by the client of a token request
/// ([`crate::client_auth::AuthenticatedClient`]), by what is issued ([`crate::token::Access`]) and by what is kept
/// ([`crate::authorization::Authorization`]).
///
/// A further way to bind is an arm: the compiler then asks for its claim, its `token_type` and how it is shown. The next is the
/// certificate of RFC 8705 §3.1 (`x5t#S256`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// Whoever bears it may use it (RFC 6750 §1.2).
    #[default]
    None,
    /// Whoever signs a proof for each request with this key (RFC 9449 §6).
    Jkt(Thumbprint),
}

/// The SHA-256 thumbprint of a public key (RFC 7638 §3), in base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct Thumbprint(String);

impl Thumbprint {
    pub fn of(key: &Jwk) -> Self {
        Self(key.thumbprint())
    }

    /// Reads the 43 characters of the 32 octets; None for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == LENGTH && jose::b64::decode(text).is_some()).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A public key's name is nobody's secret.
impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Confirmation {
    /// `token_type` of a token response and an introspection (RFC 6750 §6.1.1, RFC 9449 §5).
    pub const fn token_type(&self) -> &'static str {
        match self {
            Self::None => "Bearer",
            Self::Jkt(_) => "DPoP",
        }
    }

    /// Whether `shown` is what a credential that is bound so asks for. One that is bound to nothing asks for nothing.
    pub fn is_met_by(&self, shown: &Self) -> bool {
        *self == Self::None || self == shown
    }

    /// The `cnf` claim (RFC 7800 §3.1), where there is one.
    pub fn claim(&self) -> Option<Json> {
        match self {
            Self::None => None,
            Self::Jkt(key) => Some(Json::object().text("jkt", key.as_str())),
        }
    }

    /// What the claims of a token of ours say. None: they say what this process does not know, and so it can let nobody use it.
    pub fn of_claims(claims: &Map<String, Value>) -> Option<Self> {
        let Some(cnf) = claims.get("cnf") else { return Some(Self::None) };
        let members = cnf.as_object().filter(|members| members.len() == 1)?;
        Thumbprint::parse(members.get("jkt")?.as_str()?).map(Self::Jkt)
    }

    /// For the owner of a refusal.
    pub fn told(&self) -> String {
        match self {
            Self::None => "no key".to_owned(),
            Self::Jkt(key) => format!("the key with the thumbprint {}", key.as_str()),
        }
    }
}

/// Characters of 32 octets in base64url.
const LENGTH: usize = 43;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

    fn read(claims: &Value) -> Option<Confirmation> {
        Confirmation::of_claims(claims.as_object().unwrap())
    }

    /// What a newer process bound in its own way is no bearer token here.
    #[test]
    fn a_claim_that_is_not_known_binds_nobody_and_opens_nothing() {
        assert_eq!(read(&json!({})), Some(Confirmation::None));
        let key = Thumbprint::parse(KEY).unwrap();
        assert_eq!(read(&json!({ "cnf": { "jkt": KEY } })), Some(Confirmation::Jkt(key)));
        for cnf in [
            json!({ "x5t#S256": KEY }),
            json!({ "jkt": KEY, "x5t#S256": KEY }),
            json!({ "jkt": "short" }),
            json!({ "jkt": format!("{}=", &KEY[1..]) }),
            json!({ "jkt": 1 }),
            json!({}),
            json!(null),
            json!(KEY),
        ] {
            assert_eq!(read(&json!({ "cnf": cnf })), None, "{cnf}");
        }
    }

    #[test]
    fn what_is_bound_is_met_by_its_key_alone() {
        let bound = |text| Confirmation::Jkt(Thumbprint::parse(text).unwrap());
        let (one, other) = (bound(KEY), bound("1ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"));
        assert!(
            one.is_met_by(&one)
                && Confirmation::None.is_met_by(&one)
                && Confirmation::None.is_met_by(&Confirmation::None)
        );
        assert!(!one.is_met_by(&other) && !one.is_met_by(&Confirmation::None));
        assert_eq!((one.token_type(), Confirmation::None.token_type()), ("DPoP", "Bearer"));
        assert_eq!(one.claim().map(Json::finish), Some(format!(r#"{{"jkt":"{KEY}"}}"#)));
    }
}
