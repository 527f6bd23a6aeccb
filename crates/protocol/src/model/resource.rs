//! Resources and their scopes: what tokens are for (RFC 8707, RFC 6749 §3.3).

use super::AuthorizationDetailsType;
use super::describe::{Described, Found, Walk, property};
use crate::id::{EnvironmentId, ResourceId, ScopeId};
use crate::mapping::ResourceMappings;
use crate::names::names;
use crate::time::Time;

names! {
    #[derive(Default)]
    pub enum ResourceType {
        #[default]
        Custom = "CUSTOM",
        OpenidConnect = "OPENID_CONNECT",
        PingOneApi = "PINGONE_API",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    pub id: ResourceId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    pub kind: ResourceType,
    /// None for the built-in `openid` resource.
    pub audience: Option<String>,
    pub access_token_seconds: Option<i64>,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Resource {
    /// What tokens for it carry. PingOne: a resource without an audience is named by its name.
    pub fn audience(&self) -> &str {
        self.audience.as_deref().unwrap_or(&self.name)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceScope {
    pub id: ScopeId,
    pub environment: EnvironmentId,
    pub resource: ResourceId,
    pub name: String,
    pub description: Option<String>,
    /// Of a scope of the `openid` resource: the ids of the attributes that it asks for.
    pub mapped_claims: Vec<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Every resource and scope of an environment, as the token rules need them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scopes {
    pub resources: Vec<Resource>,
    pub scopes: Vec<ResourceScope>,
    /// What their resources can be asked for beside scopes (RFC 9396).
    pub details_types: Vec<AuthorizationDetailsType>,
    /// What they put into tokens.
    pub mappings: ResourceMappings,
}

impl Scopes {
    pub fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.resources.iter().find(|r| r.id == id)
    }

    /// The type of authorization details of this name.
    pub fn details_type(&self, name: &str) -> Option<&AuthorizationDetailsType> {
        self.details_types.iter().find(|of| of.name == name)
    }

    pub fn scope(&self, id: ScopeId) -> Option<&ResourceScope> {
        self.scopes.iter().find(|s| s.id == id)
    }
}

impl Described for Resource {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, name, description, kind, audience, access_token_seconds, created_at, updated_at } =
            self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required().found("name_key", Found::Folded), name);
        walk.text_if(&property("description").prose(4_096), description);
        walk.choice(&property("type").read_only().stored_as("kind"), kind);
        walk.text_if(&property("audience").text(1, 2_048), audience);
        let seconds = property("accessTokenValiditySeconds").range(300, 2_592_000).stored_as("access_token_seconds");
        walk.number(&seconds, access_token_seconds);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
    }
}

impl Described for ResourceScope {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, resource, name, description, mapped_claims, created_at, updated_at } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.reference(&property("resource").read_only().column("resource_id"), resource);
        walk.text(&property("name").text(1, 256).required().found("name", Found::Exact), name);
        walk.text_if(&property("description").prose(4_096), description);
        walk.texts(&property("mappedClaims").at_most(200, attribute_id), mapped_claims);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
    }
}

fn attribute_id(text: &str) -> Result<(), String> {
    crate::id::canonical(text).map(drop).ok_or_else(|| "must be the id of an attribute of the resource".into())
}
