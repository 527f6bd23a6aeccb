//! The examples printed in the specifications.

use jose::{Alg, Compact, Error, Jwk, SigningKey, VerifyingKey, b64, digest};
use serde_json::{Value, json};

/// RFC 9964: keys and tokens that OpenSSL made of the seed 00…1f.
#[test]
fn ml_dsa() {
    let made: Vec<Value> = serde_json::from_str(include_str!("data/ml-dsa.json")).unwrap();
    for made in made {
        let alg = Alg::parse(made["jwk"]["alg"].as_str().unwrap()).unwrap();
        let jwk = Jwk::from_json(&made["jwk"]).unwrap();
        assert_eq!(
            (jwk.to_json(), jwk.thumbprint()),
            (made["jwk"].clone(), made["thumbprint"].as_str().unwrap().into())
        );
        let key = VerifyingKey::from_jwk(&jwk, alg).unwrap();
        let token = made["token"].as_str().unwrap();
        let verified = Compact::parse(token).unwrap().verify(&key).unwrap();
        assert_eq!(verified.payload["sub"], "someone");
        let payload = token.split('.').nth(1).unwrap();
        let spoiled = token.replace(payload, &b64::encode(br#"{"sub":"another"}"#));
        assert_eq!(Compact::parse(&spoiled).unwrap().verify(&key).unwrap_err(), Error::BadSignature);
        let short = format!("{}.{}", token.rsplit_once('.').unwrap().0, b64::encode(&[1; 64]));
        assert_eq!(Compact::parse(&short).unwrap().verify(&key).unwrap_err(), Error::BadSignature);
        let signing = SigningKey::from_pkcs8(alg, &b64::decode(made["pkcs8"].as_str().unwrap()).unwrap()).unwrap();
        assert_eq!(signing.public().thumbprint(), jwk.thumbprint());
        let ours = signing.sign(None, b"{}").unwrap();
        Compact::parse(&ours).unwrap().verify(&key).unwrap();
        // Every other algorithm is another's.
        assert_eq!(Alg::ALL.iter().filter(|other| jwk.verifies(**other)).collect::<Vec<_>>(), [&alg]);
        // What is sealed today opens tomorrow.
        let again = SigningKey::from_pkcs8(alg, SigningKey::generate(alg).unwrap().pkcs8()).unwrap();
        Compact::parse(&again.sign(None, b"{}").unwrap()).unwrap().verify(&again.verifying()).unwrap();
    }
}

#[test]
fn rfc_7515_a1_hs256() {
    let secret =
        b64::decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow").unwrap();
    let key = VerifyingKey::from_secret(Alg::Hs256, &secret).unwrap();
    let token =
        format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let verified = Compact::parse(&token).unwrap().verify(&key).unwrap();
    assert!(verified.is_typ("jwt"));
    assert_eq!(Value::Object(verified.payload), claims());
}

#[test]
fn rfc_7515_a2_rs256() {
    let jwk = Jwk::from_json(&json!({"kty": "RSA", "n": A2_N, "e": "AQAB"})).unwrap();
    let key = VerifyingKey::from_jwk(&jwk, Alg::Rs256).unwrap();
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.{A2_SIGNATURE}");
    let verified = Compact::parse(&token).unwrap().verify(&key).unwrap();
    assert_eq!(Value::Object(verified.payload), claims());
}

#[test]
fn rfc_7515_a3_es256() {
    let jwk = Jwk::from_json(&json!({"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}))
    .unwrap();
    let key = VerifyingKey::from_jwk(&jwk, Alg::Es256).unwrap();
    let token = format!(
        "eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.\
         DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    let verified = Compact::parse(&token).unwrap().verify(&key).unwrap();
    assert_eq!(Value::Object(verified.payload), claims());
}

#[test]
fn rfc_7638_thumbprint() {
    let jwk = Jwk::from_json(&json!({"kty": "RSA", "n": RFC7638_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}));
    assert_eq!(jwk.unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

/// The payload of the example is a sentence: the signature is good and the claims are still refused.
#[test]
fn rfc_8037_ed25519() {
    let jwk =
        Jwk::from_json(&json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}))
            .unwrap();
    assert_eq!(jwk.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let key = VerifyingKey::from_jwk(&jwk, Alg::EdDsa).unwrap();
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let signed = |payload: &str| format!("eyJhbGciOiJFZERTQSJ9.{payload}.{signature}");
    let good = signed("RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    let bad = signed("SXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    assert!(matches!(Compact::parse(&good).unwrap().verify(&key), Err(Error::Malformed(_))));
    assert_eq!(Compact::parse(&bad).unwrap().verify(&key).unwrap_err(), Error::BadSignature);
}

#[test]
fn rfc_7636_appendix_b() {
    let challenge = b64::encode(&digest::sha256(b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn oidc_core_appendix_a_at_hash() {
    let at_hash = digest::half_hash(Alg::Rs256, b"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y").unwrap();
    assert_eq!(at_hash, "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(digest::half_hash(Alg::Es384, b"").unwrap().len(), 32);
    assert_eq!(digest::half_hash(Alg::EdDsa, b"").unwrap().len(), 43);
}

fn claims() -> Value {
    json!({"iss": "joe", "exp": 1_300_819_380, "http://example.com/is_root": true})
}

const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const A2_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const A2_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const RFC7638_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
