//! What an assertion must say, and what does not pass for one (RFC 7523 §3, RFC 10070).

use std::sync::Arc;

use jose::digest::{HmacKey, hmac_sha256};
use jose::{Alg, Jwks, SigningKey, Typ, b64, sign_with_secret};
use serde_json::{Value, json};

use super::{NOW, Presented, client, params, pepper};
use crate::change::Change;
use crate::client::Client;
use crate::client_auth::{Credentials, Expected, Keys, Method, Proven, authenticate};
use crate::grant::tests::ISSUER;
use crate::model::AssertionAudience;
use crate::refusal::{Reason, Refused};
use crate::secret::Secret;

const TOKEN: &str = "https://auth.example/env/as/token";
const CALLED: &str = "https://auth.example/env/as/introspect";
const SHARED: &str = "a secret that is as long as the longest of the three hashes, and so";

fn strict(method: Method) -> Client {
    let mut client = client(&[method]);
    client.application.assertion_audience = AssertionAudience::Issuer;
    client
}

fn good() -> Value {
    json!({ "iss": "c1", "sub": "c1", "aud": ISSUER, "exp": NOW.secs() + 60, "iat": NOW.secs(), "jti": "1" })
}

/// The good claims with these members instead; null takes one away.
fn with(members: &Value) -> String {
    let mut claims = good();
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
            value => claims[name] = value.clone(),
        }
    }
    claims.to_string()
}

fn mac(claims: &str) -> String {
    sign_with_secret(Alg::Hs256, SHARED.as_bytes(), None, claims.as_bytes()).unwrap()
}

/// With a right MAC over any header and any payload.
fn crafted(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", b64::encode(header.as_bytes()), b64::encode(payload.as_bytes()));
    let mac = b64::encode(&hmac_sha256(&HmacKey::new(SHARED.as_bytes()), input.as_bytes()));
    format!("{input}.{mac}")
}

fn judge(client: Client, assertion: &str, keys: Keys<'_>, used: bool) -> Result<Proven, Refused> {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let form = format!("client_id=c1&client_assertion_type={kind}&client_assertion={assertion}");
    let presented = Presented::read(&[], &params(&form), None)?;
    let (client, endpoints) = (Arc::new(client), [TOKEN.to_owned(), CALLED.to_owned()]);
    let expected = Some(Expected { issuer: ISSUER, endpoints: &endpoints, keys, used });
    authenticate(&Credentials { expected, ..Credentials::of(&presented, Some(&client)) }, &pepper(), NOW)
}

/// By the shared secret.
fn shared(client: Client, assertion: &str) -> Result<Proven, Refused> {
    judge(client, assertion, Keys::Shared(&[Secret::new(SHARED.to_owned())]), false)
}

#[track_caller]
fn refused(proven: Result<Proven, Refused>, reason: Reason) -> Refused {
    let refused = proven.unwrap_err();
    assert_eq!((refused.reason, reason.row().oauth, reason.status()), (reason, "invalid_client", 401), "{refused:?}");
    refused
}

/// CJ-01, CJ-24: every algorithm of a method proves its client, with each type that an assertion may have.
#[test]
fn every_algorithm_proves() {
    for alg in Alg::ALL.iter().copied() {
        for typ in [None, Some(Typ::Jwt), Some(Typ::ClientAuthenticationJwt)] {
            let claims = good().to_string();
            let proven = if alg.is_symmetric() {
                let assertion = sign_with_secret(alg, SHARED.as_bytes(), typ, claims.as_bytes()).unwrap();
                shared(strict(Method::ClientSecretJwt), &assertion)
            } else {
                let key = SigningKey::generate(alg).unwrap();
                let keys = Jwks::new(vec![key.public().clone()]);
                let assertion = key.sign(typ, claims.as_bytes()).unwrap();
                judge(strict(Method::PrivateKeyJwt), &assertion, Keys::Public(Ok(&keys)), false)
            };
            let proven = proven.unwrap();
            assert!(matches!(proven.changes[..], [Change::UseAssertion(_)]) && !proven.compatible, "{alg}");
        }
    }
}

