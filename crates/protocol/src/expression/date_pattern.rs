//! Patterns of dates and times in the letters of Java's `DateTimeFormatter`, and times as they write them, in English.

use jiff::civil::{Date, DateTime, Weekday};

use super::Failed;
use super::zone::{Shown, written_offset};

/// A pattern that was read.
#[derive(Debug)]
pub(super) struct DatePattern {
    pub(super) items: Vec<Item>,
}

/// A part of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A letter and how often it stands there.
    Field(char, usize),
    Text(String),
    /// `[`: what need not be there when it is read.
    Open,
    /// `]`
    Close,
}

/// The most octets of a pattern, and how deep it is nested.
const MAX_OCTETS: usize = 256;
const MAX_DEPTH: usize = 8;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// From Sunday on.
pub(super) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub(super) const QUARTERS: [&str; 4] = ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"];

impl DatePattern {
    /// Reads one. Refused are letters that mean nothing, or not so often, and brackets that do not belong together.
    pub(super) fn read(pattern: &str) -> Result<Self, Failed> {
        if pattern.len() > MAX_OCTETS {
            return Err(Failed("the date pattern is too long"));
        }
        let (mut items, mut depth, mut rest) = (Vec::new(), 0, pattern);
        while let Some(letter) = rest.chars().next() {
            let mut length = letter.len_utf8();
            match letter {
                '\'' => {
                    let (text, end) = quoted(rest)?;
                    items.push(Item::Text(text));
                    length = end;
                }
                '[' if depth < MAX_DEPTH => {
                    depth += 1;
                    items.push(Item::Open);
                }
                ']' if depth > 0 => {
                    depth -= 1;
                    items.push(Item::Close);
                }
                '[' | ']' | '{' | '}' | '#' => return Err(Failed("the date pattern has a bracket or a sign too much")),
                _ if letter.is_ascii_alphabetic() => {
                    length = rest.bytes().take_while(|other| char::from(*other) == letter).count();
                    is_field(letter, length)?;
                    items.push(Item::Field(letter, length));
                }
                _ => items.push(Item::Text(letter.into())),
            }
            rest = &rest[length..];
        }
        items.extend((0..depth).map(|_| Item::Close));
        Ok(Self { items })
    }

    /// A time as it says.
    pub(super) fn write(&self, time: &Shown, made: &mut String) {
        for item in &self.items {
            match item {
                Item::Field(letter, count) => put(time, *letter, *count, made),
                Item::Text(text) => made.push_str(text),
                Item::Open | Item::Close => {}
            }
        }
    }
}

/// What stands between quotes, and where it ends; the quote itself is written as two.
fn quoted(rest: &str) -> Result<(String, usize), Failed> {
    if rest.starts_with("''") {
        return Ok(("'".into(), 2));
    }
    let (mut text, mut at) = (String::new(), 1);
    loop {
        let length = rest[at..].find('\'').ok_or(Failed("the date pattern has a quote without an end"))?;
        text.push_str(&rest[at..at + length]);
        at += length + 1;
        if !rest[at..].starts_with('\'') {
            return Ok((text, at));
        }
        text.push('\'');
        at += 1;
    }
}

/// Whether a letter may stand there so often. A quarter has no narrow form in PingOne's table.
fn is_field(letter: char, count: usize) -> Result<(), Failed> {
    let good = match letter {
        'u' | 'y' | 'Y' | 'A' | 'n' | 'N' => count <= 19,
        'D' | 'z' => count <= 3,
        'Q' | 'q' => count <= 4,
        'G' | 'M' | 'L' | 'E' | 'e' | 'X' | 'x' | 'Z' => count <= 5,
        'c' => count <= 5 && count != 2,
        'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'w' => count <= 2,
        'W' | 'F' | 'a' => count == 1,
        'V' => count == 2,
        'O' => matches!(count, 1 | 4),
        'S' => count <= 9,
        _ => return Err(Failed("the date pattern has a letter that means nothing here")),
    };
    if good { Ok(()) } else { Err(Failed("the date pattern repeats a letter too often, or not often enough")) }
}

fn put(shown: &Shown, letter: char, count: usize, made: &mut String) {
    let time = shown.civil;
    let written = if letter == 'S' {
        format!("{:09}", time.subsec_nanosecond()).chars().take(count).collect()
    } else if let Some(value) = number(time, letter, count) {
        format!("{value:0count$}")
    } else {
        name(time, letter, count).unwrap_or_else(|| of_zone(shown, letter, count))
    };
    made.push_str(&written);
}

