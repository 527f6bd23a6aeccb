//! Certificates in files: PEM (RFC 7468 §5), their own octets, or PKCS #7 that holds certificates alone (RFC 5652 §5, RFC 7468 §8).

use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::pem::Pem;

use crate::certificate::CertificateError;
use crate::der::{self, Elements, SET, element, holding, integer, sequence};

/// PKCS #7 that holds these certificates and signs nothing.
pub fn write(certificates: &[&[u8]]) -> Vec<u8> {
    let content = sequence(&[&der::oid(&DATA)]);
    let none = element(SET, &[]);
    let signed = sequence(&[&integer(&[1]), &none, &content, &holding(0xa0, certificates), &none]);
    sequence(&[&der::oid(&SIGNED_DATA), &holding(0xa0, &[&signed])])
}

/// The certificates of a file, in its order: at least one.
///
/// # Errors
/// What is wrong with it. A private key in PEM is told before anything else.
pub fn certificates(file: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
    if file.len() > MAX_FILE {
        return Err(CertificateError::TooLarge);
    }
    let found = match std::str::from_utf8(file) {
        Ok(text) if text.contains(BEGIN) => of_pem(text)?,
        _ => of_octets(file)?,
    };
    match found.len() {
        0 => Err(CertificateError::NoPem),
        1..=MOST => Ok(found),
        _ => Err(CertificateError::TooLarge),
    }
}

fn of_pem(text: &str) -> Result<Vec<Vec<u8>>, CertificateError> {
    // Wherever it stands, and whatever ends its line.
    let mut labels = text.split(BEGIN).skip(1).filter_map(|behind| behind.split("-----").next());
    if labels.any(|label| label.contains("PRIVATE KEY")) {
        return Err(CertificateError::PrivateKey);
    }
    let mut all = Vec::new();
    for block in Pem::iter_from_buffer(text.as_bytes()).take(MOST + 1) {
        let block = block.map_err(|_| CertificateError::Malformed)?;
        match block.label.as_str() {
            "CERTIFICATE" => all.push(block.contents),
            "PKCS7" | "CMS" => all.extend(of_octets(&block.contents)?),
            _ => return Err(CertificateError::Other),
        }
    }
    Ok(all)
}

/// One certificate, or PKCS #7: the first element tells which.
fn of_octets(der: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
    let mut outer = Elements::within(der).ok_or(CertificateError::NoPem)?;
    let mut look = outer;
    if look.oid() != Some(SIGNED_DATA) {
        return Ok(vec![der.to_vec()]);
    }
    outer.next();
    of_signed_data(&mut outer).ok_or(CertificateError::Malformed)
}

fn of_signed_data(content: &mut Elements<'_>) -> Option<Vec<Vec<u8>>> {
    let mut signed = Elements::within(content.context(0)?)?;
    signed.number()?;
    signed.set()?;
    signed.sequence()?;
    let mut certificates = Elements::of(signed.context(0)?);
    let mut all = Vec::new();
    while !certificates.is_empty() && all.len() <= MOST {
        all.push(certificates.next()?.1.to_vec());
    }
    Some(all)
}

const DATA: Oid<'static> = oid!(1.2.840.113549.1.7.1);
const SIGNED_DATA: Oid<'static> = oid!(1.2.840.113549.1.7.2);
const BEGIN: &str = "-----BEGIN ";
const MAX_FILE: usize = 128 * 1024;
/// A chain has a handful.
const MOST: usize = 16;
