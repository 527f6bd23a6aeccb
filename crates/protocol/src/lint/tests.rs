//! Rule by rule: what falls short is found, and its fix mends it.

use jose::Alg;

use super::{Finding, Level, Profile, lint, rules};
use crate::authorization::GrantType;
use crate::authorize::ResponseMode;
use crate::client_auth::Method;
use crate::model::{
    Application, ApplicationType, AssertionAudience, Environment, ParRequirement, PkceEnforcement, ResponseKind,
};
use crate::policy::SecurityProfile;
use crate::registration::RegistrationPolicy;

/// One of which nothing is found, whatever it is compared with.
fn sound() -> (Environment, Application) {
    let mut environment = Environment::default();
    environment.settings.security_profile = SecurityProfile::FapiMessageSigning;
    environment.settings.signing_alg = Alg::Es256;
    environment.settings.dpop_nonces = true;
    let application = Application {
        enabled: true,
        auth_methods: vec![Method::PrivateKeyJwt],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec![ResponseKind::Code],
        redirect_uris: vec!["https://app.example/cb".into()],
        pkce: PkceEnforcement::S256Required,
        dpop_bound: true,
        assertion_audience: AssertionAudience::Issuer,
        ..Application::default()
    };
    (environment, application)
}

type Change = fn(&mut Environment, &mut Application);

fn plain(environment: &mut Environment) {
    environment.settings.security_profile = SecurityProfile::Rfc9700;
}

/// Each rule by name, what it finds, and from which profile on.
const CASES: &[(&str, Change)] = &[
    ("redirect_uri_wildcard", |e, a| {
        plain(e);
        a.allow_wildcard_in_redirect_uris = true;
        a.redirect_uris = vec!["https://app.example/*".into()];
    }),
    ("redirect_uri_unencrypted", |_, a| a.redirect_uris = vec!["http://app.example/cb".into()]),
    ("redirect_uri_localhost", |_, a| a.redirect_uris = vec!["http://localhost:3000/cb".into()]),
    ("response_type_token", |_, a| a.response_types = vec![ResponseKind::Token]),
    ("response_type_id_token", |_, a| a.response_types = vec![ResponseKind::Code, ResponseKind::IdToken]),
    ("pkce", |e, a| {
        plain(e);
        a.pkce = PkceEnforcement::Required;
    }),
    ("assertion_audience", |e, a| {
        plain(e);
        a.assertion_audience = AssertionAudience::Compatible;
    }),
    ("refresh_token_replay", |e, a| {
        plain(e);
        a.refresh.replay_protection = false;
    }),
    ("client_registration_open", |e, _| e.settings.registration = RegistrationPolicy::Open),
    ("client_documents_of_everybody", |e, _| {
        plain(e);
        e.settings.client_documents = vec!["*".into()];
    }),
    ("client_secret", |e, a| {
        plain(e);
        a.auth_methods = vec![Method::ClientSecretPost];
    }),
    ("bound_tokens", |e, a| {
        plain(e);
        a.dpop_bound = false;
    }),
    ("fapi_profile", |e, _| plain(e)),
    ("fapi_signing_key", |e, _| e.settings.signing_alg = Alg::Rs256),
    ("fapi_client_authentication", |_, a| a.auth_methods = vec![Method::ClientSecretJwt]),
    ("fapi_bound_tokens", |e, a| {
        plain(e);
        a.dpop_bound = false;
    }),
    ("fapi_pushed_requests", |e, a| {
        plain(e);
        a.par.requirement = None;
    }),
    ("fapi_pushed_request_lifetime", |_, a| a.par.timeout = Some(600)),
    ("fapi_pkce", |e, a| {
        plain(e);
        a.pkce = PkceEnforcement::Optional;
    }),
    ("fapi_redirect_uri", |_, a| a.redirect_uris.push("com.example.app:/cb".into())),
    ("fapi_algorithm", |_, a| a.signing.user_info = Some(Alg::Rs256)),
    ("fapi_response_modes", |_, a| a.response_modes = vec![ResponseMode::PiFlow]),
    ("fapi_dpop_nonces", |e, _| e.settings.dpop_nonces = false),
    ("fapi_signed_requests", |e, _| e.settings.security_profile = SecurityProfile::Fapi),
];

fn names(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.name).collect()
}

#[test]
fn every_rule_finds_what_it_is_for_and_from_its_profile_on() {
    let (environment, application) = sound();
    assert_eq!(names(&lint(Profile::FapiMessageSigning, &environment, &[application])), [""; 0]);
    assert_eq!(
        rules::all().map(|rule| rule.name).collect::<Vec<_>>(),
        CASES.iter().map(|case| case.0).collect::<Vec<_>>()
    );
    for (rule, (name, change)) in rules::all().zip(CASES) {
        let (mut environment, mut application) = sound();
        change(&mut environment, &mut application);
        for profile in Profile::ALL {
            let found = lint(profile, &environment, std::slice::from_ref(&application));
            assert_eq!(names(&found).contains(name), profile >= rule.from, "{name} {profile:?}");
            for one in found {
                assert!(!one.fix.is_empty() && !one.is.is_empty() && !one.property.is_empty(), "{name}");
                assert!(one.to_string().contains(one.rule.clause), "{one}");
                assert_eq!(one.json()["application"].is_null(), one.application.is_none());
            }
        }
    }
}

/// What an application's own settings demand of it needs no environment (ADR 0036).
#[test]
fn an_application_that_holds_itself_to_the_profile_lacks_nothing_of_it() {
    let (mut environment, mut application) = sound();
    plain(&mut environment);
    application.par.requirement = Some(ParRequirement::Required);
    application.request_object.require_signed = Some(true);
    (application.pkce, application.assertion_audience) = (PkceEnforcement::Optional, AssertionAudience::Compatible);
    let found = lint(Profile::FapiMessageSigning, &environment, &[application]);
    assert_eq!(names(&found), ["fapi_profile"]);
}

#[test]
fn who_does_nothing_falls_short_of_nothing() {
    let (environment, application) = sound();
    let bad = Application { auth_methods: vec![Method::None], ..application };
    let disabled = Application { enabled: false, ..bad.clone() };
    let own = Application { kind: ApplicationType::PingOnePortal, ..bad.clone() };
    assert!(lint(Profile::Fapi, &environment, &[disabled, own]).is_empty());
    let found = lint(Profile::Fapi, &environment, &[bad]);
    assert_eq!(names(&found), ["fapi_client_authentication"]);
    assert_eq!(found[0].rule.level, Level::Error);
}

/// RFC 8252 §7.3: the loopback interface is a native application's own.
#[test]
fn a_loopback_address_is_a_native_applications() {
    let (environment, application) = sound();
    let uris = vec!["http://127.0.0.1:3000/cb".to_owned(), "http://[::1]/cb".to_owned()];
    let native = Application { kind: ApplicationType::NativeApp, redirect_uris: uris, ..application };
    assert!(lint(Profile::FapiMessageSigning, &environment, std::slice::from_ref(&native)).is_empty());
    let web = Application { kind: ApplicationType::WebApp, ..native };
    assert_eq!(names(&lint(Profile::Fapi, &environment, &[web])), ["fapi_redirect_uri"]);
}
