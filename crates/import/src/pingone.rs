//! A tenant of PingOne, as its management API answers: nearly what this server takes.
//!
//! An object keeps its id where it is free here, and whatever names it by that id is told the one that it has.

use serde_json::{Map, Value, json};

use crate::text::{inner, text};
use crate::wanted::{KEY, Kept, Same, Wanted, id_of};
use crate::{Left, Person};

/// A kind of object of a tenant: what the report calls it, its part of the path, and by what one is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub name: &'static str,
    pub path: &'static str,
    same: &'static str,
    /// Members that are the tenant's own: what they refer to is not taken, or made anew.
    without: &'static [&'static str],
    /// What is a part of one.
    pub below: &'static [Kind],
    /// Whether one has a secret, at `/secret`.
    pub secret: bool,
}

const PLAIN: Kind = Kind { name: "", path: "", same: "name", without: &[], below: &[], secret: false };

/// What is taken, in an order in which each comes behind what it refers to. The populations' providers and the groups of groups are not
/// among them.
pub const KINDS: [Kind; 8] = [
    Kind { name: "schemas", path: "schemas", below: &[SCHEMA_ATTRIBUTES], ..PLAIN },
    Kind { name: "passwordPolicies", path: "passwordPolicies", without: &["populationCount"], ..PLAIN },
    Kind { name: "populations", path: "populations", without: &["theme", "userCount"], ..PLAIN },
    Kind { name: "resources", path: "resources", below: &[ATTRIBUTES, SCOPES], secret: true, ..PLAIN },
    Kind { name: "groups", path: "groups", without: COUNTS, below: &[NESTINGS], ..PLAIN },
    Kind {
        name: "identityProviders",
        path: "identityProviders",
        without: &["icon", "loginButtonIcon"],
        below: &[ATTRIBUTES],
        ..PLAIN
    },
    Kind { name: "signOnPolicies", path: "signOnPolicies", below: &[ACTIONS], ..PLAIN },
    Kind {
        name: "applications",
        path: "applications",
        same: "clientId",
        // What it calls itself is kept beside its body.
        without: &["clientId", "signing", "assignActorRoles", "icon", "applyDefaultTheme", "enableDefaultThemeFooter"],
        below: &[ATTRIBUTES, GRANTS, ASSIGNMENTS],
        secret: true,
    },
];

const SCHEMA_ATTRIBUTES: Kind =
    Kind { name: "schemaAttributes", path: "attributes", without: &["schema", "ldapAttribute"], ..PLAIN };
// What it is a part of follows from the path.
const ATTRIBUTES: Kind = Kind {
    name: "attributes",
    path: "attributes",
    without: &["mappingType", "type", "application", "resource", "identityProvider"],
    ..PLAIN
};
const SCOPES: Kind = Kind { name: "scopes", path: "scopes", without: &["resource"], ..PLAIN };
const ACTIONS: Kind =
    Kind { name: "signOnPolicyActions", path: "actions", same: "type", without: &["signOnPolicy"], ..PLAIN };
const GRANTS: Kind = Kind { name: "grants", path: "grants", same: "resource.id", without: &["application"], ..PLAIN };
const ASSIGNMENTS: Kind = Kind {
    name: "signOnPolicyAssignments",
    path: "signOnPolicyAssignments",
    same: "signOnPolicy.id",
    without: &["application"],
    ..PLAIN
};
const NESTINGS: Kind =
    Kind { name: "nestings", path: "memberOfGroups", same: "id", without: &["name", "type"], ..PLAIN };
const COUNTS: &[&str] = &["directMemberCounts", "totalMemberCounts"];

/// The rows of a page, and the address of the next one.
pub fn page(answer: &Value) -> (Vec<Map<String, Value>>, Option<String>) {
    let embedded = answer.get("_embedded").and_then(Value::as_object).into_iter().flatten();
    let rows = embedded.filter_map(|(_, list)| list.as_array()).flatten().filter_map(|row| row.as_object().cloned());
    let next = answer.pointer("/_links/next/href").and_then(Value::as_str).map(str::to_owned);
    (rows.collect(), next)
}

/// What others call the object with this id in the tenant.
fn key(id: &str) -> String {
    format!("{KEY}{id}")
}

