//! Texts in Base64, in forms and as identifiers. An empty one stays as it is.

#![expect(clippy::unnecessary_wraps, reason = "functions of one type")]

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

use super::Failed;
use super::function::Given;

/// As Java reads it: what fills the last four characters up may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn to_base64(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, |text| Some(BASE64.encode(text)))
}

pub(super) fn of_base64(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, |text| BASE64.decode(text).ok().map(|octets| String::from_utf8_lossy(&octets).into_owned()))
}

pub(super) fn to_form(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, |text| Some(byte_serialize(text.as_bytes()).collect()))
}

pub(super) fn of_form(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, |text| {
        let mut octets = Vec::with_capacity(text.len());
        let mut rest = text.bytes();
        while let Some(octet) = rest.next() {
            octets.push(match octet {
                b'+' => b' ',
                b'%' => {
                    let mut digit = || char::from(rest.next()?).to_digit(16);
                    (digit()? * 16 + digit()?) as u8
                }
                other => other,
            });
        }
        Some(String::from_utf8_lossy(&octets).into_owned())
    })
}

fn made(given: &Given<'_>, make: impl Fn(&str) -> Option<String>) -> Result<Value, Failed> {
    Ok(match given.text(0) {
        None | Some("") => given.value(0).clone(),
        Some(text) => make(text).into(),
    })
}

/// Microsoft's GUID has the first three groups turned around.
pub(super) fn guid(given: &mut Given<'_>) -> Result<Value, Failed> {
    let hyphens = |text: &&str| text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text.as_bytes()[*at] == b'-');
    let id = given.text(0).filter(hyphens).and_then(|text| Uuid::try_parse(text).ok());
    Ok(id.map_or_else(|| given.value(1).clone(), |id| BASE64.encode(id.to_bytes_le()).into()))
}
