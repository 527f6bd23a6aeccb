//! `protocol::authorize::IdTokenHint`: a token that this server did not sign is never one; one that it signed is, only if it is an
//! ID token of this issuer. The input is a payload that is signed rightly; what is no JSON is taken for a whole token.

use grantor_fuzz::known::{ISSUER, NOW};
use grantor_fuzz::reference::{signed, verifying};
use protocol::authorize::IdTokenHint;
use protocol::model::TokenProfile;
use protocol::rotation::PublishedKey;
use serde_json::{Map, Value};

pub fn check((variant, payload): (u8, &[u8])) {
    let profiles = [TokenProfile::PingOne, TokenProfile::Rfc9068, TokenProfile::Spring];
    let profile = profiles[usize::from(variant) % profiles.len()];
    let retired_at = (variant >= 128).then_some(NOW);
    let key = |kid: &str| (kid == "known").then(|| PublishedKey { verifying: verifying(), retired_at });
    let verify = |token: &str| IdTokenHint::verify(token, key, ISSUER, profile, NOW);
    if let Ok(token) = str::from_utf8(payload) {
        assert!(verify(token).is_err());
    }
    assert!(verify(&signed(r#"{"alg":"HS256","kid":"other"}"#, payload)).is_err());
    assert!(verify(&signed(r#"{"alg":"HS256"}"#, payload)).is_err());
    assert!(verify(&signed(r#"{"alg":"HS256","kid":"known","typ":"at+jwt"}"#, payload)).is_err());
    let Ok(hint) = verify(&signed(r#"{"alg":"HS256","kid":"known","typ":"JWT"}"#, payload)) else { return };
    let claims: Map<String, Value> = serde_json::from_slice(payload).expect("verified");
    assert_eq!(claims["iss"], ISSUER);
    assert!(["sub", "aud", "exp", "iat"].iter().all(|name| claims.contains_key(*name)));
    assert!(!claims.contains_key("client_id") && !claims.contains_key("scope"));
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    assert!(hint.subject.is_some() || hint.session.is_some());
    assert!(
        hint.subject.is_none_or(|subject| profile != TokenProfile::Spring && Some(subject.to_string()) == text("sub"))
    );
    assert!(hint.session.is_none_or(|session| Some(session.to_string()) == text("sid")));
    assert!(hint.audience.iter().all(|named| hint.is_for(named)));
    // KD-04: a retired key signs nothing new; a minute is for the clocks.
    assert!(retired_at.is_none() || claims["iat"].as_f64().is_some_and(|at| at <= (NOW.secs() + 60) as f64));
}
