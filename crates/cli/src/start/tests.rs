use std::process::Command;

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

const FORMAT: &str = "PANICS_IN_FORMAT";
