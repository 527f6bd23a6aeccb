//! Times in texts that are written by a pattern of dates.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::date_pattern::{DAYS, DatePattern, Item, MONTHS, QUARTERS};
use super::zone::{in_utc, named, read_offset, zone};

/// What was found of a time.
#[derive(Clone, Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    /// From Sunday, 0.
    weekday: Option<i64>,
    hour: Option<i64>,
    /// Of half a day, from 0.
    half_hour: Option<i64>,
    afternoon: Option<bool>,
    minute: Option<i64>,
    second: Option<i64>,
    nanosecond: Option<i64>,
    before_christ: bool,
    zone: Option<TimeZone>,
}

/// The time, in UTC, that all of a text is; nothing where it is none, or has no day. What has no zone is in `otherwise`.
pub(super) fn read(pattern: &DatePattern, text: &str, otherwise: TimeZone) -> Option<DateTime> {
    let mut parts = Parts::default();
    let rest = items(&pattern.items, text, &mut parts)?;
    if !rest.is_empty() {
        return None;
    }
    let zone = parts.zone.take().unwrap_or(otherwise);
    in_utc(parts.date()?.to_datetime(parts.time()?), &zone)
}

fn items<'t>(all: &[Item], text: &'t str, parts: &mut Parts) -> Option<&'t str> {
    let (mut at, mut rest) = (0, text);
    while let Some(item) = all.get(at) {
        at += 1;
        match item {
            Item::Text(text) => rest = rest.strip_prefix(text.as_str())?,
            Item::Field(letter, count) => rest = field((*letter, *count), &all[at..], rest, parts)?,
            Item::Open => {
                let end = closed(all, at);
                let mut tried = parts.clone();
                if let Some(behind) = items(&all[at..end], rest, &mut tried) {
                    (*parts, rest) = (tried, behind);
                }
                at = end + 1;
            }
            Item::Close => {}
        }
    }
    Some(rest)
}

/// Where the bracket closes that was opened before `at`.
fn closed(all: &[Item], at: usize) -> usize {
    let mut depth = 1;
    for (place, item) in all.iter().enumerate().skip(at) {
        match item {
            Item::Open => depth += 1,
            Item::Close => depth -= 1,
            Item::Field(..) | Item::Text(_) => {}
        }
        if depth == 0 {
            return place;
        }
    }
    all.len()
}

/// How many digits a field has: at least, and at most. None: it is no number.
fn digits(letter: char, count: usize) -> Option<(usize, usize)> {
    match (letter, count) {
        ('u' | 'y' | 'D' | 'M' | 'L' | 'Q' | 'q' | 'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'n', 1) => Some((1, 9)),
        ('S' | 'u' | 'y', _) => Some((count, count)),
        ('D', _) => Some((count, 3)),
        ('M' | 'L' | 'Q' | 'q' | 'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's', 2) => Some((2, 2)),
        _ => None,
    }
}

fn field<'t>((letter, count): (char, usize), next: &[Item], text: &'t str, parts: &mut Parts) -> Option<&'t str> {
    let Some((least, most)) = digits(letter, count) else { return word(letter, count, text, parts) };
    // What stands right behind it in digits of its own is not its own.
    let others = next.iter().map_while(|item| match item {
        Item::Field(letter, count) => digits(*letter, *count).filter(|(least, most)| least == most),
        _ => None,
    });
    let others: usize = if least == most { 0 } else { others.map(|(least, _)| least).sum() };
    let there = text.bytes().take(most + others).take_while(u8::is_ascii_digit).count();
    let length = if least == most { most } else { there.saturating_sub(others).min(most) };
    if length < least || length > there {
        return None;
    }
    let value = text[..length].parse::<i64>().ok()?;
    let place = match letter {
        'u' | 'y' => &mut parts.year,
        'M' | 'L' => &mut parts.month,
        'd' => &mut parts.day,
        'D' => &mut parts.day_of_year,
        'H' | 'k' => &mut parts.hour,
        'h' | 'K' => &mut parts.half_hour,
        'm' => &mut parts.minute,
        's' => &mut parts.second,
        'S' | 'n' => &mut parts.nanosecond,
        _ => return (1..=4).contains(&value).then_some(&text[length..]),
    };
    *place = Some(match (letter, count) {
        ('u' | 'y', 2) => 2_000 + value,
        ('k', _) => (1..=24).contains(&value).then_some(value % 24)?,
        ('h', _) => (1..=12).contains(&value).then_some(value % 12)?,
        ('K', _) => (0..=11).contains(&value).then_some(value)?,
        ('S', _) => value * 10_i64.pow(9 - u32::try_from(count).ok()?),
        _ => value,
    });
    Some(&text[length..])
}

