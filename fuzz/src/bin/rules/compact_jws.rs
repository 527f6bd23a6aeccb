//! `jose::Compact`: what is accepted consists of three parts that can be written in one way only, and no token is
//! verified by a key that never signed anything.

use jose::{Alg, Compact, VerifyingKey, b64};

pub fn check(token: &str) {
    let Ok(compact) = Compact::parse(token) else { return };
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    for part in [parts[0], parts[2]] {
        let octets = b64::decode(part).expect("an accepted part is base64url");
        assert!(!octets.is_empty() && b64::encode(&octets) == part);
    }
    let key = VerifyingKey::from_secret(Alg::Hs256, &[7; 32]).expect("32 octets are an HS256 key");
    assert!(compact.verify(&key).is_err());
}
