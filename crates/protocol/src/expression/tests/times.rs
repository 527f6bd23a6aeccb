//! Times at the ends of what is known of them.

use serde_json::{Value, json};

use super::of;

/// Years have four digits, and all of them are times (RFC 3339 §5.6).
#[test]
fn the_last_day_of_the_calendar_is_a_day() {
    let last = "'9999-12-31T23:59:59.999Z'";
    for (expression, value) in [
        ("#datetime.compare('9999-12-31T23:59:59Z', '2021-01-01T00:00:00Z')", json!(1)),
        ("#datetime.compare('9999-12-31T23:59:59Z', null)", json!(1)),
        ("#datetime.getYear('9999-12-31T23:59:59Z')", json!(9999)),
        ("#datetime.getYear('0001-01-01T00:00:00Z')", json!(1)),
        ("#datetime.addYears('0001-01-01T00:00:00Z', 9998)", json!("9999-01-01T00:00:00.000Z")),
        ("#datetime.addSeconds(LAST, 1)", Value::Null),
        ("#datetime.addHours('9999-12-31T23:30:00-00:30', 0)", Value::Null),
        ("#datetime.addHours('9999-12-31T23:29:59-00:30', 0)", json!("9999-12-31T23:59:59.000Z")),
        ("#datetime.toDate(LAST)", json!("9999-12-31Z")),
        ("#datetime.toUnixTimestamp(LAST)", json!(253_402_300_799_i64)),
        ("#datetime.toUnixTimestamp('0001-01-01T00:00:00Z')", json!(-62_135_596_800_i64)),
        ("#datetime.toUnixTimestamp('1969-12-31T23:59:59.500Z')", json!(-1)),
        ("#datetime.fromUnixTimestamp(253402300799L)", json!("9999-12-31T23:59:59.000Z")),
        ("#datetime.fromUnixTimestamp(253402300800L)", Value::Null),
        ("#datetime.format(LAST, 'yyyy-MM-dd HH:mm:ss.SSS XXX z')", json!("9999-12-31 23:59:59.999 Z UTC")),
        ("#datetime.format(LAST, 'YYYY w')", json!("10000 1")),
        ("#datetime.toDateTimeInTimezone(LAST, 'America/New_York', null)", json!("9999-12-31T18:59:59.999-0500")),
        ("#datetime.toDateTimeInTimezone(LAST, '-0030', 'HH:mm xxx')", json!("23:29 -00:30")),
        ("#datetime.toDateTimeInTimezone(LAST, '+0030', null)", Value::Null),
        ("#datetime.parse('9999-12-31 23:59:59', 'yyyy-MM-dd HH:mm:ss')", json!("9999-12-31T23:59:59.000Z")),
        ("#datetime.parse('9999-12-31 23:59 -00:30', 'yyyy-MM-dd HH:mm xxx')", Value::Null),
        ("#datetime.parse('9999-12-31 23:59 +00:30', 'yyyy-MM-dd HH:mm xxx')", json!("9999-12-31T23:29:00.000Z")),
    ] {
        let expression = expression.replace("LAST", last);
        assert_eq!(of(&expression), value, "{expression}");
    }
}

/// Java's `DateTimeFormatter`, letter `O`: hours without a nought before them, with minutes and seconds where there are any.
#[test]
fn an_offset_below_an_hour_keeps_its_sign() {
    for (zone, short, long) in [
        ("-00:30", "GMT-0:30", "GMT-00:30"),
        ("+00:30", "GMT+0:30", "GMT+00:30"),
        ("-03:30", "GMT-3:30", "GMT-03:30"),
        ("+05:30:15", "GMT+5:30:15", "GMT+05:30:15"),
        ("-08:00", "GMT-8", "GMT-08:00"),
        ("+00:00", "GMT", "GMT"),
    ] {
        let shown = of(&format!("#datetime.toDateTimeInTimezone('2023-07-01T00:00:00Z', '{zone}', 'O/OOOO')"));
        assert_eq!(shown, json!(format!("{short}/{long}")), "{zone}");
        let read = of(&format!("#datetime.parse('2023-07-01 12:00 {short}', 'yyyy-MM-dd HH:mm O')"));
        let again = of(&format!("#datetime.parse('2023-07-01 12:00 {long}', 'yyyy-MM-dd HH:mm OOOO')"));
        assert_eq!(read, again, "{zone}");
    }
    assert_eq!(
        of("#datetime.parse('2023-07-01 12:00 GMT-0:30', 'yyyy-MM-dd HH:mm O')"),
        json!("2023-07-01T12:30:00.000Z")
    );
}

/// Of two times that a clock shows the first, and of one that it leaves out the one by the clock before (Java's `ZonedDateTime`).
#[test]
fn clocks_that_are_put_forward_and_back_are_read_as_before() {
    for (written, utc) in [
        ("2023-03-26 02:30", "2023-03-26T01:30:00.000Z"),
        ("2023-10-29 02:30", "2023-10-29T00:30:00.000Z"),
        ("2023-07-01 02:30", "2023-07-01T00:30:00.000Z"),
    ] {
        let read = of(&format!("#datetime.parse('{written}', 'yyyy-MM-dd HH:mm', {{'zoneid': 'Europe/Paris'}})"));
        assert_eq!(read, json!(utc), "{written}");
    }
}
