//! How long a flow lives, what an account has counted, and what is recorded of each step.

use super::*;
use crate::audit::{Action as Act, Actor, Event, Kind, Target};
use crate::model::PasswordPolicy;
use crate::pkce::Challenge;

const QUARTER: i64 = 15 * 60;
// RFC 7636 App. B
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn waiting(entropy: &Counter) -> Flow {
    begin(&at(NOW, entropy))
}

fn wrong<'a>(user: &'a User, policy: &'a PasswordPolicy) -> Input<'a> {
    Input::UsernamePassword(checked(Some(user), policy, false))
}

fn recorded(changes: &[Change]) -> Vec<&Event> {
    let events = changes.iter().filter_map(|change| match change {
        Change::Record(event) => Some(&**event),
        _ => None,
    });
    events.collect()
}

#[test]
fn a_flow_waits_a_quarter_of_an_hour_after_each_interaction() {
    let entropy = Counter::default();
    let flow = waiting(&entropy);
    assert_eq!((flow.created_at, flow.expires_at, flow.version), (NOW, NOW.plus(QUARTER), 0));
    assert!(!flow.is_expired(NOW) && !flow.is_expired(Time(NOW.plus(QUARTER).0 - 1)));
    assert!(flow.is_expired(NOW.plus(QUARTER)));
    let later = NOW.plus(100);
    let (ann, policy) = (user(7), policy());
    let stepped =
        step(&flow, Input::UsernamePassword(checked(Some(&ann), &policy, true)), &LOGIN, &at(later, &entropy)).unwrap();
    assert_eq!((stepped.flow.created_at, stepped.flow.expires_at), (NOW, later.plus(QUARTER)));
    assert!(matches!(&stepped.changes[0], Change::UpdateFlow(stored) if **stored == stepped.flow));
    let reset = step(&flow, Input::SessionReset, &LOGIN, &at(later, &entropy)).unwrap();
    assert_eq!(reset.flow.expires_at, later.plus(QUARTER));
}

#[test]
fn a_refused_input_extends_the_flow_once_a_minute() {
    let entropy = Counter::default();
    let (flow, ann, policy) = (waiting(&entropy), user(7), policy());
    for (later, extends) in [(0, false), (59, false), (60, true), (61, true), (800, true)] {
        let now = NOW.plus(later);
        let rejected = step(&flow, wrong(&ann, &policy), &LOGIN, &at(now, &entropy)).unwrap_err();
        let extended = rejected.changes.iter().find_map(|change| match change {
            Change::UpdateFlow(flow) => Some(flow),
            _ => None,
        });
        assert_eq!(extended.is_some(), extends, "{later}");
        if let Some(extended) = extended {
            let expected = Flow { expires_at: now.plus(QUARTER), ..flow.clone() };
            assert_eq!(**extended, expected, "only its time, never its state");
        }
    }
    // What the state does not take extends nothing.
    let other = step(
        &flow,
        Input::PasswordReset(NewPassword { current: checked(Some(&ann), &policy, true), judged: Ok("h") }),
        &LOGIN,
        &at(NOW.plus(100), &entropy),
    );
    assert!(other.unwrap_err().changes.is_empty());
}

#[test]
fn a_session_that_is_there_completes_a_flow_at_once() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let first = waiting(&entropy);
    let signed_on = step(&first, Input::UsernamePassword(checked(Some(&ann), &policy, true)), &LOGIN, &ctx).unwrap();
    let session = signed_on.opened.unwrap().session;
    let browser = TokenHash::of(Artefact::BrowserBinding, "b");
    let flow = start_signed_on(&ctx, ENVIRONMENT, first.purpose.clone(), browser, &session);
    assert_eq!(flow.state, State::Completed { user: ann.id, session: session.id });
    assert_eq!(
        (flow.state.user(), flow.state.session(), flow.state.status()),
        (Some(ann.id), Some(session.id), "COMPLETED")
    );
    let answered =
        resume(&flow, Some(Presence { session: &session, user: &ann }), Will::unknown(&VOUCHED), &ctx).unwrap().flow;
    assert_eq!(answered.state, State::Resumed { user: ann.id, session: session.id });
}

