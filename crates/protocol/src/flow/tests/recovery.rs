//! Forgotten passwords: who is sent a code, and what it opens.

use jose::digest::HmacKey;

use super::*;
use crate::audit::Action as Act;
use crate::mailed::{CodeFor, MailedCode, digest_of, mailed_code};
use crate::model::{SignOnAction, SignOnActionType, SignOnPolicy, SignOnStep};

fn pepper() -> HmacKey {
    HmacKey::new(b"pepper")
}

/// A code that was sent to the user, and what typing it comes to.
fn code(ctx: &Ctx<'_>, user: &User) -> (MailedCode, crate::secret::SecretDigest) {
    let (text, stored) = mailed_code(ctx, &pepper(), user, CodeFor::Recovery);
    (stored, digest_of(&pepper(), user, CodeFor::Recovery, text.expose()))
}

fn forgotten<'a>(user: Option<&'a User>, fresh: Option<&'a MailedCode>) -> Forgotten<'a> {
    Forgotten { user, fresh, before: None, sends: true }
}

/// FL-04, FL-05: what belongs to the recovery is taken in its own state alone, and nothing else is taken there.
#[test]
fn the_recovery_has_a_state_of_its_own() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let (sent, typed) = code(&ctx, &ann);
    let wrong = digest_of(&pepper(), &ann, CodeFor::Recovery, "");
    let weak = Refused::from(Reason::NewPasswordRefused);
    let session = SessionId::new(Uuid::from_u128(9));
    let states = [
        State::UsernamePasswordRequired,
        State::MustChangePassword { user: ann.id },
        State::PasswordExpired { user: ann.id },
        State::RecoveryCodeRequired { user: Some(ann.id) },
        State::RecoveryCodeRequired { user: None },
        State::ConsentRequired { user: ann.id, session },
        State::Completed { user: ann.id, session },
        State::Resumed { user: ann.id, session },
        State::Cancelled,
    ];
    let recovering = |typed, judged| {
        Input::PasswordRecover(Recovering {
            user: Some(&ann),
            policy: &policy,
            sent: Some(&sent),
            typed: Some(typed),
            judged,
        })
    };
    let current = checked(Some(&ann), &policy, true);
    let inputs = [
        ("forgot", Input::PasswordForgot(forgotten(Some(&ann), Some(&sent)))),
        ("forgot, unknown", Input::PasswordForgot(forgotten(None, None))),
        ("again", Input::PasswordSendRecoveryCode(forgotten(Some(&ann), Some(&sent)))),
        ("code", recovering(typed, Ok("h"))),
        ("code, weak", recovering(typed, Err(&weak))),
        ("wrong", recovering(wrong, Ok("h"))),
        ("password", Input::UsernamePassword(current)),
        ("new password", Input::PasswordReset(NewPassword { current, judged: Ok("h") })),
        ("allow", Input::Consent { allowed: true }),
        ("reset", Input::SessionReset),
        ("cancel", Input::Cancel),
    ];
    let mut drawn = String::new();
    for state in states {
        for (name, input) in inputs {
            let flow = Flow { state: state.clone(), ..begin(&ctx) };
            let line = match step(&flow, input, &LOGIN, &ctx) {
                Ok(stepped) => format!("{} [{}]", stepped.flow.state.status(), kinds(&stepped.changes).join(" ")),
                Err(rejected) if rejected.refused.reason == Reason::ActionNotAllowed => continue,
                Err(rejected) => format!("- {:?} [{}]", rejected.refused.reason, kinds(&rejected.changes).join(" ")),
            };
            let own = matches!(state, State::RecoveryCodeRequired { .. });
            let concerns = ["forgot", "again", "code", "wrong"].iter().any(|word| name.starts_with(word));
            if own || concerns {
                drawn.extend([label(&state), " + ", name, " = ", &line, "\n"]);
            }
        }
    }
    assert_eq!(drawn, TAKEN);
}

fn label(state: &State) -> &'static str {
    if *state == (State::RecoveryCodeRequired { user: None }) { "nobody" } else { state.status() }
}

/// All else is [`Reason::ActionNotAllowed`].
const TAKEN: &str = "\
USERNAME_PASSWORD_REQUIRED + forgot = RECOVERY_CODE_REQUIRED [UpdateFlow SendMailedCode]
USERNAME_PASSWORD_REQUIRED + forgot, unknown = RECOVERY_CODE_REQUIRED [UpdateFlow]
RECOVERY_CODE_REQUIRED + again = RECOVERY_CODE_REQUIRED [UpdateFlow SendMailedCode]
RECOVERY_CODE_REQUIRED + code = COMPLETED [UpdateFlow UseMailedCode SetAccount SetPassword EndUserSessions RecordSignOn CreateSession Record]
RECOVERY_CODE_REQUIRED + code, weak = - NewPasswordRefused []
RECOVERY_CODE_REQUIRED + wrong = - MailedCodeWrong [CountMailedTry]
RECOVERY_CODE_REQUIRED + reset = USERNAME_PASSWORD_REQUIRED [UpdateFlow]
RECOVERY_CODE_REQUIRED + cancel = FAILED [UpdateFlow]
nobody + again = RECOVERY_CODE_REQUIRED [UpdateFlow]
nobody + code = - MailedCodeWrong []
nobody + code, weak = - MailedCodeWrong []
nobody + wrong = - MailedCodeWrong []
nobody + reset = USERNAME_PASSWORD_REQUIRED [UpdateFlow]
nobody + cancel = FAILED [UpdateFlow]
";

