//! Decides what attribute mappings put into tokens and userinfo (PingOne's application and resource attributes; OpenID Connect Core §5.1).
//!
//! Mappings are read once, with what they are part of: [`ApplicationMappings`] with a client, [`ResourceMappings`] with the scopes of an
//! environment. What they are worth is worked out when an answer is made ([`Made`]). A claim that this server answers for is never
//! theirs: what is stored under such a name is passed over.

mod access;
mod person;
mod source;
mod worth;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::claims::PersonClaim;
use crate::client::Client;
use crate::expression::Effort;
use crate::id::{ResourceAttributeId, ResourceId, ScopeId};
use crate::model::{
    ApplicationAttribute, AttributeType, MappingType, OWN_ID, Resource, ResourceAttribute, ResourceScope, ResourceType,
    TokenProfile, User, UserSchema, is_reserved,
};
use crate::refusal::{Reason, Refused};
use crate::scope::Scope;

pub use access::access;
pub use person::{Answer, person};
pub use source::{Context, OF_GROUPS, Sources};
pub use worth::Worth;

/// What mappings make of one answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// In place of the usual `sub`.
    pub sub: Option<String>,
    /// Each once, and none of this server's own.
    pub claims: Vec<(String, serde_json::Value)>,
    /// The claims about the person that are not told as they are known: they are among the others, or nowhere.
    pub replaced: Vec<PersonClaim>,
    /// Those that a scope brings beside its own.
    pub brought: Vec<PersonClaim>,
}

impl Made {
    /// Whether it is not told as it is known.
    pub fn replaces(&self, claim: PersonClaim) -> bool {
        self.replaced.contains(&claim)
    }
}

/// What an application is told beyond others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApplicationMappings {
    sub: Option<Worth>,
    /// By what `sub` is told.
    schema: Told,
    claims: Vec<Mapping>,
    groups: bool,
}

/// Which attributes users have, where that is known. It is the environment's and no part of what an application is.
#[derive(Clone, Debug, Default)]
struct Told(Option<Arc<UserSchema>>);

impl PartialEq for Told {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Mapping {
    name: String,
    worth: Worth,
    required: bool,
    id_token: bool,
    user_info: bool,
    /// It takes one of them. Empty: it takes none.
    scopes: Vec<ScopeId>,
}

impl ApplicationMappings {
    /// Of the rows of an application.
    pub fn of(rows: &[ApplicationAttribute]) -> Self {
        let mut read = Self::default();
        for row in rows {
            let worth = Worth::read(&row.value);
            read.groups |= worth.is_of_groups();
            if row.kind == MappingType::Core {
                read.sub = Some(worth).filter(|_| row.value != OWN_ID);
            } else if !is_reserved(&row.name) {
                read.claims.push(Mapping {
                    name: row.name.clone(),
                    worth,
                    required: row.required,
                    id_token: row.id_token != Some(false),
                    user_info: row.user_info != Some(false),
                    scopes: row.oidc_scopes.iter().filter_map(|id| ScopeId::parse(id)).collect(),
                });
            }
        }
        read
    }

    pub fn is_empty(&self) -> bool {
        self.sub.is_none() && self.claims.is_empty()
    }

    /// From here on `sub` is made of what users have by this schema: neither of what is disabled, nor of what an older attribute of the
    /// same name left behind.
    pub fn tell_by(&mut self, schema: &Arc<UserSchema>) {
        if self.has_sub() {
            self.schema = Told(Some(schema.clone()));
        }
    }

    /// Whether its `sub` is not the usual one.
    pub fn has_sub(&self) -> bool {
        self.sub.is_some()
    }
}

/// What the resources of an environment add.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceMappings {
    /// Those of `openid` that are not as they were from the beginning.
    openid: Vec<Attribute>,
    custom: Vec<Attribute>,
    /// `sub` of custom resources.
    subs: Vec<(ResourceId, Worth)>,
    /// The names of scopes, and what each brings beside what it brings by itself (`mappedClaims`).
    scopes: Vec<(String, ResourceAttributeId)>,
    /// The same of the claims of OpenID Connect.
    claims: Vec<(String, PersonClaim)>,
    groups: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Attribute {
    id: ResourceAttributeId,
    resource: ResourceId,
    name: String,
    /// None: as it is known.
    worth: Option<Worth>,
    id_token: bool,
    user_info: bool,
    predefined: bool,
    /// A scope mapped it once.
    by_scopes: bool,
}

impl ResourceMappings {
    /// Of the rows of an environment.
    pub fn of(rows: &[ResourceAttribute], resources: &[Resource], scopes: &[ResourceScope]) -> Self {
        let mut read = Self::default();
        read.take_scopes(resources, scopes);
        for row in rows {
            let as_known = row.is_as_predefined();
            let (id_token, user_info) = (row.id_token != Some(false), row.user_info != Some(false));
            let worth = Worth::read(&row.value);
            read.groups |= worth.is_of_groups();
            if row.kind == AttributeType::Core {
                read.subs.extend((!as_known).then_some((row.resource, worth)));
                continue;
            }
            if is_reserved(&row.name) || as_known && id_token && user_info {
                continue;
            }
            let list = if row.of == ResourceType::OpenidConnect { &mut read.openid } else { &mut read.custom };
            list.push(Attribute {
                id: row.id,
                resource: row.resource,
                name: row.name.clone(),
                worth: (!as_known).then_some(worth),
                id_token,
                user_info,
                predefined: row.kind == AttributeType::Predefined,
                by_scopes: row.by_scopes,
            });
        }
        read
    }

