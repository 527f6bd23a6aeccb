//! Demonstrating proof of possession (RFC 9449): whether a request was made by whoever holds a key.
//!
//! [`prove`] is the proof alone. [`at_token_endpoint`] and [`at_resource`] say what it means there.

mod nonce;
mod proof;

pub use nonce::Nonces;
pub use proof::{Expected, Proof, prove};

use jose::{Alg, Compact, Jwk};

use crate::client::Client;
use crate::client_auth::Rule;
use crate::confirmation::{Confirmation, Thumbprint};
use crate::refusal::{Reason, Refused};

/// The algorithms of proofs, and so `dpop_signing_alg_values_supported` and `algs` of a challenge: every signature that this server
/// verifies (RFC 9449 §4.3: "asymmetric"), which is what clients sign their assertions with.
pub fn algs() -> impl Iterator<Item = Alg> {
    Rule::PrivateKey.algs()
}

/// What stands in the `DPoP` fields of a request. Nothing is believed of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sent {
    #[default]
    None,
    One(String),
    /// RFC 9449 §4.3: "There is not more than one DPoP HTTP request header field".
    Several,
}

impl Sent {
    /// Reads the values of the fields. What is no text is no JWT either.
    pub fn read(lines: &[&[u8]]) -> Self {
        match lines {
            [] => Self::None,
            [line] => Self::One(str::from_utf8(line).unwrap_or_default().to_owned()),
            _ => Self::Several,
        }
    }

    /// The key that it claims to be made with, which tells apart whose request is made again.
    pub fn key(&self) -> Option<Thumbprint> {
        let Self::One(text) = self else { return None };
        let compact = Compact::parse(text).ok()?;
        Some(Thumbprint::of(&Jwk::from_json(compact.proof_jwk()?).ok()?))
    }

    /// The one proof.
    ///
    /// # Errors
    /// `invalid_dpop_proof` where there is none, or more than one.
    fn one(&self) -> Result<&str, Refused> {
        match self {
            Self::One(text) => Ok(text),
            Self::None => Err(Refused::new(Reason::DpopProofMissing, "a DPoP proof in the header DPoP", "none")),
            Self::Several => Err(Refused::new(Reason::DpopProofInvalid, "one header DPoP", "several")),
        }
    }
}

/// How an access token was sent (RFC 6750 §2, RFC 9449 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Bearer,
    Dpop,
}

/// Decides what the tokens of a request will be bound to. None: to nothing.
///
/// # Errors
/// `invalid_dpop_proof` for what is no proof, and where a client that binds all its tokens shows none (RFC 9449 §5.2);
/// `use_dpop_nonce`.
pub fn at_token_endpoint(client: &Client, sent: &Sent, expected: &Expected<'_>) -> Result<Option<Proof>, Refused> {
    if client.application.dpop_bound { prove(sent.one()?, expected).map(Some) } else { where_shown(sent, expected) }
}

/// Decides of a proof that nobody demands (RFC 9449 §10.1).
///
/// # Errors
/// As above, for one that is shown.
pub fn where_shown(sent: &Sent, expected: &Expected<'_>) -> Result<Option<Proof>, Refused> {
    if *sent == Sent::None { Ok(None) } else { prove(sent.one()?, expected).map(Some) }
}

/// Decides whether whoever sent an access token may use it. Returns the proof that it took, where the token is bound.
///
/// # Errors
/// A bound token as a bearer token (RFC 9449 §7.2), one that is not bound under `DPoP` (§7.1), another key's proof, and what is no
/// proof of this request and this token.
pub fn at_resource(
    bound: &Confirmation,
    scheme: Scheme,
    sent: &Sent,
    expected: &Expected<'_>,
) -> Result<Option<Proof>, Refused> {
    match (bound.jkt(), scheme) {
        (None, Scheme::Bearer) => Ok(None),
        (None, Scheme::Dpop) => {
            let came = "a token without cnf.jkt under the scheme DPoP";
            Err(Refused::new(Reason::AccessTokenUnbound, "the scheme Bearer, or a bound token", came))
        }
        (Some(_), Scheme::Bearer) => {
            let came = "a token with cnf.jkt under the scheme Bearer";
            Err(Refused::new(Reason::AccessTokenBound, "the scheme DPoP and a proof", came))
        }
        (Some(key), Scheme::Dpop) => {
            let proof = prove(sent.one()?, expected)?;
            let (bound, shown) = (Confirmation::Jkt(key.clone()), proof.confirmation());
            if bound.is_met_by(&shown) {
                return Ok(Some(proof));
            }
            Err(Refused::new(Reason::AccessTokenKeyOther, bound.told(), shown.told()))
        }
    }
}

/// The refusal of a proof that is shown again.
pub fn used() -> Refused {
    Refused::new(Reason::DpopProofUsed, "jti: one that was not used before", "jti: the same again")
}

#[cfg(test)]
mod tests;
