//! What follows comes from what the policy asks for and from what was done, and from nothing else.

use super::*;
use crate::id::SignOnPolicyId;
use crate::model::{Condition, Kept as _, SignOnAction, SignOnActionType, SignOnPolicy, SignOnStep};

fn person(user: &User, must_change_password: bool) -> Person<'_> {
    Person { user, must_change_password }
}

fn action(kind: SignOnActionType, priority: i64, condition: Option<&str>) -> SignOnAction {
    let object = condition.map(|text| serde_json::from_str(text).unwrap()).unwrap_or_default();
    let condition = Condition::read(&object).unwrap();
    SignOnAction { id: Uuid::from_u128(1), priority, condition, step: SignOnStep::of(kind) }
}

fn policy(name: &str, default: bool, actions: Vec<SignOnAction>) -> SignOnPolicy {
    SignOnPolicy {
        id: SignOnPolicyId::new(Uuid::from_u128(1)),
        name: name.into(),
        default,
        actions,
        ..SignOnPolicy::begun(ENVIRONMENT, NOW)
    }
}

fn login() -> SignOnAction {
    action(SignOnActionType::Login, 1, None)
}

fn acr(policies: &[SignOnPolicy], names: &[&str], user: &User) -> Result<String, Refused> {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let follows = Followed::of(policies, names.iter().copied(), Some("10.1.2.3".parse().unwrap()));
    let rules = super::policy();
    follows.begins(NOW)?;
    let input = Input::UsernamePassword(checked(Some(user), &rules, true));
    match step(&begin(&ctx), input, &follows, &ctx) {
        Ok(stepped) => Ok(stepped.opened.unwrap().session.acr),
        Err(rejected) => Err(rejected.refused),
    }
}

#[test]
fn each_action_is_asked_for_until_it_is_done() {
    let entropy = Counter::default();
    let waiting = begin(&at(NOW, &entropy));
    assert_eq!(waiting.state, State::UsernamePasswordRequired);
    let ann = user(7);
    let signed_on = Next::SignedOn { acr: "Single_Factor".into(), amr: vec!["pwd".into()] };
    let table = [
        (&[][..], false, Next::Ask(State::UsernamePasswordRequired)),
        (&[], true, Next::Ask(State::UsernamePasswordRequired)),
        (&[Proof::Password], true, Next::Ask(State::MustChangePassword { user: ann.id })),
        (&[Proof::Password], false, signed_on),
    ];
    for (proven, must_change, expected) in table {
        let flow = Flow { proven: proven.to_vec(), ..waiting.clone() };
        assert_eq!(next(&flow, &LOGIN, person(&ann, must_change), NOW), expected, "{proven:?} {must_change}");
    }
}

#[test]
fn acr_names_the_policy_that_was_followed_and_amr_what_was_done() {
    let policies = [policy("Strict", false, vec![login(), login()]), policy("House", true, vec![login()])];
    for (asked, followed) in [("Strict", "Strict"), ("House", "House"), ("gone", "House")] {
        assert_eq!(acr(&policies, &[asked], &user(7)).unwrap(), followed);
    }
    assert_eq!(acr(&[], &["gone"], &user(7)).unwrap(), "Single_Factor");
}

/// A step that does not exist is never passed over: neither alone, nor beside a password, nor where it cannot be told whether it is needed.
#[test]
fn a_policy_that_needs_what_cannot_be_done_signs_nobody_on() {
    let mfa = |condition| action(SignOnActionType::MultiFactor, 2, condition);
    let geo = r#"{"geoVelocity":"${flow.request.http.remoteIp}","valid":{"previousSuccessfulAuthenticationIp":"${user.lastSignOn.remoteIp}","previousSuccessfulAuthenticationTime":"${user.lastSignOn.at}"}}"#;
    let ann = User { mfa_enabled: true, ..user(7) };
    let bob = User { mfa_enabled: false, ..user(7) };
    let enabled = r#"{"value":"${user.mfaEnabled}","equals":true}"#;
    let outside = r#"{"not":{"contains":"${flow.request.http.remoteIp}","ipRange":["10.1.1.1/8"]}}"#;
    for (actions, user, signs_on) in [
        (vec![], &ann, false),
        (vec![mfa(None)], &ann, false),
        (vec![login(), mfa(None)], &ann, false),
        (vec![login(), mfa(Some(geo))], &ann, false),
        (vec![login(), mfa(Some(enabled))], &ann, false),
        (vec![login(), mfa(Some(enabled))], &bob, true),
        (vec![login(), mfa(Some(outside))], &ann, true),
        (vec![action(SignOnActionType::IdentifierFirst, 1, None), login()], &ann, false),
        (vec![login(), action(SignOnActionType::Agreement, 2, None)], &ann, false),
    ] {
        let outcome = acr(&[policy("P", true, actions.clone())], &["P"], user);
        match outcome {
            Ok(_) => assert!(signs_on, "{actions:?}"),
            Err(refused) => {
                assert!(!signs_on, "{actions:?}");
                assert_eq!(refused.reason, Reason::SignOnStepUnavailable);
                assert!(refused.came.ends_with(" in P"), "{}", refused.came);
            }
        }
    }
}

