//! `jose::Jwk`: what is read is written and read again alike, nothing private is ever taken or written, the thumbprint is the one
//! of RFC 7638 §3 computed plainly, and a key verifies for no algorithm that it is not for. The first octet chooses that.

use jose::json::parse_strict;
use jose::{Alg, Jwk, PublicKey, VerifyingKey, b64, digest};
use serde_json::Value;

pub fn check((chosen, text): (u8, &[u8])) {
    let Ok(document) = parse_strict(text, 8) else { return };
    let Ok(jwk) = Jwk::from_json(&document) else { return };
    assert!(PRIVATE.iter().all(|member| document.get(member).is_none()));
    let written = jwk.to_json();
    // What is written says nothing of `key_ops`, which may have forbidden to verify.
    let again = Jwk::from_json(&written).expect("what is written can be read");
    assert!(again == jwk || document.get("key_ops").is_some());
    assert_eq!((again.to_json(), again.thumbprint()), (written.clone(), jwk.thumbprint()));
    assert_eq!(jwk.thumbprint(), thumbprint(&written));
    assert!(jwk.kid().is_none_or(|kid| kid.len() <= 512));
    if let PublicKey::Rsa { n, e } = jwk.key() {
        assert!((256..=1024).contains(&n.len()) && n[0] != 0 && (n.len() > 256 || n[0] >= 0x80));
        assert!(e.last().is_some_and(|last| last % 2 == 1) && *e != [1] && e[0] != 0);
    }
    let alg = Alg::ALL[usize::from(chosen) % Alg::ALL.len()];
    let fits = match written["kty"].as_str() {
        Some("RSA") => alg.is_rsa(),
        Some("OKP") => matches!(alg, Alg::EdDsa | Alg::Ed25519),
        Some("AKP") => written["alg"] == alg.name(),
        _ => [("P-256", Alg::Es256), ("P-384", Alg::Es384), ("P-521", Alg::Es512)]
            .contains(&(written["crv"].as_str().expect("a curve"), alg)),
    };
    let allowed = |member: &str, value: &str| document.get(member).is_none_or(|sent| sent == value);
    let operations = document.get("key_ops").and_then(Value::as_array);
    let verifies = fits
        && allowed("use", "sig")
        && allowed("alg", alg.name())
        && operations.is_none_or(|all| all.contains(&"verify".into()));
    assert_eq!(jwk.verifies(alg), verifies);
    assert!(VerifyingKey::from_jwk(&jwk, alg).is_ok_and(|key| key.alg() == alg) <= verifies);
}

/// RFC 7638 §3: the required members in the order of their names, without white space.
fn thumbprint(written: &Value) -> String {
    let names: &[&str] = match written["kty"].as_str() {
        Some("RSA") => &["e", "kty", "n"],
        Some("EC") => &["crv", "kty", "x", "y"],
        Some("AKP") => &["alg", "kty", "pub"],
        _ => &["crv", "kty", "x"],
    };
    let members: Vec<String> = names.iter().map(|name| format!("\"{name}\":{}", written[name])).collect();
    b64::encode(&digest::sha256(format!("{{{}}}", members.join(",")).as_bytes()))
}

const PRIVATE: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
