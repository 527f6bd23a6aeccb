use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use admission::Source;

use super::*;
use crate::allowance::Allowance;
use crate::world::{System, World as _};

/// This server's own.
const NOBODY: Claim = Claim { environment: uuid::Uuid::nil(), source: Source::NONE };

struct Zero;

impl Entropy for Zero {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new(Arc::new(System), Allowance::default().sign_ons())
    }
}

async fn is(passwords: &Passwords, hash: &str, password: &str) -> bool {
    passwords.check(NOBODY, hash, password).await.unwrap().right
}

/// Nothing stands in for the threads in the world as it is.
#[test]
fn only_threads_hash() {
    assert!(System.hash(b"password", b"salt", 32).is_none());
}

#[tokio::test]
async fn a_password_matches_its_own_hash_only() {
    let passwords = Passwords::default();
    let hash = passwords.hash(NOBODY, &Zero, "Correct horse 1!").await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert!(!Passwords::is_dated(&hash));
    assert!(is(&passwords, &hash, "Correct horse 1!").await);
    for wrong in ["correct horse 1!", "Correct horse 1", "Correct horse 1!\0", "", &"x".repeat(100_000)] {
        assert!(!is(&passwords, &hash, wrong).await);
    }
}

#[tokio::test]
async fn the_same_text_in_another_form_is_the_same_password() {
    // PW-08
    let passwords = Passwords::default();
    let hash = passwords.hash(NOBODY, &Zero, "pa\u{e9}ss word").await.unwrap();
    assert!(is(&passwords, &hash, "pae\u{301}ss\u{a0}word").await);
    assert_eq!(passwords.hash(NOBODY, &Zero, "a\u{7}b").await.unwrap_err().reason(), Reason::NewPasswordRefused);
}

#[tokio::test]
async fn every_octet_counts() {
    // PW-03: no silent cut at 72.
    let passwords = Passwords::default();
    let long = "x".repeat(72);
    let hash = passwords.hash(NOBODY, &Zero, &format!("{long}a")).await.unwrap();
    assert!(!is(&passwords, &hash, &format!("{long}b")).await);
    assert!(!is(&passwords, &hash, &long).await);
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
        // Nobody is told that it is wrong by who does not know.
        let checked = passwords.check(NOBODY, refused, "anything").await.map(|checked| checked.right);
        assert_eq!(checked, if refused.is_empty() { Ok(false) } else { Err(Failure::Unavailable) }, "{refused}");
    }
}

fn bounds() -> Bounds {
    Allowance::default().sign_ons()
}

fn claim(environment: u128, address: [u8; 4]) -> Claim {
    Claim::new(uuid::Uuid::from_u128(environment), Some(address.into()))
}

type Asked<'a> = Pin<Box<dyn Future<Output = Result<Checked, Failure>> + 'a>>;

/// Asks for hashes that nobody can have made yet: each takes milliseconds, and all of them are asked for before one is done.
fn ask(passwords: &Passwords, who: Claim, count: usize) -> (Vec<Asked<'_>>, usize) {
    let (mut waiting, mut busy) = (Vec::new(), 0);
    for _ in 0..count {
        let mut one: Asked<'_> = Box::pin(passwords.check(who, "", "x"));
        match one.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(failure)) => {
                assert_eq!(failure.reason(), Reason::PasswordHashBusy);
                assert_eq!(failure.into_refused().retry_after, Some(RETRY_SECONDS));
                busy += 1;
            }
            Poll::Ready(Ok(_)) => panic!("a hash takes longer"),
            Poll::Pending => waiting.push(one),
        }
    }
    (waiting, busy)
}

/// F1: PW-04. A flood is told to come back, and whoever else comes is done before it.
#[tokio::test]
async fn a_flood_is_told_to_come_back_and_keeps_nobody_else_waiting() {
    let passwords = Passwords::default();
    let (mut flood, busy) = ask(&passwords, claim(1, [192, 0, 2, 1]), 350);
    assert!((60..=350 - bounds().alone).contains(&busy), "{busy} of 350 were told to come back");
    let others = [claim(2, [192, 0, 2, 2]), claim(1, [192, 0, 2, 3]), claim(2, [192, 0, 2, 1])];
    for other in others {
        assert!(!passwords.check(other, "", "x").await.unwrap().right);
    }
    assert!(passwords.waiting() > 0, "it waits behind them");
    assert!(passwords.turned_away(Level::Source) >= busy as u64);
    // Whoever gave up is passed over, and whoever waits gets an answer.
    let patient = flood.swap_remove(0);
    drop(flood);
    assert!(!patient.await.unwrap_or_default().right);
}

