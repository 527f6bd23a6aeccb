//! `jose::json`: what the strict reader accepts, serde_json reads as the same value, it nests no deeper than allowed,
//! and it is accepted again when it is written out.

use jose::json::parse_strict;
use serde_json::Value;

pub fn check(body: &[u8]) {
    let Ok(value) = parse_strict(body, MAX_DEPTH) else { return };
    assert_eq!(serde_json::from_slice::<Value>(body).expect("accepted"), value);
    assert!(depth(&value) <= MAX_DEPTH);
    let written = value.to_string();
    assert!(parse_strict(written.as_bytes(), MAX_DEPTH).is_ok());
    // No member was lost, so none was repeated: as many colons stand outside strings as there are members.
    assert_eq!(colons_outside_strings(body), members(&value));
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn members(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(members).sum(),
        Value::Object(object) => object.len() + object.values().map(members).sum::<usize>(),
        _ => 0,
    }
}

fn colons_outside_strings(body: &[u8]) -> usize {
    let (mut inside, mut escaped, mut colons) = (false, false, 0);
    for &octet in body {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside,
            b'"' => inside = !inside,
            b':' if !inside => colons += 1,
            _ => {}
        }
    }
    colons
}

const MAX_DEPTH: usize = 32;
