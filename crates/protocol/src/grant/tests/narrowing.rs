//! RFC 8707 §2.2: what is asked for at the token endpoint can only be less than what was authorized.

use super::{API, USERINFO, authorization_code as codes, client, grant, refresh_token as refreshes};
use crate::change::Change;
use crate::client::Client;
use crate::client_auth::Method;
use crate::grant::{Decision, Denial};
use crate::refusal::Reason;
use crate::scope::Scope;

const ORDERS: &str = "https://orders.example";
const BILLS: &str = "urn:example:bills";

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
    asked.iter().flat_map(|resource| ["&resource=".to_owned(), (*resource).to_owned()]).collect()
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
            // RFC 3986 §6.2.3: the same resource.
            (&[ORDERS], &["HTTPS://orders.example:443/"], Some(ORDERS)),
            // Nothing was named, so it was for the API and for userinfo.
            (&[], &[API], Some(API)),
            (&[], &[USERINFO], Some(USERINFO)),
            (&[], &[BILLS], None),
            (&[], &[API, BILLS], None),
            (&[ORDERS], &[API], None),
            (&[ORDERS], &[BILLS], None),
            (&[BILLS], &[ORDERS], None),
            (&[ORDERS], &[ORDERS, BILLS], None),
            (&[ORDERS], &[BILLS, ORDERS], None),
            (&[ORDERS], &["https://orders.example/a"], None),
            (&[ORDERS], &["http://orders.example"], None),
            (&[ORDERS], &["https://orders.example?"], None),
        ] {
            match (ask(of_both(), granted, asked), audience) {
                (Ok(decision), Some(audience)) => assert_eq!(decision.access.reach.audience, [audience]),
                (Err(denial), None) => {
                    assert_eq!(denial.refused.reason, Reason::ResourceWider, "{granted:?} {asked:?}");
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
        let decision = ask(of_both(), &[ORDERS, BILLS], &[BILLS, ORDERS, BILLS]).unwrap();
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
fn the_scope_that_was_authorized_is_cut_down_to_the_resource_that_is_asked_for() {
    // RFC 8707 §2.2
    let authorize = |scope: &str, granted: &[&str]| {
        let mut facts = refreshes::facts();
        let authorization = &mut facts.family.as_mut().unwrap().authorization;
        authorization.scope = Scope::parse(scope).unwrap();
        authorization.resource = owned(granted);
        facts
    };
    let both = authorize("openid profile write pay", &[ORDERS, BILLS]);
    for (asked, scope, audience) in [
        (&[][..], "openid profile write pay", &[ORDERS, BILLS][..]),
        (&[ORDERS], "openid profile write", &[ORDERS]),
        (&[BILLS], "openid profile pay", &[BILLS]),
        (&[BILLS, ORDERS], "openid profile write pay", &[BILLS, ORDERS]),
    ] {
        let reach = refreshes::refresh(of_both(), &resources(asked), &both).unwrap().access.reach;
        assert_eq!((reach.scope.to_string().as_str(), reach.audience), (scope, owned(audience)), "{asked:?}");
    }
    // What is asked for by name is not cut down: it is of the resource, or refused.
    for (form, expected) in [
        ("&scope=pay&resource=urn:example:bills", Ok("pay")),
        ("&scope=write&resource=urn:example:bills", Err(Reason::ResourceUnknown)),
        ("&scope=openid%20pay%20write&resource=urn:example:bills", Err(Reason::ResourceUnknown)),
        ("&scope=read", Err(Reason::ScopeWider)),
    ] {
        let came = refreshes::refresh(of_both(), form, &both);
        let came = came.map(|d| d.access.reach.scope.to_string()).map_err(|denial| denial.refused.reason);
        assert_eq!(came, expected.map(str::to_owned), "{form}");
    }
    // Each use begins with all that was authorized: the line was narrowed before.
    let first = refreshes::refresh(of_both(), &resources(&[ORDERS]), &both).unwrap();
    assert!(first.changes.iter().all(|change| !matches!(change, Change::CreateFamily(_))));
}

#[test]
fn where_no_resource_was_named_the_scopes_say_which() {
    let mut code = codes::code();
    code.authorization.scope = Scope::parse("openid read").unwrap();
    let ask = |resource| {
        let form = format!("{}{}", codes::good(), resources(&[resource]));
        codes::exchange(of_both(), &form, &codes::facts(code.clone()))
    };
    assert_eq!(ask(BILLS).unwrap_err().refused.reason, Reason::ResourceWider);
    assert_eq!(ask(ORDERS).unwrap().access.reach.scope.to_string(), "openid read");
    // Narrowed by its scope, a line of both resources reaches one.
    let mut facts = refreshes::facts();
    facts.family.as_mut().unwrap().authorization.scope = Scope::parse("openid read pay").unwrap();
    let narrow = refreshes::refresh(of_both(), "&scope=pay", &facts).unwrap();
    assert_eq!(narrow.access.reach.audience, [BILLS]);
    let wide = refreshes::refresh(of_both(), "", &facts).unwrap_err();
    assert_eq!(wide.refused.reason, Reason::ScopeInvalid);
}

#[test]
fn one_word_is_no_key_to_another_resource_that_uses_it() {
    // RFC 9068 §5: `read` is a scope of both, and the application was granted that of one.
    let ask = |client, scope: &str, granted: &[&str], asked: &[&str]| {
        let mut code = codes::code();
        code.authorization.scope = Scope::parse(scope).unwrap();
        code.authorization.resource = owned(granted);
        codes::exchange(client, &format!("{}{}", codes::good(), resources(asked)), &codes::facts(code))
    };
    let both = [ORDERS, BILLS];
    assert_eq!(ask(of_both(), "read pay", &both, &[]).unwrap_err().refused.reason, Reason::ScopeInvalid);
    assert!(ask(of_both(), "read pay", &both, &[ORDERS]).is_ok());
    let mut of_all = of_both();
    of_all.grants = vec![grant(10, &[20, 21]), grant(11, &[22, 28])];
    assert!(ask(of_all.clone(), "read pay", &both, &[]).is_ok());
    // A word of both is that of the resource that is named.
    assert_eq!(ask(of_all, "read pay", &both, &[BILLS]).unwrap().access.reach.scope.to_string(), "read pay");
}
