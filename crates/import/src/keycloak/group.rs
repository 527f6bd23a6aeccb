//! Groups, realm roles and the roles of clients, all of which are groups here.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::OWN_CLIENTS;
use crate::text::{inner, objects, text, texts};
use crate::wanted::{Same, id_of, key};
use crate::{Left, Wanted};

/// The keys of what people can be in.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// By path, `/staff/berlin`.
    pub(super) paths: HashMap<String, String>,
    /// Roles of the realm.
    pub(super) roles: HashMap<String, String>,
    /// Roles of clients, by client and name.
    pub(super) client_roles: HashMap<(String, String), String>,
    /// Roles that every realm has, which are not taken and not missed.
    pub(super) own: HashSet<String>,
}

/// What is written of one that is to be there.
struct Draft<'a> {
    key: String,
    name: String,
    of: &'a Map<String, Value>,
    /// Keys of those that it is in.
    within: Vec<String>,
}

pub(super) fn read(members: &Map<String, Value>, realm: &str, wanted: &mut Vec<Wanted>, left: &mut Left) -> Groups {
    let mut groups = Groups::default();
    for name in ["offline_access".to_owned(), "uma_authorization".to_owned(), format!("default-roles-{realm}")] {
        groups.own.insert(name);
    }
    let mut drafts = Vec::new();
    for group in objects(members, "groups") {
        tree(group, "", None, &mut groups, &mut drafts);
    }
    roles(members, &mut groups, &mut drafts);
    // What they are in is known by its name only now.
    let within: Vec<Vec<String>> = drafts.iter().map(|draft| parents(draft, &groups)).collect();
    for (draft, more) in drafts.iter_mut().zip(within) {
        draft.within.extend(more);
    }
    write(drafts, wanted, left);
    groups
}

fn tree<'a>(
    group: &'a Map<String, Value>,
    above: &str,
    parent: Option<&str>,
    groups: &mut Groups,
    drafts: &mut Vec<Draft<'a>>,
) {
    let Some(name) = text(group, "name") else { return };
    let path = format!("{above}/{name}");
    let key = key("groups", &path);
    groups.paths.insert(path.clone(), key.clone());
    let within = parent.into_iter().map(str::to_owned).collect();
    drafts.push(Draft { key: key.clone(), name: path.trim_start_matches('/').to_owned(), of: group, within });
    for child in objects(group, "subGroups") {
        tree(child, &path, Some(&key), groups, drafts);
    }
}

fn roles<'a>(members: &'a Map<String, Value>, groups: &mut Groups, drafts: &mut Vec<Draft<'a>>) {
    let Some(roles) = inner(members, "roles") else { return };
    for role in objects(roles, "realm") {
        let Some(name) = text(role, "name").filter(|name| !groups.own.contains(*name)) else { continue };
        let key = key("roles", name);
        groups.roles.insert(name.to_owned(), key.clone());
        drafts.push(Draft { key, name: name.to_owned(), of: role, within: Vec::new() });
    }
    let of_clients = inner(roles, "client").into_iter().flatten();
    for (client, own) in of_clients.filter(|(client, _)| !OWN_CLIENTS.contains(&client.as_str())) {
        for role in own.as_array().into_iter().flatten().filter_map(Value::as_object) {
            let Some(name) = text(role, "name") else { continue };
            let full = format!("{client}/{name}");
            let key = key("client roles", &full);
            groups.client_roles.insert((client.clone(), name.to_owned()), key.clone());
            drafts.push(Draft { key, name: full, of: role, within: Vec::new() });
        }
    }
}

/// The roles that a group gives, and those in a composite one.
fn parents(draft: &Draft<'_>, groups: &Groups) -> Vec<String> {
    let composites = inner(draft.of, "composites");
    let realm =
        texts(draft.of, "realmRoles").into_iter().chain(composites.map(|of| texts(of, "realm")).unwrap_or_default());
    let mut found: Vec<String> = realm.filter_map(|name| groups.roles.get(name).cloned()).collect();
    let clients = [inner(draft.of, "clientRoles"), composites.and_then(|of| inner(of, "client"))];
    for (client, names) in clients.into_iter().flatten().flatten() {
        for name in names.as_array().into_iter().flatten().filter_map(Value::as_str) {
            found.extend(groups.client_roles.get(&(client.clone(), name.to_owned())).cloned());
        }
    }
    found
}

fn write(drafts: Vec<Draft<'_>>, wanted: &mut Vec<Wanted>, left: &mut Left) {
    let mut taken: HashSet<String> = HashSet::new();
    let mut nestings = Vec::new();
    for draft in drafts {
        let mut name = draft.name.clone();
        // A role and a group may have one name there, and letters of another case.
        if !taken.insert(name.to_lowercase()) {
            name = format!("{} ({})", draft.name, if draft.key.contains("roles:") { "role" } else { "group" });
            left.add("groups", &name, "another one has its name: it is called otherwise here");
            taken.insert(name.to_lowercase());
        }
        let mut body = Map::new();
        body.insert("name".into(), json!(name));
        // Keycloak's own descriptions are keys of its translations.
        if let Some(said) = text(draft.of, "description").filter(|said| !said.starts_with("${")) {
            body.insert("description".into(), said.into());
        }
        if let Some(id) = text(draft.of, "id") {
            body.insert("externalId".into(), id.into());
        }
        if let Some(attributes) = inner(draft.of, "attributes").filter(|attributes| !attributes.is_empty()) {
            body.insert("customData".into(), attributes.clone().into());
        }
        let mut one = Wanted::named("groups", &name, body);
        one.key.clone_from(&draft.key);
        one.kept.id = id_of(draft.of.get("id"));
        wanted.push(one);
        let mut met = HashSet::new();
        nestings.extend(draft.within.into_iter().filter(|parent| met.insert(parent.clone())).map(|parent| {
            let body = [("id".to_owned(), Value::from(parent.as_str()))].into_iter().collect();
            let mut nesting = Wanted::named("nestings", &name, body).below("groups", &draft.key, "memberOfGroups");
            nesting.same = Same { member: "id", value: parent };
            nesting
        }));
    }
    wanted.append(&mut nestings);
}
