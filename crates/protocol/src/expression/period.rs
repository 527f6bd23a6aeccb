//! What lies between two dates, in whole parts of the calendar. The time of the day says nothing.

#![expect(clippy::unnecessary_wraps, reason = "functions of one type")]

use std::fmt::Write as _;

use jiff::Span;
use jiff::civil::Date;
use serde_json::Value;

use super::Failed;
use super::function::Given;
use super::moment::time;

pub(super) fn days(given: &mut Given<'_>) -> Result<Value, Failed> {
    between(given, |one, other| (days_of(one, other)).into())
}

pub(super) fn weeks(given: &mut Given<'_>) -> Result<Value, Failed> {
    between(given, |one, other| (days_of(one, other) / 7).into())
}

pub(super) fn months(given: &mut Given<'_>) -> Result<Value, Failed> {
    between(given, |one, other| months_and_days(one, other).0.into())
}

pub(super) fn years(given: &mut Given<'_>) -> Result<Value, Failed> {
    between(given, |one, other| (months_and_days(one, other).0 / 12).into())
}

/// `P1Y1M10D`: a part below zero has its own sign.
pub(super) fn whole(given: &mut Given<'_>) -> Result<Value, Failed> {
    between(given, |one, other| {
        let (months, days) = months_and_days(one, other);
        let mut text = String::from("P");
        for (count, letter) in [(months / 12, 'Y'), (months % 12, 'M'), (days, 'D')] {
            if count != 0 {
                // Writing into a text cannot fail.
                _ = write!(text, "{count}{letter}");
            }
        }
        if text.len() == 1 { "P0D".into() } else { text.into() }
    })
}

fn between(given: &Given<'_>, tell: fn(Date, Date) -> Value) -> Result<Value, Failed> {
    Ok(match (time(given, 0), time(given, 1)) {
        (Some(one), Some(other)) => tell(one.date(), other.date()),
        _ => given.value(2).clone(),
    })
}

fn days_of(one: Date, other: Date) -> i64 {
    one.until(other).map_or(0, |span| span.get_days().into())
}

/// The whole months, and the days that are left, both of one sign.
fn months_and_days(one: Date, other: Date) -> (i64, i64) {
    let of = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    let (months, days) = (of(other) - of(one), i64::from(other.day()) - i64::from(one.day()));
    if months > 0 && days < 0 {
        let months = months - 1;
        let reached = Span::new().try_months(months).and_then(|span| one.checked_add(span)).unwrap_or(other);
        (months, days_of(reached, other))
    } else if months < 0 && days > 0 {
        (months + 1, days - i64::from(other.days_in_month()))
    } else {
        (months, days)
    }
}