/// CJ-02, CJ-03, CJ-04, CJ-05, CJ-06: for whom it is made out, in the strict setting and in the compatible one.
#[test]
fn the_audience_is_this_server_alone() {
    let slash = format!("{ISSUER}/");
    let upper = ISSUER.to_uppercase();
    let http = ISSUER.replace("https", "http");
    // What it is, and whether the strict and the compatible setting take it.
    for (audience, is_strict, is_compatible) in [
        (json!(ISSUER), true, true),
        (json!([ISSUER]), true, true),
        (json!(TOKEN), false, true),
        (json!(CALLED), false, true),
        (json!([ISSUER, TOKEN]), false, true),
        (json!([ISSUER, ISSUER]), false, true),
        (json!([ISSUER, "https://evil.example"]), false, false),
        (json!("https://auth.example/env/as/revoke"), false, false),
        (json!("https://auth.example/other/as"), false, false),
        (json!(slash), false, false),
        (json!(upper), false, false),
        (json!(http), false, false),
        (Value::Null, false, false),
        (json!(1), false, false),
        (json!({ "aud": ISSUER }), false, false),
        (json!([]), false, false),
        (json!([null]), false, false),
        (json!([ISSUER, 1]), false, false),
    ] {
        let assertion = mac(&with(&json!({ "aud": audience })));
        for (client, taken) in
            [(strict(Method::ClientSecretJwt), is_strict), (client(&[Method::ClientSecretJwt]), is_compatible)]
        {
            match shared(client, &assertion) {
                Ok(proven) => assert!(taken && proven.compatible != is_strict, "{audience}"),
                Err(no) => {
                    assert!(!taken && no.reason == Reason::AssertionInvalid, "{audience}: {no:?}");
                    assert!(no.expected.starts_with("aud: ") && no.came.starts_with("aud: "), "{no:?}");
                }
            }
        }
    }
}

/// CJ-07, CJ-08, CJ-09, CJ-10: whose it is and for how long, and what the owner is told.
#[test]
fn each_claim_is_held_to_its_rule() {
    let now = NOW.secs();
    for (members, claim) in [
        (json!({ "iss": "other" }), "iss"),
        (json!({ "iss": null }), "iss"),
        (json!({ "sub": "other" }), "sub"),
        (json!({ "sub": null }), "sub"),
        (json!({ "iss": "other", "sub": "other" }), "iss"),
        (json!({ "exp": null }), "exp"),
        (json!({ "exp": (now + 60).to_string() }), "exp"),
        (json!({ "exp": now - 60 }), "exp"),
        (json!({ "exp": -1 }), "exp"),
        (json!({ "exp": 1e20 }), "exp"),
        (json!({ "exp": now + 3_661 }), "exp"),
        (json!({ "iat": now + 61 }), "iat"),
        (json!({ "nbf": now + 61 }), "nbf"),
        (json!({ "iat": now - 3_661 }), "iat"),
        (json!({ "jti": null }), "jti"),
        (json!({ "jti": "" }), "jti"),
        (json!({ "jti": 1 }), "jti"),
        (json!({ "jti": "x".repeat(257) }), "jti"),
    ] {
        let no = refused(shared(strict(Method::ClientSecretJwt), &mac(&with(&members))), Reason::AssertionInvalid);
        assert!(no.expected.starts_with(&format!("{claim}: ")), "{members}: {no:?}");
        assert!(no.came.starts_with(&format!("{claim}: ")) && no.came.len() < 200, "{members}: {no:?}");
    }
    for members in [
        json!({ "exp": now - 59 }),
        json!({ "exp": now + 3_600 }),
        json!({ "iat": now + 9, "nbf": now + 9 }),
        json!({ "iat": now - 3_600 }),
        json!({ "jti": "x".repeat(256) }),
    ] {
        shared(strict(Method::ClientSecretJwt), &mac(&with(&members))).unwrap();
    }
    // JSON that no number stands for.
    let odd = good().to_string().replace(&(now + 60).to_string(), "1e400");
    refused(shared(strict(Method::ClientSecretJwt), &mac(&odd)), Reason::AssertionInvalid);
}

