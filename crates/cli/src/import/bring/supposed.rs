//! What a rehearsal would have made: it has no id yet, so what refers to it is judged without that, and what is a part of it by what such an object
//! is from its beginning.

use std::sync::Arc;

use engine::Failure;
use import::Wanted;
use protocol::id::PopulationId;
use protocol::model::describe::{self, Described, Known, Refers};
use protocol::model::{
    Application, ApplicationAttribute, IdentityProviderAttribute, IdentityProviderType, Kept as _, Population,
    Resource, ResourceAttribute, ResourceScope, ResourceType, SignOnAction, UserSchema,
};
use protocol::refusal::Refused;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Bringing;
use super::listed::Listed;
use super::same::{covers, differing, leave_out, resolve};
use super::write::{Further, Leave, further, told};
use crate::import::report::Became;

impl Bringing {
    /// Puts ids in the place of keys, and takes out what names something that would be made; None where the body refers to what was not taken.
    pub(super) fn settled(&self, wanted: &Wanted, body: &mut Value) -> Option<Leave> {
        let mut leave = Leave::default();
        if self.rehearsed {
            leave_out(body, &self.fresh, "", &mut leave.out);
            leave.naming = self.naming(wanted);
        }
        resolve(body, &self.known).then_some(leave)
    }

    /// The members that name an attribute of users that would be made.
    fn naming(&self, wanted: &Wanted) -> Vec<String> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let names = |value: &Value| {
            let text = value.to_string();
            let mut words = text.split(|c| !is_word(c));
            words.any(|word| self.attributes.iter().any(|name| name.eq_ignore_ascii_case(word)))
        };
        let naming = wanted.body.iter().filter(|(_, value)| !self.attributes.is_empty() && names(value));
        naming.map(|(name, _)| name.clone()).collect()
    }

    /// Notes what would become of an object that is a part of one that would be made, or that an earlier one of the same name would have made.
    pub(super) async fn pretend(&mut self, wanted: &Wanted) -> Result<(), Failure> {
        let mut body = Value::from(wanted.body.clone());
        let Some(leave) = self.settled(wanted, &mut body) else {
            self.report.left.add(wanted.kind, &wanted.name, NOT_TAKEN);
            return Ok(());
        };
        let Value::Object(mut body) = body else { return Ok(()) };
        let tenant = self.app().tenant(self.environment).await?;
        let everything = Everything(tenant.map(|tenant| tenant.schema.clone()));
        let part = self.part(wanted);
        let rows = self.pretended.entry(wanted.within.join("/")).or_insert_with(|| Listed::new(part.begun()));
        let there = rows.find(wanted.same.member, &wanted.same.value).cloned();
        let mut pruned = Vec::new();
        let whole = |body: &Map<String, Value>| match &there {
            Some(there) => differing(there, body),
            None => body.clone(),
        };
        let refused = loop {
            let as_there = there.as_ref().is_some_and(|there| covers(there, &body));
            let judged = if as_there { Ok(()) } else { part.judge(&whole(&body), there.is_some(), &everything) };
            let Err(refused) = judged else { break None };
            match further(&refused.details, &mut body, &leave, &mut pruned) {
                Further::Again => {}
                Further::Supposed => break None,
                Further::Refused => break Some(told(&refused)),
            }
        };
        for why in pruned.into_iter().chain(refused.clone()) {
            self.report.refuse(wanted.kind, &wanted.name, why);
        }
        if refused.is_some() {
            return Ok(());
        }
        let became = match &there {
            None => Became::Created,
            Some(there) if leave.out.is_empty() && covers(there, &body) => Became::Unchanged,
            Some(_) => Became::Updated,
        };
        self.report.take(wanted.kind, became, 1);
        self.suppose(wanted);
        Ok(())
    }

    /// A rehearsal goes on as if the object had been made.
    pub(super) fn suppose(&mut self, wanted: &Wanted) {
        self.fresh.insert(wanted.key.clone());
        self.fresh.extend(wanted.kept.id.clone());
        let kind = wanted.body.get("type").and_then(Value::as_str).unwrap_or_default();
        self.kinds.insert(wanted.key.clone(), kind.to_owned());
        let rows = self.pretended.entry(wanted.within.join("/")).or_default();
        if rows.find(wanted.same.member, &wanted.same.value).is_none() {
            let mut row = Value::from(wanted.body.clone());
            put(&mut row, wanted.same.member, &wanted.same.value);
            rows.push(row);
        }
        match wanted.kind {
            "schemaAttributes" => self.attributes.push(wanted.name.clone()),
            "populations" => {
                let id = wanted.kept.id.as_deref().and_then(PopulationId::parse);
                let begun = Population::begun(self.environment, self.app().world.now().to_millis());
                self.supposed.push(Population { id: id.unwrap_or(begun.id), name: wanted.name.clone(), ..begun });
            }
            _ => {}
        }
    }

    fn part(&self, wanted: &Wanted) -> Part {
        let parent = wanted.within.get(1).and_then(|parent| self.kinds.get(parent)).map_or("", String::as_str);
        match (wanted.within.first().map(String::as_str), wanted.kind) {
            (Some("applications"), "attributes") => Part::OfApplication,
            (Some("resources"), "attributes") => Part::OfResource,
            (Some("identityProviders"), "attributes") => {
                Part::OfProvider(IdentityProviderType::parse(parent).unwrap_or_default())
            }
            (_, "scopes") => Part::Scope,
            (_, "signOnPolicyActions") => Part::Action,
            _ => Part::Other,
        }
    }
}

