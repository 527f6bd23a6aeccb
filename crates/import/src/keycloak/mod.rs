//! Keycloak's export of a realm: one document, or one of the realm and several of its users.
//!
//! Realm roles, client roles and groups become groups: whoever is in one is in those that it is in, as whoever has a composite role has the
//! roles in it. A client that only checks tokens (`bearerOnly`) becomes a resource, every other one an application that keeps its `client_id`.

mod attribute;
mod client;
mod credential;
mod group;
mod mapper;
mod person;
mod realm;
mod scope;

use serde_json::{Map, Value};

pub use person::People;

use crate::{Left, Wanted};

/// What a realm comes to.
#[derive(Debug)]
pub struct Realm {
    /// Its name.
    pub name: String,
    /// In an order in which each comes behind what it refers to.
    pub wanted: Vec<Wanted>,
    pub left: Left,
    pub people: People,
}

/// Reads what the documents say of a realm beside its users, all of them together: later ones are further members.
pub fn realm(members: &Map<String, Value>) -> Realm {
    let name = crate::text::text(members, "realm").unwrap_or("realm").to_owned();
    let (mut wanted, mut left) = (Vec::new(), Left::default());
    realm::read(members, &name, &mut wanted, &mut left);
    let attributes = attribute::read(members, &mut wanted, &mut left);
    let scopes = scope::read(members, &attributes, &mut wanted, &mut left);
    let groups = group::read(members, &name, &mut wanted, &mut left);
    let known = client::Known { scopes: &scopes, attributes: &attributes };
    client::read(members, known, &mut wanted, &mut left);
    Realm { name, wanted, left, people: People::new(groups, attributes) }
}

/// The clients that every realm has for itself.
const OWN_CLIENTS: [&str; 6] =
    ["account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"];

/// How this server calls its resource of OpenID Connect.
const OPENID: &str = "openid";

#[cfg(test)]
mod tests;
