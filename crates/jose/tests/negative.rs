//! KD-01: what the specifications and published advisories print so that verifiers refuse it. Each is refused, and beside it
//! stands what is accepted, so that a verifier that refuses everything fails too.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jose::{Alg, Compact, Error, Jwk, SigningKey, VerifyingKey, b64};
use serde_json::{Value, json};

/// RFC 7515 App. A.5, A.6, A.7, E and F; RFC 7519 §6.1; RFC 7516 App. A.1: printed there, and no token here.
#[test]
fn kd_01_other_forms_of_a_token() {
    let flattened = json!({ "payload": JOE, "protected": HS256, "header": { "kid": "x" }, "signature": A1_TAG });
    let general = json!({ "payload": JOE, "signatures": [{ "protected": HS256, "signature": A1_TAG }] });
    for token in [
        // A.5 and RFC 7519 §6.1: unsecured.
        format!("eyJhbGciOiJub25lIn0.{JOE}."),
        format!("eyJhbGciOiJub25lIn0.{JOE}.{A1_TAG}"),
        // E: critical and unknown.
        "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.".to_owned(),
        // A.6, A.7, F.
        general.to_string(),
        flattened.to_string(),
        format!("{HS256}..{A1_TAG}"),
        // Encrypted: five parts, the third of which nobody looks at.
        "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AA.48V1_ALb6US04U3b.AA.XFBoMYUZodetZdvTiFvSkQ".to_owned(),
    ] {
        assert!(verify_a1(&token).is_err(), "{token}");
    }
    assert!(verify_a1(&format!("{HS256}.{JOE}.{A1_TAG}")).is_ok());
}

/// RFC 7797 §4: the tag is right for a payload that is not encoded, which nothing here understands.
#[test]
fn kd_01_unencoded_payload() {
    for payload in ["$.02", "JC4wMg", ""] {
        let token = format!(
            "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19.{payload}.A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY"
        );
        assert!(matches!(Compact::parse(&token), Err(Error::Malformed(_))), "{token}");
    }
}

/// RFC 7520 §4.4: the tag is right and the payload a sentence, which is no set of claims. Spoiled, the tag is wrong first.
#[test]
fn kd_01_cookbook() {
    let key = b64::decode("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg").unwrap();
    let key = VerifyingKey::from_secret(Alg::Hs256, &key).unwrap();
    let verify = |token: &str| Compact::parse(token).and_then(|compact| compact.verify(&key)).unwrap_err();
    let input = format!("{COOKBOOK_HEADER}.{COOKBOOK_PAYLOAD}");
    assert!(matches!(verify(&format!("{input}.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0")), Error::Malformed(_)));
    assert_eq!(
        verify(&format!("{input}.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p1")),
        Error::Malformed("a part is not base64url")
    );
    assert_eq!(verify(&format!("{input}.S0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0")), Error::BadSignature);
    // §4.5: the payload is sent elsewhere.
    assert!(matches!(
        verify(&format!("{COOKBOOK_HEADER}..s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0")),
        Error::BadSignature
    ));
}

/// A tag is as long as its hash (RFC 7518 §3.2); compared by its beginning it can be guessed byte by byte.
#[test]
fn kd_01_truncated_tags() {
    let tag = b64::decode(A1_TAG).unwrap();
    for length in (0..tag.len()).chain([tag.len() + 1, 2 * tag.len()]) {
        let cut: Vec<u8> = tag.iter().copied().cycle().take(length).collect();
        assert!(verify_a1(&format!("{HS256}.{JOE}.{}", b64::encode(&cut))).is_err(), "{length}");
    }
}

