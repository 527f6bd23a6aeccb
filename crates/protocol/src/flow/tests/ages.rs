//! What becomes of passwords with time.

use super::*;

/// What is close to the present password is refused where that was typed, and what was chosen a moment ago stays for a while: unless
/// its person must change it, or somebody else sets it.
#[test]
fn what_was_before_counts_for_whoever_changes_their_own() {
    let policy = PasswordPolicy { max_age_days: Some(30), ..policy() };
    let names = |user: &User, before: Before<'_>, new: &str| {
        let problem = judge_new_password(&policy, user, before, new).err();
        problem.map(|p| p.rules.iter().map(crate::model::PasswordRule::name).collect::<Vec<_>>()).unwrap_or_default()
    };
    let typed = |current| Before { current: Some(current), ..Before::default() };
    assert_eq!(names(&user(7), typed("N3w-Secret?"), "N3w-Secret!"), ["notSimilarToCurrent"]);
    assert!(names(&user(7), typed("Old-Secret1"), "N3w-Secret!").is_empty());
    let lax = PasswordPolicy { not_similar_to_current: false, ..policy.clone() };
    assert_eq!(judge_new_password(&lax, &user(7), typed("N3w-Secret?"), "N3w-Secret!"), Ok(()));
    let chose = |chosen, must_change| User {
        password: Some(PasswordState { hash: "hash".into(), must_change, chosen, changed_at: NOW }),
        ..user(7)
    };
    let day = 86_400;
    for (user, after, told) in [
        (chose(true, false), day - 1, &["minAgeDays"][..]),
        (chose(true, false), day, &[]),
        (chose(false, false), 0, &[]),
        (chose(true, true), 0, &[]),
    ] {
        let own = Before { chosen_at: Some(NOW.plus(after)), ..Before::default() };
        assert_eq!(names(&user, own, "N3w-Secret!"), told, "{user:?}");
        assert!(names(&user, Before::default(), "N3w-Secret!").is_empty());
    }
}

/// A password that grew too old is right, and must be changed: to the second of its last day.
#[test]
fn a_password_that_is_too_old_is_changed_at_sign_on() {
    let entropy = Counter::default();
    let (ann, policy) = (user(7), policy());
    let last = 182 * 86_400;
    for (after, must_change, status) in
        [(last - 1, false, "COMPLETED"), (last, false, "PASSWORD_EXPIRED"), (last, true, "MUST_CHANGE_PASSWORD")]
    {
        let ctx = at(NOW.plus(after), &entropy);
        let password = ann.password.clone().map(|password| PasswordState { must_change, ..password });
        let user = User { password, ..ann.clone() };
        let input = Input::UsernamePassword(checked(Some(&user), &policy, true));
        assert_eq!(step(&begin(&ctx), input, &LOGIN, &ctx).unwrap().flow.state.status(), status, "{after}");
    }
    // Who changes it chose it, and what it replaces is remembered.
    let ctx = at(NOW.plus(last), &entropy);
    let flow = Flow { state: State::PasswordExpired { user: ann.id }, ..begin(&ctx) };
    let input = Input::PasswordReset(NewPassword { current: checked(Some(&ann), &policy, true), judged: Ok("new") });
    let stepped = step(&flow, input, &LOGIN, &ctx).unwrap();
    let set = stepped.changes.iter().find_map(|change| match change {
        Change::SetPassword { password, retiring, .. } => Some((password.clone()?, (*retiring)?)),
        _ => None,
    });
    let (password, retiring) = set.unwrap();
    let until = ctx.now.plus(365 * 86_400);
    assert_eq!((password.chosen, retiring.most, retiring.until), (true, 6, until.to_millis()));
}
