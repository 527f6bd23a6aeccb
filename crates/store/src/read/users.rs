//! Users.

use std::sync::LazyLock;

use protocol::id::{EnvironmentId, UserId};
use protocol::model::{ObjectKind, User};

use crate::kinds::kind;
use crate::row::walk::take;
use crate::{List, Page, Reads, StoreError};

impl Reads {
    pub async fn user(&self, environment: EnvironmentId, id: UserId) -> Result<Option<User>, StoreError> {
        self.one(&[environment.uuid(), id.uuid()]).await
    }

    /// The user whose name has this key ([`protocol::name::username_key`]).
    pub async fn user_by_name(&self, environment: EnvironmentId, key: &str) -> Result<Option<User>, StoreError> {
        let row = self.first(&BY_NAME, vec![environment.uuid().into(), key.into()]).await?;
        row.map(|row| take(&row)).transpose()
    }

    pub async fn users(&self, environment: EnvironmentId, list: &List) -> Result<Page<User>, StoreError> {
        self.list(environment, list).await
    }
}

static BY_NAME: LazyLock<String> = LazyLock::new(|| {
    let select = kind(ObjectKind::User).selected("");
    format!("SELECT {select} FROM users WHERE environment_id = $1 AND username_key = $2")
});
