use super::Time;

#[test]
fn a_time_is_written_with_milliseconds_and_z() {
    assert_eq!(Time(1_776_817_799_348_999).to_string(), "2026-04-22T00:29:59.348Z");
    assert_eq!(Time::from_secs(0).to_string(), "1970-01-01T00:00:00.000Z");
    assert_eq!(Time(-1).to_string(), "1969-12-31T23:59:59.999Z");
    assert_eq!(Time::from_secs(951_782_400).to_string(), "2000-02-29T00:00:00.000Z");
    assert_eq!(Time::from_secs(253_402_300_799).to_string(), "9999-12-31T23:59:59.000Z");
    assert_eq!(Time(i64::MAX).to_string(), "1970-01-01T00:00:00.000Z");
}

#[test]
fn what_is_written_is_read() {
    for day in 0..40_000 {
        let time = Time::from_secs(day * 86_400 + day % 86_400);
        assert_eq!(Time::parse(&time.to_string()), Some(time));
    }
}

#[test]
fn an_offset_counts() {
    let time = Some(Time(1_776_817_799_348_000));
    for text in [
        "2026-04-22T00:29:59.348Z",
        "2026-04-22T02:29:59.348+02:00",
        "2026-04-21T20:29:59.3480009-04:00",
        "2026-04-22t00:29:59.348z",
    ] {
        assert_eq!(Time::parse(text), time, "{text}");
    }
}

#[test]
fn what_is_no_time_is_none() {
    for bad in [
        "",
        "tomorrow",
        "2026-04-22",
        "2026-04-22T00:29:59",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "1969-12-31T23:59:59Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00.12345\u{b5}Z",
        "2026-01-01T00:00:00.-2Z",
        // RFC 3339 §5.6: a point is followed by a digit.
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+2:00",
        "2026-1-01T00:00:00Z",
        // It would be read back as the epoch.
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
    ] {
        assert_eq!(Time::parse(bad), None, "{bad}");
    }
}
