//! Writes what another system had by the rules of the management API: each object behind those that it refers to, and many at once. What
//! is there and is the same stays as it is.

mod layers;
mod listed;
mod same;
mod supposed;
mod write;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engine::{App, Failure};
use import::{KEY, Kept, Wanted};
use protocol::id::EnvironmentId;
use protocol::model::{Population, RoleScope};
use serde_json::Value;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::report::Report;
use listed::Listed;
use supposed::NOT_TAKEN;
use write::{Plan, Writer, Written};

/// An import under way.
pub(super) struct Bringing {
    writer: Writer,
    pub(super) environment: EnvironmentId,
    /// Nothing is written.
    pub(super) rehearsed: bool,
    /// The ids of what other objects name by a key, or by the id that it had.
    known: HashMap<String, String>,
    /// The keys of those that are made just now, and in a rehearsal the ids that they had: nothing is below them yet.
    fresh: HashSet<String>,
    /// The populations that a rehearsal would have made.
    supposed: Vec<Population>,
    /// The attributes of users that it would have made, by name.
    attributes: Vec<String>,
    /// The types of what it would have made, by key.
    kinds: HashMap<String, String>,
    /// What it would have made, or what would be there by that, by the paths with keys in the place of ids.
    pretended: HashMap<String, Listed>,
    /// Lists of the management API by their path.
    there: HashMap<String, Listed>,
    pub(super) report: Report,
}

impl Bringing {
    pub(super) fn new(app: &Arc<App>, environment: EnvironmentId, rehearsed: bool) -> Self {
        let writer = Writer { app: app.clone(), environment, rehearsed };
        Self {
            writer,
            environment,
            rehearsed,
            known: HashMap::new(),
            fresh: HashSet::new(),
            supposed: Vec::new(),
            attributes: Vec::new(),
            kinds: HashMap::new(),
            pretended: HashMap::new(),
            there: HashMap::new(),
            report: Report::default(),
        }
    }

    /// Makes what the environment has from its beginning known by the keys of their names: the schema, resources, and the scopes of `openid`.
    pub(super) async fn know_begun(&mut self) -> Result<(), Failure> {
        for schema in self.list("/schemas").await? {
            if let (Some(id), Some(name)) = (text(&schema, "id"), text(&schema, "name")) {
                self.known.insert(format!("{KEY}schemas:{name}"), id.to_owned());
            }
        }
        for resource in self.list("/resources").await? {
            let (Some(id), Some(name)) = (text(&resource, "id"), text(&resource, "name")) else { continue };
            if name == "openid" {
                for scope in self.list(&format!("/resources/{id}/scopes")).await? {
                    if let (Some(id), Some(name)) = (text(&scope, "id"), text(&scope, "name")) {
                        self.known.insert(format!("{KEY}scopes:{name}"), id.to_owned());
                    }
                }
            }
            self.known.insert(format!("{KEY}resources:{name}"), id.to_owned());
        }
        Ok(())
    }

    /// The custom attributes that users have in the environment by now: their names, and whether they have a list of values.
    pub(super) async fn custom_attributes(&mut self) -> Result<Vec<(String, bool)>, Failure> {
        let mut found = Vec::new();
        for schema in self.list("/schemas").await? {
            let Some(id) = text(&schema, "id") else { continue };
            for row in self.list(&format!("/schemas/{id}/attributes")).await? {
                let flag = |name: &str| row.get(name) == Some(&Value::Bool(true));
                let own = text(&row, "schemaType") == Some("CUSTOM") && flag("enabled");
                found.extend(text(&row, "name").filter(|_| own).map(|name| (name.to_owned(), flag("multiValued"))));
            }
        }
        Ok(found)
    }

    pub(super) fn app(&self) -> &Arc<App> {
        &self.writer.app
    }

    /// The id of what is called so, where it is there.
    pub(super) fn id(&self, key: &str) -> Option<&str> {
        self.known.get(key).map(String::as_str)
    }

