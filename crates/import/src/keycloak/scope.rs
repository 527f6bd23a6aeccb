//! Client scopes as scopes of the resource of OpenID Connect, and their mappers as its attributes.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::attribute::Attributes;
use super::{OPENID, mapper};
use crate::text::{objects, text};
use crate::wanted::key;
use crate::{Left, Wanted};

/// The keys of the scopes that an application can hold, by name.
pub(super) type Scopes = HashMap<String, String>;

pub(super) fn read(
    members: &Map<String, Value>,
    known: &Attributes,
    wanted: &mut Vec<Wanted>,
    left: &mut Left,
) -> Scopes {
    let mut scopes: Scopes = BUILT_IN.iter().map(|name| ((*name).to_owned(), key("scopes", name))).collect();
    let openid = key("resources", OPENID);
    let mut claims: HashMap<String, String> = HashMap::new();
    for scope in objects(members, "clientScopes") {
        let Some(name) = text(scope, "name") else { continue };
        if BUILT_IN.contains(&name) || OF_SAML.contains(&name) {
            continue;
        }
        if text(scope, "protocol").is_some_and(|protocol| protocol != "openid-connect") {
            left.add("scopes", name, "is one of SAML");
            continue;
        }
        // Clients ask for these by name as well, and are not refused.
        let mapped = if OWN.contains(&name) {
            Vec::new()
        } else {
            attributes((scope, name), known, &mut claims, &openid, wanted, left)
        };
        if name == "roles" {
            let why = "may be asked for, and tells nothing: roles are groups here, which a mapping of ${user.memberOfGroupNames} tells";
            left.add("mappers", name, why);
        }
        let mut body = Map::new();
        body.insert("name".into(), json!(name));
        if let Some(said) = text(scope, "description").filter(|said| !said.starts_with("${")) {
            body.insert("description".into(), said.into());
        }
        if !mapped.is_empty() {
            body.insert("mappedClaims".into(), json!(mapped));
        }
        wanted.push(Wanted::named("scopes", name, body).below("resources", &openid, "scopes"));
        scopes.insert(name.to_owned(), key("scopes", name));
    }
    scopes
}

/// The attributes that the mappers of a scope come to: their keys.
fn attributes(
    (scope, name): (&Map<String, Value>, &str),
    known: &Attributes,
    claims: &mut HashMap<String, String>,
    openid: &str,
    wanted: &mut Vec<Wanted>,
    left: &mut Left,
) -> Vec<String> {
    let mut mapped = Vec::new();
    let mut met = HashSet::new();
    for found in objects(scope, "protocolMappers") {
        let full = format!("{name}/{}", text(found, "name").unwrap_or_default());
        let Some(mapping) = mapper::taken(found, &full, known, left) else { continue };
        if STANDARD.contains(&mapping.claim.as_str()) {
            left.add(
                "mappers",
                &full,
                "its claim is one of OpenID Connect, which is told for the scope that asks for it",
            );
            continue;
        }
        let key = key("attributes", &mapping.claim);
        match claims.get(&mapping.claim) {
            Some(value) if *value == mapping.value => {}
            Some(_) => {
                left.add("mappers", &full, "another scope has the same claim with another value");
                continue;
            }
            None => {
                claims.insert(mapping.claim.clone(), mapping.value.clone());
                let one = Wanted::named("attributes", &mapping.claim, mapping.body());
                wanted.push(one.below("resources", openid, "attributes"));
            }
        }
        if met.insert(key.clone()) {
            mapped.push(key);
        }
    }
    mapped
}

/// Those that the resource of OpenID Connect has in every environment.
pub(super) const BUILT_IN: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// Keycloak's own, by which it decides what this server decides otherwise: they tell nothing here.
const OWN: [&str; 6] = ["roles", "web-origins", "acr", "basic", "organization", "service_account"];
const OF_SAML: [&str; 2] = ["role_list", "saml_organization"];

/// The claims of OpenID Connect Core §5.1.
pub(super) const STANDARD: [&str; 20] = [
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];
