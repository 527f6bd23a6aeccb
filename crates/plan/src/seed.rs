//! What a world has from its beginning: an environment as a file has it, with its people, their passwords, and where it answers.
//!
//! The members of the environment itself stand beside its objects, and in `settings`; everything else is as [`crate::files`] reads it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::api::Api;
use crate::apply;
use crate::files::File;
use crate::found::{self, Reach};
use crate::kinds::{Kind, USERS};
use crate::shape::Shape;
use crate::steps::{self, Options};
use crate::wanted::{Fault, Lookup, Place, Reader, Wanted};
use crate::yaml::{self, Key, Limits, Node, What};

/// One world's.
#[derive(Clone, Debug)]
pub struct Seed {
    /// With whatever the seed says of users' own properties.
    kinds: Kind,
    pub wanted: Wanted,
    pub mounts: Vec<Mount>,
    /// Those of `settings` that are none of the environment's properties.
    pub controls: Map<String, Value>,
    names: Names,
}

impl Seed {
    /// Gives the world another name than the seed says.
    pub fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.wanted.label);
        self.wanted.body["name"] = name.into();
    }
}

/// Where an environment answers besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub path: String,
    /// In the words of the configuration; empty where none is said.
    pub layout: String,
}

/// How what was read is called in the seed.
#[derive(Clone, Debug)]
struct Names {
    /// Before every path: `seed`, `environments[0]`.
    prefix: String,
    in_settings: BTreeSet<String>,
    /// Whether `schema` is a list.
    bare_schema: bool,
}

