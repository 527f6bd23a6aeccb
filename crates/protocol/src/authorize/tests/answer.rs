//! Sessions, hints and responses.

use super::*;
use crate::model::{CustomValues, TokenProfile};

type Case<'a> = (&'a str, Option<(&'a Session, &'a User)>, Option<IdTokenHint>, i64, bool);

pub(super) fn user() -> User {
    User {
        id: UserId::new(Uuid::from_u128(7)),
        environment: ENVIRONMENT,
        population: PopulationId::new(Uuid::from_u128(8)),
        username: "ann".into(),
        email: "ann@example.com".into(),
        email_verified: true,
        phone_verified: false,
        enabled: true,
        account: Account::default(),
        lifecycle: "ACCOUNT_OK".into(),
        mfa_enabled: false,
        verify_status: "NOT_INITIATED".into(),
        identity_provider: None,
        profile: Profile::default(),
        custom: CustomValues::default(),
        password: None,
        last_sign_on: None,
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    }
}

pub(super) fn session() -> Session {
    Session {
        id: SessionId::new(Uuid::from_u128(9)),
        environment: ENVIRONMENT,
        user: user().id,
        token: TokenHash::of(Artefact::Session, "t"),
        auth_time: NOW,
        acr: "Single_Factor".into(),
        amr: vec!["pwd".into()],
        created_at: NOW,
        expires_at: NOW.plus(1000),
        ended_at: None,
    }
}

#[test]
fn a_session_answers_only_where_it_is_enough() {
    // AZ-07, AZ-09, AZ-10, AZ-12, AZ-13
    let hint = |id: u128| IdTokenHint {
        subject: Some(UserId::new(Uuid::from_u128(id))),
        sub: String::new(),
        audience: vec![],
        session: None,
    };
    let (user, disabled) = (user(), User { enabled: false, ..user() });
    let (live, ended) = (session(), Session { ended_at: Some(NOW), ..session() });
    let other = Session { user: UserId::new(Uuid::from_u128(70)), ..session() };
    let stepped = Session { acr: "Multi_Factor".into(), ..session() };
    let cases: [Case<'_>; 12] = [
        ("", None, None, 0, false),
        ("", Some((&live, &user)), None, 0, true),
        ("login_hint=bob", Some((&live, &user)), None, 0, true),
        ("", Some((&live, &user)), None, 1000, false),
        ("", Some((&ended, &user)), None, 0, false),
        ("", Some((&other, &user)), None, 0, false),
        ("", Some((&stepped, &user)), None, 0, false),
        ("", Some((&live, &disabled)), None, 0, false),
        ("prompt=login", Some((&live, &user)), None, 0, false),
        ("max_age=0", Some((&live, &user)), None, 0, false),
        ("max_age=10", Some((&live, &user)), Some(hint(7)), 10, true),
        ("max_age=10", Some((&live, &user)), None, 11, false),
    ];
    for (index, (query, presence, hint, later, present)) in cases.into_iter().enumerate() {
        let presence = presence.map(|(session, user)| Presence { session, user });
        let request = ask(query).unwrap();
        let outcome =
            decide_sign_on(&request, &client(|_| ()), presence, hint.as_ref(), &follows(&request), NOW.plus(later));
        assert_eq!(outcome == Ok(SignOn::Present), present, "{index}: {query}");
        if !request.prompt.login {
            let silent = AuthorizationRequest { prompt: Prompt { none: true, ..Prompt::default() }, ..request };
            let refused =
                decide_sign_on(&silent, &client(|_| ()), presence, hint.as_ref(), &follows(&silent), NOW.plus(later))
                    .map_err(|r| r.reason);
            assert_eq!(refused, if present { Ok(SignOn::Present) } else { Err(Reason::LoginRequired) }, "{index}");
        }
    }
    let presence = Some(Presence { session: &live, user: &user });
    let request = ask("").unwrap();
    let outcome = decide_sign_on(&request, &client(|_| ()), presence, Some(&hint(71)), &follows(&request), NOW);
    assert_eq!(outcome, Ok(SignOn::Needed));
}

