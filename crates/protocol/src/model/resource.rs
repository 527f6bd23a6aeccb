//! Resources: what tokens are for (RFC 8707, RFC 6749 §3.3).

use super::check::Fields;
use super::describe::{Absent, Described, Found, Walk, property};
use super::{AuthorizationDetailsType, ResourceScope};
use crate::client_auth::Method;
use crate::id::{EnvironmentId, ResourceId, ScopeId};
use crate::mapping::ResourceMappings;
use crate::names::names;
use crate::scope::OFFLINE_ACCESS;
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

names! {
    /// How a resource proves who it is where it asks what a token is worth (RFC 7662 §2.1).
    #[derive(Default)]
    pub enum IntrospectAuth {
        /// It does not, and is told nothing.
        None = "NONE",
        #[default]
        Basic = "CLIENT_SECRET_BASIC",
        Post = "CLIENT_SECRET_POST",
    }
}

impl IntrospectAuth {
    pub const fn method(self) -> Method {
        match self {
            Self::None => Method::None,
            Self::Basic => Method::ClientSecretBasic,
            Self::Post => Method::ClientSecretPost,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    pub id: ResourceId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    pub kind: ResourceType,
    /// None for the built-in `openid` resource, and for one that is named by its name.
    pub audience: Option<String>,
    /// Seconds; None: as the environment has it.
    pub access_token_seconds: Option<i64>,
    /// Of a custom resource. None: it was made by a version that knew only the default.
    pub introspect_auth: Option<IntrospectAuth>,
    /// `applicationPermissionsSettings.claimEnabled`. Kept: there are no permissions of applications.
    pub permissions_claim: Option<bool>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl Resource {
    /// What tokens for it carry. PingOne: a resource without an audience is named by its name.
    pub fn audience(&self) -> &str {
        self.audience.as_deref().unwrap_or(&self.name)
    }

    /// Whether every environment has it.
    pub fn is_built_in(&self) -> bool {
        self.kind != ResourceType::Custom
    }
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

    /// The registered resource that goes by this client id where it asks about tokens.
    pub fn client(&self, client_id: &str) -> Option<&Resource> {
        ResourceId::parse(client_id).and_then(|id| self.resource(id)).filter(|resource| !resource.is_built_in())
    }

    /// Whether every application may ask for it: what OpenID Connect defines. What an administrator added to the same resource is held by
    /// whom it was granted, as is `offline_access`.
    pub fn is_open(&self, scope: &ResourceScope) -> bool {
        let of_openid = |resource: &Resource| resource.kind == ResourceType::OpenidConnect;
        scope.name != OFFLINE_ACCESS
            && scope.is_built_in(ResourceType::OpenidConnect)
            && self.resource(scope.resource).is_some_and(of_openid)
    }

    /// The type of authorization details of this name.
    pub fn details_type(&self, name: &str) -> Option<&AuthorizationDetailsType> {
        self.details_types.iter().find(|of| of.name == name)
    }

    pub fn scope(&self, id: ScopeId) -> Option<&ResourceScope> {
        self.scopes.iter().find(|s| s.id == id)
    }
}

/// The contract, Annex A: Resource.
impl Described for Resource {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            description,
            kind,
            audience,
            access_token_seconds,
            introspect_auth,
            permissions_claim,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        // What a body says it is, it must be: so it is read first.
        walk.choice(&property("type").absent(Absent::Kept).stored_as("kind"), kind);
        let custom = *kind == ResourceType::Custom;
        walk.text(&property("name").text(1, 256).required().found("name_key", Found::Folded), name);
        walk.text_if(&property("description").inert().prose(4_096), description);
        walk.text_if(&property("audience").checked(2_048, audience_text).only_if(custom), audience);
        let seconds = property("accessTokenValiditySeconds").range(300, 2_592_000).stored_as("access_token_seconds");
        walk.number(&seconds.absent(Absent::Default("3600")).only_if(custom), access_token_seconds);
        let method = property("introspectEndpointAuthMethod").stored_as("introspect_auth").only_if(custom);
        walk.choice(&method.absent(Absent::Default("CLIENT_SECRET_BASIC")), introspect_auth);
        let claim = property("claimEnabled").absent(Absent::Default("false")).stored_as("permissions_claim");
        walk.within(&property("applicationPermissionsSettings").inert().only_if(custom), &mut |walk| {
            walk.flag_if(&claim, permissions_claim);
        });
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    fn rules(&self, before: &Self, fields: &mut Fields<'_>) {
        // PingOne takes them of who moves in by a feature of its own; here they are the server's.
        for name in ["clientId", "clientSecret"] {
            let own = fields.has(name) && fields.string(name) != Some(self.id.to_string().as_str());
            if own {
                let message = "cannot be chosen: a resource goes by its id, with the secret that its route makes";
                fields.fault("INVALID_VALUE", name, message, None);
            }
        }
        if self.kind != before.kind {
            let message = "only CUSTOM resources can be created, and none becomes another";
            fields.fault("INVALID_VALUE", "type", message, None);
        }
        if !self.is_built_in() && is_of_ping(self.audience()) {
            let target = if self.audience.is_some() { "audience" } else { "name" };
            let message = "an audience must not contain \"pingone\" or \"pingidentity\"";
            fields.fault("INVALID_VALUE", target, message, None);
        }
    }
}

/// PingOne: what its own API is called is nobody else's.
fn is_of_ping(audience: &str) -> bool {
    let audience = audience.to_ascii_lowercase();
    ["pingone", "pingidentity"].iter().any(|own| audience.contains(own))
}

fn audience_text(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("must have at least 1 character".into());
    }
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters".into());
    }
    // PingOne, and RFC 8707 §2.
    if text.contains('#') && text.contains("://") {
        return Err("an address must not have a fragment".into());
    }
    Ok(())
}
