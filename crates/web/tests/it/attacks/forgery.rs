//! Tokens made from a good one by whoever has no private key, and tokens that a private key signed wrongly: RFC 8725 §2 and §3,
//! and the mistakes of verifiers that became advisories.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, RsaEncoding, RsaKeyPair};
use engine::keys::unseal;
use jose::{Alg, SigningKey, b64};
use protocol::id::EnvironmentId;
use protocol::model::KeyStatus;
use serde_json::{Value, json};
use testkit::TestApp;

/// The key of an environment that signs, or that is retired.
pub(super) async fn key_of(app: &TestApp, environment: EnvironmentId, status: KeyStatus) -> SigningKey {
    let records = app.app.store.keys(environment).await.unwrap();
    let record = records.iter().find(|record| record.status == status).unwrap();
    unseal(record, app.app.seal()).unwrap()
}

/// What each forgery does, and the forged token. `key` is the RSA key behind `token`; `foreign` is somebody's own.
pub(super) fn forgeries(token: &str, key: &SigningKey, foreign: &SigningKey) -> Vec<(&'static str, String)> {
    let parts = Parts::of(token);
    let mut all = without_signature(&parts);
    all.extend(with_public_key_as_secret(&parts, key));
    all.extend(with_a_key_of_their_own(&parts, key.kid(), foreign));
    all.extend(with_a_blind_signature(&parts));
    all.extend(in_another_form(token, &parts));
    all.extend(signed_wrongly(&parts, key));
    all
}

struct Parts {
    header: Value,
    payload: String,
    signature: Vec<u8>,
}

impl Parts {
    fn of(token: &str) -> Self {
        let [header, payload, signature] = <[&str; 3]>::try_from(token.split('.').collect::<Vec<_>>()).unwrap();
        let header = serde_json::from_slice(&b64::decode(header).unwrap()).unwrap();
        Self { header, payload: payload.to_owned(), signature: b64::decode(signature).unwrap() }
    }

    /// The header with other members.
    fn headed(&self, members: &Value) -> String {
        let mut header = self.header.clone();
        for (name, value) in members.as_object().unwrap() {
            header[name] = value.clone();
        }
        header.to_string()
    }

    /// What would be signed under this header, written out.
    fn input(&self, header: &str) -> String {
        format!("{}.{}", b64::encode(header.as_bytes()), self.payload)
    }

    fn with(&self, header: &str, signature: &[u8]) -> String {
        format!("{}.{}", self.input(header), b64::encode(signature))
    }
}

/// RFC 8725 §2.1, §3.2: CVE-2015-9235, CVE-2018-1000531, CVE-2026-23993 and others, in every spelling.
fn without_signature(parts: &Parts) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", "", "null"] {
        let header = parts.headed(&json!({ "alg": alg }));
        all.push(("alg none without a signature", format!("{}.", parts.input(&header))));
        all.push(("alg none with the good signature", parts.with(&header, &parts.signature)));
    }
    for alg in [Value::Null, json!(["RS256"]), json!({ "RS256": true }), json!(0)] {
        let header = parts.headed(&json!({ "alg": alg }));
        all.push(("an alg that is no text", parts.with(&header, &parts.signature)));
    }
    let good = parts.headed(&json!({}));
    all.push(("no signature", parts.input(&good)));
    all.push(("an empty signature", format!("{}.", parts.input(&good))));
    all
}

/// RFC 8725 §2.1: CVE-2016-10555, CVE-2016-5431. The public key in each form in which a verifier might hold it.
fn with_public_key_as_secret(parts: &Parts, key: &SigningKey) -> Vec<(&'static str, String)> {
    let jwk = key.public().to_json();
    let modulus = b64::decode(jwk["n"].as_str().unwrap()).unwrap();
    let info = [SPKI_RSA_2048, &modulus, EXPONENT].concat();
    let pem = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &info);
    let lines: Vec<&str> = pem.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"));
    let secrets = [
        pem.clone().into_bytes(),
        format!("{pem}\n").into_bytes(),
        info,
        modulus,
        jwk.to_string().into_bytes(),
        json!({ "keys": [jwk] }).to_string().into_bytes(),
        key.kid().as_bytes().to_vec(),
        vec![],
        vec![0],
    ];
    let algorithms = [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)];
    let mut all = Vec::new();
    for (alg, algorithm) in algorithms {
        let header = parts.headed(&json!({ "alg": alg }));
        for secret in &secrets {
            let tag = hmac::sign(&hmac::Key::new(algorithm, secret), parts.input(&header).as_bytes());
            all.push(("the public key, or nothing, as shared secret", parts.with(&header, tag.as_ref())));
            all.push(("a truncated tag", parts.with(&header, &tag.as_ref()[..16])));
        }
    }
    all
}

