//! The public key of an X.509 certificate, for those who register their key by one (RFC 5280 §4.1, RFC 7468 §5).
//!
//! Nobody vouches for the certificate here: whoever registers it says that its key is theirs. What is read of it is the key, for how
//! long it is good, and what it calls itself.

mod facts;

use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::{Oid, oid};
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

pub use facts::Facts;

use crate::jwk::curve_width;
use crate::{Alg, Error, Jwk, PublicKey, VerifyingKey, b64, digest};

/// A certificate that was read whole, with a key that this server can verify with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// As it was registered.
    pub der: Vec<u8>,
    /// Its key, named by its own thumbprint and by the certificate's.
    pub jwk: Jwk,
    /// What the key is, and how many bits it has.
    pub key: (KeyType, usize),
    /// Distinguished names, in the order of the certificate.
    pub subject: String,
    pub issuer: String,
    /// In decimal digits.
    pub serial: String,
    /// How the certificate is signed: a common name of the algorithm, or its object identifier.
    pub signed_with: String,
    /// Seconds since 1970; both are part of the time.
    pub not_before: i64,
    pub not_after: i64,
}

/// The types of key that certificates bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    Rsa,
    Ec,
    Ed25519,
    MlDsa,
}

/// Whether a certificate is good at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    NotYet,
    Valid,
    Expired,
}

/// Why a text gives no key. The texts name the rule and never quote the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("there is no certificate in it: PEM begins with -----BEGIN CERTIFICATE-----")]
    NoPem,
    #[error("there is a private key in it: whoever has read it can sign as the application, so make a new one")]
    PrivateKey,
    #[error("there are several certificates in it: send that of the application alone")]
    Several,
    #[error("there is something else than a certificate in it")]
    Other,
    #[error("the certificate is too large")]
    TooLarge,
    #[error("the certificate cannot be read (RFC 5280 §4.1)")]
    Malformed,
    #[error(
        "the key of the certificate is of a type or curve that is not supported: RSA, P-256, P-384, P-521, Ed25519, ML-DSA"
    )]
    KeyType,
    #[error("the key of the certificate is not for digital signatures (RFC 5280 §4.2.1.3)")]
    Usage,
    #[error("the certificate is not that of an authority: it does not say that it may sign others (RFC 5280 §4.2.1.9)")]
    NoAuthority,
    /// Weak or broken.
    #[error("{0}")]
    Key(Error),
}

impl Certificate {
    /// Reads a text that holds one certificate in PEM and nothing beside it; text before it is passed over (RFC 7468 §2).
    ///
    /// # Errors
    /// What is wrong with it. A private key is told before anything else.
    pub fn from_pem(text: &[u8]) -> Result<Self, CertificateError> {
        Self::from_der(&der_of_pem(text)?)
    }

    /// Reads the octets of one certificate.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_PEM {
            return Err(CertificateError::TooLarge);
        }
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        let usage = certificate.key_usage().map_err(|_| CertificateError::Malformed)?;
        if usage.is_some_and(|usage| !usage.value.digital_signature()) {
            return Err(CertificateError::Usage);
        }
        let (public, key) = public_key(certificate.public_key())?;
        let validity = certificate.validity();
        let good = (validity.not_before.timestamp(), validity.not_after.timestamp());
        let thumbprint = b64::encode(&digest::sha256(der));
        let jwk = Jwk::certified(public, thumbprint, good).map_err(CertificateError::Key)?;
        usable(&jwk)?;
        Ok(Self {
            der: der.to_vec(),
            jwk,
            key,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.tbs_certificate.serial.to_string(),
            signed_with: signed_with(&certificate.signature_algorithm.algorithm),
            not_before: good.0,
            not_after: good.1,
        })
    }

    /// Whether it is good at `now`, in seconds.
    pub fn at(&self, now: i64) -> Validity {
        match now {
            now if now < self.not_before => Validity::NotYet,
            now if now > self.not_after => Validity::Expired,
            _ => Validity::Valid,
        }
    }
}

impl KeyType {
    /// As management calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ec => "EC",
            Self::Ed25519 => "Ed25519",
            Self::MlDsa => "ML-DSA",
        }
    }
}

/// The octets of the one certificate of a text.
pub(crate) fn der_of_pem(text: &[u8]) -> Result<Vec<u8>, CertificateError> {
    if text.len() > MAX_PEM {
        return Err(CertificateError::TooLarge);
    }
    let text = std::str::from_utf8(text).map_err(|_| CertificateError::NoPem)?;
    // Wherever it stands, and whatever ends its line.
    if text
        .split(BEGIN)
        .skip(1)
        .any(|behind| behind.split(END).next().is_some_and(|label| label.contains("PRIVATE KEY")))
    {
        return Err(CertificateError::PrivateKey);
    }
    let labels: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix(BEGIN)).collect();
    match labels[..] {
        [] => return Err(CertificateError::NoPem),
        [only] if only == CERTIFICATE => {}
        [_] => return Err(CertificateError::Other),
        _ if labels.iter().all(|label| *label == CERTIFICATE) => return Err(CertificateError::Several),
        _ => return Err(CertificateError::Other),
    }
    let block = Pem::iter_from_buffer(text.as_bytes()).next();
    Ok(block.and_then(Result::ok).ok_or(CertificateError::Malformed)?.contents)
}

