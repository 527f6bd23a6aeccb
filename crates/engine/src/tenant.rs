//! An environment as the protocol endpoints need it, kept in memory until its configuration changes.
//!
//! The node that writes sees its change at once; the others follow a polled revision within a second. Users, sessions,
//! codes and tokens are never kept.

mod document;
mod tenants;

use std::sync::{Arc, PoisonError, RwLock};

use jose::Typ;
use protocol::client::Client;
use protocol::id::{ApplicationId, EnvironmentId, IdentityProviderId, ResourceId};
use protocol::mapping::ResourceMappings;
use protocol::model::Kept as Stored;
use protocol::model::{
    Application, CorsSettings, Environment, IdentityProvider, KeyPair, KeyRotationPolicy, PasswordPolicy, Population,
    Resource, ResourceAttribute, SchemaAttribute, Scopes, SignOnPolicy, SignOnPolicyAssignment, TrustedIssuer,
    UserSchema,
};
use protocol::refusal::Reason;

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::kept::Kept;
use crate::keys::KeyRing;
use crate::reads::{List, StoreError};

pub(crate) use tenants::Tenants;

/// The snapshot of one environment's configuration.
#[derive(Debug)]
pub struct Tenant {
    pub environment: Environment,
    pub keys: KeyRing,
    pub scopes: Scopes,
    /// What users may have.
    pub schema: Arc<UserSchema>,
    pub password_policies: Vec<PasswordPolicy>,
    /// Those that can be read.
    identity_providers: Vec<IdentityProvider>,
    pub sign_on_policies: Vec<SignOnPolicy>,
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// Those that are stored: the environment's own may be as it is before anybody wrote it.
    pub key_policies: Vec<KeyRotationPolicy>,
    /// Whether there are no policies but these, and no resources, scopes and mappings.
    policies_whole: bool,
    scopes_whole: bool,
    issuers_whole: bool,
    mappings_whole: bool,
    clients: Kept<String, Arc<Client>>,
    /// Its resources, where they asked about tokens.
    asking: Kept<ResourceId, Arc<Client>>,
    /// Which sign-on policies applications have.
    assignments: Kept<ApplicationId, Arc<[SignOnPolicyAssignment]>>,
    /// What its metadata are, signed: the documents of its mounts.
    signed: Kept<String, Arc<str>>,
    origins: RwLock<Option<Arc<Origins>>>,
}

/// Where the pages of the enabled applications are.
#[derive(Debug, Default)]
struct Origins {
    /// From where browsers may call, as it is registered.
    cors: Vec<String>,
    /// To where their people come back.
    pages: Vec<String>,
}

impl Tenant {
    async fn load(app: &App, id: EnvironmentId) -> Result<Option<Self>, Failure> {
        let Some(environment) = app.store.environment(id).await? else { return Ok(None) };
        let (records, whole) = match app.store.keys(id).await {
            Ok(records) => (records, true),
            Err(StoreError::Unreadable(_)) => (app.store.readable_keys(id).await?, false),
            Err(error) => return Err(error.into()),
        };
        let (pairs, all_pairs) = known::<KeyPair>(app, id).await?;
        let wanted = (id, environment.settings.signing_alg);
        let keys = KeyRing::open(wanted, (&records, &pairs), whole && all_pairs, app.seal())?;
        let (key_policies, _) = known(app, id).await?;
        let (password_policies, whole) = known(app, id).await?;
        let (sign_on_policies, all) = known(app, id).await?;
        let (identity_providers, _) = known(app, id).await?;
        let (trusted_issuers, issuers_whole) = known(app, id).await?;
        let (resources, resources_whole) = known(app, id).await?;
        let (scopes, scopes_whole) = known(app, id).await?;
        let (details_types, types_whole) = known(app, id).await?;
        // With fewer of them tokens would say something else.
        let (attributes, mappings_whole) = known::<ResourceAttribute>(app, id).await?;
        let (written, _) = known::<SchemaAttribute>(app, id).await?;
        let schema = Arc::new(UserSchema::of(id, environment.created_at, written));
        let mappings = ResourceMappings::of(&attributes, &resources, &scopes);
        Ok(Some(Self {
            keys,
            schema,
            scopes: Scopes { resources, scopes, details_types, mappings },
            scopes_whole: resources_whole && scopes_whole && types_whole,
            password_policies,
            identity_providers,
            sign_on_policies,
            trusted_issuers,
            key_policies,
            issuers_whole,
            mappings_whole,
            policies_whole: whole && all,
            environment,
            clients: Kept::new(1, KEPT_CLIENTS),
            asking: Kept::new(1, KEPT_CLIENTS),
            assignments: Kept::new(1, KEPT_CLIENTS),
            signed: Kept::new(1, KEPT_DOCUMENTS),
            origins: RwLock::default(),
        }))
    }

