//! Applications: the OAuth clients of an environment, with PingOne's properties.

mod access;
mod certificate;
mod cors;
mod describe;
mod keys;
mod logout;
mod request_uris;
mod responses;
mod tls_client_auth;
mod unused;

use super::describe::{Described, Found, Place, Refers, Walk, property};
use crate::authorize::ResponseMode;
use crate::client_auth::Method;
use crate::grant::GrantType;
use crate::id::{ApplicationId, EnvironmentId, KeyRotationPolicyId, ResourceGrantId, ResourceId, ScopeId};
use crate::names::names;
use crate::registration::Registration;
use crate::secret::SecretDigest;
use crate::time::Time;
use uuid::Uuid;

pub use access::{AccessControl, AccessGroups, GroupAccess, Standing};
pub use certificate::KeyCertificate;
pub use cors::CorsBehavior;
pub use keys::{AssertionAudience, RegisteredKeys, RequestObjectSettings, RequestObjectTimes};
pub use logout::LogoutSettings;
pub use tls_client_auth::TlsClientAuth;
pub use unused::{
    AccessRole, ApplicationTag, CacheUnit, Integrity, IntegrityMode, Mobile, NumberMatching, Platform,
    RefreshTokenType, TimeUnit, UnusedSettings, VerificationType,
};

names! {
    #[derive(Default)]
    pub enum ApplicationType {
        CustomApp = "CUSTOM_APP",
        NativeApp = "NATIVE_APP",
        /// PingOne's own, in every environment: nobody makes or deletes one, and here nothing is behind it.
        PingOnePortal = "PING_ONE_PORTAL",
        PingOneSelfService = "PING_ONE_SELF_SERVICE",
        Service = "SERVICE",
        SinglePageApp = "SINGLE_PAGE_APP",
        #[default]
        WebApp = "WEB_APP",
        Worker = "WORKER",
    }
}

impl ApplicationType {
    /// Those of which an administrator makes applications.
    pub const MADE: [Self; 6] =
        [Self::CustomApp, Self::NativeApp, Self::Service, Self::SinglePageApp, Self::WebApp, Self::Worker];

    pub const fn is_built_in(self) -> bool {
        matches!(self, Self::PingOnePortal | Self::PingOneSelfService)
    }
}

names! {
    #[derive(Default)]
    pub enum Protocol {
        #[default]
        OpenidConnect = "OPENID_CONNECT",
    }
}

names! {
    pub enum ResponseKind {
        Code = "CODE",
        IdToken = "ID_TOKEN",
        Token = "TOKEN",
    }
}

names! {
    #[derive(Default)]
    pub enum PkceEnforcement {
        #[default]
        Optional = "OPTIONAL",
        Required = "REQUIRED",
        S256Required = "S256_REQUIRED",
    }
}

names! {
    /// Whether authorization requests must be pushed (RFC 9126 §5, §6).
    #[derive(Default)]
    pub enum ParRequirement {
        #[default]
        Optional = "OPTIONAL",
        Required = "REQUIRED",
    }
}

/// How the application pushes its authorization requests. A missing value is not answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParSettings {
    /// Seconds that a reference waits. 1..=600.
    pub timeout: Option<i64>,
    pub requirement: Option<ParRequirement>,
}

names! {
    /// Whether an application's access tokens can be read (a JWT) or only asked about (opaque, RFC 7662).
    #[derive(Default)]
    pub enum TokenFormat {
        #[default]
        Jwt = "JWT" stored "jwt",
        Opaque = "OPAQUE" stored "opaque",
    }
}

