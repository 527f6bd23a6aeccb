use std::fmt::Write as _;

use uuid::Uuid;

use super::{
    Counting, NOW, authorization, client, ctx_at, environment, grant, params, proven, scopes, session, terms, user,
};
use crate::change::{Change, Code};
use crate::client::Client;
use crate::client_auth::Method;
pub(super) use crate::grant::authorization_code::Facts;
use crate::grant::authorization_code::decide;
use crate::grant::{Decision, Denial, Grant, GrantType, Terms};
use crate::id::{ApplicationId, FamilyId};
use crate::model::{PasswordState, Standing, TokenProfile};
use crate::pkce::Challenge;
use crate::refusal::Reason;
use crate::scope::Scope;
use crate::secret::{Artefact, TokenHash};
use crate::time::{LEEWAY, Time};

// RFC 7636 App. B
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "https://app.example/cb";

pub(super) fn code() -> Code {
    Code {
        beside: None,
        environment: user().environment,
        hash: TokenHash::of(Artefact::AuthorizationCode, "c"),
        family: FamilyId::new(Uuid::from_u128(0x99)),
        authorization: authorization("openid read"),
        redirect_uri: Some(CALLBACK.into()),
        redirect_uri_sent: true,
        challenge: Challenge::read(CHALLENGE, Some("S256")).ok(),
        nonce: Some("n-1".into()),
        issued_at: NOW.plus(-2),
        expires_at: NOW.plus(58),
        consumed_at: None,
    }
}

pub(super) fn facts(code: Code) -> Facts {
    Facts { code: Some(code), user: Some(user()), session: Some(session()), standing: Standing::UNKNOWN }
}

pub(super) fn form(redirect_uri: Option<&str>, verifier: Option<&str>) -> String {
    let mut form = "grant_type=authorization_code&code=c".to_owned();
    for (name, value) in [("redirect_uri", redirect_uri), ("code_verifier", verifier)] {
        if let Some(value) = value {
            write!(form, "&{name}={}", value.replace(' ', "%20")).unwrap();
        }
    }
    form
}

pub(super) fn exchange(client: Client, form: &str, facts: &Facts) -> Result<Decision, Denial> {
    let (entropy, environment, scopes) = (Counting::default(), environment(TokenProfile::PingOne), scopes());
    let client = proven(client);
    let Grant::AuthorizationCode(request) = Grant::read(&params(form), &client).unwrap() else { panic!() };
    decide(&ctx_at(&entropy, NOW), &client, &request, facts, &terms(&environment, &scopes))
}

/// The same of a developer's server.
fn exchange_there(client: Client, form: &str, facts: &Facts) -> Result<Decision, Denial> {
    let (entropy, environment, scopes) = (Counting::default(), environment(TokenProfile::PingOne), scopes());
    let client = proven(client);
    let Grant::AuthorizationCode(request) = Grant::read(&params(form), &client).unwrap() else { panic!() };
    let terms = Terms { developer: true, ..terms(&environment, &scopes) };
    decide(&ctx_at(&entropy, NOW), &client, &request, facts, &terms)
}

pub(super) fn good() -> String {
    form(Some(CALLBACK), Some(VERIFIER))
}

#[test]
fn an_exchange_consumes_the_code_and_makes_one_family() {
    let decision = exchange(client(&[Method::ClientSecretPost]), &good(), &facts(code())).unwrap();
    let [Change::ConsumeCode { .. }, Change::CreateFamily(family), Change::IssueRefreshToken(token)] =
        decision.changes.as_slice()
    else {
        panic!("{:?}", decision.changes)
    };
    assert_eq!((family.id, token.family, token.generation), (code().family, code().family, 1));
    // RT-21: PingOne's "no limit" is half a year here.
    assert_eq!(family.expires_at, NOW.plus(180 * 86_400));
    assert_eq!(token.expires_at, NOW.plus(3600));
    let text = decision.refresh_token.unwrap().0;
    assert_eq!(token.hash, TokenHash::of(Artefact::RefreshToken, text.expose()));
    assert_eq!(decision.id_token.unwrap().nonce.as_deref(), Some("n-1"));
    assert_eq!(decision.access.reach.scope.to_string(), "openid read");
}

