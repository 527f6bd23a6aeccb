//! The management API as an OpenAPI 3.1 document, made of the table of routes and of what each object says of itself.
//!
//! What a call of its own takes and answers, no object describes: [`own`] has it. The tests hold every answer that they are given
//! against the document, so neither says what is not so.

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod effects;
mod examples;
mod known;
mod markdown;
mod operation;
mod own;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use protocol::id::SignOnPolicyId;
use protocol::model::describe::{schema, schema_as};
use protocol::model::{
    AdministratorSecurity, ApplicationType, IdentityProvider, IdentityProviderType, ObjectKind, ROLES, SignOnAction,
    SignOnActionType,
};
use serde_json::{Map, Value, json};

use super::{Route, all};

pub use markdown::pages;

/// What a row of the table takes and answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    /// What every object of the kind has: `list`, `all`, `read`, `create`, `replace`, `patch` or `delete`.
    Of(&'static str, ObjectKind),
    /// A handler of its own, by its name.
    Own(&'static str),
}

/// Answers the document, which is made when it is first asked for.
pub(crate) async fn answer() -> Response {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let text = DOCUMENT.get_or_init(|| document().to_string()).as_str();
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];
    crate::oauth::cors::open((headers, text).into_response())
}

/// The document. Where it is served the API is, below `/v1`.
pub fn document() -> Value {
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Grantor management API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Organizations, environments and what is in them, compatible with PingOne's. Lists take SCIM filters (RFC 7644 §3.4.2.2).",
        },
        "servers": [{ "url": "/v1" }],
        "security": [{ "accessToken": [] }],
        "paths": paths(),
        "components": {
            "securitySchemes": { "accessToken": {
                "type": "http",
                "scheme": "bearer",
                "description": "An access token of a worker by client_credentials, or of a user; a role of theirs must hold the permission of the call.",
            } },
            "parameters": operation::parameters(),
            "responses": { "Refused": {
                "description": "Refused: why, and in `details` which member and what it must be.",
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
            } },
            "schemas": schemas(),
        },
    })
}

/// By path, and below it by method.
fn paths() -> Map<String, Value> {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in all() {
        let operations = paths.entry(route.path).or_default();
        operations.insert(route.name.to_ascii_lowercase(), operation::operation(route));
    }
    paths.into_iter().map(|(path, operations)| (path.to_owned(), operations.into())).collect()
}

macro_rules! schemas {
    ($($place:ident { $($kind:ident = $name:literal, $one:literal of $many:literal by $id:ident with $with:tt
        stamps $stamps:tt configures $configures:literal told $told:tt;)+ })+) => {
        /// The name of a kind's schema.
        pub(super) const fn name(of: ObjectKind) -> &'static str {
            match of {
                $($(ObjectKind::$kind => stringify!($kind),)+)+
            }
        }

        fn schema_of(of: ObjectKind) -> Value {
            match of {
                $($(ObjectKind::$kind => schema::<protocol::model::$kind>(),)+)+
            }
        }
    };
}

protocol::objects!(schemas);

/// Of each object that some call takes or answers; and those that are no objects of the store.
fn schemas() -> Map<String, Value> {
    let mut schemas: BTreeMap<String, Value> = own::schemas().collect();
    for kind in ObjectKind::ALL {
        let mut schema = schema_of(kind);
        if kind == ObjectKind::Application {
            // Those that the server brings along are answered, and made by nobody.
            schema["properties"]["type"]["enum"] = ApplicationType::ALL.map(ApplicationType::name).as_slice().into();
        }
        schema["properties"]["_links"] = json!({ "$ref": "#/components/schemas/Links" });
        schemas.insert(name(kind).to_owned(), schema);
    }
    for (name, schema) in several() {
        schemas.insert(name.to_owned(), schema);
    }
    // Whose it is.
    if let Some(schema) = schemas.get_mut("RoleAssignment") {
        for actor in ["application", "group", "user"] {
            schema["properties"][actor] = told(reference());
        }
    }
    for name in ["Certificate", "KeyPair"] {
        // RFC 5280 §4.1.2.2: as long as it is, PingOne answers it as a number.
        if let Some(schema) = schemas.get_mut(name) {
            let number = &mut schema["properties"]["serialNumber"];
            *number = json!({ "type": "integer", "readOnly": number["readOnly"] == true });
        }
    }
    known::tell(&mut schemas);
    for name in all().filter_map(operation::patched) {
        let patch = schemas.get(name).map(known::patch).unwrap_or_default();
        schemas.insert(format!("{name}Patch"), patch);
    }
    // What an import may bring along with its user.
    let mut imported = schemas.get("User").cloned().unwrap_or_default();
    imported["properties"]["password"] =
        json!({ "type": "object", "properties": { "value": text(), "forceChange": { "type": "boolean" } } });
    schemas.insert("NewUser".to_owned(), imported);
    schemas.into_iter().collect()
}

