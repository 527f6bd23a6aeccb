//! `protocol::registration::statement` of claims with a right signature: one holds exactly when each rule says so, and what nobody
//! signed never does. Whatever it says, nothing but client metadata is read of it, and it is read in place of what the client says.

use std::sync::LazyLock;

use grantor_fuzz::known::{ISSUER, NOW};
use jose::json::parse_strict_object;
use jose::{Alg, Jwks, SigningKey};
use protocol::model::{TrustedIssuer, TrustedIssuerType};
use protocol::registration::statement::Statement;
use serde_json::{Map, Value, json};

pub fn check(payload: &[u8]) {
    let text = String::from_utf8_lossy(payload);
    assert!(Statement::read(&text).is_none_or(|statement| !holds(&statement)), "nobody signed it");
    let header = json!({ "alg": "ES256", "kid": KEY.kid() }).to_string();
    let token = KEY.sign_under(header.as_bytes(), payload).expect("a key signs");
    let Some(statement) = Statement::read(&token) else {
        return assert!(token.len() > 16 * 1024 || parse_strict_object(payload, 32).is_err());
    };
    let claims = parse_strict_object(payload, 32).expect("it was read");
    let of_maker = claims.get("iss").is_some_and(|iss| iss == MAKER);
    let approved = of_maker && claims.get("software_id").is_some_and(|id| id == SOFTWARE);
    let known = [maker()];
    let trusted = statement.trusted(&known).ok();
    assert_eq!(trusted.is_some(), approved);
    assert_eq!(holds(&statement), of_maker && acceptable(&claims), "{claims:?}");
    let own = own();
    let merged = statement.over(&own);
    for (name, value) in &merged {
        let said = claims.get(name).filter(|said| *said == value && !said.is_null());
        assert!(said.is_some() || own.get(name) == Some(value), "{name}");
        assert!(own.contains_key(name) || !["iss", "client_id", "client_secret", "enabled"].contains(&&**name));
    }
    let says_a_name = claims.get("client_name").filter(|name| !name.is_null());
    assert_eq!(merged.get("client_name"), says_a_name.or(own.get("client_name")));
    assert_eq!(statement.over(&merged), merged);
    assert!(statement.replaces(&statement).is_ok());
}

fn holds(statement: &Statement<'_>) -> bool {
    let set = json!({ "keys": [KEY.public().to_json()] });
    let keys = Jwks::from_json(&set).expect("a set");
    statement.verify(&maker(), Ok(&keys), ISSUER, NOW).is_ok()
}

fn maker() -> TrustedIssuer {
    TrustedIssuer {
        kind: TrustedIssuerType::SoftwareStatement,
        issuer: MAKER.to_owned(),
        software: vec![SOFTWARE.to_owned()],
        ..TrustedIssuer::default()
    }
}

fn own() -> Map<String, Value> {
    let own = json!({ "client_name": "Own", "redirect_uris": ["https://own.example/cb"], "scope": "openid" });
    own.as_object().cloned().unwrap_or_default()
}

fn acceptable(claims: &Map<String, Value>) -> bool {
    let now = NOW.secs() as f64;
    let at = |name: &str, holds: &dyn Fn(f64) -> bool| {
        let seconds = claims.get(name).map(|sent| sent.as_f64().filter(|seconds| seconds.abs() <= LIMIT));
        seconds.is_none_or(|seconds| seconds.is_some_and(holds))
    };
    let typed = ["iss", "sub", "jti"].into_iter().all(|name| claims.get(name).is_none_or(Value::is_string));
    let named = match claims.get("aud") {
        None => true,
        Some(Value::String(one)) => one == ISSUER,
        Some(Value::Array(all)) => all.iter().all(Value::is_string) && all.iter().any(|one| one == ISSUER),
        Some(_) => false,
    };
    typed
        && named
        && at("exp", &|exp| now < exp.floor() + SKEW)
        && at("nbf", &|nbf| nbf.ceil() <= now + SKEW)
        && at("iat", &|iat| iat.ceil() <= now + SKEW)
}

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Alg::Es256).expect("a key"));
const MAKER: &str = "https://directory.example";
const SOFTWARE: &str = "4711";
const SKEW: f64 = 60.0;
const LIMIT: f64 = 9_007_199_254_740_991.0;