    pub fn id(&self) -> EnvironmentId {
        self.environment.id
    }

    /// The client with this `client_id`, from memory where it is there.
    pub async fn client(&self, app: &App, client_id: &str) -> Result<Option<Arc<Client>>, Failure> {
        match self.kept_client(client_id) {
            Some(client) => Ok(Some(client)),
            None => match self.load_client(app, client_id).await? {
                None => self.published(app, client_id).await,
                found => Ok(found),
            },
        }
    }

    /// The client with this `client_id` where it is in memory.
    pub fn kept_client(&self, client_id: &str) -> Option<Arc<Client>> {
        self.clients.get(client_id)
    }

    /// The client as the store has it now, where that is not what this snapshot says, or as it publishes itself.
    pub async fn newer_client(&self, app: &App, client_id: &str) -> Result<Option<Arc<Client>>, Failure> {
        match self.newer_registered(app, client_id).await? {
            None if self.clients.get(client_id).is_none() => self.published(app, client_id).await,
            found => Ok(found),
        }
    }

    /// The client as the store has it now, where that is not what this snapshot says: changed since, or not read yet.
    ///
    /// A client in memory is asked for beside nobody's id, an id that is not in memory beside any client that is: the answer
    /// takes as long (CA-38).
    async fn newer_registered(&self, app: &App, client_id: &str) -> Result<Option<Arc<Client>>, Failure> {
        let (known, absent) = match self.clients.get(client_id) {
            Some(client) => (Some(client), NOBODY),
            None => (self.clients.any(), client_id),
        };
        // PostgreSQL takes no NUL, and no client id holds one.
        if let Some(known) = known
            && (client_id.contains('\0') || app.store.client_is_still(&known, absent).await?)
        {
            return Ok(None);
        }
        self.load_client(app, client_id).await
    }

    async fn load_client(&self, app: &App, client_id: &str) -> Result<Option<Arc<Client>>, Failure> {
        // PostgreSQL takes no NUL, and no client id holds one.
        if client_id.contains('\0') {
            return Ok(None);
        }
        let Some(client) = app.store.client(self.id(), client_id).await? else { return Ok(None) };
        Ok(Some(self.keep(client)))
    }

    /// The resource as a client that asks about tokens, where it is in memory.
    pub(crate) fn kept_resource(&self, resource: &Resource) -> Option<Arc<Client>> {
        self.asking.get(&resource.id)
    }

    /// The same with the secrets that the store has now, where those are not what this snapshot says: changed since, or not read
    /// yet. The store is asked once, as it is for a client.
    pub(crate) async fn newer_resource(&self, app: &App, resource: &Resource) -> Result<Option<Arc<Client>>, Failure> {
        let moment = self.asking.moment(&resource.id);
        let Some(secrets) = app.store.resource_secrets(self.id(), resource.id).await? else { return Ok(None) };
        if self.asking.get(&resource.id).is_some_and(|known| known.secrets == secrets) {
            return Ok(None);
        }
        let client = Arc::new(Client::of_resource(resource, secrets));
        self.asking.keep(resource.id, client.clone(), moment);
        Ok(Some(client))
    }