/// A field in words, or a zone.
fn word<'t>(letter: char, count: usize, text: &'t str, parts: &mut Parts) -> Option<&'t str> {
    let short = |name: &&'static str| if count == 4 { *name } else { &name[..3] };
    match letter {
        'M' | 'L' if count < 5 => {
            let (month, rest) = one_of(MONTHS.iter().map(short), text)?;
            parts.month = Some(month + 1);
            Some(rest)
        }
        'E' | 'e' | 'c' if count < 5 => {
            let (weekday, rest) = one_of(DAYS.iter().map(short), text)?;
            parts.weekday = Some(weekday);
            Some(rest)
        }
        'Q' | 'q' if count == 3 => one_of(["Q1", "Q2", "Q3", "Q4"].into_iter(), text).map(|(_, rest)| rest),
        'Q' | 'q' => one_of(QUARTERS.into_iter(), text).map(|(_, rest)| rest),
        'a' => {
            let (half, rest) = one_of(["AM", "PM"].into_iter(), text)?;
            parts.afternoon = Some(half == 1);
            Some(rest)
        }
        'G' if count < 4 => {
            let (era, rest) = one_of(["AD", "BC"].into_iter(), text)?;
            parts.before_christ = era == 1;
            Some(rest)
        }
        'X' | 'x' | 'Z' | 'O' | 'z' | 'V' => {
            let (found, rest) = in_zone(letter, text)?;
            parts.zone = Some(found);
            Some(rest)
        }
        _ => None,
    }
}

/// The place of the name that the text begins with, and the rest. No name begins another.
fn one_of(mut names: impl Iterator<Item = &'static str>, text: &str) -> Option<(i64, &str)> {
    let mut place = 0;
    names.find_map(|name| {
        place += 1;
        text.strip_prefix(name).map(|rest| (place - 1, rest))
    })
}

fn in_zone(letter: char, text: &str) -> Option<(TimeZone, &str)> {
    if matches!(letter, 'z' | 'V') {
        let length = text.bytes().take_while(|octet| octet.is_ascii_alphanumeric() || b"/_+-:".contains(octet)).count();
        let id = &text[..length];
        let found = if letter == 'z' { named(id) } else { zone(id) };
        return found.map(|found| (found, &text[length..]));
    }
    let offset = if matches!(letter, 'O' | 'Z') { text.strip_prefix("GMT").unwrap_or(text) } else { text };
    if let Some((found, length)) = read_offset(offset) {
        return Some((found.to_time_zone(), &offset[length..]));
    }
    let rest = if letter == 'O' || offset.len() < text.len() { Some(offset) } else { text.strip_prefix('Z') };
    rest.filter(|rest| rest.len() < text.len()).map(|rest| (TimeZone::UTC, rest))
}

impl Parts {
    fn date(&self) -> Option<Date> {
        let year = if self.before_christ { 1 - self.year? } else { self.year? };
        let year = i16::try_from(year).ok()?;
        let date = match (self.month, self.day, self.day_of_year) {
            (Some(month), Some(day), _) => Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?,
            (_, _, Some(day)) => {
                Date::new(year, 1, 1).ok()?.with().day_of_year(i16::try_from(day).ok()?).build().ok()?
            }
            _ => return None,
        };
        let is_so = |weekday: i64| i64::from(date.weekday().to_sunday_zero_offset()) == weekday;
        self.weekday.is_none_or(is_so).then_some(date)
    }

    fn time(&self) -> Option<Time> {
        let hour = match (self.hour, self.half_hour) {
            (Some(hour), _) => hour,
            (None, Some(half)) => half + if self.afternoon? { 12 } else { 0 },
            (None, None) => 0,
        };
        let of = |value: Option<i64>| i8::try_from(value.unwrap_or_default()).ok();
        let nanosecond = i32::try_from(self.nanosecond.unwrap_or_default()).ok()?;
        Time::new(of(Some(hour))?, of(self.minute)?, of(self.second)?, nanosecond).ok()
    }
}
