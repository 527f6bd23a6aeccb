//! How many users there were, and how many were active: of what users say of themselves, and of the activities that are kept.

use protocol::id::EnvironmentId;
use protocol::model::ObjectKind;
use protocol::time::Time;

use crate::{Reads, Statement, StoreError};

/// In periods of one length that begin at one time: the number of each that has something, and what.
type Periods = Vec<(i64, i64)>;

impl Reads {
    /// How many users the environment has.
    pub async fn identities(&self, environment: EnvironmentId) -> Result<i64, StoreError> {
        self.counted(ObjectKind::User, environment.uuid(), None).await
    }

    /// By how many users an environment grew in each period, of so many microseconds, since `start`; less than none where it shrank.
    pub async fn identities_changed(
        &self,
        environment: EnvironmentId,
        start: Time,
        length: i64,
    ) -> Result<Periods, StoreError> {
        // Who was deleted since is known by their events alone.
        let sql = "SELECT period, CAST(SUM(more) AS BIGINT) FROM (
                SELECT (created_at - $2) / $3 AS period, 1 AS more FROM users WHERE environment_id = $1 AND created_at >= $2 UNION ALL
                SELECT (a.at - $2) / $3, CASE WHEN a.action = 'USER.DELETED' THEN -1 ELSE 1 END FROM activities a
                WHERE a.environment_id = $1 AND a.at >= $2 AND a.reason IS NULL AND (a.action = 'USER.DELETED'
                    OR a.action = 'USER.CREATED' AND NOT EXISTS (SELECT 1 FROM users u WHERE u.environment_id = $1 AND u.id = a.target_id))
            ) AS changes GROUP BY period ORDER BY period";
        self.periods(environment, Statement::new(sql, vec![environment.uuid().into(), start.0.into(), length.into()]))
            .await
    }

    /// How many users signed on, or showed their password, in each period from `start` to `end`, each once in a period.
    pub async fn identities_active(
        &self,
        environment: EnvironmentId,
        (start, end): (Time, Time),
        length: i64,
    ) -> Result<Periods, StoreError> {
        let sql = "SELECT period, COUNT(DISTINCT who) FROM (
                SELECT (at - $2) / $3 AS period, COALESCE(user_id, actor_id) AS who FROM activities
                WHERE environment_id = $1 AND at >= $2 AND at < $4 AND reason IS NULL AND action IN ('PASSWORD.CHECKED', 'SESSION.CREATED')
                    AND (user_id IS NOT NULL OR actor_kind = 'USER')
            ) AS seen GROUP BY period ORDER BY period";
        let values = vec![environment.uuid().into(), start.0.into(), length.into(), end.0.into()];
        self.periods(environment, Statement::new(sql, values)).await
    }

    async fn periods(&self, environment: EnvironmentId, statement: Statement) -> Result<Periods, StoreError> {
        let rows = self.listed(environment.uuid(), statement).await?;
        rows.iter().map(|row| Ok((row.i64(0)?, row.i64(1)?))).collect()
    }
}
