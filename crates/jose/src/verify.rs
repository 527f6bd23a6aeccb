//! Verification keys: parsed once, for one algorithm, which the token has no say in (RFC 8725 §3.1, §3.5).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RsaPublicKeyComponents};

use crate::jwk::curve_width;
use crate::{Alg, Error, Jwk, PublicKey, material};

/// A parsed key and the one algorithm it verifies; clones share it.
#[derive(Clone)]
pub struct VerifyingKey {
    alg: Alg,
    key: Arc<Material>,
}

enum Material {
    Public { key: ParsedPublicKey, signature_len: usize },
    Hmac(Box<hmac::Key>),
}

impl VerifyingKey {
    /// The key of `jwk`, for `alg` alone.
    ///
    /// Refused when the type, `use`, `key_ops` or `alg` of the key do not allow it (see [`Jwk::verifies`]), or when
    /// the point is not on the curve.
    pub fn from_jwk(jwk: &Jwk, alg: Alg) -> Result<Self, Error> {
        if !jwk.verifies(alg) {
            return Err(Error::Key("the key is not for verifying this algorithm"));
        }
        let (key, signature_len) = match jwk.key() {
            PublicKey::Rsa { n, e } => (parse_rsa(alg, n, e)?, n.len()),
            PublicKey::Ec { x, y, .. } => (parse_ec(alg, x, y)?, 2 * curve_width(alg)),
            PublicKey::Ed25519 { x } => (ParsedPublicKey::new(&ED25519, x).map_err(|_| REJECTED)?, 64),
            PublicKey::MlDsa { public, .. } => {
                let (_, algorithm, signature_len) = material::ml_dsa(alg).ok_or(Error::UnsupportedAlg)?;
                (ParsedPublicKey::new(algorithm, public).map_err(|_| REJECTED)?, signature_len)
            }
        };
        Ok(Self { alg, key: Arc::new(Material::Public { key, signature_len }) })
    }

    /// The key made of a shared secret, which must be at least as long as the hash (RFC 7518 §3.2).
    pub fn from_secret(alg: Alg, secret: &[u8]) -> Result<Self, Error> {
        Ok(Self { alg, key: Arc::new(Material::Hmac(Box::new(hmac_key(alg, secret)?))) })
    }

    /// The one algorithm of the key.
    pub fn alg(&self) -> Alg {
        self.alg
    }

    pub(crate) fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        match &*self.key {
            Material::Public { key, signature_len } if signature.len() == *signature_len => {
                key.verify_sig(message, signature).map_err(|_| Error::BadSignature)
            }
            Material::Public { .. } => Err(Error::BadSignature),
            Material::Hmac(key) => hmac::verify(key, message, signature).map_err(|_| Error::BadSignature),
        }
    }
}

/// Shows the algorithm only.
impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("alg", &self.alg).finish_non_exhaustive()
    }
}

/// The HMAC key of a shared secret, with the least size of RFC 7518 §3.2.
pub(crate) fn hmac_key(alg: Alg, secret: &[u8]) -> Result<hmac::Key, Error> {
    let algorithm = material::hmac(alg).ok_or(Error::UnsupportedAlg)?;
    if alg.hash().is_none_or(|hash| secret.len() < hash.size()) {
        return Err(Error::Key("the secret is shorter than the hash"));
    }
    Ok(hmac::Key::new(algorithm, secret))
}

fn parse_rsa(alg: Alg, n: &[u8], e: &[u8]) -> Result<ParsedPublicKey, Error> {
    let parameters = material::rsa_verification(alg).ok_or(Error::UnsupportedAlg)?;
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).map_err(|_| REJECTED)
}

fn parse_ec(alg: Alg, x: &[u8], y: &[u8]) -> Result<ParsedPublicKey, Error> {
    let algorithm = material::ecdsa_verification(alg).ok_or(Error::UnsupportedAlg)?;
    // SEC 1 §2.3.3: 0x04 marks the uncompressed form.
    let point = [&[4], x, y].concat();
    ParsedPublicKey::new(algorithm, point).map_err(|_| REJECTED)
}

const REJECTED: Error = Error::Key("the public key is not valid");
