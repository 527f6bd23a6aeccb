//! Writes what another system had, object by object, by the rules of the management API. What is there and is the same stays as it is.

mod same;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engine::manage::Brought;
use engine::{App, Failure};
use import::{KEY, Kept, Wanted};
use protocol::id::EnvironmentId;
use protocol::refusal::Detail;
use protocol::secret::Secret;
use serde_json::{Map, Value};
use web::manage::operator::{Asked, call};

use super::report::{Became, Report};
use same::{covers, differing, member, prune, resolve};

/// An import under way.
pub(super) struct Bringing {
    app: Arc<App>,
    pub(super) environment: EnvironmentId,
    /// Nothing is written.
    pub(super) rehearsed: bool,
    /// The ids of what other objects name by a key, or by the id that it had.
    known: HashMap<String, String>,
    /// Those that are made just now: nothing is below them yet.
    fresh: HashSet<String>,
    /// Lists of the management API by their path.
    there: HashMap<String, Vec<Value>>,
    pub(super) report: Report,
}

/// Why an object was not written.
enum Unwritten {
    /// A rule says no.
    Refused { details: Vec<Detail>, why: String },
    /// The database does not answer.
    Failed(Failure),
}

impl Bringing {
    pub(super) fn new(app: &Arc<App>, environment: EnvironmentId, rehearsed: bool) -> Self {
        let (known, there) = (HashMap::new(), HashMap::new());
        let (fresh, report) = (HashSet::new(), Report::default());
        Self { app: app.clone(), environment, rehearsed, known, fresh, there, report }
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
        &self.app
    }

    /// The id of what is called so, where it is there.
    pub(super) fn id(&self, key: &str) -> Option<&str> {
        self.known.get(key).map(String::as_str)
    }

    /// Writes one object, where it is not there as it should be. What a rule refuses is noted.
    ///
    /// # Errors
    /// That the database does not answer.
    pub(super) async fn bring(&mut self, wanted: Wanted) -> Result<(), Failure> {
        let parents: Vec<&String> = wanted.within.iter().filter(|part| self.is_key(part)).collect();
        if parents.iter().any(|parent| !self.known.contains_key(*parent)) {
            if self.rehearsed && parents.iter().any(|parent| self.fresh.contains(*parent)) {
                self.report.take(wanted.kind, Became::Created, 1);
            } else {
                self.report.left.add(wanted.kind, &wanted.name, "what it is a part of was not taken");
            }
            return Ok(());
        }
        // Some attributes, and the first action of a policy, are there from the beginning.
        let begun = matches!(wanted.kind, "attributes" | "signOnPolicyActions");
        let fresh = !begun && parents.iter().any(|parent| self.fresh.contains(*parent));
        let parts: Vec<&str> = wanted.within.iter().map(|part| self.known.get(part).unwrap_or(part).as_str()).collect();
        let path = format!("/{}", parts.join("/"));
        let mut body = Value::from(wanted.body.clone());
        let value = self.known.get(&wanted.same.value).unwrap_or(&wanted.same.value).clone();
        if !resolve(&mut body, &self.known) {
            if self.rehearsed {
                self.report.take(wanted.kind, Became::Created, 1);
            } else {
                self.report.left.add(wanted.kind, &wanted.name, "what it refers to was not taken");
            }
            return Ok(());
        }
        let Value::Object(body) = body else { return Ok(()) };
        if !fresh {
            self.load(&path).await?;
        }
        let others = self.there.get(&path).map(Vec::as_slice).unwrap_or_default();
        let is_same = |other: &&Value| {
            member(other, wanted.same.member).and_then(Value::as_str).is_some_and(|of| folded(of) == folded(&value))
        };
        let by_id = |other: &&Value| wanted.kept.id.as_deref().is_some_and(|id| text(other, "id") == Some(id));
        let free = !others.iter().any(|other| by_id(&other));
        match others.iter().find(is_same).cloned() {
            Some(other) => self.keep(&wanted, &path, &other, body).await,
            None => self.make(&wanted, &path, free, body).await,
        }
    }

    fn is_key(&self, part: &str) -> bool {
        part.starts_with(KEY) || self.known.contains_key(part)
    }

    async fn make(&mut self, wanted: &Wanted, path: &str, free: bool, body: Map<String, Value>) -> Result<(), Failure> {
        let id = wanted.kept.id.as_deref().filter(|_| free).and_then(|id| uuid::Uuid::parse_str(id).ok());
        let brought = || Brought { id, ..self.brought(&wanted.kept) };
        let made = match self.written(("POST", path, None), wanted, body, &brought).await {
            Ok((made, pruned)) => {
                self.note(wanted, pruned);
                made.unwrap_or_default()
            }
            Err(unwritten) => return self.refuse(wanted, unwritten),
        };
        self.report.take(wanted.kind, Became::Created, 1);
        self.fresh.insert(wanted.key.clone());
        if let Some(id) = text(&made, "id").filter(|_| !self.rehearsed) {
            let id = id.to_owned();
            self.there.entry(path.to_owned()).or_default().push(made);
            self.called(wanted, &id);
        }
        Ok(())
    }

