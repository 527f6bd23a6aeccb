//! What leads from what a server has to what files want.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::differ::{Difference, differences};
use crate::found::Found;
use crate::kinds::Kind;
use crate::label::label;
use crate::names::{Names, by_id, referred};
use crate::order::ordered;
use crate::table::{self, Identity};
use crate::wanted::{Fault, Place, Source, Wanted};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Create,
    Change,
    Delete,
}

/// One call that is to be made.
#[derive(Clone, Debug)]
pub struct Step {
    pub deed: Deed,
    pub kind: Kind,
    pub address: String,
    pub label: String,
    /// The address of what it is a part of; empty for the environment.
    pub parent: String,
    /// What is wanted; with a deletion nothing is.
    pub wanted: Option<Wanted>,
    pub differences: Vec<Difference>,
    /// What it refers to.
    pub refers: Vec<String>,
    /// Where it is, when it is there.
    pub href: Option<String>,
    /// With a deletion: what takes away references by itself, where they hold it up.
    pub lets_go: Vec<Step>,
}

/// All of them, in the order in which they are taken.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The environment's name, and its id where it is there.
    pub environment: String,
    pub id: Option<String>,
    pub steps: Vec<Step>,
    /// What the server has of the kinds that the files name, and the files do not.
    pub left: Vec<String>,
    /// Values that could not be compared, because they are not where the files say.
    pub unset: Vec<(Place, Source)>,
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether what the files do not name is deleted, of the kinds that they name.
    pub prune: bool,
    /// The id, or client id, of the application that this is done as: neither it nor what it holds is deleted.
    pub actor: Option<String>,
    /// Something of the files could not be read: what is referred to may be in it.
    pub partial: bool,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub fn count(&self, deed: Deed) -> usize {
        self.steps.iter().filter(|step| step.deed == deed).count()
    }
}

/// The plan for one environment: with `found` none, for one that is to be made.
///
/// # Errors
/// References to what is nowhere, changes of what cannot be changed, circles: each with its place.
pub fn plan(
    kinds: &Kind,
    wanted: &Wanted,
    (found, names): (Option<&Found>, &Names),
    options: &Options,
) -> Result<Plan, Vec<Fault>> {
    let mut wanted = wanted.clone();
    name(kinds, &mut wanted, names);
    let mut planning = Planning {
        names,
        options,
        there: BTreeSet::new(),
        new: found.is_none(),
        place: wanted.place.clone(),
        faults: Vec::new(),
        plan: Plan::default(),
    };
    planning.announce(kinds, &wanted, "");
    planning.plan.environment = found.map_or_else(|| wanted.label.clone(), |found| found.label.clone());
    planning.plan.id = found.map(|found| found.id.clone());
    planning.object(kinds, &wanted, found, ("", ""));
    let Planning { mut faults, mut plan, .. } = planning;
    match ordered(std::mem::take(&mut plan.steps)) {
        Ok(steps) => plan.steps = steps,
        Err(circle) => {
            let what = format!("these need each other, so none can be made first: {}", circle.join(", "));
            faults.push(Fault { place: wanted.place.clone(), what });
        }
    }
    if faults.is_empty() { Ok(plan) } else { Err(faults) }
}

/// Where a file says an id that has a name, it is the name that is meant.
fn name(kind: &Kind, wanted: &mut Wanted, names: &Names) {
    wanted.body = names.named(&kind.shape, &wanted.body);
    if !matches!(kind.identity, Identity::Nth(_)) {
        wanted.label = label(kind, &wanted.body).unwrap_or_default();
    }
    for part in &kind.parts {
        wanted.parts.get_mut(&part.segment).into_iter().flatten().for_each(|one| name(part, one, names));
    }
}

struct Planning<'a> {
    names: &'a Names,
    options: &'a Options,
    /// Addresses of what the files make.
    there: BTreeSet<String>,
    /// Whether the environment is not made yet.
    new: bool,
    /// Where the files begin to speak of it.
    place: Place,
    faults: Vec<Fault>,
    plan: Plan,
}