    fn take_scopes(&mut self, resources: &[Resource], scopes: &[ResourceScope]) {
        if scopes.iter().all(|scope| scope.mapped_claims.is_empty()) {
            return;
        }
        let predefined: Vec<_> = resources.iter().flat_map(ResourceAttribute::predefined).collect();
        for scope in scopes {
            for id in scope.mapped_claims.iter().filter_map(|id| ResourceAttributeId::parse(id)) {
                let one = predefined.iter().find(|one| one.id == id);
                let claim = one.and_then(|one| PersonClaim::parse(one.name.split('.').next().unwrap_or_default()));
                match claim {
                    Some(claim) => self.claims.push((scope.name.clone(), claim)),
                    None => self.scopes.push((scope.name.clone(), id)),
                }
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.openid.is_empty() && self.custom.is_empty() && self.subs.is_empty() && self.claims.is_empty()
    }

    /// The claims of OpenID Connect that one of these scopes brings, beside those that are its own.
    fn brought<'a>(&'a self, granted: &'a Scope) -> impl Iterator<Item = PersonClaim> + 'a {
        self.claims.iter().filter(|(scope, _)| granted.contains(scope)).map(|(_, claim)| *claim)
    }

    /// Whether some scope brings the attribute.
    fn is_brought(&self, attribute: ResourceAttributeId) -> bool {
        self.scopes.iter().any(|(_, brought)| *brought == attribute)
    }

    /// Whether what was granted opens an attribute of anybody's making: where scopes bring it, or ever brought it, one of them; otherwise
    /// it takes none. So what was limited to a scope is not told to everybody when the scope goes.
    fn is_opened(&self, attribute: &Attribute, granted: &Scope) -> bool {
        let brings = |(scope, brought): &(String, _)| *brought == attribute.id && granted.contains(scope);
        let limited = attribute.by_scopes || self.is_brought(attribute.id);
        !limited || self.scopes.iter().any(brings)
    }
}

/// Whether an answer to the client may have anything of a mapping in it: where not, nothing is worked out.
pub fn concerns(client: &Client, resources: &ResourceMappings) -> bool {
    !client.mappings.is_empty() || !resources.is_empty()
}

/// Whether the groups of the person must be known for it.
pub fn of_groups(client: &Client, resources: &ResourceMappings) -> bool {
    client.mappings.groups || resources.groups
}

/// `sub` of ID tokens for the client and of userinfo (OpenID Connect Core §2, §5.3.2): one for each person, which follows from the person
/// alone. Of a time it follows from when the person was made.
///
/// # Errors
/// [`Reason::MappingUnmet`]: it is mapped to what the person does not have.
pub fn subject(client: &Client, user: &User, profile: TokenProfile) -> Result<String, Refused> {
    match (&client.mappings.sub, profile) {
        (Some(worth), _) => {
            let all = Sources::new(Some(user), &[], Context::default(), user.created_at);
            match &client.mappings.schema.0 {
                Some(schema) => named(worth, &all.within(schema, Some(user)), &mut Effort::default()),
                None => named(worth, &all, &mut Effort::default()),
            }
        }
        (None, TokenProfile::PingOne | TokenProfile::Rfc9068) => Ok(user.id.to_string()),
        (None, TokenProfile::Spring) => Ok(user.username.clone()),
    }
}

/// What a mapping of `sub` is worth: a text that somebody can be told by.
fn named(worth: &Worth, sources: &Sources, effort: &mut Effort) -> Result<String, Refused> {
    let text = match worth.of(sources, effort) {
        Some(serde_json::Value::String(text)) => Some(text),
        Some(serde_json::Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    // OpenID Connect Core §2.
    let fits = |text: &String| text.chars().count() <= LONGEST_SUB && !text.contains(char::is_control);
    text.filter(fits).ok_or_else(|| unmet("sub", "none, or one that is no sub"))
}

/// The refusal of tokens that would lack what they must not lack.
fn unmet(name: &str, came: impl Into<String>) -> Refused {
    let name = crate::told::name(name);
    Refused::new(Reason::MappingUnmet, format!("a value of the user for the attribute {name}"), came)
}

/// Leaves out what makes an answer longer than mappings may, all together.
///
/// # Errors
/// It is `required`.
fn bounded(made: &mut Made, required: &[&str]) -> Result<(), Refused> {
    let (mut left, mut too_long) = (MOST_OCTETS, None);
    made.claims.retain(|(name, value)| {
        let rest = usize::checked_sub(left, name.len() + value.to_string().len());
        left = rest.unwrap_or(left);
        if rest.is_none() && required.contains(&name.as_str()) {
            too_long = Some(name.clone());
        }
        rest.is_some()
    });
    too_long.map_or(Ok(()), |name| Err(unmet(&name, "one that is too long beside the others")))
}

/// Characters.
const LONGEST_SUB: usize = 255;
/// PingOne's 16 KiB.
const MOST_OCTETS: usize = 16 * 1024;
