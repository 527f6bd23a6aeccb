//! Points in time as the whole product keeps them: microseconds since the Unix epoch, in UTC. Their one text is RFC 3339.

use std::fmt;

/// A point in time. Read once per request by the engine and carried in [`crate::ctx::Ctx`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

impl Time {
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(MICROS))
    }

    /// Whole seconds since the epoch, as `iat` and `exp` count them (RFC 7519 §2, NumericDate).
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The same time without what milliseconds cannot show, so that what is stored equals what was answered.
    #[must_use]
    pub const fn to_millis(self) -> Self {
        Self(self.millis() * 1_000)
    }

    #[must_use]
    pub const fn plus(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(MICROS)))
    }

    /// Seconds from `earlier` until this time; negative when it came before.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / MICROS
    }
}

impl Time {
    /// The same day and time so many months later; the last day of a month that has not the day.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        let day = DAY * 1_000;
        let (days, of_day) = (self.0.div_euclid(day), self.0.rem_euclid(day));
        let (year, month, on) = date(days);
        let (year, month) = (year + (month - 1 + months).div_euclid(12), (month - 1 + months).rem_euclid(12) + 1);
        let next = if month == 12 { days_before(year + 1, 1, 1) } else { days_before(year, month + 1, 1) };
        let first = days_before(year, month, 1);
        Self((first + on.min(next - first) - 1) * day + of_day)
    }

    /// Reads a date and time of RFC 3339 §5.6, such as `2026-04-22T00:29:59.348Z` or `2026-04-22T02:29:59+02:00`, from 1970 on and
    /// to the end of the year 9999 in UTC: what is later could not be written again. Digits behind the microseconds are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', 't'])?;
        let (clock, offset) = split_offset(rest)?;
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let sane = year >= 1970 && (1..=12).contains(&month) && (1..=days).contains(&day);
        if !sane || hour > 23 || minute > 59 || second > 60 || !(1..=9).contains(&fraction.len()) {
            return None;
        }
        let [micros] = numbers(format!("{fraction:0<6}").get(..6)?, '.', [6])?;
        fraction.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
        let days = days_before(year, month, day);
        let time = Self((((days * 24 + hour) * 60 + minute - offset) * 60 + second) * MICROS + micros);
        (time.millis() <= LAST).then_some(time)
    }
}

/// ISO 8601 in UTC with milliseconds and `Z`, as PingOne writes every time. What is beyond the year 9999 is written as the epoch.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = if (FIRST..=LAST).contains(&self.millis()) { self.millis() } else { 0 };
        let (days, of_day) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (second, milli) = (of_day / 1_000, of_day % 1_000);
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.{milli:03}Z", second % 60)
    }
}

/// The clock and the minutes that it is ahead of UTC.
fn split_offset(rest: &str) -> Option<(&str, i64)> {
    if let Some(clock) = rest.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = rest.rfind(['+', '-'])?;
    let [hours, minutes] = numbers(rest.get(at + 1..)?, ':', [2, 2])?;
    let ahead = hours * 60 + minutes;
    (hours <= 23 && minutes <= 59).then_some((&rest[..at], if rest[at..].starts_with('-') { -ahead } else { ahead }))
}

/// Days since 1970-01-01 of the proleptic Gregorian calendar, counted in years that begin in March.
const fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * y + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719_468
}

/// The date that so many days after 1970-01-01 is.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

/// The numbers of a text such as `2026-04-22`, each of so many digits.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

/// Seconds that the clocks of two server processes may differ. Whatever compares times that two of them may have written allows
/// for it. Where a life ends nothing is added: that comes early or late by as much as the clocks differ.
pub const LEEWAY: i64 = 60;
const MICROS: i64 = 1_000_000;
/// Milliseconds.
const DAY: i64 = 86_400_000;
/// The years 0 and 9999.
const FIRST: i64 = -62_167_219_200_000;
const LAST: i64 = 253_402_300_799_999;

#[cfg(test)]
mod tests;
