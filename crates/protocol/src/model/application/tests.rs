use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::client_auth::Method;
use crate::grant::GrantType;
use crate::id::{ApplicationId, EnvironmentId};
use crate::model::describe::{Known, Refers, draw, read as described};
use crate::model::key_rotation_policy;
use crate::model::{Application, CorsSettings, RegisteredKeys, ResponseKind};
use crate::refusal::Refused;
use crate::time::Time;

fn environment() -> EnvironmentId {
    EnvironmentId::new(Uuid::from_u128(7))
}

fn new(body: &Value) -> Result<Application, Refused> {
    read(body, &Application::blank(ApplicationId::new(Uuid::from_u128(1)), environment(), Time::from_secs(5)))
}

/// No property of an application refers to anything.
struct Nothing;

impl Known for Nothing {
    fn has(&self, _: Refers, _: Uuid) -> bool {
        false
    }
}

fn read(body: &Value, before: &Application) -> Result<Application, Refused> {
    described(body.as_object().unwrap(), before, &Nothing)
}

fn minimal(kind: &str, method: &str) -> Value {
    json!({ "name": "App", "enabled": true, "type": kind, "protocol": "OPENID_CONNECT", "tokenEndpointAuthMethod": method })
}

fn with(mut body: Value, more: &Value) -> Value {
    let more: &Map<_, _> = more.as_object().unwrap();
    body.as_object_mut().unwrap().extend(more.clone());
    body
}

fn web(more: &Value) -> Result<Application, Refused> {
    new(&with(minimal("WEB_APP", "CLIENT_SECRET_BASIC"), more))
}

fn faults(result: Result<Application, Refused>) -> Vec<(&'static str, String)> {
    result.unwrap_err().details.into_iter().map(|d| (d.code, d.target)).collect()
}

#[test]
fn what_is_missing_is_told_by_name() {
    let expected = ["type", "protocol", "name", "enabled", "tokenEndpointAuthMethod"];
    let faults = faults(new(&json!({})));
    assert_eq!(faults, expected.map(|name| ("REQUIRED_VALUE", name.to_owned())));
}

#[test]
fn a_minimal_application_of_each_type_has_the_documented_defaults() {
    let defaults = json!({
        "assignActorRoles": false, "hiddenFromAppPortal": false, "idpSignoff": false, "parRequirement": "OPTIONAL",
        "requestScopesForMultipleResourcesEnabled": false, "devicePollingInterval": 5, "deviceTimeout": 600, "parTimeout": 60,
        "signing": { "keyRotationPolicy": { "id": key_rotation_policy(environment()).to_string() } },
    });
    let cases = [
        ("WEB_APP", GrantType::AuthorizationCode, vec![ResponseKind::Code], json!({})),
        ("SINGLE_PAGE_APP", GrantType::AuthorizationCode, vec![ResponseKind::Code], json!({})),
        ("CUSTOM_APP", GrantType::AuthorizationCode, vec![ResponseKind::Code], json!({})),
        ("SERVICE", GrantType::ClientCredentials, vec![], json!({})),
        (
            "WORKER",
            GrantType::ClientCredentials,
            vec![],
            json!({ "accessControl": { "role": { "type": "ADMIN_USERS_ONLY" } } }),
        ),
        (
            "NATIVE_APP",
            GrantType::AuthorizationCode,
            vec![ResponseKind::Code],
            json!({ "mobile": {
                "integrityDetection": { "mode": "DISABLED" },
                "passcodeRefreshDuration": { "duration": 30, "timeUnit": "SECONDS" },
            } }),
        ),
    ];
    for (kind, grant, responses, more) in cases {
        let made = new(&minimal(kind, "CLIENT_SECRET_BASIC")).unwrap();
        assert_eq!(
            (made.kind.name(), &made.grant_types[..], made.response_types.clone()),
            (kind, &[grant][..], responses)
        );
        let drawn = draw(&made);
        for (name, value) in with(defaults.clone(), &more).as_object().unwrap() {
            assert_eq!(drawn.get(name), Some(value), "{kind}: {name}");
        }
        for name in ["accessControl", "mobile", "tags", "jwks", "includeX5t", "refreshTokenDuration"] {
            assert_eq!(drawn.contains_key(name), more.get(name).is_some(), "{kind}: {name}");
        }
        assert_eq!(
            (made.client_id, made.refresh.duration, made.refresh.rolling_duration),
            (made.id.to_string(), 2_592_000, None)
        );
        assert!(made.refresh.replay_protection && made.cors.is_none() && made.description.is_none());
    }
}

