//! Plans against a server in memory, made of any number of any objects: what is applied is there, what is exported makes it again.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;

use plan::found::{self, Environment, Reach};
use plan::steps::{Options, Plan};
use plan::{Answer, Api, Kind, Request, Source, Stopped, Wanted, apply, export, files, steps};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A server that knows nothing of what it holds.
#[derive(Default)]
struct Memory {
    objects: Mutex<BTreeMap<String, Value>>,
    /// Calls after which it refuses every change.
    patience: Mutex<Option<usize>>,
    made: Mutex<usize>,
    /// Paths that were read.
    asked: Mutex<Vec<String>>,
}

impl Memory {
    fn with_an_environment() -> Self {
        let memory = Self::default();
        let environment = json!({ "id": "e", "name": "E", "organization": { "id": "o" } });
        memory.objects.lock().unwrap().insert("/environments/e".into(), environment);
        memory
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut objects = self.objects.lock().unwrap();
        let path = request.path.split('?').next().unwrap_or_default();
        if request.method != "GET" {
            let mut patience = self.patience.lock().unwrap();
            match patience.as_mut() {
                Some(0) => return Answer { status: 400, body: json!({ "message": "no more" }), ..Answer::default() },
                Some(left) => *left -= 1,
                None => {}
            }
        }
        if request.method == "GET" {
            self.asked.lock().unwrap().push(path.to_owned());
        }
        let body = match request.method {
            "GET" if objects.contains_key(path) => objects[path].clone(),
            "GET" => {
                let within = objects.iter().filter(|(of, _)| {
                    let rest = of.strip_prefix(path).and_then(|rest| rest.strip_prefix('/'));
                    rest.is_some_and(|rest| !rest.contains('/'))
                });
                json!({ "_embedded": { "all": within.map(|(_, value)| value.clone()).collect::<Vec<_>>() } })
            }
            "DELETE" => {
                let gone: Vec<String> =
                    objects.keys().filter(|of| *of == path || of.starts_with(&format!("{path}/"))).cloned().collect();
                for of in &gone {
                    objects.remove(of);
                }
                let id = format!("\"{}\"", path.rsplit('/').next().unwrap());
                let held = objects.values().any(|value| value.to_string().contains(&id));
                assert!(!held, "{path} is deleted before what refers to it");
                Value::Null
            }
            method => {
                let mut body = request.body.clone().unwrap();
                let id = if method == "POST" {
                    *self.made.lock().unwrap() += 1;
                    format!("00000000-0000-4000-8000-{:012}", self.made.lock().unwrap())
                } else {
                    path.rsplit('/').next().unwrap().to_owned()
                };
                body["id"] = id.clone().into();
                // Of resources some are the server's own; these are not.
                body["type"] = "CUSTOM".into();
                let path = if method == "POST" { format!("{path}/{id}") } else { path.to_owned() };
                objects.insert(path, body.clone());
                body
            }
        };
        Answer { status: 200, etag: None, body }
    }
}

impl Api for Memory {
    async fn call(&self, request: Request) -> Result<Answer, Stopped> {
        Ok(self.answer(&request))
    }
}

fn kinds() -> Kind {
    let reference = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
    let text = json!({ "type": "string" });
    let of = |members: Value| {
        let schema = json!({ "type": "object", "properties": members });
        json!({ "requestBody": { "content": { "application/json": { "schema": schema } } } })
    };
    let number = json!({ "type": "integer" });
    let population = of(json!({ "name": text, "description": text, "count": number, "clientSecret": text }));
    let group = of(json!({ "name": text, "population": reference, "tags": { "type": "array", "items": text } }));
    let resource = of(json!({ "name": text }));
    let texts = json!({ "type": "array", "items": text });
    let application =
        of(json!({ "name": text, "population": reference, "tags": texts, "oidcScopes": texts, "userFilter": text }));
    let grant = of(json!({ "resource": reference, "scopes": { "type": "array", "items": reference } }));
    let mut paths = Map::new();
    paths.insert("/environments".into(), json!({ "post": of(json!({ "name": text })) }));
    for (path, one, body) in [
        ("populations", "population", &population),
        ("groups", "group", &group),
        ("resources", "resource", &resource),
        ("resources/{resource}/scopes", "scope", &population),
        ("applications", "application", &application),
        ("applications/{application}/grants", "grant", &grant),
    ] {
        let path = format!("/environments/{{environment}}/{path}");
        paths.insert(format!("{path}/{{{one}}}"), json!({ "get": {}, "put": body, "delete": {} }));
        paths.insert(path, json!({ "get": {}, "post": body }));
    }
    Kind::environment(&json!({ "paths": paths }))
}

