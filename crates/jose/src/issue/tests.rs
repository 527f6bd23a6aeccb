use x509_parser::prelude::{FromDer as _, X509Certificate, X509CertificationRequest};

use super::{Said, SignedWith};
use crate::{Alg, DistinguishedName, Facts, SigningKey, pkcs7};

const PING: &str = "CN=key, OU=Ping Identity, OU=Other, O=Ping Identity, L=, ST=, C=US";

fn said<'a>(subject: &'a DistinguishedName, issuer: &'a DistinguishedName) -> Said<'a> {
    Said {
        subject,
        issuer,
        serial: &[0x01, 0x82, 0xf8, 0x9c, 0x6b, 0x9f],
        not_before: 1_700_000_000,
        not_after: 2_700_000_000,
        authority: false,
        revocations: None,
    }
}

/// Every kind of key with every hash, read back by another reader; names with an attribute twice, and an issuer of another name.
#[test]
fn certificates_are_read_back() {
    let (subject, issuer) =
        (DistinguishedName::parse(PING).unwrap(), DistinguishedName::parse("CN=My CA,C=US").unwrap());
    for alg in [Alg::Rs256, Alg::Es256, Alg::Es384, Alg::Es512, Alg::EdDsa, Alg::MlDsa65] {
        let key = SigningKey::generate(alg).unwrap();
        for with in [SignedWith::Sha256, SignedWith::Sha384, SignedWith::Sha512] {
            let der = key.certify(&said(&subject, &issuer), with).unwrap();
            let facts = Facts::read(&der).unwrap();
            assert_eq!((facts.serial.as_str(), facts.not_before), ("1662028376991", 1_700_000_000), "{alg}");
            assert_eq!(facts.not_after, 2_700_000_000);
            assert_eq!(facts.public_key, key.public_key_info().unwrap());
            assert_eq!(facts.issuer, issuer);
            assert_eq!(facts.subject.spelled(", ", false), "CN=key, OU=Ping Identity, OU=Other, O=Ping Identity, C=US");
            assert_eq!(facts.subject.spelled(",", true), "C=US,O=Ping Identity,OU=Other,OU=Ping Identity,CN=key");
            assert_eq!(facts.name(), "key (My CA)");
            verified(&der, alg, with);
            let request = key.request(&subject, with).unwrap();
            let (rest, read) = X509CertificationRequest::from_der(&request).unwrap();
            assert!(rest.is_empty());
            assert_eq!(read.certification_request_info.subject_pki.raw, key.public_key_info().unwrap());
        }
    }
}

/// By the library's own verification, which takes each hash on each curve.
fn verified(der: &[u8], alg: Alg, with: SignedWith) {
    use aws_lc_rs::signature::{self as is, UnparsedPublicKey, VerificationAlgorithm};
    let (_, read) = X509Certificate::from_der(der).unwrap();
    let rule: &dyn VerificationAlgorithm = match (alg, with) {
        (Alg::Rs256, SignedWith::Sha256) => &is::RSA_PKCS1_2048_8192_SHA256,
        (Alg::Rs256, SignedWith::Sha384) => &is::RSA_PKCS1_2048_8192_SHA384,
        (Alg::Rs256, SignedWith::Sha512) => &is::RSA_PKCS1_2048_8192_SHA512,
        (Alg::Es256, SignedWith::Sha256) => &is::ECDSA_P256_SHA256_ASN1,
        (Alg::Es256, SignedWith::Sha384) => &is::ECDSA_P256_SHA384_ASN1,
        (Alg::Es256, SignedWith::Sha512) => &is::ECDSA_P256_SHA512_ASN1,
        (Alg::Es384, SignedWith::Sha256) => &is::ECDSA_P384_SHA256_ASN1,
        (Alg::Es384, SignedWith::Sha384) => &is::ECDSA_P384_SHA384_ASN1,
        (Alg::Es384, SignedWith::Sha512) => &is::ECDSA_P384_SHA512_ASN1,
        (Alg::Es512, SignedWith::Sha256) => &is::ECDSA_P521_SHA256_ASN1,
        (Alg::Es512, SignedWith::Sha384) => &is::ECDSA_P521_SHA384_ASN1,
        (Alg::Es512, SignedWith::Sha512) => &is::ECDSA_P521_SHA512_ASN1,
        (Alg::EdDsa, _) => &is::ED25519,
        _ => return,
    };
    let key = &read.public_key().subject_public_key.data;
    let signed = UnparsedPublicKey::new(rule, key).verify(read.tbs_certificate.as_ref(), &read.signature_value.data);
    assert!(signed.is_ok(), "{alg} {with:?}");
}

#[test]
fn an_authority_says_so_and_where_its_list_is() {
    let name = DistinguishedName::parse(PING).unwrap();
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let said = Said { authority: true, revocations: Some("http://ca.example/list.crl"), ..said(&name, &name) };
    let der = key.certify(&said, SignedWith::Sha256).unwrap();
    let (_, read) = X509Certificate::from_der(&der).unwrap();
    assert!(read.is_ca());
    assert!(read.key_usage().unwrap().unwrap().value.key_cert_sign());
    assert!(String::from_utf8_lossy(&der).contains("http://ca.example/list.crl"));
    assert_eq!(Facts::read(&der).unwrap().name(), "key");
}

/// PKCS #7, PEM and plain octets give back what was put in; anything else gives a sentence.
#[test]
fn files_of_certificates_are_read() {
    let name = DistinguishedName::parse(PING).unwrap();
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let der = key.certify(&said(&name, &name), SignedWith::Sha256).unwrap();
    let packed = pkcs7::write(&[&der, &der]);
    assert_eq!(pkcs7::certificates(&packed).unwrap(), [der.clone(), der.clone()]);
    let (plain, wrapped) = (crate::dn::pem("CERTIFICATE", &der), crate::dn::pem("PKCS7", &packed));
    assert_eq!(pkcs7::certificates(plain.as_bytes()).unwrap(), std::slice::from_ref(&der));
    assert_eq!(pkcs7::certificates(wrapped.as_bytes()).unwrap().len(), 2);
    assert_eq!(pkcs7::certificates(&der).unwrap(), std::slice::from_ref(&der));
    for cut in 0..packed.len() {
        assert!(pkcs7::certificates(&packed[..cut]).is_err(), "{cut}");
    }
    let private = format!("{plain}{}", crate::dn::pem("PRIVATE KEY", key.pkcs8()));
    assert!(pkcs7::certificates(private.as_bytes()).is_err());
    assert!(pkcs7::certificates(&vec![b' '; 200_000]).is_err());
}
