//! Time zones by the ids that Java knows: offsets, `UTC` and its like, and the regions of the IANA database that this program carries.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

static REGIONS: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time as it is shown in a zone. The library's own type ends a day before its calendar does.
pub(super) struct Shown {
    pub(super) civil: DateTime,
    pub(super) offset: Offset,
    pub(super) zone: TimeZone,
}

impl Shown {
    /// A time in UTC; nothing where the zone's clock shows none of the calendar.
    pub(super) fn of(utc: DateTime, zone: TimeZone) -> Option<Self> {
        let offset = zone.to_offset(nearest(utc));
        let civil = utc.checked_add(SignedDuration::from_secs(offset.seconds().into())).ok()?;
        Some(Self { civil, offset, zone })
    }

    /// What the zone is called at this time.
    pub(super) fn abbreviation(&self) -> String {
        let at = before(self.civil, self.offset).map_or(Timestamp::MAX, nearest);
        self.zone.to_offset_info(at).abbreviation().to_owned()
    }
}

/// A time of UTC, or the one that is nearest to it and that the library knows of zones.
fn nearest(utc: DateTime) -> Timestamp {
    let end = if utc.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Offset::UTC.to_timestamp(utc).unwrap_or(end)
}

/// In UTC what a clock shows that is ahead of it by the offset.
pub(super) fn before(civil: DateTime, offset: Offset) -> Option<DateTime> {
    civil.checked_sub(SignedDuration::from_secs(offset.seconds().into())).ok()
}

/// In UTC what a clock of the zone shows: of two times the first, and of none what a clock shows that was not put forward.
pub(super) fn in_utc(civil: DateTime, zone: &TimeZone) -> Option<DateTime> {
    let offset = match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
    };
    before(civil, offset)
}

/// The zone of an id, in the letters that it has.
pub(super) fn zone(id: &str) -> Option<TimeZone> {
    if matches!(id, "Z" | "GMT" | "UTC" | "UT") {
        return Some(TimeZone::UTC);
    }
    let offset = ["UTC", "GMT", "UT"].iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id);
    if offset.starts_with(['+', '-']) {
        return read_offset(offset)
            .filter(|(_, length)| *length == offset.len())
            .map(|(offset, _)| offset.to_time_zone());
    }
    let found = REGIONS.get(id).ok()?;
    (id.len() > 1 && found.iana_name() == Some(id)).then_some(found)
}

/// `+1`, `+01`, `+0100`, `+01:00`, with seconds as well: at the beginning of a text, and its length.
pub(super) fn read_offset(text: &str) -> Option<(Offset, usize)> {
    let negative = text.starts_with('-');
    let digits = |at: usize, most: usize| text.bytes().skip(at).take(most).take_while(u8::is_ascii_digit).count();
    let part = |begin: usize, length: usize| text.get(begin..begin + length)?.parse::<i32>().ok();
    let length = digits(1, 2);
    if !text.starts_with(['+', '-']) || length == 0 {
        return None;
    }
    let (mut seconds, mut at) = (part(1, length)? * 3_600, 1 + length);
    // Minutes, and behind them seconds, with colons or without.
    let colon = text[at..].starts_with(':');
    for (most, unit) in [(60, 60), (60, 1)] {
        let begin = at + usize::from(colon);
        if text[at..].starts_with(':') != colon || digits(begin, 2) < 2 {
            break;
        }
        let value = part(begin, 2).filter(|value| *value < most)?;
        (seconds, at) = (seconds + value * unit, begin + 2);
    }
    if seconds > 18 * 3_600 {
        return None;
    }
    Some((Offset::from_seconds(if negative { -seconds } else { seconds }).ok()?, at))
}

/// An offset as Java's letter `x` writes it, by how often it stands there: `+01`, `+0100`, `+01:00`, with seconds where there are any from
/// four on.
pub(super) fn written_offset(offset: Offset, count: usize) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3_600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    match count {
        1 if minutes == 0 => format!("{sign}{hours:02}"),
        4 if rest != 0 => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
        1 | 2 | 4 => format!("{sign}{hours:02}{minutes:02}"),
        5 if rest != 0 => format!("{sign}{hours:02}:{minutes:02}:{rest:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}"),
    }
}

/// The zones that people write with a few letters, by their regions.
pub(super) fn named(letters: &str) -> Option<TimeZone> {
    let region = match letters {
        "PST" | "PDT" | "PT" => "America/Los_Angeles",
        "MST" | "MDT" | "MT" => "America/Denver",
        "CST" | "CDT" | "CT" => "America/Chicago",
        "EST" | "EDT" | "ET" => "America/New_York",
        "AST" | "ADT" => "America/Halifax",
        "NST" | "NDT" => "America/St_Johns",
        "AKST" | "AKDT" => "America/Anchorage",
        "HST" => "Pacific/Honolulu",
        "WET" | "WEST" => "Europe/Lisbon",
        "BST" => "Europe/London",
        "CET" | "CEST" => "Europe/Paris",
        "EET" | "EEST" => "Europe/Athens",
        "MSK" => "Europe/Moscow",
        "IST" => "Asia/Kolkata",
        "JST" => "Asia/Tokyo",
        "KST" => "Asia/Seoul",
        "AEST" | "AEDT" => "Australia/Sydney",
        "ACST" | "ACDT" => "Australia/Adelaide",
        "AWST" => "Australia/Perth",
        "NZST" | "NZDT" => "Pacific/Auckland",
        other => other,
    };
    zone(region)
}
