//! Users of a realm.

use serde_json::{Map, Value, json};

use super::attribute::{Attributes, Custom};
use super::group::Groups;
use super::{OWN_CLIENTS, credential, mapper};
use crate::text::{flag, inner, objects, put, text, texts};
use crate::wanted::id_of;
use crate::{Left, Person};

/// Reads users, who are in the groups of their realm.
#[derive(Debug)]
pub struct People {
    groups: Groups,
    custom: Attributes,
}

impl People {
    pub(super) fn new(groups: Groups, custom: Attributes) -> Self {
        Self { groups, custom }
    }

    /// Custom attributes that the environment has by their names, and whether they have a list of values: users come with what they have of them.
    pub fn know<'a>(&mut self, custom: impl IntoIterator<Item = (&'a str, bool)>) {
        for (name, many) in custom {
            self.custom.know(name, many);
        }
    }

    /// Who a user is; None for one that is no person.
    pub fn person(&self, user: &Value, left: &mut Left) -> Option<Person> {
        let user = user.as_object()?;
        if text(user, "serviceAccountClientId").is_some() {
            left.add("users", "", "is the account of a client, which acts by itself here");
            return None;
        }
        let mut body = Map::new();
        for (theirs, own) in
            [("username", "username"), ("email", "email"), ("firstName", "name.given"), ("lastName", "name.family")]
        {
            if let Some(value) = text(user, theirs) {
                put(&mut body, own, value);
            }
        }
        put(&mut body, "enabled", flag(user, "enabled").unwrap_or(true));
        put(&mut body, "emailVerified", flag(user, "emailVerified").unwrap_or(false));
        if let Some(id) = id_of(user.get("id")) {
            put(&mut body, "id", id);
        }
        attributes(user, &self.custom, &mut body, left);
        password(user, &mut body, left);
        if objects(user, "federatedIdentities").next().is_some() {
            left.add("linked accounts", "", "signing on through another provider is not taken along");
        }
        let groups = self.groups_of(user, left);
        Some(Person { body, groups })
    }

    fn groups_of(&self, user: &Map<String, Value>, left: &mut Left) -> Vec<String> {
        let mut found = Vec::new();
        let mut add = |key: Option<&String>, name: &str, left: &mut Left| match key {
            Some(key) if found.contains(key) => {}
            Some(key) => found.push(key.clone()),
            None => left.add("memberships", name, "users are in a group or have a role that the export does not have"),
        };
        for path in texts(user, "groups") {
            add(self.groups.paths.get(path), path, left);
        }
        for role in texts(user, "realmRoles").into_iter().filter(|role| !self.groups.own.contains(*role)) {
            add(self.groups.roles.get(role), role, left);
        }
        let of_clients = inner(user, "clientRoles").into_iter().flatten();
        for (client, roles) in of_clients.filter(|(client, _)| !OWN_CLIENTS.contains(&client.as_str())) {
            for role in roles.as_array().into_iter().flatten().filter_map(Value::as_str) {
                let key = self.groups.client_roles.get(&(client.clone(), role.to_owned()));
                add(key, &format!("{client}/{role}"), left);
            }
        }
        found
    }
}

/// Attributes that are properties or custom attributes here. Of several values the first one is taken, but of what has a list of them.
fn attributes(user: &Map<String, Value>, custom: &Attributes, body: &mut Map<String, Value>, left: &mut Left) {
    for (name, values) in inner(user, "attributes").into_iter().flatten() {
        let values: Vec<&str> = match values {
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
            Value::String(value) => vec![value.as_str()],
            _ => Vec::new(),
        };
        let values: Vec<&str> = values.into_iter().filter(|value| !value.trim().is_empty()).collect();
        let Some(value) = values.first().copied() else { continue };
        match (mapper::property(name).filter(|own| !OWN.contains(own)), custom.get(name)) {
            (Some("phoneVerified"), _) => put(body, "phoneVerified", value == "true"),
            (Some(own), _) => put(body, own, value),
            (None, Some(Custom { name, many: true })) => drop(body.insert(name.clone(), json!(values))),
            (None, Some(Custom { name, many: false })) => drop(body.insert(name.clone(), value.into())),
            (None, None) => left.add("attributes", name, "users have no such property here"),
        }
    }
}

fn password(user: &Map<String, Value>, body: &mut Map<String, Value>, left: &mut Left) {
    let actions = texts(user, "requiredActions");
    let mut must_change = actions.contains(&"UPDATE_PASSWORD");
    for action in actions.into_iter().filter(|action| !matches!(*action, "UPDATE_PASSWORD" | "VERIFY_EMAIL")) {
        left.add("required actions", action, "users are not asked for it at their next sign-on");
    }
    for credential in objects(user, "credentials") {
        match text(credential, "type") {
            Some("password") if !body.contains_key("password") => match credential::read(credential) {
                Ok(password) => {
                    must_change |= password.temporary;
                    put(body, "password.value", password.hash);
                }
                Err(why) => left.add("passwords", text(user, "username").unwrap_or_default(), why),
            },
            Some("password-history" | "password") | None => {}
            Some(kind) => left.add("credentials", kind, "only passwords are taken along: it is enrolled anew"),
        }
    }
    if must_change && body.contains_key("password") {
        put(body, "password.forceChange", true);
    }
}

/// What is no attribute's to say.
const OWN: [&str; 6] = ["id", "username", "email", "emailVerified", "name.given", "name.family"];
