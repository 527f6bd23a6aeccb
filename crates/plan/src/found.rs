//! What a server has: the objects of an environment, with names in place of ids.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::api::{self, Api, Request, Stopped};
use crate::kinds::Kind;
use crate::label::{label, number};
use crate::names::{Names, referred};
use crate::table::{self, Identity};
use crate::wanted::Wanted;

/// An object as the server has it.
#[derive(Clone, Debug)]
pub struct Found {
    pub label: String,
    /// `resources[orders].scopes[read]`.
    pub address: String,
    pub id: String,
    /// By what an application says who it is, where that is another text than its id.
    pub client_id: Option<String>,
    /// Its path below `/v1`.
    pub href: String,
    /// What a body may say, with names for ids.
    pub body: Value,
    /// It came with the environment, or is what the others fall back to: it is never deleted.
    pub built_in: bool,
    /// Its own properties are the server's.
    pub own: bool,
    /// Nobody has changed it since it was made.
    pub untouched: bool,
    pub parts: BTreeMap<String, Vec<Found>>,
}

/// An environment, and what is called how in it.
#[derive(Clone, Debug)]
pub struct Environment {
    pub found: Found,
    pub names: Names,
}

/// Of which objects the parts are read as well.
#[derive(Clone, Copy, Debug)]
pub enum Reach<'a> {
    All,
    /// Of those that are wanted.
    Of(&'a Wanted),
    /// Of those, and of what is deleted because they do not name it: what it refers to is held up by it.
    Pruned(&'a Wanted),
}

/// Which parts of the objects of one kind are read.
enum Read<'a> {
    All,
    /// Those that a wanted object names, and those that something refers to.
    Of {
        wanted: BTreeMap<&'a str, &'a Wanted>,
        referred: &'a BTreeSet<String>,
        /// Whether those that are not wanted go.
        pruned: bool,
    },
}

impl Read<'_> {
    fn has(&self, kind: &Kind, label: &str, part: &Kind) -> bool {
        let Self::Of { wanted, referred, pruned } = self else { return true };
        if *pruned && !wanted.contains_key(label) {
            return part.leads_somewhere();
        }
        let within = format!("{}.{}[", kind.address("", label), part.segment);
        wanted.get(label).is_some_and(|one| one.parts.contains_key(&part.segment))
            || referred.range(within.clone()..).next().is_some_and(|address| address.starts_with(&within))
    }
}

impl<'a> Reach<'a> {
    /// Addresses that the wanted objects name.
    fn referred(self, kinds: &Kind) -> BTreeSet<String> {
        let mut addresses = BTreeSet::new();
        if let Self::Of(wanted) | Self::Pruned(wanted) = self {
            refer(kinds, wanted, &mut addresses);
        }
        addresses
    }

