use jose::{b64, digest};
use proptest::prelude::*;

use super::{Challenge, ChallengeMethod, PkceError};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn s256(verifier: &str) -> Challenge {
    Challenge::read(&b64::encode(&digest::sha256(verifier.as_bytes())), Some("S256")).unwrap()
}

#[test]
fn accepts_the_vector_of_appendix_b() {
    // PK-01: RFC 7636 App. B.
    let challenge = Challenge::read(CHALLENGE, Some("S256")).unwrap();
    assert_eq!(challenge.method(), ChallengeMethod::S256);
    assert!(challenge.verify(VERIFIER));
    assert_eq!(s256(VERIFIER), challenge);
}

#[test]
fn an_absent_method_is_plain() {
    let challenge = Challenge::read(VERIFIER, None).unwrap();
    assert_eq!(challenge.method(), ChallengeMethod::Plain);
    assert!(challenge.verify(VERIFIER));
    assert!(!challenge.verify(CHALLENGE));
}

#[test]
fn the_method_is_case_sensitive() {
    for method in ["s256", "PLAIN", "S512", "", " S256", "none"] {
        assert_eq!(Challenge::read(CHALLENGE, Some(method)), Err(PkceError::Method), "{method}");
    }
}

#[test]
fn refuses_every_other_shape_of_challenge() {
    let base = &CHALLENGE[..42];
    let hex = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3";
    // PK-07: 42 and 44 characters, padding, the standard alphabet, hexadecimal; non-zero trailing bits.
    for text in [
        base,
        &format!("{CHALLENGE}A"),
        &format!("{CHALLENGE}="),
        &format!("{base}="),
        &format!("{base}+"),
        &format!("{base}/"),
        hex,
        &format!("{base}N"),
        "",
    ] {
        assert_eq!(Challenge::read(text, Some("S256")), Err(PkceError::Challenge), "{text}");
    }
    for text in ["a".repeat(42), "a".repeat(129), "a".repeat(42) + " "] {
        assert_eq!(Challenge::read(&text, None), Err(PkceError::Challenge), "{text}");
    }
}

#[test]
fn a_verifier_is_checked_before_it_is_hashed() {
    // PK-08: verifiers of 1, 42 and 129 characters that match their challenge.
    for length in [1, 42, 129] {
        let verifier = "v".repeat(length);
        assert!(!s256(&verifier).verify(&verifier), "{length}");
    }
    // PK-02: empty and white space.
    for verifier in ["", " ", &" ".repeat(43), &"é".repeat(43), &("a".repeat(42) + "+")] {
        assert!(!s256(verifier).verify(verifier), "{verifier:?}");
    }
    // PK-09: the challenge itself.
    assert!(!Challenge::read(CHALLENGE, Some("S256")).unwrap().verify(CHALLENGE));
}

#[test]
fn refuses_a_stored_form_it_did_not_write() {
    for stored in ["", "S256", "S256:", "plain:short", CHALLENGE, "S512:x"] {
        assert_eq!(Challenge::from_stored(stored), None, "{stored}");
    }
}

proptest! {
    #[test]
    fn verifies_its_own_verifier_only(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
        for challenge in [s256(&verifier), Challenge::read(&verifier, None).unwrap()] {
            prop_assert!(challenge.verify(&verifier));
            prop_assert_eq!(challenge.verify(&other), verifier == other);
            prop_assert_eq!(Challenge::from_stored(&challenge.stored()), Some(challenge));
        }
    }
}
