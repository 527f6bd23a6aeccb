//! Signing keys of several kinds on the command line.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use program::{Program, run};

const ENVIRONMENT: &str = "25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e";

/// The keys of algorithms that applications choose are a line of their own beside the environment's.
#[test]
fn a_chosen_kind_of_key_is_listed_and_replaced() {
    let place = tempfile::tempdir().unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--management-listen", "off"];
    let serving = Program::start(place.path(), &serve, &[("GRANTOR_ADMIN_ENVIRONMENT_ID", ENVIRONMENT)]);
    serving.wait_for_log("serving");
    assert_eq!(serving.terminate(), 0);
    let keys = |more: &[&str]| run(place.path(), &[&["keys"], more].concat());
    let rotate = |more: &[&str]| keys(&[&["rotate", "--environment", ENVIRONMENT], more].concat());
    let first = rotate(&["--chosen", "PS256", "--now"]);
    assert_eq!(first.code, 0, "{}", first.errors);
    let waiting = rotate(&["--chosen", "PS256"]);
    assert!(waiting.code == 0 && waiting.errors.contains("signs from about"), "{}", waiting.errors);
    // The environment's own line is not waited for.
    let own = rotate(&[]);
    assert_eq!(own.code, 0, "{}", own.errors);
    let listed = keys(&["list", "--environment", ENVIRONMENT]).output;
    let line = |id: &str| listed.lines().find(|line| line.starts_with(id.trim())).unwrap_or_default().to_owned();
    assert!(line(&first.output).contains("PS256     active  chosen by applications"), "{listed}");
    assert!(line(&waiting.output).contains("PS256     next  chosen by applications"), "{listed}");
    assert!(line(&own.output).ends_with("RS256     next"), "{listed}");
    assert_eq!(listed.lines().count(), 4, "{listed}");
    for (wrong, told) in [(&["--chosen", "HS256"][..], "--chosen HS256 is not right"), (&["--alg", "x"], "--alg x")] {
        let ended = rotate(wrong);
        assert!(ended.code != 0 && ended.errors.contains(told), "{} {}", ended.code, ended.errors);
    }
    assert_ne!(rotate(&["--chosen", "PS256", "--alg", "ES256"]).code, 0);
    // MD-07: one that leaked goes, and what signs in its place is told.
    let revoke = |kid: &str| keys(&["revoke", "--environment", ENVIRONMENT, "--kid", kid.trim()]);
    let revoked = revoke(&first.output);
    assert_eq!((revoked.code, revoked.output.trim().len()), (0, 36), "{}", revoked.errors);
    let listed = keys(&["list", "--environment", ENVIRONMENT]).output;
    assert!(!listed.contains(first.output.trim()) && !listed.contains(waiting.output.trim()), "{listed}");
    assert!(
        listed.contains(&format!("{}  PS256     active  chosen by applications", revoked.output.trim())),
        "{listed}"
    );
    let gone = revoke(&own.output);
    assert_eq!((gone.code, gone.output.as_str()), (0, ""), "{}", gone.errors);
    let again = revoke(&own.output);
    assert!(again.code != 0 && again.errors.contains("no such key"), "{}", again.errors);
}
