//! What a sign-on is for decides who it is for, by which policy, and how it is asked.

use super::*;

#[test]
fn a_purpose_says_what_its_request_asked() {
    let entropy = Counter::default();
    let flow = begin(&at(NOW, &entropy));
    assert_eq!(
        (flow.purpose.application(), flow.purpose.policy()),
        (ApplicationId::new(Uuid::from_u128(2)), "Single_Factor")
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
    assert_eq!(asked.policy(), "Strict");
    assert!(asked.drives_itself());
}

#[test]
fn an_account_changes_only_with_the_password_that_was_judged() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let wrong = Input::UsernamePassword(checked(Some(&ann), &policy, false));
    let rejected = step(&begin(&ctx), wrong, LOGIN, &ctx).unwrap_err();
    let judged = rejected.changes.iter().find_map(|change| match change {
        Change::SetAccount { judged, .. } => Some(judged.as_deref()),
        _ => None,
    });
    assert_eq!(judged, Some(Some("hash")));
}
