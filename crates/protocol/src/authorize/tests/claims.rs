//! What `claims` asks of a sign-on: whom it must be of, and by which policy.

use url::form_urlencoded::{Serializer, byte_serialize};

use super::answer::{session, user};
use super::*;
use crate::claims::{AskedClaim, PersonClaim};
use crate::model::{SignOnAction, SignOnActionType, TokenProfile};

/// A sound request with these claims and with `more` at its end.
fn asking(claims: &str, more: &str) -> Result<AuthorizationRequest, AuthorizeRefusal> {
    ask(&format!("claims={}&{more}", byte_serialize(claims.as_bytes()).collect::<String>()))
}

fn of_sub(sub: &str) -> String {
    format!(r#"{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}"#)
}

#[test]
fn claims_are_carried_with_the_request_or_refused() {
    // AZ-14
    let asked = asking(r#"{"userinfo":{"email":null},"id_token":{"nickname":{"essential":true}}}"#, "").unwrap();
    let one = |claim| [AskedClaim { claim, values: Vec::new() }];
    assert_eq!(asked.claims.userinfo, one(PersonClaim::Email));
    assert_eq!(asked.claims.id_token, one(PersonClaim::Nickname));
    assert_eq!(asked.authorized_by(&session()).claims, asked.claims);
    assert_eq!((asked.whom, asked.claims.acr_essential), (None, false));
    let (deep, wide) = ("[".repeat(10_000), "x".repeat(30_000));
    for claims in ["not-json", "[]", r#"{"id_token":[]}"#, &deep, &wide] {
        redirected(asking(claims, ""), Reason::ParameterInvalid);
    }
    // Nothing that is known here: as if nothing had been asked.
    assert_eq!(asking(r#"{"id_token":{"unknown":{"essential":true}}}"#, "").unwrap(), ask("").unwrap());
}

#[test]
fn an_essential_acr_is_met_or_the_request_fails() {
    // AZ-11, OIDC Core §5.5.1.1, RFC 9470 §5
    let acr = |how: &str| format!(r#"{{"id_token":{{"acr":{how}}}}}"#);
    for (how, more, followed) in [
        (r#"{"essential":true,"values":["Multi_Factor"]}"#, "", "Multi_Factor"),
        (r#"{"essential":true,"value":"Single_Factor"}"#, "acr_values=Multi_Factor", "Single_Factor"),
        (
            r#"{"essential":true,"values":["Single_Factor","Multi_Factor"]}"#,
            "acr_values=x+Multi_Factor",
            "Multi_Factor",
        ),
        (r#"{"values":["Multi_Factor"]}"#, "", "Multi_Factor"),
        (r#"{"values":["Multi_Factor"]}"#, "acr_values=Single_Factor", "Single_Factor"),
        // Voluntary, and none that is performed.
        (r#"{"values":["urn:gold"]}"#, "", "Single_Factor"),
        (r#"{"essential":true}"#, "", "Single_Factor"),
        ("null", "", "Single_Factor"),
    ] {
        let asked = asking(&acr(how), more).unwrap();
        assert_eq!(asked.acr, followed, "{how} {more}");
        assert_eq!(asked.claims.acr_essential, how.contains("essential") && how.contains("value"), "{how}");
        assert!(asked.claims.acr, "{how}");
    }
    let came = asking(&acr(r#"{"essential":true,"values":["urn:gold"]}"#), "acr_values=Single_Factor");
    match &came {
        Err(AuthorizeRefusal::Redirect { refused, .. }) => {
            assert_eq!(refused.reason.row().oauth, "unmet_authentication_requirements");
            assert_eq!(refused.expected, "Single_Factor Multi_Factor");
        }
        other => panic!("{other:?}"),
    }
    redirected(came, Reason::AcrUnmet);
    redirected(asking(&acr(r#"{"essential":true,"value":7}"#), ""), Reason::ParameterInvalid);
}

#[test]
fn a_policy_that_cannot_be_performed_meets_no_essential_acr() {
    // AZ-11
    let mfa = |policy: &SignOnPolicy| SignOnAction::begun(policy.id, 1, SignOnActionType::MultiFactor);
    let both = policies().into_iter().map(|mut policy| {
        if policy.name == "Multi_Factor" {
            let action = mfa(&policy);
            policy.actions.push(action);
        }
        policy
    });
    let both: Vec<_> = both.collect();
    let claim = AskedAcr { values: vec!["Multi_Factor".into()], essential: true };
    let followed = |policies: &[SignOnPolicy]| {
        choice::Choice { policies, assignments: &assignments() }.follows(None, &claim).map(|(acr, _)| acr)
    };
    assert_eq!(followed(&both).unwrap_err().reason, Reason::AcrUnmet);
    assert_eq!(followed(&policies()).unwrap(), "Multi_Factor");
}

#[test]
fn nobody_else_is_answered_for() {
    // AZ-12, OIDC Core §5.5.1: by `sub`, and by the hint.
    let (ann, bob) = (user(), User { id: UserId::new(Uuid::from_u128(70)), username: "bob".into(), ..user() });
    let (of_ann, of_bob) = (session(), Session { user: bob.id, ..session() });
    let hint = |id| IdTokenHint { subject: Some(id), sub: String::new(), audience: vec![], session: None };
    let mut hinted = ask("").unwrap();
    hinted.expect(&hint(ann.id)).unwrap();
    for request in [asking(&of_sub(&ann.id.to_string()), "").unwrap(), hinted] {
        let own = Presence { session: &of_ann, user: &ann };
        let other = Presence { session: &of_bob, user: &bob };
        assert_eq!(
            decide_sign_on(&request, &client(|_| ()), Some(own), None, &follows(&request), NOW),
            Ok(SignOn::Present)
        );
        assert_eq!(
            decide_sign_on(&request, &client(|_| ()), Some(other), None, &follows(&request), NOW),
            Ok(SignOn::Needed)
        );
        let silent = AuthorizationRequest { prompt: Prompt { none: true, ..Prompt::default() }, ..request.clone() };
        let refused = decide_sign_on(&silent, &client(|_| ()), Some(other), None, &follows(&silent), NOW).unwrap_err();
        assert_eq!(refused.reason, Reason::LoginRequired);
        assert!(request.insists(&own, &client(|_| ())).is_ok());
        let refused = request.insists(&other, &client(|_| ())).unwrap_err();
        assert_eq!((refused.reason, refused.reason.row().oauth), (Reason::UserOther, "login_required"));
    }
    // Whom no token names, nobody is.
    redirected(asking(&of_sub("nobody"), ""), Reason::UserOther);
    let mut of_other = asking(&of_sub(&bob.id.to_string()), "").unwrap();
    assert_eq!(of_other.expect(&hint(ann.id)).unwrap_err().reason, Reason::UserOther);
    // Spring's tokens name people by their user name.
    let named = Whom::of_sub("bob", &client(|_| ()), TokenProfile::Spring).unwrap();
    assert!(named.is(&bob, &client(|_| ())) && !named.is(&ann, &client(|_| ())));
    assert!(
        !Whom::of_sub(&bob.id.to_string(), &client(|_| ()), TokenProfile::Spring).unwrap().is(&bob, &client(|_| ()))
    );
}

#[test]
fn what_the_request_insists_on_is_asked_for_again() {
    let id = user().id.to_string();
    let claims = format!(
        r#"{{"id_token":{{"sub":{{"value":"{id}"}},"acr":{{"essential":true,"values":["x","Multi_Factor"]}},"name":null}},"userinfo":{{"email":{{"value":"a@b.example"}}}}}}"#
    );
    let asked = asking(&claims, "").unwrap();
    let again = asked.parameters("app");
    let query = Serializer::new(String::new()).extend_pairs(again).finish();
    assert_eq!(ask_as(&query, &client(|_| ())).unwrap(), asked);
}
