//! Writes what another system had by the rules of the management API: each object behind those that it refers to, and many at once. What
//! is there and is the same stays as it is.

mod layers;
mod listed;
mod same;
mod write;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engine::{App, Failure};
use import::{KEY, Kept, Wanted};
use protocol::id::{EnvironmentId, PopulationId};
use protocol::model::{Kept as _, Population, RoleScope};
use serde_json::Value;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::report::{Became, Report};
use listed::Listed;
use same::{leave_out, mentions, resolve};
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
    /// Lists of the management API by their path.
    there: HashMap<String, Listed>,
    pub(super) report: Report,
}

impl Bringing {
    pub(super) fn new(app: &Arc<App>, environment: EnvironmentId, rehearsed: bool) -> Self {
        let writer = Writer { app: app.clone(), environment, rehearsed };
        let (known, there) = (HashMap::new(), HashMap::new());
        let (fresh, supposed, report) = (HashSet::new(), Vec::new(), Report::default());
        Self { writer, environment, rehearsed, known, fresh, supposed, there, report }
    }

    /// Makes what the environment has from its beginning known by the keys of their names: resources, and the scopes of `openid`.
    pub(super) async fn know_resources(&mut self) -> Result<(), Failure> {
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
            let unmade = parents.iter().any(|parent| self.fresh.contains(*parent));
            self.unjudged(&wanted, unmade, "what it is a part of was not taken");
            return Ok(None);
        }
        // Some attributes, and the first action of a policy, are there from the beginning.
        let begun = matches!(wanted.kind, "attributes" | "signOnPolicyActions");
        let fresh = !begun && parents.iter().any(|parent| self.fresh.contains(*parent));
        let parts: Vec<&str> = wanted.within.iter().map(|part| self.known.get(part).unwrap_or(part).as_str()).collect();
        let path = format!("/{}", parts.join("/"));
        let mut body = Value::from(wanted.body.clone());
        if self.rehearsed {
            leave_out(&mut body, &self.fresh);
        }
        let unmade = self.rehearsed && mentions(&body, &self.fresh);
        if unmade || !resolve(&mut body, &self.known) {
            self.unjudged(&wanted, unmade, "what it refers to was not taken");
            return Ok(None);
        }
        let Value::Object(body) = body else { return Ok(None) };
        if !fresh {
            self.load(&path).await?;
        }
        let value = self.known.get(&wanted.same.value).unwrap_or(&wanted.same.value).clone();
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
        Ok(Some(Plan { wanted, path, body, there, id }))
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

    /// Notes what cannot be judged without another object, which a rehearsal would have made, or which was not taken.
    fn unjudged(&mut self, wanted: &Wanted, unmade: bool, why: &str) {
        if self.rehearsed && unmade {
            self.report.take(wanted.kind, Became::Created, 1);
            self.suppose(wanted);
        } else {
            self.report.left.add(wanted.kind, &wanted.name, why);
        }
    }

    /// A rehearsal goes on as if the object had been made.
    fn suppose(&mut self, wanted: &Wanted) {
        self.fresh.insert(wanted.key.clone());
        self.fresh.extend(wanted.kept.id.clone());
        if wanted.kind == "populations" {
            let id = wanted.kept.id.as_deref().and_then(PopulationId::parse);
            let begun = Population::begun(self.environment, self.app().world.now().to_millis());
            self.supposed.push(Population { id: id.unwrap_or(begun.id), name: wanted.name.clone(), ..begun });
        }
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
