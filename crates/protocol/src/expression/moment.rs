//! `#datetime`: points in time, in UTC, as texts of ISO 8601. What is no time makes nothing: null.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};
use serde_json::Value;

use super::Failed;
use super::function::Given;

#[expect(clippy::unnecessary_wraps, reason = "a function as the others")]
pub(super) fn now(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.now.to_string().into())
}

/// `format(time, pattern)`, the pattern in Java's letters.
pub(super) fn format(given: &mut Given<'_>) -> Result<Value, Failed> {
    let pattern = given.text(1)?.ok_or(Failed("the pattern is missing"))?;
    let Some(time) = time(given, 0)? else { return Ok(Value::Null) };
    let (mut made, mut rest) = (String::new(), pattern);
    while let Some(letter) = rest.chars().next() {
        given.budget.step()?;
        if letter == '\'' {
            rest = literal(&rest[1..], &mut made)?;
            continue;
        }
        let length = rest.chars().take_while(|other| *other == letter).count();
        if letter.is_ascii_alphabetic() {
            put(time, letter, length, &mut made)?;
        } else {
            made.extend(std::iter::repeat_n(letter, length));
        }
        rest = &rest[length * letter.len_utf8()..];
    }
    Ok(made.into())
}

/// What stands between quotes; the quote itself is written as two.
fn literal<'a>(rest: &'a str, made: &mut String) -> Result<&'a str, Failed> {
    let length = rest.find('\'').ok_or(Failed("the quote has no end"))?;
    made.push_str(if length == 0 { "'" } else { &rest[..length] });
    Ok(&rest[length + 1..])
}

fn put(time: DateTime, letter: char, length: usize, made: &mut String) -> Result<(), Failed> {
    let twelve = (i64::from(time.hour()) + 11) % 12 + 1;
    let (number, name) = match letter {
        'y' | 'u' if length == 2 => (i64::from(time.year()).rem_euclid(100), None),
        'y' | 'u' => (i64::from(time.year()), None),
        'M' | 'L' if length >= 3 => (0, Some(if length == 3 { "%b" } else { "%B" })),
        'M' | 'L' => (i64::from(time.month()), None),
        'd' => (i64::from(time.day()), None),
        'D' => (i64::from(time.day_of_year()), None),
        'E' => (0, Some(if length <= 3 { "%a" } else { "%A" })),
        'a' => (0, Some("%p")),
        'H' => (i64::from(time.hour()), None),
        'h' => (twelve, None),
        'm' => (i64::from(time.minute()), None),
        's' => (i64::from(time.second()), None),
        'S' => {
            let digits = format!("{:09}", time.subsec_nanosecond());
            made.push_str(digits.get(..length).ok_or(Failed("a second has nine digits"))?);
            return Ok(());
        }
        'X' | 'Z' => (0, Some(if letter == 'X' { "Z" } else { "+0000" })),
        'z' | 'V' => (0, Some("UTC")),
        _ => return Err(Failed("the pattern has a letter that means nothing here")),
    };
    if length > 9 {
        return Err(Failed("the pattern repeats a letter too often"));
    }
    match name {
        Some(name) => made.push_str(&time.strftime(name).to_string()),
        // Writing into a text cannot fail.
        None => _ = write!(made, "{number:0length$}"),
    }
    Ok(())
}

pub(super) fn add_seconds(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_seconds(count))
}

pub(super) fn add_minutes(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_minutes(count))
}

pub(super) fn add_hours(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_hours(count))
}

pub(super) fn add_days(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_days(count))
}

pub(super) fn add_weeks(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_weeks(count))
}

pub(super) fn add_months(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_months(count))
}

pub(super) fn add_years(given: &mut Given<'_>) -> Result<Value, Failed> {
    add(given, |count| Span::new().try_years(count))
}

fn add(given: &Given<'_>, span: fn(i64) -> Result<Span, jiff::Error>) -> Result<Value, Failed> {
    let count = given.integer(1)?;
    let Some(time) = time(given, 0)? else { return Ok(Value::Null) };
    let later = span(count).and_then(|span| time.checked_add(span)).ok();
    Ok(later.map_or(Value::Null, |later| later.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into()))
}

/// Whole seconds since the epoch.
pub(super) fn to_unix_timestamp(given: &mut Given<'_>) -> Result<Value, Failed> {
    let stamp = time(given, 0)?.and_then(|time| Offset::UTC.to_timestamp(time).ok());
    Ok(stamp.map_or(Value::Null, |stamp| stamp.as_second().into()))
}

pub(super) fn is_before(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(matches!((time(given, 0)?, time(given, 1)?), (Some(one), Some(other)) if one < other).into())
}

pub(super) fn is_after(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(matches!((time(given, 0)?, time(given, 1)?), (Some(one), Some(other)) if one > other).into())
}

fn time(given: &Given<'_>, at: usize) -> Result<Option<DateTime>, Failed> {
    Ok(given.text(at)?.and_then(read))
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
    padded.parse::<Timestamp>().ok().map(|stamp| Offset::UTC.to_datetime(stamp))
}