#[test]
fn actions_have_media_types_and_no_others() {
    // FL-05
    for (action, name) in [
        (Action::PasswordForgot, "password.forgot"),
        (Action::PasswordRecover, "password.recover"),
        (Action::PasswordReset, "password.reset"),
        (Action::PasswordSendRecoveryCode, "password.sendRecoveryCode"),
        (Action::SessionReset, "session.reset"),
        (Action::UsernamePasswordCheck, "usernamePassword.check"),
    ] {
        assert_eq!(action.name(), name);
        let media_type = format!("application/vnd.pingidentity.{name}+json");
        for same in [media_type.to_ascii_lowercase(), media_type.to_ascii_uppercase(), media_type] {
            assert_eq!(Action::from_media_type(&same), Some(action), "{same}");
        }
        for near in [
            name.to_owned(),
            format!("application/vnd.pingidentity.{name}+xml"),
            format!("application/{name}+json"),
            format!(" application/vnd.pingidentity.{name}+json"),
        ] {
            assert_eq!(Action::from_media_type(&near), None, "{near}");
        }
        // The contract writes the one that has no body without a format.
        let bare = Action::from_media_type(&format!("application/vnd.pingidentity.{name}"));
        assert_eq!(bare, Some(action).filter(|action| *action == Action::PasswordSendRecoveryCode), "{name}");
    }
    for unknown in ["", "application/json", "application/vnd.pingidentity.otp.check+json"] {
        assert_eq!(Action::from_media_type(unknown), None, "{unknown}");
    }
}

#[test]
fn the_failure_that_locks_is_recorded_as_a_lock() {
    // FL-14
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let policy = policy();
    let with = |failures| User { account: Account { failures, ..Account::default() }, ..user(7) };
    for failures in 0..policy.lockout_failures {
        let ann = with(failures);
        let rejected = step(&waiting(&entropy), wrong(&ann, &policy), &LOGIN, &ctx).unwrap_err();
        let locks = failures + 1 == policy.lockout_failures;
        let events = recorded(&rejected.changes);
        assert_eq!(events.len(), usize::from(locks), "{failures}");
        if let [event] = events[..] {
            assert_eq!((event.action, event.user), (Act::UserLocked, Some(ann.id)));
            assert!(event.refusal.is_none());
            assert_eq!(event.target, Some(Target { kind: Kind::User, id: ann.id.uuid() }));
        }
        let account = rejected.changes.iter().find_map(|change| match change {
            Change::SetAccount { user, was, account, .. } => {
                Some((*user, was.failures, account.failures, account.locked_at.is_some()))
            }
            _ => None,
        });
        assert_eq!(account, Some((ann.id, failures, failures + 1, locks)));
        assert_eq!(rejected.refused.details[0].target, "password");
    }
    // Every other reason counts nothing, whose account it ever is.
    let locked = User { account: Account { locked_at: Some(NOW), failures: 5, ..Account::default() }, ..user(7) };
    let without = User { password: None, ..user(7) };
    for ann in [locked, without] {
        let rejected = step(&waiting(&entropy), wrong(&ann, &policy), &LOGIN, &ctx).unwrap_err();
        assert!(rejected.changes.is_empty(), "{:?}", rejected.changes);
        assert_eq!((rejected.event.action, rejected.event.user), (Act::PasswordChecked, Some(ann.id)));
    }
}

