//! The reads of every kind of managed object: one, all of one parent, a page.

use protocol::id::EnvironmentId;
use protocol::model::Kept;
use uuid::Uuid;

use crate::kinds::texts;
use crate::list::Scope;
use crate::row::walk::take;
use crate::{List, Page, Reads, StoreError, Value};

impl Reads {
    /// The object that `path`, the ids of its key, names in the environment.
    pub async fn get<T: Kept>(&self, environment: EnvironmentId, path: &[Uuid]) -> Result<Option<T>, StoreError> {
        self.first(texts(T::KIND).get, key(environment, path)).await?.map(|row| take(&row)).transpose()
    }

    /// Everything under `parent`, the ids of the key but the last, in the order of creation.
    pub async fn all<T: Kept>(&self, environment: EnvironmentId, parent: &[Uuid]) -> Result<Vec<T>, StoreError> {
        super::readable(self.rows(texts(T::KIND).all, key(environment, parent)).await?.iter().map(take))
    }

    /// A page of all in the environment.
    pub async fn list<T: Kept>(&self, environment: EnvironmentId, list: &List) -> Result<Page<T>, StoreError> {
        self.page(&texts(T::KIND).table, Scope::environment(environment), list, take).await
    }
}

fn key(environment: EnvironmentId, path: &[Uuid]) -> Vec<Value> {
    std::iter::once(environment.uuid()).chain(path.iter().copied()).map(Value::from).collect()
}
