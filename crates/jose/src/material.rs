//! Which aws-lc algorithm stands behind an [`Alg`], for each of the kinds of key.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    self, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm,
    RsaEncoding, RsaParameters,
};

use crate::alg::{Alg, Hash};

/// The padding and hash with which an RSA key signs; `None` when `alg` is not an RSA algorithm.
///
/// PS*: the salt is as long as the hash (RFC 7518 §3.5).
pub(crate) fn rsa_signing(alg: Alg) -> Option<&'static dyn RsaEncoding> {
    match alg {
        Alg::Rs256 => Some(&signature::RSA_PKCS1_SHA256),
        Alg::Rs384 => Some(&signature::RSA_PKCS1_SHA384),
        Alg::Rs512 => Some(&signature::RSA_PKCS1_SHA512),
        Alg::Ps256 => Some(&signature::RSA_PSS_SHA256),
        Alg::Ps384 => Some(&signature::RSA_PSS_SHA384),
        Alg::Ps512 => Some(&signature::RSA_PSS_SHA512),
        _ => None,
    }
}

/// The padding and hash with which an RSA key verifies.
pub(crate) fn rsa_verification(alg: Alg) -> Option<&'static RsaParameters> {
    match alg {
        Alg::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Alg::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Alg::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        Alg::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Alg::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Alg::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

/// The curve and hash with which an EC key signs; signatures are R‖S of fixed width (RFC 7518 §3.4).
pub(crate) fn ecdsa_signing(alg: Alg) -> Option<&'static EcdsaSigningAlgorithm> {
    match alg {
        Alg::Es256 => Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        Alg::Es384 => Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        Alg::Es512 => Some(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        _ => None,
    }
}

/// The curve and hash with which an EC key verifies.
pub(crate) fn ecdsa_verification(alg: Alg) -> Option<&'static EcdsaVerificationAlgorithm> {
    match alg {
        Alg::Es256 => Some(&signature::ECDSA_P256_SHA256_FIXED),
        Alg::Es384 => Some(&signature::ECDSA_P384_SHA384_FIXED),
        Alg::Es512 => Some(&signature::ECDSA_P521_SHA512_FIXED),
        _ => None,
    }
}

/// The bits of the curve of an ES* algorithm.
pub(crate) fn curve_bits(alg: Alg) -> usize {
    match alg {
        Alg::Es384 => 384,
        Alg::Es512 => 521,
        _ => 256,
    }
}

/// With what an ML-DSA key signs and verifies, and how long its signature is (RFC 9964 §3; FIPS 204 §4, table 2).
pub(crate) fn ml_dsa(alg: Alg) -> Option<(&'static PqdsaSigningAlgorithm, &'static PqdsaVerificationAlgorithm, usize)> {
    match alg {
        Alg::MlDsa44 => Some((&signature::ML_DSA_44_SIGNING, &signature::ML_DSA_44, 2420)),
        Alg::MlDsa65 => Some((&signature::ML_DSA_65_SIGNING, &signature::ML_DSA_65, 3309)),
        Alg::MlDsa87 => Some((&signature::ML_DSA_87_SIGNING, &signature::ML_DSA_87, 4627)),
        _ => None,
    }
}

/// The HMAC of an HS* algorithm.
pub(crate) fn hmac(alg: Alg) -> Option<hmac::Algorithm> {
    if !alg.is_symmetric() {
        return None;
    }
    Some(match alg.hash()? {
        Hash::Sha256 => hmac::HMAC_SHA256,
        Hash::Sha384 => hmac::HMAC_SHA384,
        Hash::Sha512 => hmac::HMAC_SHA512,
    })
}