#[test]
fn a_sign_on_is_recorded_with_its_session() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let flow = waiting(&entropy);
    let stepped = step(&flow, Input::UsernamePassword(checked(Some(&ann), &policy, true)), &LOGIN, &ctx).unwrap();
    let session = &stepped.opened.as_ref().unwrap().session;
    let events = recorded(&stepped.changes);
    let [created] = events[..] else { panic!("{events:?}") };
    assert_eq!((created.action, stepped.event.action), (Act::SessionCreated, Act::PasswordChecked));
    assert_eq!(created.target, Some(Target { kind: Kind::Session, id: session.id.uuid() }));
    assert_eq!(stepped.event.target, Some(Target { kind: Kind::Flow, id: flow.id.uuid() }));
    assert_eq!(created.actor, Actor::User(ann.id));
    assert_eq!((session.user, session.environment, session.acr.as_str()), (ann.id, ENVIRONMENT, "Single_Factor"));
    assert_eq!((session.auth_time, session.expires_at), (NOW, NOW.plus(SESSION_SECONDS)));
    assert_eq!((session.amr.as_slice(), session.ended_at), (&["pwd".to_owned()][..], None));
    assert!(
        stepped
            .changes
            .iter()
            .any(|change| matches!(change, Change::RecordSignOn { user, at, .. } if (*user, *at) == (ann.id, NOW)))
    );
}

#[test]
fn a_dated_hash_is_replaced_by_whoever_knows_the_password() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let rehashed = |right| {
        let input = Input::UsernamePassword(Checked { rehash: Some("today's"), ..checked(Some(&ann), &policy, right) });
        let changes = match step(&waiting(&entropy), input, &LOGIN, &ctx) {
            Ok(stepped) => stepped.changes,
            Err(rejected) => rejected.changes,
        };
        changes.into_iter().find_map(|change| match change {
            Change::Rehash { user, was, hash, .. } => Some((user, was, hash)),
            _ => None,
        })
    };
    assert_eq!(rehashed(true), Some((ann.id, "hash".to_owned(), "today's".to_owned())));
    assert_eq!(rehashed(false), None);
}

#[test]
fn a_code_is_of_one_environment_and_of_whoever_is_signed_on() {
    // TN-01: session, user and flow must be of the same one.
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, bob, policy) = (user(7), user(70), policy());
    let flow = waiting(&entropy);
    let stepped = step(&flow, Input::UsernamePassword(checked(Some(&ann), &policy, true)), &LOGIN, &ctx).unwrap();
    let session = stepped.opened.unwrap().session;
    let elsewhere = EnvironmentId::new(Uuid::from_u128(99));
    let abroad = Session { environment: elsewhere, ..session.clone() };
    let stranger = User { environment: elsewhere, ..ann.clone() };
    let disabled = User { enabled: false, ..ann.clone() };
    let Purpose::Code(request) = &flow.purpose;
    let request = &AuthorizationRequest {
        nonce: Some("n-1".into()),
        challenge: Challenge::read(CHALLENGE, Some("S256")).ok(),
        resource: vec!["https://orders.example".into()],
        ..request.clone()
    };
    let give = |environment, session: &Session, user: &User, now| {
        issue(environment, request, Presence { session, user }, Will::unknown(&VOUCHED), &at(now, &entropy))
            .map(|issued| issued.changes)
    };
    assert!(give(ENVIRONMENT, &session, &ann, NOW).is_ok());
    for (environment, session, user, now) in [
        (elsewhere, &session, &ann, NOW),
        (ENVIRONMENT, &abroad, &ann, NOW),
        (ENVIRONMENT, &session, &stranger, NOW),
        (elsewhere, &abroad, &ann, NOW),
        (ENVIRONMENT, &session, &bob, NOW),
        (ENVIRONMENT, &session, &disabled, NOW),
        (ENVIRONMENT, &session, &ann, session.expires_at),
    ] {
        assert_eq!(give(environment, session, user, now).unwrap_err().reason, Reason::SessionMissing);
    }
    let changes = give(ENVIRONMENT, &session, &ann, NOW.plus(9)).unwrap();
    let [Change::IssueCode(code)] = changes.as_slice() else { panic!("{changes:?}") };
    let given = &code.authorization;
    assert_eq!((given.user, given.session, given.auth_time), (ann.id, session.id, NOW));
    assert_eq!((&given.acr, &given.amr), (&session.acr, &session.amr));
    assert_eq!((given.application, &given.issuer), (request.application, &request.issuer));
    assert_eq!((&given.scope, &given.resource), (&request.scope, &request.resource));
    assert_eq!((&code.redirect_uri, code.redirect_uri_sent), (&request.redirect_uri, request.redirect_uri_sent));
    assert_eq!((&code.challenge, &code.nonce), (&request.challenge, &request.nonce));
    assert!(code.challenge.is_some() && !given.amr.is_empty());
    assert_eq!((code.issued_at, code.expires_at, code.consumed_at), (NOW.plus(9), NOW.plus(69), None));
    assert_eq!(code.environment, ENVIRONMENT);
}

