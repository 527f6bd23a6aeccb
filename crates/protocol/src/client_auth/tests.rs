//! The matrices of specs §2.2 and §2.5, case by case and over all combinations.

mod assertions;
mod attestations;
mod combinations;
mod explained;
mod workloads;

use std::sync::Arc;

use super::{Credentials, Method, Presented, authenticate};
use crate::client::Client;
use crate::grant::tests::{NOW, SECRET, base64, client, params, pepper, secret};
use crate::model::SecretPair;
use crate::refusal::Reason;

/// What a request is answered with: the method that proved the client, or the reason.
fn decide(headers: &[&[u8]], form: &str, query: Option<&str>, client: Option<Client>) -> Result<Method, Reason> {
    let presented = Presented::read(headers, &params(form), query).map_err(|refused| refused.reason)?;
    let client = client.map(Arc::new);
    let credentials = Credentials::of(&presented, client.as_ref());
    // What the engine is asked to load is loaded for the rule that then judges.
    let rule = credentials.rule();
    let proven = authenticate(&credentials, &pepper(), NOW).map_err(|refused| refused.reason)?;
    assert_eq!(rule, Some(proven.client.method().rule()));
    assert!(proven.changes.is_empty() && !proven.compatible, "a secret stays as good as it was");
    Ok(proven.client.method())
}

fn basic(text: &str) -> String {
    format!("Basic {}", base64(text))
}

fn with_header(header: &[u8], client: Client) -> Result<Method, Reason> {
    decide(&[header], "grant_type=x", None, Some(client))
}

fn with_form(form: &str, client: Client) -> Result<Method, Reason> {
    decide(&[], form, None, Some(client))
}

fn of(method: Method) -> Client {
    client(&[method])
}

/// A Basic client whose secret needs encoding.
fn peculiar(text: &str) -> Client {
    let mut client = of(Method::ClientSecretBasic);
    client.secrets = SecretPair { current: Some(secret(text, None)), previous: None };
    client
}

#[test]
fn each_registered_method_is_taken() {
    let right = basic(&format!("c1:{SECRET}"));
    // CA-01, CA-02
    assert_eq!(
        with_form(&format!("client_id=c1&client_secret={SECRET}"), of(Method::ClientSecretPost)),
        Ok(Method::ClientSecretPost)
    );
    assert_eq!(with_header(right.as_bytes(), of(Method::ClientSecretBasic)), Ok(Method::ClientSecretBasic));
    assert_eq!(with_form("client_id=c1", of(Method::None)), Ok(Method::None));
    // The playground's clients have two.
    let both = client(&[Method::ClientSecretBasic, Method::ClientSecretPost]);
    assert_eq!(with_header(right.as_bytes(), both.clone()), Ok(Method::ClientSecretBasic));
    assert_eq!(with_form(&format!("client_id=c1&client_secret={SECRET}"), both), Ok(Method::ClientSecretPost));
    // CA-07, CA-09
    for form in ["client_id=c1", "client_id=", "client_id=c1&client_secret="] {
        assert_eq!(
            decide(&[right.as_bytes()], form, None, Some(of(Method::ClientSecretBasic))),
            Ok(Method::ClientSecretBasic)
        );
    }
}

