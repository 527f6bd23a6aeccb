//! The numbers that texts write. What is none, or too large, is worth what is given for it.

#![expect(clippy::unnecessary_wraps, reason = "functions of one type")]

use serde_json::Value;

use super::Failed;
use super::function::Given;

pub(super) fn as_int(given: &mut Given<'_>) -> Result<Value, Failed> {
    read(given, |text| text.parse::<i32>().ok().map(Value::from))
}

pub(super) fn as_long(given: &mut Given<'_>) -> Result<Value, Failed> {
    read(given, |text| text.parse::<i64>().ok().map(Value::from))
}

pub(super) fn as_big_int(given: &mut Given<'_>) -> Result<Value, Failed> {
    read(given, |text| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        text.parse::<i64>().map(Value::from).ok().or_else(|| real(text))
    })
}

/// Its shortest decimal text is what is read again, so that `0.1` stays `0.1`.
pub(super) fn as_float(given: &mut Given<'_>) -> Result<Value, Failed> {
    read(given, |text| {
        let value = is_decimal(text).then(|| text.parse::<f32>().ok()).flatten().filter(|value| value.is_finite())?;
        real(&value.to_string())
    })
}

pub(super) fn as_double(given: &mut Given<'_>) -> Result<Value, Failed> {
    read(given, real)
}

pub(super) fn as_big_decimal(given: &mut Given<'_>) -> Result<Value, Failed> {
    read(given, real)
}

fn read(given: &Given<'_>, read: impl Fn(&str) -> Option<Value>) -> Result<Value, Failed> {
    Ok(given.text(0).and_then(read).unwrap_or_else(|| given.value(1).clone()))
}

fn real(text: &str) -> Option<Value> {
    let value = is_decimal(text).then(|| text.parse::<f64>().ok()).flatten();
    value.filter(|value| value.is_finite()).map(Value::from)
}

/// No `inf` and no `NaN`, which are numbers elsewhere.
fn is_decimal(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'+' | b'-' | b'.' | b'e' | b'E'))
}
