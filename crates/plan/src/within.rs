//! Ids that stand within a text: in a filter of users, in a condition, in an expression. A file has the address of what is meant in their
//! place, as `@{populations[Staff]}`.

use std::collections::HashMap;

use serde_json::Value;

use crate::shape::{Shape, Type};

/// Hands over every text that may hold ids, with its path.
pub(crate) fn each(shape: &Shape, value: &mut Value, path: &str, with: &mut dyn FnMut(&str, &mut String)) {
    if shape.holds_ids {
        return all(value, path, with);
    }
    match (&shape.what, value) {
        (Type::List(item), Value::Array(list)) => {
            for (at, value) in list.iter_mut().enumerate() {
                each(item, value, &format!("{path}[{at}]"), with);
            }
        }
        (Type::Members(members), Value::Object(object)) => {
            for (name, value) in object.iter_mut() {
                if let Some(shape) = members.get(name) {
                    let dot = if path.is_empty() { "" } else { "." };
                    each(shape, value, &format!("{path}{dot}{name}"), with);
                }
            }
        }
        _ => {}
    }
}

/// Every text in a value, whatever it is made of.
fn all(value: &mut Value, path: &str, with: &mut dyn FnMut(&str, &mut String)) {
    match value {
        Value::String(text) => with(path, text),
        Value::Array(list) => list.iter_mut().for_each(|value| all(value, path, with)),
        Value::Object(object) => object.values_mut().for_each(|value| all(value, path, with)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text with addresses for the ids that are known.
pub(crate) fn named(text: &str, addresses: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let address = rest.get(..ID).and_then(|id| addresses.get(id)).filter(|address| !address.contains(END));
        let length = if let Some(address) = address {
            out.extend([BEGIN, address, "}"]);
            ID
        } else {
            out.push(letter);
            letter.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

/// The addresses that a text has.
pub(crate) fn addresses(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).filter_map(Result::err)
}

/// The text with ids for addresses; those that `id` does not know stay.
pub(crate) fn identified<'a>(text: &str, mut id: impl FnMut(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Ok(text) => out.push_str(text),
            Err(address) => match id(address) {
                Some(id) => out.push_str(id),
                None => out.extend([BEGIN, address, "}"]),
            },
        }
    }
    out
}

/// What stands between addresses, and as errors the addresses.
fn pieces(text: &str) -> impl Iterator<Item = Result<&str, &str>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((address, behind)) = rest.strip_prefix(BEGIN).and_then(|inner| inner.split_once(END)) {
            let length = address.len() + 1;
            let address = &rest[BEGIN.len()..BEGIN.len() + length];
            rest = behind;
            return Some(Err(address));
        }
        // Where nothing ends it, it is text.
        let next = rest.char_indices().skip(1).find(|(at, _)| rest[*at..].starts_with(BEGIN));
        let (before, behind) = rest.split_at(next.map_or(rest.len(), |(at, _)| at));
        rest = behind;
        Some(Ok(before))
    })
}

const BEGIN: &str = "@{";
/// Every address of one of many ends with its label.
const END: &str = "]}";
/// Octets of an id (RFC 9562 §4).
const ID: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_addresses_and_ids_again() {
        let id = "0a0b0c0d-0000-4000-8000-000000000001";
        let known = HashMap::from([(id.to_owned(), "populations[St}aff é]".to_owned())]);
        let filter = format!("é population.id eq \"{id}\" or id eq \"0a0b0c0d-0000-4000-8000-000000000002\"");
        let file = named(&filter, &known);
        assert!(file.starts_with("é population.id eq \"@{populations[St}aff é]}\" or id eq \"0a"), "{file}");
        assert_eq!(addresses(&file).collect::<Vec<_>>(), ["populations[St}aff é]"]);
        assert_eq!(identified(&file, |address| (address == "populations[St}aff é]").then_some(id)), filter);
        for text in ["", "@{", "@{a", "a @{b} @{@{", "${user.id}"] {
            assert_eq!(identified(text, |_| None), text);
            assert_eq!(addresses(text).count(), 0);
        }
    }
}