/// The seed in a node; `name` is the world's where the seed says none.
///
/// # Errors
/// Every fault, with its path in the seed.
pub fn read(
    kinds: &Kind,
    (node, prefix): (&Node, &str),
    name: &str,
    (file, lookup): (&Arc<str>, Lookup<'_>),
) -> Result<Seed, Vec<Fault>> {
    let names = Names { prefix: prefix.to_owned(), in_settings: BTreeSet::new(), bare_schema: false };
    let fault = |node: &Node, path: &str, what: &str| Fault {
        place: Place { file: file.clone(), at: node.at, path: path.to_owned() },
        what: what.to_owned(),
    };
    let What::Map(members) = &node.what else {
        return Err(vec![fault(node, prefix, "it must be a map: name, applications, users and so on")]);
    };
    let mut split = Split {
        kinds,
        faults: Vec::new(),
        own: Vec::new(),
        parts: Vec::new(),
        mounts: Vec::new(),
        controls: Map::new(),
        names,
    };
    for (key, node) in members {
        split.take(key, node);
    }
    let Split { faults, mut own, parts, mounts, controls, names, .. } = split;
    let mut faults: Vec<Fault> = faults.iter().map(|(node, path, what)| fault(node, path, what)).collect();
    if !own.iter().any(|(key, _)| key.name == "name") {
        own.push((
            Key { at: node.at, name: "name".into() },
            Node { at: node.at, what: What::Scalar { text: name.to_owned(), plain: false } },
        ));
    }
    let environment = (Key { at: node.at, name: "environment".into() }, Node { at: node.at, what: What::Map(own) });
    let document = Node { at: node.at, what: What::Map(std::iter::once(environment).chain(parts).collect()) };
    let kinds = with_own_properties(kinds, &document);
    let mut reader = Reader { kinds: &kinds, lookup, file: file.clone(), faults: Vec::new(), partial: false };
    let wanted = reader.environment(&document);
    faults.append(&mut reader.faults);
    for fault in &mut faults {
        fault.place.path = names.path(&fault.place.path);
    }
    match wanted {
        Some(wanted) if faults.is_empty() => Ok(Seed { kinds, wanted, mounts, controls, names }),
        _ => Err(faults),
    }
}

/// The seeds of a file: `environments`, or the members of one.
///
/// # Errors
/// Every fault of the file.
pub fn file(kinds: &Kind, (name, text): &File, lookup: Lookup<'_>) -> Result<Vec<Seed>, Vec<Fault>> {
    let fault = |at, path: &str, what: String| {
        vec![Fault { place: Place { file: name.clone(), at, path: path.to_owned() }, what }]
    };
    let documents =
        yaml::read(text, Limits::default()).map_err(|unreadable| fault(unreadable.at, "", unreadable.why))?;
    let [document] = documents.as_slice() else {
        return Err(fault(
            yaml::Position { line: 1, column: 1 },
            "",
            "it must have one document: environments, and a list of them".into(),
        ));
    };
    let (mut seeds, mut faults) = (Vec::new(), Vec::new());
    let mut one = |node: &Node, prefix: &str, number: usize| match read(
        kinds,
        (node, prefix),
        &format!("Seed {number}"),
        (name, lookup),
    ) {
        Ok(seed) => seeds.push(seed),
        Err(mut more) => faults.append(&mut more),
    };
    match &document.what {
        What::Map(members) if members.iter().any(|(key, _)| key.name == "environments") => match members.as_slice() {
            [(_, Node { what: What::List(list), .. })] => {
                list.iter().enumerate().for_each(|(at, node)| one(node, &format!("environments[{at}]"), at + 1));
            }
            [(_, other)] => return Err(fault(other.at, "environments", "it must be a list".into())),
            _ => {
                return Err(fault(
                    document.at,
                    "",
                    "beside environments there is nothing else: all is in one of them".into(),
                ));
            }
        },
        _ => one(document, "", 1),
    }
    if faults.is_empty() { Ok(seeds) } else { Err(faults) }
}

/// Makes an environment, which is there, what the seed says.
///
/// # Errors
/// Every fault that was found before anything was written; after that the first. What was written until then stays.
pub async fn apply(api: &impl Api, id: &str, seed: &Seed) -> Result<(), Vec<Fault>> {
    let Seed { kinds, wanted, names, .. } = seed;
    let told =
        |place: &Place, what: String| Fault { place: Place { path: names.path(&place.path), ..place.clone() }, what };
    let read = found::read(api, kinds, id, Reach::Of(wanted)).await;
    let read = read.map_err(|stopped| vec![told(&wanted.place, stopped.to_string())])?;
    let plan = steps::plan(kinds, wanted, (Some(&read.found), &read.names), &Options::default());
    let plan =
        plan.map_err(|faults| faults.into_iter().map(|fault| told(&fault.place, fault.what)).collect::<Vec<_>>())?;
    if !plan.unset.is_empty() {
        return Err(plan.unset.iter().map(|(place, source)| told(place, format!("{source} is not there"))).collect());
    }
    let done = apply::apply(api, kinds, (&plan, read.names), |_, _| {}).await;
    done.map_err(|halted| vec![told(halted.place.as_ref().unwrap_or(&wanted.place), halted.why)])
}

/// A fault before it is known how it is called.
type Wrong<'a> = (&'a Node, String, String);

/// The members of a seed, sorted by whose they are.
struct Split<'a> {
    kinds: &'a Kind,
    faults: Vec<Wrong<'a>>,
    own: Vec<(Key, Node)>,
    parts: Vec<(Key, Node)>,
    mounts: Vec<Mount>,
    controls: Map<String, Value>,
    names: Names,
}

impl<'a> Split<'a> {
    fn control(&mut self, key: &Key, node: &'a Node) {
        let value = node.value();
        let wrong = match (key.name.as_str(), &value) {
            ("autoSignOn", Value::String(name)) if (1..=LONGEST_NAME).contains(&name.len()) => None,
            ("autoSignOn", _) => Some("it must be a username"),
            (_, Value::Bool(_)) => None,
            _ => Some("it must be true or false"),
        };
        match wrong {
            None => drop(self.controls.insert(key.name.clone(), value)),
            Some(what) => self.faults.push((node, format!("settings.{}", key.name), what.into())),
        }
    }

