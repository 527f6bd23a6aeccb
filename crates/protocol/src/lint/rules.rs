//! The rules of RFC 9700, and the list of all.

use super::Level::{Advice, Error, Warning};
use super::{Found, Judge, Profile, Rule, fapi};
use crate::authorization::GrantType;
use crate::client_auth::Rule as Proof;
use crate::model::{Application, AssertionAudience, PkceEnforcement, ResponseKind};
use crate::policy::{bound_alone, client_domains, demands, registers_anybody};

pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    OF_RFC9700.iter().chain(fapi::RULES)
}

const OF_RFC9700: &[Rule] = &[
    Rule {
        name: "redirect_uri_wildcard",
        level: Error,
        clause: "RFC 9700 §2.1",
        from: Profile::Rfc9700,
        judge: Judge::Application(|environment, application| {
            let counts =
                application.allow_wildcard_in_redirect_uris && !demands(environment, application).web_redirects;
            let wild = application.redirect_uris.iter().find(|uri| uri.contains('*'));
            Some(found(
                "redirectUris",
                wild.filter(|_| counts)?.clone(),
                "register each address whole, and set allowWildcardInRedirectUris to false",
            ))
        }),
    },
    Rule {
        name: "redirect_uri_unencrypted",
        level: Error,
        clause: "RFC 9700 §2.6",
        from: Profile::Rfc9700,
        judge: Judge::Application(|_, application| {
            let open =
                application.redirect_uris.iter().find(|uri| uri.starts_with("http://") && !is_of_this_machine(uri));
            Some(found("redirectUris", open?.clone(), "register an address with https"))
        }),
    },
    Rule {
        name: "redirect_uri_localhost",
        level: Warning,
        clause: "RFC 8252 §8.3",
        from: Profile::Rfc9700,
        judge: Judge::Application(|_, application| {
            let named = application.redirect_uris.iter().find(|uri| host(uri) == Some("localhost"));
            Some(found("redirectUris", named?.clone(), "register http://127.0.0.1 or http://[::1], whose port is free"))
        }),
    },
    Rule {
        name: "response_type_token",
        level: Error,
        clause: "RFC 9700 §2.1.2",
        from: Profile::Rfc9700,
        judge: Judge::Application(|_, application| answers(application, ResponseKind::Token)),
    },
    Rule {
        name: "response_type_id_token",
        level: Warning,
        clause: "RFC 9700 §2.1.2",
        from: Profile::Rfc9700,
        judge: Judge::Application(|_, application| answers(application, ResponseKind::IdToken)),
    },
    Rule {
        name: "pkce",
        level: Warning,
        clause: "RFC 9700 §2.1.1",
        from: Profile::Rfc9700,
        judge: Judge::Application(|environment, application| {
            let enforced = !application.is_confidential() || demands(environment, application).s256;
            let lacks = has_codes(application) && !enforced && application.pkce != PkceEnforcement::S256Required;
            lacks.then(|| found("pkceEnforcement", application.pkce.name(), "set it to S256_REQUIRED"))
        }),
    },
    Rule {
        name: "assertion_audience",
        level: Error,
        clause: "RFC 10070",
        from: Profile::Rfc9700,
        judge: Judge::Application(|environment, application| {
            let asserts =
                application.auth_methods.iter().any(|m| matches!(m.rule(), Proof::PrivateKey | Proof::SharedKey));
            let loose = application.assertion_audience == AssertionAudience::Compatible;
            let counts = asserts && loose && !demands(environment, application).audience_is_issuer;
            counts.then(|| {
                found(
                    "assertionAudience",
                    application.assertion_audience.name(),
                    "set it to ISSUER once the client's assertions name the issuer alone",
                )
            })
        }),
    },
    Rule {
        name: "refresh_token_replay",
        level: Warning,
        clause: "RFC 9700 §4.14.2",
        from: Profile::Rfc9700,
        judge: Judge::Application(|environment, application| {
            let rotates = application.refresh.rotate && !demands(environment, application).keep_refresh_tokens;
            let refreshes = application.grant_types.contains(&GrantType::RefreshToken) && application.is_confidential();
            let unguarded = refreshes && rotates && !application.refresh.replay_protection;
            unguarded.then(|| found("additionalRefreshTokenReplayProtectionEnabled", "false", "set it to true"))
        }),
    },
    Rule {
        name: "client_registration_open",
        level: Warning,
        clause: "RFC 7591 §5",
        from: Profile::Rfc9700,
        judge: Judge::Environment(|environment| {
            let open = registers_anybody(environment);
            open.then(|| {
                found(
                    "clientRegistration",
                    "OPEN",
                    "set it to INITIAL_ACCESS_TOKEN, unless strangers are meant to register",
                )
            })
        }),
    },
    Rule {
        name: "client_documents_of_everybody",
        level: Warning,
        clause: "draft-ietf-oauth-client-id-metadata-document §6",
        from: Profile::Rfc9700,
        judge: Judge::Environment(|environment| {
            let all = client_domains(environment).iter().any(|domain| domain == "*");
            all.then(|| found("clientIdMetadataDomains", "*", "name the domains of the clients that are meant"))
        }),
    },
    Rule {
        name: "client_secret",
        level: Advice,
        clause: "RFC 9700 §2.5",
        from: Profile::Rfc9700,
        judge: Judge::Application(|environment, application| {
            let unfit = demands(environment, application).keys_alone;
            let shared = application.auth_methods.iter().find(|m| matches!(m.rule(), Proof::Secret | Proof::SharedKey));
            Some(found(
                "tokenEndpointAuthMethod",
                shared.filter(|_| !unfit)?.management_name(),
                "set it to PRIVATE_KEY_JWT and register the client's keys",
            ))
        }),
    },
    Rule {
        name: "bound_tokens",
        level: Advice,
        clause: "RFC 9700 §2.2.1",
        from: Profile::Rfc9700,
        judge: Judge::Application(|environment, application| {
            let bound = bound_alone(application) || demands(environment, application).bound_tokens;
            (!bound).then(|| {
                found("dpopBoundAccessTokens", "false", "set it to true once the client shows proofs (RFC 9449)")
            })
        }),
    },
];

pub(super) fn found(property: &'static str, is: impl Into<String>, fix: &'static str) -> Found {
    Found { property, is: is.into(), fix }
}

pub(super) fn has_codes(application: &Application) -> bool {
    application.grant_types.contains(&GrantType::AuthorizationCode)
}

fn answers(application: &Application, kind: ResponseKind) -> Option<Found> {
    let has = application.response_types.contains(&kind);
    has.then(|| {
        found(
            "responseTypes",
            kind.name(),
            "leave CODE alone, and AUTHORIZATION_CODE in grantTypes in place of IMPLICIT",
        )
    })
}

/// The host of an address with http, in lower case as it was registered.
fn host(uri: &str) -> Option<&str> {
    uri.strip_prefix("http://")?.split(['/', '?', ':']).next()
}

fn is_of_this_machine(uri: &str) -> bool {
    uri.starts_with("http://[::1]") || matches!(host(uri), Some("localhost" | "127.0.0.1"))
}