/// CVE-2022-21449 and its kind: r and s must be in [1, n−1] (FIPS 186-5 §6.4.2), for every curve.
#[test]
fn kd_01_signatures_that_need_no_key() {
    for (alg, order) in [(Alg::Es256, P256_ORDER), (Alg::Es384, P384_ORDER), (Alg::Es512, P521_ORDER)] {
        let order: Vec<u8> = hexadecimal(order);
        let width = order.len();
        let small = |value: u8| [vec![0; width - 1], vec![value]].concat();
        let values = [small(0), small(1), order.clone(), minus_one(&order), vec![0xff; width]];
        let key = SigningKey::generate(alg).unwrap();
        let token = key.sign(None, b"{}").unwrap();
        let (input, good) = token.rsplit_once('.').unwrap();
        let good = b64::decode(good).unwrap();
        let (r, s) = good.split_at(width);
        let mut signatures: Vec<Vec<u8>> =
            values.iter().flat_map(|r| values.iter().map(move |s| [&r[..], s].concat())).collect();
        signatures.extend(values.iter().flat_map(|value| [[r, value].concat(), [value, s].concat()]));
        // The halves swapped, the coding of X9.62, and zeros of other lengths.
        signatures.extend([[s, r].concat(), der(r, s), vec![0; 8], vec![0; width], vec![0; 2 * width + 2]]);
        signatures.push([&good[..], &[0]].concat());
        signatures.push([&[0], &good[..]].concat());
        for signature in signatures {
            let forged = format!("{input}.{}", b64::encode(&signature));
            let refused = Compact::parse(&forged).unwrap().verify(&key.verifying()).unwrap_err();
            assert_eq!(refused, Error::BadSignature, "{alg:?} {forged}");
        }
        assert!(Compact::parse(&token).unwrap().verify(&key.verifying()).is_ok());
    }
}

/// RFC 8032 §5.1.7: S must be below the order of the group, or every signature has a second one.
#[test]
fn kd_01_eddsa_is_not_malleable() {
    let key = SigningKey::generate(Alg::EdDsa).unwrap();
    let token = key.sign(None, b"{}").unwrap();
    let (input, good) = token.rsplit_once('.').unwrap();
    let mut second = b64::decode(good).unwrap();
    let order: Vec<u8> = hexadecimal(ED25519_ORDER).into_iter().rev().collect();
    let mut carry = 0;
    for (byte, add) in second[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (u8::try_from(sum & 0xff).unwrap(), sum >> 8);
    }
    let identity = [vec![1], vec![0; 63]].concat();
    for signature in [second, vec![0; 64], identity] {
        let forged = format!("{input}.{}", b64::encode(&signature));
        assert_eq!(Compact::parse(&forged).unwrap().verify(&key.verifying()).unwrap_err(), Error::BadSignature);
    }
}

/// CVE-2006-4339: with the exponent 3, a cube root that begins like a signature. RFC 8017 §8.2.2 compares the whole block.
#[test]
fn kd_01_a_cube_root_is_no_rsa_signature() {
    let root = b64::decode(CUBE_ROOT).unwrap();
    let signature = b64::encode(&[vec![0; 256 - root.len()], root].concat());
    // Any odd modulus does: the forgery needs only the exponent.
    let modulus = b64::encode(&[vec![0xff; 255], vec![0xfd]].concat());
    let jwk = Jwk::from_json(&json!({ "kty": "RSA", "n": modulus, "e": "Aw" })).unwrap();
    let key = VerifyingKey::from_jwk(&jwk, Alg::Rs256).unwrap();
    let token = format!("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.{signature}");
    assert_eq!(Compact::parse(&token).unwrap().verify(&key).unwrap_err(), Error::BadSignature);
}

/// RFC 8017 §5.2.2: the signature's representative is below the modulus; and the paddings are no substitutes.
#[test]
fn kd_01_rsa_signatures_out_of_range() {
    for alg in [Alg::Rs256, Alg::Rs384, Alg::Rs512, Alg::Ps256, Alg::Ps384, Alg::Ps512] {
        let key = SigningKey::generate(alg).unwrap();
        let token = key.sign(None, b"{}").unwrap();
        let input = token.rsplit_once('.').unwrap().0;
        let modulus = b64::decode(key.public().to_json()["n"].as_str().unwrap()).unwrap();
        let one = [vec![0; 255], vec![1]].concat();
        for signature in [vec![0; 256], one, modulus.clone(), minus_one(&modulus), vec![0xff; 256], vec![0; 255]] {
            let forged = format!("{input}.{}", b64::encode(&signature));
            assert_eq!(Compact::parse(&forged).unwrap().verify(&key.verifying()).unwrap_err(), Error::BadSignature);
        }
        for other in [Alg::Rs256, Alg::Rs384, Alg::Rs512, Alg::Ps256, Alg::Ps384, Alg::Ps512] {
            let verified = as_if_for(&key, other).and_then(|key| Compact::parse(&token).unwrap().verify(&key));
            assert_eq!(verified.is_ok(), other == alg, "{alg:?} {other:?}");
        }
    }
}