/// What a letter says in digits.
fn number(time: DateTime, letter: char, count: usize) -> Option<i64> {
    let (hour, year) = (i64::from(time.hour()), i64::from(time.year()));
    let nanosecond = i64::from(time.subsec_nanosecond());
    let of_day = ((hour * 60 + i64::from(time.minute())) * 60 + i64::from(time.second())) * 1_000_000_000 + nanosecond;
    let short = |year: i64| if count == 2 { year.rem_euclid(100) } else { year };
    Some(match letter {
        'u' => short(year),
        // There is no year 0 in an era.
        'y' => short(if year > 0 { year } else { 1 - year }),
        'Y' => short(i64::from(week(time.date()).0)),
        'D' => time.day_of_year().into(),
        'M' | 'L' if count < 3 => time.month().into(),
        'Q' | 'q' if count < 3 => i64::from(time.month() - 1) / 3 + 1,
        'd' => time.day().into(),
        'w' => week(time.date()).1.into(),
        'W' => {
            let first = i64::from(time.date().first_of_month().weekday().to_sunday_zero_offset());
            (i64::from(time.day()) - 1 + first) / 7 + 1
        }
        'F' => i64::from(time.day() - 1) % 7 + 1,
        'e' | 'c' if count < 3 => i64::from(time.weekday().to_sunday_zero_offset()) + 1,
        'H' => hour,
        'k' => (hour + 23) % 24 + 1,
        'K' => hour % 12,
        'h' => (hour + 11) % 12 + 1,
        'm' => time.minute().into(),
        's' => time.second().into(),
        'A' => of_day / 1_000_000,
        'n' => nanosecond,
        'N' => of_day,
        _ => return None,
    })
}

/// The year that a week belongs to, and which it is: weeks begin on Sunday, and the first has the first of January.
fn week(date: Date) -> (i16, i16) {
    let ahead = i64::from(6 - date.weekday().to_sunday_zero_offset());
    let year = date.checked_add(jiff::Span::new().days(ahead)).map_or(date.year() + 1, Date::year);
    if year != date.year() {
        return (year, 1);
    }
    let first = i16::from(date.first_of_year().weekday().to_sunday_zero_offset());
    (year, (date.day_of_year() - 1 + first) / 7 + 1)
}

/// What a letter says in words: short ones with three letters or fewer, whole ones with four, one letter with five.
fn name(time: DateTime, letter: char, count: usize) -> Option<String> {
    let cut = |name: &str| {
        name.chars()
            .take(match count {
                4 => usize::MAX,
                5 => 1,
                _ => 3,
            })
            .collect()
    };
    Some(match letter {
        'M' | 'L' => cut(MONTHS[usize::from(time.month().unsigned_abs() - 1) % 12]),
        'E' | 'e' | 'c' => cut(day(time.weekday())),
        'Q' | 'q' => {
            let quarter = QUARTERS[usize::from(time.month().unsigned_abs() - 1) / 3 % 4];
            if count == 4 { quarter.into() } else { format!("Q{}", &quarter[..1]) }
        }
        'a' => if time.hour() < 12 { "AM" } else { "PM" }.into(),
        'G' => {
            let [short, whole] = if time.year() > 0 { ["AD", "Anno Domini"] } else { ["BC", "Before Christ"] };
            match count {
                4 => whole.into(),
                5 => short[..1].into(),
                _ => short.into(),
            }
        }
        _ => return None,
    })
}

fn day(day: Weekday) -> &'static str {
    DAYS[usize::from(day.to_sunday_zero_offset().unsigned_abs()) % 7]
}

fn of_zone(time: &Shown, letter: char, count: usize) -> String {
    let offset = time.offset;
    let none = offset.seconds() == 0;
    match (letter, count) {
        ('X', _) | ('Z', 5) if none => "Z".into(),
        ('X' | 'x', _) => written_offset(offset, count),
        ('Z', 5) => written_offset(offset, 3),
        ('Z', 1..=3) => written_offset(offset, 2),
        ('O' | 'Z', _) if none => "GMT".into(),
        ('O', 1) => {
            let (sign, seconds) = (if offset.is_negative() { '-' } else { '+' }, offset.seconds().abs());
            let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
            match (minutes, seconds) {
                (0, 0) => format!("GMT{sign}{hours}"),
                (_, 0) => format!("GMT{sign}{hours}:{minutes:02}"),
                _ => format!("GMT{sign}{hours}:{minutes:02}:{seconds:02}"),
            }
        }
        ('O' | 'Z', _) => format!("GMT{}", written_offset(offset, 5)),
        ('V', _) => time.zone.iana_name().map_or_else(|| written_offset(offset, 3), str::to_owned),
        _ => time.abbreviation(),
    }
}
