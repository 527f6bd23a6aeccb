//! Distinguished names: as text (RFC 4514), as certificates have them (RFC 5280 §4.1.2.4), and when two are the same.
//!
//! Two are the same when their parts are, in their order, whatever the text looks like (RFC 4517 §4.2.15, `distinguishedNameMatch`):
//! escapes, the case and the spaces of values, the names of attributes and the type of string say nothing. The parts of one that is made
//! of several have no order.

mod encode;

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use x509_parser::asn1_rs::{Any, FromDer as _, Tag};
use x509_parser::x509::X509Name;

pub use encode::pem;

/// A name, root last: in the order of the text, which is not that of the certificate (RFC 4514 §2.1).
#[derive(Clone, Debug)]
pub struct DistinguishedName(Vec<Vec<Attribute>>);

#[derive(Clone, Debug)]
struct Attribute {
    /// Dotted digits.
    oid: String,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    /// What is no string: the number of its tag and its content.
    Octets(u32, Vec<u8>),
}

/// Why a text is no distinguished name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnError {
    #[error("must be a distinguished name such as CN=client,O=Example,C=US (RFC 4514)")]
    Malformed,
    #[error("names an attribute that is not known: write its object identifier, such as 2.5.4.97=value")]
    Attribute,
    #[error("is an empty or a too long name")]
    Size,
}

impl DistinguishedName {
    /// Reads the text of RFC 4514 §3. Spaces around separators are passed over, as RFC 4514 App. A tells of older texts.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, DnError> {
        if text.trim().is_empty() || text.len() > MAX_TEXT {
            return Err(DnError::Size);
        }
        let mut reader = Reader { rest: text.trim_start() };
        let mut parts = Vec::new();
        loop {
            let mut part = vec![reader.attribute()?];
            while reader.take('+') {
                part.push(reader.attribute()?);
            }
            parts.push(part);
            if !reader.take(',') {
                break;
            }
        }
        if reader.rest.trim_end().is_empty() { Ok(Self(parts)) } else { Err(DnError::Malformed) }
    }

    /// That of a certificate.
    pub fn of(name: &X509Name<'_>) -> Self {
        let mut parts: Vec<Vec<Attribute>> = name
            .iter()
            .map(|part| {
                let attribute = |one: &x509_parser::x509::AttributeTypeAndValue<'_>| Attribute {
                    oid: one.attr_type().to_id_string(),
                    value: value_of(one.attr_value()),
                };
                part.iter().map(attribute).collect()
            })
            .collect();
        parts.reverse();
        Self(parts)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn compared(&self) -> Vec<Vec<(&str, Value)>> {
        self.0.iter().map(|part| unordered(part)).collect()
    }
}

impl PartialEq for DistinguishedName {
    fn eq(&self, other: &Self) -> bool {
        self.compared() == other.compared()
    }
}

impl Eq for DistinguishedName {}

impl Attribute {
    /// RFC 4518 §2, as far as `caseIgnoreMatch` of the known attributes goes. Of an unknown one nobody knows what may differ.
    fn prepared(&self) -> Value {
        match &self.value {
            Value::Text(text) if NAMES.iter().any(|(_, oid)| *oid == self.oid) => Value::Text(prepared(text)),
            value => value.clone(),
        }
    }
}

fn unordered(part: &[Attribute]) -> Vec<(&str, Value)> {
    let mut part: Vec<_> = part.iter().map(|one| (one.oid.as_str(), one.prepared())).collect();
    part.sort_unstable();
    part
}

/// RFC 4518 §2.2 (what says nothing is left out), §2.3 (NFKC, and case is folded), §2.6.1 (spaces).
fn prepared(text: &str) -> String {
    let silent =
        |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}');
    let mapped = text.chars().filter(|c| !silent(*c) && (!c.is_control() || c.is_whitespace()));
    let folded: String = mapped.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// RFC 4514 §2: what a certificate calls itself, for people.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            for (second, Attribute { oid, value }) in part.iter().enumerate() {
                let between = match (index, second) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    _ => "+",
                };
                let known = NAMES.iter().find(|(_, known)| known == oid);
                write!(f, "{between}{}=", known.map_or(oid.as_str(), |(name, _)| name))?;
                match value {
                    Value::Text(text) => escaped(text, f)?,
                    // Longer ones are for nobody to read.
                    Value::Octets(tag, octets) if octets.len() < 128 => {
                        write!(f, "#{tag:02X}{:02X}", octets.len())?;
                        octets.iter().try_for_each(|octet| write!(f, "{octet:02X}"))?;
                    }
                    Value::Octets(..) => f.write_str("#…")?,
                }
            }
        }
        Ok(())
    }
}

