//! A proof member by member (RFC 9449 §4.3), and what it means where it is shown.

use jose::digest::{HmacKey, sha256};
use jose::{Alg, SigningKey, b64};
use serde_json::{Value, json};

use super::{Expected, Nonces, Proof, Scheme, Sent, algs, at_resource, at_token_endpoint, prove};
use crate::client_auth::Method;
use crate::confirmation::{Confirmation, Thumbprint};
use crate::grant::tests::{NOW, client};
use crate::id::EnvironmentId;
use crate::policy::NONCE_SECONDS;
use crate::refusal::{Reason, Refused};
use crate::secret::Secret;

const URL: &str = "https://op.example/e/as/token";

fn key() -> SigningKey {
    SigningKey::generate(Alg::EdDsa).unwrap()
}

fn expected() -> Expected<'static> {
    Expected { method: "POST", url: URL, access_token: None, nonces: None, now: NOW }
}

fn claims() -> Value {
    json!({ "jti": "1", "htm": "POST", "htu": URL, "iat": NOW.secs() })
}

fn sign(key: &SigningKey, claims: &Value) -> String {
    let header = json!({ "typ": "dpop+jwt", "alg": key.alg().name(), "jwk": key.public().to_json() });
    key.sign_under(header.to_string().as_bytes(), claims.to_string().as_bytes()).unwrap()
}

