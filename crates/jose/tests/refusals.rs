//! What must never be accepted: each case is an attack on some implementation (RFC 8725 §2).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use jose::claims::{CheckedClaims, Checks, TypRule};
use jose::seal::SealKey;
use jose::{Alg, Compact, Error, Jwk, Jwks, SigningKey, Typ, VerifyingKey, b64, json, sign_with_secret};
use proptest::prelude::*;
use serde_json::{Value, json};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Alg::Es256).unwrap());
static RSA: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Alg::Rs256).unwrap());

#[test]
fn algorithms_outside_the_list() {
    for alg in ["none", "None", "nOnE", "", "es256", "RSA-OAEP", "HS1"] {
        let token = format!("{}.e30.AA", b64::encode(format!(r#"{{"alg":"{alg}"}}"#).as_bytes()));
        assert_eq!(Compact::parse(&token).unwrap_err(), Error::UnsupportedAlg, "{alg}");
    }
    for header in [r#"{"typ":"JWT"}"#, r#"{"alg":null}"#, r#"{"alg":["ES256"]}"#, r#"["ES256"]"#, "x"] {
        let token = format!("{}.e30.AA", b64::encode(header.as_bytes()));
        assert!(matches!(Compact::parse(&token), Err(Error::Malformed(_))), "{header}");
    }
}

#[test]
fn public_key_as_hmac_secret() {
    let text = RSA.public().to_json().to_string();
    let forged = sign_with_secret(Alg::Hs256, text.as_bytes(), Some(Typ::Jwt), b"{}").unwrap();
    let refused = Compact::parse(&forged).unwrap().verify(&RSA.verifying()).unwrap_err();
    assert_eq!(refused, Error::UnsupportedAlg);
}

#[test]
fn headers_that_are_not_understood() {
    for header in [
        r#"{"alg":"ES256","crit":["exp"]}"#,
        r#"{"alg":"ES256","crit":[]}"#,
        r#"{"alg":"ES256","b64":false}"#,
        r#"{"alg":"ES256","alg":"ES256"}"#,
        r#"{"alg":"ES256","\u0061lg":"HS256"}"#,
        r#"{"alg":"ES256","kid":7}"#,
        r#"{"alg":"ES256","typ":{}}"#,
    ] {
        let token = format!("{}.e30.AA", b64::encode(header.as_bytes()));
        assert!(matches!(Compact::parse(&token), Err(Error::Malformed(_))), "{header}");
    }
}

#[test]
fn spellings_of_a_good_token() {
    let token = KEY.sign(Some(Typ::Jwt), br#"{"sub":"x"}"#).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let two = parts[..2].join(".");
    let as_json = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).to_string();
    let last = token.chars().last().unwrap();
    // 64 bytes leave four spare bits in the last character; the next character of the alphabet sets one.
    let trailing_bits = format!("{}{}", &token[..token.len() - 1], char::from(last as u8 + 1));
    for wrong in [
        two.clone(),
        format!("{two}."),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.e30"),
        format!("{token}.e30.e30"),
        format!("{token}="),
        format!("{token}=="),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        trailing_bits,
        as_json,
        String::new(),
    ] {
        assert!(matches!(Compact::parse(&wrong), Err(Error::Malformed(_))), "{wrong}");
    }
    let long = format!("{}.{}.AA", parts[0], "A".repeat(16 * 1024));
    assert!(matches!(Compact::parse(&long), Err(Error::Malformed(_))));
}

#[test]
fn signatures_of_another_length() {
    for key in [&*KEY, &*RSA, &SigningKey::generate(Alg::EdDsa).unwrap()] {
        let token = key.sign(None, b"{}").unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = b64::decode(signature).unwrap();
        for wrong in [&signature[..signature.len() - 1], &signature[1..], &[&signature[..], &[0]].concat()] {
            let token = format!("{input}.{}", b64::encode(wrong));
            assert_eq!(Compact::parse(&token).unwrap().verify(&key.verifying()).unwrap_err(), Error::BadSignature);
        }
    }
}

#[test]
fn payloads_that_are_not_strict_objects() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(32), "]".repeat(32));
    let payloads =
        ["[]", "1", "", "{", r#"{"a":1,"a":1}"#, r#"{"a":[{"b":1,"b":2}]}"#, r#"{"exp":1e400}"#, &deep, "{}{}"];
    for payload in payloads {
        let token = KEY.sign(None, payload.as_bytes()).unwrap();
        let refused = Compact::parse(&token).unwrap().verify(&KEY.verifying());
        assert!(matches!(refused, Err(Error::Malformed(_))), "{payload}");
    }
    assert!(json::parse_strict(b"[[[]]]", 3).is_ok());
    assert!(json::parse_strict(b"[[[]]]", 2).is_err());
    assert!(json::parse_strict("[".repeat(100_000).as_bytes(), 1_000_000).is_err());
}

/// F20: a time that nobody can mean is none, whichever way it is written and whichever claim it is in.
#[test]
fn claims_of_the_wrong_type_or_time() {
    let good = json!({"iss": "me", "aud": ["you", "they"], "exp": 1000.5, "nbf": 900, "iat": 900, "sub": "s"});
    assert_eq!(check(&good).unwrap().expires_at, Some(1000));
    let cases = [
        ("exp", json!("1000")),
        ("exp", json!(null)),
        ("exp", json!(939)),
        ("exp", json!(-1e300)),
        ("nbf", json!(1061)),
        ("nbf", json!([])),
        ("iat", json!(1e300)),
        ("exp", json!(1e308)),
        ("exp", json!(9e99)),
        ("exp", json!(1e23)),
        ("exp", json!(1_u64 << 53)),
        ("exp", json!(u64::MAX)),
        ("nbf", json!(-1e300)),
        ("iat", json!(-(1_i64 << 53))),
        ("iss", json!("other")),
        ("iss", json!(["me"])),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("aud", json!(["you", 1])),
        ("sub", json!(1)),
    ];
    for (name, value) in cases {
        let mut claims = good.clone();
        claims[name] = value;
        assert_eq!(check(&claims).unwrap_err(), Error::Claim(name), "{claims}");
    }
    let mut claims = good.clone();
    claims.as_object_mut().unwrap().remove("exp");
    assert_eq!(check(&claims).unwrap_err(), Error::Claim("exp"));
}

#[test]
fn a_token_of_another_type() {
    let token = KEY.sign(Some(Typ::AtJwt), b"{}").unwrap();
    let verified = Compact::parse(&token).unwrap().verify(&KEY.verifying()).unwrap();
    assert!(verified.is_typ("AT+JWT"));
    let checks = Checks {
        issuer: None,
        audience: None,
        typ: TypRule::Optional(&["JWT"]),
        required: &[],
        now: 0,
        skew: 0,
        ahead: 0,
    };
    assert_eq!(checks.check(verified).unwrap_err(), Error::Claim("typ"));
}

#[test]
fn keys_that_may_not_verify() {
    let with = |member: &str, value: Value| {
        let mut jwk = KEY.public().to_json();
        jwk[member] = value;
        Jwk::from_json(&jwk).and_then(|jwk| VerifyingKey::from_jwk(&jwk, Alg::Es256))
    };
    assert!(with("key_ops", json!(["verify"])).is_ok());
    let refused = [
        ("use", json!("enc")),
        ("key_ops", json!(["sign"])),
        ("alg", json!("ES384")),
        ("d", json!("AA")),
        ("kty", json!("oct")),
        ("x", json!("AA")),
        ("x", json!(b64::encode(&[7; 32]))),
    ];
    for (member, value) in refused {
        assert!(matches!(with(member, value.clone()), Err(Error::Key(_))), "{member} {value}");
    }
    let short = json!({"kty": "RSA", "e": "AQAB", "n": b64::encode(&[0xff; 128])});
    assert!(matches!(Jwk::from_json(&short), Err(Error::Key(_))));
    assert!(VerifyingKey::from_secret(Alg::Hs256, &[0; 31]).is_err());
    assert!(VerifyingKey::from_secret(Alg::Hs512, &[0; 63]).is_err());
    assert!(SigningKey::from_pkcs8(Alg::Es384, KEY.pkcs8()).is_err());
    assert!(SigningKey::generate(Alg::Hs256).is_err());
}

#[test]
fn key_sets() {
    let other = SigningKey::generate(Alg::Es256).unwrap().with_kid("other".to_owned());
    let set = Jwks::new(vec![KEY.public().clone(), other.public().clone(), RSA.public().clone()]);
    let read = Jwks::parse(set.to_json().to_string().as_bytes()).unwrap();
    assert_eq!(read, set);
    assert_eq!(read.find(Some("other"), Alg::Es256), Some(other.public()));
    assert_eq!(read.find(Some("other"), Alg::Rs256), None);
    assert_eq!(read.find(None, Alg::Rs256), Some(RSA.public()));
    assert_eq!(read.find(None, Alg::Es256), None);
    assert_eq!(Jwks::parse(br#"{"keys":[{"kty":"new"}]}"#).unwrap().keys(), &[]);
    assert!(Jwks::parse(br#"{"keys":[{"kty":"oct","k":"AA"}]}"#).is_err());
    let many = json!({"keys": vec![json!({"kty": "new"}); 101]}).to_string();
    assert!(Jwks::parse(many.as_bytes()).is_err());
}

#[test]
fn nothing_secret_in_debug() {
    let shown = format!("{:?}", *KEY);
    assert_eq!(shown, format!("SigningKey {{ kid: {:?}, alg: Es256, .. }}", KEY.kid()));
}

#[test]
fn sealed_values() {
    let key = SealKey::derive(&[1; 32], "secret");
    let sealed = key.seal([9; 12], b"row 1", b"hidden");
    assert_eq!(key.open(b"row 1", &sealed).unwrap().as_slice(), b"hidden");
    assert_eq!(key.open(b"row 2", &sealed), None);
    assert_eq!(SealKey::derive(&[1; 32], "other").open(b"row 1", &sealed), None);
    assert_eq!(key.open(b"row 1", &sealed[..11]), None);
    for at in 0..sealed.len() {
        let mut wrong = sealed.clone();
        wrong[at] ^= 1;
        assert_eq!(key.open(b"row 1", &wrong), None, "byte {at}");
    }
}

proptest! {
    #[test]
    fn any_changed_byte_is_refused(at in any::<prop::sample::Index>(), to in 0_u8..128) {
        let token = KEY.sign(Some(Typ::AtJwt), br#"{"sub":"x","exp":1}"#).unwrap();
        let mut changed = token.clone().into_bytes();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != to);
        changed[at] = to;
        let changed = String::from_utf8(changed).unwrap();
        let accepted = Compact::parse(&changed).and_then(|token| token.verify(&KEY.verifying()));
        prop_assert!(accepted.is_err());
    }

    #[test]
    fn decoding_is_the_inverse_of_encoding(bytes: Vec<u8>, text in "[A-Za-z0-9_=+/ -]{0,9}") {
        prop_assert_eq!(b64::decode(&b64::encode(&bytes)), Some(bytes));
        if let Some(decoded) = b64::decode(&text) {
            prop_assert_eq!(b64::encode(&decoded), text);
        }
    }

    #[test]
    fn strict_json_agrees_with_the_lenient_parser(text in r#"[\[\]{},:"a0-9.e-]{0,24}"#) {
        if let Ok(strict) = json::parse_strict(text.as_bytes(), 32) {
            prop_assert_eq!(strict, serde_json::from_str::<Value>(&text).unwrap());
        }
    }
}

fn check(claims: &Value) -> Result<CheckedClaims, Error> {
    let token = KEY.sign(Some(Typ::Jwt), claims.to_string().as_bytes())?;
    let checks = Checks {
        issuer: Some("me"),
        audience: Some(&["you"]),
        typ: TypRule::Required(&["JWT"]),
        required: &["exp"],
        now: 1000,
        skew: 60,
        ahead: 60,
    };
    checks.check(Compact::parse(&token)?.verify(&KEY.verifying())?)
}

/// RFC 8032 §8.4: with a point of small order a signature can be made that holds for every message.
#[test]
fn ed25519_keys_of_small_order_are_no_keys() {
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let mut above = minus_one;
    above[0] = 0xee;
    for mut point in [[0; 32], one, minus_one, above] {
        for sign in [0, 0x80] {
            point[31] |= sign;
            let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64::encode(&point) });
            assert!(Jwk::from_json(&jwk).is_err(), "{jwk}");
        }
    }
}

/// RFC 7517 §4.7, §4.9: a key that says of which certificate it is, and says it wrong, is registered by nobody, and stands for no
/// certificate where it is published; its signatures hold.
#[test]
fn a_certificate_that_cannot_be_known_is_told() {
    let certificate = |key: &rcgen::KeyPair| {
        let params = rcgen::CertificateParams::new(vec!["client.example".into()]).unwrap();
        let pem = params.self_signed(key).unwrap().pem();
        pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()
    };
    let (own, other) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
    // The uncompressed point of P-256 (SEC 1 §2.3.3).
    let point = rcgen::PublicKeyData::der_bytes(&own)[1..].to_vec();
    let (x, y) = (b64::encode(&point[..32]), b64::encode(&point[32..]));
    let key = |members: &Value| {
        let mut key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        json!({ "keys": [key] }).to_string()
    };
    let right = key(&json!({ "x5c": [certificate(&own)] }));
    let read = Jwks::parse_whole(right.as_bytes()).unwrap();
    assert!(read.keys()[0].certificate().is_some() && read.keys()[0].misnamed().is_none());
    let thumbprint = "A".repeat(43);
    for wrong in [
        json!({ "x5c": ["!!!"] }),
        json!({ "x5c": "text" }),
        json!({ "x5c": [] }),
        json!({ "x5c": [certificate(&other)] }),
        json!({ "x5c": [certificate(&own)], "x5t#S256": thumbprint }),
        json!({ "x5t#S256": 5 }),
        json!({ "x5t#S256": "short" }),
        json!({ "x5t#S256": format!("{thumbprint}=") }),
    ] {
        let set = key(&wrong);
        assert!(Jwks::parse_whole(set.as_bytes()).is_err(), "{wrong}");
        let published = Jwks::parse(set.as_bytes()).unwrap();
        assert!(published.keys()[0].misnamed().is_some() && published.keys()[0].certificate().is_none(), "{wrong}");
        assert!(published.find(None, Alg::Es256).is_some(), "{wrong}");
    }
}

/// CJ-22: a point that is on no curve is told when it is registered.
#[test]
fn a_key_that_can_never_verify_is_not_registered() {
    let (x, y) = (b64::encode(&[1; 32]), b64::encode(&[2; 32]));
    let off = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y }] });
    assert!(Jwks::parse_whole(off.to_string().as_bytes()).is_err());
}

/// RFC 7517 §5: what cannot be read at all is no key, and stands beside those that are.
#[test]
fn a_key_in_another_alphabet_is_left_out() {
    let own = rcgen::KeyPair::generate().unwrap();
    let point = rcgen::PublicKeyData::der_bytes(&own)[1..].to_vec();
    let (x, y) = (b64::encode(&point[..32]), b64::encode(&point[32..]));
    let set = |n: &str| json!({ "keys": [{ "kty": "RSA", "e": "AQAB", "n": n }, { "kty": "EC", "crv": "P-256", "x": x, "y": y }] });
    for n in ["+/8A", "AQ+_", "AQAB="] {
        let read = Jwks::parse_whole(set(n).to_string().as_bytes()).unwrap();
        assert_eq!(read.keys().len(), 1, "{n}");
        assert!(read.find(None, Alg::Rs256).is_none() && read.find(None, Alg::Es256).is_some(), "{n}");
    }
    assert!(Jwks::parse_whole(set("AQAB").to_string().as_bytes()).is_err(), "three bytes are no modulus");
}