    /// The client of an application.
    pub async fn client_of(&self, app: &App, application: ApplicationId) -> Result<Option<Arc<Client>>, Failure> {
        // An application's client id is its own id unless it was imported.
        if let Some(client) = self.clients.get(&application.to_string())
            && client.application.id == application
        {
            return Ok(Some(client));
        }
        Ok(app.store.client_of(self.id(), application).await?.map(|client| self.keep(client)))
    }

    /// Nobody signs on, and no password is set, while a newer process has a policy that this version cannot read: in its
    /// place a weaker one would count.
    ///
    /// # Errors
    /// [`Fault::Unavailable`]: a process of the newer version can do it.
    pub fn must_know_policies(&self) -> Result<(), Fault> {
        if self.policies_whole {
            return Ok(());
        }
        tracing::error!(environment = %self.id(), "a policy of a newer version is not readable here: nobody signs on");
        Err(Fault::Unavailable)
    }

    /// Nobody is told anything of a person while a newer process has a mapping that this version cannot read: it may be what names
    /// them, or what is not to be told.
    ///
    /// # Errors
    /// [`Fault::Unavailable`]: a process of the newer version can do it.
    pub fn must_know_mappings(&self) -> Result<(), Fault> {
        if self.mappings_whole {
            return Ok(());
        }
        tracing::error!(environment = %self.id(), "a mapping of a newer version is not readable here: no tokens are given");
        Err(Fault::Unavailable)
    }

    /// Decides whether a refusal is true: not where what was asked for may be among what this version cannot read.
    ///
    /// # Errors
    /// [`Fault::Unavailable`]: a process of the newer version can tell.
    pub fn may_refuse(&self, reason: Reason) -> Result<(), Fault> {
        match reason {
            Reason::HintInvalid => self.keys.must_be_whole(),
            Reason::AttesterUnknown | Reason::PathUnknown | Reason::WorkloadUnknown if !self.issuers_whole => {
                Err(Fault::Unavailable)
            }
            Reason::AuthorizationDetailsInvalid | Reason::ScopeInvalid | Reason::ResourceUnknown
                if !self.scopes_whole =>
            {
                Err(Fault::Unavailable)
            }
            _ => Ok(()),
        }
    }

    /// A metadata document as a signed JWT (RFC 8414 §2.1), made once: whoever reads it costs no signature. `document` is what it says,
    /// and `claims` the same as claims, with `iss`.
    ///
    /// # Errors
    /// [`Fault::Bug`] for a key that signs nothing.
    pub fn signed(&self, document: &str, claims: impl FnOnce() -> String) -> Result<Arc<str>, Fault> {
        if let Some(kept) = self.signed.get(document) {
            return Ok(kept);
        }
        // RFC 8725 §3.11: with a type, so that it passes for no access token; and it has neither `sub` nor `aud`.
        let signed = self.keys.active().sign(Some(Typ::Jwt), claims().as_bytes()).map_err(|error| {
            tracing::error!(%error, "metadata were not signed");
            Fault::Bug("metadata that are not signed")
        })?;
        let signed: Arc<str> = signed.into();
        let moment = self.signed.moment(document);
        self.signed.keep(document.to_owned(), signed.clone(), moment);
        Ok(signed)
    }

    /// Where else people have an account.
    pub fn identity_providers(&self) -> &[IdentityProvider] {
        &self.identity_providers
    }

    pub fn identity_provider(&self, id: IdentityProviderId) -> Option<&IdentityProvider> {
        self.identity_providers.iter().find(|provider| provider.id == id)
    }

    /// The policy that new passwords in `population` must satisfy.
    pub fn password_policy(&self, population: &Population) -> Option<&PasswordPolicy> {
        let named = population.password_policy.and_then(|id| self.password_policies.iter().find(|p| p.id == id));
        named.or_else(|| self.default_password_policy())
    }

