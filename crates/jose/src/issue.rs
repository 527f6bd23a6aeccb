//! Certificates (RFC 5280) and requests for them (RFC 2986) of a key of this server's own.
//!
//! They are written here and not by a library: a key of P-256 may sign with SHA-384, a name may have an attribute twice, and who
//! issues it may be called otherwise than whose it is, which none of those at hand can all do. `x509-parser` reads them back.

use x509_parser::asn1_rs::{Oid, oid};

use crate::der::{self, OCTET_STRING, TRUE, bits, element, holding, integer, sequence};
use crate::{DistinguishedName, Error, SigningKey};

/// With which hash an RSA or EC key signs what is X.509. Keys of other types have their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedWith {
    Sha256,
    Sha384,
    Sha512,
}

/// What a certificate says.
#[derive(Clone, Debug)]
pub struct Said<'a> {
    pub subject: &'a DistinguishedName,
    pub issuer: &'a DistinguishedName,
    /// Big-endian; at most twenty octets (RFC 5280 §4.1.2.2).
    pub serial: &'a [u8],
    /// Seconds since 1970; both are part of the time.
    pub not_before: i64,
    pub not_after: i64,
    /// Whether it may sign others (§4.2.1.9).
    pub authority: bool,
    /// Where it is told which are revoked (§4.2.1.13).
    pub revocations: Option<&'a str>,
}

impl SigningKey {
    /// A certificate of this key, signed with it. Its octets.
    ///
    /// # Errors
    /// The key cannot sign so.
    pub fn certify(&self, said: &Said<'_>, with: SignedWith) -> Result<Vec<u8>, Error> {
        let algorithm = self.algorithm_identifier(with);
        let validity = sequence(&[&der::time(said.not_before), &der::time(said.not_after)]);
        let version = holding(0xa0, &[&integer(&[2])]);
        let parts: [&[u8]; 8] = [
            &version,
            &integer(said.serial),
            &algorithm,
            &said.issuer.encode(),
            &validity,
            &said.subject.encode(),
            &self.public_key_info()?,
            &extensions(said),
        ];
        self.signed(&sequence(&parts), &algorithm, with)
    }

    /// A request for a certificate of this key: its octets.
    ///
    /// # Errors
    /// The key cannot sign so.
    pub fn request(&self, subject: &DistinguishedName, with: SignedWith) -> Result<Vec<u8>, Error> {
        let attributes = element(0xa0, &[]);
        let parts: [&[u8]; 4] = [&integer(&[0]), &subject.encode(), &self.public_key_info()?, &attributes];
        self.signed(&sequence(&parts), &self.algorithm_identifier(with), with)
    }

    fn signed(&self, content: &[u8], algorithm: &[u8], with: SignedWith) -> Result<Vec<u8>, Error> {
        let signature = self.sign_octets(with, content)?;
        Ok(sequence(&[content, algorithm, &bits(&signature)]))
    }

    /// RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3, RFC 9881 §2.
    fn algorithm_identifier(&self, with: SignedWith) -> Vec<u8> {
        let alg = self.alg();
        let oid = der::oid(&signature_oid(alg, with));
        if alg.is_rsa() { sequence(&[&oid, &der::NULL]) } else { sequence(&[&oid]) }
    }
}

fn signature_oid(alg: crate::Alg, with: SignedWith) -> Oid<'static> {
    use crate::Alg;
    match (alg, with) {
        (Alg::MlDsa44, _) => oid!(2.16.840.1.101.3.4.3.17),
        (Alg::MlDsa65, _) => oid!(2.16.840.1.101.3.4.3.18),
        (Alg::MlDsa87, _) => oid!(2.16.840.1.101.3.4.3.19),
        (alg, _) if alg.is_ed25519() => oid!(1.3.101.112),
        (alg, SignedWith::Sha256) if alg.is_rsa() => oid!(1.2.840.113549.1.1.11),
        (alg, SignedWith::Sha384) if alg.is_rsa() => oid!(1.2.840.113549.1.1.12),
        (alg, SignedWith::Sha512) if alg.is_rsa() => oid!(1.2.840.113549.1.1.13),
        (_, SignedWith::Sha256) => oid!(1.2.840.10045.4.3.2),
        (_, SignedWith::Sha384) => oid!(1.2.840.10045.4.3.3),
        (_, SignedWith::Sha512) => oid!(1.2.840.10045.4.3.4),
    }
}

/// Nothing where there is nothing to say, as the optional part allows (§4.1.2.9).
fn extensions(said: &Said<'_>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut add = |oid: Oid<'static>, critical: bool, value: &[u8]| {
        let critical: &[u8] = if critical { &TRUE } else { &[] };
        all.extend(sequence(&[&der::oid(&oid), critical, &element(OCTET_STRING, value)]));
    };
    if said.authority {
        add(oid!(2.5.29.19), true, &sequence(&[&TRUE]));
        // keyCertSign and cRLSign are bits 5 and 6 (§4.2.1.3).
        add(oid!(2.5.29.15), true, &element(der::BIT_STRING, &[1, 0b0000_0110]));
    }
    if let Some(address) = said.revocations {
        let name = element(0x86, address.as_bytes());
        let point = sequence(&[&holding(0xa0, &[&holding(0xa0, &[&name])])]);
        add(oid!(2.5.29.31), false, &sequence(&[&point]));
    }
    if all.is_empty() { Vec::new() } else { holding(0xa3, &[&element(der::SEQUENCE, &all)]) }
}

#[cfg(test)]
mod tests;
