//! Counters, read: how many there are without counting them.

use protocol::id::{EnvironmentId, PopulationId};
use uuid::Uuid;

use crate::commit::Counted;
use crate::{Extent, Reads, Row, Statement, Store, StoreError, Value, Work};

impl Reads {
    /// The users of a population.
    pub async fn user_count(&self, environment: EnvironmentId, population: PopulationId) -> Result<i64, StoreError> {
        self.counted(Counted::Users, environment.uuid(), Some(population.uuid())).await
    }

    /// How many an owner has, or those of one part: the users of a population.
    pub(crate) async fn counted(&self, counted: Counted, owner: Uuid, part: Option<Uuid>) -> Result<i64, StoreError> {
        let mut values = vec![owner.into(), counted.name().into()];
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

impl Store {
    /// Compares every counter with what is there and puts right what differs: a process of an earlier release, which may still
    /// run beside this one, writes without counting. Returns how many were wrong.
    pub async fn recount(&self) -> Result<u64, StoreError> {
        let mut wrong = 0;
        let sql = "SELECT id FROM environments UNION ALL SELECT id FROM organizations";
        for owner in self.list_rows(Statement::new(sql, vec![])).await? {
            let owner = owner.uuid(0)?;
            let values = vec![owner.into(), CORRECTIONS.into()];
            for row in self.list_rows(Statement::new(DIFFERENCES, values)).await? {
                match self.driver().commit(vec![correction(owner, &row)?]).await {
                    Ok(()) => wrong += 1,
                    // Another process was quicker.
                    Err(StoreError::Lost { .. } | StoreError::Conflict { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(wrong)
    }

    async fn list_rows(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        Ok(self.driver().list(statement, Work { extent: Extent::Scan, time: self.times.scan }).await?.rows)
    }
}

/// Adds what is missing, unless the corrections are not what they were when it was found: then somebody else did.
fn correction(owner: Uuid, row: &Row) -> Result<Statement, StoreError> {
    let mut values: Vec<Value> =
        vec![owner.into(), row.text(0)?.into(), row.uuid(1)?.into(), CORRECTIONS.into(), row.i64(2)?.into()];
    Ok(match row.opt_i64(3)? {
        None => Statement::new(
            "INSERT INTO counts (owner_id, kind, of_id, slot, value) VALUES ($1, $2, $3, $4, $5)",
            values,
        ),
        Some(was) => {
            values.push(was.into());
            let sql = "UPDATE counts SET value = value + $5 WHERE owner_id = $1 AND kind = $2 AND of_id = $3 AND slot = $4 AND value = $6";
            Statement::new(sql, values).one()
        }
    })
}

/// What each counter of owner `$1` lacks, and what was corrected so far: read at one moment, so what is written meanwhile
/// changes both sides or neither.
const DIFFERENCES: &str = "SELECT kind, of_id, CAST(SUM(there) AS BIGINT), MAX(corrected) FROM (
        SELECT 'users' AS kind, population_id AS of_id, COUNT(*) AS there, CAST(NULL AS BIGINT) AS corrected FROM users WHERE environment_id = $1 GROUP BY population_id
        UNION ALL SELECT 'populations', environment_id, COUNT(*), NULL FROM populations WHERE environment_id = $1 GROUP BY environment_id
        UNION ALL SELECT 'groups', environment_id, COUNT(*), NULL FROM groups WHERE environment_id = $1 GROUP BY environment_id
        UNION ALL SELECT 'applications', environment_id, COUNT(*), NULL FROM applications WHERE environment_id = $1 GROUP BY environment_id
        UNION ALL SELECT 'environments', organization_id, COUNT(*), NULL FROM environments WHERE organization_id = $1 GROUP BY organization_id
        UNION ALL SELECT kind, of_id, -value, CASE WHEN slot = $2 THEN value END FROM counts WHERE owner_id = $1
    ) AS sides GROUP BY kind, of_id HAVING SUM(there) <> 0";
/// The slot that no process counts in.
const CORRECTIONS: i64 = -1;
