//! `#datetime`: points in time, in UTC, as texts of ISO 8601, up to the last second of the year 9999. What is no time makes nothing: null, or -1 where a number is asked for.

#![expect(clippy::unnecessary_wraps, reason = "functions of one type")]

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use serde_json::Value;

use super::Failed;
use super::date_pattern::DatePattern;
use super::function::{Function, Given, function};
use super::text::order;
use super::zone::{self, Shown};
use super::{date_reading, period};

pub(super) const FUNCTIONS: &[Function] = &[
    function("now", "", "text", "the present", now),
    function(
        "addDays",
        "date: text, days: whole",
        "text",
        "so many days later, before for a number below zero",
        add_days,
    ),
    function(
        "addMonths",
        "date: text, months: whole",
        "text",
        "the same by months, at most to the end of the month",
        add_months,
    ),
    function("addYears", "date: text, years: whole", "text", "the same by years", add_years),
    function("addHours", "date: text, hours: whole", "text", "the same by hours", add_hours),
    function("addMinutes", "date: text, minutes: whole", "text", "the same by minutes", add_minutes),
    function("addSeconds", "date: text, seconds: whole", "text", "the same by seconds", add_seconds),
    function("getDayOfMonth", "date: text", "whole", "the day of its month, from 1", day_of_month),
    function("getMonth", "date: text", "whole", "its month, from 1", month),
    function("getYear", "date: text", "whole", "its year", year),
    function("getHour", "date: text", "whole", "its hour, from 0", hour),
    function("getMinute", "date: text", "whole", "its minute, from 0", minute),
    function("getSecond", "date: text", "whole", "its second, from 0", second),
    function(
        "toDateTime",
        "year: whole, month: whole, day: whole, hour: whole, minute: whole, second: whole",
        "text",
        "the time of these parts; null where there is none",
        to_date_time,
    ),
    function("toDate", "date: text", "text", "its day, such as `2021-02-28Z`", to_date),
    function(
        "toTime",
        "date: text",
        "text",
        "its time of the day, such as `23:59:59Z`, with milliseconds where it has any",
        to_time,
    ),
    function(
        "format",
        "date: text, pattern: date pattern",
        "text",
        "as the pattern says; null where the pattern is none",
        format,
    ),
    function(
        "compare",
        "one: text, other: text",
        "whole",
        "-1 where the first is earlier, 1 where it is later, 0 where they are the same; null is the earliest",
        compare,
    ),
    function(
        "daysBetween",
        "one: text, other: text, otherwise: number",
        "number",
        "the days from one date to the other",
        period::days,
    ),
    function("weeksBetween", "one: text, other: text, otherwise: number", "number", "the whole weeks", period::weeks),
    function(
        "monthsBetween",
        "one: text, other: text, otherwise: number",
        "number",
        "the whole months",
        period::months,
    ),
    function("yearsBetween", "one: text, other: text, otherwise: number", "number", "the whole years", period::years),
    function(
        "periodBetween",
        "one: text, other: text, otherwise: text",
        "text",
        "the years, months and days, such as `P1Y1M10D`, and `P0D` for none",
        period::whole,
    ),
    function(
        "toUnixTimestamp",
        "date: text",
        "whole",
        "the whole seconds since 1970-01-01T00:00:00Z",
        to_unix_timestamp,
    ),
    function("fromUnixTimestamp", "seconds: number", "text", "the time of so many seconds", from_unix_timestamp),
    function(
        "parse",
        "input: text, pattern: date pattern, options?: value",
        "text",
        "the time that the text is, written as the pattern says. Without a zone of its own it is in `zoneid` of the options, an object, or \
         in UTC; without a time of the day at its beginning",
        parse,
    ),
    function(
        "toDateTimeInTimezone",
        "date: text, timezone: text, pattern: date pattern",
        "text",
        "in a zone, such as `Europe/Paris` or `+0100`, as the pattern says. Of null: `yyyy-MM-dd'T'HH:mm:ssZ`, with milliseconds where it \
         has any or the zone is an offset",
        in_zone,
    ),
];

fn now(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.now.to_string().into())
}

fn add_seconds(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_seconds(count))
}

fn add_minutes(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_minutes(count))
}

fn add_hours(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_hours(count))
}

fn add_days(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_days(count))
}

fn add_months(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_months(count))
}

fn add_years(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_years(count))
}

fn add(given: &Given<'_>, span: fn(i64) -> Result<Span, jiff::Error>) -> Result<Value, Failed> {
    let later = time(given, 0).and_then(|time| time.checked_add(span(given.whole(1)).ok()?).ok());
    Ok(written(later))
}

/// As every time is written here, with three digits of a second.
fn written(time: Option<DateTime>) -> Value {
    time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()).into()
}

fn day_of_month(given: &mut Given<'_>) -> Result<Value, Failed> {
    part(given, |time| time.day().into())
}

fn month(given: &mut Given<'_>) -> Result<Value, Failed> {
    part(given, |time| time.month().into())
}

fn year(given: &mut Given<'_>) -> Result<Value, Failed> {
    part(given, |time| time.year().into())
}

fn hour(given: &mut Given<'_>) -> Result<Value, Failed> {
    part(given, |time| time.hour().into())
}