/// F1: however many sources flood one environment, and however many environments one source floods.
#[tokio::test]
async fn neither_many_sources_nor_many_environments_are_a_way_around() {
    let passwords = Passwords::default();
    let mut held = Vec::new();
    for number in 0..100 {
        held.push(ask(&passwords, claim(1, [198, 51, 100, number]), 3).0);
        held.push(ask(&passwords, claim(u128::from(number) + 10, [192, 0, 2, 1]), 3).0);
    }
    assert!(passwords.waiting() <= bounds().environment + bounds().source);
    let began = passwords.waiting();
    assert!(!passwords.check(claim(2, [203, 0, 113, 9]), "", "x").await.unwrap().right);
    let served = began + 1 - passwords.waiting();
    assert!(served <= bounds().source + 8, "{served} were served first");
}

/// P8: every form in which other systems write a hash, against hashes that other programs made.
#[tokio::test]
async fn hashes_of_other_systems_are_checked() {
    let passwords = Passwords::default();
    for hash in FOREIGN {
        assert_eq!((Passwords::brought(hash), Passwords::is_dated(hash)), (Brought::Hash, true), "{hash}");
        assert!(is(&passwords, hash, "Migrated-Horse-7").await, "{hash}");
        assert!(!is(&passwords, hash, "Migrated-Horse-8").await, "{hash}");
    }
    // argon2's own reference, whose parameters are not today's, plain and in base64.
    let reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let in_base64 = base64::engine::Engine::encode(&base64::engine::general_purpose::STANDARD, reference);
    for hash in [reference.to_owned(), format!("{{ARGON2}}{reference}"), format!("{{ARGON2ID}}{in_base64}")] {
        assert!(is(&passwords, &hash, "password").await && Passwords::is_dated(&hash), "{hash}");
    }
    // bcrypt never looked at what comes after 72 octets.
    let long = "$2b$06$abcdefghijklmnopqrstuueHLWckpI7Ut91D6aWthlKy4VKsT9yUG";
    assert!(is(&passwords, long, &"x".repeat(80)).await && is(&passwords, long, &"x".repeat(72)).await);
    assert!(!is(&passwords, long, &"x".repeat(71)).await);
}

#[test]
fn what_is_no_hash_is_a_password() {
    for text in ["", "{", "{}", "{}x", "{curly}x", "{a b}x", "$", "$2b$", "$ecret$word$", "Correct horse 1!", "{x"] {
        assert_eq!(Passwords::brought(text), Brought::Password, "{text}");
    }
    let long = format!("{{SSHA512}}{}", "A".repeat(2_000));
    for text in [
        "{MD5}AAAA",
        "{crypt}x",
        "{SSHA}",
        "{SHA512}AAAA",
        "{WHIRLPOOL}AAAA",
        "{PBKDF2}",
        "{PBKDF2-MD5}1$c2FsdA$AA",
        &long,
    ] {
        assert_eq!(Passwords::brought(text), Brought::Unreadable, "{text}");
    }
}

/// P20: wrong passwords are told apart by what they hash to, and the right one leaves nothing.
#[tokio::test]
async fn a_wrong_password_has_a_print_of_its_own() {
    let passwords = Passwords::default();
    let hash = passwords.hash(NOBODY, &Zero, "Correct horse 1!").await.unwrap();
    let print = async |hash: &str, text: &str| passwords.check(NOBODY, hash, text).await.unwrap().print;
    let first = print(&hash, "wrong").await;
    assert!(first.is_some() && first == print(&hash, "wrong").await);
    assert_ne!(first, print(&hash, "Wrong").await);
    assert_eq!(
        (print(&hash, "Correct horse 1!").await, print(&hash, "\u{7}").await, print("", "x").await),
        (None, None, None)
    );
    let other = passwords.hash(NOBODY, &Zero, "Another horse 1!").await.unwrap();
    assert_eq!(print(&other, "wrong").await, first, "the same salt; a real one differs");
    for foreign in FOREIGN {
        assert!(print(foreign, "wrong").await.is_some());
    }
}

