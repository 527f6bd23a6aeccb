//! The scopes of resources, and which of them a caller may change: those that every environment has stay what they are.

use super::check::Fields;
use super::describe::{Described, Found, Walk, property};
use super::seed::{API_SCOPES, OPENID_SCOPES};
use super::{ResourceType, Scopes};
use crate::id::{EnvironmentId, ResourceId, ScopeId};
use crate::scope::{OFFLINE_ACCESS, Scope};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceScope {
    pub id: ScopeId,
    pub environment: EnvironmentId,
    pub resource: ResourceId,
    pub name: String,
    pub description: Option<String>,
    /// Of `p1:read:user` and `p1:update:user` and those below them: paths of what of the user it reaches, or `*` alone.
    pub schema_attributes: Vec<String>,
    /// Of a scope of the `openid` resource: the ids of the attributes that it asks for.
    pub mapped_claims: Vec<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl ResourceScope {
    /// Whether every environment has it, as a scope of a resource of this type.
    pub fn is_built_in(&self, of: ResourceType) -> bool {
        let names: &[(&str, &str)] = match of {
            ResourceType::Custom => &[],
            ResourceType::OpenidConnect => &OPENID_SCOPES,
            ResourceType::PingOneApi => &API_SCOPES,
        };
        names.iter().any(|(name, _)| *name == self.name)
    }

    /// What is wrong with it as a scope of a resource of type `of`, which property and why; `before` is what it was.
    pub fn fault(&self, of: ResourceType, before: Option<&Self>) -> Option<(&'static str, &'static str)> {
        let was_built_in = before.filter(|before| before.is_built_in(of));
        if let Some(before) = was_built_in {
            if self.name != before.name {
                return Some(("name", "the name of a predefined scope cannot be changed"));
            }
            if self.description != before.description {
                return Some(("description", "the description of a predefined scope cannot be changed"));
            }
        }
        if of != ResourceType::PingOneApi && !self.schema_attributes.is_empty() {
            return Some(("schemaAttributes", "only scopes of the PingOne API resource have schema attributes"));
        }
        if of != ResourceType::OpenidConnect && !self.mapped_claims.is_empty() {
            return Some(("mappedClaims", "only scopes of the openid resource have mapped claims"));
        }
        match of {
            ResourceType::Custom if [OPENID, OFFLINE_ACCESS].contains(&self.name.as_str()) => {
                Some(("name", "this name means the same for every resource (OpenID Connect)"))
            }
            ResourceType::PingOneApi if user_scope(&self.name).is_none() => match was_built_in {
                None => Some(("name", API_NAME)),
                Some(_) if !self.schema_attributes.is_empty() => {
                    Some(("schemaAttributes", "only p1:read:user and p1:update:user have schema attributes"))
                }
                Some(_) => None,
            },
            _ => None,
        }
    }
}

/// What of themselves somebody reaches by scopes of the PingOne API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaches {
    /// Whatever there is.
    Everything,
    /// These paths, and what is below them.
    Paths(Vec<String>),
}

impl Reaches {
    /// Whether all of the attribute at `path` is reached.
    pub fn has(&self, path: &str) -> bool {
        let above =
            |own: &String| path.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        match self {
            Self::Everything => true,
            Self::Paths(paths) => paths.iter().any(above),
        }
    }

    /// Whether something below `path` is reached.
    pub fn enters(&self, path: &str) -> bool {
        let below = |own: &String| own.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        match self {
            Self::Everything => true,
            Self::Paths(paths) => paths.iter().any(below),
        }
    }
}

impl Scopes {
    /// What of themselves somebody with the `granted` scopes reaches by `wanted`, such as `p1:read:user`, or by one below it, such
    /// as `p1:read:user:email-only`: what all of them reach together. None: they hold none of these.
    pub fn reached(&self, wanted: &str, granted: &Scope) -> Option<Reaches> {
        if user_scope(wanted) != Some("") {
            return granted.contains(wanted).then_some(Reaches::Everything);
        }
        let named = |name: &str| name.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
        let api = |scope: &&ResourceScope| {
            self.resource(scope.resource).is_some_and(|resource| resource.kind == ResourceType::PingOneApi)
        };
        let of_api = self.scopes.iter().filter(api);
        let held: Vec<&ResourceScope> =
            of_api.filter(|scope| named(&scope.name) && granted.contains(&scope.name)).collect();
        if held.is_empty() {
            return None;
        }
        // One that every environment has and of which nobody said what it reaches is about all of the user; any other about nothing.
        let all = |scope: &&ResourceScope| match scope.schema_attributes.as_slice() {
            [] => scope.name == wanted,
            paths => paths.iter().any(|path| path == WILDCARD),
        };
        if held.iter().any(all) {
            return Some(Reaches::Everything);
        }
        Some(Reaches::Paths(held.iter().flat_map(|scope| &scope.schema_attributes).cloned().collect()))
    }
}

/// The contract, Annex A: ResourceScope.
impl Described for ResourceScope {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            resource,
            name,
            description,
            schema_attributes,
            mapped_claims,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.reference(&property("resource").read_only().column("resource_id"), resource);
        let token = property("name").matching((1, 256), is_scope_char, SCOPE_TOKEN);
        walk.text(&token.required().found("name", Found::Exact), name);
        walk.text_if(&property("description").prose(4_096), description);
        walk.texts(&property("schemaAttributes").at_most(MOST, attribute_path), schema_attributes);
        walk.texts(&property("mappedClaims").at_most(MOST, attribute_id), mapped_claims);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        let paths = &self.schema_attributes;
        if paths.len() > 1 && paths.iter().any(|path| path == WILDCARD) {
            let message = "\"*\" is every attribute: it cannot stand beside others";
            fields.fault("INVALID_VALUE", "schemaAttributes", message, None);
        }
    }
}

/// What follows `p1:read:user` or `p1:update:user` in the name of a scope: nothing, or a colon and more.
fn user_scope(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("p1:read:user").or_else(|| name.strip_prefix("p1:update:user"))?;
    let suffix = |rest: &str| rest.split(':').skip(1).all(|part| !part.is_empty());
    (rest.is_empty() || rest.starts_with(':') && suffix(rest)).then_some(rest)
}

/// RFC 6749 §3.3.
const fn is_scope_char(c: char) -> bool {
    matches!(c, '!' | '#'..='[' | ']'..='~')
}

fn attribute_path(text: &str) -> Result<(), String> {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    if text == WILDCARD || (text.len() <= 256 && text.split('.').all(part)) {
        return Ok(());
    }
    Err("must be the path of an attribute of users, such as \"name.given\", or \"*\"".into())
}

fn attribute_id(text: &str) -> Result<(), String> {
    crate::id::canonical(text).map(drop).ok_or_else(|| "must be the id of an attribute of the resource".into())
}

const API_NAME: &str = "must be p1:read:user or p1:update:user with a suffix, such as p1:read:user:email-only";
const SCOPE_TOKEN: &str = "^[!#-\\[\\]-~]+$";
const WILDCARD: &str = "*";
const OPENID: &str = "openid";
/// Elements of a list.
const MOST: usize = 200;

#[cfg(test)]
mod tests;