/// Header lines, form, query, reason.
type Ambiguous<'a> = (&'a [&'a [u8]], &'a str, Option<&'a str>, Reason);

#[test]
fn what_is_ambiguous_is_refused_before_anybody_is_looked_up() {
    let right = basic(&format!("c1:{SECRET}"));
    let right = right.as_bytes();
    let wrong = basic("c1:wrong");
    let joined = format!("{}, {}", basic("c1:a"), basic("c1:b"));
    let post = format!("client_id=c1&client_secret={SECRET}");
    let assertion =
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c";
    let posted_and_asserted = format!("{post}&{assertion}");
    let table: [Ambiguous<'_>; 14] = [
        // CA-04, CA-05, CA-06
        (&[right], &post, None, Reason::ClientAuthAmbiguous),
        (&[right], "client_secret=wrong", None, Reason::ClientAuthAmbiguous),
        (&[wrong.as_bytes()], &post, None, Reason::ClientAuthAmbiguous),
        (&[right], assertion, None, Reason::ClientAuthAmbiguous),
        (&[], &posted_and_asserted, None, Reason::ClientAuthAmbiguous),
        (&[b"Bearer x"], &post, None, Reason::ClientAuthAmbiguous),
        // CA-08
        (&[right], "client_id=c2", None, Reason::ClientIdMismatch),
        // CA-27
        (&[right, right], "", None, Reason::ClientAuthAmbiguous),
        (&[right, b"Bearer x"], "", None, Reason::ClientAuthAmbiguous),
        (&[joined.as_bytes()], "", None, Reason::ClientAuthAmbiguous),
        // CA-29, CA-30; however it is encoded and however often
        (&[], "", Some("client_id=c1&client_secret=x"), Reason::CredentialsInQuery),
        (&[], &post, Some("client_secret=x"), Reason::CredentialsInQuery),
        (&[], &post, Some("a=b&%63lient_secret=x&%63lient_secret=x"), Reason::CredentialsInQuery),
        (&[], &post, Some("refresh_token"), Reason::CredentialsInQuery),
    ];
    for (headers, form, query, reason) in table {
        assert_eq!(decide(headers, form, query, Some(of(Method::ClientSecretPost))), Err(reason), "{form} {query:?}");
        assert_eq!(reason.row().oauth, "invalid_request");
        assert_eq!(reason.status(), 400);
    }
    // TE-08: other parameters in the query mean nothing.
    let query = Some("grant_type=client_credentials&foo=bar");
    assert_eq!(decide(&[], &post, query, Some(of(Method::ClientSecretPost))), Ok(Method::ClientSecretPost));
}

#[test]
fn malformed_headers_prove_nothing() {
    let table: [(&[u8], Reason); 22] = [
        // CA-12: an empty password
        (basic("c1:").leak().as_bytes(), Reason::SecretWrong),
        // CA-13
        (basic(":secret").leak().as_bytes(), Reason::CredentialsMalformed),
        (basic(":").leak().as_bytes(), Reason::CredentialsMalformed),
        (b"Basic ", Reason::CredentialsMalformed),
        (b"Basic", Reason::CredentialsMalformed),
        // CA-14
        (basic("c1").leak().as_bytes(), Reason::CredentialsMalformed),
        // CA-15
        (basic("c1:the-right-secret:junk").leak().as_bytes(), Reason::SecretWrong),
        // CA-20
        (basic("c1:%00").leak().as_bytes(), Reason::SecretWrong),
        (basic("c1:%0D%0A").leak().as_bytes(), Reason::SecretWrong),
        (basic("c1:%C0%AF").leak().as_bytes(), Reason::SecretWrong),
        (basic("c1%FF:the-right-secret").leak().as_bytes(), Reason::CredentialsMalformed),
        // CA-22
        (b"Basic YzE6dGhlLXJpZ2h0LXNlY3JldA", Reason::CredentialsMalformed),
        (b"Basic YzE6dGhl LXJpZ2h0LXNlY3JldA==", Reason::CredentialsMalformed),
        (b"Basic YzE6dGhlLXJpZ2h0LXNlY3JldA==x", Reason::CredentialsMalformed),
        (b"Basic YzE6dGhlLXJpZ2h0LXNlY3JldB==", Reason::CredentialsMalformed),
        // CA-25
        (b"Basic\tYzE6dGhlLXJpZ2h0LXNlY3JldA==", Reason::CredentialsMalformed),
        (b"Basic,YzE6dGhlLXJpZ2h0LXNlY3JldA==", Reason::CredentialsMalformed),
        (b", Basic YzE6dGhlLXJpZ2h0LXNlY3JldA==", Reason::CredentialsMalformed),
        // CA-26
        (b"Foo YzE6dGhlLXJpZ2h0LXNlY3JldA==", Reason::CredentialsMalformed),
        (b"Bearer YzE6dGhlLXJpZ2h0LXNlY3JldA==", Reason::CredentialsMalformed),
        (b"Negotiate YzE6dGhlLXJpZ2h0LXNlY3JldA==", Reason::CredentialsMalformed),
        (b"", Reason::CredentialsMalformed),
    ];
    for (header, reason) in table {
        let came = decide(&[header], "", None, Some(of(Method::ClientSecretBasic)));
        let expected = if reason == Reason::SecretWrong { [reason, Reason::CredentialsMalformed] } else { [reason; 2] };
        assert!(came.is_err_and(|came| expected.contains(&came)), "{:?}", String::from_utf8_lossy(header));
        assert_eq!((reason.status(), reason.row().oauth), (401, "invalid_client"));
    }
    // CA-24: one or more spaces; the scheme in any letter case.
    for scheme in ["Basic  ", "basic    ", "BASIC "] {
        let header = format!("{scheme}{}", base64(&format!("c1:{SECRET}")));
        assert_eq!(with_header(header.as_bytes(), of(Method::ClientSecretBasic)), Ok(Method::ClientSecretBasic));
    }
}

#[test]
fn the_header_is_form_encoded_and_decoded_once() {
    // specs §2.7
    let vector = "Basic Y2xpZW50OmElMkJiJTI1YyUyNmQrZSUzQWY=";
    let mut client = peculiar("a+b%c&d e:f");
    client.application.client_id = "client".into();
    assert_eq!(with_header(vector.as_bytes(), client.clone()), Ok(Method::ClientSecretBasic));
    // CA-17
    assert!(with_header(b"Basic Y2xpZW50OmErYiVjJmQgZTpm", client).is_err());
    // CA-18
    assert_eq!(with_header(basic("c1:a+b").as_bytes(), peculiar("a b")), Ok(Method::ClientSecretBasic));
    assert_eq!(with_header(basic("c1:a+b").as_bytes(), peculiar("a+b")), Err(Reason::SecretWrong));
    // CA-21
    assert_eq!(with_header(basic("c1:%2525").as_bytes(), peculiar("%")), Err(Reason::SecretWrong));
    assert_eq!(with_header(basic("c1:%2525").as_bytes(), peculiar("%25")), Ok(Method::ClientSecretBasic));
}

#[test]
fn four_causes_have_one_public_answer() {
    let wrong = "client_id=c1&client_secret=wrong";
    let mut disabled = of(Method::ClientSecretPost);
    disabled.application.enabled = false;
    let right = format!("client_id=c1&client_secret={SECRET}");
    let reasons = [
        decide(&[], wrong, None, None),
        with_form(wrong, of(Method::ClientSecretPost)),
        // CA-03
        with_form(&right, of(Method::ClientSecretBasic)),
        // CA-39, D12
        with_form(&right, disabled),
        // CA-42
        with_form(wrong, of(Method::None)),
        // CA-10
        with_form("client_id=c1&client_secret=", of(Method::ClientSecretPost)),
        // CA-34: other names than the parameters'
        with_form("client_id%5B%5D=c1&client_secret%5B%24ne%5D=", of(Method::ClientSecretPost)),
        decide(&[], "", None, None),
    ];
    let expected = [
        Reason::ClientUnknown,
        Reason::SecretWrong,
        Reason::MethodOther,
        Reason::ApplicationDisabled,
        Reason::MethodOther,
        Reason::CredentialsMissing,
        Reason::CredentialsMissing,
        Reason::CredentialsMissing,
    ];
    for (came, reason) in reasons.into_iter().zip(expected) {
        assert_eq!(came, Err(reason));
        let public = |reason: Reason| (reason.status(), reason.row().oauth, reason.row().public);
        assert_eq!(public(reason), public(Reason::SecretWrong));
    }
}

#[test]
fn a_secret_is_right_or_wrong_as_a_whole() {
    // CA-35, CA-36
    let near = [
        "The-right-secret",
        "the-right-secre",
        "the-right-secrett",
        "he-right-secret",
        "the-rigHt-secret",
        "the-right-secret+",
        "%EF%BB%BFthe-right-secret",
        "the-right-secret%00",
        "t%EF%BD%88e-right-secret",
        "+the-right-secret",
    ];
    for text in near.into_iter().filter(|text| !text.contains("%00")) {
        let form = format!("client_id=c1&client_secret={text}");
        assert_eq!(with_form(&form, of(Method::ClientSecretPost)), Err(Reason::SecretWrong), "{text}");
    }
    // CA-37 is the store's: an id is looked up as it stands.
    let mut without = of(Method::ClientSecretPost);
    without.secrets = SecretPair::default();
    assert_eq!(with_form("client_id=c1&client_secret=x", without), Err(Reason::SecretWrong));
}

#[test]
fn the_previous_secret_lives_until_its_time() {
    let rotated = |expires_at| {
        let mut client = of(Method::ClientSecretPost);
        client.secrets.previous = Some(secret("old", expires_at));
        client
    };
    let form = "client_id=c1&client_secret=old";
    assert_eq!(with_form(form, rotated(Some(NOW.plus(1)))), Ok(Method::ClientSecretPost));
    assert_eq!(
        with_form(&format!("client_id=c1&client_secret={SECRET}"), rotated(Some(NOW.plus(1)))),
        Ok(Method::ClientSecretPost)
    );
    for ended in [Some(NOW), None] {
        assert_eq!(with_form(form, rotated(ended)), Err(Reason::SecretWrong));
    }
}

#[test]
fn assertions_are_understood_enough_to_say_what_is_missing() {
    let bearer = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let claims = jose::b64::encode(br#"{"sub":"c1"}"#);
    let by = |alg: &str| {
        let header = jose::b64::encode(format!(r#"{{"alg":"{alg}"}}"#).as_bytes());
        format!("{bearer}&client_assertion={header}.{claims}.c2ln")
    };
    let (full, mac) = (by("RS256"), by("HS256"));
    // Without keys that were loaded nothing is proven.
    assert_eq!(with_form(&full, of(Method::PrivateKeyJwt)), Err(Reason::ClientKeyUnknown));
    assert_eq!(with_form(&mac, of(Method::ClientSecretJwt)), Err(Reason::ClientKeyUnknown));
    assert_eq!(with_form(&full, of(Method::ClientSecretPost)), Err(Reason::MethodOther));
    // What cannot be read is told as that, and not as a key that is missing.
    let unread = format!("{bearer}&client_assertion=e30.{claims}.c2ln");
    assert_eq!(with_form(&unread, of(Method::PrivateKeyJwt)), Err(Reason::AssertionInvalid));
    // specs §2.5: an unknown type, a type alone, an assertion alone
    for form in ["client_assertion_type=x&client_assertion=y", bearer, "client_id=c1&client_assertion=y"] {
        assert_eq!(with_form(form, of(Method::PrivateKeyJwt)), Err(Reason::ParameterInvalid), "{form}");
    }
    assert_eq!(
        with_form(&format!("{bearer}&client_assertion=y"), of(Method::PrivateKeyJwt)),
        Err(Reason::CredentialsMalformed)
    );
}

#[test]
fn nothing_of_a_secret_is_printed() {
    let read = |headers: &[&[u8]], form: &str| format!("{:?}", Presented::read(headers, &params(form), None));
    for text in [read(&[basic("c1:hush-hush").as_bytes()], ""), read(&[], "client_id=c1&client_secret=hush-hush")] {
        assert!(text.contains("c1") && !text.contains("hush"), "{text}");
    }
    let presented = Presented::read(&[], &params("client_id=hush-hush&client_secret=hush-hush"), None).unwrap();
    let refused = authenticate(&Credentials::of(&presented, None), &pepper(), NOW).unwrap_err();
    assert!(!format!("{refused:?}").contains("hush"));
}
