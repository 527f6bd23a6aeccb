//! The rules of FAPI 2.0. Each asks the table of the profile itself ([`crate::policy::FAPI`]).

use super::Level::{Advice, Error, Warning};
use super::rules::{found, has_codes};
use super::{Found, Judge, Profile, Rule};
use crate::model::{Application, Environment, ParRequirement, PkceEnforcement};
use crate::policy::{
    FAPI, SecurityProfile, bound_alone, demands, demands_of_all, dpop_nonces, own_alg, push_required, security_profile,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "fapi_profile",
        level: Error,
        clause: "FAPI 2.0 Security Profile §5.3.2",
        from: Profile::Fapi,
        judge: Judge::Environment(|environment| {
            let profile = security_profile(environment);
            let lacks = profile == SecurityProfile::Rfc9700;
            lacks.then(|| found("securityProfile", profile.name(), "set it to FAPI, when nothing else is found"))
        }),
    },
    Rule {
        name: "fapi_signing_key",
        level: Error,
        clause: "FAPI 2.0 Security Profile §5.4.1",
        from: Profile::Fapi,
        judge: Judge::Environment(|environment| {
            let alg = own_alg(environment);
            (!FAPI.takes_alg(alg))
                .then(|| found("its own signing key", alg.name(), "grantor keys rotate --environment ID --alg ES256"))
        }),
    },
    Rule {
        name: "fapi_client_authentication",
        level: Error,
        clause: "FAPI 2.0 Security Profile §5.3.2.1 item 6",
        from: Profile::Fapi,
        judge: Judge::Application(|_, application| {
            let unfit = application.auth_methods.iter().find(|method| !FAPI.takes_method(**method));
            Some(found(
                "tokenEndpointAuthMethod",
                unfit?.management_name(),
                "set it to PRIVATE_KEY_JWT and register the client's keys",
            ))
        }),
    },
    Rule {
        name: "fapi_bound_tokens",
        level: Error,
        clause: "FAPI 2.0 Security Profile §5.3.2.1 item 4",
        from: Profile::Fapi,
        judge: Judge::Application(|environment, application| {
            let bound = bound_alone(application) || demands(environment, application).bound_tokens;
            (!bound).then(|| found("dpopBoundAccessTokens", "false", "set it to true"))
        }),
    },
    Rule {
        name: "fapi_pushed_requests",
        level: Error,
        clause: "FAPI 2.0 Security Profile §5.3.2.2 item 3",
        from: Profile::Fapi,
        judge: Judge::Application(|environment, application| {
            let pushes = push_required(environment) || application.par.requirement == Some(ParRequirement::Required);
            (has_codes(application) && !pushes).then(|| found("parRequirement", "OPTIONAL", "set it to REQUIRED"))
        }),
    },
    Rule {
        name: "fapi_pushed_request_lifetime",
        level: Warning,
        clause: "FAPI 2.0 Security Profile §5.3.2.2 item 12",
        from: Profile::Fapi,
        judge: Judge::Application(|_, application| {
            let long = application.par.timeout.filter(|seconds| *seconds > FAPI.longest_push)?;
            Some(found("parTimeout", long.to_string(), "set it to less than 600"))
        }),
    },
    Rule {
        name: "fapi_pkce",
        level: Error,
        clause: "FAPI 2.0 Security Profile §5.3.2.2 item 5",
        from: Profile::Fapi,
        judge: Judge::Application(|environment, application| {
            let enforced = !application.is_confidential() || demands(environment, application).s256;
            let lacks = has_codes(application) && !enforced && application.pkce != PkceEnforcement::S256Required;
            lacks.then(|| found("pkceEnforcement", application.pkce.name(), "set it to S256_REQUIRED"))
        }),
    },
    Rule {
        name: "fapi_redirect_uri",
        level: Error,
        clause: "FAPI 2.0 Security Profile §5.3.2.2 items 8 and 9",
        from: Profile::Fapi,
        judge: Judge::Application(|_, application| {
            let wild = |uri: &str| application.allow_wildcard_in_redirect_uris && uri.contains('*');
            let open = |uri: &str| !FAPI.takes_redirect(uri, application.kind);
            let unfit = application.redirect_uris.iter().find(|uri| open(uri) || wild(uri));
            Some(found("redirectUris", unfit?.clone(), "register a whole address with https"))
        }),
    },
    Rule {
        name: "fapi_algorithm",
        level: Error,
        clause: "FAPI 2.0 Security Profile §5.4.1",
        from: Profile::Fapi,
        judge: Judge::Application(|_, application| algorithm(application)),
    },
    Rule {
        name: "fapi_response_modes",
        level: Error,
        clause: "FAPI 2.0 Security Profile §5.3.2.2, Message Signing §5.4.1",
        from: Profile::Fapi,
        judge: Judge::Application(|environment, application| {
            let held = demands_of_all(environment);
            let held = if held.code_alone { held } else { &FAPI };
            let modes = &application.response_modes;
            let unfit = modes.iter().find(|mode| !held.takes_response_mode(**mode));
            let none = unfit.filter(|_| modes.iter().all(|mode| !held.takes_response_mode(*mode)));
            Some(found("responseModes", none?.name(), "add a mode that the profile takes"))
        }),
    },
    Rule {
        name: "fapi_dpop_nonces",
        level: Advice,
        clause: "RFC 9449 §11.2",
        from: Profile::Fapi,
        judge: Judge::Environment(|environment| {
            let lacks = !dpop_nonces(environment);
            lacks.then(|| {
                found("dpopNonceRequired", "false", "set it to true, so that no proof is made ahead of its use")
            })
        }),
    },
    Rule {
        name: "fapi_signed_requests",
        level: Error,
        clause: "FAPI 2.0 Message Signing §5.3.1",
        from: Profile::FapiMessageSigning,
        judge: Judge::Application(signed_requests),
    },
];

/// Whatever pins what it signs, or what is signed for it, to what is not taken.
fn algorithm(application: &Application) -> Option<Found> {
    let pinned = [
        ("tokenEndpointAuthSigningAlg", application.auth_signing_alg),
        ("requestObjectSigningAlg", application.request_object.signing_alg),
        ("idTokenSignedResponseAlg", application.signing.id_token),
        ("userInfoSignedResponseAlg", application.signing.user_info),
        ("authorizationSignedResponseAlg", application.signing.authorization),
        ("introspectionSignedResponseAlg", application.signing.introspection),
    ];
    let unfit = pinned.into_iter().find_map(|(name, alg)| Some((name, alg.filter(|alg| !FAPI.takes_alg(*alg))?)));
    let (name, alg) = unfit?;
    Some(found(name, alg.name(), "set it to ES256, PS256 or Ed25519, or leave it out"))
}

fn signed_requests(environment: &Environment, application: &Application) -> Option<Found> {
    let signs = application.request_object.require_signed == Some(true) || demands_of_all(environment).signed_requests;
    let lacks = has_codes(application) && !signs;
    lacks.then(|| found("requireSignedRequestObject", "false", "set it to true"))
}