fn read(kinds: &Kind, text: &str) -> Wanted {
    let lookup = |_: &str, source: &Source| Ok(Some(format!("the value of {source}")));
    let read = files::wanted(kinds, &[("test.yaml".into(), text.to_owned())], &lookup);
    read.unwrap_or_else(|faults| panic!("{faults:?} in {text}")).pop().unwrap()
}

fn now<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn planned(memory: &Memory, kinds: &Kind, text: &str) -> (Plan, Environment) {
    let wanted = read(kinds, text);
    let there = now(found::read(memory, kinds, "e", Reach::Pruned(&wanted))).unwrap();
    let options = Options { prune: true, ..Options::default() };
    let plan = steps::plan(kinds, &wanted, (Some(&there.found), &there.names), &options);
    (plan.unwrap_or_else(|faults| panic!("{faults:?} of {text}")), there)
}

fn done(memory: &Memory, kinds: &Kind, text: &str) -> Result<(), String> {
    let (plan, there) = planned(memory, kinds, text);
    now(apply::apply(memory, kinds, (&plan, there.names), |_, _| {})).map_err(|halted| halted.to_string())
}

fn exported(memory: &Memory, kinds: &Kind) -> String {
    export::export(kinds, &now(found::read(memory, kinds, "e", Reach::All)).unwrap()).0
}