/// The object of a row. `parent` is what it is a part of: its collection and its id in the tenant.
pub fn wanted(
    kind: Kind,
    row: &Map<String, Value>,
    parent: Option<(&str, &str)>,
    secret: Option<String>,
    left: &mut Left,
) -> Option<Wanted> {
    let id = text(row, "id")?;
    let name = text(row, "name").or_else(|| text(row, "type")).unwrap_or(id);
    if kind.name == "applications" && !is_taken(row, name, left) {
        return None;
    }
    // What is indirect follows from the rest.
    if kind.name == "nestings" && text(row, "type") == Some("INDIRECT") {
        return None;
    }
    let built_in = is_built_in(kind, row);
    let mut body = row.clone();
    for member in NEVER.iter().chain(kind.without) {
        body.remove(*member);
    }
    if kind.name == "schemaAttributes" {
        body = attribute(row, body)?;
    }
    if kind.name == "identityProviders" {
        tell_secret(row, name, left);
    }
    if kind.name == "nestings" {
        body = [("id".to_owned(), json!(id))].into_iter().collect();
    }
    // What is the default stays it until another one is.
    if body.get("default") == Some(&Value::Bool(false)) {
        body.remove("default");
    }
    if built_in {
        body.clear();
    }
    let same = match kind.same {
        "clientId" => Same { member: "clientId", value: text(row, "clientId").unwrap_or(id).to_owned() },
        "resource.id" => Same { member: "resource.id", value: referred(row, "resource")? },
        "signOnPolicy.id" => Same { member: "signOnPolicy.id", value: referred(row, "signOnPolicy")? },
        "id" => Same { member: "id", value: id.to_owned() },
        "type" => Same { member: "type", value: text(row, "type")?.to_owned() },
        _ => Same { member: "name", value: name.to_owned() },
    };
    let mut within = vec![kind.path.to_owned()];
    if let Some((collection, parent)) = parent {
        within = vec![collection.to_owned(), key(parent), kind.path.to_owned()];
    }
    let client_id = (kind.name == "applications").then(|| text(row, "clientId").unwrap_or(id).to_owned());
    let own = if kind.name == "nestings" { None } else { id_of(row.get("id")) };
    let kept = Kept { id: own, client_id, secret: secret.filter(|_| !built_in), secret_anywhere: false };
    Some(Wanted { kind: kind.name, name: name.to_owned(), key: key(id), within, same, kept, body })
}

/// What of an attribute of users comes along: all of a custom one, and of those that stand from the beginning what somebody changed. None
/// where that is nothing.
fn attribute(row: &Map<String, Value>, body: Map<String, Value>) -> Option<Map<String, Value>> {
    match text(row, "schemaType") {
        Some("CUSTOM") => return Some(body),
        Some("STANDARD") => {}
        _ => return None,
    }
    let changed = |name: &str, value: &Value| match name {
        "enabled" => *value == Value::Bool(false),
        "unique" => *value == Value::Bool(true),
        "regexValidation" => value.is_object(),
        _ => false,
    };
    let body: Map<String, Value> = body.into_iter().filter(|(name, value)| changed(name, value)).collect();
    (!body.is_empty()).then_some(body)
}

/// A provider without what it proves this server by is there, and lets nobody in.
fn tell_secret(row: &Map<String, Value>, name: &str, left: &mut Left) {
    let secret = match text(row, "type") {
        Some("SAML") => return,
        Some("APPLE") => "clientSecretSigningKey",
        Some("FACEBOOK") => "appSecret",
        _ => "clientSecret",
    };
    if text(row, secret).is_none() && text(row, "tokenEndpointAuthMethod") != Some("NONE") {
        left.add("secrets", name, "the tenant does not give away what a provider is proven by: write it here");
    }
}

/// Those that every environment has are there already, and others are told which they are.
fn is_built_in(kind: Kind, row: &Map<String, Value>) -> bool {
    match kind.name {
        "schemas" => true,
        "resources" => text(row, "type").is_some_and(|of| of != "CUSTOM"),
        // Those of the API that somebody made have a suffix: `p1:read:user:email-only`.
        "scopes" => text(row, "name").is_some_and(|name| {
            OPENID_SCOPES.contains(&name) || (name.starts_with("p1:") && name.split(':').count() == 3)
        }),
        _ => false,
    }
}

fn is_taken(row: &Map<String, Value>, name: &str, left: &mut Left) -> bool {
    let kind = text(row, "type").unwrap_or_default();
    if text(row, "protocol").is_some_and(|protocol| protocol != "OPENID_CONNECT") {
        left.add("applications", name, "speaks another protocol than OpenID Connect");
        return false;
    }
    if matches!(kind, "PING_ONE_PORTAL" | "PING_ONE_SELF_SERVICE" | "PING_ONE_ADMIN_CONSOLE") {
        left.add("applications", name, "is PingOne's own");
        return false;
    }
    true
}

fn referred(row: &Map<String, Value>, member: &str) -> Option<String> {
    Some(text(inner(row, member)?, "id")?.to_owned())
}

/// Who a user is. PingOne gives nobody's password hash away.
pub fn person(row: &Map<String, Value>, groups: &[String], left: &mut Left) -> Person {
    let mut body = row.clone();
    for member in NEVER.iter().filter(|member| **member != "id").chain(&OF_USERS) {
        body.remove(*member);
    }
    if id_of(row.get("id")).is_none() {
        body.remove("id");
    }
    if text(row, "username").is_some() {
        left.add("passwords", "", "PingOne gives nobody's hash away: whoever had one chooses a new one, or it is brought along from where it was made");
    }
    let external =
        inner(row, "identityProvider").and_then(|provider| text(provider, "type")).is_some_and(|of| of != "PING_ONE");
    if external {
        left.add("linked accounts", "", "signing on through another provider is not taken along");
    }
    Person { body, groups: groups.iter().map(|id| key(id)).collect() }
}

/// What the server makes itself.
const NEVER: [&str; 6] = ["_links", "_embedded", "environment", "id", "createdAt", "updatedAt"];
const OF_USERS: [&str; 8] = [
    "account",
    "identityProvider",
    "memberOfGroupIDs",
    "memberOfGroupNames",
    "lastSignOn",
    "verifyStatus",
    "emails",
    "addresses",
];
const OPENID_SCOPES: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

#[cfg(test)]
mod tests;
