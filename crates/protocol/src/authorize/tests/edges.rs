//! The edges of what a request may hold, one step to either side.

use super::*;
use crate::model::{Account, PasswordState};

fn long(name: &str, length: usize) -> String {
    format!("{name}={}", "x".repeat(length))
}

#[test]
fn opaque_values_are_taken_up_to_their_limit() {
    let sound = format!("client_id=app&{CALLBACK}&response_type=code");
    let longest = ask_as(&format!("{sound}&{}&{}", long("state", 2048), long("nonce", 2048)), &client(|_| ())).unwrap();
    assert_eq!((longest.state.unwrap().len(), longest.nonce.unwrap().len()), (2048, 2048));
    match ask(&long("nonce", 2049)) {
        Err(AuthorizeRefusal::Redirect { state, refused, .. }) => {
            assert_eq!((state.as_deref(), refused.reason), (Some("s1"), Reason::ParameterInvalid));
            assert_eq!((refused.came.as_str(), refused.details[0].target.as_str()), ("2049 octets", "nonce"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hint_or_a_language_that_is_too_long_is_none() {
    let asked = ask(&format!("{}&{}", long("login_hint", 256), long("ui_locales", 200))).unwrap();
    assert_eq!((asked.login_hint.unwrap().len(), asked.ui_locales.unwrap().len()), (256, 200));
    let asked = ask(&format!("{}&{}", long("login_hint", 257), long("ui_locales", 201))).unwrap();
    assert_eq!((asked.login_hint, asked.ui_locales), (None, None));
    let asked = ask("").unwrap();
    assert_eq!((asked.login_hint, asked.ui_locales, asked.nonce, asked.max_age), (None, None, None, None));
}

#[test]
fn none_stands_alone() {
    // AZ-08
    let read = |prompt: &str| ask(&format!("prompt={prompt}")).map(|asked| asked.prompt);
    let of = |none, login, consent, select_account| Prompt { none, login, consent, select_account };
    assert_eq!(read("none"), Ok(of(true, false, false, false)));
    assert_eq!(read("login"), Ok(of(false, true, false, false)));
    assert_eq!(read("consent"), Ok(of(false, false, true, false)));
    assert_eq!(read("select_account"), Ok(of(false, false, false, true)));
    assert_eq!(read("login+select_account+consent"), Ok(of(false, true, true, true)));
    assert_eq!(read(""), Ok(Prompt::default()));
    for prompt in ["none+login", "none+consent", "none+select_account", "login+none", "None", "none+x", "create"] {
        redirected(ask(&format!("prompt={prompt}")), Reason::ParameterInvalid);
    }
}

#[test]
fn the_first_policy_that_is_performed_is_followed() {
    // AZ-11: three policies, the default one of them not the one of a single factor.
    let follow = |values: Option<&str>, names: &[(&str, bool)]| {
        let policies: Vec<SignOnPolicy> = names
            .iter()
            .zip(1..)
            .map(|((name, default), id)| SignOnPolicy {
                id: SignOnPolicyId::new(Uuid::from_u128(id)),
                name: (*name).into(),
                default: *default,
                ..policies()[0].clone()
            })
            .collect();
        let assignments: Vec<_> = policies
            .iter()
            .zip(1..)
            .map(|(policy, priority)| SignOnPolicyAssignment {
                policy: policy.id,
                priority,
                ..SignOnPolicyAssignment::begun(ENVIRONMENT, NOW)
            })
            .collect();
        let query = format!("client_id=app&{CALLBACK}&response_type=code&acr_values={}", values.unwrap_or_default());
        let (params, problem) = Params::lenient(query.as_bytes());
        let (environment, scopes) = (environment(), scopes());
        let surroundings = Surroundings {
            issuer: "https://op.example/e/as",
            developer: false,
            environment: &environment,
            own: OWN,
            scopes: &scopes,
            sign_on_policies: &policies,
            assignments: &assignments,
        };
        let asked = Asked { via: Via::Front, params: &params, problem: problem.as_ref(), origin: None };
        check(&asked, &client(|_| ()), &surroundings).unwrap().acr
    };
    let three = [("Company", true), ("Single_Factor", false), ("Corp", false)];
    assert_eq!(follow(None, &three), "Company");
    assert_eq!(follow(Some("Single_Factor"), &three), "Single_Factor");
    assert_eq!(follow(Some("Corp"), &three), "Corp");
    assert_eq!(follow(Some("unknown"), &three), "Company");
    assert_eq!(follow(Some("unknown+Corp+Company"), &three), "Corp");
    assert_eq!(follow(Some("Company+Single_Factor"), &three), "Company");
    assert_eq!(follow(Some("unknown"), &[("Corp", false)]), "Corp");
    assert_eq!(follow(Some("unknown"), &[]), "Single_Factor");
}

#[test]
fn the_caller_that_drives_itself_is_told_from_the_browser() {
    assert!(ask("response_mode=pi.flow").unwrap().drives_itself());
    for mode in ["", "response_mode=query", "response_mode=fragment", "response_mode=form_post"] {
        assert!(!ask(mode).unwrap().drives_itself(), "{mode}");
    }
}

#[test]
fn each_mode_has_its_name_and_no_other() {
    for (name, mode) in [
        ("query", ResponseMode::Query),
        ("fragment", ResponseMode::Fragment),
        ("form_post", ResponseMode::FormPost),
        ("pi.flow", ResponseMode::PiFlow),
        ("jwt", ResponseMode::Jwt),
        ("query.jwt", ResponseMode::QueryJwt),
        ("fragment.jwt", ResponseMode::FragmentJwt),
        ("form_post.jwt", ResponseMode::FormPostJwt),
    ] {
        assert_eq!((ResponseMode::parse(name), mode.name()), (Some(mode), name));
    }
    for name in ["", "Query", "QUERY", "formpost", "JWT", "query.JWT", "pi.flow.jwt", "jwt.jwt", ".jwt"] {
        assert_eq!(ResponseMode::parse(name), None, "{name}");
    }
}

#[test]
fn a_scope_is_held_by_its_own_grant() {
    // AZ-23: a grant of the resource, but of another scope; a grant of the scope, but of another resource.
    let scopes_of = |resource: u128, held: &[u128]| {
        let mut client = client(|_| ());
        client.grants[0].resource = ResourceId::new(Uuid::from_u128(resource));
        client.grants[0].scopes = held.iter().map(|id| ScopeId::new(Uuid::from_u128(*id))).collect();
        client
    };
    let sound = format!("client_id=app&{CALLBACK}&response_type=code&state=s1");
    let asks = |client: &Client, scope: &str| ask_as(&format!("{sound}&scope={scope}"), client);
    assert!(asks(&scopes_of(11, &[102]), "read").is_ok());
    redirected(asks(&scopes_of(11, &[103]), "read"), Reason::ScopeInvalid);
    redirected(asks(&scopes_of(12, &[102]), "read"), Reason::ScopeInvalid);
    redirected(asks(&scopes_of(11, &[]), "read"), Reason::ScopeInvalid);
    // OIDC Core §11: it is given where the application holds it, and ignored where not.
    assert_eq!(
        asks(&scopes_of(10, &[101]), "openid+offline_access").unwrap().scope.to_string(),
        "openid offline_access"
    );
    assert_eq!(asks(&scopes_of(11, &[102]), "offline_access").unwrap().scope.to_string(), "");
}

#[test]
fn a_delivery_is_not_printed() {
    let to = crate::uri::match_redirect(
        &["https://app.example/cb".into()],
        "https://app.example/cb",
        crate::uri::Leeway::default(),
    )
    .unwrap();
    let code = Given { code: Some(Secret::new("hush-hush".into())), ..Given::default() };
    for (mode, printed) in [(ResponseMode::Query, "Redirect(…)"), (ResponseMode::FormPost, "Form(…)")] {
        assert_eq!(
            format!(
                "{:?}",
                deliver(Answer::Granted(&code), &to, mode, None, "https://op.example", answer::unsigned).unwrap()
            ),
            printed
        );
    }
}

#[test]
fn a_session_is_enough_in_its_own_environment_only_and_with_a_good_password() {
    let (user, session) = (answer::user(), answer::session());
    let decide = |session: &Session, user: &User, query: &str, later: i64| {
        let request = ask(query).unwrap();
        let presence = Some(Presence { session, user });
        decide_sign_on(&request, &client(|_| ()), presence, None, &follows(&request), NOW.plus(later))
    };
    assert_eq!(decide(&session, &user, "", 0), Ok(SignOn::Present));
    let elsewhere = EnvironmentId::new(Uuid::from_u128(99));
    let abroad = Session { environment: elsewhere, ..session.clone() };
    assert_eq!(decide(&abroad, &user, "", 0), Ok(SignOn::Needed));
    let stranger = User { environment: elsewhere, ..user.clone() };
    assert_eq!(decide(&session, &stranger, "", 0), Ok(SignOn::Needed));
    let password = |must_change| Some(PasswordState { hash: "h".into(), must_change, chosen: false, changed_at: NOW });
    assert_eq!(decide(&session, &User { password: password(false), ..user.clone() }, "", 0), Ok(SignOn::Present));
    assert_eq!(decide(&session, &User { password: password(true), ..user.clone() }, "", 0), Ok(SignOn::Needed));
    assert_eq!(decide(&session, &user, "prompt=select_account", 0), Ok(SignOn::Needed));
    assert_eq!(decide(&session, &user, "prompt=consent", 0), Ok(SignOn::Present));
    // The last second of a session, and of a sign-on's age.
    assert_eq!(decide(&session, &user, "", 999), Ok(SignOn::Present));
    assert_eq!(decide(&session, &user, "max_age=10", 10), Ok(SignOn::Present));
    assert_eq!(decide(&session, &user, "max_age=10", 11), Ok(SignOn::Needed));
}

#[test]
fn why_a_session_was_not_enough_is_recorded() {
    let (user, session) = (answer::user(), answer::session());
    let other = Session { acr: "Multi_Factor".into(), ..session.clone() };
    let disabled = User { enabled: false, ..user.clone() };
    let account = Account { locked_at: Some(NOW), ..Account::default() };
    let locked = User { account, ..user.clone() };
    let hint = IdTokenHint {
        subject: Some(UserId::new(Uuid::from_u128(71))),
        sub: String::new(),
        audience: vec![],
        session: None,
    };
    let presence = |session, user| Some(Presence { session, user });
    for (presence, hint, query, came) in [
        (None, None, "", "no session"),
        (presence(&session, &disabled), None, "", "no live session of a user who may act"),
        (presence(&session, &locked), None, "", "no live session of a user who may act"),
        (presence(&session, &user), None, "&max_age=0", "the sign-on is older than max_age"),
        (presence(&other, &user), None, "", "the session followed another sign-on policy"),
        (presence(&session, &user), Some(&hint), "", "id_token_hint names another user"),
    ] {
        let request = ask(&format!("prompt=none{query}")).unwrap();
        let refused = decide_sign_on(&request, &client(|_| ()), presence, hint, &follows(&request), NOW).unwrap_err();
        assert_eq!((refused.reason, refused.came.as_str()), (Reason::LoginRequired, came));
    }
}

/// D20: a request that waited too long is asked again as it was.
#[test]
fn a_request_can_be_asked_again() {
    let app = client(|application| application.redirect_uris.push("http://127.0.0.1/cb".into()));
    for query in [
        "client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code",
        "client_id=app&redirect_uri=com.example.app%3A%2Fcb&response_type=code&state=%0d%26%C3%A9+x",
        "client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcb&response_type=code&response_mode=fragment",
        &format!(
            "client_id=app&{CALLBACK}&response_type=code&response_mode=form_post&scope=openid+read&state=s1&nonce=n%201\
             &prompt=login+consent+select_account&max_age=0&login_hint=%3Cb%3E&acr_values=x+Multi_Factor&ui_locales=de+fr\
             &code_challenge={CHALLENGE}&code_challenge_method=S256"
        ),
        &format!(
            "client_id=app&{CALLBACK}&response_type=code&scope=read&resource=https%3A%2F%2Fapi.example&prompt=none"
        ),
        &format!("client_id=app&{CALLBACK}&response_type=code&code_challenge={CHALLENGE}"),
        &format!("client_id=app&{CALLBACK}&response_type=none&scope=openid&state=s1"),
    ] {
        let request = ask_as(query, &app).unwrap();
        let again =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(request.parameters("app")).finish();
        assert_eq!(ask_as(&again, &app).unwrap(), request, "{query} {again}");
    }
}

/// C1: whoever may have a code may ask whether there would be one. No challenge is needed for that, and none is kept.
#[test]
fn a_request_may_be_for_nothing() {
    let public = client(|a| a.auth_methods = vec![Method::None]);
    for more in ["", &format!("&code_challenge={CHALLENGE}&code_challenge_method=S256"), "&code_challenge_method=x"] {
        let request = ask_as(&format!("client_id=app&{CALLBACK}&response_type=none{more}"), &public).unwrap();
        assert_eq!((request.response_type, request.challenge), (ResponseType::None, None));
    }
    // Without a redirection URI only for a script that wants nobody asked.
    let bare = "client_id=app&response_type=none";
    let silent = ask_as(&format!("{bare}&prompt=none"), &public).unwrap();
    assert!(silent.drives_itself() && silent.redirect_uri.is_none());
    for query in [bare.to_owned(), format!("{bare}&prompt=none&response_mode=query")] {
        paged(&query, &public, Reason::RedirectUriInvalid);
    }
    let empty = ask_as(&format!("{bare}&prompt=none&redirect_uri="), &public);
    assert!(matches!(empty, Err(AuthorizeRefusal::Page(_))), "{empty:?}");
}

/// D13: what is no scope at all is told from one that may not be granted.
#[test]
fn a_malformed_scope_is_called_that() {
    for scope in ["openid%20", "+openid", "openid++read", "+", "openid%09read", "openid%C2%A0read", "%22openid%22"] {
        redirected(ask(&format!("scope={scope}")), Reason::ScopeMalformed);
    }
    let row = Reason::ScopeMalformed.row();
    assert_eq!(row.oauth, Reason::ScopeInvalid.row().oauth);
    assert_ne!(row.public, Reason::ScopeInvalid.row().public);
}
