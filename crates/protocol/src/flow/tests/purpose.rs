//! What a sign-on is for decides who it is for, by which policy, and how it is asked.

use super::*;
use crate::authorize::Whom;

#[test]
fn a_purpose_says_what_its_request_asked() {
    let entropy = Counter::default();
    let flow = begin(&at(NOW, &entropy));
    assert_eq!(
        (flow.purpose.application(), flow.purpose.policies().collect::<Vec<_>>()),
        (ApplicationId::new(Uuid::from_u128(2)), vec!["Single_Factor"])
    );
    assert_eq!((flow.purpose.login_hint(), flow.purpose.ui_locales()), (None, None));
    assert!(!flow.purpose.drives_itself(), "a browser is sent to the application");
    let Purpose::Code(request) = flow.purpose;
    let asked = Purpose::Code(AuthorizationRequest {
        response_mode: ResponseMode::PiFlow,
        login_hint: Some("ann".into()),
        acr: "Strict".into(),
        ui_locales: Some("fr de".into()),
        ..request
    });
    assert_eq!((asked.login_hint(), asked.ui_locales()), (Some("ann"), Some("fr de")));
    assert_eq!(asked.policies().collect::<Vec<_>>(), ["Strict"]);
    assert!(asked.drives_itself());
}

#[test]
fn an_account_changes_only_with_the_password_that_was_judged() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let wrong = Input::UsernamePassword(checked(Some(&ann), &policy, false));
    let rejected = step(&begin(&ctx), wrong, &LOGIN, &ctx).unwrap_err();
    let judged = rejected.changes.iter().find_map(|change| match change {
        Change::SetAccount { judged, .. } => Some(judged.as_deref()),
        _ => None,
    });
    assert_eq!(judged, Some(Some("hash")));
}

#[test]
fn a_sign_on_that_the_request_did_not_mean_gives_no_code() {
    // AZ-11, AZ-12: whoever else signs on keeps their session, and the application is told.
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let stepped =
        step(&begin(&ctx), Input::UsernamePassword(checked(Some(&ann), &policy, true)), &LOGIN, &ctx).unwrap();
    let (flow, session) = (stepped.flow.clone(), session_of(&stepped.flow, &stepped.opened.unwrap()));
    let essential = || AskedClaims { acr: true, acr_essential: true, ..AskedClaims::default() };
    let Purpose::Code(request) = &flow.purpose;
    let of_bob = AuthorizationRequest { whom: Some(Whom::User(user(70).id)), ..request.clone() };
    let stricter = AuthorizationRequest { acr: "Strict".into(), claims: essential(), ..request.clone() };
    let of_ann = AuthorizationRequest { whom: Some(Whom::User(ann.id)), claims: essential(), ..request.clone() };
    let resumed = |request: &AuthorizationRequest| {
        let flow = Flow { purpose: Purpose::Code(request.clone()), ..flow.clone() };
        resume(&flow, Some(Presence { session: &session, user: &ann }), Will::unknown(&VOUCHED), &ctx)
    };
    for (request, reason) in [(of_bob, Reason::UserOther), (stricter, Reason::AcrUnmet)] {
        let resumption = resumed(&request).unwrap();
        assert_eq!(kinds(&resumption.changes), ["UpdateFlow"]);
        assert_eq!(resumption.event.refusal.unwrap().reason, reason);
        assert!(matches!(resumption.yielded, Yielded::Refused { refused, .. } if refused.reason == reason));
        let driven = AuthorizationRequest { response_mode: ResponseMode::PiFlow, ..request };
        assert_eq!(resumed(&driven).unwrap_err().reason, reason);
    }
    assert_eq!(kinds(&resumed(&of_ann).unwrap().changes), ["UpdateFlow", "IssueCode"]);
}
