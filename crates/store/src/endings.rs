//! Taking the values of attributes that ended from their users, some at a time: a user who has one is found by it, so whoever dies is
//! continued by another. Nobody is told any of it meanwhile ([`protocol::model::UserSchema`]).

use protocol::id::{EnvironmentId, SchemaAttributeId};

use crate::filling::Filled;
use crate::{Dialect, Reads, Statement, Store, StoreError, Value};

impl Reads {
    /// The attributes that ended and whose values are left, some of them.
    pub async fn schema_endings(&self) -> Result<Vec<(EnvironmentId, SchemaAttributeId)>, StoreError> {
        let sql = "SELECT environment_id, id FROM schema_endings ORDER BY environment_id, id LIMIT 100";
        let rows = self.driver().read(Statement::new(sql, vec![])).await?;
        rows.iter().map(|row| Ok((EnvironmentId::new(row.uuid(0)?), SchemaAttributeId::new(row.uuid(1)?)))).collect()
    }
}

impl Store {
    /// Takes the values from the next users.
    ///
    /// # Errors
    /// What the database says.
    pub async fn end_attribute(&self, environment: EnvironmentId, id: SchemaAttributeId) -> Result<Filled, StoreError> {
        let key: Vec<Value> = vec![environment.uuid().into(), id.uuid().into()];
        let rows = self.driver().read(Statement::new(NEXT, key.clone())).await?;
        let users = rows.iter().map(|row| row.uuid(0)).collect::<Result<Vec<_>, _>>()?;
        if users.is_empty() {
            self.driver().commit(vec![Statement::new(ENDED, key)]).await?;
            return Ok(Filled::Wholly);
        }
        let without = match self.dialect() {
            Dialect::Sqlite => format!("json_remove(body, '$.custom.\"{id}\"')"),
            Dialect::Postgres => format!("(body::jsonb #- '{{custom,{id}}}')::text"),
        };
        let taken = format!("UPDATE users SET body = {without} WHERE environment_id = $1 AND id = $2");
        let mut batch = Vec::with_capacity(users.len() * 2);
        for user in users {
            batch.push(Statement::new(taken.clone(), vec![environment.uuid().into(), user.into()]));
            batch.push(Statement::new(GONE, vec![environment.uuid().into(), id.uuid().into(), user.into()]));
        }
        self.driver().commit(batch).await?;
        Ok(Filled::Partly)
    }
}

const NEXT: &str = "SELECT DISTINCT user_id FROM user_values WHERE environment_id = $1 AND attribute_id = $2 ORDER BY user_id LIMIT 200";
const GONE: &str = "DELETE FROM user_values WHERE environment_id = $1 AND user_id = $3 AND attribute_id = $2";
const ENDED: &str = "DELETE FROM schema_endings WHERE environment_id = $1 AND id = $2";