/// Some names; what refers to others refers to some of them, by their places.
#[derive(Clone, Debug)]
struct World {
    populations: BTreeSet<String>,
    resources: BTreeMap<String, BTreeSet<String>>,
    groups: BTreeMap<String, (usize, Vec<String>)>,
    applications: BTreeMap<String, (BTreeSet<usize>, usize)>,
    secret: u8,
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

impl World {
    /// A file of it, with every kind, in an order that is not that of the references.
    fn text(&self) -> String {
        let of = |place: usize| {
            let name = self.populations.iter().nth(place % self.populations.len().max(1));
            name.map_or("~".to_owned(), |name| quoted(name))
        };
        let mut out = String::from("environment: E\napplications:\n");
        for (name, (grants, population)) in &self.applications {
            let _ = writeln!(out, "- name: {}\n  population: {}\n  grants:", quoted(name), of(*population));
            let granted: BTreeSet<usize> = grants.iter().map(|place| place % self.resources.len().max(1)).collect();
            for (resource, scopes) in granted.iter().filter_map(|place| self.resources.iter().nth(*place)) {
                let scopes: Vec<String> = scopes.iter().map(|name| quoted(name)).collect();
                let _ = writeln!(out, "  - resource: {}\n    scopes: [{}]", quoted(resource), scopes.join(", "));
            }
        }
        out.push_str("groups:\n");
        for (name, (population, tags)) in &self.groups {
            let _ = writeln!(out, "- name: {}\n  population: {}", quoted(name), of(*population));
            let _ = writeln!(out, "  tags: {}", Value::from(tags.as_slice()));
        }
        out.push_str("populations:\n");
        for (place, name) in self.populations.iter().enumerate() {
            let secret = self.secret;
            let _ = writeln!(out, "- name: {}\n  count: {place}\n  clientSecret: {{env: X{secret}}}", quoted(name));
        }
        out.push_str("resources:\n");
        for (name, scopes) in &self.resources {
            let _ = writeln!(out, "- name: {}\n  scopes:", quoted(name));
            for name in scopes {
                let _ = writeln!(out, "  - {}", quoted(name));
            }
        }
        out
    }
}

fn worlds() -> impl Strategy<Value = World> {
    let name = || prop_oneof!["[a-c]", "[ -~]{1,8}", "(no|null|1|\\[x\\]|a: b)"];
    let places = || prop::collection::btree_set(0..4_usize, 0..3);
    let scopes = prop::collection::btree_set(name(), 0..3);
    (
        prop::collection::btree_set(name(), 0..4),
        prop::collection::btree_map(name(), scopes, 0..3),
        prop::collection::btree_map(name(), (0..4_usize, prop::collection::vec(name(), 0..3)), 0..4),
        prop::collection::btree_map(name(), (places(), 0..4_usize), 0..3),
        0..3_u8,
    )
        .prop_map(|(populations, resources, groups, applications, secret)| World {
            populations,
            resources,
            groups,
            applications,
            secret,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// From any world to any other: what is applied leaves nothing to do, and neither does what is exported then.
    #[test]
    fn what_is_applied_leaves_nothing_to_do(first in worlds(), second in worlds(), left in 0..12_usize) {
        let (memory, kinds) = (Memory::with_an_environment(), kinds());
        done(&memory, &kinds, &first.text()).unwrap();
        prop_assert!(planned(&memory, &kinds, &first.text()).0.is_empty());
        // It ends in the middle, and goes on from there.
        *memory.patience.lock().unwrap() = Some(left);
        let halted = done(&memory, &kinds, &second.text());
        *memory.patience.lock().unwrap() = None;
        if halted.is_err() {
            done(&memory, &kinds, &second.text()).unwrap();
        }
        let (plan, _) = planned(&memory, &kinds, &second.text());
        prop_assert!(plan.is_empty(), "{}", plan::show::text(&plan, true));
        let export = exported(&memory, &kinds);
        prop_assert!(!export.contains("the value of"), "{}", export);
        // Another server, made of the export.
        let other = Memory::with_an_environment();
        done(&other, &kinds, &export).unwrap();
        prop_assert_eq!(exported(&other, &kinds), export);
    }
}

/// A change that somebody else made meanwhile is not overwritten where the plan did not show it.
#[test]
fn what_somebody_changed_since_the_plan_stops_it() {
    let (memory, kinds) = (Memory::with_an_environment(), kinds());
    done(&memory, &kinds, "environment: E\npopulations:\n- name: a\n  count: 1\n  description: x\n").unwrap();
    let text = "environment: E\npopulations:\n- name: a\n  count: 2\n";
    let (plan, there) = planned(&memory, &kinds, text);
    let path = memory.objects.lock().unwrap().keys().find(|path| path.contains("populations")).unwrap().clone();
    let set = |name: &str, value: Value| memory.objects.lock().unwrap().get_mut(&path).unwrap()[name] = value;
    set("count", 3.into());
    let halted = now(apply::apply(&memory, &kinds, (&plan, there.names.clone()), |_, _| {})).unwrap_err();
    let told = "test.yaml:4:10: populations[0].count: populations[a]: count is not what";
    assert!(halted.to_string().starts_with(told), "{halted}");
    // What is not in the file may be changed by anybody, and stays.
    set("count", 1.into());
    set("description", "y".into());
    now(apply::apply(&memory, &kinds, (&plan, there.names), |_, _| {})).unwrap();
    let is = memory.objects.lock().unwrap()[&path].clone();
    assert_eq!((&is["count"], &is["description"]), (&json!(2), &json!("y")));
}

/// An id may be a text alone, or stand within one: in a file it is a name.
#[test]
fn ids_that_are_texts_and_within_texts_are_names_in_files() {
    let kinds = kinds();
    let text = "environment: E\napplications:\n- name: a\n  oidcScopes: [read, {name: write}]\n  \
                userFilter: population.id eq \"@{populations[x y]}\"\n\
                populations: [x y]\nresources:\n- name: openid\n  scopes: [read, write]\n";
    let (memory, other) = (Memory::with_an_environment(), Memory::with_an_environment());
    *other.made.lock().unwrap() = 100;
    done(&memory, &kinds, text).unwrap();
    let is = memory.objects.lock().unwrap().values().find(|one| one["name"] == "a").unwrap().clone();
    assert!(is["oidcScopes"].as_array().unwrap().iter().all(|id| id.as_str().unwrap().len() == 36), "{is}");
    assert!(is["userFilter"].as_str().unwrap().starts_with("population.id eq \"00000000-"), "{is}");
    assert!(planned(&memory, &kinds, text).0.is_empty());
    let export = exported(&memory, &kinds);
    assert!(export.contains("oidcScopes: [read, write]"), "{export}");
    done(&other, &kinds, &export).unwrap();
    assert_eq!(exported(&other, &kinds), export);
    // A scope of another resource is not one of these, whatever its name: its id stays.
    done(&memory, &kinds, "environment: E\nresources: [openid, {name: api, scopes: [theirs]}]\n").unwrap();
    let theirs = memory.objects.lock().unwrap().values().find(|one| one["name"] == "theirs").unwrap()["id"].clone();
    let strange = format!("environment: E\napplications:\n- name: a\n  oidcScopes: [{{id: {theirs}}}]\n");
    done(&memory, &kinds, &strange).unwrap();
    let told = format!("oidcScopes:\n      - {{id: {theirs}}}");
    assert!(exported(&memory, &kinds).contains(&told), "{}", exported(&memory, &kinds));
    for (wrong, told) in [
        ("oidcScopes: [nothing]", "there is no resources[openid].scopes[nothing]"),
        ("oidcScopes: [{id: nobodys}]", "none of the server's resources[openid].scopes has the id nobodys"),
        ("userFilter: id eq \"@{populations[nobody]}\"", "there is no populations[nobody]"),
    ] {
        let wanted = read(&kinds, &format!("environment: E\napplications:\n- name: a\n  {wrong}\n"));
        let there = now(found::read(&memory, &kinds, "e", Reach::Of(&wanted))).unwrap();
        let plan = steps::plan(&kinds, &wanted, (Some(&there.found), &there.names), &Options::default());
        assert!(plan.unwrap_err()[0].what.starts_with(told), "{wrong}");
    }
}

/// Two applications with a client id and a grant each.
fn with_two_applications() -> Memory {
    let memory = Memory::with_an_environment();
    let put = |path: &str, value: Value| {
        memory.objects.lock().unwrap().insert(format!("/environments/e/{path}"), value);
    };
    put("resources/r", json!({ "id": "r", "name": "orders", "type": "CUSTOM" }));
    for (id, client) in [("w", "app"), ("x", "other")] {
        put(&format!("applications/{id}"), json!({ "id": id, "name": id, "clientId": client }));
        put(&format!("applications/{id}/grants/g{id}"), json!({ "id": format!("g{id}"), "resource": { "id": "r" } }));
    }
    memory
}

/// Neither whoever applies nor what it holds is deleted, by whichever of its ids it is known; and nothing else is spared, also where
/// its client id is a part of every path.
#[test]
fn whoever_applies_is_never_deleted_and_nobody_else_is_spared() {
    let (memory, kinds) = (with_two_applications(), kinds());
    for (actor, text, gone) in [
        ("app", "applications: []", "applications[x]"),
        ("w", "applications: []", "applications[x]"),
        ("other", "applications: []", "applications[w]"),
        ("app", "applications: [{name: w, grants: []}, {name: x, grants: []}]", "applications[x].grants[orders]"),
    ] {
        let wanted = read(&kinds, &format!("environment: E\n{text}\n"));
        let there = now(found::read(&memory, &kinds, "e", Reach::Of(&wanted))).unwrap();
        let options = Options { prune: true, actor: Some(actor.to_owned()), ..Options::default() };
        let plan = steps::plan(&kinds, &wanted, (Some(&there.found), &there.names), &options).unwrap();
        assert_eq!(plan.steps.iter().map(|step| step.address.as_str()).collect::<Vec<_>>(), [gone], "{actor}");
    }
}

/// Parts are read where a file names them, or something in them; what only the server has of these is told all the same.
#[test]
fn only_parts_that_are_wanted_are_read() {
    let (memory, kinds) = (with_two_applications(), kinds());
    for (text, read_parts, left) in [
        ("[w, x]", vec![], vec![]),
        ("[{name: w, grants: []}, x]", vec!["w"], vec!["applications[w].grants[orders]"]),
        ("[{name: w, userFilter: 'id eq \"@{applications[x].grants[orders]}\"'}, x]", vec!["x"], vec![]),
    ] {
        memory.asked.lock().unwrap().clear();
        let wanted = read(&kinds, &format!("environment: E\napplications: {text}\n"));
        let there = now(found::read(&memory, &kinds, "e", Reach::Of(&wanted))).unwrap();
        let asked = memory.asked.lock().unwrap();
        let parts: Vec<&str> = asked.iter().filter_map(|path| path.strip_suffix("/grants")).collect();
        let parts: Vec<&str> = parts.iter().filter_map(|path| path.rsplit('/').next()).collect();
        assert_eq!(parts, read_parts, "{text}");
        let plan = steps::plan(&kinds, &wanted, (Some(&there.found), &there.names), &Options::default()).unwrap();
        assert_eq!(plan.left, left, "{text}");
    }
}

/// What comes from elsewhere is never shown, so nothing is known by it.
#[test]
fn nothing_is_known_by_a_value_from_elsewhere() {
    let kinds = kinds();
    for (text, place) in [
        ("environment: {name: {env: X}}\n", "test.yaml:1:21: environment.name"),
        ("environment: E\npopulations:\n- {count: 1, name: {file: x}}\n", "test.yaml:3:20: populations[0].name"),
        (
            "environment: E\napplications:\n- name: a\n  grants:\n  - resource: {id: {env: X}}\n",
            "test.yaml:5:20: applications[0].grants[0].resource.id",
        ),
    ] {
        let lookup = |_: &str, _: &Source| Ok(Some("s3cr3t".to_owned()));
        let faults = files::wanted(&kinds, &[("test.yaml".into(), text.to_owned())], &lookup).unwrap_err();
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told, [format!("{place}: it is known by that: write it out")]);
    }
}