#[test]
fn redirect_uri_rules() {
    let unsent = |uri: Option<&str>| {
        let mut code = code();
        (code.redirect_uri, code.redirect_uri_sent) = (uri.map(str::to_owned), false);
        code
    };
    let table = [
        (code(), Some(CALLBACK), true),
        // AC-07
        (code(), None, false),
        (code(), Some("https://app.example/cb/"), false),
        (code(), Some("https://app.example:443/cb"), false),
        // AC-09
        (unsent(Some(CALLBACK)), Some(CALLBACK), true),
        (unsent(Some(CALLBACK)), None, true),
        (unsent(Some(CALLBACK)), Some("https://evil.example/cb"), false),
        // pi.flow needs none.
        (unsent(None), None, true),
        (unsent(None), Some(CALLBACK), true),
        (unsent(None), Some("https://evil.example/cb"), false),
    ];
    for (code, sent, fits) in table {
        let result = exchange(client(&[Method::ClientSecretPost]), &form(sent, Some(VERIFIER)), &facts(code.clone()));
        match result {
            Ok(_) => assert!(fits, "{sent:?} {code:?}"),
            Err(denial) => {
                assert!(!fits, "{sent:?} {denial:?}");
                assert_eq!(denial.refused.reason, Reason::RedirectUriMismatch);
                assert!(denial.changes.is_empty());
            }
        }
    }
}

#[test]
fn one_wrong_verifier_is_the_last() {
    let long = "a".repeat(129);
    let table = [
        // PK-02; a whitespace verifier is one too
        (true, None, Reason::VerifierMissing),
        (true, Some(""), Reason::VerifierMissing),
        (true, Some(" "), Reason::VerifierInvalid),
        // PK-08
        (true, Some("a"), Reason::VerifierInvalid),
        (true, Some(&VERIFIER[..42]), Reason::VerifierInvalid),
        (true, Some(long.as_str()), Reason::VerifierInvalid),
        // PK-09
        (true, Some(CHALLENGE), Reason::VerifierInvalid),
        // PK-03
        (false, Some(VERIFIER), Reason::VerifierUnexpected),
    ];
    for method in [Method::ClientSecretPost, Method::None] {
        for (challenged, verifier, reason) in table {
            let mut code = code();
            code.challenge = code.challenge.filter(|_| challenged);
            let denial = exchange(client(&[method]), &form(Some(CALLBACK), verifier), &facts(code)).unwrap_err();
            assert_eq!(denial.refused.reason, reason, "{verifier:?}");
            // PK-10, D8
            assert!(matches!(denial.changes.as_slice(), [Change::ConsumeCode { .. }]), "{verifier:?}");
        }
    }
}

#[test]
fn a_public_client_without_a_challenge_is_nobody() {
    let mut code = code();
    code.challenge = None;
    let denied = exchange(client(&[Method::None]), &form(Some(CALLBACK), None), &facts(code.clone())).unwrap_err();
    assert_eq!(denied.refused.reason, Reason::VerifierMissing);
    assert!(exchange(client(&[Method::ClientSecretPost]), &form(Some(CALLBACK), None), &facts(code)).is_ok());
}

#[test]
fn another_clients_code_is_left_alone() {
    let mut other = code();
    other.authorization.application = ApplicationId::new(Uuid::from_u128(0x12));
    let mut used = other.clone();
    used.consumed_at = Some(NOW);
    // AC-04, AC-05
    for code in [other, used] {
        let denial = exchange(client(&[Method::ClientSecretPost]), &good(), &facts(code)).unwrap_err();
        assert_eq!(denial.refused.reason, Reason::CodeOfOtherClient);
        assert!(denial.changes.is_empty());
    }
    let unknown = exchange(client(&[Method::ClientSecretPost]), &good(), &Facts::default()).unwrap_err();
    assert_eq!(unknown.refused.reason, Reason::CodeUnknown);
}