/// RFC 7515 §4.1.2 to §4.1.6: keys that the token brings or points at (CVE-2018-0114), and names of keys that are paths,
/// queries, or another environment's (RFC 8725 §3.10).
fn with_a_key_of_their_own(parts: &Parts, kid: &str, own: &SigningKey) -> Vec<(&'static str, String)> {
    let jwk = own.public().to_json();
    let mut all = Vec::new();
    for named in [kid, own.kid()] {
        for (what, members) in [
            ("the signature of another key", json!({})),
            ("an embedded jwk", json!({ "jwk": jwk })),
            ("a jku", json!({ "jku": "https://evil.example/jwks" })),
            ("an x5u", json!({ "x5u": "https://evil.example/chain" })),
            ("an x5c", json!({ "x5c": ["AAAA"] })),
        ] {
            let mut members = members;
            members["kid"] = json!(named);
            all.push((what, signed_raw(parts, own, &parts.headed(&members), &signature::RSA_PKCS1_SHA256)));
        }
    }
    for kid in [
        json!("../../../../dev/null"),
        json!("/dev/null"),
        json!("' UNION SELECT 'k' --"),
        json!("x\u{0}"),
        json!(""),
        json!("k".repeat(10_000)),
        json!(7),
        json!([kid]),
        Value::Null,
    ] {
        let header = parts.headed(&json!({ "kid": kid }));
        all.push(("a kid that names no key", signed_raw(parts, own, &header, &signature::RSA_PKCS1_SHA256)));
        let header = parts.headed(&json!({ "kid": kid, "alg": "HS256" }));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[]), parts.input(&header).as_bytes());
        all.push(("a kid that names no key, and an empty secret", parts.with(&header, tag.as_ref())));
    }
    all
}

/// Signatures that need no key where the verifier forgets a range check: CVE-2022-21449, and its like for RSA and EdDSA.
fn with_a_blind_signature(parts: &Parts) -> Vec<(&'static str, String)> {
    let good = parts.headed(&json!({}));
    let one = |length: usize| [vec![0; length - 1], vec![1]].concat();
    let mut all = vec![
        ("a signature of zeros", parts.with(&good, &[0; 256])),
        ("a signature of one", parts.with(&good, &one(256))),
        ("a signature of ones", parts.with(&good, &[0xff; 256])),
        ("a truncated signature", parts.with(&good, &parts.signature[..128])),
        ("a signature without its last byte", parts.with(&good, &parts.signature[..255])),
        ("a signature with a byte more", parts.with(&good, &[&parts.signature[..], &[0]].concat())),
        ("a signature with a leading zero", parts.with(&good, &[&[0], &parts.signature[..]].concat())),
    ];
    for (alg, length) in [("ES256", 64), ("ES384", 96), ("ES512", 132), ("EdDSA", 64), ("ES256K", 64)] {
        let header = parts.headed(&json!({ "alg": alg }));
        all.push(("a psychic signature", parts.with(&header, &vec![0; length])));
        all.push(("r and s of one", parts.with(&header, &[one(length / 2), one(length / 2)].concat())));
    }
    all
}