/// Of one password, made by libxcrypt and by Python's hashlib.
const FOREIGN: [&str; 22] = [
    "{BCRYPT}$2b$06$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "{BCRYPT}$2a$06$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "{CRYPT}$2y$06$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "$2b$06$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy",
    "{SSHA}Pq7jDNYaWUGGJ7NTLC8KjN78e/UxMjM0NTY3OA==",
    "{SSHA256}6fbb5OURiS+9kXZAhJiy6yuNnujhJcW8LgT7M3fpC4wxMjM0NTY3OA==",
    "{SSHA384}05HnX3CV+gXhAs5YW2KVSvVObZLO3gMiC07iEzwR0XzQkfK531W0F28T3S9B2hBgMTIzNDU2Nzg=",
    "{SSHA512}bWsTcqoRoMPxRNWoKPITmdX8hLFLBXmM5i8jl5ae3IJNlfB54Ic/TOaHCtGjRM7dE2uZ+vbtwLIYWEAlOF0usTEyMzQ1Njc4",
    "{PBKDF2}$pbkdf2-sha1$i=1000,l=20$c2FsdHNhbHRzYWx0c2FsdA$VEcmpVfaui+VKyoE44aio5Ug504",
    "$pbkdf2$1000$c2FsdHNhbHRzYWx0c2FsdA$VEcmpVfaui.VKyoE44aio5Ug504",
    "{PBKDF2}1000$c2FsdHNhbHRzYWx0c2FsdA$VEcmpVfaui.VKyoE44aio5Ug504",
    "{PBKDF2}1000:VEcmpVfaui+VKyoE44aio5Ug505zYWx0c2FsdHNhbHRzYWx0",
    "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$ta0QnCuius6xTz42FHlJ3606HiIiusc7OJ+3TvBBhCU",
    "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0c2FsdA$ta0QnCuius6xTz42FHlJ3606HiIiusc7OJ.3TvBBhCU",
    "{PBKDF2-SHA512}1000$c2FsdHNhbHRzYWx0c2FsdA$0emogbGIobLOhzHb9zZwxfVRLynk1hFXDoJkxPP2uMEQhS8WC4laAk/7Da92ojeAoBoAaKsJ9wD3Qgh9xsQ7Ug",
    "{PBKDF2-HMAC-SHA256}1000:ta0QnCuius6xTz42FHlJ3606HiIiusc7OJ+3TvBBhCVzYWx0c2FsdHNhbHRzYWx0",
    "{PBKDF2-HMAC-SHA512}1000:0emogbGIobLOhzHb9zZwxfVRLynk1hFXDoJkxPP2uMEQhS8WC4laAk/7Da92ojeAoBoAaKsJ9wD3Qgh9xsQ7UnNhbHRzYWx0c2FsdHNhbHQ=",
    "{PBKDF2}pbkdf2_sha256$1000$textsalt$UWrGkbuu3ebqZAYW0yWjqlsNd3DVzfuu1WC71xhjy0k=",
    "{SCRYPT}$scrypt$ln=12,r=8,p=1$c2l4dGVlbi1vY3RldHMhIQ$NTHWUlfEndkzbGhMErXfF7w1eQhDXFJ1O63f3BF7Ucn34k0QdHvwxjEPZomHFlCyPSIsu7pZRX5NqXiRgsDOPQ",
    "{SALTED-SHA1}EWjy/Rmnw8NnroVplv+qh/59tlYxMjM0NTY3OA==",
    "{SALTED-SHA256}VVzM+LCoDGsQMf0dIUHtlmAzIEA9DIJV+DHMPxVjJIgxMjM0NTY3OA==",
    "{SALTED-SHA512}4ZlPInBjim5/dFnG6Ytc/sPQR59PPK5dWMb7kno+QTqEyoriEIBsCZqDcTvydf8YzrDYNh1lwAWOVJ+EHBN9izEyMzQ1Njc4",
];