/// The compatible setting asks for no `jti`; one that comes is used once there as well.
#[test]
fn without_a_jti_nothing_is_remembered() {
    let compatible = || client(&[Method::ClientSecretJwt]);
    let proven = shared(compatible(), &mac(&with(&json!({ "jti": null, "iat": NOW.secs() - 7_200 })))).unwrap();
    assert!(proven.changes.is_empty() && !proven.compatible);
    assert_eq!(shared(compatible(), &mac(&good().to_string())).unwrap().changes.len(), 1);
    refused(shared(compatible(), &mac(&with(&json!({ "jti": "" })))), Reason::AssertionInvalid);
    let secrets = [Secret::new(SHARED.to_owned())];
    let again = judge(compatible(), &mac(&good().to_string()), Keys::Shared(&secrets), true);
    refused(again, Reason::AssertionUsed);
}

/// CJ-14, CJ-17, CJ-19, CJ-20, CJ-23, CJ-25, CJ-26, CJ-27: headers and forms that no assertion has, with a right MAC.
#[test]
fn what_is_no_assertion_proves_nothing() {
    let claims = good().to_string();
    let taken = |header: &str, payload: &str| shared(strict(Method::ClientSecretJwt), &crafted(header, payload));
    assert!(taken(r#"{"alg":"HS256"}"#, &claims).is_ok());
    // A key that it brings with itself is not looked at.
    assert!(taken(r#"{"alg":"HS256","jku":"https://canary.example","x5u":"https://canary.example"}"#, &claims).is_ok());
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"nOnE"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"HS256","crit":["x"],"x":1}"#,
        r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"HS256","kid":{}}"#,
        r#"{"alg":"dir","enc":"A256GCM","zip":"DEF"}"#,
        r#"{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":1000000000}"#,
        r#"{"alg":"HS256","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","typ":"dpop+jwt"}"#,
        r#"{"alg":"HS256","typ":"logout+jwt"}"#,
        r#"{"alg":"HS256","typ":"oauth-authz-req+jwt"}"#,
        r#"{"alg":"HS256","typ":"secevent+jwt"}"#,
    ] {
        refused(taken(header, &claims), Reason::AssertionInvalid);
    }
    let twice = claims.replace("\"sub\"", "\"sub\":\"c1\",\"sub\"");
    refused(taken(r#"{"alg":"HS256"}"#, &twice), Reason::AssertionInvalid);
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    refused(taken(r#"{"alg":"HS256"}"#, &deep), Reason::AssertionInvalid);
    let right = crafted(r#"{"alg":"HS256"}"#, &claims);
    for broken in [
        format!("{right}."),
        format!("{right}.a.b"),
        format!("{right}%3D"),
        right.rsplit_once('.').unwrap().0.to_owned() + ".",
        right.rsplit_once('.').unwrap().0.to_owned(),
        format!("%7B%22payload%22:%22{}%22%7D", b64::encode(claims.as_bytes())),
        "x".repeat(20_000),
    ] {
        refused(shared(strict(Method::ClientSecretJwt), &broken), Reason::AssertionInvalid);
    }
}

/// CJ-15, CJ-16: the registration says which keys count, and no algorithm in a header says otherwise.
#[test]
fn the_algorithm_is_the_methods() {
    let key = SigningKey::generate(Alg::Rs256).unwrap();
    let keys = Jwks::new(vec![key.public().clone()]);
    let claims = good().to_string();
    let public = key.public().to_json().to_string();
    let forged = sign_with_secret(Alg::Hs256, public.as_bytes(), None, claims.as_bytes()).unwrap();
    let judged = judge(strict(Method::PrivateKeyJwt), &forged, Keys::Public(Ok(&keys)), false);
    assert_eq!(refused(judged, Reason::MethodOther).came, "an assertion with a MAC");
    let signed = key.sign(None, claims.as_bytes()).unwrap();
    let judged = shared(strict(Method::ClientSecretJwt), &signed);
    assert_eq!(refused(judged, Reason::MethodOther).came, "an assertion with a signature");
    // One that has both methods is judged by the one that it used.
    let both = || client(&[Method::ClientSecretJwt, Method::PrivateKeyJwt]);
    let proven = judge(both(), &signed, Keys::Public(Ok(&keys)), false).unwrap();
    assert_eq!(proven.client.method(), Method::PrivateKeyJwt);
    assert_eq!(shared(both(), &mac(&claims)).unwrap().client.method(), Method::ClientSecretJwt);
    // RFC 8725 §3.1: where one algorithm is registered there is no other.
    let mut pinned = strict(Method::PrivateKeyJwt);
    pinned.application.auth_signing_alg = Some(Alg::Ps256);
    let judged = judge(pinned.clone(), &signed, Keys::Public(Ok(&keys)), false);
    assert_eq!(refused(judged, Reason::AssertionInvalid).came, "alg: RS256");
    pinned.application.auth_signing_alg = Some(Alg::Rs256);
    judge(pinned, &signed, Keys::Public(Ok(&keys)), false).unwrap();
}

/// CJ-18: a key id finds a key or none, and is told cut short.
#[test]
fn hostile_key_ids_find_nothing() {
    let key = SigningKey::generate(Alg::EdDsa).unwrap();
    let keys = Jwks::new(vec![key.public().clone()]);
    for kid in ["../../dev/null", "' OR 1=1 --", "0", "\u{202e}\u{0}", &"k".repeat(512)] {
        let assertion = key.clone().with_kid(kid.to_owned()).sign(None, good().to_string().as_bytes()).unwrap();
        let judged = judge(strict(Method::PrivateKeyJwt), &assertion, Keys::Public(Ok(&keys)), false);
        let no = refused(judged, Reason::ClientKeyUnknown);
        assert!(no.came.is_ascii() && no.came.len() < 220, "{no:?}");
    }
    let none = judge(strict(Method::PrivateKeyJwt), &key.sign(None, b"{}").unwrap(), Keys::Public(Err("late")), false);
    assert_eq!(refused(none, Reason::ClientKeyUnknown).came, "late");
}

/// The previous secret makes assertions as long as it lives, and a short secret makes none (RFC 7518 §3.2).
#[test]
fn a_mac_is_by_a_secret_that_lives() {
    let secrets = |texts: &[&str]| texts.iter().map(|text| Secret::new((*text).to_owned())).collect::<Vec<_>>();
    let asked = |texts: &[&str]| {
        let secrets = secrets(texts);
        judge(strict(Method::ClientSecretJwt), &mac(&good().to_string()), Keys::Shared(&secrets), false)
    };
    let other = "another secret that is long enough for any of the three hashes there";
    assert!(asked(&[SHARED]).is_ok() && asked(&[other, SHARED]).is_ok());
    let no = refused(asked(&[other]), Reason::AssertionInvalid);
    assert_eq!(no.came, "the signature is not valid");
    let no = refused(asked(&["short"]), Reason::AssertionInvalid);
    assert_eq!(no.came, "unusable key: the secret is shorter than the hash");
    let no = refused(asked(&[]), Reason::AssertionInvalid);
    assert_eq!(no.came, "an application without a secret");
}

/// D12: a disabled application is told so only where it proves itself, and that uses nothing up.
#[test]
fn a_disabled_application_proves_in_vain() {
    let mut disabled = strict(Method::ClientSecretJwt);
    disabled.application.enabled = false;
    refused(shared(disabled, &mac(&good().to_string())), Reason::ApplicationDisabled);
}