/// The key of a certificate; None where it cannot be read, or no key set may hold it.
pub(crate) fn key_of_der(der: &[u8]) -> Option<PublicKey> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    public_key(certificate.public_key()).ok().map(|(key, _)| key)
}

pub(crate) fn public_key(info: &SubjectPublicKeyInfo<'_>) -> Result<(PublicKey, (KeyType, usize)), CertificateError> {
    let octets = &*info.subject_public_key.data;
    if info.algorithm.algorithm == ED25519 {
        return Ok((PublicKey::Ed25519 { x: octets.to_vec() }, (KeyType::Ed25519, 256)));
    }
    if let Some((_, alg)) = ML_DSA.into_iter().find(|(oid, _)| *oid == info.algorithm.algorithm) {
        return Ok((PublicKey::MlDsa { alg, public: octets.to_vec() }, (KeyType::MlDsa, 8 * octets.len())));
    }
    match info.parsed().map_err(|_| CertificateError::Malformed)? {
        Parsed::RSA(rsa) => {
            let unsigned = |octets: &[u8]| octets.iter().copied().skip_while(|octet| *octet == 0).collect::<Vec<u8>>();
            let n = unsigned(rsa.modulus);
            let bits = n.len() * 8 - n.first().map_or(0, |octet| octet.leading_zeros() as usize);
            Ok((PublicKey::Rsa { n, e: unsigned(rsa.exponent) }, (KeyType::Rsa, bits)))
        }
        Parsed::EC(point) => {
            let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
            let curve = curve.ok_or(CertificateError::KeyType)?;
            let known = CURVES.into_iter().find(|(oid, ..)| *oid == curve);
            let (_, alg, bits) = known.ok_or(CertificateError::KeyType)?;
            // SEC 1 §2.3.3: 0x04 marks the uncompressed form.
            let coordinates = point.data().strip_prefix(&[4]).filter(|rest| rest.len() == 2 * curve_width(alg));
            let (x, y) = coordinates.ok_or(CertificateError::Malformed)?.split_at(curve_width(alg));
            Ok((PublicKey::Ec { alg, x: x.to_vec(), y: y.to_vec() }, (KeyType::Ec, bits)))
        }
        _ => Err(CertificateError::KeyType),
    }
}

/// A point that is not on its curve is known when the key is made ready.
fn usable(jwk: &Jwk) -> Result<(), CertificateError> {
    let alg = Alg::ALL.iter().copied().find(|alg| jwk.verifies(*alg)).ok_or(CertificateError::KeyType)?;
    VerifyingKey::from_jwk(jwk, alg).map(drop).map_err(CertificateError::Key)
}

fn signed_with(algorithm: &Oid<'_>) -> String {
    let known = SIGNED_WITH.into_iter().find(|(oid, _)| oid == algorithm);
    known.map_or_else(|| algorithm.to_id_string(), |(_, name)| name.to_owned())
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----";
const CERTIFICATE: &str = "CERTIFICATE-----";
const ED25519: Oid<'static> = oid!(1.3.101.112);
/// RFC 9881 §2.
const ML_DSA: [(Oid<'static>, Alg); 3] = [
    (oid!(2.16.840.1.101.3.4.3.17), Alg::MlDsa44),
    (oid!(2.16.840.1.101.3.4.3.18), Alg::MlDsa65),
    (oid!(2.16.840.1.101.3.4.3.19), Alg::MlDsa87),
];
/// RFC 5480 §2.1.1.1.
const CURVES: [(Oid<'static>, Alg, usize); 3] = [
    (oid!(1.2.840.10045.3.1.7), Alg::Es256, 256),
    (oid!(1.3.132.0.34), Alg::Es384, 384),
    (oid!(1.3.132.0.35), Alg::Es512, 521),
];
/// RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3.
const SIGNED_WITH: [(Oid<'static>, &str); 12] = [
    (oid!(1.2.840.113549.1.1.5), "SHA1withRSA"),
    (oid!(1.2.840.113549.1.1.11), "SHA256withRSA"),
    (oid!(1.2.840.113549.1.1.12), "SHA384withRSA"),
    (oid!(1.2.840.113549.1.1.13), "SHA512withRSA"),
    (oid!(1.2.840.113549.1.1.10), "RSASSA-PSS"),
    (oid!(1.2.840.10045.4.3.2), "SHA256withECDSA"),
    (oid!(1.2.840.10045.4.3.3), "SHA384withECDSA"),
    (oid!(1.2.840.10045.4.3.4), "SHA512withECDSA"),
    (ED25519, "Ed25519"),
    (oid!(2.16.840.1.101.3.4.3.17), "ML-DSA-44"),
    (oid!(2.16.840.1.101.3.4.3.18), "ML-DSA-65"),
    (oid!(2.16.840.1.101.3.4.3.19), "ML-DSA-87"),
];
const MAX_PEM: usize = 32 * 1024;