#[test]
fn where_a_policy_fails_the_next_one_is_followed() {
    let enabled = r#"{"value":"${user.mfaEnabled}","equals":true}"#;
    let first = policy("First", false, vec![login(), action(SignOnActionType::MultiFactor, 2, Some(enabled))]);
    let policies = [first, policy("Second", false, vec![login()]), policy("Default", true, vec![login()])];
    let ann = User { mfa_enabled: true, ..user(7) };
    assert_eq!(acr(&policies, &["First", "Second"], &user(7)).unwrap(), "First");
    assert_eq!(acr(&policies, &["First", "Second"], &ann).unwrap(), "Second");
    assert_eq!(acr(&policies, &["First"], &ann).unwrap_err().reason, Reason::SignOnStepUnavailable);
}

/// OIDC Core §3.1.2.3: whether the session is enough is the policy's to say.
#[test]
fn a_session_is_enough_as_long_as_the_policy_says() {
    let older = |seconds: u32| {
        let condition =
            format!(r#"{{"secondsSince":"${{session.lastSignOn.withAuthenticator.pwd.at}}","greater":{seconds}}}"#);
        vec![action(SignOnActionType::Login, 1, Some(&condition))]
    };
    let policies = [
        policy("Hour", false, older(3600)),
        policy("Always", false, vec![login()]),
        policy("Minute", false, older(60)),
    ];
    let ann = user(7);
    let entropy = Counter::default();
    let mut session = session::open(&at(NOW, &entropy), &ann, "Hour".into(), vec!["pwd".into()]).session;
    let suffices = |session: &Session, name: &str, later: i64| {
        Followed::of(&policies, [name], None).session_suffices(session, &ann, NOW.plus(later)).is_ok()
    };
    assert!(suffices(&session, "Hour", 3600));
    assert!(!suffices(&session, "Hour", 3601));
    // Another policy's, however mild.
    assert!(!suffices(&session, "Minute", 1));
    for (name, enough) in [("Always", false), ("Minute", true)] {
        session.acr = name.into();
        assert_eq!(suffices(&session, name, 1), enough, "{name}");
    }
    session.amr = vec!["otp".into()];
    assert!(!suffices(&session, "Minute", 1));
}

#[test]
fn what_was_proven_stays_until_the_flow_starts_again() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let must = User { password: user(7).password.map(|p| PasswordState { must_change: true, ..p }), ..user(7) };
    let rules = super::policy();
    let asked = step(&begin(&ctx), Input::UsernamePassword(checked(Some(&must), &rules, true)), &LOGIN, &ctx).unwrap();
    assert_eq!((asked.flow.proven.as_slice(), asked.opened), (&[Proof::Password][..], None));
    // The password is asked for again with the new one, and told once.
    let again = NewPassword { current: checked(Some(&must), &rules, true), judged: Ok("h") };
    let changed = step(&asked.flow, Input::PasswordReset(again), &LOGIN, &ctx).unwrap();
    assert_eq!(changed.opened.unwrap().session.amr, ["pwd"]);
    for input in [Input::SessionReset, Input::Cancel] {
        assert_eq!(step(&asked.flow, input, &LOGIN, &ctx).unwrap().flow.proven, []);
    }
}
