//! Takes the steps of a plan, one after the other, and stops at the first that is refused. What was done stays: the next run goes on from there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::api::{self, Api, Request, Stopped};
use crate::differ::{differences, overlaid};
use crate::found::{self, Found, Reach};
use crate::kinds::Kind;
use crate::names::{Missing, Names};
use crate::steps::{Deed, Plan, Step};
use crate::table::Identity;
use crate::wanted::{Place, Wanted};

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Created,
    Changed,
    Deleted,
    /// Somebody, or the server itself, did it already.
    Nothing,
}

/// Where it ended before the end.
#[derive(Clone, Debug)]
pub struct Halted {
    pub address: String,
    pub place: Option<Place>,
    pub why: String,
}

/// Takes all steps. `tell` hears of each.
///
/// # Errors
/// The first that did not go.
pub async fn apply(
    api: &impl Api,
    kinds: &Kind,
    (plan, names): (&Plan, Names),
    mut tell: impl FnMut(&Step, Done),
) -> Result<(), Halted> {
    let root = plan.id.as_ref().map(|id| (String::new(), format!("/environments/{id}")));
    let mut run =
        Run { api, kinds, names, hrefs: root.into_iter().collect(), made: BTreeSet::new(), present: BTreeMap::new() };
    for step in &plan.steps {
        if let (Some(href), Deed::Change) = (&step.href, step.deed) {
            run.hrefs.insert(step.address.clone(), href.clone());
        }
    }
    for step in &plan.steps {
        let done = run.take(step).await.map_err(|why| halted(step, why))?;
        tell(step, done);
    }
    Ok(())
}

enum Why {
    Stopped(Stopped),
    Missing(Vec<Missing>),
    /// The property is something else than it was when the plan was made.
    Moved(String),
    /// It can not be said where the object would be.
    Nowhere(String),
}

impl From<Stopped> for Why {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

struct Run<'a, A> {
    api: &'a A,
    kinds: &'a Kind,
    names: Names,
    /// Paths by address.
    hrefs: BTreeMap<String, String>,
    /// What was made in this run: parts that the server made with it may be there already.
    made: BTreeSet<String>,
    present: BTreeMap<String, Vec<Found>>,
}

