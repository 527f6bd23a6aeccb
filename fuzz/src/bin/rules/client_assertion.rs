//! `protocol::client_auth` of assertions with a right MAC: one proves its client exactly when each rule of RFC 7523 §3 and RFC 10070
//! says so, and one that nobody made never does. The input is a payload; the octet before it chooses the setting of the client.

use std::sync::Arc;

use grantor_fuzz::known::{ISSUER, NOW, client};
use grantor_fuzz::reference::signed;
use jose::digest::HmacKey;
use jose::json::parse_strict_object;
use protocol::client_auth::{Credentials, Expected, Keys, Method, Presented, Proven, authenticate};
use protocol::model::AssertionAudience;
use protocol::params::Params;
use protocol::secret::Secret;
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

pub fn check((variant, payload): (u8, &[u8])) {
    let (strict, used) = (variant & 1 == 1, variant & 2 == 2);
    let prove = |assertion: &str| prove(strict, used, assertion);
    if let Ok(text) = str::from_utf8(payload) {
        assert!(prove(text).is_none());
    }
    let token = signed(r#"{"alg":"HS256"}"#, payload);
    let proven = prove(&token);
    // Another header under the same MAC.
    let (_, mac) = token.rsplit_once('.').expect("three parts");
    let other = signed(r#"{"alg":"HS256","typ":"JWT"}"#, payload);
    assert!(prove(&format!("{}.{mac}", other.rsplit_once('.').expect("three parts").0)).is_none());
    let Ok(claims) = parse_strict_object(payload, 32) else {
        return assert!(proven.is_none());
    };
    if token.len() > 16 * 1024 {
        return assert!(proven.is_none());
    }
    let named = claims.contains_key("jti");
    assert_eq!(proven.is_some(), acceptable(&claims, strict) && !(used && named), "{claims:?}");
    assert!(proven.is_none_or(|proven| proven.changes.len() == usize::from(named)));
}

fn prove(strict: bool, used: bool, assertion: &str) -> Option<Proven> {
    let mut client = Arc::unwrap_or_clone(client(0));
    client.application.auth_methods = vec![Method::ClientSecretJwt];
    client.application.assertion_audience =
        if strict { AssertionAudience::Issuer } else { AssertionAudience::Compatible };
    let form = Serializer::new(String::new())
        .append_pair("client_id", "app")
        .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .append_pair("client_assertion", assertion)
        .finish();
    let presented = Presented::read(&[], &Params::form(form.as_bytes()).ok()?, None).ok()?;
    let (client, secrets, endpoints) = (Arc::new(client), [Secret::new("\u{7}".repeat(32))], [TOKEN.to_owned()]);
    let expected = Some(Expected { issuer: ISSUER, endpoints: &endpoints, keys: Keys::Shared(&secrets), used });
    let credentials = Credentials { expected, ..Credentials::of(&presented, Some(&client)) };
    authenticate(&credentials, &HmacKey::new(b"pepper"), NOW).ok()
}

fn acceptable(claims: &Map<String, Value>, strict: bool) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let named: Option<Vec<&str>> = match claims.get("aud") {
        Some(Value::String(one)) => Some(vec![one]),
        Some(Value::Array(several)) => several.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let is_for_us = named.is_some_and(|named| match named[..] {
        [] => false,
        [one] if one == ISSUER => true,
        _ => !strict && named.iter().all(|one| *one == ISSUER || *one == TOKEN),
    });
    let now = NOW.secs() as f64;
    let at = |name: &str, holds: &dyn Fn(f64) -> bool| {
        let seconds = claims.get(name).map(|sent| sent.as_f64().filter(|seconds| seconds.abs() <= LIMIT));
        seconds.is_none_or(|seconds| seconds.is_some_and(holds))
    };
    let jti = match claims.get("jti") {
        None => !strict,
        Some(jti) => jti.as_str().is_some_and(|jti| (1..=256).contains(&jti.len())),
    };
    text("iss") == Some("app")
        && text("sub") == Some("app")
        && is_for_us
        && claims.contains_key("exp")
        && at("exp", &|exp| exp.floor() + 60.0 > now && exp.floor() <= now + 3_660.0)
        && at("nbf", &|nbf| nbf.ceil() <= now + 60.0)
        && at("iat", &|iat| iat.ceil() <= now + 60.0 && (!strict || iat.ceil() >= now - 3_660.0))
        && jti
}

const TOKEN: &str = "https://op.example/e/as/token";
/// The largest number that every reader of JSON has exactly.
const LIMIT: f64 = 9_007_199_254_740_991.0;