/// RFC 4514 §2.4.
fn escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let last = text.chars().count().saturating_sub(1);
    for (place, c) in text.chars().enumerate() {
        let special = matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
            || (place == 0 && matches!(c, '#' | ' '))
            || (place == last && c == ' ');
        match c {
            c if special => write!(f, "\\{c}")?,
            c if c.is_control() => {
                let mut buffer = [0; 4];
                for octet in c.encode_utf8(&mut buffer).bytes() {
                    write!(f, "\\{octet:02X}")?;
                }
            }
            c => write!(f, "{c}")?,
        }
    }
    Ok(())
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, wanted: char) -> bool {
        let rest = self.rest.trim_start_matches(' ').strip_prefix(wanted);
        rest.map(|rest| self.rest = rest.trim_start_matches(' ')).is_some()
    }

    fn attribute(&mut self) -> Result<Attribute, DnError> {
        let (name, rest) = self.rest.split_once('=').ok_or(DnError::Malformed)?;
        let oid = attribute_type(name.trim_matches(' '))?;
        self.rest = rest.trim_start_matches(' ');
        let value = if let Some(hex) = self.rest.strip_prefix('#') {
            let digits = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
            let (digits, rest) = hex.split_at(digits);
            self.rest = rest;
            encoded(digits)?
        } else {
            Value::Text(self.string()?)
        };
        Ok(Attribute { oid, value })
    }

    /// RFC 4514 §3 `string`, to the separator behind it.
    fn string(&mut self) -> Result<String, DnError> {
        let mut octets = Vec::new();
        // So many octets at the end may be spaces that nobody escaped.
        let mut meant = 0;
        let mut chars = self.rest.char_indices();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                ',' | '+' => {
                    end = at;
                    break;
                }
                '"' | ';' | '<' | '>' | '\0' => return Err(DnError::Malformed),
                '\\' => {
                    let (_, first) = chars.next().ok_or(DnError::Malformed)?;
                    if let Some(high) = first.to_digit(16) {
                        let (_, second) = chars.next().ok_or(DnError::Malformed)?;
                        let low = second.to_digit(16).ok_or(DnError::Malformed)?;
                        octets.push((high * 16 + low) as u8);
                    } else if matches!(first, '"' | '+' | ',' | ';' | '<' | '>' | '\\' | ' ' | '#' | '=') {
                        octets.push(first as u8);
                    } else {
                        return Err(DnError::Malformed);
                    }
                    meant = octets.len();
                }
                c => {
                    let mut buffer = [0; 4];
                    octets.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                    if c != ' ' {
                        meant = octets.len();
                    }
                }
            }
        }
        octets.truncate(meant);
        self.rest = &self.rest[end..];
        String::from_utf8(octets).map_err(|_| DnError::Malformed)
    }
}

/// RFC 4514 §2.3: a name in any case, or an object identifier.
fn attribute_type(name: &str) -> Result<String, DnError> {
    let known = NAMES.iter().chain(OTHER_NAMES).find(|(known, _)| known.eq_ignore_ascii_case(name));
    if let Some((_, oid)) = known {
        return Ok((*oid).to_owned());
    }
    let name = name.strip_prefix("OID.").unwrap_or(name);
    let number = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    if name.contains('.') && name.split('.').all(number) {
        return Ok(name.to_owned());
    }
    let keyword = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    Err(if keyword { DnError::Attribute } else { DnError::Malformed })
}

/// RFC 4514 §2.4: the BER of the value in hexadecimal digits.
fn encoded(digits: &str) -> Result<Value, DnError> {
    let pairs = digits.as_bytes().chunks(2);
    let octets: Option<Vec<u8>> =
        pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok().filter(|p| p.len() == 2)?, 16).ok()).collect();
    let octets = octets.ok_or(DnError::Malformed)?;
    let (rest, any) = Any::from_der(&octets).map_err(|_| DnError::Malformed)?;
    if rest.is_empty() { Ok(value_of(&any)) } else { Err(DnError::Malformed) }
}

/// Every type of string says the same with the same characters.
fn value_of(any: &Any<'_>) -> Value {
    let octets = any.data;
    let wide = |width: usize| {
        let units = octets.chunks(width).map(|unit| unit.iter().fold(0_u32, |all, one| all << 8 | u32::from(*one)));
        octets.len().is_multiple_of(width).then(|| units.map(char::from_u32).collect::<Option<String>>()).flatten()
    };
    let text = match any.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            str::from_utf8(octets).ok().map(str::to_owned)
        }
        // What is in it is Latin-1 wherever it is found.
        Tag::T61String => Some(octets.iter().map(|octet| char::from(*octet)).collect()),
        Tag::BmpString => wide(2),
        Tag::UniversalString => wide(4),
        _ => None,
    };
    text.map_or_else(|| Value::Octets(any.tag().0, octets.to_vec()), Value::Text)
}

/// The attributes whose values are compared without regard to case: RFC 4514 §3, RFC 4519, RFC 5280 §4.1.2.4, and what authorities
/// for organizations use. The first name of each is what it is shown by.
const NAMES: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("C", "2.5.4.6"),
    ("STREET", "2.5.4.9"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("SN", "2.5.4.4"),
    ("serialNumber", "2.5.4.5"),
    ("title", "2.5.4.12"),
    ("description", "2.5.4.13"),
    ("businessCategory", "2.5.4.15"),
    ("postalCode", "2.5.4.17"),
    ("name", "2.5.4.41"),
    ("givenName", "2.5.4.42"),
    ("initials", "2.5.4.43"),
    ("generationQualifier", "2.5.4.44"),
    ("dnQualifier", "2.5.4.46"),
    ("pseudonym", "2.5.4.65"),
    ("organizationIdentifier", "2.5.4.97"),
    ("emailAddress", "1.2.840.113549.1.9.1"),
    ("jurisdictionL", "1.3.6.1.4.1.311.60.2.1.1"),
    ("jurisdictionST", "1.3.6.1.4.1.311.60.2.1.2"),
    ("jurisdictionC", "1.3.6.1.4.1.311.60.2.1.3"),
];
const OTHER_NAMES: &[(&str, &str)] = &[
    ("commonName", "2.5.4.3"),
    ("localityName", "2.5.4.7"),
    ("stateOrProvinceName", "2.5.4.8"),
    ("organizationName", "2.5.4.10"),
    ("organizationalUnitName", "2.5.4.11"),
    ("countryName", "2.5.4.6"),
    ("streetAddress", "2.5.4.9"),
    ("domainComponent", "0.9.2342.19200300.100.1.25"),
    ("userId", "0.9.2342.19200300.100.1.1"),
    ("surname", "2.5.4.4"),
    ("GN", "2.5.4.42"),
    ("E", "1.2.840.113549.1.9.1"),
];
const MAX_TEXT: usize = 2_048;

#[cfg(test)]
mod tests;
