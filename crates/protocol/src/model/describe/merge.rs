//! A patch of an object: what is not named stays, what is `null` is cleared (RFC 7396 §2).

use serde_json::{Map, Value, json};

use super::{Described, draw};

/// The body of a replacement that changes no more than `patch` does.
pub fn merged<R: Described>(object: &R, patch: Map<String, Value>) -> Map<String, Value> {
    let mut whole = draw(object);
    merge_members(&mut whole, patch);
    whole
}

fn merge_members(whole: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        if value.is_null() {
            whole.remove(&name);
        } else {
            merge(whole.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// The nesting is bounded by what was parsed.
fn merge(whole: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *whole = patch;
        return;
    };
    if !whole.is_object() {
        *whole = json!({});
    }
    if let Some(members) = whole.as_object_mut() {
        merge_members(members, patch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_merges_and_null_removes() {
        // RFC 7396, appendix A.
        let mut whole = json!({ "name": { "given": "Ada", "family": "L" }, "title": "x", "email": "a@b.example" });
        merge(&mut whole, json!({ "name": { "family": null, "middle": "K" }, "title": null, "nickname": "C" }));
        let expected = json!({ "name": { "given": "Ada", "middle": "K" }, "email": "a@b.example", "nickname": "C" });
        assert_eq!(whole, expected);
        merge(&mut whole, json!({ "email": { "deep": { "gone": null } } }));
        assert_eq!(whole["email"], json!({ "deep": {} }));
    }
}