impl<A: Api> Run<'_, A> {
    async fn take(&mut self, step: &Step) -> Result<Done, Why> {
        let Some(wanted) = &step.wanted else {
            let href = step.href.clone().unwrap_or_default();
            return match api::ask(self.api, Request::delete(href)).await {
                Ok(_) => Ok(Done::Deleted),
                Err(Stopped::Refused { status: 404, .. }) => Ok(Done::Nothing),
                Err(stopped) => Err(stopped.into()),
            };
        };
        if step.kind.segment == "environment" {
            return self.environment(step, wanted).await;
        }
        if let Some(href) = &step.href {
            return self.change(step, wanted, href, true).await;
        }
        let parent = self.path(&step.parent).ok_or_else(|| Why::Nowhere(step.parent.clone()))?;
        let may_be_there = self.made.contains(&step.parent) || step.kind.identity == Identity::Single;
        if may_be_there && let Some(there) = self.sibling(step, &parent).await? {
            self.hrefs.insert(step.address.clone(), there.href.clone());
            self.names.add(&step.address, &step.label, &there.id);
            return self.change(step, wanted, &there.href, false).await;
        }
        let body = self.identified(&step.kind, &without_null(&wanted.body))?;
        let href = format!("{parent}/{}", step.kind.segment);
        let made = api::ask(self.api, Request::with("POST", &href, body)).await?.body;
        let id = made["id"].as_str().unwrap_or_default();
        self.names.add(&step.address, &step.label, id);
        self.hrefs.insert(step.address.clone(), format!("{href}/{id}"));
        self.made.insert(step.address.clone());
        Ok(Done::Created)
    }

    /// The path of an object by its address: of one that no step is about, from its id.
    fn path(&self, address: &str) -> Option<String> {
        if let Some(href) = self.hrefs.get(address) {
            return Some(href.clone());
        }
        let id = self.names.id(address)?;
        let segment = address.split('[').next()?;
        Some(format!("{}/{segment}/{id}", self.hrefs.get("")?))
    }

    /// The one that the server made by itself with what it is a part of.
    async fn sibling(&mut self, step: &Step, parent: &str) -> Result<Option<Found>, Why> {
        let at = format!("{}.{}", step.parent, step.kind.segment);
        if !self.present.contains_key(&at) {
            let mut list = found::many(self.api, &step.kind, parent, "").await?;
            found::settle(&step.kind, &mut list, &step.parent, &self.names);
            self.present.insert(at.clone(), list);
        }
        Ok(self.present[&at].iter().find(|one| one.label == step.label).cloned())
    }

    async fn environment(&mut self, step: &Step, wanted: &Wanted) -> Result<Done, Why> {
        if let Some(href) = &step.href {
            if let Some(kind) = step.differences.iter().find(|one| one.path == "type") {
                let body = serde_json::json!({ "type": kind.after });
                api::ask(self.api, Request::with("PUT", format!("{href}/type"), body)).await?;
            }
            return self.change(step, wanted, href, true).await;
        }
        let mut body = self.identified(&step.kind, &without_null(&wanted.body))?;
        // Where there is only one it need not be said.
        if body["license"].is_null()
            && let [license] = self.names.licenses.values().collect::<Vec<_>>().as_slice()
        {
            body["license"] = serde_json::json!({ "id": license });
        }
        let made = api::ask(self.api, Request::with("POST", "/environments", body)).await?.body;
        let id = made["id"].as_str().unwrap_or_default();
        let there = found::read(self.api, self.kinds, id, Reach::All).await?;
        self.names = there.names;
        self.hrefs.insert(String::new(), there.found.href.clone());
        for (segment, list) in there.found.parts {
            for one in &list {
                self.hrefs.insert(one.address.clone(), one.href.clone());
                for (part, list) in &one.parts {
                    self.present.insert(format!("{}.{part}", one.address), list.clone());
                }
                self.made.insert(one.address.clone());
            }
            self.present.insert(format!(".{segment}"), list);
        }
        self.made.insert(String::new());
        Ok(Done::Created)
    }

    /// Writes what is wanted over what is there now, in the version that is there now.
    async fn change(&mut self, step: &Step, wanted: &Wanted, href: &str, planned: bool) -> Result<Done, Why> {
        let answer = api::ask(self.api, Request::get(href)).await?;
        let now = step.kind.settable(&answer.body);
        let named = self.names.named(&step.kind.shape, &now);
        let mut differing = differences(&step.kind.shape, &named, &wanted.body);
        differing.retain(|one| !wanted.unset.contains_key(&one.path));
        if differing.is_empty() {
            return Ok(Done::Nothing);
        }
        let of = |path: &str| step.differences.iter().find(|one| one.path == path);
        let moved = differing.iter().find(|one| of(&one.path).is_none_or(|planned| planned.before != one.before));
        if let Some(moved) = moved.filter(|_| planned) {
            return Err(Why::Moved(moved.path.clone()));
        }
        let body = self.identified(&step.kind, &overlaid(named, &wanted.body))?;
        let mut request = Request::with("PUT", href, body);
        request.if_match = answer.etag;
        api::ask(self.api, request).await?;
        Ok(Done::Changed)
    }

    fn identified(&self, kind: &Kind, body: &Value) -> Result<Value, Why> {
        self.names.identified(&kind.shape, body).map_err(Why::Missing)
    }
}

/// What a new object is to have.
fn without_null(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let said = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(said.map(|(name, value)| (name.clone(), without_null(value))).collect())
        }
        value => value.clone(),
    }
}

fn halted(step: &Step, why: Why) -> Halted {
    let mut place = step.wanted.as_ref().map(|wanted| wanted.place.clone());
    let why = match why {
        Why::Stopped(stopped) => {
            if let (Stopped::Refused { details, .. }, Some(wanted)) = (&stopped, &step.wanted) {
                let known = details.iter().find(|detail| step.kind.shape.member(first(&detail.target)).is_some());
                place = known.map(|detail| wanted.place_of(&detail.target)).or(place);
            }
            stopped.to_string()
        }
        Why::Missing(missing) => {
            let missing: Vec<&str> = missing.iter().map(|one| one.0.as_str()).collect();
            format!("there is no {}", missing.join(", no "))
        }
        Why::Moved(path) => {
            if let Some(wanted) = &step.wanted {
                place = Some(wanted.place_of(&path));
            }
            format!(
                "{path} is not what it was when the plan was made: somebody changed it meanwhile, so look at a new plan"
            )
        }
        Why::Nowhere(parent) => format!("{parent} is not there"),
    };
    Halted { address: step.address.clone(), place, why }
}

fn first(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or_default()
}

impl fmt::Display for Halted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        let address = if self.address.is_empty() { "environment" } else { &self.address };
        write!(f, "{address}: {}", self.why)
    }
}
