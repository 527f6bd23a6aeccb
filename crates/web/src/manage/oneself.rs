//! What somebody who calls for themselves sees and changes: what the scopes of their token reach (PingOne's `schemaAttributes`).

use engine::Failure;
use engine::manage::{Authorized, Within};
use protocol::model::{Kept, Reaches, describe};
use serde_json::{Map, Value};

use super::authority::unreachable;

/// What of the answer they may see; whoever calls as an administrator sees all.
pub(super) fn visible(by: &Authorized, answer: Value) -> Value {
    match (&by.within, answer) {
        (Within::Oneself(_, reaches @ Reaches::Paths(_)), Value::Object(members)) => {
            Value::Object(reached(reaches, members, ""))
        }
        (_, answer) => answer,
    }
}

fn reached(reaches: &Reaches, members: Map<String, Value>, above: &str) -> Map<String, Value> {
    let of = |(name, value): (String, Value)| {
        let path = below(above, &name);
        if reaches.has(&path) || (above.is_empty() && ALWAYS.contains(&name.as_str())) {
            return Some((name, value));
        }
        match value {
            Value::Object(inner) if reaches.enters(&path) => {
                let inner = reached(reaches, inner, &path);
                (!inner.is_empty()).then_some((name, Value::Object(inner)))
            }
            _ => None,
        }
    };
    members.into_iter().filter_map(of).collect()
}

/// Decides whether somebody who calls for themselves changes nothing but what is theirs to change, and what the scopes of their
/// token reach.
pub(super) fn may_write<T: Kept>(by: &Authorized, before: &T, after: &T) -> Result<(), Failure> {
    let Within::Oneself(_, reaches) = &by.within else { return Ok(()) };
    let (before, after) = (describe::draw(before), describe::draw(after));
    let changed: Vec<&String> =
        before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name)).collect();
    let schema = &by.tenant()?.schema;
    let own = |name: &str| OWN.contains(&name) || schema.own(name).is_some();
    if let Some(name) = changed.iter().find(|name| !own(name.as_str())) {
        return Err(unreachable(&format!("an administrator, to change {name}")));
    }
    let beyond = |name: &&&String| {
        !FOLLOWS.contains(&name.as_str()) && !within(reaches, before.get(**name), after.get(**name), name)
    };
    match changed.iter().find(beyond) {
        Some(name) => Err(unreachable(&format!("a scope that reaches {name}"))),
        None => Ok(()),
    }
}

/// Whether all that differs is reached.
fn within(reaches: &Reaches, before: Option<&Value>, after: Option<&Value>, path: &str) -> bool {
    if before == after || reaches.has(path) {
        return true;
    }
    let members = |value: Option<&Value>| match value {
        None => Some(Map::new()),
        Some(Value::Object(members)) => Some(members.clone()),
        Some(_) => None,
    };
    let (Some(before), Some(after)) = (members(before), members(after)) else { return false };
    reaches.enters(path)
        && before
            .keys()
            .chain(after.keys())
            .all(|name| within(reaches, before.get(name), after.get(name), &below(path, name)))
}

fn below(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}

/// What says who is answered.
const ALWAYS: [&str; 3] = ["_links", "environment", "id"];
/// What nobody writes: it follows from what else is written.
const FOLLOWS: [&str; 3] = ["emailVerified", "phoneVerified", "updatedAt"];
/// What somebody may change of themselves: no name that others know them by, such as the one that they sign on with; `emailVerified`, `phoneVerified` and `updatedAt` follow.
const OWN: [&str; 18] = [
    "address",
    "birthdate",
    "email",
    "emailVerified",
    "gender",
    "locale",
    "mobilePhone",
    "name",
    "nickname",
    "phoneVerified",
    "photo",
    "preferredLanguage",
    "primaryPhone",
    "profileUrl",
    "timezone",
    "title",
    "updatedAt",
    "website",
];
