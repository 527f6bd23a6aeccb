//! Users.

use std::collections::HashMap;
use std::sync::LazyLock;

use protocol::id::{EnvironmentId, UserId};
use protocol::model::{ObjectKind, User};

use crate::kinds::kind;
use crate::row::walk::take;
use crate::{List, Page, Reads, Statement, StoreError, placeholders};

impl Reads {
    pub async fn user(&self, environment: EnvironmentId, id: UserId) -> Result<Option<User>, StoreError> {
        self.one(&[environment.uuid(), id.uuid()]).await
    }

    /// The user whose name has this key ([`protocol::name::username_key`]).
    pub async fn user_by_name(&self, environment: EnvironmentId, key: &str) -> Result<Option<User>, StoreError> {
        let row = self.first(&BY_NAME, vec![environment.uuid().into(), key.into()]).await?;
        row.map(|row| take(&row)).transpose()
    }

    /// Those of the users with these keys of their names who are there, by that key.
    pub async fn users_by_names(
        &self,
        environment: EnvironmentId,
        keys: &[String],
    ) -> Result<HashMap<String, User>, StoreError> {
        let mut found = HashMap::new();
        let select = kind(ObjectKind::User).selected("");
        for some in keys.chunks(NAMES) {
            let sql = format!(
                "SELECT {select}, username_key FROM users WHERE environment_id = $1 AND username_key IN ({})",
                placeholders(2, some.len())
            );
            let values = std::iter::once(environment.uuid().into()).chain(some.iter().map(|key| key.as_str().into()));
            for row in self.driver().read(Statement::new(sql, values.collect())).await? {
                found.insert(row.text(row.width() - 1)?.to_owned(), take(&row)?);
            }
        }
        Ok(found)
    }

    pub async fn users(&self, environment: EnvironmentId, list: &List) -> Result<Page<User>, StoreError> {
        self.list(environment, list).await
    }
}

/// Asked for at a time.
const NAMES: usize = 500;
static BY_NAME: LazyLock<String> = LazyLock::new(|| {
    let select = kind(ObjectKind::User).selected("");
    format!("SELECT {select} FROM users WHERE environment_id = $1 AND username_key = $2")
});