impl Planning<'_> {
    fn announce(&mut self, kind: &Kind, wanted: &Wanted, address: &str) {
        for part in &kind.parts {
            for one in wanted.parts.get(&part.segment).into_iter().flatten() {
                let address = part.address(address, &one.label);
                self.announce(part, one, &address);
                self.there.insert(address);
            }
        }
    }

    /// One object, and its parts.
    fn object(&mut self, kind: &Kind, wanted: &Wanted, found: Option<&Found>, (parent, address): (&str, &str)) {
        self.refer(kind, wanted);
        let missing = wanted.unset.iter().map(|(path, source)| (wanted.place_of(path), source.clone()));
        self.plan.unset.extend(missing);
        let none = Value::Null;
        let is = found.map_or(&none, |found| &found.body);
        let mut differing = differences(&kind.shape, is, &wanted.body);
        // What is not there to compare with is not compared.
        differing.retain(|one| found.is_none() || !wanted.unset.contains_key(&one.path));
        for one in &mut differing {
            one.hidden |= wanted.is_hidden(&one.path);
        }
        let single = kind.identity == Identity::Single;
        let deed = if found.is_none() && !single { Deed::Create } else { Deed::Change };
        let standing = self.new && is_seeded(address);
        if deed == Deed::Create && !standing && !(self.new && table::BROUGHT.contains(&kind.segment.as_str())) {
            self.complete(kind, wanted);
        }
        if let Some(fixed) = differing.iter().find(|one| deed == Deed::Change && kind.is_fixed(&one.path)) {
            self.fault(wanted, &fixed.path, &format!("it can not be changed once it is made: it is {}", fixed.before));
        }
        if deed == Deed::Create && !kind.can.create && standing {
            // It comes with the environment, and nothing of it but its parts can be wanted.
        } else if deed == Deed::Create && !kind.can.create {
            self.fault(wanted, "", "there is none, and one cannot be made");
        } else if deed == Deed::Change && !differing.is_empty() && !kind.can.replace {
            let paths: Vec<&str> = differing.iter().map(|one| one.path.as_str()).collect();
            self.fault(wanted, paths[0], &format!("it can not be changed once it is made: {}", paths.join(", ")));
        } else if deed == Deed::Create || !differing.is_empty() {
            self.plan.steps.push(Step {
                deed,
                kind: Kind { parts: Vec::new(), ..kind.clone() },
                address: address.to_owned(),
                label: wanted.label.clone(),
                parent: parent.to_owned(),
                refers: referred(&kind.shape, &wanted.body).into_iter().map(|(_, address)| address).collect(),
                wanted: Some(Wanted { parts: BTreeMap::new(), ..wanted.clone() }),
                differences: differing,
                href: found.map(|found| found.href.clone()),
                lets_go: Vec::new(),
            });
        }
        let spared = found.is_some_and(|found| self.is_actor(found));
        for part in &kind.parts {
            if let Some(list) = wanted.parts.get(&part.segment) {
                let found = found.and_then(|found| found.parts.get(&part.segment));
                let found = found.map(Vec::as_slice).unwrap_or_default();
                self.parts(part, list, found, (address, spared));
            }
        }
    }

    /// The parts of one kind. Of what is `spared` none is deleted.
    fn parts(&mut self, kind: &Kind, list: &[Wanted], found: &[Found], (parent, spared): (&str, bool)) {
        let there: BTreeMap<&str, &Found> = found.iter().map(|one| (one.label.as_str(), one)).collect();
        let named: BTreeSet<&str> = list.iter().map(|one| one.label.as_str()).collect();
        // Of some one is what the others fall back to: the new one is told first, which ends the old one.
        let (first, then): (Vec<_>, Vec<_>) = list.iter().partition(|one| one.body["default"] == true);
        for one in first.into_iter().chain(then) {
            let address = kind.address(parent, &one.label);
            if self.names.twice.contains(&address) {
                self.fault(one, "", &format!("the server has several {}: give all but one another name", one.label));
                continue;
            }
            self.object(kind, one, there.get(one.label.as_str()).copied(), (parent, &address));
        }
        for one in found.iter().filter(|one| !named.contains(one.label.as_str())) {
            if one.built_in || spared || self.is_actor(one) || !kind.can.delete {
                continue;
            }
            if !self.options.prune {
                self.plan.left.push(one.address.clone());
                continue;
            }
            let step = Step { parent: parent.to_owned(), ..self.deletion(kind, one) };
            self.plan.steps.push(step);
        }
    }

    /// It, and what it refers to with all that is in it.
    fn deletion(&self, kind: &Kind, one: &Found) -> Step {
        let mut lets_go = Vec::new();
        let mut refers: Vec<String> =
            referred(&kind.shape, &one.body).into_iter().map(|(_, address)| address).collect();
        for part in &kind.parts {
            for of in one.parts.get(&part.segment).into_iter().flatten() {
                let within = self.deletion(part, of);
                if part.identity == Identity::Single && part.shape.refers.is_some() && !within.refers.is_empty() {
                    lets_go.push(self.release(within, &of.body));
                } else {
                    refers.extend(within.refers);
                }
            }
        }
        Step {
            deed: Deed::Delete,
            kind: Kind { parts: Vec::new(), ..kind.clone() },
            address: one.address.clone(),
            label: one.label.clone(),
            parent: String::new(),
            wanted: None,
            differences: Vec::new(),
            refers,
            href: Some(one.href.clone()),
            lets_go,
        }
    }

    /// That what is nothing but a reference refers to nothing.
    fn release(&self, of: Step, is: &Value) -> Step {
        let body = serde_json::json!({ "name": null });
        let differences = differences(&of.kind.shape, is, &body);
        let wanted = Wanted::blank(self.place.clone(), body);
        Step { deed: Deed::Change, wanted: Some(wanted), differences, ..of }
    }

    /// A new one has all that it must have.
    fn complete(&mut self, kind: &Kind, wanted: &Wanted) {
        let mut missing = Vec::new();
        kind.shape.missing(&wanted.body, "", &mut missing);
        for path in missing {
            // Where there is only one it need not be said; and what was wrong is told already.
            let only = path == "license" && self.names.licenses.len() == 1;
            if !only && !wanted.places.contains_key(&path) {
                self.fault(wanted, &path, "it is missing: a new one must have it");
            }
        }
    }

    fn is_actor(&self, one: &Found) -> bool {
        let actor = self.options.actor.as_deref();
        actor.is_some_and(|actor| actor == one.id || one.client_id.as_deref() == Some(actor))
    }

    /// Whatever is referred to is there, or is made.
    fn refer(&mut self, kind: &Kind, wanted: &Wanted) {
        for (path, address) in referred(&kind.shape, &wanted.body) {
            let known = self.there.contains(&address) || self.names.id(&address).is_some();
            if !(known || self.new && is_seeded(&address) || self.options.partial) {
                self.fault(wanted, &path, &format!("there is no {address}, on the server or in the files"));
            } else if self.names.twice.contains(&address) {
                self.fault(wanted, &path, &format!("the server has several {address}: say which by its id"));
            }
        }
        for (path, refers, id) in by_id(&kind.shape, &wanted.body) {
            if let Some(kind) = self.names.stranger(refers, &id, self.new) {
                self.fault(wanted, &path, &format!("none of the server's {kind} has the id {id}"));
            }
        }
    }

    fn fault(&mut self, wanted: &Wanted, path: &str, what: &str) {
        let mut place = wanted.place_of(path);
        if !path.is_empty() {
            place.path = format!("{}.{path}", wanted.place.path);
        }
        self.faults.push(Fault { place, what: what.to_owned() });
    }
}

/// Whether a new environment has it from the beginning.
fn is_seeded(address: &str) -> bool {
    let seeded = |kind: &str, name: &str| {
        let own = format!("{kind}[{name}]");
        address == own || (kind == "resources" && address.starts_with(&format!("{own}.")))
    };
    table::SEEDED.iter().any(|(kind, names)| names.iter().any(|name| seeded(kind, name)))
}
