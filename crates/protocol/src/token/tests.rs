//! What each profile writes, member by member and in its order.

use std::sync::Arc;

use jose::{Alg, Compact, SigningKey, digest};
use uuid::Uuid;

use super::{Access, Beside, IdToken, Json, Stamp, Subject, mint, sign_id_token, userinfo};
use crate::authorization::Reach;
use crate::change::Change;
use crate::claims::{AskedClaim, AskedClaims, PersonClaim};
use crate::client::Client;
use crate::client_auth::Method;
use crate::confirmation::Confirmation;
use crate::details::Details;
use crate::grant::tests::{API, Counting, ISSUER, NOW, authorization, client, ctx_at, environment, user};
use crate::id::FamilyId;
use crate::mapping::{self, Made};
use crate::model::{TokenFormat, TokenProfile, User};
use crate::scope::Scope;
use crate::secret::{Artefact, Secret, TokenHash};

const JTI: &str = "00000000-0000-0000-0000-000000000abc";
const USER: &str = "00000000-0000-0000-0000-000000000055";
const SESSION: &str = "00000000-0000-0000-0000-000000000077";
const OF_ENVIRONMENT: &str =
    r#""env":"00000000-0000-0000-0000-000000000001","org":"00000000-0000-0000-0000-000000000002""#;

fn access(scope: &str, subject: Option<Subject>) -> Access {
    let scope = Scope::parse(scope).unwrap();
    Access {
        jti: Uuid::from_u128(0xabc),
        reach: Reach { scope, details: Details::default(), audience: vec![API.into()], lifetime: 3600 },
        subject: subject.map(Arc::new),
        confirmation: Confirmation::None,
        mapped: Made::default(),
    }
}

/// What userinfo answers of the user.
fn told(scope: &str, asked: &[AskedClaim], profile: TokenProfile) -> String {
    let Subject { sub, user, .. } = subject_in(profile, user());
    userinfo(&user, &sub, (&Scope::parse(scope).unwrap(), asked), &Made::default())
}

fn subject() -> Subject {
    subject_in(TokenProfile::PingOne, user())
}

fn subject_in(profile: TokenProfile, user: User) -> Subject {
    Subject {
        sub: mapping::subject(&post(), &user, profile).unwrap(),
        user: Box::new(user),
        family: FamilyId::new(Uuid::from_u128(0x99)),
        authorization: authorization("openid"),
    }
}

/// The header and the payload of what was minted, and whether it is on record.
fn minted(access: &Access, profile: TokenProfile, client: &Client) -> (String, String, bool) {
    let (entropy, environment, key) = (Counting::default(), environment(profile), key());
    let stamp = Stamp { issuer: ISSUER, client, environment: &environment };
    let token = mint(&ctx_at(&entropy, NOW), access, &stamp, &key).unwrap();
    let mut parts = token.text.expose().split('.');
    let part = |part: Option<&str>| String::from_utf8(jose::b64::decode(part.unwrap()).unwrap()).unwrap();
    Compact::parse(token.text.expose()).unwrap().verify(&key.verifying()).unwrap();
    (part(parts.next()), part(parts.next()), token.record.is_some())
}

fn key() -> SigningKey {
    SigningKey::generate(Alg::Es256).unwrap().with_kid("k1".into())
}

fn post() -> Client {
    client(&[Method::ClientSecretPost])
}

