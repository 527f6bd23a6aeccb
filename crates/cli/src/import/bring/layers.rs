//! Which objects can be written at once: those that neither refer to each other nor are one beside the other in a list that is kept in order.

use std::collections::HashMap;

use import::Wanted;
use serde_json::Value;

use super::folded;

/// The objects in layers, each behind all that it refers to among those before it. Within a layer their order stays.
pub(super) fn layers(wanted: Vec<Wanted>) -> Vec<Vec<Wanted>> {
    let mut layers: Vec<Vec<Wanted>> = Vec::new();
    // In which layer what is called so is, and the last one of those that come one after the other.
    let (mut named, mut chains) = (HashMap::<String, usize>::new(), HashMap::<String, usize>::new());
    // What users may have is there before anything names it, in a filter or an expression.
    let mut schema = None;
    for one in wanted {
        let of_schema = matches!(one.kind, "schemas" | "schemaAttributes");
        let chain = chain(&one);
        let own = [Some(&one.key), one.kept.id.as_ref()].into_iter().flatten();
        let mut behind: Vec<Option<&usize>> = vec![chains.get(&chain), named.get(&one.same.value)];
        behind.extend(one.within.iter().chain(own.clone()).map(|name| named.get(name)));
        one.body.values().for_each(|value| texts(value, &mut |text| behind.push(named.get(text))));
        behind.push(schema.as_ref().filter(|_| !of_schema));
        let at = behind.into_iter().flatten().max().map_or(0, |last| last + 1);
        if of_schema {
            schema = schema.max(Some(at));
        }
        named.extend(own.map(|name| (name.clone(), at)));
        chains.insert(chain, at);
        if layers.len() <= at {
            layers.resize_with(at + 1, Vec::new);
        }
        layers[at].push(one);
    }
    layers
}

/// What those have in common that are written one after the other.
fn chain(one: &Wanted) -> String {
    match one.within.as_slice() {
        // Two of one name are one object.
        [_] if AT_ONCE.contains(&one.kind) => format!("{} {}", one.kind, folded(&one.same.value)),
        [_, ..] if AT_ONCE.contains(&one.kind) => one.within.join("/"),
        // There is one default of them, an order, or a circle that must not close.
        _ => one.kind.to_owned(),
    }
}

fn texts<'a>(value: &'a Value, take: &mut dyn FnMut(&'a str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(elements) => elements.iter().for_each(|element| texts(element, take)),
        Value::Object(members) => members.values().for_each(|member| texts(member, take)),
        _ => {}
    }
}

/// The kinds of which many are there, and each by itself: those that are parts are written at once below different objects.
const AT_ONCE: [&str; 6] = ["applications", "attributes", "grants", "groups", "resources", "signOnPolicyAssignments"];

#[cfg(test)]
mod tests {
    use import::{KEY, Kept, Same};
    use serde_json::json;

    use super::*;

    fn wanted(kind: &'static str, name: &str, within: &[&str], body: &Value) -> Wanted {
        Wanted {
            kind,
            name: name.into(),
            key: format!("{KEY}{kind}:{name}"),
            within: within.iter().map(|part| (*part).to_owned()).collect(),
            same: Same { member: "name", value: name.into() },
            kept: Kept { id: Some(format!("id of {name}")), ..Kept::default() },
            body: body.as_object().cloned().unwrap_or_default(),
        }
    }

    #[test]
    fn what_refers_to_another_comes_behind_it() {
        let scope = format!("{KEY}scopes:read");
        let parent = |name: &str| format!("{KEY}applications:{name}");
        let grants = |of: &str| {
            wanted("grants", of, &["applications", &parent(of), "grants"], &json!({ "scopes": [{ "id": scope }] }))
        };
        let layers = layers(vec![
            wanted("passwordPolicies", "p", &["passwordPolicies"], &json!({ "default": true })),
            wanted("passwordPolicies", "q", &["passwordPolicies"], &json!({})),
            wanted("scopes", "read", &["resources", "x", "scopes"], &json!({})),
            wanted("applications", "a", &["applications"], &json!({})),
            grants("a"),
            wanted("applications", "b", &["applications"], &json!({})),
            grants("b"),
            wanted("applications", "A", &["applications"], &json!({})),
            wanted("groups", "g", &["groups"], &json!({ "population": { "id": "id of q" } })),
        ]);
        let names: Vec<Vec<&str>> =
            layers.iter().map(|layer| layer.iter().map(|one| one.name.as_str()).collect()).collect();
        assert_eq!(names, [vec!["p", "read", "a", "b"], vec!["q", "a", "b", "A"], vec!["g"]]);
    }
}
