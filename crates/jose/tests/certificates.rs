//! What is read of a certificate, and which text gives no key, with certificates of other programs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jose::certificate::{KeyType, Validity};
use jose::{Alg, Certificate, CertificateError, Compact, Error, Jwks, SigningKey};
use rcgen::{CertificateParams, KeyPair, KeyUsagePurpose};

const RSA: &str = include_str!("data/rsa-2048.pem");
const WEAK: &str = include_str!("data/rsa-1024.pem");
const FOREIGN_CURVE: &str = include_str!("data/secp256k1.pem");
const FOR_CERTIFICATES_ALONE: &str = include_str!("data/ca-only.pem");

/// A certificate of the key, as a client would have it made.
fn certified(key: &SigningKey) -> String {
    let pair = KeyPair::try_from(key.pkcs8().as_slice()).unwrap();
    CertificateParams::new(vec!["app.example".to_owned()]).unwrap().self_signed(&pair).unwrap().pem()
}

/// What is signed with the key verifies with its certificate, named by the one thumbprint or the other, or by none.
#[test]
fn the_key_of_a_certificate_verifies_what_its_owner_signs() {
    for (alg, kind) in [
        (Alg::Es256, (KeyType::Ec, 256)),
        (Alg::Es384, (KeyType::Ec, 384)),
        (Alg::Es512, (KeyType::Ec, 521)),
        (Alg::EdDsa, (KeyType::Ed25519, 256)),
        (Alg::Rs256, (KeyType::Rsa, 2048)),
    ] {
        let key = SigningKey::generate(alg).unwrap();
        let read = Certificate::from_pem(certified(&key).as_bytes()).unwrap();
        assert_eq!((read.key, read.jwk.kid()), (kind, Some(key.kid())), "{alg}");
        assert_eq!(Certificate::from_der(&read.der), Ok(read.clone()));
        let keys = Jwks::new(vec![read.jwk.clone()]);
        for key in [key.clone(), key.clone().with_kid("another".into())] {
            let token = key.sign(None, b"{}").unwrap();
            let found = keys.verifying(&Compact::parse(&token).unwrap());
            assert_eq!(found.is_some(), key.kid() != "another", "{alg}");
            if let Some(found) = found {
                Compact::parse(&token).unwrap().verify(&found.unwrap()).unwrap();
            }
        }
    }
    // Any algorithm of RSA: a certificate does not say which.
    let read = Certificate::from_pem(RSA.as_bytes()).unwrap();
    let algs: Vec<_> = Alg::ALL.iter().filter(|alg| read.jwk.verifies(**alg)).map(|alg| alg.name()).collect();
    assert_eq!(algs, ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
    assert_eq!((read.subject.as_str(), read.signed_with.as_str()), ("C=US, O=Example, CN=app", "SHA256withRSA"));
}

/// RFC 7515 §4.1.8: the header names the certificate instead of the key.
#[test]
fn a_certificate_is_named_by_its_thumbprint() {
    let keys: Vec<_> = (0..2).map(|_| SigningKey::generate(Alg::Es256).unwrap()).collect();
    let read: Vec<_> = keys.iter().map(|key| Certificate::from_pem(certified(key).as_bytes()).unwrap()).collect();
    let set = Jwks::new(read.iter().map(|one| one.jwk.clone()).collect());
    let named = |header: String| format!("{}.e30.AAAA", jose::b64::encode(header.as_bytes()));
    for one in &read {
        let thumbprint = one.jwk.certificate().unwrap();
        assert_eq!(thumbprint, jose::b64::encode(&jose::digest::sha256(&one.der)));
        let token = named(format!(r#"{{"alg":"ES256","x5t#S256":"{thumbprint}"}}"#));
        assert_eq!(set.key_of(&Compact::parse(&token).unwrap()), Some(&one.jwk));
        // A key id that somebody else knows stands in nobody's way.
        let token = named(format!(r#"{{"alg":"ES256","kid":"own","x5t#S256":"{thumbprint}"}}"#));
        assert_eq!(set.key_of(&Compact::parse(&token).unwrap()), Some(&one.jwk));
        // Nor does it choose the algorithm.
        let token = named(format!(r#"{{"alg":"ES384","x5t#S256":"{thumbprint}"}}"#));
        assert_eq!(set.key_of(&Compact::parse(&token).unwrap()), None);
    }
    for header in [r#"{"alg":"ES256"}"#, r#"{"alg":"ES256","x5t#S256":"AA"}"#, r#"{"alg":"ES256","x5t#S256":1}"#] {
        assert_eq!(set.key_of(&Compact::parse(&named(header.into())).unwrap()), None, "ambiguous: {header}");
    }
}

/// CJ-22
#[test]
fn what_gives_no_key_says_why() {
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let good = certified(&key);
    let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    let cut = good.lines().take(3).collect::<Vec<_>>().join("\n");
    for (text, expected) in [
        (String::new(), CertificateError::NoPem),
        ("garbage".into(), CertificateError::NoPem),
        (format!("{good}{good}"), CertificateError::Several),
        (format!("{good}{}", block("PRIVATE KEY")), CertificateError::PrivateKey),
        (format!("{}{good}", block("ENCRYPTED PRIVATE KEY")), CertificateError::PrivateKey),
        (block("RSA PRIVATE KEY"), CertificateError::PrivateKey),
        (block("PUBLIC KEY"), CertificateError::Other),
        (block("CERTIFICATE REQUEST"), CertificateError::Other),
        (format!("{good}{}", block("PUBLIC KEY")), CertificateError::Other),
        (block("CERTIFICATE"), CertificateError::Malformed),
        (cut, CertificateError::Malformed),
        (WEAK.into(), CertificateError::Key(Error::Key("the RSA modulus is not of 2048 to 8192 bits"))),
        (FOREIGN_CURVE.into(), CertificateError::KeyType),
        (FOR_CERTIFICATES_ALONE.into(), CertificateError::Usage),
        ("x".repeat(32 * 1024 + 1), CertificateError::TooLarge),
    ] {
        assert_eq!(Certificate::from_pem(text.as_bytes()), Err(expected), "{text}");
    }
    let der = Certificate::from_pem(good.as_bytes()).unwrap().der;
    for end in 0..der.len() {
        assert!(Certificate::from_der(&der[..end]).is_err(), "{end}");
    }
    assert_eq!(Certificate::from_der(&[&der[..], &[0]].concat()), Err(CertificateError::Malformed));
}

/// Text around it, the line ends of Windows, and a use that names signatures.
#[test]
fn a_certificate_is_found_in_what_programs_write() {
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let pair = KeyPair::try_from(key.pkcs8().as_slice()).unwrap();
    let mut params = CertificateParams::new(vec!["app.example".to_owned()]).unwrap();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
    let pem = params.self_signed(&pair).unwrap().pem();
    for text in [format!("subject=CN = app\n\n{pem}"), pem.replace('\n', "\r\n"), format!("{pem}\n\n")] {
        assert_eq!(Certificate::from_pem(text.as_bytes()).unwrap().jwk.thumbprint(), key.kid(), "{text}");
    }
}

#[test]
fn a_certificate_is_good_from_its_first_second_to_its_last() {
    let read = Certificate::from_pem(RSA.as_bytes()).unwrap();
    let at = |second| read.at(second);
    assert_eq!(
        [at(read.not_before - 1), at(read.not_before), at(read.not_after), at(read.not_after + 1)],
        [Validity::NotYet, Validity::Valid, Validity::Valid, Validity::Expired]
    );
}
