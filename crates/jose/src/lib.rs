//! JOSE: signing and verification with keys that are parsed once and carry their algorithm.
//!
//! The algorithm is a property of the key, never of the token (RFC 8725 §3.1): [`Compact::verify`] compares the
//! token's `alg` with the key's and goes no further when they differ. A payload can only be read out of a
//! [`Verified`], and a `Verified` only comes from a signature that was checked.

mod alg;
pub mod b64;
pub mod certificate;
pub mod claims;
mod client_certificate;
mod compact;
mod der;
pub mod digest;
pub mod dn;
mod issue;
pub mod json;
mod jwk;
mod jwks;
pub mod keyed_hash;
mod material;
mod pkcs12;
pub mod pkcs7;
pub mod seal;
mod sign;
mod verify;

#[cfg(test)]
mod tests {
    mod wycheproof;
}

pub use alg::Alg;
pub use certificate::{Certificate, CertificateError, Facts};
pub use client_certificate::{AlternativeName, Authority, Chain, ClientCertificate, Read};
pub use compact::{Compact, Verified};
pub use dn::DistinguishedName;
pub use issue::{Said, SignedWith};
pub use jwk::{Jwk, PublicKey};
pub use jwks::Jwks;
pub use pkcs12::{Pkcs12, Pkcs12Error};
pub use sign::{SigningKey, Typ, sign_with_secret};
pub use verify::VerifyingKey;

/// Why a token, a key or a document was refused.
///
/// The texts name the rule and never quote the input, so an `Error` may be logged and its text sent to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a compact JWS, not the JSON it should be, or larger than the limits allow.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// `alg` is missing from the closed list, or is not the algorithm of the key (RFC 8725 §3.1).
    #[error("the algorithm is not supported")]
    UnsupportedAlg,
    /// The signature is not one of this key over these bytes.
    #[error("the signature is not valid")]
    BadSignature,
    /// The named claim (or the header parameter `typ`) is absent, has the wrong type or is not acceptable.
    #[error("the claim {0} is not acceptable")]
    Claim(&'static str),
    /// The key cannot be used, with the reason.
    #[error("unusable key: {0}")]
    Key(&'static str),
}
