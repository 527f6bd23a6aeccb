//! What an exchange and a refresh hand on of the sign-on, and whose name stands on a refusal.

use super::{NOW, authorization_code as codes, client, refresh_token as refreshes, session, user};
use crate::change::Change;
use crate::client_auth::Method;
use crate::grant::GrantType;
use crate::grant::{Decision, Denial};
use crate::id::{ApplicationId, FamilyId};
use crate::model::PasswordState;
use crate::refusal::Reason;
use crate::scope::Scope;
use crate::secret::{Artefact, TokenHash};
use uuid::Uuid;

#[test]
fn a_code_hands_on_the_sign_on_that_gave_it() {
    let mut code = codes::code();
    code.authorization.resource = vec!["https://orders.example".into()];
    let decision = codes::exchange(client(&[Method::ClientSecretPost]), &codes::good(), &codes::facts(code)).unwrap();
    let subject = decision.access.subject.clone().unwrap();
    assert_eq!(
        (subject.authorization.user, subject.user.username.as_str(), subject.authorization.session),
        (user().id, "ada", session().id)
    );
    assert_eq!((subject.family, subject.authorization.auth_time), (FamilyId::new(Uuid::from_u128(0x99)), NOW.plus(-5)));
    assert_eq!(
        (subject.authorization.acr.as_str(), subject.authorization.amr.as_slice()),
        ("Single_Factor", &["pwd".to_owned()][..])
    );
    let id_token = decision.id_token.as_ref().unwrap();
    assert_eq!((&id_token.subject, id_token.lifetime), (&subject, 3600));
    assert_eq!((id_token.subject.user.id, id_token.scope.to_string().as_str()), (user().id, "openid read"));
    assert_eq!(decision.user, Some(user().id));

    let Some(Change::CreateFamily(family)) = decision.changes.get(1) else { panic!("{:?}", decision.changes) };
    assert_eq!((family.environment, family.authorization.application), (user().environment, application()));
    assert_eq!(
        (family.authorization.user, family.authorization.session, family.authorization.auth_time),
        (user().id, session().id, NOW.plus(-5))
    );
    assert_eq!(
        (family.authorization.scope.to_string().as_str(), family.authorization.resource.as_slice()),
        ("openid read", &["https://orders.example".to_owned()][..])
    );
    assert_eq!((family.created_at, family.revoked_at, family.grace_replays), (NOW, None, 0));
    let Some(Change::ConsumeCode { code, at, .. }) = decision.changes.first() else { panic!("{:?}", decision.changes) };
    assert_eq!((*code, *at), (TokenHash::of(Artefact::AuthorizationCode, "c"), NOW));
}

#[test]
fn a_family_without_refresh_token_ends_with_its_access_token() {
    let mut once = client(&[Method::ClientSecretPost]);
    once.application.grant_types = vec![GrantType::AuthorizationCode];
    let decision = codes::exchange(once, &codes::good(), &codes::facts(codes::code())).unwrap();
    let Some(Change::CreateFamily(family)) = decision.changes.get(1) else { panic!("{:?}", decision.changes) };
    // The resource `orders` gives its tokens ten minutes.
    assert_eq!((decision.access.reach.lifetime, family.expires_at), (600, NOW.plus(600)));
}

#[test]
fn a_refresh_hands_on_the_sign_on_of_its_line() {
    let decision = refreshes::refresh(refreshes::confidential(), "", &refreshes::facts()).unwrap();
    let subject = decision.access.subject.clone().unwrap();
    assert_eq!(
        (subject.authorization.user, subject.user.username.as_str(), subject.authorization.session),
        (user().id, "ada", session().id)
    );
    assert_eq!(
        (subject.family, subject.authorization.auth_time),
        (FamilyId::new(Uuid::from_u128(0x99)), NOW.plus(-50))
    );
    assert_eq!(
        (subject.authorization.acr.as_str(), subject.authorization.amr.as_slice()),
        ("Single_Factor", &["pwd".to_owned()][..])
    );
    let id_token = decision.id_token.as_ref().unwrap();
    assert_eq!((&id_token.subject, id_token.lifetime), (&subject, 3600));
    assert_eq!(decision.user, Some(user().id));
    let [Change::SupersedeRefreshToken { at, .. }, Change::IssueRefreshToken(next)] = decision.changes.as_slice()
    else {
        panic!("{:?}", decision.changes)
    };
    assert_eq!((*at, next.issued_at, next.family), (NOW, NOW, subject.family));
    let text = decision.refresh_token.unwrap().0;
    assert_eq!(next.hash, TokenHash::of(Artefact::RefreshToken, text.expose()));
}

#[test]
fn an_id_token_comes_only_for_openid() {
    let mut code = codes::code();
    code.authorization.scope = Scope::parse("read").unwrap();
    let decision = codes::exchange(client(&[Method::ClientSecretPost]), &codes::good(), &codes::facts(code)).unwrap();
    assert!(decision.id_token.is_none());
}

