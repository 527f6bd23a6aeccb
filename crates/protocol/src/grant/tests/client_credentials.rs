use super::{API, Counting, NOW, client, ctx_at, environment, grant, params, proven, scopes, terms};
use crate::authorization::Reach;
use crate::client::Client;
use crate::client_auth::Method;
use crate::grant::Grant;
use crate::grant::client_credentials::decide;
use crate::model::TokenProfile;
use crate::refusal::Reason;

/// A resource and the scopes held of it.
type Grants = (u128, &'static [u128]);

const BILLS: &str = "urn:example:bills";
const ORDERS: &str = "https://orders.example";

fn reach(client: Client, form: &str, profile: TokenProfile) -> Result<Reach, Reason> {
    let (entropy, environment, scopes, client) = (Counting::default(), environment(profile), scopes(), proven(client));
    let form = params(&format!("grant_type=client_credentials&{form}"));
    let request = match Grant::read(&form, &client) {
        Ok(Grant::ClientCredentials(request)) => request,
        other => return Err(other.unwrap_err().reason),
    };
    let decided = decide(&ctx_at(&entropy, NOW), &client, &request, &terms(&environment, &scopes));
    match decided {
        Ok(decision) => {
            // RFC 6749 §4.4.3
            assert!(decision.refresh_token.is_none() && decision.id_token.is_none() && decision.changes.is_empty());
            Ok(decision.access.reach)
        }
        Err(denial) => Err(denial.refused.reason),
    }
}

fn held(grants: &[Grants]) -> Client {
    let mut client = client(&[Method::ClientSecretPost]);
    client.grants = grants.iter().map(|(resource, scopes)| grant(*resource, scopes)).collect();
    client
}

#[test]
fn a_token_reaches_what_was_asked_and_held() {
    let orders: &[Grants] = &[(10, &[20, 21])];
    let all: &[Grants] = &[(10, &[20, 21]), (11, &[22]), (12, &[23]), (13, &[26]), (14, &[27])];
    let table: [(&[Grants], &str, &str, &str, i64); 12] = [
        (orders, "scope=read", "read", ORDERS, 600),
        (orders, "scope=write%20read", "write read", ORDERS, 600),
        (orders, "", "read write", ORDERS, 600),
        // The workers' request: openid means nothing without a user.
        (&[], "scope=openid", "", API, 3600),
        (&[], "", "", API, 3600),
        (orders, "scope=openid%20read", "read", ORDERS, 600),
        (all, "scope=pay", "pay", BILLS, 300),
        // PingOne: a resource without an audience is named by its name.
        (all, "scope=ship", "ship", "resource 14", 3600),
        (all, "scope=p1%3Aread", "p1:read", API, 3600),
        // RFC 8707 §2
        (all, "resource=https%3A%2F%2Forders.example", "read write", ORDERS, 600),
        (all, "resource=https%3A%2F%2Fapi.example", "p1:read", API, 3600),
        // Whoever names nothing is given a token for it.
        (&[], "resource=https%3A%2F%2Fapi.example", "", API, 3600),
    ];
    for (grants, form, scope, audience, lifetime) in table {
        let reach = reach(held(grants), form, TokenProfile::PingOne).unwrap();
        assert_eq!((reach.scope.to_string().as_str(), reach.lifetime), (scope, lifetime), "{form}");
        assert_eq!(reach.audience, [audience], "{form}");
    }
}

#[test]
fn what_is_not_held_is_refused() {
    let all: &[Grants] = &[(10, &[20]), (11, &[22]), (12, &[23])];
    let table = [
        // TE-13
        ("scope=write", Reason::ScopeInvalid),
        ("scope=unknown", Reason::ScopeInvalid),
        ("scope=read%20unknown", Reason::ScopeInvalid),
        ("scope=READ", Reason::ScopeInvalid),
        ("scope=profile", Reason::ScopeInvalid),
        // RFC 9068 §3: one token for several resources needs the application's leave.
        ("scope=read%20pay", Reason::ScopeInvalid),
        ("", Reason::ScopeInvalid),
        ("resource=https%3A%2F%2Felsewhere.example", Reason::ResourceUnknown),
        ("scope=read&resource=urn:example:bills", Reason::ResourceUnknown),
        ("resource=urn:example:other", Reason::ResourceUnknown),
        // RFC 8707 §2: one that is no absolute URI has no indicator, although its token has an audience.
        ("resource=resource%2014", Reason::ResourceMalformed),
        ("resource=https%3A%2F%2Forders.example%23f", Reason::ResourceMalformed),
        ("resource=%2Forders", Reason::ResourceMalformed),
        ("resource=https%3A%2F%2Forders.example&resource=orders", Reason::ResourceMalformed),
    ];
    for (form, reason) in table {
        assert_eq!(reach(held(all), form, TokenProfile::PingOne), Err(reason), "{form}");
    }
}

#[test]
fn an_application_may_allow_several_resources() {
    let mut client = held(&[(10, &[21]), (11, &[22])]);
    client.application.several_resources = Some(true);
    let reach = reach(client, "scope=write%20pay", TokenProfile::PingOne).unwrap();
    assert_eq!(reach.audience, [ORDERS, BILLS]);
    // The shorter of the two lives.
    assert_eq!(reach.lifetime, 300);
}

#[test]
fn an_application_that_names_several_resources_needs_no_leave() {
    // TE-07: the one parameter that may be repeated.
    let client = || held(&[(10, &[20]), (11, &[22])]);
    let several = "resource=https%3A%2F%2Forders.example&resource=urn:example:bills";
    for (form, scope) in [(several.to_owned(), "read pay"), (format!("{several}&scope=pay"), "pay")] {
        let came = reach(client(), &form, TokenProfile::PingOne);
        // `read` is a word of the other resource too, which the application was not granted there.
        if scope.contains("read") {
            assert_eq!(came, Err(Reason::ScopeInvalid));
        } else {
            assert_eq!(came.unwrap().audience, [ORDERS, BILLS]);
        }
    }
    let of_all = held(&[(10, &[21]), (11, &[22])]);
    let reach = reach(of_all, several, TokenProfile::PingOne).unwrap();
    assert_eq!((reach.scope.to_string().as_str(), reach.lifetime), ("write pay", 300));
}

#[test]
fn springs_clients_are_given_no_scope_they_did_not_ask_for() {
    let reach = reach(held(&[(10, &[20])]), "", TokenProfile::Spring).unwrap();
    assert!(reach.scope.is_empty());
}

// CA-43
#[test]
fn a_public_client_has_no_credentials() {
    assert_eq!(reach(client(&[Method::None]), "", TokenProfile::PingOne), Err(Reason::GrantTypeNotAllowed));
}