/// Origins that browsers may call from (WHATWG Fetch). Absent: none.
#[derive(Clone, Debug, PartialEq)]
pub enum CorsSettings {
    AllowNoOrigins,
    AllowSpecificOrigins(Vec<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct RefreshTokenSettings {
    /// Seconds that one refresh token lives unused. 60..=2147483647.
    pub duration: i64,
    /// Seconds from the sign-on until the whole line ends. None: PingOne says no limit; policy caps it.
    pub rolling_duration: Option<i64>,
    /// Seconds in which the preceding token still answers with the same successor. Policy caps it at 60.
    pub grace: Option<i64>,
    /// `additionalRefreshTokenReplayProtectionEnabled`.
    pub replay_protection: bool,
    /// Whether a refresh token is exchanged for a new one at each use.
    pub rotate: bool,
}

/// The algorithms that an application chose for what is made for it alone (OIDC Registration §2). Access tokens have the environment's,
/// because others verify them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SigningSettings {
    /// `idTokenSignedResponseAlg`. Absent: the environment's.
    pub id_token: Option<jose::Alg>,
    /// `userInfoSignedResponseAlg`. Absent: userinfo is not signed.
    pub user_info: Option<jose::Alg>,
    /// `authorizationSignedResponseAlg`, of responses in a signed mode (JARM §3). Absent: the environment's.
    pub authorization: Option<jose::Alg>,
    /// `introspectionSignedResponseAlg`, of answers that it asks to be signed (RFC 9701 §6). Absent: the environment's.
    pub introspection: Option<jose::Alg>,
    /// `signing.keyRotationPolicy`: whose key signs where no algorithm is chosen, or its own is, and access tokens. Absent: the
    /// environment's own.
    pub policy: Option<KeyRotationPolicyId>,
}

impl SigningSettings {
    /// The kinds of key that the environment must have for it.
    pub fn algs(&self) -> impl Iterator<Item = jose::Alg> {
        [self.id_token, self.user_info, self.authorization, self.introspection].into_iter().flatten()
    }
}

/// What is shown for an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icon {
    pub id: Uuid,
    pub href: String,
}

impl Icon {
    /// The server's own, shown for the applications that every environment has.
    pub const OF_BUILT_IN: Uuid = Uuid::from_u128(0x6772_616e_746f_8000_8000_0000_0000_0001);
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Application {
    pub id: ApplicationId,
    pub environment: EnvironmentId,
    /// Equal to `id` unless imported.
    pub client_id: String,
    pub name: String,
    pub description: Option<String>,
    pub enabled: bool,
    pub kind: ApplicationType,
    pub protocol: Protocol,
    /// What the management API shows as `tokenEndpointAuthMethod`: the first. The playground's clients have two.
    pub auth_methods: Vec<Method>,
    pub grant_types: Vec<GrantType>,
    pub response_types: Vec<ResponseKind>,
    /// `responseModes`: the only ones in which it takes responses. Empty: any.
    pub response_modes: Vec<ResponseMode>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub allow_wildcard_in_redirect_uris: bool,
    pub login_page_url: Option<String>,
    pub home_page_url: Option<String>,
    pub initiate_login_uri: Option<String>,
    pub target_link_uri: Option<String>,
    pub pkce: PkceEnforcement,
    pub cors: Option<CorsSettings>,
    pub refresh: RefreshTokenSettings,
    pub token_format: TokenFormat,
    /// Seconds; None: the environment's.
    pub access_token_seconds: Option<i64>,
    pub icon: Option<Icon>,
    /// `dpopBoundAccessTokens`: whether it is given none but bound tokens (RFC 9449 §5.2).
    pub dpop_bound: bool,
    /// `tlsClientCertificateBoundAccessTokens`: likewise, to the certificate of its request (RFC 8705 §3.4).
    pub certificate_bound: bool,
    pub tls_client_auth: Box<TlsClientAuth>,
    /// `requestScopesForMultipleResourcesEnabled`: whether one token may be for several resources. Absent: no, and not answered.
    pub several_resources: Option<bool>,
    /// `authorizationDetailsTypes`: what it may ask for beside scopes (RFC 9396 §10).
    pub authorization_details_types: Vec<String>,
    pub keys: RegisteredKeys,
    pub par: ParSettings,
    pub assertion_audience: AssertionAudience,
    /// `tokenEndpointAuthSigningAlg`: the only algorithm of its assertions. Absent: any of its method.
    pub auth_signing_alg: Option<jose::Alg>,
    /// Of a client that registered itself.
    pub registration: Option<Box<Registration>>,
    /// Since when it was given no token, where it registered itself ([`crate::change::Change::MarkClient`]). None: it was given one.
    pub unused_since: Option<Time>,
    /// The digest of the metadata that anybody may register again, and be given this client.
    pub registered_as: Option<String>,
    /// What tokens for it are signed with.
    pub signing: SigningSettings,
    pub request_object: RequestObjectSettings,
    pub logout: Box<LogoutSettings>,
    /// `requestUris`: where its request objects may lie, and nowhere else (RFC 9101 §5.2).
    pub request_uris: Vec<String>,
    /// `accessControl`: whom it is for.
    pub access: AccessControl,
    /// What this server keeps and answers and no rule reads yet.
    pub unused: UnusedSettings,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl Default for RefreshTokenSettings {
    fn default() -> Self {
        Self { duration: REFRESH_SECONDS, rolling_duration: None, grace: None, replay_protection: true, rotate: true }
    }
}

impl Application {
    /// One of which nothing is written yet: what a body is read into when one is created.
    pub fn blank(id: ApplicationId, environment: EnvironmentId, now: Time) -> Self {
        let now = now.to_millis();
        Self { id, environment, client_id: id.to_string(), created_at: now, updated_at: now, ..Self::default() }
    }

    /// Whether whatever it is registered with proves something (RFC 6749 §2.1).
    pub fn is_confidential(&self) -> bool {
        self.auth_methods.iter().all(|method| method.is_confidential())
    }

    /// Whether its method is by keys and it has none: nobody could be it.
    pub fn lacks_keys(&self) -> bool {
        self.auth_methods.first().is_some_and(|method| method.needs_keys()) && self.keys.is_empty()
    }

    /// Whether pages of `origin`, the value of the header, may read answers to this application (`corsSettings`).
    pub fn allows_origin(&self, origin: &str) -> bool {
        match &self.cors {
            Some(CorsSettings::AllowSpecificOrigins(registered)) => crate::origin::allowed(registered, origin),
            Some(CorsSettings::AllowNoOrigins) | None => false,
        }
    }
}

/// A secret at rest: a digest to compare with, and the text sealed under the master key so that PingOne's
/// `GET …/secret` can show it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientSecret {
    pub digest: SecretDigest,
    pub sealed: Vec<u8>,
    pub created_at: Time,
    /// For the previous secret: when it stops authenticating.
    pub expires_at: Option<Time>,
    pub last_used: Option<Time>,
}

/// Whose secret it is: who proves to be whom by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretOf {
    Application(ApplicationId),
    /// A resource, which asks what the tokens are worth that are for it.
    Resource(ResourceId),
}

