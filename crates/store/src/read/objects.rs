//! The reads of every kind of managed object: one, all of one parent, a page.

use protocol::id::EnvironmentId;
use protocol::model::{Kept, RoleScope};
use uuid::Uuid;

use crate::kinds::texts;
use crate::list::Scope;
use crate::row::walk::take;
use crate::{List, Page, Reads, StoreError, Value};

impl Reads {
    /// The object that `path`, the ids of its key, names in the environment.
    pub async fn get<T: Kept>(&self, environment: EnvironmentId, path: &[Uuid]) -> Result<Option<T>, StoreError> {
        self.one(&key(environment, path)).await
    }

    /// Everything under `parent`, the ids of the key but the last, in the order of creation.
    pub async fn all<T: Kept>(&self, environment: EnvironmentId, parent: &[Uuid]) -> Result<Vec<T>, StoreError> {
        self.under(&key(environment, parent)).await
    }

    /// The same, where one that this version cannot read must not be passed over: it may be what forbids.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for such a one.
    pub async fn every<T: Kept>(&self, environment: EnvironmentId, parent: &[Uuid]) -> Result<Vec<T>, StoreError> {
        self.rows(texts(T::KIND).all, values(&key(environment, parent))).await?.iter().map(take).collect()
    }

    /// The same for everything in the environment, whatever it is under.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for one that this version cannot read.
    pub async fn every_within<T: Kept>(&self, environment: EnvironmentId) -> Result<Vec<T>, StoreError> {
        self.rows(texts(T::KIND).within, values(&key(environment, &[]))).await?.iter().map(take).collect()
    }

    /// The same without what this version cannot read.
    pub async fn all_within<T: Kept>(&self, environment: EnvironmentId) -> Result<Vec<T>, StoreError> {
        super::readable(self.rows(texts(T::KIND).within, values(&key(environment, &[]))).await?.iter().map(take))
    }

    /// A page of all in the environment.
    pub async fn list<T: Kept>(&self, environment: EnvironmentId, list: &List) -> Result<Page<T>, StoreError> {
        self.page(&texts(T::KIND).table, Scope::environment(environment), list, take).await
    }

    /// The environment in which a role over `scope` counts, where that is there. This is asked across environments: a scope names a
    /// population or an application without one. What two environments have by one id (imports keep ids) is in none: nobody is let into
    /// one by a role that was meant for the other.
    pub async fn environment_of(&self, scope: RoleScope) -> Result<Option<EnvironmentId>, StoreError> {
        let sql = match scope {
            RoleScope::Application(_) => "SELECT environment_id FROM applications WHERE id = $1 LIMIT 2",
            RoleScope::Environment(_) => "SELECT id FROM environments WHERE id = $1",
            RoleScope::Population(_) => "SELECT environment_id FROM populations WHERE id = $1 LIMIT 2",
            RoleScope::Organization(_) => return Ok(None),
        };
        let rows = self.rows(sql, vec![scope.id().into()]).await?;
        let [row] = &rows[..] else { return Ok(None) };
        row.uuid(0).map(|id| Some(EnvironmentId::new(id)))
    }

    /// Who holds the role for an organization, and in which environment they are. An operator asks this, across environments.
    pub async fn holders_for_organizations(&self, role: Uuid) -> Result<Vec<(EnvironmentId, Uuid)>, StoreError> {
        let sql = "SELECT DISTINCT environment_id, actor FROM role_assignments
             WHERE role = $1 AND scope_kind = 'ORGANIZATION' ORDER BY environment_id, actor";
        let rows = self.rows(sql, vec![role.into()]).await?;
        rows.iter().map(|row| Ok((EnvironmentId::new(row.uuid(0)?), row.uuid(1)?))).collect()
    }

    /// The object that these ids, its whole key, name.
    pub(super) async fn one<T: Kept>(&self, ids: &[Uuid]) -> Result<Option<T>, StoreError> {
        self.first(texts(T::KIND).get, values(ids)).await?.map(|row| take(&row)).transpose()
    }

    /// Everything whose key begins with these ids and has one more.
    pub(super) async fn under<T: Kept>(&self, ids: &[Uuid]) -> Result<Vec<T>, StoreError> {
        super::readable(self.rows(texts(T::KIND).all, values(ids)).await?.iter().map(take))
    }
}

fn key(environment: EnvironmentId, path: &[Uuid]) -> Vec<Uuid> {
    std::iter::once(environment.uuid()).chain(path.iter().copied()).collect()
}

fn values(ids: &[Uuid]) -> Vec<Value> {
    ids.iter().copied().map(Value::from).collect()
}
