//! The environments that this node keeps, each loaded once for all who ask for it at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::id::EnvironmentId;
use tokio::sync::OnceCell;

use super::Tenant;
use crate::app::App;
use crate::failure::Failure;
use crate::kept::Kept;

/// The snapshots of this node.
#[derive(Debug)]
pub(crate) struct Tenants {
    kept: Kept<EnvironmentId, Arc<Tenant>>,
    /// The loads under way, each shared by all who need its environment.
    loads: Mutex<HashMap<EnvironmentId, Arc<Load>>>,
}

type Load = OnceCell<Result<Option<Arc<Tenant>>, Failure>>;

impl Default for Tenants {
    fn default() -> Self {
        Self { kept: Kept::new(SHARDS, KEPT_TENANTS), loads: Mutex::default() }
    }
}

impl Tenants {
    pub(crate) async fn tenant(&self, app: &App, id: EnvironmentId) -> Result<Option<Arc<Tenant>>, Failure> {
        if let Some(tenant) = self.kept.get(&id) {
            return Ok(Some(tenant));
        }
        let load = Arc::clone(self.loads().entry(id).or_default());
        let joined = Joined { tenants: self, id, load };
        // Whoever waits for another who loads it leaves the turn to that one.
        admission::idle(joined.load.get_or_init(|| self.load(app, id))).await.clone()
    }

    async fn load(&self, app: &App, id: EnvironmentId) -> Result<Option<Arc<Tenant>>, Failure> {
        let moment = self.kept.moment(&id);
        let tenant = Tenant::load(app, id).await?.map(Arc::new);
        if let Some(tenant) = &tenant {
            self.kept.keep(id, tenant.clone(), moment);
        }
        Ok(tenant)
    }

    /// The one that is kept.
    pub(crate) fn kept(&self, id: EnvironmentId) -> Option<Arc<Tenant>> {
        self.kept.get(&id)
    }

    pub(crate) fn forget(&self, id: EnvironmentId) {
        // A load under way began before the change: whoever comes from now on does not share it.
        self.loads().remove(&id);
        self.kept.forget(&id);
    }

    pub(crate) fn forget_all(&self) {
        self.loads().clear();
        self.kept.forget_all();
    }

    fn loads(&self) -> MutexGuard<'_, HashMap<EnvironmentId, Arc<Load>>> {
        // Every change under the lock is whole.
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of those who share a load. The last one ends it, also when nobody waited for its outcome.
struct Joined<'a> {
    tenants: &'a Tenants,
    id: EnvironmentId,
    load: Arc<Load>,
}

impl Drop for Joined<'_> {
    fn drop(&mut self) {
        let mut loads = self.tenants.loads();
        let own = loads.get(&self.id).is_some_and(|current| Arc::ptr_eq(current, &self.load));
        // The map's and this one: nobody else waits.
        if own && (self.load.initialized() || Arc::strong_count(&self.load) == 2) {
            loads.remove(&self.id);
        }
    }
}

const KEPT_TENANTS: usize = 16_384;
const SHARDS: usize = 16;
