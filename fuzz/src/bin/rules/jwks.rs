//! `jose::Jwks`: a set never holds a private key, and what is read is written and read again alike; the key that is found is one
//! that fits, and where several do a token must say which (OIDC Core §10.1).

use jose::{Alg, Jwk, Jwks};
use serde_json::Value;

pub fn check(text: &[u8]) {
    let Ok(set) = Jwks::parse(text) else { return };
    let document: Value = serde_json::from_slice(text).expect("accepted");
    let sent = document["keys"].as_array().expect("accepted");
    assert!(text.len() <= 128 * 1024 && sent.len() <= 100 && set.keys().len() <= sent.len());
    assert!(sent.iter().all(|key| key.get("d").is_none() && key.get("k").is_none() && key["kty"] != "oct"));
    // Those that are left out are those that cannot be read alone either, and the order stays.
    let readable: Vec<Jwk> = sent.iter().filter_map(|key| Jwk::from_json(key).ok()).collect();
    assert_eq!(set.keys(), readable);
    let written = set.to_json();
    assert_eq!(Jwks::parse(written.to_string().as_bytes()).expect("what is written can be read").to_json(), written);
    for alg in Alg::ALL {
        let fitting: Vec<&Jwk> = set.keys().iter().filter(|key| key.verifies(*alg)).collect();
        // The same key twice is no choice.
        let one = fitting.first().copied().filter(|first| fitting.iter().all(|fit| fit.key() == first.key()));
        assert_eq!(set.find(None, *alg), one);
        for key in set.keys().iter().filter(|key| key.kid().is_some()) {
            let named = fitting.iter().find(|fit| fit.kid() == key.kid()).copied();
            assert_eq!(set.find(key.kid(), *alg), named);
        }
    }
}