    /// The policy of those whose population names none.
    pub fn default_password_policy(&self) -> Option<&PasswordPolicy> {
        let default = self.password_policies.iter().find(|policy| policy.default);
        // Should none be, the first is: no environment is without one.
        default.or_else(|| self.password_policies.iter().min_by_key(|policy| (policy.created_at, policy.id)))
    }

    /// The sign-on policies of an application, from memory where they are there.
    ///
    /// # Errors
    /// Also for one that a newer version wrote: in its place a weaker one would be followed.
    pub async fn assignments(
        &self,
        app: &App,
        application: ApplicationId,
    ) -> Result<Arc<[SignOnPolicyAssignment]>, Failure> {
        if let Some(kept) = self.assignments.get(&application) {
            return Ok(kept);
        }
        let moment = self.assignments.moment(&application);
        let every = app.store.every::<SignOnPolicyAssignment>(self.id(), &[application.uuid()]).await?;
        let every: Arc<[SignOnPolicyAssignment]> = every.into();
        self.assignments.keep(application, every.clone(), moment);
        Ok(every)
    }

    /// Whether any enabled application of the environment lets browsers call from `origin`. A preflight names no client,
    /// so this is all that can be decided at it.
    pub async fn origin_allowed(&self, app: &App, origin: &str) -> Result<bool, Failure> {
        Ok(protocol::origin::allowed(&self.origins(app).await?.cors, origin))
    }

    /// Whether people come back to a page of this origin, of any enabled application.
    pub(crate) async fn has_pages_at(&self, app: &App, origin: &str) -> Result<bool, Failure> {
        Ok(self.origins(app).await?.pages.binary_search_by(|known| known.as_str().cmp(origin)).is_ok())
    }

    async fn origins(&self, app: &App) -> Result<Arc<Origins>, Failure> {
        let kept = self.origins.read().unwrap_or_else(PoisonError::into_inner).clone();
        match kept {
            Some(origins) => Ok(origins),
            None => self.load_origins(app).await,
        }
    }

    async fn load_origins(&self, app: &App) -> Result<Arc<Origins>, Failure> {
        let Origins { mut cors, mut pages } = Origins::default();
        let mut after = None;
        loop {
            let page = app.store.list::<Application>(self.id(), &List { filter: None, after, limit: 1000 }).await?;
            for application in page.rows.into_iter().filter(|a| a.enabled) {
                pages.extend(protocol::session_state::origins(&application));
                if let Some(CorsSettings::AllowSpecificOrigins(own)) = application.cors {
                    cors.extend(own);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        for origins in [&mut cors, &mut pages] {
            origins.sort_unstable();
            origins.dedup();
        }
        let origins = Arc::new(Origins { cors, pages });
        *self.origins.write().unwrap_or_else(PoisonError::into_inner) = Some(origins.clone());
        Ok(origins)
    }

    /// A client that changes takes the whole snapshot with it, so none is ever forgotten here.
    fn keep(&self, mut client: Client) -> Arc<Client> {
        client.mappings.tell_by(&self.schema);
        let client = Arc::new(client.opened(&self.environment.settings.foreign_scopes, &self.scopes));
        let key = client.application.client_id.clone();
        let moment = self.clients.moment(&key);
        self.clients.keep(key, client.clone(), moment);
        client
    }
}

/// What the environment has of a kind, and whether this version can read every one.
async fn known<T: Stored>(app: &App, id: EnvironmentId) -> Result<(Vec<T>, bool), Failure> {
    match app.store.every_within(id).await {
        Ok(every) => Ok((every, true)),
        Err(StoreError::Unreadable(_)) => Ok((app.store.all_within(id).await?, false)),
        Err(error) => Err(error.into()),
    }
}

/// No client's id: those are random.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const KEPT_CLIENTS: usize = 4096;
/// Two documents of each mount, as a rule of one.
const KEPT_DOCUMENTS: usize = 16;
