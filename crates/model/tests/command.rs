//! What the command takes, and when it fails.

#![expect(clippy::unwrap_used, reason = "what is assumed of the command must fail the test")]

use std::process::Command;

/// Whether it succeeded, and what it said.
fn model(words: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_model")).args(words).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_whole_exploration_of_what_is_named_succeeds() {
    let (succeeded, told) = model(&["sign-on-device", "refresh-grace-public"]);
    assert!(succeeded, "{told}");
    assert!(told.contains("2 scenarios, ") && told.contains("sign-on-device ") && !told.contains("families"), "{told}");
}

#[test]
fn what_no_time_was_left_for_is_a_failure() {
    let (succeeded, told) = model(&["deep", "seconds=0"]);
    assert!(!succeeded, "{told}");
    assert!(
        told.contains("error: codes was cut after ") && told.contains("error: sign-on-end was cut after "),
        "{told}"
    );
    assert!(!told.contains("keys"), "what has no more states than in the tests is left to them: {told}");
}

#[test]
fn a_word_that_says_nothing_is_an_error() {
    for word in ["seconds=abc", "seconds=", "seconds=-1", "nosuch"] {
        let (succeeded, told) = model(&["deep", "codes-public", word]);
        assert!(!succeeded && told.starts_with("error: "), "{word}: {told}");
    }
}
