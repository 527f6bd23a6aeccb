//! Users.

use std::collections::HashMap;
use std::sync::LazyLock;

use protocol::id::{EnvironmentId, IdentityProviderId, PasswordPolicyId, PopulationId, UserId};
use protocol::model::{ObjectKind, User};
use protocol::time::Time;

use super::readable;
use crate::kinds::kind;
use crate::row::walk::take;
use crate::{List, Page, Reads, Row, Statement, StoreError, Value, placeholders};

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

    /// What those of the users who are there are called, and which population they are in.
    pub async fn users_named(
        &self,
        environment: EnvironmentId,
        users: &[UserId],
    ) -> Result<HashMap<UserId, (String, PopulationId)>, StoreError> {
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        let (name, ids) = (self.dialect().json_text("body", "username"), placeholders(2, users.len()));
        let sql = format!("SELECT id, population_id, {name} FROM users WHERE environment_id = $1 AND id IN ({ids})");
        let keys = std::iter::once(environment.uuid()).chain(users.iter().map(|user| user.uuid())).map(Value::from);
        let rows = self.driver.read(Statement::new(sql, keys.collect())).await?;
        // Whose name a newer version keeps elsewhere is told of by the id.
        let read =
            |row: &Row| Ok((UserId::new(row.uuid(0)?), (row.text(2)?.to_owned(), PopulationId::new(row.uuid(1)?))));
        Ok(readable(rows.iter().map(read))?.into_iter().collect())
    }

    /// How many populations have the identity provider as their default, and whether any user has it (0 or 1).
    pub async fn holders_of_provider(
        &self,
        environment: EnvironmentId,
        provider: IdentityProviderId,
    ) -> Result<(i64, i64), StoreError> {
        let sql = "SELECT (SELECT COUNT(*) FROM populations WHERE environment_id = $1 AND identity_provider_id = $2),
            (SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE environment_id = $1 AND identity_provider_id = $2 LIMIT 1) AS one)";
        let row = self.first(sql, vec![environment.uuid().into(), provider.uuid().into()]).await?;
        row.map_or(Ok((0, 0)), |row| Ok((row.i64(0)?, row.i64(1)?)))
    }

    /// How many populations have each of these password policies, of those that any has.
    pub async fn populations_of(
        &self,
        environment: EnvironmentId,
        policies: &[PasswordPolicyId],
    ) -> Result<HashMap<PasswordPolicyId, i64>, StoreError> {
        let ids = placeholders(2, policies.len());
        let sql = format!(
            "SELECT password_policy_id, COUNT(*) FROM populations WHERE environment_id = $1 AND password_policy_id IN ({ids}) GROUP BY password_policy_id"
        );
        let keys = std::iter::once(environment.uuid()).chain(policies.iter().map(|id| id.uuid())).map(Value::from);
        let rows = self.driver().read(Statement::new(sql, keys.collect())).await?;
        rows.iter().map(|row| Ok((PasswordPolicyId::new(row.uuid(0)?), row.i64(1)?))).collect()
    }

    /// The hashes of passwords that the user had, the latest first: of those replaced after `since` at most so many.
    pub async fn former_passwords(
        &self,
        environment: EnvironmentId,
        user: UserId,
        since: Time,
        most: i64,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT hash FROM password_history WHERE environment_id = $1 AND user_id = $2 AND retired_at > $3
            ORDER BY retired_at DESC, hash LIMIT $4";
        let values = vec![environment.uuid().into(), user.uuid().into(), since.0.into(), most.into()];
        let rows = self.driver().read(Statement::new(sql, values)).await?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
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