#[test]
fn responses_name_the_issuer_in_every_mode() {
    // AZ-06, RU-33
    let to = crate::uri::match_redirect(
        &["https://app.example/cb?a=1".into()],
        "https://app.example/cb?a=1",
        crate::uri::Leeway::default(),
    )
    .unwrap();
    let code = Given { code: Some(Secret::new("c".into())), ..Given::default() };
    let issuer = "https://op.example/as";
    let show = |answer, mode| match deliver(answer, &to, mode, Some("x&y"), issuer, unsigned).unwrap() {
        Delivery::Redirect(url) => url,
        Delivery::Form { to, parameters } => format!("{} {parameters:?}", to.as_str()),
    };
    assert_eq!(
        show(Answer::Granted(&code), ResponseMode::Query),
        "https://app.example/cb?a=1&code=c&state=x%26y&iss=https%3A%2F%2Fop.example%2Fas"
    );
    assert_eq!(
        show(Answer::Granted(&code), ResponseMode::Fragment),
        "https://app.example/cb?a=1#code=c&state=x%26y&iss=https%3A%2F%2Fop.example%2Fas"
    );
    assert_eq!(
        show(Answer::Error { code: "access_denied", description: "d" }, ResponseMode::FormPost),
        r#"https://app.example/cb?a=1 [("error", "access_denied"), ("error_description", "d"), ("state", "x&y"), ("iss", "https://op.example/as")]"#
    );
}

/// For modes in which nothing is signed.
pub(super) fn unsigned(_: &[(&str, &str)]) -> Result<String, jose::Error> {
    panic!("nothing is to be signed")
}

/// JARM §2.1, AZ-06: one parameter, in which everything stands, `state` as it came and the issuer once.
#[test]
fn a_signed_response_is_one_parameter() {
    let to = crate::uri::match_redirect(
        &["https://app.example/cb".into()],
        "https://app.example/cb",
        crate::uri::Leeway::default(),
    )
    .unwrap();
    let key = jose::SigningKey::generate(jose::Alg::Es256).unwrap();
    let (code, issuer) = (Given { code: Some(Secret::new("c".into())), ..Given::default() }, "https://op.example/as");
    let error = Answer::Error { code: "access_denied", description: "d" };
    for (answer, told) in [
        (Answer::Granted(&code), serde_json::json!({"code": "c"})),
        (Answer::Granted(&Given::default()), serde_json::json!({})),
        (error, serde_json::json!({"error": "access_denied", "error_description": "d"})),
    ] {
        for (mode, before) in [
            (ResponseMode::QueryJwt, "https://app.example/cb?response="),
            (ResponseMode::FragmentJwt, "https://app.example/cb#response="),
            (ResponseMode::FormPostJwt, ""),
        ] {
            let sign = |parameters: &[(&str, &str)]| sign_response(&key, "app", issuer, parameters, NOW);
            let response = match deliver(answer, &to, mode, Some("x&\"y"), issuer, sign).unwrap() {
                Delivery::Redirect(url) => url.strip_prefix(before).unwrap().to_owned(),
                Delivery::Form { parameters, .. } => {
                    let [(name, response)] = &parameters[..] else { panic!("{parameters:?}") };
                    assert_eq!(name, "response");
                    response.clone()
                }
            };
            let verified = jose::Compact::parse(&response).unwrap().verify(&key.verifying()).unwrap();
            let mut expected = told.clone();
            for (name, value) in [("iss", issuer), ("aud", "app"), ("state", "x&\"y")] {
                expected[name] = value.into();
            }
            expected["exp"] = (NOW.secs() + crate::policy::RESPONSE_SECONDS).into();
            assert_eq!(serde_json::Value::Object(verified.payload), expected, "{mode:?}");
        }
    }
    const { assert!(crate::policy::RESPONSE_SECONDS <= 600) };
}