/// What has other members by its type: all of them, and what is required is what each of them requires.
fn several() -> [(&'static str, Value); 3] {
    let actions = SignOnActionType::ALL.into_iter();
    let action = |kind| schema_as(SignOnAction::begun(SignOnPolicyId::default(), 0, kind));
    let mut action = by_type(&actions.map(|kind| (kind.name(), action(kind))).collect::<Vec<_>>());
    for member in ["environment", "signOnPolicy"] {
        action["properties"][member] = told(reference());
    }
    let providers = IdentityProviderType::ALL.into_iter();
    let provider = |kind| schema_as(IdentityProvider { kind, ..IdentityProvider::default() });
    let provider = by_type(&providers.map(|kind| (kind.name(), provider(kind))).collect::<Vec<_>>());
    let mut security = schema::<AdministratorSecurity>();
    for (member, kind) in [
        ("environment", reference()),
        ("hasFido2Capabilities", json!({ "type": "boolean" })),
        ("isPingIDInBOM", json!({ "type": "boolean" })),
        ("createdAt", json!({ "type": "string", "format": "date-time" })),
        ("updatedAt", json!({ "type": "string", "format": "date-time" })),
    ] {
        security["properties"][member] = told(kind);
    }
    [("SignOnAction", action), ("IdentityProvider", provider), ("AdministratorSecurity", security)].map(
        |(name, mut schema)| {
            schema["properties"]["_links"] = json!({ "$ref": "#/components/schemas/Links" });
            (name, schema)
        },
    )
}

/// All of them as one, which says what each requires beside the rest.
fn by_type(all: &[(&'static str, Value)]) -> Value {
    let whole = all.iter().map(|(_, schema)| schema.clone()).reduce(both).unwrap_or_default();
    let shared = required(&whole);
    let needs = all.iter().filter_map(|(kind, schema)| {
        let more = required(schema).into_iter().filter(|name| !shared.contains(name));
        let more: Vec<String> = more.filter_map(|name| name.as_str().map(str::to_owned)).collect();
        (!more.is_empty()).then(|| format!("{kind} {}", more.join(", ")))
    });
    let needs: Vec<String> = needs.collect();
    let mut whole = whole;
    if !needs.is_empty() {
        whole["description"] = format!("By its type it must have as well: {}.", needs.join("; ")).into();
    }
    whole
}

fn required(schema: &Value) -> Vec<Value> {
    schema["required"].as_array().cloned().unwrap_or_default()
}

/// The members of one and of the other.
fn both(mut one: Value, other: Value) -> Value {
    let shared: Vec<Value> = required(&one).into_iter().filter(|name| required(&other).contains(name)).collect();
    if let (Some(members), Value::Object(mut more)) = (one["properties"].as_object_mut(), other) {
        for (name, told) in more.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
            match members.get_mut(name) {
                // What one may be by either of them.
                Some(member) => {
                    let more = told["enum"].as_array().cloned().unwrap_or_default();
                    if let Some(all) = member.get_mut("enum").and_then(Value::as_array_mut) {
                        let new: Vec<Value> = more.into_iter().filter(|one| !all.contains(one)).collect();
                        all.extend(new);
                    }
                }
                None => drop(members.insert(name.clone(), told.take())),
            }
        }
    }
    one["required"] = shared.into();
    one
}

fn reference() -> Value {
    json!({ "type": "object", "properties": { "id": { "type": "string", "format": "uuid" } }, "required": ["id"] })
}

/// What a body's is not read of.
fn told(mut kind: Value) -> Value {
    kind["readOnly"] = true.into();
    kind
}

fn text() -> Value {
    json!({ "type": "string" })
}

/// The roles that hold what the call needs.
fn roles(route: &Route) -> Vec<&'static str> {
    ROLES.iter().filter(|role| role.permissions.contains(&route.permission)).map(|role| role.name).collect()
}
