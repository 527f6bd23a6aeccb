//! Following other nodes' changes, and deleting what has expired.

use protocol::id::EnvironmentId;
use protocol::time::Time;

use crate::{Extent, Reads, Row, Statement, Store, StoreError, Work};

impl Reads {
    /// The latest revision, and the environments that were configured after `after`.
    pub async fn revisions(&self, after: i64) -> Result<(i64, Vec<EnvironmentId>), StoreError> {
        let sql = "SELECT environment_id, revision FROM environment_revisions WHERE revision > $1 ORDER BY revision";
        let rows = self.rows(sql, vec![after.into()]).await?;
        let latest = rows.last().map_or(Ok(after), |row| row.i64(1))?;
        Ok((latest, rows.iter().map(|row| row.uuid(0).map(EnvironmentId::new)).collect::<Result<_, _>>()?))
    }
}

impl Store {
    /// Deletes what expired at least an hour ago, so that a replay shortly after is still recognised, and activities from
    /// before `activities_before`. Returns 1 when it ran: the drivers do not count rows.
    pub async fn purge(&self, now: Time, activities_before: Time) -> Result<u64, StoreError> {
        let before = now.plus(-RECOGNISED);
        for sql in [
            "DELETE FROM flows WHERE expires_at < $1",
            "DELETE FROM access_tokens WHERE expires_at < $1",
            "DELETE FROM refresh_tokens WHERE expires_at < $1",
            "DELETE FROM sessions WHERE expires_at < $1",
            "UPDATE applications SET previous_digest = NULL, previous_sealed = NULL, previous_created_at = NULL, previous_expires_at = NULL, previous_last_used = NULL WHERE previous_expires_at < $1",
        ] {
            self.driver().commit(vec![Statement::new(sql, vec![before.0.into()])]).await?;
        }
        // Those that ended before their time have the time of that as a negative one.
        let sql = "DELETE FROM codes WHERE expires_at < $1 AND expires_at > $2";
        self.driver().commit(vec![Statement::new(sql, vec![before.0.into(), (-before.0).into()])]).await?;
        let sql = "DELETE FROM activities WHERE at < $1";
        self.driver().commit(vec![Statement::new(sql, vec![activities_before.0.into()])]).await?;
        self.purge_families(before).await?;
        Ok(1)
    }

    /// An access token can outlive the line of refresh tokens that gave it, and its family tells whether it was revoked: so a
    /// family goes after its last access token. They are looked for beside the requests: after a while without a purge they are many.
    async fn purge_families(&self, before: Time) -> Result<(), StoreError> {
        let work = Work { extent: Extent::Scan, time: self.times.scan * UNHURRIED };
        let rows = self.driver().list(Statement::new(FAMILIES, vec![before.0.into()]), work).await?.rows;
        for some in rows.chunks(BATCH) {
            let delete = |row: &Row| -> Result<Statement, StoreError> {
                let sql = "DELETE FROM families WHERE environment_id = $1 AND id = $2";
                Ok(Statement::new(sql, vec![row.uuid(0)?.into(), row.uuid(1)?.into()]))
            };
            self.driver().commit(some.iter().map(delete).collect::<Result<_, _>>()?).await?;
        }
        Ok(())
    }
}

/// Those that are due.
pub(crate) const FAMILIES: &str = "SELECT environment_id, id FROM families WHERE expires_at < $1
     AND NOT EXISTS (SELECT 1 FROM access_tokens t WHERE t.environment_id = families.environment_id AND t.family_id = families.id)";
const RECOGNISED: i64 = 3600;
/// Nobody waits for it, and it comes once in some minutes: so it may take as long as this many lists.
const UNHURRIED: u32 = 10;
/// Families deleted in one commit: few enough that a request behind them does not wait long.
const BATCH: usize = 200;
