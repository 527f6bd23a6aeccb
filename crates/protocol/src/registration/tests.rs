use serde_json::{Map, Value, json};

use super::*;
use crate::id::{ApplicationId, EnvironmentId};
use crate::policy::{FAPI, RFC9700};
use crate::time::Time;

fn blank() -> Application {
    Application::blank(ApplicationId::default(), EnvironmentId::default(), Time(0))
}

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// Whatever is drawn of a client makes the same client again: no member is read in one way and told in another.
#[test]
fn what_is_told_is_what_is_read() {
    let wanted = members(&json!({
        "client_name": "A client", "redirect_uris": ["https://client.example/cb", "http://localhost:1/cb"],
        "post_logout_redirect_uris": ["https://client.example/bye"], "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256", "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"], "application_type": "native", "jwks_uri": "https://client.example/keys",
        "client_uri": "https://client.example/", "initiate_login_uri": "https://client.example/begin",
        "logo_uri": "https://client.example/logo.png", "policy_uri": "https://client.example/policy",
        "tos_uri": "https://client.example/terms", "contacts": ["ada@client.example"], "scope": "openid profile",
        "software_id": "4711", "software_version": "1.0",
        "id_token_signed_response_alg": "PS256", "userinfo_signed_response_alg": "ES256", "dpop_bound_access_tokens": true,
        "authorization_signed_response_alg": "ML-DSA-65", "response_modes": ["query", "jwt"],
        "require_pushed_authorization_requests": true,
        "request_object_signing_alg": "ES256", "request_uris": ["https://client.example/request"], "require_signed_request_object": true, "subject_type": "public",
    }));
    let application = application(&wanted, &blank(), Registrant::Anybody, (FrontChannelTokens::All, &RFC9700)).unwrap();
    let drawn = draw(&application);
    for (name, value) in &wanted {
        assert_eq!(drawn.get(name), Some(value), "{name}");
    }
    assert_eq!(drawn.len(), wanted.len());
}

#[test]
fn a_stored_registration_is_read_again() {
    let kept = Some(Box::new(Registration {
        token: Some(TokenHash::from_stored([7; 32])),
        open: true,
        contacts: vec!["ada@client.example".into()],
        tos_uri: Some("https://client.example/terms".into()),
        ..Registration::default()
    }));
    let mut read = None;
    assert!(Stored::read(&mut read, kept.write().as_ref()) && read == kept);
    assert!(Stored::read(&mut read, None) && read.is_none());
    assert!(!Stored::read(&mut read, Some(&json!("text"))));
    assert!(Stored::read(&mut read, Some(&json!({ "token": "not base64 of 32 octets" }))));
    assert_eq!(read, Some(Box::default()), "nobody is let in by a token that cannot be read");
}

#[test]
fn a_client_without_a_name_is_called_by_its_host() {
    for (metadata, name) in [
        (json!({ "redirect_uris": ["https://client.example:8443/cb?x"] }), "client.example:8443"),
        (
            json!({ "redirect_uris": ["https://client.example/cb"], "client_uri": "https://home.example" }),
            "home.example",
        ),
        (json!({ "redirect_uris": ["com.example.app:/cb"] }), "A client without a name"),
    ] {
        assert_eq!(
            application(&members(&metadata), &blank(), Registrant::Anybody, (FrontChannelTokens::All, &RFC9700))
                .unwrap()
                .name,
            name
        );
    }
}

/// FAPI 2.0: what could do nothing in the environment is not registered there (MD-03: discovery lists what is taken).
#[test]
fn nothing_is_registered_that_the_profile_does_not_take() {
    let sound = json!({
        "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": "https://app.example/keys",
    });
    for (change, member) in [
        (json!({}), ""),
        (json!({ "token_endpoint_auth_method": "client_secret_basic" }), "token_endpoint_auth_method"),
        (json!({ "token_endpoint_auth_method": "none" }), "token_endpoint_auth_method"),
        (json!({ "token_endpoint_auth_method": null }), "token_endpoint_auth_method"),
        (json!({ "token_endpoint_auth_signing_alg": "RS256" }), "token_endpoint_auth_signing_alg"),
        (json!({ "request_object_signing_alg": "ES384" }), "request_object_signing_alg"),
        (json!({ "id_token_signed_response_alg": "RS256" }), "id_token_signed_response_alg"),
        (json!({ "userinfo_signed_response_alg": "RS256" }), "userinfo_signed_response_alg"),
        (json!({ "redirect_uris": ["com.example.app:/cb"], "application_type": "native" }), "redirect_uris"),
        (json!({ "redirect_uris": ["http://127.0.0.1/cb"], "application_type": "native" }), ""),
    ] {
        let mut metadata = sound.clone();
        metadata.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let metadata = members(&metadata);
        let read = |demands| application(&metadata, &blank(), Registrant::Anybody, (FrontChannelTokens::All, demands));
        assert!(read(&RFC9700).is_ok(), "{change}");
        let told = read(&FAPI).map_or_else(|refused| refused.message.unwrap_or_default(), |_| String::new());
        assert!(told.starts_with(member) && told.is_empty() == member.is_empty(), "{change}: {told}");
    }
}
