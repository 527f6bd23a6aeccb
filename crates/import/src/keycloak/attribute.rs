//! Attributes of users that the realm's profile or a mapper names, as custom attributes of the schema of users.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::scope::BUILT_IN;
use super::{OWN_CLIENTS, mapper};
use crate::text::{flag, inner, objects, text, texts};
use crate::wanted::key;
use crate::{Left, Wanted};

/// What a custom attribute is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Custom {
    pub(super) name: String,
    /// Whether it has a list of values.
    pub(super) many: bool,
}

/// Custom attributes by the names that they have there.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes(BTreeMap<String, Custom>);

impl Attributes {
    pub(super) fn get(&self, theirs: &str) -> Option<&Custom> {
        self.0.get(theirs)
    }

    /// One that the environment has already is as it is there.
    pub(super) fn know(&mut self, name: &str, many: bool) {
        match self.0.values_mut().find(|custom| custom.name.eq_ignore_ascii_case(name)) {
            Some(custom) => custom.many = many,
            None => drop(self.0.insert(name.to_owned(), Custom { name: name.to_owned(), many })),
        }
    }

    /// What in an expression is worth what a user has under a name of theirs; None where users have nothing of it here.
    pub(super) fn expression(&self, theirs: &str) -> Option<String> {
        if let Some(path) = mapper::property(theirs) {
            return Some(format!("${{user.{path}}}"));
        }
        let Custom { name, .. } = self.get(theirs)?;
        // A hyphen would take one from the other.
        Some(if name.contains('-') { format!("${{user['{name}']}}") } else { format!("${{user.{name}}}") })
    }
}

pub(super) fn read(members: &Map<String, Value>, wanted: &mut Vec<Wanted>, left: &mut Left) -> Attributes {
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    for (name, many) in profile(members).into_iter().chain(mapped(members)) {
        if mapper::property(&name).is_none() {
            *found.entry(name).or_default() |= many;
        }
    }
    let (mut attributes, mut taken) = (Attributes::default(), HashSet::new());
    for (theirs, many) in found {
        let name = match own_name(&theirs) {
            Ok(name) if taken.insert(name.to_lowercase()) => name,
            Ok(_) => {
                left.add("schemaAttributes", &theirs, "another one has its name in other letters");
                continue;
            }
            Err(why) => {
                left.add("schemaAttributes", &theirs, why);
                continue;
            }
        };
        if name != theirs {
            left.add("schemaAttributes", &theirs, format!("is called {name} here"));
        }
        let mut body = Map::new();
        for (member, value) in [("name", json!(name)), ("type", json!("STRING")), ("enabled", json!(true))] {
            body.insert(member.into(), value);
        }
        // What the environment has as a list stays one.
        if many {
            body.insert("multiValued".into(), true.into());
        }
        let schema = key("schemas", "User");
        wanted.push(Wanted::named("schemaAttributes", &name, body).below("schemas", &schema, "attributes"));
        attributes.0.insert(theirs, Custom { name, many });
    }
    attributes
}

/// A letter, then letters, numbers and hyphens, and nothing that users have anyway.
fn own_name(theirs: &str) -> Result<String, &'static str> {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = theirs.chars().map(fits).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || name.len() > 256 {
        return Err("an attribute's name begins with a letter here");
    }
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(&name)) {
        return Err("users have something else of this name");
    }
    Ok(name)
}

/// The attributes of the declared user profile: JSON in a text.
fn profile(members: &Map<String, Value>) -> Vec<(String, bool)> {
    let components = inner(members, "components");
    let providers = components.and_then(|all| all.get("org.keycloak.userprofile.UserProfileProvider"));
    let mut found = Vec::new();
    for provider in providers.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        let config = inner(provider, "config").map(|config| texts(config, "kc.user.profile.config"));
        for written in config.into_iter().flatten() {
            let Ok(Value::Object(written)) = serde_json::from_str(written) else { continue };
            for one in objects(&written, "attributes") {
                let name = text(one, "name").filter(|name| !OF_EVERYBODY.contains(name));
                found.extend(name.map(|name| (name.to_owned(), flag(one, "multivalued") == Some(true))));
            }
        }
    }
    found
}

/// The attributes that mappers tell of.
fn mapped(members: &Map<String, Value>) -> Vec<(String, bool)> {
    let clients = objects(members, "clients")
        .filter(|client| text(client, "clientId").is_none_or(|id| !OWN_CLIENTS.contains(&id)));
    // Those of the scopes that are here from the beginning are not taken.
    let scopes = objects(members, "clientScopes")
        .filter(|scope| text(scope, "name").is_none_or(|name| !BUILT_IN.contains(&name)));
    let mut found = Vec::new();
    for mapping in clients.chain(scopes).flat_map(|of| objects(of, "protocolMappers")) {
        if text(mapping, "protocolMapper") != Some("oidc-usermodel-attribute-mapper") {
            continue;
        }
        let Some(config) = inner(mapping, "config") else { continue };
        let name = text(config, "user.attribute").filter(|name| !OF_EVERYBODY.contains(name));
        found.extend(name.map(|name| (name.to_owned(), flag(config, "multivalued") == Some(true))));
    }
    found
}

/// What Keycloak's users have beside attributes.
const OF_EVERYBODY: [&str; 4] = ["username", "email", "firstName", "lastName"];
/// What users have anyway, or what is nobody's to make: the schema of users would refuse it.
const RESERVED: [&str; 42] = [
    "account",
    "address",
    "birthdate",
    "createdAt",
    "devices",
    "email",
    "emailVerified",
    "enabled",
    "environment",
    "externalId",
    "gender",
    "heldProvider",
    "id",
    "identityProvider",
    "lastSignOn",
    "lifecycle",
    "linkedAccounts",
    "locale",
    "memberOfGroupIDs",
    "memberOfGroupNames",
    "memberOfGroups",
    "mfaEnabled",
    "mobilePhone",
    "name",
    "nickname",
    "password",
    "phoneVerified",
    "photo",
    "population",
    "preferredLanguage",
    "primaryPhone",
    "profile",
    "profileUrl",
    "roleAssignments",
    "timezone",
    "title",
    "type",
    "updatedAt",
    "username",
    "verifyStatus",
    "version",
    "website",
];