fn minute(given: &mut Given<'_>) -> Result<Value, Failed> {
    part(given, |time| time.minute().into())
}

fn second(given: &mut Given<'_>) -> Result<Value, Failed> {
    part(given, |time| time.second().into())
}

fn part(given: &Given<'_>, of: fn(DateTime) -> i64) -> Result<Value, Failed> {
    Ok(time(given, 0).map_or(-1, of).into())
}

fn to_date_time(given: &mut Given<'_>) -> Result<Value, Failed> {
    let small = |at: usize| i8::try_from(given.whole(at)).ok();
    let made = || {
        let date = Date::new(i16::try_from(given.whole(0)).ok()?, small(1)?, small(2)?).ok()?;
        Some(date.to_datetime(jiff::civil::Time::new(small(3)?, small(4)?, small(5)?, 0).ok()?))
    };
    Ok(written(made()))
}

fn to_date(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(time(given, 0).map(|time| time.strftime("%Y-%m-%dZ").to_string()).into())
}

fn to_time(given: &mut Given<'_>) -> Result<Value, Failed> {
    let shown = |time: DateTime| if time.millisecond() == 0 { "%H:%M:%SZ" } else { "%H:%M:%S%.3fZ" };
    Ok(time(given, 0).map(|time| time.strftime(shown(time)).to_string()).into())
}

fn format(given: &mut Given<'_>) -> Result<Value, Failed> {
    let pattern = given.text(1).and_then(|pattern| DatePattern::read(pattern).ok());
    let (Some(time), Some(pattern)) = (time(given, 0), pattern) else { return Ok(Value::Null) };
    by(given, &pattern, Shown::of(time, TimeZone::UTC))
}

/// A time as a pattern says, each of whose parts is a step.
fn by(given: &mut Given<'_>, pattern: &DatePattern, time: Option<Shown>) -> Result<Value, Failed> {
    given.budget.go(pattern.items.len())?;
    let written = |time| {
        let mut made = String::new();
        pattern.write(&time, &mut made);
        made
    };
    Ok(time.map(written).into())
}

fn compare(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(order(time(given, 0).cmp(&time(given, 1))))
}

/// What has begun of a second before the epoch is one, as in Java.
fn to_unix_timestamp(given: &mut Given<'_>) -> Result<Value, Failed> {
    let since = time(given, 0).map(|time| time.duration_since(EPOCH));
    Ok(since.map(|since| since.as_secs() - i64::from(since.subsec_nanos() < 0)).into())
}

fn from_unix_timestamp(given: &mut Given<'_>) -> Result<Value, Failed> {
    let seconds = given.value(0).as_i64().or_else(|| given.value(0).as_f64().map(|seconds| seconds as i64));
    Ok(written(seconds.and_then(|seconds| EPOCH.checked_add(SignedDuration::from_secs(seconds)).ok())))
}

const EPOCH: DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);

fn parse(given: &mut Given<'_>) -> Result<Value, Failed> {
    let pattern = given.text(1).and_then(|pattern| DatePattern::read(pattern).ok());
    let otherwise = match given.value(2).get("zoneid") {
        None | Some(Value::Null) => Some(TimeZone::UTC),
        Some(id) => id.as_str().and_then(zone::zone),
    };
    let (Some(text), Some(pattern), Some(otherwise)) = (given.text(0), pattern, otherwise) else {
        return Ok(Value::Null);
    };
    given.budget.take(text.len())?;
    given.budget.go(pattern.items.len())?;
    Ok(written(date_reading::read(&pattern, text, otherwise)))
}

fn in_zone(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(time), Some(id)) = (time(given, 0), given.text(1)) else { return Ok(Value::Null) };
    let Some(time) = zone::zone(id).and_then(|zone| Shown::of(time, zone)) else { return Ok(Value::Null) };
    let Some(pattern) = given.text(2) else {
        // As PingOne's examples have it: a region shows what there is of a second, an offset always does.
        let is_region = time.zone.iana_name().is_some();
        let shown =
            if is_region && time.civil.millisecond() == 0 { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%S%.3f" };
        return Ok((time.civil.strftime(shown).to_string() + &zone::written_offset(time.offset, 4)).into());
    };
    let Ok(pattern) = DatePattern::read(pattern) else { return Ok(Value::Null) };
    by(given, &pattern, Some(time))
}

pub(super) fn time(given: &Given<'_>, at: usize) -> Option<DateTime> {
    given.text(at).and_then(read)
}

/// A time with `Z` or an offset, of which the first nought may be left out, or a date with `Z`.
fn read(text: &str) -> Option<DateTime> {
    if let Ok(date) = text.strip_suffix('Z').unwrap_or(text).parse::<Date>()
        && !text.contains('T')
    {
        return Some(date.into());
    }
    let clock = text.find('T')?;
    let padded = match text[clock..].rfind(['+', '-']).map(|sign| clock + sign + 1) {
        Some(offset) if text.len() - offset == 3 => format!("{}0{}", &text[..offset], &text[offset..]),
        _ => text.to_owned(),
    };
    let pieces = Pieces::parse(&padded).ok()?;
    zone::before(pieces.date().to_datetime(pieces.time()?), pieces.to_numeric_offset()?)
}