    /// The populations that are not there yet because it is rehearsed.
    pub(super) fn supposed(&self) -> Vec<Population> {
        self.supposed.clone()
    }

    /// Writes objects, where they are not there as they should be. What a rule refuses is noted.
    ///
    /// # Errors
    /// That the database does not answer.
    pub(super) async fn bring(&mut self, wanted: Vec<Wanted>) -> Result<(), Failure> {
        for layer in layers::layers(wanted) {
            let mut plans = Vec::with_capacity(layer.len());
            for one in layer {
                plans.extend(self.plan(one).await?);
            }
            let mut plans = plans.into_iter();
            loop {
                let some: Vec<Plan> = plans.by_ref().take(AT_ONCE).collect();
                if some.is_empty() {
                    break;
                }
                for (plan, written) in self.write(some).await? {
                    self.settle(&plan, written);
                }
            }
        }
        Ok(())
    }

    /// Writes some at once, so that the database commits them together.
    async fn write(&self, some: Vec<Plan>) -> Result<Vec<(Plan, Written)>, Failure> {
        let mut writing = JoinSet::new();
        for (at, plan) in some.into_iter().enumerate() {
            let writer = self.writer.clone();
            writing.spawn(async move { writer.write(&plan).await.map(|written| (at, plan, written)) });
        }
        let mut done = Vec::new();
        while let Some(one) = writing.join_next().await {
            done.push(one.map_err(|_| Failure::Bug("the writing of an object ended"))??);
        }
        done.sort_by_key(|(at, ..)| *at);
        Ok(done.into_iter().map(|(_, plan, written)| (plan, written)).collect())
    }

    /// What is to be written of an object; None where that is nothing, which is noted.
    async fn plan(&mut self, wanted: Wanted) -> Result<Option<Plan>, Failure> {
        let parents: Vec<&String> = wanted.within.iter().filter(|part| self.is_key(part)).collect();
        if parents.iter().any(|parent| !self.known.contains_key(*parent)) {
            if self.rehearsed && parents.iter().any(|parent| self.fresh.contains(*parent)) {
                self.pretend(&wanted).await?;
            } else {
                self.report.left.add(wanted.kind, &wanted.name, "what it is a part of was not taken");
            }
            return Ok(None);
        }
        // Some attributes, and the first action of a policy, are there from the beginning.
        let begun = matches!(wanted.kind, "attributes" | "signOnPolicyActions");
        let fresh = !begun && parents.iter().any(|parent| self.fresh.contains(*parent));
        let parts: Vec<&str> = wanted.within.iter().map(|part| self.known.get(part).unwrap_or(part).as_str()).collect();
        let path = format!("/{}", parts.join("/"));
        let mut body = Value::from(wanted.body.clone());
        let Some(leave) = self.settled(&wanted, &mut body) else {
            self.report.left.add(wanted.kind, &wanted.name, NOT_TAKEN);
            return Ok(None);
        };
        let Value::Object(body) = body else { return Ok(None) };
        if !fresh {
            self.load(&path).await?;
        }
        let value = self.known.get(&wanted.same.value).unwrap_or(&wanted.same.value).clone();
        // An earlier one of its name would be there by now.
        let earlier = self.pretended.get_mut(&wanted.within.join("/"));
        if self.rehearsed && earlier.is_some_and(|rows| rows.find(wanted.same.member, &wanted.same.value).is_some()) {
            self.pretend(&wanted).await?;
            return Ok(None);
        }
        let others = self.there.entry(path.clone()).or_default();
        let there = others.find(wanted.same.member, &value).cloned();
        let free = wanted.kept.id.as_deref().is_none_or(|id| others.find("id", id).is_none());
        let id = match (&there, free) {
            (None, true) => self.own_id(&wanted).await?,
            _ => None,
        };
        if let Some(id) = there.as_ref().and_then(|there| text(there, "id")).map(str::to_owned) {
            self.called(&wanted, &id);
        }
        Ok(Some(Plan { wanted, path, body, there, id, leave }))
    }

