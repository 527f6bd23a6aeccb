//! Counters, read: how many there are without counting them.

use protocol::id::{EnvironmentId, PopulationId};
use protocol::model::ObjectKind;
use uuid::Uuid;

use crate::kinds::kind;
use crate::{Reads, Statement, StoreError};

impl Reads {
    /// The users of a population.
    pub async fn user_count(&self, environment: EnvironmentId, population: PopulationId) -> Result<i64, StoreError> {
        self.counted(ObjectKind::User, environment.uuid(), Some(population.uuid())).await
    }

    /// The groups of an environment.
    pub async fn group_count(&self, environment: EnvironmentId) -> Result<i64, StoreError> {
        self.counted(ObjectKind::Group, environment.uuid(), None).await
    }

    /// How many an owner has, or those of one part: the users of a population.
    pub(crate) async fn counted(
        &self,
        counted: ObjectKind,
        owner: Uuid,
        part: Option<Uuid>,
    ) -> Result<i64, StoreError> {
        let mut values = vec![owner.into(), kind(counted).table.into()];
        let sql = match part {
            None => "SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counts WHERE owner_id = $1 AND kind = $2",
            Some(part) => {
                values.push(part.into());
                "SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counts WHERE owner_id = $1 AND kind = $2 AND of_id = $3"
            }
        };
        let row = self.driver().read(Statement::new(sql, values)).await?.into_iter().next();
        row.map_or(Ok(0), |row| row.i64(0))
    }
}
