//! `protocol::time` against the reader of another library (`jiff`): what is accepted is the same moment there, and what is written
//! is read again.

use protocol::time::Time;

pub fn check(text: &str) {
    let Some(time) = Time::parse(text) else { return };
    // A leap second is the one after it here, and the one before it there (RFC 3339 §5.7).
    let clock = text.get(11..19).expect("a date and a clock");
    // The other one ends 26 hours earlier.
    if !clock.ends_with(":60") && time.secs() < 253_402_207_200 {
        let other: jiff::Timestamp = text.parse().expect("accepted here");
        assert_eq!(other.as_microsecond(), time.0);
    }
    let written = time.to_string();
    let within = (0..=253_402_300_799_999).contains(&time.millis());
    assert_eq!(written.len(), "2026-04-22T00:29:59.348Z".len());
    assert!(!within || Time::parse(&written) == Some(time.to_millis()), "{written}");
}