fn changed(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn a_proof_is_its_keys_and_for_one_use() {
    let (one, other) = (key(), key());
    let judge = |key: &SigningKey, claims: &Value| prove(&sign(key, claims), &expected()).unwrap();
    let proof = judge(&one, &claims());
    assert_eq!(proof.confirmation(), Confirmation::Jkt(Thumbprint::of(one.public())));
    assert_eq!(judge(&one, &changed("htu", json!(format!("{URL}?x")))).hash(), proof.hash(), "of one address");
    for another in [judge(&other, &claims()), judge(&one, &changed("jti", json!("2")))] {
        assert_ne!(another.hash(), proof.hash());
    }
    let elsewhere = Expected { url: "https://op.example/e/as/par", ..expected() };
    let elsewhere = prove(&sign(&one, &changed("htu", json!(elsewhere.url))), &elsewhere).unwrap();
    assert_ne!(elsewhere.hash(), proof.hash());
}

/// DP-06, DP-08: the moments and lengths are exact.
#[test]
fn the_bounds_are_exact() {
    let (key, now) = (key(), NOW.secs());
    let judge = |name: &str, value: Value| prove(&sign(&key, &changed(name, value)), &expected()).is_ok();
    for (name, value, taken) in [
        ("iat", json!(now - 60), true),
        ("iat", json!(now - 61), false),
        ("iat", json!(now + 60), true),
        ("iat", json!(now + 61), false),
        ("exp", json!(now + 1), true),
        ("exp", json!(now), false),
        ("nbf", json!(now + 60), true),
        ("nbf", json!(now + 61), false),
        ("jti", json!("x".repeat(256)), true),
        ("jti", json!("x".repeat(257)), false),
        ("jti", json!(""), false),
    ] {
        assert_eq!(judge(name, value.clone()), taken, "{name}: {value}");
    }
}

/// The explanation names the member, what was expected and what came, and repeats nothing that may be a secret.
#[test]
fn a_refusal_names_the_member() {
    let key = key();
    let secret = "vO8-kP2_xT5qRwYzA3bC6dEfGhIjKlMnOpQrStUvWxY";
    let token = Secret::new("token".to_owned());
    let expected = Expected { access_token: Some(&token), ..expected() };
    let iat = NOW.secs() - 100;
    for (name, value, wanted, came) in [
        ("htm", json!("GET"), "htm: POST", "htm: GET".to_owned()),
        ("htm", json!(secret), "htm: POST", "htm: …".to_owned()),
        (
            "htu",
            json!("https://op.example/x?y"),
            "htu: https://op.example/e/as/token",
            "htu: https://op.example/x?…".to_owned(),
        ),
        ("iat", json!(iat), "iat: a minute ago at most", format!("iat: {iat}")),
        ("iat", json!("x"), "iat: a time at most a minute ahead", "iat: another text of 1 bytes".to_owned()),
        ("jti", json!(""), "jti: of 1 to 256 bytes", "jti: another text of 0 bytes".to_owned()),
        (
            "ath",
            json!(secret),
            "ath: the SHA-256 hash of the access token in base64url",
            "ath: another text of 43 bytes".to_owned(),
        ),
        (
            "ath",
            json!([]),
            "ath: the SHA-256 hash of the access token in base64url",
            "ath: another kind of value".to_owned(),
        ),
    ] {
        let refused = prove(&sign(&key, &changed(name, value)), &expected).unwrap_err();
        assert_eq!((refused.reason, &*refused.expected, refused.came), (Reason::DpopProofInvalid, wanted, came));
    }
    let supported = algs().map(Alg::name).collect::<Vec<_>>().join(", ");
    let header = b64::encode(br#"{"alg":"none","typ":"dpop+jwt"}"#);
    let refused = prove(&format!("{header}.e30.AA"), &expected).unwrap_err();
    assert_eq!((refused.expected, &*refused.came), (format!("alg: {supported}"), "alg: none"));
}

/// DP-09: the present one, and what clocks and the way there make of it.
#[test]
fn a_nonce_is_of_its_time_and_environment() {
    let (secret, here) = (HmacKey::new(b"k"), EnvironmentId::default());
    let at = |seconds: i64| Nonces { key: &secret, environment: here, now: NOW.plus(seconds) };
    let slot = NOW.secs().rem_euclid(NONCE_SECONDS);
    let (first, last) = (-slot, NONCE_SECONDS - 1 - slot);
    assert_eq!(at(first).current(), at(last).current());
    assert_ne!(at(first).current(), at(last + 1).current());
    let key = key();
    let judge = |nonce: Option<&str>, nonces: Nonces<'_>| {
        let claims = nonce.map_or_else(claims, |nonce| changed("nonce", json!(nonce)));
        prove(&sign(&key, &claims), &Expected { nonces: Some(nonces), ..expected() })
    };
    let nonce = at(0).current();
    for (seconds, taken) in [
        (first - NONCE_SECONDS, true),
        (first - NONCE_SECONDS - 1, false),
        (last + NONCE_SECONDS, true),
        (last + NONCE_SECONDS + 1, false),
    ] {
        assert_eq!(judge(Some(&nonce), at(seconds)).is_ok(), taken, "{seconds}");
    }
    let elsewhere = Nonces { environment: EnvironmentId::new(uuid::Uuid::from_u128(9)), ..at(0) };
    let other = HmacKey::new(b"l");
    let of_another = Nonces { key: &other, ..at(0) };
    for refused in [judge(None, at(0)), judge(Some(&nonce), elsewhere), judge(Some(&nonce), of_another)] {
        assert_eq!(refused.unwrap_err().reason, Reason::DpopNonceRequired);
    }
}

/// DP-10, DP-11, DP-13: what a proof means at a resource, and where tokens are made.
#[test]
fn what_is_bound_is_shown_with_its_proof_and_nothing_else_is() {
    let (own, other) = (key(), key());
    let token = Secret::new("token".to_owned());
    let expected = Expected { access_token: Some(&token), ..expected() };
    let shown = |key: &SigningKey| Sent::One(sign(key, &changed("ath", json!(b64::encode(&sha256(b"token"))))));
    let bound = Confirmation::Jkt(Thumbprint::of(own.public()));
    let judge = |bound: &Confirmation, scheme, sent: &Sent| {
        let proof = at_resource(bound, scheme, sent, &expected);
        proof.map(|proof| proof.is_some()).map_err(|refused| refused.reason)
    };
    for (bound, scheme, sent, decided) in [
        (&Confirmation::None, Scheme::Bearer, Sent::None, Ok(false)),
        (&Confirmation::None, Scheme::Bearer, Sent::Several, Ok(false)),
        (&Confirmation::None, Scheme::Dpop, shown(&own), Err(Reason::AccessTokenUnbound)),
        (&bound, Scheme::Bearer, shown(&own), Err(Reason::AccessTokenBound)),
        (&bound, Scheme::Dpop, shown(&own), Ok(true)),
        (&bound, Scheme::Dpop, shown(&other), Err(Reason::AccessTokenKeyOther)),
        (&bound, Scheme::Dpop, Sent::None, Err(Reason::DpopProofMissing)),
        (&bound, Scheme::Dpop, Sent::Several, Err(Reason::DpopProofInvalid)),
        (&bound, Scheme::Dpop, Sent::One(sign(&own, &claims())), Err(Reason::DpopProofInvalid)),
    ] {
        assert_eq!(judge(bound, scheme, &sent), decided, "{scheme:?} {sent:?}");
    }
    let expected = Expected { access_token: None, ..expected };
    for (binds, sent, decided) in [
        (false, Sent::None, Ok(false)),
        (true, Sent::None, Err(Reason::DpopProofMissing)),
        (true, Sent::One(sign(&own, &claims())), Ok(true)),
        (false, Sent::One(sign(&own, &claims())), Ok(true)),
        (false, Sent::One(String::new()), Err(Reason::DpopProofInvalid)),
        (false, Sent::Several, Err(Reason::DpopProofInvalid)),
    ] {
        let mut client = client(&[Method::ClientSecretPost]);
        client.application.dpop_bound = binds;
        let judged: Result<Option<Proof>, Refused> = at_token_endpoint(&client, &sent, &expected);
        assert_eq!(judged.map(|proof| proof.is_some()).map_err(|refused| refused.reason), decided, "{sent:?}");
    }
}

/// DP-01
#[test]
fn fields_are_counted_before_they_are_read() {
    assert_eq!(Sent::read(&[]), Sent::None);
    assert_eq!(Sent::read(&[b"x"]), Sent::One("x".into()));
    assert_eq!(Sent::read(&[b"x", b"x"]), Sent::Several);
    assert_eq!(Sent::read(&[b"\xff"]), Sent::One(String::new()));
    let key = key();
    assert_eq!(Sent::One(sign(&key, &claims())).key(), Some(Thumbprint::of(key.public())));
    assert_eq!((Sent::None.key(), Sent::Several.key(), Sent::One("a.b.c".into()).key()), (None, None, None));
}
