//! The kinds of objects in an environment, as a tree that follows from the paths of the API's document.

use serde_json::Value;

use crate::shape::Shape;
use crate::table::{self, Identity, Refers};

/// A kind of object, and those that are parts of it.
#[derive(Clone, Debug)]
pub struct Kind {
    /// The last part of its path, and its name in a file.
    pub segment: String,
    /// Its path below the environment, without ids: `applications/grants`.
    pub path: String,
    pub identity: Identity,
    /// Of what a body says.
    pub shape: Shape,
    pub can: Can,
    pub parts: Vec<Kind>,
}

/// Which calls there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Can {
    pub create: bool,
    pub replace: bool,
    pub delete: bool,
}

impl Kind {
    /// The environment, with all that is in one.
    pub fn environment(document: &Value) -> Self {
        Self::without(document, table::LEFT_OUT)
    }

    /// The environment with the people in it, as a seed has it: whatever it has to say is said in clear, also passwords and the secrets
    /// by which applications are known.
    pub fn seed(document: &Value) -> Self {
        let left_out: Vec<&str> = table::LEFT_OUT.iter().copied().filter(|path| *path != USERS).collect();
        let mut root = Self::without(document, &left_out);
        root.reveal();
        for kind in &mut root.parts {
            if kind.segment == USERS {
                kind.parts.retain(|part| ["memberOfGroups", "roleAssignments"].contains(&part.segment.as_str()));
                kind.shape.put("password", Shape::text());
            } else if kind.segment == "applications" {
                kind.shape.put("clientId", Shape::text());
                kind.shape.put("clientSecret", Shape::text());
            }
        }
        root
    }

    fn reveal(&mut self) {
        self.shape.reveal();
        self.parts.iter_mut().for_each(Self::reveal);
    }

    fn without(document: &Value, left_out: &[&str]) -> Self {
        let paths: Vec<&str> =
            document["paths"].as_object().into_iter().flatten().map(|(path, _)| path.as_str()).collect();
        let mut root = Self {
            segment: "environment".into(),
            path: "environment".into(),
            identity: Identity::By("name"),
            shape: body(document, "/environments", "post", "environment"),
            can: Can { create: true, replace: true, delete: false },
            parts: parts(document, &paths, (ROOT, ""), left_out),
        };
        drop_made(&mut root);
        root.parts = in_order(root.parts);
        root
    }

    pub fn part(&self, segment: &str) -> Option<&Self> {
        self.parts.iter().find(|part| part.segment == segment)
    }

    /// Whether it, or a part of it, may refer to anything.
    pub(crate) fn leads_somewhere(&self) -> bool {
        let mut to = Vec::new();
        targets(&self.shape, &mut to);
        !to.is_empty() || self.parts.iter().any(Self::leads_somewhere)
    }

    /// Whether what stands at this path is what it is once the object is made.
    pub(crate) fn is_fixed(&self, path: &str) -> bool {
        table::is_fixed(&self.path, path.split(['.', '[']).next().unwrap_or_default())
    }

    /// What an answer says that a body may say as well.
    pub fn settable(&self, answer: &Value) -> Value {
        self.shape.settable(answer)
    }

    /// The address of one of them in one with the address `parent`.
    pub fn address(&self, parent: &str, label: &str) -> String {
        let dot = if parent.is_empty() { "" } else { "." };
        match self.identity {
            Identity::Single => format!("{parent}{dot}{}", self.segment),
            _ => format!("{parent}{dot}{}[{label}]", self.segment),
        }
    }
}

/// The kinds right below a path.
fn parts(document: &Value, paths: &[&str], (above, below): (&str, &str), left_out: &[&str]) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for path in paths {
        let Some(segment) = path.strip_prefix(above).and_then(|rest| rest.strip_prefix('/')) else { continue };
        let own = if below.is_empty() { segment.to_owned() } else { format!("{below}/{segment}") };
        if segment.contains('/') || segment.starts_with('{') || left_out.contains(&own.as_str()) {
            continue;
        }
        let one = paths
            .iter()
            .find(|one| one.strip_prefix(path).is_some_and(|rest| rest.starts_with("/{") && !rest[1..].contains('/')));
        kinds.extend(match one {
            Some(one) => many(document, paths, (path, one), (&own, left_out)),
            None => single(document, path, &own),
        });
    }
    kinds
}

