//! `#string`: what is done with texts. Of no text nothing is made: null, or false. Places are counted in characters, from 0.

#![expect(clippy::unnecessary_wraps, reason = "functions of one type")]

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::function::{Function, Given, function};
use super::operator::written;
use super::{Failed, encoded, format, number};

pub(super) const FUNCTIONS: &[Function] = &[
    function("isNotEmpty", "input: text", "boolean", "there is a text, and it has characters", is_not_empty),
    function("isNotBlank", "input: text", "boolean", "the same, and not only white space", is_not_blank),
    function("upperCase", "input: text", "text", "in capital letters", upper_case),
    function("lowerCase", "input: text", "text", "in small letters", lower_case),
    function("trim", "input: text", "text", "without the white space around it", trim),
    function(
        "substring",
        "input: text, start: whole, end: whole",
        "text",
        "from `start` up to `end`, which is not in it; a place below zero counts from the end; empty where `start` is not left of `end`",
        substring,
    ),
    function("startsWith", "input: text, prefix: text", "boolean", "it begins so, or both are null", starts_with),
    function("endsWith", "input: text, suffix: text", "boolean", "it ends so, or both are null", ends_with),
    function(
        "split",
        "input: text, separators: text",
        "list",
        "the parts between any of these characters, none of them empty; null separates at white space",
        split,
    ),
    function(
        "join",
        "values: list, separator: text",
        "text",
        "the values with the separator between them; what is null is left out",
        join,
    ),
    function(
        "indexOf",
        "input: text, search: text, from: whole",
        "whole",
        "where it stands first from `from` on; -1 where it does not",
        index_of,
    ),
    function(
        "lastIndexOf",
        "input: text, search: text, from: whole",
        "whole",
        "where it stands last, beginning at `from` or before; -1 where it does not",
        last_index_of,
    ),
    function("length", "input: text", "whole", "how many characters it has; 0 of null", length),
    function(
        "replace",
        "input: text, search: text, replacement: text, max: whole",
        "text",
        "with the replacement in place of the text, so often at most; -1: everywhere",
        replace,
    ),
    function(
        "compare",
        "one: text, other: text, ignoreCase: value",
        "whole",
        "below 0 where the first comes before the second by their letters, above 0 where it comes after, 0 where they are the same; null \
         comes first",
        compare,
    ),
    function("asInt", "input: text, otherwise: number", "number", "the whole number of 32 bits that it writes", number::as_int),
    function("asLong", "input: text, otherwise: number", "number", "the same, of 64 bits", number::as_long),
    function(
        "asBigInt",
        "input: text, otherwise: number",
        "number",
        "the whole number that it writes; beyond 64 bits the nearest `double`",
        number::as_big_int,
    ),
    function("asFloat", "input: text, otherwise: number", "number", "the number that it writes, as a `float`", number::as_float),
    function("asDouble", "input: text, otherwise: number", "number", "the number that it writes, as a `double`", number::as_double),
    function(
        "asBigDecimal",
        "input: text, otherwise: number",
        "number",
        "the number that it writes, as the nearest `double`",
        number::as_big_decimal,
    ),
    function("asBase64Encoded", "input: text", "text", "in Base64 (RFC 4648 §4)", encoded::to_base64),
    function("asBase64Decoded", "input: text", "text", "out of Base64; null where it is none", encoded::of_base64),
    function("asUrlEncoded", "input: text", "text", "as a value of a form (`application/x-www-form-urlencoded`)", encoded::to_form),
    function("asUrlDecoded", "input: text", "text", "out of a form; null where it is none", encoded::of_form),
    function(
        "format",
        "format: format",
        "text",
        "the text with `%s`, `%d`, `%X` … replaced as Java's `Formatter` does, without `%a` and `%t`; null where they do not fit",
        format::format,
    )
    .more("value: value", 32, ""),
    function(
        "uuidAsBase64Guid",
        "input: text, otherwise: text",
        "text",
        "the octets of a UUID in Microsoft's order, in Base64",
        encoded::guid,
    ),
    function("firstNonEmpty", "value: text", "text", "the first that has characters, or null", first_non_empty)
        .more("value: text", 9, ""),
    function("firstNonBlank", "value: text", "text", "the first that has more than white space, or null", first_non_blank)
        .more("value: text", 9, ""),
];

fn is_not_empty(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.text(0).is_some_and(|text| !text.is_empty()).into())
}

fn is_not_blank(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.text(0).is_some_and(|text| !text.trim().is_empty()).into())
}

fn upper_case(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, str::to_uppercase)
}

fn lower_case(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, str::to_lowercase)
}

fn trim(given: &mut Given<'_>) -> Result<Value, Failed> {
    made(given, |text| text.trim().to_owned())
}

fn made(given: &Given<'_>, make: impl Fn(&str) -> String) -> Result<Value, Failed> {
    Ok(given.text(0).map_or(Value::Null, |text| make(text).into()))
}

