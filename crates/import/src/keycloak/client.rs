//! Clients as applications, or as resources where they only check tokens.

mod addresses;
mod rights;

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::attribute::Attributes;
use super::scope::Scopes;
use super::{OPENID, OWN_CLIENTS, mapper};
use crate::text::{flag, inner, objects, text, texts};
use crate::wanted::{Same, id_of, key};
use crate::{Left, Wanted};

/// What clients refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) scopes: &'a Scopes,
    pub(super) attributes: &'a Attributes,
}

pub(super) fn read(members: &Map<String, Value>, known: Known<'_>, wanted: &mut Vec<Wanted>, left: &mut Left) {
    let mut met = HashSet::new();
    for client in objects(members, "clients") {
        let Some(client_id) = text(client, "clientId") else { continue };
        if !met.insert(client_id) {
            left.add("applications", client_id, "another client before it has its clientId");
            continue;
        }
        if OWN_CLIENTS.contains(&client_id) || client_id.ends_with("-realm") {
            left.add("applications", client_id, "is Keycloak's own");
        } else if text(client, "protocol").is_some_and(|protocol| protocol != "openid-connect") {
            left.add("applications", client_id, "is one of SAML");
        } else if flag(client, "bearerOnly") == Some(true) {
            wanted.push(resource(members, client, client_id, left));
        } else {
            application(members, (client, client_id), known, wanted, left);
        }
    }
}

/// Who only checks tokens is what tokens are for.
fn resource(members: &Map<String, Value>, client: &Map<String, Value>, client_id: &str, left: &mut Left) -> Wanted {
    let mut body = Map::new();
    body.insert("name".into(), client_id.into());
    body.insert("audience".into(), client_id.into());
    if let Some(said) = said(client, "description") {
        body.insert("description".into(), said.into());
    }
    let lives =
        crate::text::number(members, "accessTokenLifespan").filter(|seconds| (300..=2_592_000).contains(seconds));
    if let Some(seconds) = lives {
        body.insert("accessTokenValiditySeconds".into(), seconds.into());
    }
    let mut one = Wanted::named("resources", client_id, body);
    one.kept.id = id_of(client.get("id"));
    one.kept.secret = secret(client, client_id, left);
    one
}

fn application(
    members: &Map<String, Value>,
    (client, client_id): (&Map<String, Value>, &str),
    known: Known<'_>,
    wanted: &mut Vec<Wanted>,
    left: &mut Left,
) {
    let none = Map::new();
    let attributes = inner(client, "attributes").unwrap_or(&none);
    let mut body = Map::new();
    let name = said(client, "name").unwrap_or(client_id);
    for (member, value) in [
        ("name", json!(name)),
        ("enabled", json!(flag(client, "enabled").unwrap_or(true))),
        ("protocol", json!("OPENID_CONNECT")),
    ] {
        body.insert(member.into(), value);
    }
    if let Some(said) = said(client, "description") {
        body.insert("description".into(), said.into());
    }
    let Some(grants) = rights::grants(client, attributes, client_id, left) else {
        left.add("applications", client_id, "has no grant type that there is here");
        return;
    };
    addresses::write(client, attributes, client_id, &mut body, left);
    rights::write(members, client, attributes, (client_id, &grants), &mut body, left);
    let mut one = Wanted::named("applications", client_id, body);
    one.same = Same { member: "clientId", value: client_id.to_owned() };
    one.kept.id = id_of(client.get("id"));
    one.kept.client_id = Some(client_id.to_owned());
    let confidential = flag(client, "publicClient") != Some(true);
    one.kept.secret_anywhere = confidential;
    one.kept.secret = if confidential { secret(client, client_id, left) } else { None };
    let own = one.key.clone();
    wanted.push(one);
    if grants.iter().any(|grant| matches!(*grant, "AUTHORIZATION_CODE" | "IMPLICIT")) {
        wanted.push(grant(client, client_id, &own, known.scopes, left));
    }
    for found in objects(client, "protocolMappers") {
        let full = format!("{client_id}/{}", text(found, "name").unwrap_or_default());
        let Some(mapping) = mapper::taken(found, &full, known.attributes, left) else { continue };
        let mut one = Wanted::named("attributes", &mapping.claim, mapping.body());
        one.name = format!("{client_id}/{}", mapping.claim);
        wanted.push(one.below("applications", &own, "attributes"));
    }
}

/// The scopes that it may ask for, whether it had to or not.
fn grant(client: &Map<String, Value>, client_id: &str, own: &str, scopes: &Scopes, left: &mut Left) -> Wanted {
    let mut held = vec!["openid"];
    let mut listed = false;
    for list in ["defaultClientScopes", "optionalClientScopes"] {
        listed |= client.get(list).is_some();
        held.extend(texts(client, list));
    }
    if !listed {
        held.extend(super::scope::BUILT_IN);
    }
    let mut named: Vec<&str> = Vec::new();
    // OIDC Core §11: Keycloak gives a refresh token with every code. An application that holds the scope would be given one for asking alone;
    // where it does not hold it, it may ask for it all the same.
    for name in held.into_iter().filter(|name| *name != "offline_access") {
        if !named.contains(&name) && scopes.contains_key(name) {
            named.push(name);
        }
    }
    if flag(client, "fullScopeAllowed") == Some(false) && !texts(client, "scopeMappings").is_empty() {
        left.add("mappers", client_id, "roles that a client sees are not limited here");
    }
    let openid = key("resources", OPENID);
    let references: Vec<Value> =
        named.iter().filter_map(|name| scopes.get(*name)).map(|key| json!({ "id": key })).collect();
    let mut body = Map::new();
    body.insert("resource".into(), json!({ "id": openid }));
    body.insert("scopes".into(), references.into());
    let mut one = Wanted::named("grants", client_id, body).below("applications", own, "grants");
    one.same = Same { member: "resource.id", value: openid };
    one
}

/// A text that is no key of Keycloak's translations.
fn said<'a>(client: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    text(client, name).filter(|said| !said.starts_with("${"))
}

/// The secret, where the export has it: one that is made by hand may hide it.
fn secret(client: &Map<String, Value>, client_id: &str, left: &mut Left) -> Option<String> {
    let secret = text(client, "secret")?;
    if secret.bytes().all(|octet| octet == b'*') {
        left.add("secrets", client_id, "the export hides it: it has a new one");
        return None;
    }
    Some(secret.to_owned())
}