/// What is a part of an object that is not there yet.
enum Part {
    OfApplication,
    OfResource,
    OfProvider(IdentityProviderType),
    Scope,
    Action,
    /// What consists of references, and what is no part at all: it is judged where it is written.
    Other,
}

impl Part {
    /// The parts of its kind that are there from the beginning.
    fn begun(&self) -> Vec<Value> {
        match self {
            Self::OfApplication => vec![describe::draw(&core()).into()],
            Self::OfResource => predefined().iter().map(|one| describe::draw(one).into()).collect(),
            Self::OfProvider(kind) => {
                vec![json!({ "name": "username", "value": kind.username(), "update": "EMPTY_ONLY" })]
            }
            Self::Scope | Self::Action | Self::Other => Vec::new(),
        }
    }

    /// What the management API says of a body whatever else there is.
    fn judge(&self, body: &Map<String, Value>, begun: bool, known: &dyn Known) -> Result<(), Refused> {
        match self {
            Self::OfApplication if begun => read(body, &core(), known),
            Self::OfApplication => read(body, &ApplicationAttribute::default(), known),
            Self::OfResource if begun => predefined().iter().try_for_each(|one| read(body, one, known)),
            Self::OfResource => {
                read(body, &ResourceAttribute { of: ResourceType::Custom, ..ResourceAttribute::default() }, known)
            }
            Self::OfProvider(_) if begun => Ok(()),
            Self::OfProvider(_) => read(body, &IdentityProviderAttribute::default(), known),
            Self::Scope => read(body, &ResourceScope::default(), known),
            Self::Action => read(body, &SignOnAction::default(), known),
            Self::Other => Ok(()),
        }
    }
}

fn read<R: Described>(body: &Map<String, Value>, before: &R, known: &dyn Known) -> Result<(), Refused> {
    describe::read(body, before, known).map(drop)
}

fn core() -> ApplicationAttribute {
    ApplicationAttribute::core(&Application::default())
}

fn predefined() -> Vec<ResourceAttribute> {
    ResourceAttribute::predefined(&Resource { kind: ResourceType::Custom, ..Resource::default() })
}

/// Whatever is referred to is there: what is not was left out before.
struct Everything(Option<Arc<UserSchema>>);

impl Known for Everything {
    fn has(&self, _: Refers, _: Uuid) -> bool {
        true
    }

    fn schema(&self) -> Option<&UserSchema> {
        self.0.as_deref()
    }
}

/// Writes the member at a path of names.
fn put(row: &mut Value, path: &str, value: &str) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some(members) = row.as_object_mut() else { return };
    match rest {
        None => drop(members.insert(name.to_owned(), value.into())),
        Some(rest) => put(members.entry(name).or_insert_with(|| json!({})), rest, value),
    }
}

pub(super) const NOT_TAKEN: &str = "what it refers to was not taken";