/// The good token, or its parts, in another form than the compact one (RFC 7515 §7.2, App. F; RFC 7516).
fn in_another_form(token: &str, parts: &Parts) -> Vec<(&'static str, String)> {
    let [header, payload, signature] = <[&str; 3]>::try_from(token.split('.').collect::<Vec<_>>()).unwrap();
    let flat = json!({ "protected": header, "payload": payload, "signature": signature });
    let general = json!({ "payload": payload, "signatures": [{ "protected": header, "signature": signature }] });
    let admin = b64::encode(br#"{"sub":"admin","scope":"openid"}"#);
    let standard = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &parts.signature);
    vec![
        ("the flattened form", flat.to_string()),
        ("the general form", general.to_string()),
        ("a detached payload", format!("{header}..{signature}")),
        ("another payload", format!("{header}.{admin}.{signature}")),
        ("five parts", format!("{token}.e30.e30")),
        ("five parts of an encrypted token", format!("{header}..{payload}.{signature}.{signature}")),
        ("a part more", format!("{token}.")),
        ("padding", format!("{header}.{payload}.{standard}")),
        ("a line break", format!("{header}.{payload}.{}\n{}", &signature[..64], &signature[64..])),
        ("nothing but dots", "..".into()),
    ]
}

/// What a verifier must refuse although the environment's own key signed it (RFC 7515 §4.1.11 and §5.2, RFC 8725 §3.1, §3.11).
fn signed_wrongly(parts: &Parts, key: &SigningKey) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for (what, members) in [
        ("crit", json!({ "crit": ["exp"], "exp": 1 })),
        ("an empty crit", json!({ "crit": [] })),
        ("b64", json!({ "b64": false, "crit": ["b64"] })),
        ("b64 that is not critical", json!({ "b64": false })),
        ("the type of a proof", json!({ "typ": "dpop+jwt" })),
        ("the type of a logout token", json!({ "typ": "application/logout+jwt" })),
        ("the algorithm of another padding", json!({ "alg": "PS256" })),
        ("the algorithm of another hash", json!({ "alg": "RS512" })),
    ] {
        all.push((what, signed_raw(parts, key, &parts.headed(&members), &signature::RSA_PKCS1_SHA256)));
    }
    let doubled = |more: &str| format!("{},{more}}}", parts.headed(&json!({})).trim_end_matches('}'));
    for (what, more) in [
        ("alg twice", r#""alg":"none""#),
        ("alg twice, written differently", r#""\u0061lg":"RS256""#),
        ("kid twice", r#""kid":"x""#),
    ] {
        all.push((what, signed_raw(parts, key, &doubled(more), &signature::RSA_PKCS1_SHA256)));
    }
    for (alg, padding) in [
        ("PS256", &signature::RSA_PSS_SHA256 as &'static dyn RsaEncoding),
        ("RS384", &signature::RSA_PKCS1_SHA384),
        ("RS512", &signature::RSA_PKCS1_SHA512),
    ] {
        let header = parts.headed(&json!({ "alg": alg }));
        all.push(("another algorithm of the same key", signed_raw(parts, key, &header, padding)));
        let header = parts.headed(&json!({}));
        all.push(("another algorithm than it says", signed_raw(parts, key, &header, padding)));
    }
    let twice = Parts {
        payload: b64::encode(&twice_the_subject(&parts.payload)),
        header: parts.header.clone(),
        signature: vec![],
    };
    all.push(("sub twice", signed_raw(&twice, key, &parts.headed(&json!({})), &signature::RSA_PKCS1_SHA256)));
    all
}

fn twice_the_subject(payload: &str) -> Vec<u8> {
    let claims = b64::decode(payload).unwrap();
    [&claims[..claims.len() - 1], br#","sub":"admin"}"#].concat()
}

/// Signs under a header as it is written, which [`SigningKey::sign`] would not.
fn signed_raw(parts: &Parts, key: &SigningKey, header: &str, padding: &'static dyn RsaEncoding) -> String {
    assert_eq!(key.alg(), Alg::Rs256);
    let pair = RsaKeyPair::from_pkcs8(key.pkcs8()).unwrap();
    let mut made = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &SystemRandom::new(), parts.input(header).as_bytes(), &mut made).unwrap();
    parts.with(header, &made)
}

/// RFC 5280 §4.1.2.7 and RFC 3279 §2.3.1: what stands before a modulus of 2048 bits, and the exponent 65 537 after it.
const SPKI_RSA_2048: &[u8] = b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x0f\x00\x30\x82\x01\x0a\x02\x82\x01\x01\x00";
const EXPONENT: &[u8] = b"\x02\x03\x01\x00\x01";
