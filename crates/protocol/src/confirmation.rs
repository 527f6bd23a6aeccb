//! What a token is bound to (RFC 7800 §3): whoever uses it shows that they hold the key, and not only the token.

use std::fmt;

use jose::{ClientCertificate, Jwk};
use serde_json::{Map, Value};

use crate::token::Json;

/// Whom a token is good for, beside what it says. It is carried by the client of a token request
/// ([`crate::client_auth::AuthenticatedClient`]), by what is issued ([`crate::token::Access`]) and by what is kept
/// ([`crate::authorization::Authorization`]).
///
/// A further way to bind is an arm: the compiler then asks for its claim, its `token_type` and how it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// Whoever bears it may use it (RFC 6750 §1.2).
    #[default]
    None,
    /// Whoever signs a proof for each request with this key (RFC 9449 §6).
    Jkt(Thumbprint),
    /// Whoever's connection shows this certificate (RFC 8705 §3.1).
    X5t(Thumbprint),
    /// Whoever does both: the application's tokens are bound to certificates, and its request had a proof (RFC 9449 §5).
    Both { jkt: Thumbprint, x5t: Thumbprint },
}

/// The SHA-256 thumbprint of a public key (RFC 7638 §3) or of a certificate (RFC 8705 §3.1), in base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct Thumbprint(String);

impl Thumbprint {
    pub fn of(key: &Jwk) -> Self {
        Self(key.thumbprint())
    }

    pub fn of_certificate(certificate: &ClientCertificate) -> Self {
        Self(certificate.thumbprint().to_owned())
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
    /// To a key, a certificate, to both or to nothing.
    pub fn to(jkt: Option<Thumbprint>, x5t: Option<Thumbprint>) -> Self {
        match (jkt, x5t) {
            (None, None) => Self::None,
            (Some(jkt), None) => Self::Jkt(jkt),
            (None, Some(x5t)) => Self::X5t(x5t),
            (Some(jkt), Some(x5t)) => Self::Both { jkt, x5t },
        }
    }

    /// The key of proofs that it asks for.
    pub const fn jkt(&self) -> Option<&Thumbprint> {
        match self {
            Self::Jkt(jkt) | Self::Both { jkt, .. } => Some(jkt),
            Self::None | Self::X5t(_) => None,
        }
    }

    /// The certificate that it asks for.
    pub const fn x5t(&self) -> Option<&Thumbprint> {
        match self {
            Self::X5t(x5t) | Self::Both { x5t, .. } => Some(x5t),
            Self::None | Self::Jkt(_) => None,
        }
    }

    /// `token_type` of a token response and an introspection (RFC 6750 §6.1.1, RFC 9449 §5, RFC 8705 §3).
    pub const fn token_type(&self) -> &'static str {
        if self.jkt().is_some() { "DPoP" } else { "Bearer" }
    }

    /// Whether `shown` is what a credential that is bound so asks for. One that is bound to nothing asks for nothing.
    pub fn is_met_by(&self, shown: &Self) -> bool {
        let met = |bound: Option<&Thumbprint>, shown| bound.is_none() || bound == shown;
        met(self.jkt(), shown.jkt()) && met(self.x5t(), shown.x5t())
    }

    /// The `cnf` claim (RFC 7800 §3.1), where there is one.
    pub fn claim(&self) -> Option<Json> {
        let (jkt, x5t) = (self.jkt().map(Thumbprint::as_str), self.x5t().map(Thumbprint::as_str));
        (*self != Self::None).then(|| Json::object().text_if("jkt", jkt).text_if(X5T, x5t))
    }

    /// What the claims of a token of ours say. None: they say what this process does not know, and so it can let nobody use it.
    pub fn of_claims(claims: &Map<String, Value>) -> Option<Self> {
        let Some(cnf) = claims.get("cnf") else { return Some(Self::None) };
        let members = cnf.as_object().filter(|members| !members.is_empty())?;
        let (mut jkt, mut x5t) = (None, None);
        for (name, value) in members {
            let place = match name.as_str() {
                "jkt" => &mut jkt,
                X5T => &mut x5t,
                _ => return None,
            };
            *place = Some(Thumbprint::parse(value.as_str()?)?);
        }
        Some(Self::to(jkt, x5t))
    }

    /// For the owner of a refusal.
    pub fn told(&self) -> String {
        match self {
            Self::None => "no key".to_owned(),
            Self::Jkt(key) => format!("the key with the thumbprint {}", key.as_str()),
            Self::X5t(certificate) => format!("the certificate with the thumbprint {}", certificate.as_str()),
            Self::Both { jkt, x5t } => {
                format!("the key with the thumbprint {} and the certificate with {}", jkt.as_str(), x5t.as_str())
            }
        }
    }
}

/// RFC 8705 §3.1.
const X5T: &str = "x5t#S256";
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
        let (jkt, x5t) = (Thumbprint::parse(KEY).unwrap(), Thumbprint::parse(KEY).unwrap());
        assert_eq!(read(&json!({ "cnf": { "x5t#S256": KEY } })), Some(Confirmation::X5t(x5t.clone())));
        let both = json!({ "cnf": { "jkt": KEY, "x5t#S256": KEY } });
        assert_eq!(read(&both), Some(Confirmation::Both { jkt, x5t }));
        for cnf in [
            json!({ "jkt": KEY, "x5t#S256": 1 }),
            json!({ "jkt": KEY, "kid": KEY }),
            json!({ "x5t": KEY }),
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
        // A key is no certificate, and who is asked for both shows both.
        let certificate = Confirmation::X5t(Thumbprint::parse(KEY).unwrap());
        let both = Confirmation::to(one.jkt().cloned(), certificate.x5t().cloned());
        assert!(both.is_met_by(&both) && one.is_met_by(&both) && certificate.is_met_by(&both));
        for (bound, shown) in [(&both, &one), (&both, &certificate), (&one, &certificate), (&certificate, &one)] {
            assert!(!bound.is_met_by(shown), "{bound:?} {shown:?}");
        }
        assert_eq!((both.token_type(), certificate.token_type()), ("DPoP", "Bearer"));
        assert_eq!(both.claim().map(Json::finish), Some(format!(r#"{{"jkt":"{KEY}","x5t#S256":"{KEY}"}}"#)));
    }
}