#[test]
fn only_the_server_sets_what_only_the_server_sets() {
    // MG-04: neither ids nor times are read from a body.
    let made = web(&json!({
        "id": "ffffffff-ffff-4fff-8fff-ffffffffffff", "clientId": "ffffffff-ffff-4fff-8fff-ffffffffffff",
        "createdAt": "2000-01-01T00:00:00.000Z", "environment": { "id": "ffffffff-ffff-4fff-8fff-ffffffffffff" }, "_links": {},
        "version": 99, "unknown": true,
    }))
    .unwrap();
    assert_eq!(made, web(&json!({})).unwrap());
}

#[test]
fn contradictions_are_refused() {
    let none = new(&minimal("WORKER", "NONE"));
    assert_eq!(faults(none), [("INVALID_VALUE", "tokenEndpointAuthMethod".to_owned())]);
    assert_eq!(faults(web(&json!({ "responseTypes": ["TOKEN"] }))), [("INVALID_VALUE", "responseTypes".to_owned())]);
    assert_eq!(faults(web(&json!({ "grantTypes": [] }))), [("EMPTY_VALUE", "grantTypes".to_owned())]);
    let saml = faults(new(
        &json!({ "name": "App", "enabled": true, "type": "WEB_APP", "protocol": "SAML", "tokenEndpointAuthMethod": "NONE" }),
    ));
    assert_eq!(saml, [("INVALID_VALUE", "protocol".to_owned())]);
    // A protection that nothing enforces is not promised.
    let contradicting = json!({ "requireSignedRequestObject": true, "supportUnsignedRequestObject": true });
    assert_eq!(faults(web(&contradicting)), [("INVALID_VALUE", "supportUnsignedRequestObject".to_owned())]);
}

