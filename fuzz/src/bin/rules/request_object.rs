//! `protocol::authorize::object` of payloads that are signed rightly: taken exactly when each rule of RFC 9101 says so, and then every
//! parameter is what a claim says. The input is a payload; the octet before it chooses the setting of the client.

use std::sync::Arc;

use grantor_fuzz::known::{ISSUER, NOW, client};
use grantor_fuzz::reference::signed;
use jose::json::parse_strict_object;
use protocol::authorize::object::{self, Expected};
use protocol::client_auth::Keys;
use protocol::model::RequestObjectTimes;
use protocol::params::Params;
use protocol::policy::RFC9700;
use protocol::secret::Secret;
use serde_json::{Map, Value};

pub fn check((variant, payload): (u8, &[u8])) {
    let bounded = variant & 1 == 1;
    if let Ok(text) = str::from_utf8(payload) {
        assert!(read(bounded, text).is_none());
    }
    let token = signed(r#"{"alg":"HS256","typ":"oauth-authz-req+jwt"}"#, payload);
    let said = read(bounded, &token);
    assert!(read(bounded, &signed(r#"{"alg":"HS256","typ":"client-authentication+jwt"}"#, payload)).is_none());
    let Ok(claims) = parse_strict_object(payload, 32) else {
        return assert!(said.is_none());
    };
    if token.len() > 16 * 1024 {
        return assert!(said.is_none());
    }
    assert_eq!(said.is_some(), acceptable(&claims, bounded), "{claims:?}");
    let Some(said) = said else { return };
    for name in said.names() {
        let values = match &claims[name] {
            Value::Array(several) => several.clone(),
            one => vec![one.clone()],
        };
        let texts = values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
        assert_eq!(said.all(name), texts, "{name}");
    }
}

fn read(bounded: bool, text: &str) -> Option<Params> {
    let mut client = Arc::unwrap_or_clone(client(0));
    client.application.request_object.times =
        if bounded { RequestObjectTimes::Required } else { RequestObjectTimes::Optional };
    let secrets = [Secret::new("\u{7}".repeat(32))];
    let expected = Expected { issuer: ISSUER, keys: Keys::Shared(&secrets), demands: &RFC9700, now: NOW };
    object::read(text, &client, &expected).ok()
}

fn acceptable(claims: &Map<String, Value>, bounded: bool) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let optional = |name: &str, holds: &dyn Fn(&str) -> bool| {
        claims.get(name).is_none_or(|value| value.as_str().is_some_and(holds))
    };
    let for_us = match claims.get("aud") {
        Some(Value::String(one)) => one == ISSUER,
        Some(Value::Array(several)) => several.iter().all(Value::is_string) && several.iter().any(|one| one == ISSUER),
        _ => false,
    };
    let now = NOW.secs() as f64;
    let at = |name: &str| claims.get(name).and_then(Value::as_f64);
    let time = |name: &str, holds: &dyn Fn(f64) -> bool| {
        claims.get(name).is_none_or(|_| at(name).is_some_and(|seconds| seconds.abs() <= LIMIT && holds(seconds)))
    };
    let within = at("exp").zip(at("nbf")).is_some_and(|(exp, nbf)| {
        nbf.ceil() >= now - 3_660.0 && exp.floor() <= nbf.ceil() + 3_600.0
    });
    let parameter = |value: &Value| value.is_i64() || value.as_str().is_some_and(|text| !text.contains('\0'));
    let several = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(parameter));
    let parameters = READ.iter().all(|name| {
        let object = |value: &Value| *name == "claims" && value.is_object() && !value.to_string().contains('\0');
        let kinds = |value: &Value| parameter(value) || object(value) || (*name == "resource" && several(value));
        claims.get(*name).is_none_or(kinds)
    });
    let count: usize = READ.iter().filter_map(|name| claims.get(*name)).map(|v| v.as_array().map_or(1, Vec::len)).sum();
    text("iss") == Some("app")
        && text("client_id") == Some("app")
        && for_us
        && optional("sub", &|sub| sub != "app")
        && optional("jti", &|_| true)
        && time("exp", &|exp| exp.floor() + 60.0 > now)
        && time("nbf", &|nbf| nbf.ceil() <= now + 60.0)
        && time("iat", &|iat| iat.ceil() <= now + 60.0)
        && (!bounded || within)
        && !claims.contains_key("request")
        && !claims.contains_key("request_uri")
        && parameters
        && count <= 200
}

const READ: [&str; 19] = [
    "acr_values",
    "claims",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];
/// The largest number that every reader of JSON has exactly.
const LIMIT: f64 = 9_007_199_254_740_991.0;