#[test]
fn an_applications_token_in_each_profile() {
    let plan = access("read write", None);
    // The contract §4: no `sub`.
    let (header, payload, recorded) = minted(&plan, TokenProfile::PingOne, &post());
    assert_eq!(header, r#"{"kid":"k1","alg":"ES256"}"#);
    assert_eq!(
        payload,
        format!(
            r#"{{"client_id":"c1","iss":"{ISSUER}","jti":"{JTI}","iat":1800000000,"exp":1800003600,"aud":["{API}"],"scope":"read write",{OF_ENVIRONMENT},"p1.rid":"{JTI}"}}"#
        )
    );
    assert!(!recorded);
    // RFC 9068 §2.1, §2.2
    let (header, payload, _) = minted(&plan, TokenProfile::Rfc9068, &post());
    assert_eq!(header, r#"{"kid":"k1","alg":"ES256","typ":"at+jwt"}"#);
    assert_eq!(
        payload,
        format!(
            r#"{{"iss":"{ISSUER}","sub":"c1","aud":["{API}"],"client_id":"c1","iat":1800000000,"exp":1800003600,"jti":"{JTI}","scope":"read write",{OF_ENVIRONMENT}}}"#
        )
    );
    // As recorded.
    let (header, payload, _) = minted(&plan, TokenProfile::Spring, &post());
    assert_eq!(header, r#"{"kid":"k1","alg":"ES256"}"#);
    assert_eq!(
        payload,
        format!(
            r#"{{"sub":"c1","aud":"c1","nbf":1800000000,"scope":["read","write"],"iss":"{ISSUER}","exp":1800003600,"iat":1800000000,"jti":"{JTI}"}}"#
        )
    );
    let (_, payload, _) = minted(&access("", None), TokenProfile::Spring, &post());
    assert!(!payload.contains("scope"));
}

#[test]
fn a_users_token_tells_of_the_sign_on_and_is_on_record() {
    let plan = access("openid read", Some(subject()));
    let (_, payload, recorded) = minted(&plan, TokenProfile::PingOne, &post());
    let about =
        format!(r#""sub":"{USER}","sid":"{SESSION}","acr":"Single_Factor","amr":["pwd"],"auth_time":1799999995"#);
    assert!(payload.contains(&about) && recorded, "{payload}");
    let (_, payload, recorded) = minted(&plan, TokenProfile::Rfc9068, &post());
    assert!(
        payload.contains(&format!(r#""sub":"{USER}""#)) && payload.contains(r#""auth_time":1799999995"#) && recorded
    );
    let (_, payload, recorded) = minted(&plan, TokenProfile::Spring, &post());
    assert!(payload.starts_with(r#"{"sub":"ada","aud":"c1","#) && recorded, "{payload}");
}

#[test]
fn an_opaque_token_is_random_and_its_claims_are_on_record() {
    let mut opaque = post();
    opaque.application.token_format = TokenFormat::Opaque;
    let (entropy, environment) = (Counting::default(), environment(TokenProfile::Spring));
    let stamp = Stamp { issuer: ISSUER, client: &opaque, environment: &environment };
    let token = mint(&ctx_at(&entropy, NOW), &access("read", None), &stamp, &key()).unwrap();
    assert_eq!(token.text.expose().len(), 128);
    let Some(Change::RecordAccessToken(record)) = token.record else { panic!() };
    assert_eq!(record.hash, TokenHash::of(Artefact::AccessToken, token.text.expose()));
    assert!(record.claims.unwrap().starts_with(r#"{"sub":"c1","aud":"c1""#));
    assert_eq!(record.expires_at, NOW.plus(3600));
}

fn id_token(profile: TokenProfile, scope: &str, person: User) -> (String, Secret) {
    id_token_of(profile, scope, subject_in(profile, person))
}

fn id_token_of(profile: TokenProfile, scope: &str, subject: Subject) -> (String, Secret) {
    let (entropy, environment, key, client) = (Counting::default(), environment(profile), key(), post());
    let stamp = Stamp { issuer: ISSUER, client: &client, environment: &environment };
    let plan = IdToken {
        jti: Uuid::from_u128(0xabc),
        subject: Arc::new(subject),
        scope: Scope::parse(scope).unwrap(),
        mapped: Made::default(),
        nonce: Some("n-\"1".into()),
        lifetime: 1800,
    };
    let access_token = Secret::new("the.access.token".into());
    let token = sign_id_token(&ctx_at(&entropy, NOW), &plan, Beside::Exchange(&access_token), &stamp, &key).unwrap();
    let payload = jose::b64::decode(token.expose().split('.').nth(1).unwrap()).unwrap();
    (String::from_utf8(payload).unwrap(), access_token)
}

#[test]
fn id_tokens() {
    let (payload, access_token) = id_token(TokenProfile::PingOne, "openid", user());
    let at_hash = digest::half_hash(Alg::Es256, access_token.expose().as_bytes()).unwrap();
    assert_eq!(
        payload,
        format!(
            r#"{{"iss":"{ISSUER}","sub":"{USER}","aud":"c1","jti":"{JTI}","iat":1800000000,"exp":1800001800,"sid":"{SESSION}","acr":"Single_Factor","amr":["pwd"],"auth_time":1799999995,"nonce":"n-\"1","at_hash":"{at_hash}",{OF_ENVIRONMENT}}}"#
        )
    );
    let (payload, _) = id_token(TokenProfile::Spring, "openid profile", user());
    assert_eq!(
        payload,
        format!(
            r#"{{"sub":"ada","aud":"c1","azp":"c1","auth_time":1799999995,"iss":"{ISSUER}","exp":1800001800,"iat":1800000000,"nonce":"n-\"1","jti":"{JTI}","sid":"{SESSION}"}}"#
        )
    );
}

/// What an environment of RFC 9068's profile says of a person is OpenID Connect's and nothing of PingOne's.
#[test]
fn an_id_token_of_the_standard_profile_has_nothing_of_pingones() {
    let (payload, access_token) = id_token(TokenProfile::Rfc9068, "openid email", user());
    let at_hash = digest::half_hash(Alg::Es256, access_token.expose().as_bytes()).unwrap();
    assert_eq!(
        payload,
        format!(
            r#"{{"iss":"{ISSUER}","sub":"{USER}","aud":"c1","jti":"{JTI}","iat":1800000000,"exp":1800001800,"sid":"{SESSION}","acr":"Single_Factor","amr":["pwd"],"auth_time":1799999995,"nonce":"n-\"1","at_hash":"{at_hash}","email":"ada@example.com","email_verified":false}}"#
        )
    );
}

/// C5
#[test]
fn an_address_is_told_with_whether_it_was_verified() {
    let (payload, _) = id_token(TokenProfile::PingOne, "openid", user());
    assert!(!payload.contains("email"));
    let (payload, _) = id_token(TokenProfile::PingOne, "openid email", user());
    assert!(payload.ends_with(r#""email":"ada@example.com","email_verified":false}"#));
    let verified = User { email_verified: true, ..user() };
    let (payload, _) = id_token(TokenProfile::PingOne, "openid email", verified);
    assert!(payload.ends_with(r#""email":"ada@example.com","email_verified":true}"#));
}

#[test]
fn claims_only_of_the_granted_scopes() {
    // UI-05
    let table = [
        ("openid", format!(r#"{{"sub":"{USER}"}}"#)),
        ("openid email", format!(r#"{{"sub":"{USER}","email":"ada@example.com","email_verified":false}}"#)),
        ("openid phone", format!(r#"{{"sub":"{USER}","phone_number":"+41 1","phone_number_verified":false}}"#)),
        ("openid address", format!(r#"{{"sub":"{USER}","address":{{"locality":"Bern"}}}}"#)),
        (
            "openid profile",
            format!(
                r#"{{"sub":"{USER}","name":"Ada Quill","given_name":"Ada","family_name":"Quill","preferred_username":"ada","updated_at":1800000000}}"#
            ),
        ),
    ];
    for (scope, json) in table {
        assert_eq!(told(scope, &[], TokenProfile::PingOne), json);
    }
    assert_eq!(told("openid", &[], TokenProfile::Spring), r#"{"sub":"ada"}"#);
}

#[test]
fn claims_that_are_asked_for_one_by_one() {
    // OIDC Core §5.5
    let asked =
        |claim, values: &[&str]| AskedClaim { claim, values: values.iter().map(|&value| value.into()).collect() };
    let some = [
        asked(PersonClaim::Email, &["ada@example.com"]),
        asked(PersonClaim::GivenName, &["Bob", "Ada"]),
        asked(PersonClaim::FamilyName, &["Other"]),
        // Not known of her: left out.
        asked(PersonClaim::Nickname, &[]),
    ];
    assert_eq!(
        told("openid", &some, TokenProfile::PingOne),
        format!(r#"{{"sub":"{USER}","given_name":"Ada","email":"ada@example.com"}}"#)
    );
    let mut subject = subject();
    subject.authorization.claims =
        AskedClaims { userinfo: Vec::new(), id_token: some.to_vec(), acr: true, acr_essential: false };
    for (profile, end) in [
        (TokenProfile::PingOne, r#""given_name":"Ada","email":"ada@example.com"}"#),
        (TokenProfile::Rfc9068, r#""given_name":"Ada","email":"ada@example.com"}"#),
        (TokenProfile::Spring, r#""acr":"Single_Factor","given_name":"Ada","email":"ada@example.com"}"#),
    ] {
        let (payload, _) = id_token_of(profile, "openid", subject.clone());
        assert!(payload.ends_with(end), "{payload}");
        assert_eq!(payload.matches("\"acr\"").count(), 1, "{payload}");
        let (_, access, _) = minted(&access("openid", Some(subject.clone())), profile, &post());
        assert!(!access.contains("Ada"), "{access}");
    }
}

#[test]
fn a_text_is_escaped_where_it_must_be_and_only_there() {
    // RFC 8259 §7
    for (text, json) in [
        ("", r#""""#),
        ("a b", r#""a b""#),
        ("\"", r#""\"""#),
        ("\"\"", r#""\"\"""#),
        ("\\\\", r#""\\\\""#),
        ("\u{1}\u{1f}", r#""\u0001\u001f""#),
        ("\" \n", r#""\" \n""#),
        ("\u{20}\u{7f}\"é", "\" \u{7f}\\\"é\""),
    ] {
        assert_eq!(Json::object().text("t", text).finish(), format!(r#"{{"t":{json}}}"#), "{text:?}");
    }
}

#[test]
fn the_subject_is_one_in_every_token_of_a_sign_on() {
    // UI-06, OIDC Core §5.3.2
    let sub = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap()["sub"].clone();
    for profile in [TokenProfile::PingOne, TokenProfile::Rfc9068, TokenProfile::Spring] {
        let (identity, _) = id_token(profile, "openid", user());
        let told = told("openid", &[], profile);
        let (_, access, _) = minted(&access("openid", Some(subject())), profile, &post());
        assert_eq!((sub(&identity), sub(&access)), (sub(&told), sub(&told)), "{profile:?}");
    }
}

#[test]
fn json_is_json_whatever_is_in_it() {
    let hostile = "a\"b\\c\nd\u{1}\u{7f}é😀</script>";
    let text = Json::object().text(hostile, hostile).texts("list", []).nested("o", Json::object()).finish();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read[hostile], hostile);
    assert_eq!((read["list"].to_string(), read["o"].to_string()), ("[]".into(), "{}".into()));
}
