//! All attributes of an environment's users, as a node keeps them.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{CustomValues, SchemaAttribute, SchemaAttributeType, SchemaType, standard};
use crate::expression::{Searches, WholePattern};
use crate::filter::{Filter, FilterValue, Op};
use crate::id::{EnvironmentId, SchemaAttributeId};
use crate::model::User;
use crate::model::attribute::unwritten;
use crate::model::check::Fields;
use crate::refusal::{Detail, Refused};
use crate::time::Time;

/// The id of the schema of users, which every environment has.
pub fn user_schema(environment: EnvironmentId) -> Uuid {
    unwritten(environment.uuid(), "schema:User")
}

#[derive(Clone, Debug, Default)]
pub struct UserSchema {
    attributes: Vec<SchemaAttribute>,
    patterns: HashMap<SchemaAttributeId, WholePattern>,
    /// Whether there is any that is no longer as it stood from the beginning.
    changed: bool,
}

impl UserSchema {
    /// Of the environment, which began at `at`, with what was written in it.
    pub fn of(environment: EnvironmentId, at: Time, written: Vec<SchemaAttribute>) -> Self {
        let changed = !written.is_empty();
        let mut attributes = standard::all(environment, at);
        for one in written {
            match attributes.iter_mut().find(|known| known.id == one.id) {
                Some(known) => *known = one,
                None => attributes.push(one),
            }
        }
        let pattern = |one: &SchemaAttribute| {
            let regex = one.regex.as_ref()?;
            WholePattern::read(&regex.pattern).ok().map(|pattern| (one.id, pattern))
        };
        let patterns = attributes.iter().filter_map(pattern).collect();
        Self { attributes, patterns, changed }
    }

    /// All of them: what stands from the beginning first.
    pub fn attributes(&self) -> &[SchemaAttribute] {
        &self.attributes
    }

    pub fn custom(&self) -> impl Iterator<Item = &SchemaAttribute> {
        self.attributes.iter().filter(|one| one.is_custom())
    }

    /// The enabled attribute of the environment's own making that is called so, whatever the case.
    pub fn own(&self, name: &str) -> Option<&SchemaAttribute> {
        self.custom().find(|one| one.enabled && one.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn pattern(&self, of: SchemaAttributeId) -> Option<&WholePattern> {
        self.patterns.get(&of)
    }

    /// Whether a user's member of this name is ignored and not told. CORE attributes cannot be disabled.
    pub fn is_disabled(&self, name: &str) -> bool {
        self.changed && self.attributes.iter().any(|one| !one.enabled && one.name == name)
    }

    /// Forgets the values of attributes that are no more.
    pub fn settle(&self, values: &mut CustomValues) {
        values.0.retain(|value| self.attributes.iter().any(|one| one.id == value.attribute));
    }

    /// What of a user's members is told.
    pub fn shown(&self, user: &User, mut members: Map<String, Value>) -> Map<String, Value> {
        for value in &user.custom.0 {
            // An older value that lies under the name of a newer attribute.
            if !self.attributes.iter().any(|one| one.id == value.attribute) {
                members.remove(&value.name);
            }
        }
        for value in &user.custom.0 {
            if self.attributes.iter().any(|one| one.id == value.attribute) {
                members.insert(value.name.clone(), value.value.clone());
            }
        }
        if self.changed {
            members.retain(|name, _| !self.is_disabled(name));
        }
        members
    }

    /// The user as claims tell of them: without what is disabled. What is known of them is the same for those who sign them on.
    pub fn told<'u>(&self, user: &'u User) -> Cow<'u, User> {
        let mut told = Cow::Borrowed(user);
        let disabled = self.attributes.iter().filter(|one| !one.enabled && one.schema_type == SchemaType::Standard);
        for one in disabled.filter(|_| self.changed) {
            told.to_mut().forget(&one.name);
        }
        told
    }

    /// Judges what a user has under STANDARD attributes by the patterns of the environment.
    ///
    /// # Errors
    /// What does not fit, each told by its attribute's requirements.
    pub fn judge_standard(
        &self,
        members: &Map<String, Value>,
        before: Option<&Map<String, Value>>,
    ) -> Result<(), Refused> {
        let own = |one: &&SchemaAttribute| one.schema_type == SchemaType::Standard && one.enabled;
        let (mut details, mut searches) = (Vec::new(), Searches::default());
        for one in self.attributes.iter().filter(own) {
            let value = members.get(&one.name).and_then(Value::as_str);
            let was = before.and_then(|before| before.get(&one.name)).and_then(Value::as_str);
            // What stood before the pattern did stays until it is changed.
            let (Some(pattern), Some(value)) = (self.pattern(one.id), value.filter(|_| value != was)) else { continue };
            let message = match pattern.is(value, &mut searches) {
                Ok(true) => continue,
                Ok(false) => requirements(one),
                Err(why) => why.0.to_owned(),
            };
            details.push(Detail::new("INVALID_VALUE", &*one.name, message));
        }
        if details.is_empty() { Ok(()) } else { Err(Refused::fields(details)) }
    }

    /// A filter of users in terms of what is stored: a custom attribute by its id, behind [`BY_ID`].
    pub fn resolved(&self, filter: Filter) -> Filter {
        if !self.changed {
            return filter;
        }
        let inner = |filter: Box<Filter>| Box::new(self.resolved(*filter));
        match filter {
            Filter::And(left, right) => Filter::And(inner(left), inner(right)),
            Filter::Or(left, right) => Filter::Or(inner(left), inner(right)),
            Filter::Not(of) => Filter::Not(inner(of)),
            Filter::Present(path) => Filter::Present(self.path(&path).unwrap_or(path)),
            Filter::Compare { path, op, value } if takes(op, &value) => {
                Filter::Compare { path: self.path(&path).unwrap_or(path), op, value }
            }
            other => other,
        }
    }

    fn path(&self, path: &str) -> Option<String> {
        let (name, below) = path.split_once('.').map_or((path, ""), |(name, below)| (name, below));
        let one = self.own(name)?;
        let nested = matches!(one.kind, SchemaAttributeType::Json | SchemaAttributeType::Complex);
        if !below.is_empty() && !nested {
            return None;
        }
        let point = if below.is_empty() { "" } else { "." };
        Some(format!("{BY_ID}{}{point}{}", one.id, below.to_lowercase()))
    }

    /// Whether users can be put into a group by the attribute that a path names.
    pub fn finds(&self, path: &str) -> bool {
        self.path(path).is_some()
    }

    /// Reads the custom attributes of a body.
    pub(crate) fn read(&self, fields: &mut Fields<'_>, values: &mut CustomValues) {
        super::reading::read(self, fields, values);
    }
}

/// With this begins what a filter in stored terms calls a custom attribute; no filter that came from outside can.
pub const BY_ID: char = '#';

/// What must be of a value, in the words of whoever made the pattern.
pub(super) fn requirements(one: &SchemaAttribute) -> String {
    let requirements = one.regex.as_ref().map(|regex| regex.requirements.as_str()).unwrap_or_default();
    format!("does not match the pattern of this attribute: {requirements}")
}

fn takes(op: Op, value: &FilterValue) -> bool {
    let text = matches!(value, FilterValue::Text(_));
    match op {
        Op::Eq | Op::Ne => text || matches!(value, FilterValue::Bool(_) | FilterValue::Number(_)),
        Op::Sw | Op::Co | Op::Ew => text,
        Op::Gt | Op::Ge | Op::Lt | Op::Le => false,
    }
}
