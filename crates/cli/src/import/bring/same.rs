//! Whether an object is there as it should be, and what of a body names what.

use std::collections::{HashMap, HashSet};

use import::KEY;
use serde_json::{Map, Value};

/// The member at a path of names.
pub(super) fn member<'a>(of: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(of, |of, name| of.get(name))
}

/// Whether all that the body says is said by what is there.
pub(super) fn covers(there: &Value, body: &Map<String, Value>) -> bool {
    body.iter().all(|(name, value)| there.get(name).map_or_else(|| is_nothing(value), |other| alike(other, value)))
}

/// What nobody answers: false, and what is empty.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Lists are the same in any order, and an object is answered with more than was written.
fn alike(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(_), Value::Object(members)) => covers(there, members),
        (Value::Array(there), Value::Array(wanted)) => {
            there.len() == wanted.len() && wanted.iter().all(|one| there.iter().any(|other| alike(other, one)))
        }
        (there, wanted) => there == wanted,
    }
}

/// What is there, with what the body says: what it does not say stays.
pub(super) fn differing(there: &Value, body: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = there.as_object().cloned().unwrap_or_default();
    for name in ["_links", "_embedded"] {
        whole.remove(name);
    }
    whole.extend(body.clone());
    whole
}

/// Puts ids in the place of keys. An element of a list whose key has none is taken out; false where something else has none.
pub(super) fn resolve(value: &mut Value, known: &HashMap<String, String>) -> bool {
    match value {
        Value::String(text) => match known.get(text.as_str()) {
            Some(id) => {
                id.clone_into(text);
                true
            }
            None => !text.starts_with(KEY),
        },
        Value::Array(elements) => {
            elements.retain_mut(|element| resolve(element, known));
            true
        }
        Value::Object(members) => members.values_mut().all(|member| resolve(member, known)),
        _ => true,
    }
}

/// Whether the value itself, and not only an element of a list in it, names one of these.
fn mentions(value: &Value, names: &HashSet<String>) -> bool {
    match value {
        Value::String(text) => names.contains(text),
        Value::Object(members) => members.values().any(|member| mentions(member, names)),
        _ => false,
    }
}

/// Takes out of lists the elements, and of objects the members, that name one of these: `population` of a group, `registration.population` of a
/// provider. Their places are noted.
pub(super) fn leave_out(value: &mut Value, names: &HashSet<String>, place: &str, out: &mut Vec<String>) {
    match value {
        Value::Array(elements) => {
            let before = elements.len();
            elements.retain(|element| !mentions(element, names));
            if elements.len() < before {
                out.push(place.to_owned());
            }
            for (at, element) in elements.iter_mut().enumerate() {
                leave_out(element, names, &format!("{place}[{at}]"), out);
            }
        }
        Value::Object(members) => members.retain(|name, member| {
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            let direct = match member {
                Value::String(text) => names.contains(text.as_str()),
                Value::Object(inner) => {
                    inner.values().any(|value| value.as_str().is_some_and(|text| names.contains(text)))
                }
                _ => false,
            };
            if direct {
                out.push(place);
            } else {
                leave_out(member, names, &place, out);
            }
            !direct
        }),
        _ => {}
    }
}

/// Takes out what stands at a place such as `redirectUris[2]` or `corsSettings.origins[0]`; false where nothing does.
pub(super) fn prune(body: &mut Map<String, Value>, place: &str) -> bool {
    let (name, rest) = match place.find(['.', '[']) {
        Some(at) => place.split_at(at),
        None => return body.remove(place).is_some(),
    };
    if let Some(inner) = rest.strip_prefix('.') {
        return match body.get_mut(name) {
            Some(Value::Object(members)) => prune(members, inner) || body.remove(name).is_some(),
            _ => body.remove(name).is_some(),
        };
    }
    let index =
        rest.strip_prefix('[').and_then(|rest| rest.split(']').next()).and_then(|index| index.parse::<usize>().ok());
    match (body.get_mut(name), index) {
        (Some(Value::Array(elements)), Some(index)) if index < elements.len() => {
            elements.remove(index);
            true
        }
        _ => body.remove(name).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    #[test]
    fn what_is_there_covers_what_is_wanted_in_any_order() {
        let there = json!({ "id": "x", "a": [1, 2], "b": { "c": 1, "d": 2 }, "e": "text" });
        for (wanted, fits) in [
            (json!({ "a": [2, 1], "b": { "c": 1 } }), true),
            (json!({ "f": false, "g": [] }), true),
            (json!({ "a": [1] }), false),
            (json!({ "b": { "c": 2 } }), false),
            (json!({ "f": true }), false),
        ] {
            assert_eq!(covers(&there, &object(wanted.clone())), fits, "{wanted}");
        }
    }

    #[test]
    fn a_place_that_is_refused_is_taken_out() {
        let mut body = object(json!({ "uris": ["a", "b", "c"], "cors": { "origins": ["x"] }, "own": 1 }));
        for (place, found) in
            [("uris[1]", true), ("cors.origins[0]", true), ("own", true), ("own", false), ("uris[7]", true)]
        {
            assert_eq!(prune(&mut body, place), found, "{place}");
        }
        assert_eq!(Value::from(body), json!({ "cors": { "origins": [] } }));
    }

    #[test]
    fn what_is_not_made_yet_leaves_its_list() {
        let names = HashSet::from(["new".to_owned()]);
        let mut value = json!({ "list": [{ "id": "new" }, { "id": "old", "of": ["new", "x"] }], "own": "old", "policy": { "id": "new" },
            "within": { "population": { "id": "new" }, "other": 1 } });
        let mut out = Vec::new();
        leave_out(&mut value, &names, "", &mut out);
        assert_eq!(value, json!({ "list": [{ "id": "old", "of": ["x"] }], "own": "old", "within": { "other": 1 } }));
        out.sort_unstable();
        assert_eq!(out, ["list", "list[0].of", "policy", "within.population"]);
    }

    #[test]
    fn keys_become_ids_and_unknown_ones_leave_their_list() {
        let known = HashMap::from([(format!("{KEY}a"), "1".to_owned())]);
        let mut value = json!({ "list": [{ "id": format!("{KEY}a") }, { "id": format!("{KEY}b") }], "text": "a" });
        assert!(resolve(&mut value, &known));
        assert_eq!(value, json!({ "list": [{ "id": "1" }], "text": "a" }));
        assert!(!resolve(&mut json!({ "id": format!("{KEY}b") }), &known));
    }
}
