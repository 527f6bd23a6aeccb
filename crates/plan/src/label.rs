//! By what an object is known among its siblings.

use serde_json::Value;

use crate::kinds::Kind;
use crate::table::Identity;

/// The label of an object, with names in place of ids; None where what it is known by is missing.
pub(crate) fn label(kind: &Kind, body: &Value) -> Option<String> {
    match kind.identity {
        Identity::By(member) | Identity::Nth(member) => body[member].as_str().map(str::to_owned),
        Identity::Of(member) => reference(&body[member]),
        Identity::Itself => reference(body),
        Identity::Whole => Some(whole(body)),
        Identity::Single => Some(String::new()),
    }
}

/// What must be there for it.
pub(crate) fn needed(kind: &Kind) -> &'static str {
    match kind.identity {
        Identity::By(member) | Identity::Of(member) | Identity::Nth(member) => member,
        Identity::Itself => "name",
        Identity::Whole | Identity::Single => "",
    }
}

/// Whether the property of this path is, or is within, what it is known by.
pub(crate) fn is_known_by(kind: &Kind, path: &str) -> bool {
    match kind.identity {
        Identity::By(member) | Identity::Of(member) | Identity::Nth(member) => {
            path.strip_prefix(member).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        }
        Identity::Itself => matches!(path, "name" | "id"),
        Identity::Whole => true,
        Identity::Single => false,
    }
}

fn reference(value: &Value) -> Option<String> {
    value["name"].as_str().or_else(|| value["id"].as_str()).map(str::to_owned)
}

/// `Environment Admin over ENVIRONMENT Shop`; of anything else its JSON.
fn whole(body: &Value) -> String {
    let over = &body["scope"];
    match (reference(&body["role"]), over["type"].as_str()) {
        (Some(role), Some(kind)) => {
            let name = reference(over).map(|name| format!(" {name}")).unwrap_or_default();
            format!("{role} over {kind}{name}")
        }
        _ => body.to_string(),
    }
}

/// Makes labels of which several may be the same differ, in the order of their priority: `LOGIN`, `LOGIN 2`.
pub(crate) fn number<T>(kind: &Kind, objects: &mut [T], of: impl Fn(&T) -> &Value, set: impl Fn(&mut T, String)) {
    if !matches!(kind.identity, Identity::Nth(_)) {
        return;
    }
    objects.sort_by_key(|object| of(object)["priority"].as_i64().unwrap_or(i64::MAX));
    for at in 0..objects.len() {
        let Some(own) = label(kind, of(&objects[at])) else { continue };
        let before = objects[..at].iter().filter(|other| label(kind, of(other)).as_ref() == Some(&own)).count();
        set(&mut objects[at], if before == 0 { own } else { format!("{own} {}", before + 1) });
    }
}