/// A kind of which there are many, where they can be made or have parts that can.
fn many(document: &Value, paths: &[&str], (path, one): (&str, &str), (own, left_out): (&str, &[&str])) -> Option<Kind> {
    let has = |path: &str, method: &str| document["paths"][path][method].is_object();
    let can = Can {
        create: has(path, "post") && is_json(document, path, "post"),
        replace: has(one, "put") && is_json(document, one, "put"),
        delete: has(one, "delete"),
    };
    let parts = parts(document, paths, (one, own), left_out);
    if !has(path, "get") || !has(one, "get") || (!can.create && parts.iter().all(|part| !part.can.create)) {
        return None;
    }
    let segment = segment(own);
    let shape = if can.create { body(document, path, "post", segment) } else { answer(document, one, segment) };
    let listed = table::IDENTITIES.iter().find(|(path, _)| *path == own);
    let identity = listed.map_or(Identity::By("name"), |(_, identity)| *identity);
    let mut kind = Kind { segment: segment.into(), path: own.into(), identity, shape, can, parts };
    drop_made(&mut kind);
    Some(kind)
}

/// What every object around it has one of, and which can be replaced.
fn single(document: &Value, path: &str, own: &str) -> Option<Kind> {
    let has = |method: &str| document["paths"][path][method].is_object();
    if !has("get") || !has("put") || !is_json(document, path, "put") {
        return None;
    }
    let segment = segment(own);
    let mut kind = Kind {
        segment: segment.into(),
        path: own.into(),
        identity: Identity::Single,
        shape: body(document, path, "put", segment),
        can: Can { create: false, replace: true, delete: false },
        parts: Vec::new(),
    };
    drop_made(&mut kind);
    Some(kind)
}

fn segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn is_json(document: &Value, path: &str, method: &str) -> bool {
    !document["paths"][path][method]["requestBody"]["content"]["application/json"].is_null()
}

fn body(document: &Value, path: &str, method: &str, name: &str) -> Shape {
    let content = &document["paths"][path][method]["requestBody"]["content"];
    Shape::of(document, &content["application/json"]["schema"], name)
}

fn answer(document: &Value, path: &str, name: &str) -> Shape {
    let content = &document["paths"][path]["get"]["responses"]["200"]["content"];
    Shape::of(document, &content["application/json"]["schema"], name)
}

/// Takes out of the shape what no file says.
fn drop_made(kind: &mut Kind) {
    let is_reference = kind.shape.refers.is_some();
    if let crate::shape::Type::Members(members) = &mut kind.shape.what {
        for (name, shape) in members.iter_mut() {
            shape.read_only |= table::is_made(&kind.path, name) || (name == "id" && !is_reference);
        }
    }
}

/// Those that others refer to before those that refer to them, as far as they do not go in a circle.
fn in_order(mut kinds: Vec<Kind>) -> Vec<Kind> {
    let mut ordered: Vec<Kind> = Vec::with_capacity(kinds.len());
    kinds.sort_by_key(|kind| !table::FIRST.contains(&kind.segment.as_str()));
    while !kinds.is_empty() {
        let free = |kind: &Kind| {
            let mut to = Vec::new();
            targets(&kind.shape, &mut to);
            let there = |name: &&str| *name == kind.segment || !kinds.iter().any(|other| other.segment == *name);
            to.iter().all(there)
        };
        let at = kinds.iter().position(free).unwrap_or(0);
        ordered.push(kinds.remove(at));
    }
    ordered
}

/// The kinds that a value may refer to.
fn targets(shape: &Shape, to: &mut Vec<&'static str>) {
    match shape.refers {
        Some(Refers::To(kind)) => to.push(kind),
        Some(Refers::Scope) => to.push("resources"),
        Some(Refers::Within(parts)) => to.extend(parts.split('[').next()),
        _ => {}
    }
    shape.members().for_each(|(_, member)| targets(member, to));
    if let Some(item) = shape.item() {
        targets(item, to);
    }
}

const ROOT: &str = "/environments/{environment}";
pub(crate) const USERS: &str = "users";
