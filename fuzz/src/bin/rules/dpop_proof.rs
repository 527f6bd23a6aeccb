//! `protocol::dpop` of proofs with a right signature: one is a proof of its request exactly when each rule of RFC 9449 §4.3 says so,
//! and a text that nobody signed never is. An address has one text, which is its own. The input is a payload; the octet before it
//! says whether an access token is shown and a nonce demanded.

use std::sync::LazyLock;

use grantor_fuzz::known::{ENVIRONMENT, NOW};
use jose::digest::{HmacKey, sha256};
use jose::json::parse_strict_object;
use jose::{Alg, SigningKey, b64};
use protocol::dpop::{Expected, Nonces, Proof, prove};
use protocol::secret::Secret;
use protocol::uri::htu as resource_of;
use serde_json::{Map, Value, json};
use url::Url;

pub fn check((variant, payload): (u8, &[u8])) {
    let (shows, nonces) = (variant & 1 == 1, variant & 2 == 2);
    let text = String::from_utf8_lossy(payload);
    assert!(judge(&text, shows, nonces).is_none(), "nobody signed it");
    same_address(&text);
    let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.public().to_json() }).to_string();
    let token = KEY.sign_under(header.as_bytes(), payload).expect("a key signs");
    let proof = judge(&token, shows, nonces);
    let Ok(claims) = parse_strict_object(payload, 32) else { return assert!(proof.is_none()) };
    if token.len() > 8 * 1024 {
        return assert!(proof.is_none());
    }
    assert_eq!(proof.is_some(), acceptable(&claims, shows, nonces), "{claims:?}");
    // Under another key it is another use.
    if let Some(proof) = proof {
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": OTHER.public().to_json() }).to_string();
        let other = OTHER.sign_under(header.as_bytes(), payload).expect("a key signs");
        assert!(judge(&other, shows, nonces).is_some_and(|other| other.hash() != proof.hash()));
    }
}

fn judge(text: &str, shows: bool, nonces: bool) -> Option<Proof> {
    let (token, key) = (Secret::new(TOKEN.to_owned()), HmacKey::new(b"nonces"));
    let expected = Expected {
        method: "POST",
        url: URL,
        access_token: shows.then_some(&token),
        nonces: nonces.then_some(Nonces { key: &key, environment: ENVIRONMENT, now: NOW }),
        now: NOW,
    };
    prove(text, &expected).ok()
}

fn acceptable(claims: &Map<String, Value>, shows: bool, nonces: bool) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let now = NOW.secs() as f64;
    let at = |name: &str, holds: &dyn Fn(f64) -> bool| {
        let seconds = claims.get(name).map(|sent| sent.as_f64().filter(|seconds| seconds.abs() <= LIMIT));
        seconds.is_none_or(|seconds| seconds.is_some_and(holds))
    };
    // Claims of a JWT that mean nothing here have their types all the same.
    let typed = ["iss", "sub"].into_iter().all(|name| claims.get(name).is_none_or(Value::is_string))
        && claims.get("aud").is_none_or(|aud| {
            aud.is_string() || aud.as_array().is_some_and(|all| all.iter().all(Value::is_string))
        });
    let current = HmacKey::new(b"nonces");
    let current = Nonces { key: &current, environment: ENVIRONMENT, now: NOW }.current();
    typed
        && text("htm") == Some("POST")
        && text("htu").is_some_and(|htu| resource_of(htu).as_deref() == Some(URL))
        && text("jti").is_some_and(|jti| (1..=256).contains(&jti.len()))
        && claims.contains_key("iat")
        && at("iat", &|iat| iat.ceil() <= now + 60.0 && iat.ceil() >= now - 60.0)
        && at("nbf", &|nbf| nbf.ceil() <= now + 60.0)
        && at("exp", &|exp| exp.floor() > now)
        && (!shows || text("ath") == Some(&b64::encode(&sha256(TOKEN.as_bytes()))))
        && (!nonces || text("nonce") == Some(&current))
}

/// RFC 3986 §6.2.2: the text of an address is its own, and a browser finds the same place by it.
fn same_address(text: &str) {
    let Some(one) = resource_of(text) else { return };
    assert_eq!(resource_of(&one).as_ref(), Some(&one), "{text}");
    if let (Ok(sent), Ok(read)) = (Url::parse(text), Url::parse(&one)) {
        assert_eq!((sent.scheme(), sent.host(), sent.port()), (read.scheme(), read.host(), read.port()), "{text}");
    }
}

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Alg::Es256).expect("a key"));
static OTHER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Alg::Es256).expect("a key"));
const URL: &str = "https://op.example/e/as/token";
const TOKEN: &str = "token";
/// The largest number that every reader of JSON has exactly.
const LIMIT: f64 = 9_007_199_254_740_991.0;