    fn take(&mut self, key: &Key, node: &'a Node) {
        match (key.name.as_str(), &node.what) {
            ("settings", What::Map(members)) => {
                for (key, node) in members {
                    if CONTROLS.contains(&key.name.as_str()) {
                        self.control(key, node);
                    } else {
                        self.names.in_settings.insert(key.name.clone());
                        self.own.push((key.clone(), node.clone()));
                    }
                }
            }
            ("settings", _) => self.faults.push((node, "settings".into(), "it must be a map".into())),
            ("mounts", What::List(list)) => list.iter().enumerate().for_each(|(at, node)| self.mount(at, node)),
            ("mounts", _) => self.faults.push((node, "mounts".into(), "it must be a list".into())),
            ("schema", _) => self.schema(key, node),
            ("environment", _) => {
                let what = "its members stand beside the others in a seed, or in settings";
                self.faults.push((node, "environment".into(), what.into()));
            }
            (name, _) if self.kinds.shape.member(name).is_some() && self.kinds.part(name).is_none() => {
                self.own.push((key.clone(), node.clone()));
            }
            _ => self.parts.push((key.clone(), node.clone())),
        }
    }

    /// There is one schema, of users.
    fn schema(&mut self, key: &Key, node: &Node) {
        let named = |name: &str| Key { at: key.at, name: name.to_owned() };
        let text = Node { at: node.at, what: What::Scalar { text: "User".into(), plain: false } };
        self.names.bare_schema = matches!(node.what, What::List(_));
        let mut members = vec![(named("name"), text)];
        match &node.what {
            What::Map(own) => members.extend(own.iter().filter(|(key, _)| key.name != "name").cloned()),
            _ => members.push((named("attributes"), node.clone())),
        }
        let schema = Node { at: node.at, what: What::Map(members) };
        self.parts.push((named("schemas"), Node { at: node.at, what: What::List(vec![schema]) }));
    }

    fn mount(&mut self, at: usize, node: &'a Node) {
        let path = format!("mounts[{at}]");
        let What::Map(members) = &node.what else {
            self.faults.push((node, path, "it must be a map: path, layout".into()));
            return;
        };
        let mut mount = Mount { path: String::new(), layout: String::new() };
        for (key, node) in members {
            let inner = format!("{path}.{}", key.name);
            match (key.name.as_str(), &node.what) {
                ("path", What::Scalar { text, .. }) => mount.path.clone_from(text),
                ("layout", What::Scalar { text, .. }) => mount.layout.clone_from(text),
                ("path" | "layout", _) => self.faults.push((node, inner, "it must be a text".into())),
                _ => self.faults.push((node, inner, "there is no such member: a mount has path and layout".into())),
            }
        }
        self.mounts.push(mount);
    }
}

impl Names {
    /// The path in the seed of what has this one where it was read.
    fn path(&self, read: &str) -> String {
        let own = read.strip_prefix("environment").map_or_else(
            || self.of_part(read),
            |rest| match rest.strip_prefix('.') {
                Some(rest) if self.in_settings.contains(first(rest)) => format!("settings.{rest}"),
                Some(rest) => rest.to_owned(),
                None if rest.is_empty() => String::new(),
                None => self.of_part(read),
            },
        );
        match (self.prefix.is_empty(), own.is_empty()) {
            (true, _) => own,
            (false, true) => self.prefix.clone(),
            (false, false) => format!("{}.{own}", self.prefix),
        }
    }

    fn of_part(&self, read: &str) -> String {
        match read.strip_prefix("schemas[0]") {
            Some(rest) if self.bare_schema => format!("schema{}", rest.strip_prefix(".attributes").unwrap_or(rest)),
            Some(rest) => format!("schema{rest}"),
            None => read.to_owned(),
        }
    }
}

/// What the seed says that users have more than the others may stand in each of them.
fn with_own_properties(kinds: &Kind, document: &Node) -> Kind {
    let mut kinds = kinds.clone();
    let value = document.value();
    let attributes = value["schemas"][0]["attributes"].as_array();
    let names = attributes.into_iter().flatten().filter_map(|attribute| attribute["name"].as_str());
    if let Some(users) = kinds.parts.iter_mut().find(|kind| kind.segment == USERS) {
        for name in names {
            if users.shape.member(name).is_none() {
                users.shape.put(name, Shape::default());
            }
        }
    }
    kinds
}

fn first(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or_default()
}

/// Settings of the developer's server: who signs on without being asked.
const CONTROLS: &[&str] = &["autoSignOn", "loginHintSignsOn"];
/// Octets of a username that one of them is.
const LONGEST_NAME: usize = 512;
