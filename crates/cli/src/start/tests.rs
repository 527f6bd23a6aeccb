use std::process::Command;

use super::{Exit, Failure, Reason, StoreError, failed, unavailable};

/// LG-05: whatever a panic says of the request stays out of the log, in both formats and with every backtrace setting. The hook
/// and the log belong to a whole process, so this test runs itself in others, which are told the format.
#[test]
fn a_panic_says_where_and_not_what() {
    if let Ok(format) = std::env::var(FORMAT) {
        return panics_on_purpose(format == "json");
    }
    for (format, backtrace) in [("text", "0"), ("json", "full")] {
        let own = std::env::current_exe().unwrap();
        let mut child = Command::new(own);
        child.args(["--exact", "start::tests::a_panic_says_where_and_not_what", "--nocapture", "--test-threads=1"]);
        let ended =
            child.env(FORMAT, format).env("RUST_BACKTRACE", backtrace).env("RUST_LOG", "trace").output().unwrap();
        let written = [ended.stdout, ended.stderr].concat();
        let written = String::from_utf8(written).unwrap();
        assert!(written.contains("1 passed"), "{written}");
        assert_eq!(written.matches("panicked").count(), 3, "{written}");
        assert!(written.contains("start/tests.rs"), "where: {written}");
        assert!(!written.contains("hunter2"), "{written}");
    }
}

/// Panics as a handler and as a thread would, with the hook that the server has.
fn panics_on_purpose(json: bool) {
    super::log(json);
    let secret = std::hint::black_box("hunter2");
    let formatted = std::thread::spawn(move || panic!("cannot read client_secret={secret}"));
    assert!(formatted.join().is_err());
    let unwrapped = std::thread::spawn(move || {
        std::str::from_utf8(secret.as_bytes()).unwrap().parse::<u8>().map_err(|_| secret).unwrap()
    });
    assert!(unwrapped.join().is_err());
    let typed = std::thread::spawn(move || std::panic::panic_any(secret));
    assert!(typed.join().is_err());
}

/// H11: what only a change of the configuration or of the program mends is told from what may mend itself.
#[test]
fn a_database_that_cannot_be_used_is_not_tried_again() {
    let told = |error: StoreError| unavailable("postgres://u:hidden@h/d", &error);
    let checksum = "migration 1 was applied with another text".to_owned();
    assert!(
        matches!(told(StoreError::Corrupt(checksum)), Exit::Configuration(why) if why.contains("migration 1") && !why.contains("hidden"))
    );
    assert!(matches!(told(StoreError::Unsuitable("the server refuses it".into())), Exit::Configuration(_)));
    assert!(matches!(told(StoreError::Unavailable("away".into())), Exit::Unavailable(_)));
}

/// H11: what the start makes of a database is tried again where the database went away, or another process was first.
#[test]
fn a_start_is_tried_again_where_that_may_help() {
    let told = |failure: Failure| failed("the start failed", &failure);
    assert!(matches!(told(Failure::Unavailable), Exit::Unavailable(_)));
    assert!(matches!(told(Reason::StateChanged.into()), Exit::Unavailable(_)));
    assert!(matches!(told(Failure::Bug("a row")), Exit::Failure(_)));
}

const FORMAT: &str = "PANICS_IN_FORMAT";
