//! What any certificate says of itself, whatever its key is for: those of an environment are not there to verify signatures of clients.

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::{CertificateError, KeyType, MAX_PEM, Validity, public_key, signed_with};
use crate::DistinguishedName;

/// A certificate that was read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub der: Vec<u8>,
    /// What its key is and how many bits it has. None: of a type that is not known here.
    pub key: Option<(KeyType, usize)>,
    /// SubjectPublicKeyInfo: two keys are the same when this is.
    pub public_key: Vec<u8>,
    pub subject: DistinguishedName,
    pub issuer: DistinguishedName,
    /// In decimal digits.
    pub serial: String,
    /// How it is signed: a common name of the algorithm, or its object identifier.
    pub signed_with: String,
    /// Seconds since 1970; both are part of the time.
    pub not_before: i64,
    pub not_after: i64,
}

impl Facts {
    /// Reads the octets of one certificate.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_PEM {
            return Err(CertificateError::TooLarge);
        }
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        let key = match public_key(certificate.public_key()) {
            Ok((_, key)) => Some(key),
            Err(CertificateError::KeyType) => None,
            Err(error) => return Err(error),
        };
        let validity = certificate.validity();
        Ok(Self {
            der: der.to_vec(),
            key,
            public_key: certificate.public_key().raw.to_vec(),
            subject: DistinguishedName::of(certificate.subject()),
            issuer: DistinguishedName::of(certificate.issuer()),
            serial: certificate.tbs_certificate.serial.to_string(),
            signed_with: signed_with(&certificate.signature_algorithm.algorithm),
            not_before: validity.not_before.timestamp(),
            not_after: validity.not_after.timestamp(),
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

    /// What it is called: whose it is, and by whom where that is somebody else.
    pub fn name(&self) -> String {
        let own = self.subject.common_name();
        if self.subject == self.issuer { own } else { format!("{own} ({})", self.issuer.common_name()) }
    }
}
