//! Names of the methods, and what the owner is told of a refusal.

use std::sync::Arc;

use super::{Credentials, NOW, Presented, SECRET, authenticate, basic, of, params, pepper, secret};
use crate::client::Client;
use crate::client_auth::Method;
use crate::model::SecretPair;
use crate::refusal::{Reason, Refused};

#[test]
fn each_method_has_its_two_names() {
    // OIDC Core §9; PingOne's enumeration beside them.
    let table = [
        (Method::AttestJwtClientAuth, "attest_jwt_client_auth", "ATTEST_JWT_CLIENT_AUTH", true),
        (Method::AttestJwtClientAuthDpop, "attest_jwt_client_auth_dpop", "ATTEST_JWT_CLIENT_AUTH_DPOP", true),
        (Method::ClientSecretBasic, "client_secret_basic", "CLIENT_SECRET_BASIC", true),
        (Method::ClientSecretJwt, "client_secret_jwt", "CLIENT_SECRET_JWT", true),
        (Method::ClientSecretPost, "client_secret_post", "CLIENT_SECRET_POST", true),
        (Method::None, "none", "NONE", false),
        (Method::PrivateKeyJwt, "private_key_jwt", "PRIVATE_KEY_JWT", true),
        (Method::WorkloadIdentity, "spiffe_jwt", "WORKLOAD_IDENTITY", true),
        // RFC 8705 §2.1.1, §2.2.1.
        (Method::SelfSignedTlsClientAuth, "self_signed_tls_client_auth", "SELF_SIGNED_TLS_CLIENT_AUTH", true),
        (Method::TlsClientAuth, "tls_client_auth", "TLS_CLIENT_AUTH", true),
    ];
    assert_eq!(table.map(|(method, ..)| method), Method::REGISTRABLE);
    for (method, name, registered, confidential) in table {
        assert_eq!(
            (method.name(), method.management_name(), method.is_confidential()),
            (name, registered, confidential)
        );
        assert_eq!(Method::from_management_name(registered), Some(method));
    }
    for unknown in ["", "none", "client_secret_basic", "TLS_CLIENT"] {
        assert_eq!(Method::from_management_name(unknown), None, "{unknown}");
    }
}

fn refused(header: Option<&str>, form: &str, client: Client) -> Refused {
    let headers: Vec<&[u8]> = header.iter().map(|header| header.as_bytes()).collect();
    let presented = match Presented::read(&headers, &params(form), None) {
        Ok(presented) => presented,
        Err(refused) => return refused,
    };
    authenticate(&Credentials::of(&presented, Some(&Arc::new(client))), &pepper(), NOW).unwrap_err()
}

