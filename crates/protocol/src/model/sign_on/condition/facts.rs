//! What is known when it is decided whether an action is needed.

use std::net::IpAddr;

use serde_json::Value;

use super::{Condition, PASSWORD, Scalar};
use crate::model::describe::{draw, schema};
use crate::model::{Session, User};
use crate::time::Time;

/// What a condition may ask about. What is not known leaves it open.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub now: Time,
    pub source: Option<IpAddr>,
    /// Who the sign-on is about.
    pub user: Option<&'a User>,
    /// The session that may answer for them. None: they sign on anew.
    pub session: Option<&'a Session>,
}

impl Condition {
    /// Whether the action is needed. None: that cannot be told.
    pub fn holds(&self, facts: &Facts<'_>) -> Option<bool> {
        match self {
            Self::And(rules) => all(rules, facts, true),
            Self::Or(rules) => all(rules, facts, false),
            Self::Not(rule) => rule.holds(facts).map(|holds| !holds),
            Self::Equals { attribute, value } => equals(facts.user?, attribute, value),
            Self::Greater { authenticator, seconds } => Some(facts.older(authenticator.as_deref(), *seconds)),
            Self::IpRange(ranges) => facts.source.map(|source| ranges.iter().any(|range| range.contains(source))),
            Self::AnonymousNetwork(allowed) => {
                facts.source.filter(|source| allowed.iter().any(|range| range.contains(*source))).map(|_| false)
            }
            Self::IpRisk { .. } | Self::GeoVelocity => None,
        }
    }
}

/// Whether a path such as `name.given` is one of a user's attributes.
pub(in crate::model::sign_on) fn is_attribute(path: &str) -> bool {
    let mut schema = schema::<User>();
    path.split('.').all(|part| {
        schema = schema["properties"][part].take();
        schema.is_object()
    })
}

/// `whole` for `and`: one that does not hold decides it; `or` is the other way round. One that cannot be told leaves it open.
fn all(rules: &[Condition], facts: &Facts<'_>, whole: bool) -> Option<bool> {
    let mut told = Some(whole);
    for rule in rules {
        match rule.holds(facts) {
            Some(holds) if holds != whole => return Some(holds),
            Some(_) => {}
            None => told = None,
        }
    }
    told
}

/// What a user does not have equals nothing; of what this version does not know of users nothing can be told.
fn equals(user: &User, attribute: &str, value: &Scalar) -> Option<bool> {
    let drawn = Value::Object(draw(user));
    match (attribute.split('.').try_fold(&drawn, |at, part| at.get(part)), value) {
        (Some(Value::Bool(has)), Scalar::Flag(flag)) => Some(has == flag),
        (Some(Value::String(has)), Scalar::Text(text)) => Some(has == text),
        (Some(_), _) => Some(false),
        (None, _) => is_attribute(attribute).then_some(false),
    }
}

impl Facts<'_> {
    /// Whoever never signed on in such a way did so long ago.
    fn older(&self, authenticator: Option<&str>, seconds: i64) -> bool {
        let signed_on = self.session.filter(|session| match authenticator {
            // The names of `amr`; nothing else is done here.
            Some(PASSWORD) => session.amr.iter().any(|way| way == PASSWORD),
            Some(_) => false,
            None => true,
        });
        signed_on.is_none_or(|session| self.now.since(session.auth_time) > seconds)
    }
}