#[test]
fn a_replay_revokes_only_for_whoever_could_have_exchanged() {
    let mut used = code();
    used.consumed_at = Some(NOW.plus(-1));
    let bare = form(Some(CALLBACK), None);
    let wrong = form(Some(CALLBACK), Some(CHALLENGE));
    // AC-01, D7
    let table = [
        (Method::ClientSecretPost, &good(), true),
        (Method::ClientSecretPost, &bare, true),
        (Method::None, &good(), true),
        (Method::None, &wrong, false),
        (Method::None, &bare, false),
    ];
    for (method, form, revokes) in table {
        let denial = exchange(client(&[method]), form, &facts(used.clone())).unwrap_err();
        assert_eq!(denial.refused.reason, Reason::CodeConsumed);
        let revoked =
            matches!(denial.changes.as_slice(), [Change::RevokeFamily { family, .. }] if *family == used.family);
        assert_eq!(revoked, revokes, "{method:?} {form}");
    }
    // AC-02: also when it has expired since.
    used.expires_at = NOW.plus(-1);
    let denial = exchange(client(&[Method::ClientSecretPost]), &good(), &facts(used)).unwrap_err();
    assert_eq!(denial.changes.len(), 1);
}

#[test]
fn nothing_is_exchanged_for_a_person_who_may_not_act() {
    let with = |change: fn(&mut Facts)| {
        let mut facts = facts(code());
        change(&mut facts);
        facts
    };
    let changed = |at: Time| {
        let mut facts = facts(code());
        let password = PasswordState { hash: "h".into(), must_change: false, chosen: false, changed_at: at };
        facts.user.as_mut().unwrap().password = Some(password);
        facts
    };
    // AC-13
    let table = [
        with(|f| f.user = None),
        with(|f| f.user.as_mut().unwrap().enabled = false),
        with(|f| f.user.as_mut().unwrap().account.locked_at = Some(NOW)),
        with(|f| f.session.as_mut().unwrap().ended_at = Some(NOW)),
        changed(NOW.plus(LEEWAY)),
        // By a process whose clock is wrong.
        changed(NOW.plus(100 * LEEWAY)),
    ];
    for facts in table {
        let denial = exchange(client(&[Method::ClientSecretPost]), &good(), &facts).unwrap_err();
        assert_eq!(denial.refused.reason, Reason::SubjectInactive, "{facts:?}");
    }
    // Where clocks can be put back, what none of them shows yet says nothing.
    let there = |at| exchange_there(client(&[Method::ClientSecretPost]), &good(), &changed(at));
    assert!(there(NOW.plus(LEEWAY)).is_err() && there(NOW.plus(100 * LEEWAY)).is_ok());
    // What happened before the code was issued was part of getting it.
    assert!(exchange(client(&[Method::ClientSecretPost]), &good(), &changed(NOW.plus(-3))).is_ok());
    // A session that only expired ends nothing.
    assert!(exchange(client(&[Method::ClientSecretPost]), &good(), &with(|f| f.session = None)).is_ok());
}

#[test]
fn a_code_lives_until_its_time() {
    let mut expired = code();
    expired.expires_at = NOW;
    let denial = exchange(client(&[Method::ClientSecretPost]), &good(), &facts(expired)).unwrap_err();
    assert_eq!(denial.refused.reason, Reason::CodeExpired);
}

#[test]
fn a_scope_at_the_exchange_means_nothing() {
    // AC-15: not a parameter of this grant.
    let decision =
        exchange(client(&[Method::ClientSecretPost]), &format!("{}&scope=openid%20write", good()), &facts(code()));
    assert_eq!(decision.unwrap().access.reach.scope.to_string(), "openid read");
}

#[test]
fn who_gets_a_refresh_token() {
    let mut offline = client(&[Method::ClientSecretPost]);
    offline.grants.push(grant(12, &[25]));
    let mut without = client(&[Method::ClientSecretPost]);
    without.application.grant_types = vec![GrantType::AuthorizationCode];
    let mut asked = code();
    asked.authorization.scope = Scope::parse("openid offline_access").unwrap();
    let table = [
        (client(&[Method::ClientSecretPost]), code(), true),
        // RT-17
        (without, code(), false),
        (offline.clone(), code(), false),
        (offline, asked, true),
    ];
    for (client, code, given) in table {
        let decision = exchange(client, &good(), &facts(code)).unwrap();
        assert_eq!(decision.refresh_token.is_some(), given);
        let issued = decision.changes.iter().any(|change| matches!(change, Change::IssueRefreshToken(_)));
        assert_eq!(issued, given);
    }
}