#[test]
fn who_is_claimed_is_read_from_where_the_method_has_it() {
    let read = |headers: &[&[u8]], form: &str| Presented::read(headers, &params(form), None).unwrap();
    let bearer = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let of_subject = format!("{bearer}&client_assertion=e30.{}.c2ln", jose::b64::encode(br#"{"sub":"c4"}"#));
    for (presented, id) in [
        (read(&[basic("c1:x").as_bytes()], ""), "c1"),
        (read(&[], "client_id=c2&client_secret=x"), "c2"),
        (read(&[], "client_id=c3"), "c3"),
        (read(&[], &of_subject), "c4"),
        (read(&[], &format!("{of_subject}&client_id=c5")), "c5"),
    ] {
        assert_eq!(presented.client_id(), id);
    }
}

#[test]
fn a_mechanism_is_named_and_its_secret_is_not_printed() {
    let read = |headers: &[&[u8]], form: &str| format!("{:?}", Presented::read(headers, &params(form), None).unwrap());
    let bearer = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    for (printed, mechanism) in [
        (read(&[basic("c1:hush").as_bytes()], ""), "Basic(…)"),
        (read(&[], "client_id=c1&client_secret=hush"), "Post(…)"),
        (read(&[], &format!("{bearer}&client_id=c1&client_assertion=hush")), "Assertion"),
        (read(&[], "client_id=c1"), "ClientId"),
    ] {
        assert!(printed.contains(mechanism) && !printed.contains("hush"), "{printed}");
    }
}

/// What the owner is told: what was expected, and what came.
#[track_caller]
fn told(refused: &Refused, reason: Reason, expected: &str, came: &str) {
    assert_eq!((refused.reason, refused.expected.as_str(), refused.came.as_str()), (reason, expected, came));
}

#[test]
fn the_owner_is_told_of_another_method() {
    let right = basic(&format!("c1:{SECRET}"));
    let post = format!("client_id=c1&client_secret={SECRET}");
    let bearer = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let header = jose::b64::encode(br#"{"alg":"RS256"}"#);
    let assertion = format!("{bearer}&client_id=c1&client_assertion={header}.e30.c2ln");
    let mut two = of(Method::ClientSecretPost);
    two.application.auth_methods = vec![Method::ClientSecretBasic, Method::PrivateKeyJwt];
    let both = "client_secret_basic or private_key_jwt";

    let came = refused(None, &post, of(Method::ClientSecretBasic));
    told(&came, Reason::MethodOther, "client_secret_basic", "client_secret_post");
    let came = refused(Some(&right), "", of(Method::ClientSecretPost));
    told(&came, Reason::MethodOther, "client_secret_post", "client_secret_basic");
    let came = refused(None, "client_id=c1", two.clone());
    told(&came, Reason::CredentialsMissing, both, "client_id alone");
    let came = refused(None, &assertion, two);
    told(&came, Reason::ClientKeyUnknown, "a key in the application's jwks or at its jwksUrl", "no keys were loaded");
    let came = refused(None, &assertion, of(Method::ClientSecretBasic));
    told(&came, Reason::MethodOther, "client_secret_basic", "an assertion with a signature");
}

#[test]
fn the_owner_is_told_of_another_secret() {
    let wrong = "client_id=c1&client_secret=wrong";
    let (expected, reason) = ("the application's secret", Reason::SecretWrong);
    let mut none = of(Method::ClientSecretPost);
    none.secrets = SecretPair::default();
    let mut rotated = of(Method::ClientSecretPost);
    rotated.secrets.previous = Some(secret("old", Some(NOW)));

    told(&refused(None, wrong, of(Method::ClientSecretPost)), reason, expected, "another secret");
    told(&refused(None, wrong, none), reason, expected, "a secret for an application that has none");
    let old = refused(None, "client_id=c1&client_secret=old", rotated.clone());
    told(&old, reason, expected, "the previous secret, which has expired");
    told(&refused(None, wrong, rotated), reason, expected, "another secret");
    let malformed = refused(Some(&basic("c1:%FF")), "", of(Method::ClientSecretBasic));
    let expected = "a form-encoded secret (RFC 6749 App. B)";
    told(&malformed, Reason::CredentialsMalformed, expected, "none or malformed");
}

#[test]
fn an_unknown_id_is_told_by_its_length_alone() {
    let presented = Presented::read(&[], &params("client_id=hush-hush&client_secret=x"), None).unwrap();
    let refused = authenticate(&Credentials::of(&presented, None), &pepper(), NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::ClientUnknown);
    assert_eq!(refused.came, "an id of 9 characters that no application of the environment has");
}

#[test]
fn a_disabled_application_is_told_only_to_who_proves_it() {
    let mut disabled = of(Method::ClientSecretPost);
    disabled.application.enabled = false;
    let wrong = refused(None, "client_id=c1&client_secret=wrong", disabled.clone());
    assert_eq!(wrong.reason, Reason::SecretWrong);
    let right = refused(None, &format!("client_id=c1&client_secret={SECRET}"), disabled);
    assert_eq!((right.reason, right.came.as_str()), (Reason::ApplicationDisabled, "a disabled one"));
}

#[test]
fn proof_says_how_it_was_given() {
    let proven = |method, form: &str| {
        let presented = Presented::read(&[], &params(form), None).unwrap();
        let client = Arc::new(of(method));
        authenticate(&Credentials::of(&presented, Some(&client)), &pepper(), NOW).unwrap().client
    };
    let confidential = proven(Method::ClientSecretPost, &format!("client_id=c1&client_secret={SECRET}"));
    assert!(confidential.is_confidential() && confidential.method() == Method::ClientSecretPost);
    assert_eq!(confidential.client().application.client_id, "c1");
    let public = proven(Method::None, "client_id=c1");
    assert!(!public.is_confidential() && public.method() == Method::None);
}