#[test]
fn a_link_is_of_its_own_session_and_user() {
    // FL-01
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, bob, policy) = (user(7), user(70), policy());
    let stepped =
        step(&waiting(&entropy), Input::UsernamePassword(checked(Some(&ann), &policy, true)), &LOGIN, &ctx).unwrap();
    let session = stepped.opened.unwrap().session;
    let of_bob = Session { user: bob.id, ..session.clone() };
    let refused = resume(&stepped.flow, Some(Presence { session: &of_bob, user: &bob }), Will::unknown(&VOUCHED), &ctx)
        .unwrap_err();
    assert_eq!(refused.reason, Reason::SessionMissing);
    for state in [State::UsernamePasswordRequired, State::MustChangePassword { user: ann.id }, State::Cancelled] {
        let flow = Flow { state, ..stepped.flow.clone() };
        let refused =
            resume(&flow, Some(Presence { session: &session, user: &ann }), Will::unknown(&VOUCHED), &ctx).unwrap_err();
        assert_eq!(refused.reason, Reason::FlowNotFinished);
    }
    let presence = Some(Presence { session: &session, user: &ann });
    let answered = resume(&stepped.flow, presence, Will::unknown(&VOUCHED), &at(NOW.plus(5), &entropy)).unwrap();
    assert_eq!(answered.flow.expires_at, NOW.plus(5 + QUARTER));
    assert_eq!(answered.event.action, Act::CodeIssued);
    assert_eq!(answered.event.note.as_deref(), Some(&*format!("flow {}", stepped.flow.id)));
}

/// P20: the same wrong password counts once, also among others; a lock that ended begins anew.
#[test]
fn the_same_wrong_password_counts_once() {
    let policy = policy();
    let mut account = Account::default();
    for (print, failures) in [("a", 1), ("a", 1), ("b", 2), ("a", 2), ("c", 3), ("b", 3), ("d", 4), ("e", 5)] {
        match after_failure(&account, &policy, NOW, Some(print)) {
            WrongPassword::Counts(counted) => account = counted,
            other => assert_eq!(other, WrongPassword::Repeats, "{print}"),
        }
        assert_eq!(account.failures, failures, "{print}");
    }
    assert!(account.is_locked(NOW));
    let WrongPassword::Counts(again) = after_failure(&account, &policy, NOW.plus(900), Some("a")) else {
        panic!("anew")
    };
    assert_eq!((again.failures, again.tried.as_str()), (1, "a"));
    // What is remembered has a bound, whatever the policy.
    let never = PasswordPolicy { lockout_failures: 0, ..policy };
    let mut account = Account::default();
    for number in 0..100 {
        let print = format!("{number}");
        let WrongPassword::Counts(counted) = after_failure(&account, &never, NOW, Some(&print)) else { panic!("new") };
        account = counted;
    }
    assert_eq!((account.failures, account.tried.split(' ').count()), (100, 16));
    assert_eq!(after_failure(&account, &never, NOW, Some("99")), WrongPassword::Repeats);
}
