//! A name as certificates have it, and as management spells it.

use std::fmt::Write as _;
use std::str::FromStr as _;

use x509_parser::asn1_rs::Oid;

use super::{Attribute, DistinguishedName, NAMES, Value};
use crate::der::{SEQUENCE, SET, element, holding, oid};

impl DistinguishedName {
    /// Its octets, root first (RFC 5280 §4.1.2.4). What is empty is left out: no such string may be (§4.1.2.4, `SIZE (1..MAX)`).
    pub(crate) fn encode(&self) -> Vec<u8> {
        let parts = self.0.iter().rev().map(|part| {
            let mut attributes: Vec<Vec<u8>> = part.iter().filter_map(encoded).collect();
            // X.690 §11.6: the elements of a set in the order of their octets.
            attributes.sort_unstable();
            attributes
        });
        let parts: Vec<u8> =
            parts.filter(|part| !part.is_empty()).flat_map(|part| element(SET, &part.concat())).collect();
        element(SEQUENCE, &parts)
    }

    /// The text with another separator, root last or root first. Values are written as RFC 4514 §2.4 says.
    pub fn spelled(&self, separator: &str, root_first: bool) -> String {
        let alone = |part: &Vec<Attribute>| Self(vec![part.clone()]).to_string();
        let mut parts: Vec<String> = self.0.iter().map(alone).collect();
        if root_first {
            parts.reverse();
        }
        parts.join(separator)
    }

    /// What it is commonly called: the first CN of the text, else the whole.
    pub fn common_name(&self) -> String {
        let named = self.0.iter().flatten().find(|one| one.oid == COMMON_NAME);
        match named.map(|one| &one.value) {
            Some(Value::Text(text)) if !text.is_empty() => text.clone(),
            _ => self.to_string(),
        }
    }
}

fn encoded(Attribute { oid: name, value }: &Attribute) -> Option<Vec<u8>> {
    let name = oid(&Oid::from_str(name).ok()?);
    let value = match value {
        Value::Text(text) if text.is_empty() => return None,
        Value::Text(text) => element(string_type(&name, text), text.as_bytes()),
        Value::Octets(tag, octets) => element(u8::try_from(*tag).ok()?, octets),
    };
    Some(holding(SEQUENCE, &[&name, &value]))
}

/// RFC 5280 §4.1.2.4 and App. A.1: UTF8String, but for what is defined with another type of string.
fn string_type(name: &[u8], text: &str) -> u8 {
    const UTF8: u8 = 0x0c;
    const PRINTABLE: u8 = 0x13;
    const IA5: u8 = 0x16;
    let known = |wanted: &str| {
        let found = NAMES.iter().find(|(short, _)| *short == wanted).and_then(|(_, dotted)| Oid::from_str(dotted).ok());
        found.is_some_and(|found| oid(&found) == name)
    };
    let printable = text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet));
    if printable && ["C", "serialNumber", "dnQualifier"].into_iter().any(known) {
        PRINTABLE
    } else if text.is_ascii() && ["DC", "emailAddress"].into_iter().any(known) {
        IA5
    } else {
        UTF8
    }
}

/// The text of RFC 7468 §2: a label, and the octets in base64.
pub fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(64) {
        // Base64 is ASCII, and writing to a String cannot fail.
        let _ = writeln!(text, "{}", String::from_utf8_lossy(line));
    }
    let _ = writeln!(text, "-----END {label}-----");
    text
}

const COMMON_NAME: &str = "2.5.4.3";
