use uuid::Uuid;

use super::*;
use crate::ctx::Entropy;
use crate::id::CorrelationId;
use crate::model::PasswordState;

const NOW: Time = Time::from_secs(1_800_000_000);

/// Counts up, so that no two codes are alike.
#[derive(Default)]
struct Counter(std::sync::atomic::AtomicU8);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    }
}

fn pepper() -> HmacKey {
    HmacKey::new(b"pepper")
}

fn user(n: u128) -> User {
    let password = PasswordState { hash: "hash".into(), must_change: false, chosen: false, changed_at: NOW };
    User {
        id: UserId::new(Uuid::from_u128(n)),
        environment: EnvironmentId::new(Uuid::from_u128(1)),
        email: "ann@example.com".into(),
        password: Some(password),
        ..User::default()
    }
}

fn sent(user: &User, kind: CodeFor) -> (String, MailedCode) {
    let entropy = Counter::default();
    let ctx = Ctx { now: NOW, entropy: &entropy, correlation: CorrelationId::new(Uuid::nil()) };
    let (code, stored) = mailed_code(&ctx, &pepper(), user, kind);
    (code.expose().to_owned(), stored)
}

#[test]
fn a_code_is_eight_letters_and_digits_that_nobody_mixes_up() {
    let (code, stored) = sent(&user(7), CodeFor::Recovery);
    assert_eq!(code, "ABCDEFGH");
    assert_eq!((stored.tries_left, stored.expires_at), (TRIES, NOW.plus(300)));
}

/// PW-11: it is its user's, its purpose's, its address's and, of a recovery, its password's.
#[test]
fn a_code_is_right_for_what_it_was_sent_for() {
    let ann = user(7);
    let judged = |whose: &User, kind, typed: &str, at: i64| {
        let (_, stored) = sent(&ann, CodeFor::Recovery);
        judge_code(Some(&stored), &digest_of(&pepper(), whose, kind, typed), kind, NOW.plus(at))
    };
    for typed in ["ABCDEFGH", "abcd-efgh", " ABCD EFGH\n"] {
        let right = judged(&ann, CodeFor::Recovery, typed, 299);
        assert!(matches!(right, Ok(Change::UseMailedCode { .. })), "{typed}: {right:?}");
    }
    let elsewhere = User { environment: EnvironmentId::new(Uuid::from_u128(2)), ..user(7) };
    let moved = User { email: "eve@example.com".into(), ..user(7) };
    let changed = User { password: None, ..user(7) };
    for (whose, kind, typed) in [
        (&user(8), CodeFor::Recovery, "ABCDEFGH"),
        (&elsewhere, CodeFor::Recovery, "ABCDEFGH"),
        (&moved, CodeFor::Recovery, "ABCDEFGH"),
        (&changed, CodeFor::Recovery, "ABCDEFGH"),
        (&ann, CodeFor::Verification, "ABCDEFGH"),
        (&ann, CodeFor::Recovery, "ABCDEFGJ"),
        (&ann, CodeFor::Recovery, ""),
    ] {
        let wrong = judged(whose, kind, typed, 0).unwrap_err();
        assert_eq!(wrong.refused.reason, Reason::MailedCodeWrong);
        assert!(matches!(wrong.counted, Some(Change::CountMailedTry { was: TRIES, .. })), "{typed}");
    }
}

/// PW-11: none, an expired and an exhausted one are wrong alike, and nothing is counted of them.
#[test]
fn a_dead_code_is_as_wrong_as_none() {
    let ann = user(7);
    let (code, stored) = sent(&ann, CodeFor::Recovery);
    let typed = digest_of(&pepper(), &ann, CodeFor::Recovery, &code);
    let tired = MailedCode { tries_left: 0, ..stored.clone() };
    for (sent, at, came) in [
        (None, 0, "none was sent"),
        (Some(&stored), LIFETIME, "one that expired"),
        (Some(&tired), 0, "one that was tried too often"),
    ] {
        let wrong = judge_code(sent, &typed, CodeFor::Recovery, NOW.plus(at)).unwrap_err();
        assert_eq!(wrong.refused.details, wrong_code(CodeFor::Recovery, "").details);
        assert_eq!((wrong.refused.came.as_str(), wrong.counted.is_none()), (came, true));
    }
}

/// What is for the verification of an address does not depend on the password.
#[test]
fn a_verification_outlives_a_new_password() {
    let (code, stored) = sent(&user(7), CodeFor::Verification);
    let changed = User { password: None, ..user(7) };
    let typed = digest_of(&pepper(), &changed, CodeFor::Verification, &code);
    assert!(judge_code(Some(&stored), &typed, CodeFor::Verification, NOW).is_ok());
}

/// A mailbox is not filled: ten in a row, until the last of them has expired.
#[test]
fn so_many_are_sent_in_a_row() {
    let ann = user(7);
    let mut last: Option<MailedCode> = None;
    for n in 1..=IN_A_ROW {
        let (_, fresh) = sent(&ann, CodeFor::Recovery);
        let change = send_code(last.as_ref(), &fresh, NOW).unwrap();
        let Change::SendMailedCode { code, was } = change else { panic!("{change:?}") };
        assert_eq!((code.sent, was), (n, last.map(|last| last.digest)));
        last = Some(code);
    }
    let (_, fresh) = sent(&ann, CodeFor::Recovery);
    assert!(send_code(last.as_ref(), &fresh, NOW.plus(LIFETIME - 1)).is_err());
    assert!(send_code(last.as_ref(), &fresh, NOW.plus(LIFETIME)).is_ok());
}
