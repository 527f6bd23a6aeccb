//! What a policy asks for, as far as that needs nobody.

use serde_json::json;
use uuid::Uuid;

use super::step::{
    DiscoveryRule, Entry, IdentifierFirst, IdentityProvider, MobileApplication, MultiFactor, SignOnRegistration,
};
use super::*;
use crate::id::PopulationId;
use crate::model::describe::{Known, Refers, draw, read};

struct All;

impl Known for All {
    fn has(&self, _: Refers, _: Uuid) -> bool {
        true
    }
}

fn named(name: &str) -> bool {
    let body = json!({ "name": name });
    read(body.as_object().unwrap(), &SignOnPolicy::default(), &All).is_ok()
}

#[test]
fn a_name_is_one_word_or_an_absolute_address() {
    for name in ["A-b_c.9", "https://op.example/high", "urn:gold"] {
        assert!(named(name), "{name}");
    }
    for name in ["a b", "a/b", "ä", ":", "1:2", "http://[", "urn:gold silver", "https://ä.example"] {
        assert!(!named(name), "{name}");
    }
}

#[test]
fn the_default_is_never_given_up_by_a_body() {
    let policy = SignOnPolicy { name: "P".into(), default: true, ..SignOnPolicy::default() };
    for (body, default) in [(json!({ "name": "P" }), true), (json!({ "name": "P", "default": false }), true)] {
        assert_eq!(read(body.as_object().unwrap(), &policy, &All).unwrap().default, default);
    }
    let other = SignOnPolicy { default: false, ..policy };
    for (text, default) in [("false", false), ("true", true)] {
        let body = json!({ "name": "P", "default": text });
        assert_eq!(read(body.as_object().unwrap(), &other, &All).unwrap().default, default);
    }
}

#[test]
fn what_is_done_for_everybody_is_offered_and_what_may_be_done_is_followed() {
    let id = SignOnPolicyId::default();
    let login = SignOnAction::begun(id, 0, SignOnActionType::Login);
    let mfa = SignOnAction::begun(id, 1, SignOnActionType::MultiFactor);
    let sometimes = SignOnAction { condition: login.condition.clone(), ..mfa.clone() };
    for (actions, performed, followed) in [
        (vec![], false, false),
        (vec![login.clone()], true, true),
        (vec![mfa.clone()], false, false),
        (vec![login.clone(), mfa], false, false),
        (vec![sometimes.clone()], false, false),
        (vec![login, sometimes], false, true),
    ] {
        let policy = SignOnPolicy { actions, ..SignOnPolicy::default() };
        assert_eq!((policy.is_performed(), policy.may_be_followed()), (performed, followed), "{policy:?}");
    }
}

#[test]
fn the_ids_of_what_began_follow_from_the_policy() {
    let id = SignOnPolicyId::new(Uuid::from_u128(0x1234_5678));
    let [first, second] = [0, 1].map(|place| SignOnAction::begun(id, place, SignOnActionType::Login));
    assert_ne!(first.id, second.id);
    assert_eq!(first, SignOnAction::begun(id, 0, SignOnActionType::Login));
    assert!(draw(&first)["condition"]["greater"] == 2_592_000);
}

/// Nobody is let in, and nobody registers, whom an action did not let in or register before.
#[test]
fn an_action_goes_on_without_what_ends_unless_it_is_about_that() {
    let (gone, other, population) = (Uuid::from_u128(1), Uuid::from_u128(2), PopulationId::from(Uuid::from_u128(3)));
    let registration =
        SignOnRegistration { enabled: true, population: Some(population), confirm: true, ..Default::default() };
    let entry =
        Entry { registration: Some(registration.clone()), social_providers: vec![gone, other], ..Entry::default() };
    let rule = |provider| DiscoveryRule { contains: "x".into(), value: "${identifier}".into(), provider };
    let first = IdentifierFirst { entry: entry.clone(), rules: vec![rule(gone), rule(other)] };
    let action = |step| SignOnAction { priority: 1, step, ..SignOnAction::default() };
    let left = action(SignOnStep::IdentifierFirst(Box::new(first))).without((Refers::IdentityProvider, gone)).unwrap();
    let SignOnStep::IdentifierFirst(first) = &left.step else { panic!("{left:?}") };
    assert_eq!(first.rules, [rule(other)]);
    assert_eq!(first.entry, Entry { social_providers: vec![other], ..entry.clone() });

    let left = left.without((Refers::Population, population.uuid())).unwrap();
    let SignOnStep::IdentifierFirst(first) = &left.step else { panic!("{left:?}") };
    let nobody = SignOnRegistration { enabled: false, population: None, ..registration.clone() };
    assert_eq!(first.entry.registration, Some(nobody));

    let about = IdentityProvider { provider: gone, registration: Some(registration), ..Default::default() };
    let about = action(SignOnStep::IdentityProvider(Box::new(about)));
    assert_eq!(about.without((Refers::IdentityProvider, gone)), None);
    assert_eq!(about.without((Refers::IdentityProvider, other)).as_ref(), Some(&about));
    // The same id of another kind is another thing.
    assert_eq!(about.without((Refers::Application, gone)).as_ref(), Some(&about));

    let applications = vec![MobileApplication { id: gone, ..Default::default() }];
    let factor = action(SignOnStep::MultiFactor(Box::new(MultiFactor { applications, ..Default::default() })));
    let left = factor.without((Refers::Application, gone)).unwrap();
    assert_eq!(left.step, SignOnStep::MultiFactor(Box::default()));
}