    fn of(self, kind: &Kind, referred: &'a BTreeSet<String>) -> Read<'a> {
        match self {
            // Scopes are referred to by any grant, and by ids that only the server has.
            Self::Of(wanted) | Self::Pruned(wanted) if kind.segment != "resources" => {
                let list = wanted.parts.get(&kind.segment);
                let pruned = matches!(self, Self::Pruned(_)) && list.is_some();
                let list = list.into_iter().flatten();
                Read::Of { wanted: list.map(|one| (one.label.as_str(), one)).collect(), referred, pruned }
            }
            Self::Of(_) | Self::Pruned(_) | Self::All => Read::All,
        }
    }

    fn names(self, kind: &Kind) -> bool {
        match self {
            Self::All => true,
            Self::Of(wanted) | Self::Pruned(wanted) => wanted.parts.contains_key(&kind.segment),
        }
    }
}

fn refer(kind: &Kind, wanted: &Wanted, addresses: &mut BTreeSet<String>) {
    addresses.extend(referred(&kind.shape, &wanted.body).into_iter().map(|(_, address)| address));
    for part in &kind.parts {
        wanted.parts.get(&part.segment).into_iter().flatten().for_each(|one| refer(part, one, addresses));
    }
}

/// Every environment by its name.
pub async fn environments(api: &impl Api) -> Result<Vec<(String, String)>, Stopped> {
    let all = api::all(api, "/environments?limit=1000").await?;
    Ok(all.iter().map(|one| (text(one, "name"), text(one, "id"))).collect())
}

/// What of names is the same for every environment, as one that is not made yet sees it.
pub async fn around(api: &impl Api) -> Result<Names, Stopped> {
    let mut names = Names::default();
    names.environments = environments(api).await?.into_iter().collect();
    if let [organization] = api::all(api, "/organizations").await?.as_slice() {
        names.organization = text(organization, "id");
        names.licenses = licenses(api, &names.organization).await?;
    }
    for role in api::all(api, "/roles").await? {
        let name = text(&role, "name");
        names.add(&format!("roles[{name}]"), &name, &text(&role, "id"));
    }
    Ok(names)
}

async fn licenses(api: &impl Api, organization: &str) -> Result<BTreeMap<String, String>, Stopped> {
    let all = api::all(api, &format!("/organizations/{organization}/licenses")).await?;
    Ok(all.iter().map(|one| (text(one, "name"), text(one, "id"))).collect())
}

/// Reads an environment.
pub async fn read(api: &impl Api, kinds: &Kind, id: &str, reach: Reach<'_>) -> Result<Environment, Stopped> {
    let href = format!("/environments/{id}");
    let raw = api::ask(api, Request::get(&href)).await?.body;
    let mut names = Names::default();
    names.environments = environments(api).await?.into_iter().collect();
    names.environment = id.to_owned();
    names.organization = raw["organization"]["id"].as_str().unwrap_or_default().to_owned();
    names.licenses = licenses(api, &names.organization).await?;
    let mut environment = object(kinds, &raw, &href, "");
    let referred = reach.referred(kinds);
    for kind in &kinds.parts {
        let mut list = match many(api, kind, &href, "").await {
            // Of kinds that nobody asks for one may know nothing.
            Err(Stopped::Refused { status: 403 | 404, .. }) if !reach.names(kind) => continue,
            list => list?,
        };
        names.read.insert(kind.segment.clone());
        let read = reach.of(kind, &referred);
        for one in &mut list {
            let Some(name) = label(kind, &one.body) else { continue };
            for part in kind.parts.iter().filter(|part| read.has(kind, &name, part)) {
                let parts = many(api, part, &one.href, if one.own { name.as_str() } else { "" }).await?;
                one.parts.insert(part.segment.clone(), parts);
            }
        }
        environment.parts.insert(kind.segment.clone(), list);
    }
    without_rotated(&mut environment);
    call(kinds, &mut environment, "", &mut names);
    name(kinds, &mut environment, &names);
    relabel(kinds, &mut environment, "", &mut names);
    Ok(Environment { found: environment, names })
}

/// The objects of a kind in one with the path `above`, with ids still. `own` is the name of that one where it is the server's own.
pub(crate) async fn many(api: &impl Api, kind: &Kind, above: &str, own: &str) -> Result<Vec<Found>, Stopped> {
    let href = format!("{above}/{}", kind.segment);
    if kind.identity == Identity::Single {
        let raw = api::ask(api, Request::get(&href)).await?.body;
        return Ok(vec![object(kind, &raw, &href, own)]);
    }
    let paged = if above.matches('/').count() == 2 { "?limit=1000" } else { "" };
    let all = api::all(api, &format!("{href}{paged}")).await?;
    Ok(all.iter().map(|raw| object(kind, raw, &format!("{href}/{}", text(raw, "id")), own)).collect())
}

/// What came with the environment is known by what it is, never by when it was made: a whole world may have been made at one moment.
fn object(kind: &Kind, raw: &Value, href: &str, of_own: &str) -> Found {
    let is = |member: &str| raw[member] == true;
    let of = |member: &str| raw[member].as_str().unwrap_or_default();
    let seeded = table::SEEDED.iter().any(|(path, names)| *path == kind.path && names.contains(&of("name")));
    // Its own rotation policy names the environment in its subject, and PingOne's applications are not to be changed.
    let own = (table::OWN_TYPE.contains(&kind.path.as_str()) && of("type") != "CUSTOM")
        || of("type").starts_with("PING_ONE_")
        || of("schemaType") == "CORE"
        || (seeded && kind.path == "keyRotationPolicies");
    let standard = of("schemaType") == "STANDARD";
    let given = kind.path == "resources/scopes"
        && table::SCOPES.iter().any(|(resource, names)| *resource == of_own && names.contains(&of("name")));
    let server = matches!(of("type"), "PREDEFINED" | "CORE") || of("mappingType") == "CORE" || standard;
    Found {
        label: String::new(),
        address: String::new(),
        id: text(raw, "id"),
        // An identity provider has one as well, which is ours at another server.
        client_id: raw["clientId"].as_str().filter(|_| kind.path == "applications").map(str::to_owned),
        href: href.to_owned(),
        body: kind.settable(raw),
        built_in: own || seeded || server || is("default") || is("readOnly") || given,
        own,
        untouched: of("createdAt") == of("updatedAt") && (!standard || is_as_made(raw)),
        parts: BTreeMap::new(),
    }
}

/// Whether a standard attribute of users is as it stands from the beginning, in what acts: no time tells when it was changed.
fn is_as_made(attribute: &Value) -> bool {
    let none = |member: &str| attribute[member].as_array().is_none_or(Vec::is_empty);
    attribute["enabled"] == true
        && attribute["unique"] != true
        && attribute["regexValidation"].is_null()
        && none("enumeratedValues")
}

/// Keys that a rotation policy makes come and go by themselves.
fn without_rotated(environment: &mut Found) {
    let policies = environment.parts.get("keyRotationPolicies").into_iter().flatten();
    let rotated: Vec<Value> = policies.map(|policy| policy.body["name"].clone()).collect();
    if let Some(keys) = environment.parts.get_mut("keys") {
        keys.retain(|key| !rotated.contains(&key.body["name"]));
    }
}

/// Tells `names` of all that are known by a text of their own.
fn call(kind: &Kind, object: &mut Found, address: &str, names: &mut Names) {
    for part in &kind.parts {
        let Identity::By(_) = part.identity else { continue };
        for one in object.parts.get_mut(&part.segment).into_iter().flatten() {
            let Some(own) = label(part, &one.body) else { continue };
            one.address = part.address(address, &own);
            names.add(&one.address, &own, &one.id);
            let address = one.address.clone();
            call(part, one, &address, names);
        }
    }
}

/// Puts names where ids are.
fn name(kind: &Kind, object: &mut Found, names: &Names) {
    object.body = names.named(&kind.shape, &object.body);
    for part in &kind.parts {
        object.parts.get_mut(&part.segment).into_iter().flatten().for_each(|one| name(part, one, names));
    }
}

/// Labels and addresses of all, once names are where ids were.
fn relabel(kind: &Kind, object: &mut Found, address: &str, names: &mut Names) {
    object.label = label(kind, &object.body).unwrap_or_default();
    for part in &kind.parts {
        let Some(list) = object.parts.get_mut(&part.segment) else { continue };
        for one in list.iter_mut() {
            one.label = label(part, &one.body).unwrap_or_else(|| one.id.clone());
        }
        number(part, list, |one| &one.body, |one, label| one.label = label);
        for one in list.iter_mut() {
            let own = one.label.clone();
            relabel(part, one, &part.address(address, &own), names);
            one.label = own;
            one.address = part.address(address, &one.label);
            names.add(&one.address, &one.label, &one.id);
        }
    }
}

/// The same for objects of a kind that are read later, in one with this address.
pub(crate) fn settle(kind: &Kind, list: &mut [Found], above: &str, names: &Names) {
    for one in list.iter_mut() {
        one.body = names.named(&kind.shape, &one.body);
        one.label = label(kind, &one.body).unwrap_or_else(|| one.id.clone());
    }
    number(kind, list, |one| &one.body, |one, label| one.label = label);
    for one in list.iter_mut() {
        one.address = kind.address(above, &one.label);
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
