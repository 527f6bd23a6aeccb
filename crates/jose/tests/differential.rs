//! An independent implementation accepts our tokens, and we accept its.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jose::{Alg, Compact, PublicKey, SigningKey, Typ, VerifyingKey, b64, sign_with_secret};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Value, json};

#[test]
fn key_pairs() {
    for (alg, theirs) in PAIRS {
        let key = SigningKey::generate(*alg).unwrap();
        let (x, y, n, e);
        let decoding = match key.public().key() {
            PublicKey::Rsa { n: modulus, e: exponent } => {
                (n, e) = (b64::encode(modulus), b64::encode(exponent));
                DecodingKey::from_rsa_components(&n, &e).unwrap()
            }
            PublicKey::Ec { x: first, y: second, .. } => {
                (x, y) = (b64::encode(first), b64::encode(second));
                DecodingKey::from_ec_components(&x, &y).unwrap()
            }
            PublicKey::Ed25519 { x: point } => DecodingKey::from_ed_components(&b64::encode(point)).unwrap(),
            PublicKey::MlDsa { .. } => unreachable!("the other implementation does not know it: vectors.rs"),
        };
        let ours = key.sign(Some(Typ::AtJwt), claims().to_string().as_bytes()).unwrap();
        let read = decode::<Value>(&ours, &decoding, &validation(*theirs)).unwrap();
        assert_eq!(read.claims, claims(), "{alg}");
        assert_eq!(read.header.kid.as_deref(), Some(key.kid()));
        assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
        if !alg.is_rsa() {
            let encoding = if *alg == Alg::EdDsa {
                EncodingKey::from_ed_der(key.pkcs8())
            } else {
                EncodingKey::from_ec_der(key.pkcs8())
            };
            accept(&encode(&Header::new(*theirs), &claims(), &encoding).unwrap(), &key.verifying());
        }
        accept(&ours, &key.verifying());
    }
}

#[test]
fn shared_secrets() {
    let secret = [7; 64];
    for (alg, theirs) in
        [(Alg::Hs256, Algorithm::HS256), (Alg::Hs384, Algorithm::HS384), (Alg::Hs512, Algorithm::HS512)]
    {
        let ours = sign_with_secret(alg, &secret, None, claims().to_string().as_bytes()).unwrap();
        let read = decode::<Value>(&ours, &DecodingKey::from_secret(&secret), &validation(theirs)).unwrap();
        assert_eq!(read.claims, claims());
        let token = encode(&Header::new(theirs), &claims(), &EncodingKey::from_secret(&secret)).unwrap();
        accept(&token, &VerifyingKey::from_secret(alg, &secret).unwrap());
    }
}

#[test]
fn header_order_and_kept_keys() {
    let key = SigningKey::generate(Alg::Es512).unwrap();
    let again = SigningKey::from_pkcs8(Alg::Es512, key.pkcs8()).unwrap();
    assert_eq!(key.kid(), again.kid());
    let named = again.with_kid("a\"b".to_owned());
    let header = |typ| {
        let token = named.sign(typ, b"{}").unwrap();
        accept_empty(&token, &key.verifying());
        String::from_utf8(b64::decode(token.split('.').next().unwrap()).unwrap()).unwrap()
    };
    assert_eq!(header(None), r#"{"kid":"a\"b","alg":"ES512"}"#);
    assert_eq!(header(Some(Typ::LogoutJwt)), r#"{"kid":"a\"b","alg":"ES512","typ":"logout+jwt"}"#);
    assert_eq!(header(Some(Typ::ClientAuthenticationJwt)).matches("client-authentication+jwt").count(), 1);
}

fn accept(token: &str, key: &VerifyingKey) {
    let verified = Compact::parse(token).unwrap().verify(key).unwrap();
    assert_eq!(Value::Object(verified.payload), claims());
}

fn accept_empty(token: &str, key: &VerifyingKey) {
    assert!(Compact::parse(token).unwrap().verify(key).unwrap().payload.is_empty());
}

fn validation(alg: Algorithm) -> Validation {
    Validation::new(alg)
}

fn claims() -> Value {
    json!({"sub": "someone", "exp": 4_102_444_800_i64})
}

const PAIRS: &[(Alg, Algorithm)] = &[
    (Alg::Rs256, Algorithm::RS256),
    (Alg::Rs384, Algorithm::RS384),
    (Alg::Rs512, Algorithm::RS512),
    (Alg::Ps256, Algorithm::PS256),
    (Alg::Ps384, Algorithm::PS384),
    (Alg::Ps512, Algorithm::PS512),
    (Alg::Es256, Algorithm::ES256),
    (Alg::Es384, Algorithm::ES384),
    (Alg::EdDsa, Algorithm::EdDSA),
];
