//! RFC 8707 §2.2: what is asked for at the token endpoint can only be less than what was authorized.

use super::{authorization_code as codes, client, grant, refresh_token as refreshes};
use crate::client::Client;
use crate::client_auth::Method;
use crate::grant::{Decision, Denial};
use crate::refusal::Reason;
use crate::scope::Scope;

const ORDERS: &str = "https://orders.example";
const BILLS: &str = "resource 11";

/// An application that holds scopes of both resources, so that only the authorization stands in its way.
fn of_both() -> Client {
    let mut client = client(&[Method::ClientSecretPost]);
    client.grants = vec![grant(10, &[20, 21]), grant(11, &[22])];
    client
}

/// Exchanges a code for `openid`, which is nobody's, that was given with these resources.
fn exchange(client: Client, granted: &[&str], asked: &[&str]) -> Result<Decision, Denial> {
    let mut code = codes::code();
    code.authorization.scope = Scope::parse("openid").unwrap();
    code.authorization.resource = owned(granted);
    codes::exchange(client, &format!("{}{}", codes::good(), resources(asked)), &codes::facts(code))
}

/// Refreshes in a line that was given with these resources.
fn refresh(client: Client, granted: &[&str], asked: &[&str]) -> Result<Decision, Denial> {
    let mut facts = refreshes::facts();
    let family = facts.family.as_mut().unwrap();
    family.authorization.scope = Scope::parse("openid").unwrap();
    family.authorization.resource = owned(granted);
    refreshes::refresh(client, &resources(asked), &facts)
}

fn owned(resources: &[&str]) -> Vec<String> {
    resources.iter().map(|resource| (*resource).to_owned()).collect()
}

fn resources(asked: &[&str]) -> String {
    asked.iter().flat_map(|resource| ["&resource=".to_owned(), resource.replace(' ', "%20")]).collect()
}

#[test]
fn a_resource_outside_the_authorization_is_refused_although_the_application_holds_it() {
    // AC-16
    for ask in [exchange, refresh] {
        for (granted, asked, audience) in [
            (&[ORDERS][..], &[][..], Some(ORDERS)),
            (&[ORDERS], &[ORDERS], Some(ORDERS)),
            (&[ORDERS, BILLS], &[BILLS], Some(BILLS)),
            (&[ORDERS, BILLS], &[ORDERS], Some(ORDERS)),
            (&[], &[BILLS], Some(BILLS)),
            (&[ORDERS], &[BILLS], None),
            (&[BILLS], &[ORDERS], None),
            (&[ORDERS], &[ORDERS, BILLS], None),
            (&[ORDERS], &[BILLS, ORDERS], None),
            (&[ORDERS], &["https://orders.example/"], None),
        ] {
            match (ask(of_both(), granted, asked), audience) {
                (Ok(decision), Some(audience)) => assert_eq!(decision.access.reach.audience, [audience]),
                (Err(denial), None) => {
                    assert_eq!(denial.refused.reason, Reason::ResourceUnknown, "{granted:?} {asked:?}");
                    assert_eq!(
                        (denial.refused.reason.status(), denial.refused.reason.row().oauth),
                        (400, "invalid_target")
                    );
                    assert!(denial.changes.is_empty(), "{granted:?} {asked:?}");
                }
                (came, expected) => panic!("{granted:?} {asked:?}: {came:?}, expected {expected:?}"),
            }
        }
    }
}

#[test]
fn a_resource_that_is_named_twice_is_one() {
    for ask in [exchange, refresh] {
        let decision = ask(of_both(), &[ORDERS], &[ORDERS, ORDERS]).unwrap();
        assert_eq!(decision.access.reach.audience, [ORDERS]);
        let mut several = of_both();
        several.application.several_resources = Some(true);
        let decision = ask(several, &[ORDERS, BILLS], &[BILLS, ORDERS, BILLS]).unwrap();
        assert_eq!(decision.access.reach.audience, [BILLS, ORDERS]);
    }
}

#[test]
fn the_scopes_of_openid_connect_are_everybodys_but_for_the_offline_one() {
    let scoped = |scope: &str| {
        let mut code = codes::code();
        code.authorization.scope = Scope::parse(scope).unwrap();
        codes::exchange(of_both(), &codes::good(), &codes::facts(code))
    };
    assert_eq!(scoped("openid profile email").unwrap().access.reach.scope.to_string(), "openid profile email");
    assert_eq!(scoped("openid offline_access").unwrap_err().refused.reason, Reason::ScopeInvalid);
}

#[test]
fn what_was_authorized_must_still_be_held() {
    // RT-10: the second resource was taken from the application since.
    let poorer = || client(&[Method::ClientSecretPost]);
    for ask in [exchange, refresh] {
        assert_eq!(ask(poorer(), &[ORDERS, BILLS], &[BILLS]).unwrap_err().refused.reason, Reason::ResourceUnknown);
        assert_eq!(ask(poorer(), &[BILLS], &[]).unwrap_err().refused.reason, Reason::ResourceUnknown);
        assert!(ask(poorer(), &[ORDERS, BILLS], &[ORDERS]).is_ok());
    }
}

#[test]
fn scopes_of_another_resource_than_the_one_asked_for_are_refused() {
    let mut code = codes::code();
    code.authorization.scope = Scope::parse("openid read").unwrap();
    let form = format!("{}{}", codes::good(), resources(&[BILLS]));
    let denial = codes::exchange(of_both(), &form, &codes::facts(code)).unwrap_err();
    assert_eq!(denial.refused.reason, Reason::ResourceUnknown);
    // Narrowed by its scope, a line of both resources reaches one.
    let mut facts = refreshes::facts();
    facts.family.as_mut().unwrap().authorization.scope = Scope::parse("openid read pay").unwrap();
    let narrow = refreshes::refresh(of_both(), "&scope=pay", &facts).unwrap();
    assert_eq!(narrow.access.reach.audience, [BILLS]);
    let wide = refreshes::refresh(of_both(), "", &facts).unwrap_err();
    assert_eq!(wide.refused.reason, Reason::ScopeInvalid);
}