/// RFC 8725 §3.4, RFC 7518 §6: keys that are none. CVE-2015-7940's points, exponents that encrypt nothing, other curves.
#[test]
fn kd_01_keys_that_are_none() {
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let rsa = SigningKey::generate(Alg::Rs256).unwrap();
    let zero = b64::encode(&[0; 32]);
    let field = b64::encode(&hexadecimal(P256_FIELD));
    for (good, alg, members) in [
        (&key, Alg::Es256, json!({ "x": zero, "y": zero })),
        (&key, Alg::Es256, json!({ "y": zero })),
        (&key, Alg::Es256, json!({ "x": field, "y": field })),
        (&key, Alg::Es256, json!({ "crv": "secp256k1" })),
        (&key, Alg::Es256, json!({ "crv": "P-384" })),
        (&key, Alg::Es256, json!({ "kty": "OKP", "crv": "X25519" })),
        (&rsa, Alg::Rs256, json!({ "e": "AQ" })),
        (&rsa, Alg::Rs256, json!({ "e": "Ag" })),
        (&rsa, Alg::Rs256, json!({ "e": "AA" })),
        (&rsa, Alg::Rs256, json!({ "e": "" })),
        (&rsa, Alg::Rs256, json!({ "n": "" })),
        (&rsa, Alg::Rs256, json!({ "kty": "oct", "k": "AAAA" })),
    ] {
        let mut jwk = good.public().to_json();
        assert!(Jwk::from_json(&jwk).and_then(|jwk| VerifyingKey::from_jwk(&jwk, alg)).is_ok());
        jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let read = Jwk::from_json(&jwk).and_then(|jwk| VerifyingKey::from_jwk(&jwk, alg));
        assert!(matches!(read, Err(Error::Key(_))), "{members}");
    }
}

/// The same RSA key, declared for another algorithm.
fn as_if_for(key: &SigningKey, alg: Alg) -> Result<VerifyingKey, Error> {
    let mut jwk = key.public().to_json();
    jwk["alg"] = Value::from(alg.name());
    VerifyingKey::from_jwk(&Jwk::from_json(&jwk)?, alg)
}

fn verify_a1(token: &str) -> Result<jose::Verified, Error> {
    let secret = b64::decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    Compact::parse(token)?.verify(&VerifyingKey::from_secret(Alg::Hs256, &secret.unwrap())?)
}

/// X9.62's coding of a pair, which JOSE does not use (RFC 7518 §3.4).
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |value: &[u8]| {
        let value: Vec<u8> = [0].iter().chain(value.iter().skip_while(|byte| **byte == 0)).copied().collect();
        [&[2, u8::try_from(value.len()).unwrap()], &value[..]].concat()
    };
    let pair = [integer(r), integer(s)].concat();
    let length = u8::try_from(pair.len()).unwrap();
    if length < 0x80 { [&[0x30, length], &pair[..]].concat() } else { [&[0x30, 0x81, length], &pair[..]].concat() }
}

/// One less than an odd number.
fn minus_one(number: &[u8]) -> Vec<u8> {
    let (last, rest) = number.split_last().unwrap();
    [rest, &[last - 1]].concat()
}

fn hexadecimal(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}

const HS256: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9";
const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const A1_TAG: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const COOKBOOK_HEADER: &str = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9";
const COOKBOOK_PAYLOAD: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";
/// The least integer whose cube begins with the padded hash of `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9`.
const CUBE_ROOT: &str = "Msv9SnrceQVYPXZ1IPUWQHWRdtN4JvLvY649x6kA5hAScS_mc6cpDofA1vdXAPgtORI301ORBHn2QsXFBT2ip9pFbYOaBG_05hAzni5LRxS-97afdw";
/// FIPS 186-5 and SP 800-186 §3.2.1: the orders of the curves' groups, and the field of the first.
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const P384_ORDER: &str =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
const P521_ORDER: &str = "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409";
const P256_FIELD: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
/// RFC 8032 §5.1, big-endian.
const ED25519_ORDER: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";