#[test]
fn addresses_that_run_or_lead_elsewhere_are_refused() {
    // MG-16: redirect URIs, a sign-on page of `javascript:`, a logo of `data:`.
    let cases = [
        (json!({ "redirectUris": ["javascript:alert(1)"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://a.example/cb", "https://a.example/cb#f"] }), "redirectUris[1]"),
        (json!({ "loginPageUrl": "javascript:alert(1)" }), "loginPageUrl"),
        (json!({ "loginPageUrl": "http://app.example/login" }), "loginPageUrl"),
        (json!({ "homePageUrl": "data:text/html,x" }), "homePageUrl"),
        (json!({ "icon": { "id": Uuid::nil().to_string(), "href": "data:image/svg+xml,<svg/>" } }), "icon.href"),
        (
            json!({ "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": ["null"] } }),
            "corsSettings.origins[0]",
        ),
        // What goes into a header line cannot end it: Location, Access-Control-Allow-Origin, Content-Security-Policy.
        (json!({ "homePageUrl": "https://a.example/\r\nSet-Cookie: a=b" }), "homePageUrl"),
        (json!({ "loginPageUrl": "https://a.example/\r\nSet-Cookie: a=b" }), "loginPageUrl"),
        (json!({ "redirectUris": ["https://a.example/cb\r\nSet-Cookie: a=b"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://a.example; script-src */cb"] }), "redirectUris[0]"),
        (json!({ "postLogoutRedirectUris": ["https://a.example/\nX: y"] }), "postLogoutRedirectUris[0]"),
        (
            json!({ "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": ["https://a.example\r\nX: y"] } }),
            "corsSettings.origins[0]",
        ),
    ];
    for (more, target) in cases {
        assert_eq!(faults(web(&more)), [("INVALID_VALUE", target.to_owned())], "{more}");
    }
}

#[test]
fn the_sentence_on_wildcards_leads_the_message() {
    let refused = web(&json!({ "redirectUris": ["https://a.example/*"] })).unwrap_err();
    assert!(refused.message.unwrap().starts_with("Wildcards are not allowed in redirect URIs."));
    let made = web(&json!({ "redirectUris": ["https://a.example/*"], "allowWildcardInRedirectUris": true })).unwrap();
    assert_eq!(made.redirect_uris, ["https://a.example/*"]);
}

#[test]
fn putting_replaces_but_keeps_identity() {
    let body = json!({ "description": "x", "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": ["http://localhost:3000"] } });
    let mut before = web(&body).unwrap();
    assert_eq!(before.cors, Some(CorsSettings::AllowSpecificOrigins(vec!["http://localhost:3000".into()])));
    before.version = 4;
    before.auth_methods.push(Method::ClientSecretPost);
    let put = |method: &str| read(&minimal("WEB_APP", method), &before).unwrap();
    let after = put("CLIENT_SECRET_BASIC");
    assert_eq!((after.description, after.cors), (None, None));
    assert_eq!((after.id, after.created_at, after.version), (before.id, before.created_at, 4));
    assert_eq!(after.auth_methods, before.auth_methods);
    assert_eq!(put("CLIENT_SECRET_POST").auth_methods, [Method::ClientSecretPost]);
    let native = read(&minimal("NATIVE_APP", "NONE"), &before);
    assert_eq!(faults(native), [("INVALID_VALUE", "type".to_owned())], "an application stays what it is");
}

/// P2: a key set that a person pasted, with its line breaks, is kept as it is.
#[test]
fn a_key_set_may_have_line_breaks() {
    let n = format!("{}w", "_".repeat(341));
    let pretty = format!("{{\n  \"keys\": [\r\n\t{{ \"kty\": \"RSA\", \"n\": \"{n}\", \"e\": \"AQAB\" }}\n  ]\n}}\n");
    let pretty = pretty.as_str();
    for kind in ["WEB_APP", "SERVICE", "WORKER"] {
        let body = with(minimal(kind, "PRIVATE_KEY_JWT"), &json!({ "jwks": pretty }));
        let made = new(&body).unwrap();
        assert_eq!((made.keys.jwks(), draw(&made)["jwks"].as_str()), (Some(pretty), Some(pretty)));
        assert_eq!(read(&Value::Object(draw(&made)), &made).unwrap().keys, made.keys);
    }
    for odd in ["{\n}", "[]", "{\"keys\": {}}", "{\"keys\": [\u{0}]}", "keys"] {
        assert_eq!(faults(web(&json!({ "jwks": odd }))), [("INVALID_VALUE", "jwks".to_owned())], "{odd}");
    }
    let long = format!("{{\"keys\": []{}}}", " ".repeat(32_768));
    assert_eq!(faults(web(&json!({ "jwks": long }))), [("SIZE_LIMIT_EXCEEDED", "jwks".to_owned())]);
}

/// What is registered is parsed once, whoever holds the application; a set that is broken stays broken, with the reason.
#[test]
fn registered_keys_are_parsed_once() {
    let key = jose::SigningKey::generate(jose::Alg::Es256).unwrap();
    let set = json!({ "keys": [key.public().to_json()] }).to_string();
    let made = web(&json!({ "jwks": set })).unwrap();
    let own = made.keys.own();
    assert!(std::sync::Arc::ptr_eq(&own, &made.clone().keys.own()));
    assert_eq!(own.as_ref().as_ref().unwrap().keys(), [key.public().clone()]);
    // What replaces it is parsed anew.
    let after = read(&with(Value::Object(draw(&made)), &json!({ "jwks": "{\"keys\":[]}" })), &made).unwrap();
    assert_eq!(after.keys.own().as_ref().as_ref().unwrap().keys(), []);
    let broken = RegisteredKeys::new(Some("{".into()), None);
    let told = broken.own();
    assert_eq!(told.as_ref().as_ref().unwrap_err(), &jose::Jwks::parse(b"{").unwrap_err().to_string());
    assert!(std::sync::Arc::ptr_eq(&told, &broken.own()));
}

/// P6: what Ping's provider registers for an application on a device.
#[test]
fn an_own_scheme_is_taken_where_the_application_is_gone_to() {
    let native = |more: Value| new(&with(minimal("NATIVE_APP", "NONE"), &more));
    let made = native(json!({
        "redirectUris": ["com.myapp.app://callback"], "postLogoutRedirectUris": ["com.myapp.app://logout"],
        "targetLinkUri": "com.myapp.app://target",
    }))
    .unwrap();
    assert_eq!(made.post_logout_redirect_uris, ["com.myapp.app://logout"]);
    assert_eq!(made.target_link_uri.as_deref(), Some("com.myapp.app://target"));
    for (name, target) in [
        ("loginPageUrl", "loginPageUrl"),
        ("homePageUrl", "homePageUrl"),
        ("initiateLoginUri", "initiateLoginUri"),
        ("jwksUrl", "jwksUrl"),
        ("deviceCustomVerificationUri", "deviceCustomVerificationUri"),
    ] {
        let refused = native(json!({ name: "com.myapp.app://x" }));
        assert_eq!(faults(refused), [("INVALID_VALUE", target.to_owned())]);
    }
    let cors = json!({ "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": ["com.myapp.app://x"] } });
    assert_eq!(faults(web(&cors)), [("INVALID_VALUE", "corsSettings.origins[0]".to_owned())]);
}

/// P17: what is only kept is kept whole, but for the secrets of a service that nothing here calls.
#[test]
fn the_settings_of_a_device_are_kept() {
    let mobile = json!({
        "bundleId": "com.example.app", "packageName": "com.example.app", "passcodeGracePeriod": 30,
        "integrityDetection": {
            "mode": "ENABLED", "excludedPlatforms": ["IOS"], "cacheDuration": { "amount": 30, "units": "HOURS" },
            "googlePlay": { "verificationType": "INTERNAL", "decryptionKey": "canary", "verificationKey": "canary" },
        },
        "passcodeRefreshDuration": { "duration": 45, "timeUnit": "SECONDS" },
        "push": { "numberMatching": { "type": "SELECT_NUMBER" } },
    });
    let native = |mobile: &Value| new(&with(minimal("NATIVE_APP", "NONE"), &json!({ "mobile": mobile })));
    let made = native(&mobile).unwrap();
    let mut told = mobile.clone();
    told["integrityDetection"]["googlePlay"] = json!({ "verificationType": "INTERNAL" });
    assert_eq!(draw(&made)["mobile"], told);
    assert_eq!(read(&Value::Object(draw(&made)), &made).unwrap().unused, made.unused);
    for (pointer, odd, target) in [
        ("/integrityDetection/mode", json!("SOME"), "mobile.integrityDetection.mode"),
        ("/integrityDetection/cacheDuration", json!({ "amount": 1 }), "mobile.integrityDetection.cacheDuration.units"),
        (
            "/integrityDetection/googlePlay/decryptionKey",
            json!(7),
            "mobile.integrityDetection.googlePlay.decryptionKey",
        ),
        ("/push/numberMatching/type", json!("GUESS"), "mobile.push.numberMatching.type"),
    ] {
        let mut body = mobile.clone();
        *body.pointer_mut(pointer).unwrap() = odd;
        let faults = faults(native(&body));
        assert!(faults.len() == 1 && faults[0].1 == target, "{faults:?}");
    }
    let mut both = mobile;
    both["integrityDetection"]["excludedPlatforms"] = json!(["IOS", "GOOGLE"]);
    assert_eq!(faults(native(&both))[0].0, "SIZE_LIMIT_EXCEEDED");
    let jwt = web(&json!({ "refreshTokenType": "JSON_WEB_TOKEN" })).unwrap();
    assert_eq!(draw(&jwt)["refreshTokenType"], "JSON_WEB_TOKEN");
}

/// P18: nothing that somebody may rely on is dropped in silence.
#[test]
fn what_is_not_kept_is_refused() {
    let kerberos = json!({ "key": { "id": Uuid::nil().to_string() } });
    for (name, value) in [
        ("kerberos", kerberos),
        ("template", json!({ "id": "x" })),
        ("mobile", json!({ "bundleId": "x" })),
        ("clientId", json!("my-own-client-id")),
        ("clientId", json!(7)),
        ("clientSecret", json!("my-own-client-secret")),
    ] {
        assert_eq!(faults(web(&json!({ name: value }))), [("INVALID_VALUE", name.to_owned())]);
    }
    // What was answered may be sent again, also as a copy of another application.
    let made = web(&json!({})).unwrap();
    let drawn = Value::Object(draw(&made));
    assert_eq!(read(&drawn, &made).unwrap(), made);
    assert!(new(&with(drawn, &json!({ "name": "Copy" }))).is_ok());
    // An assertion that nothing can verify proves nothing (RFC 7523 §3).
    assert_eq!(faults(new(&minimal("SERVICE", "PRIVATE_KEY_JWT"))), [("REQUIRED_VALUE", "jwks".to_owned())]);
    let by_address = json!({ "jwksUrl": "https://app.example/jwks" });
    assert!(new(&with(minimal("SERVICE", "PRIVATE_KEY_JWT"), &by_address)).is_ok());
    let faulty = with(minimal("SERVICE", "PRIVATE_KEY_JWT"), &json!({ "jwksUrl": "x" }));
    assert_eq!(faults(new(&faulty)), [("INVALID_VALUE", "jwksUrl".to_owned())]);
}

/// P19: a fault of the duration is told once.
#[test]
fn a_faulty_duration_is_told_once() {
    for odd in [json!(59), json!("x"), json!(2_147_483_648_i64)] {
        let faults = faults(web(&json!({ "refreshTokenDuration": odd })));
        assert!(faults.len() == 1 && faults[0].1 == "refreshTokenDuration", "{faults:?}");
    }
    assert_eq!(faults(web(&json!({ "requireSignedRequestObject": 7 }))).len(), 1);
}