    async fn keep(
        &mut self,
        wanted: &Wanted,
        path: &str,
        other: &Value,
        body: Map<String, Value>,
    ) -> Result<(), Failure> {
        let Some(id) = text(other, "id").map(str::to_owned) else { return Ok(()) };
        self.called(wanted, &id);
        let own = format!("{path}/{id}");
        let mut became = Became::Unchanged;
        if !covers(other, &body) {
            let changed = differing(other, &body);
            match self.written(("PUT", &own, Some(other)), wanted, changed, &|| self.brought(&Kept::default())).await {
                Ok((made, pruned)) => {
                    became = if made.is_some() { Became::Updated } else { Became::Unchanged };
                    self.note(wanted, pruned);
                }
                Err(unwritten) => return self.refuse(wanted, unwritten),
            }
            if became == Became::Updated {
                self.there.remove(path);
            }
        }
        if let Some(secret) = &wanted.kept.secret
            && self.secret_differs(&own, secret).await?
        {
            became = Became::Updated;
            let kept = Kept { secret: Some(secret.clone()), ..Kept::default() };
            let asked = self.asked("POST", &format!("{own}/secret"), None, &|| self.brought(&kept)).await;
            if let Err(failure) = asked {
                return self.refuse(wanted, Unwritten::of(failure));
            }
        }
        self.report.take(wanted.kind, became, 1);
        Ok(())
    }

    async fn secret_differs(&self, own: &str, secret: &str) -> Result<bool, Failure> {
        // It is compared and shown to nobody: nothing to write down, in a rehearsal least of all.
        let unseen = || Brought { rehearsed: true, ..Brought::default() };
        let found = self.asked("GET", &format!("{own}/secret"), None, &unseen).await;
        match found {
            Ok(found) => Ok(text(&found, "secret") != Some(secret)),
            Err(Failure::Refused(_)) => Ok(true),
            Err(failure) => Err(failure),
        }
    }

    /// Writes a body; what a rule refuses of it is taken out, where it can do without. None where the rest is `there` already.
    async fn written(
        &self,
        (method, path, there): (&str, &str, Option<&Value>),
        wanted: &Wanted,
        mut body: Map<String, Value>,
        brought: &dyn Fn() -> Brought,
    ) -> Result<(Option<Value>, Vec<String>), Unwritten> {
        let mut pruned = Vec::new();
        loop {
            if there.is_some_and(|there| covers(there, &body)) {
                return Ok((None, pruned));
            }
            let refused = match self.asked(method, path, Some(&body), brought).await {
                Ok(made) => return Ok((Some(made), pruned)),
                Err(failure) => Unwritten::of(failure),
            };
            let Unwritten::Refused { details, .. } = &refused else { return Err(refused) };
            let before = pruned.len();
            // From the end, so that the places before stay what they are.
            for detail in details.iter().rev() {
                let told = format!("{}: {}", detail.target.split('[').next().unwrap_or_default(), detail.message);
                if !NEEDED.contains(&detail.target.as_str()) && prune(&mut body, &detail.target) {
                    pruned.push(told);
                }
            }
            if pruned.len() == before || pruned.len() > MOST_PRUNED || wanted.kind == "nestings" {
                return Err(refused);
            }
        }
    }

    async fn asked(
        &self,
        method: &str,
        path: &str,
        body: Option<&Map<String, Value>>,
        brought: &dyn Fn() -> Brought,
    ) -> Result<Value, Failure> {
        let asked = Asked { environment: self.environment, method, path, body };
        call(&self.app, asked, brought).await
    }

    /// Everything of a list.
    async fn list(&mut self, path: &str) -> Result<Vec<Value>, Failure> {
        self.load(path).await?;
        Ok(self.there.get(path).cloned().unwrap_or_default())
    }

    /// Reads all of a list, once.
    async fn load(&mut self, path: &str) -> Result<(), Failure> {
        if self.there.contains_key(path) {
            return Ok(());
        }
        let (mut rows, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(page) = next {
            let answer = self.asked("GET", &page, None, &Brought::default).await?;
            next = answer
                .pointer("/_links/next/href")
                .and_then(Value::as_str)
                .and_then(|href| href.split_once('?').map(|(_, query)| format!("{path}?{query}")));
            let embedded = answer.get("_embedded").and_then(Value::as_object).into_iter().flatten();
            rows.extend(embedded.filter_map(|(_, list)| list.as_array()).flatten().cloned());
        }
        self.there.insert(path.to_owned(), rows);
        Ok(())
    }

    fn brought(&self, kept: &Kept) -> Brought {
        Brought {
            id: None,
            client_id: kept.client_id.clone(),
            secret_anywhere: kept.secret_anywhere,
            secret: kept.secret.clone().map(Secret::new),
            rehearsed: self.rehearsed,
        }
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

    fn note(&mut self, wanted: &Wanted, pruned: Vec<String>) {
        for why in pruned {
            self.report.refuse(wanted.kind, &wanted.name, why);
        }
    }

    fn refuse(&mut self, wanted: &Wanted, unwritten: Unwritten) -> Result<(), Failure> {
        match unwritten {
            Unwritten::Failed(failure) => Err(failure),
            Unwritten::Refused { why, .. } => {
                self.report.refuse(wanted.kind, &wanted.name, why);
                Ok(())
            }
        }
    }
}

impl Unwritten {
    fn of(failure: Failure) -> Self {
        let Failure::Refused(refused) = failure else { return Self::Failed(failure) };
        let told: Vec<String> = refused.details.iter().map(|of| format!("{}: {}", of.target, of.message)).collect();
        let why = match (told.is_empty(), &refused.message) {
            (false, _) => told.join("; "),
            (true, Some(message)) => message.clone(),
            (true, None) => refused.reason.row().public.to_owned(),
        };
        Self::Refused { details: refused.details, why }
    }
}

fn text<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

/// Names are one whatever the case of their letters.
fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Without these it would be another object.
const NEEDED: [&str; 8] =
    ["name", "type", "protocol", "enabled", "grantTypes", "tokenEndpointAuthMethod", "resource.id", "value"];
/// Whoever has more of them is no object of this kind.
const MOST_PRUNED: usize = 200;
