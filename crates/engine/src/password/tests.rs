use std::future::Future as _;
use std::task::{Context, Poll, Waker};

use super::*;

struct Zero;

impl Entropy for Zero {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

#[tokio::test]
async fn a_password_matches_its_own_hash_only() {
    let passwords = Passwords::default();
    let hash = passwords.hash(&Zero, "Correct horse 1!").await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert!(!Passwords::is_dated(&hash));
    assert!(passwords.check(&hash, "Correct horse 1!").await.unwrap());
    for wrong in ["correct horse 1!", "Correct horse 1", "Correct horse 1!\0", "", &"x".repeat(100_000)] {
        assert!(!passwords.check(&hash, wrong).await.unwrap());
    }
}

#[tokio::test]
async fn the_same_text_in_another_form_is_the_same_password() {
    // PW-08
    let passwords = Passwords::default();
    let hash = passwords.hash(&Zero, "pa\u{e9}ss word").await.unwrap();
    assert!(passwords.check(&hash, "pae\u{301}ss\u{a0}word").await.unwrap());
    assert_eq!(passwords.hash(&Zero, "a\u{7}b").await.unwrap_err().reason(), Reason::NewPasswordRefused);
}

#[tokio::test]
async fn every_octet_counts() {
    // PW-03: no silent cut at 72.
    let passwords = Passwords::default();
    let long = "x".repeat(72);
    let hash = passwords.hash(&Zero, &format!("{long}a")).await.unwrap();
    assert!(!passwords.check(&hash, &format!("{long}b")).await.unwrap());
    assert!(!passwords.check(&hash, &long).await.unwrap());
}

#[tokio::test]
async fn imported_hashes_are_read_with_bounds() {
    let passwords = Passwords::default();
    let light = Encoded::today(b"somesalt".to_vec()).with_hash(vec![0; 32]);
    assert!(Encoded::parse(&light.to_string()).is_some_and(|parsed| parsed == light));
    for refused in [
        "",
        "{SSHA512}YWJj",
        "$2b$12$abc",
        "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=4000000000,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AA",
    ] {
        assert!(Encoded::parse(refused).is_none(), "{refused}");
        assert!(!passwords.check(refused, "anything").await.unwrap());
    }
}

#[tokio::test]
async fn a_flood_is_told_to_come_back() {
    // PW-04
    let passwords = Passwords::default();
    // Each takes milliseconds, and all of them are asked for before one is done.
    let mut flood: Vec<_> = (0..QUEUE + 64).map(|_| Box::pin(passwords.check("", "x"))).collect();
    let (mut busy, mut last) = (0, 0);
    for (number, waiting) in flood.iter_mut().enumerate() {
        match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(failure)) => {
                assert_eq!(failure.reason(), Reason::PasswordHashBusy);
                assert_eq!(failure.into_refused().retry_after, Some(RETRY_SECONDS));
                busy += 1;
            }
            Poll::Ready(Ok(_)) => panic!("a hash takes longer"),
            Poll::Pending => last = number,
        }
    }
    assert!((1..=64).contains(&busy), "the queue holds {QUEUE}, and {busy} were told to come back");
    // Whoever gave up is passed over, and whoever waits gets an answer.
    let patient = flood.swap_remove(last);
    drop(flood);
    assert!(!patient.await.unwrap());
}