#[test]
fn the_moments_of_an_exchange_are_exact() {
    let at = |change: fn(&mut codes::Facts)| {
        let mut facts = codes::facts(codes::code());
        change(&mut facts);
        codes::exchange(client(&[Method::ClientSecretPost]), &codes::good(), &facts).is_ok()
    };
    // The last microsecond of a code, and the first after it.
    assert!(at(|f| f.code.as_mut().unwrap().expires_at = crate::time::Time(NOW.0 + 1)));
    assert!(!at(|f| f.code.as_mut().unwrap().expires_at = NOW));
    // AC-13: a password of the moment in which the code was issued is the one that gave it.
    let password = |changed_at| Some(PasswordState { hash: "h".into(), must_change: false, chosen: false, changed_at });
    let changed = |changed_at| {
        let mut facts = codes::facts(codes::code());
        facts.user.as_mut().unwrap().password = password(changed_at);
        codes::exchange(client(&[Method::ClientSecretPost]), &codes::good(), &facts).is_ok()
    };
    let issued = codes::code().issued_at;
    assert!(changed(issued));
    // D3: by another process's clock that password can be the newer one.
    let latest = issued.plus(crate::time::LEEWAY);
    assert!(changed(latest));
    assert!(!changed(crate::time::Time(latest.0 + 1)));
    // A lock with an end is one by guesses, which stops passwords; one without is an administrator's.
    let locked = |unlock| {
        let mut facts = codes::facts(codes::code());
        let account = &mut facts.user.as_mut().unwrap().account;
        (account.locked_at, account.unlock_at) = (Some(NOW.plus(-100)), unlock);
        codes::exchange(client(&[Method::ClientSecretPost]), &codes::good(), &facts).is_ok()
    };
    assert!(locked(Some(NOW)));
    assert!(locked(Some(NOW.plus(1))) && !locked(None));
}

#[test]
fn the_moments_of_a_refresh_are_exact() {
    let soon = crate::time::Time(NOW.0 + 1);
    let at = |token, family| {
        let mut facts = refreshes::facts();
        facts.token.as_mut().unwrap().expires_at = token;
        facts.family.as_mut().unwrap().expires_at = family;
        refreshes::refresh(refreshes::confidential(), "", &facts).is_ok()
    };
    assert!(at(soon, soon));
    // RT-12: whichever of the two ends first.
    assert!(!at(NOW, soon) && !at(soon, NOW) && !at(NOW, NOW));
}

#[test]
fn a_refusal_names_the_person_whom_it_concerns() {
    // The owner's explanation, and the audit of who was refused.
    let code = |change: fn(&mut codes::Facts), form: &str| {
        let mut facts = codes::facts(codes::code());
        change(&mut facts);
        codes::exchange(client(&[Method::ClientSecretPost]), form, &facts).unwrap_err()
    };
    let good = codes::good();
    let concerned = [
        code(|f| f.code.as_mut().unwrap().consumed_at = Some(NOW), &good),
        code(|f| f.code.as_mut().unwrap().expires_at = NOW, &good),
        code(|_| (), &codes::form(None, Some("x"))),
        code(|_| (), &codes::form(Some("https://app.example/cb"), Some("x"))),
        code(|f| f.user.as_mut().unwrap().enabled = false, &good),
        code(|f| f.user.as_mut().unwrap().account.locked_at = Some(NOW), &good),
        code(|f| f.session.as_mut().unwrap().ended_at = Some(NOW), &good),
        code(|f| f.code.as_mut().unwrap().authorization.scope = Scope::parse("gone").unwrap(), &good),
        refused(|f| f.family.as_mut().unwrap().revoked_at = Some(NOW)),
        refused(|f| f.token.as_mut().unwrap().superseded_at = Some(NOW)),
        refused(|f| f.user.as_mut().unwrap().enabled = false),
    ];
    for denial in concerned {
        assert_eq!(denial.user, Some(user().id), "{denial:?}");
    }
    // Another client's artefact is nobody's business of its own.
    let other = ApplicationId::new(Uuid::from_u128(0x12));
    let mut facts = codes::facts(codes::code());
    facts.code.as_mut().unwrap().authorization.application = other;
    let strange = codes::exchange(client(&[Method::ClientSecretPost]), &good, &facts).unwrap_err();
    assert_eq!((strange.user, strange.refused.reason), (None, Reason::CodeOfOtherClient));
    let strange =
        refused(|f| f.family.as_mut().unwrap().authorization.application = ApplicationId::new(Uuid::from_u128(0x12)));
    assert_eq!((strange.user, strange.refused.reason), (None, Reason::RefreshTokenOfOtherClient));
}

#[test]
fn what_is_recorded_of_a_refusal_says_what_came() {
    let came = |result: Result<Decision, Denial>| result.unwrap_err().refused.came;
    let exchange =
        |form: &str| codes::exchange(client(&[Method::ClientSecretPost]), form, &codes::facts(codes::code()));
    assert_eq!(came(exchange(&codes::form(Some("https://evil.example"), Some("x")))), "another redirect_uri");
    assert_eq!(came(exchange(&codes::form(None, Some("x")))), "no redirect_uri");
    let mut used = codes::code();
    used.consumed_at = Some(NOW.plus(-7));
    let again = codes::exchange(client(&[Method::ClientSecretPost]), &codes::good(), &codes::facts(used));
    assert_eq!(came(again), "a code that was used 7 s before");
}

fn refused(change: fn(&mut refreshes::Facts)) -> Denial {
    let mut facts = refreshes::facts();
    change(&mut facts);
    refreshes::refresh(refreshes::confidential(), "", &facts).unwrap_err()
}

fn application() -> ApplicationId {
    ApplicationId::new(Uuid::from_u128(super::ID))
}
