//! Following other nodes' changes, and deleting what has expired.

use protocol::id::EnvironmentId;
use protocol::time::Time;

use crate::{Statement, Store, StoreError};

impl Store {
    /// The latest revision, and the environments that were configured after `after`.
    pub async fn revisions(&self, after: i64) -> Result<(i64, Vec<EnvironmentId>), StoreError> {
        let sql = "SELECT environment_id, revision FROM environment_revisions WHERE revision > $1 ORDER BY revision";
        let rows = self.rows(sql, vec![after.into()]).await?;
        let latest = rows.last().map_or(Ok(after), |row| row.i64(1))?;
        Ok((latest, rows.iter().map(|row| row.uuid(0).map(EnvironmentId::new)).collect::<Result<_, _>>()?))
    }

    /// Deletes what expired at least an hour ago, so that a replay shortly after is still recognised, and activities from
    /// before `activities_before`. Returns 1 when it ran: the drivers do not count rows.
    pub async fn purge(&self, now: Time, activities_before: Time) -> Result<u64, StoreError> {
        let before = now.plus(-RECOGNISED);
        for sql in [
            "DELETE FROM flows WHERE expires_at < $1",
            "DELETE FROM codes WHERE expires_at < $1",
            "DELETE FROM access_tokens WHERE expires_at < $1",
            "DELETE FROM refresh_tokens WHERE expires_at < $1",
            "DELETE FROM families WHERE expires_at < $1",
            "DELETE FROM sessions WHERE expires_at < $1",
            "UPDATE applications SET previous_digest = NULL, previous_sealed = NULL, previous_created_at = NULL, previous_expires_at = NULL, previous_last_used = NULL WHERE previous_expires_at < $1",
        ] {
            self.driver().commit(vec![Statement::new(sql, vec![before.0.into()])]).await?;
        }
        let sql = "DELETE FROM activities WHERE at < $1";
        self.driver().commit(vec![Statement::new(sql, vec![activities_before.0.into()])]).await?;
        Ok(1)
    }
}

const RECOGNISED: i64 = 3600;
