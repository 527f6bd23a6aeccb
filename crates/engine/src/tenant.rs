//! An environment as the protocol endpoints need it, kept in memory until its configuration changes.
//!
//! The node that writes sees its change at once; the others follow a polled revision within a second. Users, sessions,
//! codes and tokens are never kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use protocol::client::Client;
use protocol::id::{ApplicationId, EnvironmentId};
use protocol::model::{CorsSettings, Environment, PasswordPolicy, Population, Scopes, SignOnPolicy};

use crate::app::App;
use crate::failure::Failure;
use crate::keys::KeyRing;
use crate::reads::List;

/// The snapshot of one environment's configuration.
#[derive(Debug)]
pub struct Tenant {
    pub environment: Environment,
    pub keys: KeyRing,
    pub scopes: Scopes,
    pub password_policies: Vec<PasswordPolicy>,
    pub sign_on_policies: Vec<SignOnPolicy>,
    clients: RwLock<HashMap<String, Arc<Client>>>,
    origins: RwLock<Option<Arc<Vec<String>>>>,
}

impl Tenant {
    async fn load(app: &App, id: EnvironmentId) -> Result<Option<Self>, Failure> {
        let Some(environment) = app.store.environment(id).await? else { return Ok(None) };
        let keys = KeyRing::open(&app.store.keys(id).await?, environment.settings.signing_alg, app.seal())?;
        Ok(Some(Self {
            keys,
            scopes: app.store.scopes(id).await?,
            password_policies: app.store.password_policies(id).await?,
            sign_on_policies: app.store.all::<SignOnPolicy>(id, &[]).await?,
            environment,
            clients: RwLock::default(),
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
            None => self.load_client(app, client_id).await,
        }
    }

    /// The client with this `client_id` where it is in memory.
    pub fn kept_client(&self, client_id: &str) -> Option<Arc<Client>> {
        self.clients.read().unwrap_or_else(PoisonError::into_inner).get(client_id).cloned()
    }

    /// The client as the store has it now, where that is not what this snapshot says: changed since, or not read yet.
    ///
    /// A client in memory is asked for beside nobody's id, an id that is not in memory beside any client that is: the answer
    /// takes as long (CA-38).
    pub async fn newer_client(&self, app: &App, client_id: &str) -> Result<Option<Arc<Client>>, Failure> {
        let (known, absent) = {
            let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner);
            match clients.get(client_id) {
                Some(client) => (Some(client.clone()), NOBODY),
                None => (clients.values().next().cloned(), client_id),
            }
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

    /// The client of an application.
    pub async fn client_of(&self, app: &App, application: ApplicationId) -> Result<Option<Arc<Client>>, Failure> {
        // An application's client id is its own id unless it was imported.
        if let Some(client) = self.clients.read().unwrap_or_else(PoisonError::into_inner).get(&application.to_string())
            && client.application.id == application
        {
            return Ok(Some(client.clone()));
        }
        Ok(app.store.client_of(self.id(), application).await?.map(|client| self.keep(client)))
    }

    /// The policy that new passwords in `population` must satisfy.
    pub fn password_policy(&self, population: &Population) -> Option<&PasswordPolicy> {
        let named = population.password_policy.and_then(|id| self.password_policies.iter().find(|p| p.id == id));
        named.or_else(|| self.password_policies.iter().find(|p| p.default))
    }

    /// The sign-on policy of applications that name none.
    pub fn default_sign_on_policy(&self) -> Option<&SignOnPolicy> {
        self.sign_on_policies.iter().find(|p| p.default)
    }

    /// Whether any enabled application of the environment lets browsers call from `origin`. A preflight names no client,
    /// so this is all that can be decided at it.
    pub async fn origin_allowed(&self, app: &App, origin: &str) -> Result<bool, Failure> {
        let kept = self.origins.read().unwrap_or_else(PoisonError::into_inner).clone();
        let origins = match kept {
            Some(origins) => origins,
            None => self.load_origins(app).await?,
        };
        Ok(protocol::origin::allowed(&origins, origin))
    }

    async fn load_origins(&self, app: &App) -> Result<Arc<Vec<String>>, Failure> {
        let mut origins = Vec::new();
        let mut after = None;
        loop {
            let page = app.store.applications(self.id(), &List { filter: None, after, limit: 1000 }).await?;
            for application in page.rows.into_iter().filter(|a| a.enabled) {
                if let Some(CorsSettings::AllowSpecificOrigins(own)) = application.cors {
                    origins.extend(own);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        origins.sort_unstable();
        origins.dedup();
        let origins = Arc::new(origins);
        *self.origins.write().unwrap_or_else(PoisonError::into_inner) = Some(origins.clone());
        Ok(origins)
    }

    fn keep(&self, client: Client) -> Arc<Client> {
        let client = Arc::new(client);
        let mut clients = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= KEPT_CLIENTS {
            clients.clear();
        }
        clients.insert(client.application.client_id.clone(), client.clone());
        client
    }
}

/// The snapshots of this node.
#[derive(Debug, Default)]
pub(crate) struct Tenants {
    kept: RwLock<HashMap<EnvironmentId, Arc<Tenant>>>,
    /// Counts what was forgotten, so that a snapshot read before a change is not kept after it.
    forgotten: AtomicU64,
}

impl Tenants {
    pub(crate) async fn tenant(&self, app: &App, id: EnvironmentId) -> Result<Option<Arc<Tenant>>, Failure> {
        if let Some(tenant) = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Some(tenant.clone()));
        }
        let before = self.forgotten.load(Ordering::Acquire);
        let Some(tenant) = Tenant::load(app, id).await?.map(Arc::new) else { return Ok(None) };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if self.forgotten.load(Ordering::Acquire) == before {
            if kept.len() >= KEPT_TENANTS {
                kept.clear();
            }
            kept.insert(id, tenant.clone());
        }
        Ok(Some(tenant))
    }

    pub(crate) fn forget(&self, id: EnvironmentId) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        kept.remove(&id);
    }
}

/// No client's id: those are random.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const KEPT_TENANTS: usize = 4096;
const KEPT_CLIENTS: usize = 4096;
