//! Resources and their scopes: what tokens are for (RFC 8707, RFC 6749 §3.3).

use crate::id::{EnvironmentId, ResourceId, ScopeId};
use crate::names::names;
use crate::time::Time;

names! {
    pub enum ResourceType {
        Custom = "CUSTOM",
        OpenidConnect = "OPENID_CONNECT",
        PingOneApi = "PINGONE_API",
    }
}

#[derive(Clone, Debug, PartialEq)]
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

#[derive(Clone, Debug, PartialEq)]
pub struct ResourceScope {
    pub id: ScopeId,
    pub environment: EnvironmentId,
    pub resource: ResourceId,
    pub name: String,
    pub description: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Every resource and scope of an environment, as the token rules need them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scopes {
    pub resources: Vec<Resource>,
    pub scopes: Vec<ResourceScope>,
}

impl Scopes {
    pub fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.resources.iter().find(|r| r.id == id)
    }

    pub fn scope(&self, id: ScopeId) -> Option<&ResourceScope> {
        self.scopes.iter().find(|s| s.id == id)
    }
}