fn substring(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(text) = given.text(0) else { return Ok(Value::Null) };
    let length = text.chars().count() as i64;
    let place = |at: i64| if at < 0 { length.saturating_add(at).max(0) } else { at.min(length) };
    let (start, end) = (place(given.whole(1)), place(given.whole(2)));
    let taken = text.chars().skip(start as usize).take((end - start).max(0) as usize);
    Ok(Value::String(taken.collect()))
}

fn starts_with(given: &mut Given<'_>) -> Result<Value, Failed> {
    told(given, |text, part| text.starts_with(part))
}

fn ends_with(given: &mut Given<'_>) -> Result<Value, Failed> {
    told(given, |text, part| text.ends_with(part))
}

fn told(given: &Given<'_>, tell: impl Fn(&str, &str) -> bool) -> Result<Value, Failed> {
    Ok(match (given.text(0), given.text(1)) {
        (Some(text), Some(part)) => tell(text, part).into(),
        (one, other) => (one == other).into(),
    })
}

fn split(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(text) = given.text(0) else { return Ok(Value::Null) };
    let separators = given.text(1);
    if let Some(separators) = separators {
        given.budget.go((text.len() / 16 + 1).saturating_mul(separators.len() / 16 + 1))?;
    }
    let separates = |letter: char| separators.map_or(letter.is_whitespace(), |some| some.contains(letter));
    Ok(text.split(separates).filter(|part| !part.is_empty()).map(Value::from).collect())
}

fn join(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(items) = given.list(0) else { return Ok(Value::Null) };
    let separator = given.text(1).unwrap_or_default();
    given.budget.take(items.len().saturating_mul(separator.len()))?;
    let there: Result<Vec<String>, Failed> = items.iter().filter(|item| !item.is_null()).map(written).collect();
    Ok(there?.join(separator).into())
}

fn index_of(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(text), Some(search)) = (given.text(0), given.text(1)) else { return Ok(NOWHERE.into()) };
    let from = octet(text, given.whole(2));
    Ok(text[from..].find(search).map_or(NOWHERE, |at| characters(text, from + at)).into())
}

fn last_index_of(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(text), Some(search)) = (given.text(0), given.text(1)) else { return Ok(NOWHERE.into()) };
    let from = octet(text, given.whole(2));
    // What begins at `from` reaches beyond it, if there is so much.
    let mut end = from.saturating_add(search.len()).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Ok(text[..end].rfind(search).map_or(NOWHERE, |at| characters(text, at)).into())
}

const NOWHERE: i64 = -1;

/// Where a character begins: of a place below zero the first, of one behind the end the end.
fn octet(text: &str, at: i64) -> usize {
    let at = usize::try_from(at).unwrap_or_default();
    text.char_indices().nth(at).map_or(text.len(), |(octet, _)| octet)
}

fn characters(text: &str, octet: usize) -> i64 {
    text[..octet].chars().count() as i64
}

fn length(given: &mut Given<'_>) -> Result<Value, Failed> {
    Ok(given.text(0).map_or(0, |text| text.chars().count()).into())
}

fn replace(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(text) = given.text(0) else { return Ok(Value::Null) };
    let (Some(search), Some(replacement)) = (given.text(1).filter(|search| !search.is_empty()), given.text(2)) else {
        return Ok(text.into());
    };
    let most = usize::try_from(given.whole(3)).unwrap_or(usize::MAX);
    let count = text.matches(search).take(most).count();
    given.budget.take(count.saturating_mul(replacement.len()))?;
    Ok(text.replacen(search, replacement, most).into())
}

/// The difference of the first two letters that differ (in the units of UTF-16), or of the lengths, as in Java.
fn compare<'a>(given: &mut Given<'a>) -> Result<Value, Failed> {
    let (one, other) = match (given.text(0), given.text(1)) {
        (Some(one), Some(other)) => (one, other),
        (one, other) => return Ok(order(one.is_some().cmp(&other.is_some()))),
    };
    let folds = given.value(2) == &Value::Bool(true);
    let mut fold = |text: &'a str| {
        if !folds {
            return Ok(Cow::Borrowed(text));
        }
        let capital = text.to_uppercase();
        given.budget.take(text.len() + capital.len())?;
        Ok(Cow::Owned(capital.to_lowercase()))
    };
    let (one, other) = (fold(one)?, fold(other)?);
    let differs = one.encode_utf16().zip(other.encode_utf16()).find(|(one, other)| one != other);
    let difference = match differs {
        Some((one, other)) => i64::from(one) - i64::from(other),
        None => one.encode_utf16().count() as i64 - other.encode_utf16().count() as i64,
    };
    Ok(difference.into())
}

/// -1, 0 or 1.
pub(super) fn order(order: Ordering) -> Value {
    (order as i8).into()
}

fn first_non_empty(given: &mut Given<'_>) -> Result<Value, Failed> {
    first(given, |text| !text.is_empty())
}

fn first_non_blank(given: &mut Given<'_>) -> Result<Value, Failed> {
    first(given, |text| !text.trim().is_empty())
}

fn first(given: &Given<'_>, good: fn(&str) -> bool) -> Result<Value, Failed> {
    let mut texts = (0..given.count()).filter_map(|at| given.text(at));
    Ok(texts.find(|text| good(text)).into())
}
