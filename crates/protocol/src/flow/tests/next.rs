//! What follows comes from what the policy asks for and from what was done, and from nothing else.

use super::*;
use crate::id::SignOnPolicyId;
use crate::model::{SignOnAction, SignOnPolicy};

fn person(must_change_password: bool) -> Person {
    Person { user: UserId::new(Uuid::from_u128(7)), must_change_password }
}

fn policy(name: &str, default: bool, actions: &[SignOnAction]) -> SignOnPolicy {
    SignOnPolicy {
        id: SignOnPolicyId::new(Uuid::from_u128(1)),
        environment: ENVIRONMENT,
        name: name.into(),
        default,
        actions: SignOnActions::new(actions).unwrap(),
        created_at: NOW,
        updated_at: NOW,
    }
}

#[test]
fn each_action_is_asked_for_until_it_is_done() {
    let entropy = Counter::default();
    let waiting = begin(&at(NOW, &entropy));
    assert_eq!(waiting.state, State::UsernamePasswordRequired);
    let user = person(false).user;
    let signed_on = Next::SignedOn { acr: "Single_Factor".into(), amr: vec!["pwd".into()] };
    let table = [
        (&[][..], false, Next::Ask(State::UsernamePasswordRequired)),
        (&[], true, Next::Ask(State::UsernamePasswordRequired)),
        (&[Proof::Password], true, Next::Ask(State::MustChangePassword { user })),
        (&[Proof::Password], false, signed_on),
    ];
    for (proven, must_change, expected) in table {
        let flow = Flow { proven: proven.to_vec(), ..waiting.clone() };
        assert_eq!(next(&flow, LOGIN, person(must_change)), expected, "{proven:?} {must_change}");
    }
}

#[test]
fn acr_names_the_policy_that_was_followed_and_amr_what_was_done() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let policies = [policy("Strict", false, &[SignOnAction::Login; 2]), policy("House", true, &[SignOnAction::Login])];
    let (ann, rules) = (user(7), super::policy());
    for (asked, followed) in [("Strict", "Strict"), ("House", "House"), ("gone", "House")] {
        let follows = Followed::of(&policies, asked);
        let input = Input::UsernamePassword(checked(Some(&ann), &rules, true));
        let session = step(&begin(&ctx), input, follows, &ctx).unwrap().opened.unwrap().session;
        assert_eq!((session.acr.as_str(), session.amr), (followed, vec!["pwd".to_owned()]));
    }
    let without = Followed::of(&[], "gone");
    assert_eq!((without.name, without.actions), ("Single_Factor", &SignOnActions::LOGIN));
    assert_eq!(SignOnActions::new(&[]), None);
}

#[test]
fn what_was_proven_stays_until_the_flow_starts_again() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let must = User { password: user(7).password.map(|p| PasswordState { must_change: true, ..p }), ..user(7) };
    let rules = super::policy();
    let asked = step(&begin(&ctx), Input::UsernamePassword(checked(Some(&must), &rules, true)), LOGIN, &ctx).unwrap();
    assert_eq!((asked.flow.proven.as_slice(), asked.opened), (&[Proof::Password][..], None));
    // The password is asked for again with the new one, and told once.
    let again = NewPassword { current: checked(Some(&must), &rules, true), judged: Ok("h") };
    let changed = step(&asked.flow, Input::PasswordReset(again), LOGIN, &ctx).unwrap();
    assert_eq!(changed.opened.unwrap().session.amr, ["pwd"]);
    for input in [Input::SessionReset, Input::Cancel] {
        assert_eq!(step(&asked.flow, input, LOGIN, &ctx).unwrap().flow.proven, []);
    }
}
