//! Project Wycheproof's vectors of whole tokens, `json_web_signature` and `json_web_key`. No package of a registry for Rust has them, so
//! they are read from a folder that `WYCHEPROOF` names (`testvectors_v1` of the project), and the test is run by hand:
//! `WYCHEPROOF=… cargo test -p grantor-jose --test json_web_signature -- --ignored`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use jose::{Alg, Compact, Error, Jwk, Jwks, VerifyingKey, b64};
use serde_json::Value;

/// Where we decide otherwise than the vectors, by number and with the clause.
const SIGNATURES: &[(u64, &str)] = &[
    (346, "RFC 7517 §4.4: the key is for PS256 and the token is PS384"),
    (350, "the same"),
    (347, "RFC 7518 §3.1: the key is for ES521, which is no algorithm"),
    (351, "the same"),
    (367, "the token of 357, which is valid"),
    (370, "the token of 357, which is valid"),
    (372, "RFC 7515 §2: another character than those of base64url"),
    (373, "the same"),
];
const KEYS: &[(u64, &str)] = &[
    (1, "RFC 8725 §3.5: a secret is never looked for in a key set, so that none is taken for a public key"),
    (4, "the same: the secret is given by itself, and there is no second one"),
    (7, "CVE-2017-15361 is not looked for: a client's key that others can factor harms the client"),
];

#[test]
#[ignore = "WYCHEPROOF names the folder of the vectors"]
fn json_web_signature() {
    let vectors = vectors("json_web_signature");
    assert_eq!(judged(&vectors, SIGNATURES), (42, 359));
}

#[test]
#[ignore = "WYCHEPROOF names the folder of the vectors"]
fn json_web_key() {
    let vectors = vectors("json_web_key");
    assert_eq!(judged(&vectors, KEYS), (8, 18));
}

fn vectors(name: &str) -> Value {
    let folder = PathBuf::from(std::env::var_os("WYCHEPROOF").unwrap());
    serde_json::from_slice(&std::fs::read(folder.join(format!("{name}_test.json"))).unwrap()).unwrap()
}

/// How many were accepted and how many refused.
fn judged(vectors: &Value, otherwise: &[(u64, &str)]) -> (usize, usize) {
    let (mut counts, mut wrong) = ((0, 0), Vec::new());
    for group in vectors["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let accepted = accepted(group, test["jws"].as_str().unwrap());
            if accepted {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
            let number = test["tcId"].as_u64().unwrap();
            let decided = otherwise.iter().any(|(other, _)| *other == number);
            if (accepted == (test["result"] == "valid")) == decided {
                wrong.push(format!("{number} {} {}: accepted is {accepted}", test["result"], test["comment"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    counts
}

/// Whether the signature is good; the payloads are no claims, which is seen after it.
fn accepted(group: &Value, token: &str) -> bool {
    let keys = group.get("public").unwrap_or(&group["private"]);
    let Ok(token) = Compact::parse(token) else { return false };
    let Ok(key) = key(keys, &token) else { return false };
    match token.verify(&key) {
        Ok(_) | Err(Error::Malformed("not strict JSON" | "not a JSON object")) => true,
        Err(_) => false,
    }
}

/// The key for the token: of a pair as a registered key set has it, else the secret as an application has its own.
fn key(keys: &Value, token: &Compact<'_>) -> Result<VerifyingKey, Error> {
    let of_set = keys.get("keys").and_then(Value::as_array);
    let members = of_set.cloned().unwrap_or_else(|| vec![keys.clone()]);
    let named = |key: &&Value| key["kid"].as_str() == token.kid();
    if let Some(secret) = members.iter().filter(named).find(|key| key["kty"] == "oct") {
        let alg = secret["alg"].as_str().and_then(Alg::parse).ok_or(Error::UnsupportedAlg)?;
        return VerifyingKey::from_secret(alg, &b64::decode(secret["k"].as_str().unwrap()).unwrap());
    }
    let jwks = Jwks::new(members.iter().map(Jwk::from_json).collect::<Result<_, _>>()?);
    jwks.verifying(token).ok_or(Error::Key("no key of the set"))?
}