/// ASVS 6.3.8: the next state is the same for whoever may not be sent a code; why is told in the event alone.
#[test]
fn who_may_not_recover_is_told_from_nobody() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let policy = policy();
    let fine = user(7);
    let for_good = Account { locked_at: Some(NOW), ..Account::default() };
    let provider = crate::id::IdentityProviderId::new(Uuid::from_u128(3));
    let cases = [
        (None, "nobody has this name"),
        (Some(User { enabled: false, ..user(7) }), "a disabled user"),
        (Some(User { account: for_good, ..user(7) }), "a user whose account is locked"),
        (Some(User { password: None, ..user(7) }), "a user without a password"),
        (Some(User { email: String::new(), ..user(7) }), "a user without an e-mail address"),
        (
            Some(User { identity_provider: Some(provider), ..user(7) }),
            "a user who signs on with another identity provider",
        ),
    ];
    for (whose, why) in &cases {
        let (sent, typed) = code(&ctx, whose.as_ref().unwrap_or(&fine));
        let input = Input::PasswordForgot(forgotten(whose.as_ref(), Some(&sent)));
        let stepped = step(&begin(&ctx), input, &LOGIN, &ctx).unwrap();
        assert_eq!(kinds(&stepped.changes), ["UpdateFlow"], "{why}");
        assert_eq!(stepped.flow.state, State::RecoveryCodeRequired { user: None });
        assert_eq!(stepped.event.note, Some(format!("no code was sent: {why}")));
        // What was closed after the code was sent is not opened by it.
        let Some(user) = whose else { continue };
        let flow = Flow { state: State::RecoveryCodeRequired { user: Some(user.id) }, ..begin(&ctx) };
        let new =
            Recovering { user: Some(user), policy: &policy, sent: Some(&sent), typed: Some(typed), judged: Ok("h") };
        let rejected = step(&flow, Input::PasswordRecover(new), &LOGIN, &ctx).unwrap_err();
        assert_eq!((rejected.refused.reason, &*rejected.refused.came), (Reason::MailedCodeWrong, *why));
        assert!(rejected.changes.is_empty());
    }
    let (sent, _) = code(&ctx, &fine);
    let stepped = step(&begin(&ctx), Input::PasswordForgot(forgotten(Some(&fine), Some(&sent))), &LOGIN, &ctx).unwrap();
    assert_eq!((stepped.event.action, stepped.event.note), (Act::RecoveryCodeSent, None));
    assert_eq!(stepped.flow.state.user(), None, "nobody has proved to be them");
}

/// F4: the code is one user's. Everything that was opened ends before the new session is made, and a lock by guesses with it.
#[test]
fn a_code_signs_its_own_user_on() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let guessed = Account { locked_at: Some(NOW), unlock_at: Some(NOW.plus(900)), failures: 5, ..Account::default() };
    let (ann, bob, policy) = (User { account: guessed, ..user(7) }, user(70), policy());
    let (sent, typed) = code(&ctx, &ann);
    let flow = |whose: &User| Flow { state: State::RecoveryCodeRequired { user: Some(whose.id) }, ..begin(&ctx) };
    let new = |user| {
        Input::PasswordRecover(Recovering {
            user: Some(user),
            policy: &policy,
            sent: Some(&sent),
            typed: Some(typed),
            judged: Ok("new"),
        })
    };
    assert_eq!(step(&flow(&bob), new(&ann), &LOGIN, &ctx).unwrap_err().refused.reason, Reason::MailedCodeWrong);
    let stepped = step(&flow(&ann), new(&ann), &LOGIN, &ctx).unwrap();
    let position = |wanted: fn(&Change) -> bool| stepped.changes.iter().position(wanted).unwrap();
    assert!(
        position(|c| matches!(c, Change::EndUserSessions(..))) < position(|c| matches!(c, Change::CreateSession(_)))
    );
    let unlocked = |c: &Change| matches!(c, Change::SetAccount { account, .. } if *account == Account::default());
    assert!(stepped.changes.iter().any(unlocked));
    assert_eq!(stepped.opened.unwrap().session.user, ann.id);
    let late = at(NOW.plus(crate::mailed::LIFETIME), &entropy);
    let expired = step(&flow(&ann), new(&ann), &LOGIN, &late).unwrap_err();
    assert_eq!((expired.refused.reason, expired.refused.came.as_str()), (Reason::MailedCodeWrong, "one that expired"));
}

/// `recovery.enabled` of the LOGIN that is asked for, and something that sends mail.
#[test]
fn recovery_is_the_policys_and_the_servers_to_allow() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let mut login = SignOnAction::begun(crate::id::SignOnPolicyId::default(), 0, SignOnActionType::Login);
    let SignOnStep::Login(step_of) = &mut login.step else { panic!("LOGIN") };
    step_of.entry.no_recovery = true;
    let closed =
        [SignOnPolicy { name: "Single_Factor".into(), default: true, actions: vec![login], ..SignOnPolicy::default() }];
    let follows = Followed::of(&closed, ["Single_Factor"], None);
    assert!(!follows.allows_recovery(NOW) && LOGIN.allows_recovery(NOW));
    let silent = Forgotten { sends: false, ..forgotten(None, None) };
    for (input, follows, came) in [
        (forgotten(None, None), &follows, "it is disabled there"),
        (silent, &*LOGIN, "one that has nothing to send it with"),
    ] {
        let rejected = step(&begin(&ctx), Input::PasswordForgot(input), follows, &ctx).unwrap_err();
        assert_eq!((rejected.refused.reason, &*rejected.refused.came), (Reason::RecoveryUnavailable, came));
        assert!(rejected.changes.is_empty());
    }
}
