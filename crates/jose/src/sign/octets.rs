//! Signatures that are no JWS: of certificates and requests for them, in the form of X.509 (RFC 5280 §4.1.1.3).

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
};

use super::{Pair, REJECTED, SIGNING, SigningKey};
use crate::alg::{Alg, Hash};
use crate::der::{integer, sequence};
use crate::issue::SignedWith;
use crate::jwk::curve_width;
use crate::{Error, material};

impl SigningKey {
    /// The public key as certificates have it: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    pub fn public_key_info(&self) -> Result<Vec<u8>, Error> {
        let info: Result<PublicKeyX509Der<'_>, Unspecified> = match &*self.0.pair {
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::Ec(pair) => pair.public_key().as_der(),
            Pair::Ed25519(pair) => pair.public_key().as_der(),
            Pair::MlDsa(pair) => pair.public_key().as_der(),
        };
        Ok(info.map_err(|_| REJECTED)?.as_ref().to_vec())
    }

    /// RSASSA-PKCS1-v1_5 or ECDSA with this hash; keys of other types have their own.
    pub(crate) fn sign_octets(&self, with: SignedWith, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &*self.0.pair {
            Pair::Rsa(pair) => {
                let padding: &'static dyn RsaEncoding = match with {
                    SignedWith::Sha256 => &RSA_PKCS1_SHA256,
                    SignedWith::Sha384 => &RSA_PKCS1_SHA384,
                    SignedWith::Sha512 => &RSA_PKCS1_SHA512,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), message, &mut signature).map_err(|_| SIGNING)?;
                Ok(signature)
            }
            Pair::Ec(pair) => ecdsa(pair, self.0.alg, with, message),
            Pair::Ed25519(pair) => pair.try_sign(message).map(|one| one.as_ref().to_vec()).map_err(|_| SIGNING),
            Pair::MlDsa(pair) => {
                let length = material::ml_dsa(self.0.alg).map(|(.., length)| length).ok_or(SIGNING)?;
                let mut signature = vec![0; length];
                pair.sign(message, &mut signature).map_err(|_| SIGNING)?;
                Ok(signature)
            }
        }
    }
}

/// ECDSA of any of these hashes on any curve: what is signed is the hash as a number, of as many leading bits as the order of the
/// curve has (FIPS 186-5 §6.4.1). The library signs digests of the length that goes with the curve, so a shorter one is given its
/// leading zeros, which change no number, and a longer one is cut as the standard says.
fn ecdsa(pair: &EcdsaKeyPair, alg: Alg, with: SignedWith, message: &[u8]) -> Result<Vec<u8>, Error> {
    let hash = match with {
        SignedWith::Sha256 => &digest::SHA256,
        SignedWith::Sha384 => &digest::SHA384,
        SignedWith::Sha512 => &digest::SHA512,
    };
    let own = match alg.hash() {
        Some(Hash::Sha256) => &digest::SHA256,
        Some(Hash::Sha384) => &digest::SHA384,
        Some(Hash::Sha512) => &digest::SHA512,
        None => return Err(SIGNING),
    };
    let hashed = digest::digest(hash, message);
    let hashed = &hashed.as_ref()[..hash.output_len.min(own.output_len)];
    let mut fitted = vec![0; own.output_len - hashed.len()];
    fitted.extend_from_slice(hashed);
    let fitted = Digest::import_less_safe(&fitted, own).map_err(|_| SIGNING)?;
    let signature = pair.sign_digest(&fitted).map_err(|_| SIGNING)?;
    let (r, s) = signature.as_ref().split_at_checked(curve_width(alg)).ok_or(SIGNING)?;
    Ok(sequence(&[&integer(r), &integer(s)]))
}