#[test]
fn a_hint_is_an_id_token_of_this_issuer() {
    // AZ-12, LO-02
    let key = jose::SigningKey::generate(jose::Alg::Es256).unwrap().with_kid("k".into());
    let stranger = jose::SigningKey::generate(jose::Alg::Es256).unwrap().with_kid("k".into());
    let claims = |issuer: &str, subject: &str| {
        let claims = serde_json::json!({"iss": issuer, "sub": subject, "aud": "app", "exp": 1, "iat": 0, "at_hash": "x", "sid": "00000000-0000-0000-0000-000000000009"});
        claims.to_string().into_bytes()
    };
    let subject = user().id.to_string();
    let retired = |retired_at| PublishedKey { verifying: key.verifying(), retired_at };
    let verify_in = |profile, token: &str, key: PublishedKey| {
        IdTokenHint::verify(token, |kid| (kid == "k").then_some(key), "https://op.example/as", profile, NOW)
    };
    let verify_with = |token: &str, key| verify_in(TokenProfile::PingOne, token, key);
    let verify = |token: &str| verify_with(token, retired(None));
    let sound = key.sign(None, &claims("https://op.example/as", &subject)).unwrap();
    let hint = verify(&sound).unwrap();
    assert_eq!(
        (hint.subject, hint.session, hint.is_for("app"), hint.is_for("other")),
        (Some(user().id), Some(session().id), true, false)
    );
    // KD-04
    assert!(verify_with(&sound, retired(Some(Time::from_secs(-FOLLOWED)))).is_ok());
    assert!(verify_with(&sound, retired(Some(Time::from_secs(-FOLLOWED - 1)))).is_err());
    let forged = stranger.sign(None, &claims("https://op.example/as", &subject)).unwrap();
    let foreign = key.sign(None, &claims("https://other.example/as", &subject)).unwrap();
    let access = key.sign(Some(jose::Typ::AtJwt), &claims("https://op.example/as", &subject)).unwrap();
    let service =
        key.sign(None, br#"{"iss":"https://op.example/as","sub":"app","aud":"app","exp":1,"iat":0}"#).unwrap();
    let header = jose::b64::encode(br#"{"alg":"none","kid":"k"}"#);
    let unsigned = format!("{header}.{}.", sound.split('.').nth(1).unwrap());
    for token in [forged, foreign, access, service, unsigned, "e30.e30.".to_owned(), "x".to_owned()] {
        assert_eq!(verify(&token).unwrap_err().reason, Reason::HintInvalid, "{token}");
    }
    // D10: an access token of this issuer, for this person and this client, is none in any profile.
    for (add, drop) in [("client_id", None), ("scope", None), ("jti", Some("at_hash"))] {
        let mut claims: serde_json::Value = serde_json::from_slice(&claims("https://op.example/as", &subject)).unwrap();
        claims[add] = "app".into();
        drop.map(|name: &str| claims.as_object_mut().unwrap().remove(name));
        let token = key.sign(None, claims.to_string().as_bytes()).unwrap();
        for profile in [TokenProfile::PingOne, TokenProfile::Rfc9068, TokenProfile::Spring] {
            let refused = verify_in(profile, &token, retired(None)).unwrap_err();
            assert_eq!((refused.reason, &*refused.came), (Reason::HintInvalid, "another kind of token"), "{add}");
        }
    }
    // Spring's profile names the person, also by a name that looks like an id: the session says who it was.
    // C2: a name is one under whatever profile the environment has now.
    for (name, now) in
        [("ann", TokenProfile::Spring), (&*subject, TokenProfile::Spring), ("ann", TokenProfile::PingOne)]
    {
        let named = key.sign(None, &claims("https://op.example/as", name)).unwrap();
        let hint = verify_in(now, &named, retired(None)).unwrap();
        let other = Session { id: SessionId::new(Uuid::from_u128(10)), ..session() };
        assert!(hint.names(&session()) && !hint.names(&other), "{name}");
    }
    let bare = key
        .sign(None, br#"{"iss":"https://op.example/as","sub":"ann","aud":"app","azp":"app","exp":1,"iat":0}"#)
        .unwrap();
    let refused = verify_in(TokenProfile::Spring, &bare, retired(None)).unwrap_err();
    assert_eq!((refused.reason, &*refused.came), (Reason::HintInvalid, "another kind of subject"));
}
