//! The rows, and who is held to which.

use jose::Alg;

use super::{Demands, FAPI, FAPI_MESSAGE_SIGNING, RFC9700, SecurityProfile, demands, demands_of_all};
use crate::authorize::{ResponseMode, ResponseType};
use crate::client_auth::Method;
use crate::grant::tests::client;
use crate::model::{Application, Environment, ParRequirement};

fn environment(profile: SecurityProfile) -> Environment {
    let mut environment = Environment::default();
    environment.settings.security_profile = profile;
    environment
}

fn application(methods: &[Method], change: impl FnOnce(&mut Application)) -> Application {
    let mut application = client(methods).application;
    change(&mut application);
    application
}

type Change = fn(&mut Application);

fn held(application: &mut Application) {
    (application.par.requirement, application.dpop_bound) = (Some(ParRequirement::Required), true);
}

#[test]
fn an_environment_holds_all_its_applications_to_its_profile() {
    let any = application(&[Method::ClientSecretPost], |_| {});
    let rows = [
        (SecurityProfile::Rfc9700, &RFC9700),
        (SecurityProfile::Fapi, &FAPI),
        (SecurityProfile::FapiMessageSigning, &FAPI_MESSAGE_SIGNING),
    ];
    for (profile, row) in rows {
        let environment = environment(profile);
        assert_eq!((demands_of_all(&environment), demands(&environment, &any)), (row, row));
    }
}

/// ADR 0036: all three settings, and none of them less.
#[test]
fn an_application_holds_itself_to_the_profile_that_its_settings_are() {
    let plain = environment(SecurityProfile::Rfc9700);
    let less: [(&[Method], Change); 5] = [
        (&[Method::ClientSecretPost], held),
        (&[Method::ClientSecretJwt], held),
        (&[Method::PrivateKeyJwt, Method::ClientSecretBasic], held),
        (&[Method::PrivateKeyJwt], |a| a.dpop_bound = true),
        (&[Method::PrivateKeyJwt], |a| a.par.requirement = Some(ParRequirement::Required)),
    ];
    for (methods, change) in less {
        assert_eq!(demands(&plain, &application(methods, change)), &RFC9700, "{methods:?}");
    }
    let whole = application(&[Method::PrivateKeyJwt], held);
    let row = demands(&plain, &whole);
    assert_eq!(Demands { why: FAPI.why, ..*row }, FAPI);
    // RFC 8705: a certificate proves and binds as well.
    let by_certificate = application(&[Method::TlsClientAuth, Method::SelfSignedTlsClientAuth], |a| {
        held(a);
        (a.dpop_bound, a.certificate_bound) = (false, true);
    });
    assert_eq!(demands(&plain, &by_certificate), row);
    assert_ne!(row.why, FAPI.why, "it says who demands it");
    let signing = application(&[Method::PrivateKeyJwt], |a| {
        held(a);
        a.request_object.require_signed = Some(true);
    });
    for environment in [&plain, &environment(SecurityProfile::Fapi)] {
        let row = demands(environment, &signing);
        // Which responses it takes it says itself, in `responseModes`.
        assert!(FAPI_MESSAGE_SIGNING.signed_responses && !row.signed_responses);
        assert_eq!(Demands { why: FAPI_MESSAGE_SIGNING.why, signed_responses: true, ..*row }, FAPI_MESSAGE_SIGNING);
    }
}

/// MD-03: FAPI 2.0 §5.3.2.1, §5.3.2.2, §5.4.1.
#[test]
fn what_the_profile_takes_is_what_its_clauses_name() {
    let taken = |demands: &Demands| {
        let methods = Method::REGISTRABLE.into_iter().filter(|one| demands.takes_method(*one)).collect::<Vec<_>>();
        let algs = Alg::ALL.iter().copied().filter(|one| demands.takes_alg(*one)).collect::<Vec<_>>();
        let types = ResponseType::ALL.into_iter().filter(|one| demands.takes_response_type(*one)).collect::<Vec<_>>();
        let modes = ResponseMode::ALL.into_iter().filter(|one| demands.takes_response_mode(*one)).collect::<Vec<_>>();
        (methods, algs, types, modes)
    };
    let (methods, algs, types, modes) = taken(&FAPI);
    assert_eq!(methods, [Method::PrivateKeyJwt, Method::SelfSignedTlsClientAuth, Method::TlsClientAuth]);
    assert_eq!(algs, [Alg::Ps256, Alg::Es256, Alg::EdDsa, Alg::Ed25519]);
    assert_eq!(types, [ResponseType::Code]);
    assert!(!modes.contains(&ResponseMode::PiFlow));
    let (methods, algs, types, modes) = taken(&RFC9700);
    assert_eq!((methods.len(), algs.len()), (Method::REGISTRABLE.len(), Alg::ALL.len()));
    assert_eq!((types.len(), modes.len()), (ResponseType::ALL.len(), ResponseMode::ALL.len()));
    const { assert!(FAPI.longest_push < 600) };
}

#[test]
fn what_is_signed_has_an_algorithm_of_the_profile() {
    let table = [
        (&RFC9700, None, Alg::Rs256, None),
        (&RFC9700, Some(Alg::Rs512), Alg::Rs256, Some(Alg::Rs512)),
        (&FAPI, None, Alg::Ps256, None),
        (&FAPI, None, Alg::Rs256, Some(Alg::Es256)),
        (&FAPI, Some(Alg::Rs256), Alg::Ps256, None),
        (&FAPI, Some(Alg::Rs256), Alg::Rs256, Some(Alg::Es256)),
        (&FAPI, Some(Alg::Ed25519), Alg::Rs256, Some(Alg::Ed25519)),
    ];
    for (demands, chosen, own, signs) in table {
        assert_eq!(demands.signs_with(chosen, own), signs, "{chosen:?} {own:?}");
    }
}
