//! What an import knows of an environment, and has met in the file already.

use std::collections::HashMap;
use std::sync::Arc;

use protocol::id::{EnvironmentId, PopulationId, UserId};
use protocol::model::{PasswordPolicy, Population};

use super::entry::Entry;
use super::{ANOTHER, Fault};
use crate::app::App;
use crate::failure::Failure;
use crate::reads::List;
use crate::tenant::Tenant;

/// An environment to which users come.
#[derive(Debug)]
pub(super) struct Environment {
    tenant: Arc<Tenant>,
    populations: Vec<Population>,
    /// The lines that have these names.
    met: HashMap<String, u64>,
    /// The lines that have these ids.
    ids: HashMap<UserId, u64>,
}

impl Environment {
    pub(super) async fn load(app: &Arc<App>, id: EnvironmentId) -> Result<Option<Self>, Failure> {
        let Some(tenant) = app.tenant(id).await? else { return Ok(None) };
        let (mut populations, mut after) = (Vec::new(), None);
        loop {
            let list = List { filter: None, after, limit: PAGE };
            let page = app.store.list::<Population>(id, &list).await?;
            populations.extend(page.rows);
            after = page.next;
            if after.is_none() {
                return Ok(Some(Self { tenant, populations, met: HashMap::new(), ids: HashMap::new() }));
            }
        }
    }

    /// As if these were there as well.
    pub(super) fn suppose(&mut self, populations: impl Iterator<Item = Population>) {
        self.populations.extend(populations);
    }

    pub(super) fn tenant(&self) -> Arc<Tenant> {
        self.tenant.clone()
    }

    /// The population of an id, of a name, or, where a line names none, the default one.
    pub(super) fn population(&self, id: Option<&str>, name: Option<&str>) -> Option<PopulationId> {
        let wanted = |population: &&Population| match (id, name) {
            (Some(id), _) => population.id.to_string() == id,
            (None, Some(name)) => population.name.to_lowercase() == name.to_lowercase(),
            (None, None) => population.default,
        };
        self.populations.iter().find(wanted).map(|population| population.id)
    }

    pub(super) fn password_policy(&self, population: PopulationId) -> Option<&PasswordPolicy> {
        let population = self.populations.iter().find(|other| other.id == population)?;
        self.tenant.password_policy(population)
    }

    /// Notes the name and the id of a line; what is wrong where another line had one before. The same line may come again.
    pub(super) fn met(&mut self, entry: &Entry) -> Option<Fault> {
        let same = |property: &str, before: u64| {
            let what = format!("{property}: {ANOTHER} has the same");
            (before != entry.line).then(|| Fault { before: Some(before), ..Fault::new(entry.line, what) })
        };
        let name = self.met.insert(entry.key.clone(), entry.line).and_then(|before| same("username", before));
        let id = entry.id.and_then(|id| self.ids.insert(id, entry.line)).and_then(|before| same("id", before));
        name.or(id)
    }
}

const PAGE: u32 = 100;
