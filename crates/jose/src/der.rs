//! DER (X.690 §8, §10): written for certificates, requests and PKCS #7; read step by step for the containers that `x509-parser`
//! does not know, with its own reader of elements.

use x509_parser::asn1_rs::{Any, Class, FromBer as _, Oid, Tag};

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
pub(crate) const NULL: [u8; 2] = [0x05, 0];
pub(crate) const TRUE: [u8; 3] = [0x01, 1, 0xff];

/// An element with this tag and content.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
    let mut der = vec![tag];
    match significant[..] {
        [] => der.push(0),
        [short] if short < 0x80 => der.push(short),
        _ => {
            der.push(0x80 | significant.len() as u8);
            der.extend(&significant);
        }
    }
    der.extend_from_slice(content);
    der
}

/// An element that holds these, one after the other.
pub(crate) fn holding(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    element(tag, &parts.concat())
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    holding(SEQUENCE, parts)
}

/// A number of no sign, in big-endian octets.
pub(crate) fn integer(unsigned: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = unsigned.iter().copied().skip_while(|octet| *octet == 0).collect();
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    element(INTEGER, &content)
}

/// A BIT STRING of whole octets.
pub(crate) fn bits(octets: &[u8]) -> Vec<u8> {
    holding(BIT_STRING, &[&[0], octets])
}

pub(crate) fn oid(oid: &Oid<'_>) -> Vec<u8> {
    element(OID, oid.as_bytes())
}

/// RFC 5280 §4.1.2.5: UTCTime up to 2049, GeneralizedTime from then on. Seconds since 1970, of a year with four digits.
pub(crate) fn time(secs: i64) -> Vec<u8> {
    let (year, month, day) = date(secs.div_euclid(86_400));
    let (hour, minute, second) = (secs.rem_euclid(86_400) / 3_600, secs.rem_euclid(3_600) / 60, secs.rem_euclid(60));
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    if (1950..2050).contains(&year) {
        element(0x17, format!("{:02}{rest}", year % 100).as_bytes())
    } else {
        element(0x18, format!("{year:04}{rest}").as_bytes())
    }
}

/// Year, month and day of the Gregorian calendar. Days since 1970.
fn date(days: i64) -> (i64, i64, i64) {
    // Counted from the first of March of a year that 400 divides, so that the leap day is the last of its year.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Whoever reads elements one after the other. None anywhere: it is not what it should be.
#[derive(Clone, Copy)]
pub(crate) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    pub(crate) fn of(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// What one SEQUENCE holds, with nothing behind it.
    pub(crate) fn within(octets: &'a [u8]) -> Option<Self> {
        let mut outer = Self(octets);
        let inner = outer.sequence()?;
        outer.0.is_empty().then_some(inner)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The next element, with the octets that it is written with.
    pub(crate) fn next(&mut self) -> Option<(Any<'a>, &'a [u8])> {
        let (rest, any) = Any::from_ber(self.0).ok()?;
        // What has no length of its own is only BER, and none of these are.
        let written = self.0.get(..self.0.len() - rest.len())?;
        if written.get(1) == Some(&0x80) {
            return None;
        }
        self.0 = rest;
        Some((any, written))
    }

    fn tagged(&mut self, class: Class, tag: Tag) -> Option<&'a [u8]> {
        let (any, _) = self.next()?;
        (any.class() == class && any.tag() == tag).then_some(any.data)
    }

    pub(crate) fn sequence(&mut self) -> Option<Self> {
        self.tagged(Class::Universal, Tag::Sequence).map(Self)
    }

    pub(crate) fn set(&mut self) -> Option<Self> {
        self.tagged(Class::Universal, Tag::Set).map(Self)
    }

    pub(crate) fn octets(&mut self) -> Option<&'a [u8]> {
        self.tagged(Class::Universal, Tag::OctetString)
    }

    pub(crate) fn oid(&mut self) -> Option<Oid<'a>> {
        self.tagged(Class::Universal, Tag::Oid).map(|octets| Oid::new(octets.into()))
    }

    /// A number that is not negative and has no more than 63 bits.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let octets = self.tagged(Class::Universal, Tag::Integer)?;
        let small = (1..=8).contains(&octets.len()) && octets.first().is_some_and(|first| *first < 0x80);
        small.then(|| octets.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet)))
    }

    /// What stands in `[number]`.
    pub(crate) fn context(&mut self, number: u32) -> Option<&'a [u8]> {
        self.tagged(Class::ContextSpecific, Tag(number))
    }
}

#[cfg(test)]
mod tests {
    use super::{date, element, integer, time};

    #[test]
    fn lengths_numbers_and_times_are_written_as_the_standard_says() {
        assert_eq!(element(4, &[]), [4, 0]);
        assert_eq!(element(4, &[7; 127])[..2], [4, 127]);
        assert_eq!(element(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(element(4, &[7; 300])[..4], [4, 0x82, 1, 44]);
        assert_eq!(integer(&[0]), [2, 1, 0]);
        assert_eq!(integer(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(time(0)[2..], *b"700101000000Z");
        assert_eq!(time(951_782_400)[2..], *b"000229000000Z");
        assert_eq!(time(2_524_607_999)[2..], *b"491231235959Z");
        assert_eq!(time(2_524_608_000)[2..], *b"20500101000000Z");
        assert_eq!(date(-1), (1969, 12, 31));
    }
}
