//! `jose::claims` against a reading of the claims one by one: a token is accepted exactly when each rule of RFC 7519 §4.1 says so,
//! and what is told of its times is at most a second away from what it says, towards the shorter life. The input is the payload
//! of a token that is signed rightly; the octet before it chooses what is demanded.

use grantor_fuzz::reference::{signed, verifying};
use jose::Compact;
use jose::claims::{Checks, TypRule};
use serde_json::{Map, Value};

pub fn check((demands, payload): (u8, &[u8])) {
    let has = |bit: u8| demands >> bit & 1 == 1;
    let typ = if has(0) { r#","typ":"application/AT+jwt""# } else { "" };
    let token = signed(&format!(r#"{{"alg":"HS256"{typ}}}"#), payload);
    let Ok(verified) = Compact::parse(&token).and_then(|compact| compact.verify(&verifying())) else { return };
    let all = verified.payload.clone();
    assert_eq!(serde_json::from_slice::<Map<String, Value>>(payload).expect("verified"), all);
    let checks = Checks {
        issuer: has(1).then_some("https://op.example"),
        audience: has(2).then_some(&["app", "api"]),
        typ: if has(3) { TypRule::Required(&["at+jwt"]) } else { TypRule::Optional(&["at+jwt"]) },
        required: if has(4) { &["exp", "sub"] } else { &[] },
        now: NOW,
        skew: if has(5) { 60 } else { 0 },
        ahead: if has(6) { i64::MAX } else { 60 },
    };
    let typ_is_right = has(0) || !has(3);
    let read = checks.check(verified);
    assert_eq!(read.is_ok(), typ_is_right && acceptable(&all, &checks), "{all:?}");
    let Ok(claims) = read else { return };
    let times = [("exp", claims.expires_at), ("nbf", claims.not_before), ("iat", claims.issued_at)];
    for (name, read) in times {
        let sent = all.get(name).and_then(Value::as_f64);
        assert_eq!(sent.is_some(), read.is_some());
        let Some((sent, read)) = sent.zip(read) else { continue };
        let shorter = if name == "exp" { sent - read as f64 } else { read as f64 - sent };
        assert!((0.0..1.0).contains(&shorter), "{name} {sent} {read}");
    }
}

fn acceptable(all: &Map<String, Value>, checks: &Checks<'_>) -> bool {
    let is_text = |name| all.get(name).is_none_or(Value::is_string);
    let audience: Option<Vec<&str>> = match all.get("aud") {
        None => Some(Vec::new()),
        Some(Value::String(one)) => Some(vec![one]),
        Some(Value::Array(several)) => several.iter().map(Value::as_str).collect(),
        Some(_) => None,
    };
    let Some(audience) = audience else { return false };
    let limit = 9_007_199_254_740_991.0;
    let at = |name| match all.get(name) {
        None => Some(None),
        Some(sent) => sent.as_f64().filter(|seconds| seconds.abs() <= limit).map(Some),
    };
    let (Some(exp), Some(nbf), Some(iat)) = (at("exp"), at("nbf"), at("iat")) else { return false };
    let latest = checks.now.saturating_add(checks.ahead) as f64;
    ["iss", "sub", "jti"].into_iter().all(is_text)
        && checks.required.iter().all(|name| all.contains_key(*name))
        && checks.issuer.is_none_or(|issuer| all.get("iss").and_then(Value::as_str) == Some(issuer))
        && checks.audience.is_none_or(|accepted| audience.iter().any(|named| accepted.contains(named)))
        && exp.is_none_or(|exp| exp.floor() + checks.skew as f64 > checks.now as f64)
        && nbf.is_none_or(|nbf| nbf <= latest)
        && iat.is_none_or(|iat| iat <= latest)
}

const NOW: i64 = 1_800_000_000;
