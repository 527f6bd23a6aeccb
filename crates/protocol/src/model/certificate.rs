//! Certificates of others that an environment keeps (the contract, Annex A: Certificate). They come as files; nothing of them is written
//! by a body, so nothing here is required or judged.

use super::describe::{Described, Found, Place, Walk, property};
use super::key_pair::KeyUsage;
use crate::id::{CertificateId, EnvironmentId};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Certificate {
    pub id: CertificateId,
    pub environment: EnvironmentId,
    pub name: String,
    /// `RSA`, `EC` or `UNKNOWN`.
    pub algorithm: String,
    /// Bits; nought of a key that is not known.
    pub length: i64,
    pub signature_algorithm: String,
    pub subject: String,
    pub issuer: String,
    /// Decimal digits.
    pub serial: String,
    pub usage: KeyUsage,
    /// Days.
    pub validity: i64,
    pub starts_at: Time,
    pub expires_at: Time,
    /// Base64 of DER.
    pub certificate: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl Described for Certificate {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            algorithm,
            length,
            signature_algorithm,
            subject,
            issuer,
            serial,
            usage,
            validity,
            starts_at,
            expires_at,
            certificate,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").read_only(), name);
        walk.text(&property("algorithm").read_only(), algorithm);
        walk.number(&property("keyLength").read_only(), length);
        walk.text(&property("signatureAlgorithm").read_only(), signature_algorithm);
        walk.text(&property("subjectDN").read_only(), subject);
        walk.text(&property("issuerDN").read_only(), issuer);
        // Answered as a number.
        walk.text(&property("serialNumber").read_only().place(Place::Named("serial")), serial);
        walk.choice(&property("usageType").inert().required(), usage);
        walk.flag(&property("default").read_only(), &mut false);
        walk.number(&property("validityPeriod").read_only(), validity);
        walk.time(&property("startsAt").read_only(), starts_at);
        walk.time(&property("expiresAt").read_only(), expires_at);
        walk.made(&property("status"), "string");
        walk.text(&property("certificate").place(Place::Hidden("certificate")), certificate);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }
}
