//! `jose::Certificate` of what somebody registers: one certificate and no private key beside it, whose octets hold the key that is
//! taken; written again it is read alike, and a certificate that was cut is none.

use jose::certificate::Validity;
use jose::{Alg, Certificate, Jwk, PublicKey, VerifyingKey, b64, digest};

pub fn check(text: &[u8]) {
    // The octets themselves, so that what is inside is reached without the armour as well.
    if let Ok(read) = Certificate::from_der(text) {
        assert_eq!(read.der, text);
        sound(&read);
    }
    let Ok(read) = Certificate::from_pem(text) else { return };
    let text = std::str::from_utf8(text).expect("accepted");
    assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 1);
    assert!(!text.lines().any(|line| line.trim().starts_with("-----BEGIN ") && line.contains("PRIVATE KEY")));
    sound(&read);
}

fn sound(read: &Certificate) {
    assert_eq!(Certificate::from_der(&read.der).as_ref(), Ok(read));
    // RFC 7468 §3 has the other alphabet, and fills it up.
    let mut standard = b64::encode(&read.der).replace('-', "+").replace('_', "/");
    standard.push_str(&"=".repeat(standard.len().wrapping_neg() % 4));
    let armoured = format!("-----BEGIN CERTIFICATE-----\n{standard}\n-----END CERTIFICATE-----\n");
    assert_eq!(Certificate::from_pem(armoured.as_bytes()).as_ref(), Ok(read));
    assert!(Certificate::from_der(&read.der[..read.der.len() - 1]).is_err());
    assert_eq!(read.jwk.certificate(), Some(b64::encode(&digest::sha256(&read.der)).as_str()));
    assert_eq!(read.jwk.kid(), Some(read.jwk.thumbprint().as_str()));
    let (part, other): (&[u8], &[u8]) = match read.jwk.key() {
        PublicKey::Rsa { n, e } => (n, e),
        PublicKey::Ec { x, y, .. } => (x, y),
        PublicKey::Ed25519 { x } => (x, &[]),
        PublicKey::MlDsa { public, .. } => (public, &[]),
    };
    for part in [part, other].into_iter().filter(|part| !part.is_empty()) {
        assert!(read.der.windows(part.len()).any(|window| window == part), "a key that is not in the certificate");
    }
    // Weak and foreign keys are none: what is taken can be verified with.
    let alg = Alg::ALL.iter().find(|alg| read.jwk.verifies(**alg)).expect("an algorithm");
    assert!(VerifyingKey::from_jwk(&read.jwk, *alg).is_ok() && !alg.is_symmetric());
    let again = Jwk::from_json(&read.jwk.to_json()).expect("what is written can be read");
    assert_eq!((again.thumbprint(), again.certificate()), (read.jwk.thumbprint(), read.jwk.certificate()));
    for (at, expected) in [
        (read.not_before.saturating_sub(1), Validity::NotYet),
        (read.not_after.saturating_add(1), Validity::Expired),
    ] {
        assert!(read.not_after < read.not_before || read.at(at) == expected);
    }
}