    /// The id that a new object keeps. What roles are given over has another one where another environment has it already: a role over an
    /// id that two have would count in neither.
    async fn own_id(&mut self, wanted: &Wanted) -> Result<Option<Uuid>, Failure> {
        let Some(id) = wanted.kept.id.as_deref().and_then(|id| Uuid::parse_str(id).ok()) else { return Ok(None) };
        let scope = match wanted.kind {
            "applications" => RoleScope::Application(id.into()),
            "populations" => RoleScope::Population(id.into()),
            _ => return Ok(Some(id)),
        };
        if self.app().store.environment_of(scope).await?.is_none() {
            return Ok(Some(id));
        }
        self.report.left.add("ids", &wanted.name, "another environment here has its id: it has a new one");
        Ok(None)
    }

    fn is_key(&self, part: &str) -> bool {
        part.starts_with(KEY) || self.known.contains_key(part)
    }

    /// Notes what became of an object.
    fn settle(&mut self, plan: &Plan, done: Written) {
        let Plan { wanted, path, body, there, .. } = plan;
        for why in done.pruned {
            self.report.refuse(wanted.kind, &wanted.name, why);
        }
        if let Some(row) = done.row.filter(|_| !self.rehearsed) {
            // Another one was the default until now.
            if body.get("default") == Some(&Value::Bool(true)) {
                self.there.remove(path);
            } else if let Some(listed) = self.there.get_mut(path).filter(|_| there.is_some()) {
                listed.replace(row.clone());
            } else if let Some(listed) = self.there.get_mut(path) {
                listed.push(row.clone());
            }
            if let Some(id) = text(&row, "id").filter(|_| there.is_none()) {
                self.called(wanted, id);
            }
        }
        match (done.refused, done.became) {
            (Some(why), _) => return self.report.refuse(wanted.kind, &wanted.name, why),
            (None, Some(became)) => self.report.take(wanted.kind, became, 1),
            (None, None) => {}
        }
        match (there, self.rehearsed) {
            (None, true) => self.suppose(wanted),
            (None, false) => drop(self.fresh.insert(wanted.key.clone())),
            (Some(_), _) => {}
        }
    }

    /// Everything of a list.
    async fn list(&mut self, path: &str) -> Result<Vec<Value>, Failure> {
        self.load(path).await?;
        Ok(self.there.get(path).map(|listed| listed.rows().to_vec()).unwrap_or_default())
    }

    /// Reads all of a list, once.
    async fn load(&mut self, path: &str) -> Result<(), Failure> {
        if self.there.contains_key(path) {
            return Ok(());
        }
        let (mut rows, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(page) = next {
            let answer = self.writer.asked("GET", &page, None, (None, &Kept::default())).await?;
            next = answer
                .pointer("/_links/next/href")
                .and_then(Value::as_str)
                .and_then(|href| href.split_once('?').map(|(_, query)| format!("{path}?{query}")));
            let embedded = answer.get("_embedded").and_then(Value::as_object).into_iter().flatten();
            rows.extend(embedded.filter_map(|(_, list)| list.as_array()).flatten().cloned());
        }
        self.there.insert(path.to_owned(), Listed::new(rows));
        Ok(())
    }

    fn called(&mut self, wanted: &Wanted, id: &str) {
        self.known.insert(wanted.key.clone(), id.to_owned());
        // Whatever names it by the id that it had names it by the one that it has.
        if let Some(before) = &wanted.kept.id {
            self.known.insert(before.clone(), id.to_owned());
        }
        if let Some(before) = wanted.kept.id.as_deref().filter(|before| *before != id) {
            self.report.called(wanted.kind, before, id);
        }
    }
}

fn text<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

/// Names are one whatever the case of their letters.
fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Writes under way at once.
const AT_ONCE: usize = 32;
