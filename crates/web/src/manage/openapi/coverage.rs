//! `docs/reference/pingone.md`: of each object which properties act and which are kept, and which of PingOne's operations are there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use protocol::model::ObjectKind;
use serde_json::{Map, Value};

use super::effects::EFFECTS;
use super::{document, name};

/// What a property is, as the page tells it.
enum Told {
    /// With what follows from it.
    Acts(&'static str),
    Kept,
    /// Answered, and a body's is not read.
    Answered,
}

/// A property by its path, or what nobody says anything of.
type Property = (String, Option<Told>);

/// Every property that acts says what follows from it, and nothing is said of one that is not there or is kept.
#[test]
fn every_property_says_what_follows_from_it() {
    let (objects, mut faults) = (objects(), Vec::new());
    for (object, properties) in &objects {
        let silent = properties.iter().filter(|(_, told)| told.is_none());
        faults.extend(silent.map(|(path, _)| format!("{object}.{path} acts: effects.rs does not say how")));
    }
    for (object, effects) in EFFECTS {
        for path in effects.iter().flat_map(|(paths, _)| paths.split(' ')) {
            let found = objects.get(object).and_then(|all| all.iter().find(|(of, _)| of == path));
            if !matches!(found, Some((_, Some(Told::Acts(_))))) {
                faults.push(format!("effects.rs has {object}.{path}, which is not there or does not act"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `cargo xtask docs` writes it.
#[test]
fn the_page_says_what_is_there() {
    let (path, text) = (documents().join("pingone.md"), page());
    if std::env::var_os("GRANTOR_RECORD").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "docs/reference/pingone.md is stale: `cargo xtask docs` writes it");
}

fn documents() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference")
}

/// The properties of every object, in their order.
fn objects() -> BTreeMap<&'static str, Vec<Property>> {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let kinds = ObjectKind::ALL.into_iter().map(name);
    let objects: BTreeSet<_> = kinds.chain(["AdministratorSecurity", "IdentityProvider", "SignOnAction"]).collect();
    objects.into_iter().map(|object| (object, properties(object, "", &schemas[object]))).collect()
}

fn properties(object: &str, above: &str, schema: &Value) -> Vec<Property> {
    let mut found = Vec::new();
    for (member, told) in members(schema).into_iter().flatten().filter(|(member, _)| *member != "_links") {
        let path = format!("{above}{member}");
        let below = members(told).or_else(|| members(&told["items"])).filter(|below| !below.contains_key("id"));
        match (effect(object, &path), below) {
            _ if told["readOnly"] == true => found.push((path, Some(Told::Answered))),
            _ if told["x-acts"] == false => found.push((path, Some(Told::Kept))),
            (Some(effect), _) => found.push((path, Some(Told::Acts(effect)))),
            (None, Some(_)) => found.extend(properties(object, &format!("{path}."), told)),
            (None, None) => found.push((path, None)),
        }
    }
    found
}

fn members(schema: &Value) -> Option<&Map<String, Value>> {
    schema["properties"].as_object()
}

fn effect(object: &str, path: &str) -> Option<&'static str> {
    let (_, effects) = EFFECTS.iter().find(|(of, _)| *of == object)?;
    effects.iter().find(|(paths, _)| paths.split(' ').any(|of| of == path)).map(|(_, effect)| *effect)
}

fn page() -> String {
    let objects = objects();
    let count = |of: fn(&Told) -> bool| {
        let all = objects.values().flatten();
        all.filter(|(_, told)| told.as_ref().is_some_and(of)).count()
    };
    let (acts, kept) = (count(|told| matches!(told, Told::Acts(_))), count(|told| matches!(told, Told::Kept)));
    let mut text = format!("{HEAD}\n## Objects\n\n{acts} properties act, {kept} are kept.\n");
    for (object, properties) in &objects {
        write_object(&mut text, object, properties);
    }
    write_operations(&mut text);
    text
}

fn write_object(text: &mut String, object: &str, properties: &[Property]) {
    let _ = write!(text, "\n### {object}\n\n");
    let answered: Vec<String> = properties
        .iter()
        .filter(|(_, told)| matches!(told, Some(Told::Answered)))
        .map(|(path, _)| format!("`{path}`"))
        .collect();
    if answered.len() < properties.len() {
        text.push_str("| Property | | What follows from it |\n|---|---|---|\n");
    }
    for (path, told) in properties {
        let _ = match told {
            Some(Told::Acts(effect)) => writeln!(text, "| `{path}` | acts | {effect} |"),
            Some(Told::Kept) => writeln!(text, "| `{path}` | kept | |"),
            Some(Told::Answered) => Ok(()),
            None => writeln!(text, "| `{path}` | ? | |"),
        };
    }
    if !answered.is_empty() {
        let _ = write!(text, "\nAnswered, and not read: {}.\n", answered.join(", "));
    }
}

/// A path with nothing but the places of its ids, so that their names do not matter.
fn placed(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What of PingOne there is, path by path, and what there is besides.
fn write_operations(text: &mut String) {
    let document = document();
    let mut here: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for (path, operations) in document["paths"].as_object().into_iter().flatten() {
        let methods = operations.as_object().into_iter().flatten().map(|(method, _)| method.to_ascii_uppercase());
        here.insert(placed(path), (path.clone(), methods.collect()));
    }
    let list = std::fs::read_to_string(documents().join("pingone.list")).unwrap();
    let (mut rows, mut there, mut all) = (String::new(), 0, 0);
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let (path, methods) = line.split_once(' ').unwrap();
        let mut own = here.remove(&placed(path)).map(|(_, methods)| methods).unwrap_or_default();
        let (found, missing): (Vec<&str>, Vec<&str>) = methods.split(' ').partition(|method| own.remove(*method));
        (there, all) = (there + found.len(), all + found.len() + missing.len());
        let _ = writeln!(rows, "| `{path}` | {} | {} |", found.join(" "), missing.join(" "));
        if !own.is_empty() {
            here.insert(placed(path), (path.to_owned(), own));
        }
    }
    let _ = write!(
        text,
        "\n## Operations\n\nOf the {all} that Ping's Go SDK calls {there} are there ([with all that they take and answer](api/README.md)).\n\n\
         | Path | There | Not there |\n|---|---|---|\n{rows}\n### Besides\n\n| Path | |\n|---|---|\n"
    );
    for (path, methods) in here.values().filter(|(_, methods)| !methods.is_empty()) {
        let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
        let _ = writeln!(text, "| `{path}` | {} |", methods.join(" "));
    }
}

const HEAD: &str = "\
# What of PingOne is there

Written by `cargo xtask docs` of the descriptions that the server itself reads and answers with; never edited by hand. A property that **acts** has the
consequence that is named. One that is **kept** is checked, stored, answered and found by filters as PingOne's is, and nothing else follows from it.
";