impl From<ApplicationId> for SecretOf {
    fn from(id: ApplicationId) -> Self {
        Self::Application(id)
    }
}

impl From<ResourceId> for SecretOf {
    fn from(id: ResourceId) -> Self {
        Self::Resource(id)
    }
}

/// At most two live secrets: the current and the previous until its time (specs §2.4).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecretPair {
    pub current: Option<ClientSecret>,
    pub previous: Option<ClientSecret>,
}

/// The scopes of one resource that the application holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceGrant {
    pub id: ResourceGrantId,
    pub environment: EnvironmentId,
    pub application: ApplicationId,
    pub resource: ResourceId,
    pub scopes: Vec<ScopeId>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Of two writers that decided on the same grant one decides again. It is no entity tag: that is the application's.
    pub version: i64,
}

/// The contract, Annex A: ApplicationResourceGrant.
impl Described for ResourceGrant {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, application, resource, scopes, created_at, updated_at, version } = self;
        walk.id(&property("id").read_only().column("id"), id);
        walk.id(&property("environment").place(Place::Hidden("environment")).column("environment_id"), environment);
        walk.reference(&property("application").read_only().column("application_id"), application);
        walk.reference(&property("resource").required().refers(Refers::Resource).column("resource_id"), resource);
        // Without a resource that can be read, a scope may be of any.
        let of = Some(resource.uuid()).filter(|id| !id.is_nil());
        walk.references(&property("scopes").required().refers(Refers::Scope(of)).shown(), scopes);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }
}

/// Seconds: thirty days.
const REFRESH_SECONDS: i64 = 2_592_000;

#[cfg(test)]
mod tests;
