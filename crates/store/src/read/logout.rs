//! Who takes part in a session, and who is to be told that it ended.

use protocol::id::{ApplicationId, EnvironmentId, SessionId, UserId};
use protocol::logout::{Notice, Participation};
use protocol::time::Time;

use super::time;
use crate::{Reads, Row, StoreError};

impl Reads {
    /// Who takes part in a session that has not ended, at most `limit`.
    pub async fn participations(
        &self,
        environment: EnvironmentId,
        session: SessionId,
        limit: i64,
    ) -> Result<Vec<Participation>, StoreError> {
        let sql = "SELECT session_id, application_id, issuer, user_id, subject, expires_at FROM participations
             WHERE environment_id = $1 AND session_id = $2 AND due_at IS NULL ORDER BY application_id, issuer LIMIT $3";
        let rows = self.rows(sql, vec![environment.uuid().into(), session.uuid().into(), limit.into()]).await?;
        rows.iter().map(|row| participation(environment, row)).collect()
    }

    /// The environments in which somebody is to be told, and since when, those that wait longest first, at most so many behind the
    /// first `skipped`.
    pub async fn with_notices(
        &self,
        now: Time,
        (skipped, most): (i64, i64),
    ) -> Result<Vec<(EnvironmentId, Time)>, StoreError> {
        let sql = "SELECT environment_id, MIN(due_at) FROM participations WHERE due_at IS NOT NULL AND due_at <= $1
             GROUP BY environment_id ORDER BY MIN(due_at), environment_id LIMIT $2 OFFSET $3";
        let rows = self.rows(sql, vec![now.0.into(), most.into(), skipped.into()]).await?;
        rows.iter().map(|row| Ok((EnvironmentId::new(row.uuid(0)?), time(row, 1)?))).collect()
    }

    /// Whom an environment is to tell, those who wait longest first.
    pub async fn notices(&self, environment: EnvironmentId, now: Time, limit: i64) -> Result<Vec<Notice>, StoreError> {
        let sql = "SELECT session_id, application_id, issuer, user_id, subject, expires_at, due_at, attempts FROM participations
             WHERE environment_id = $1 AND due_at IS NOT NULL AND due_at <= $2 ORDER BY due_at LIMIT $3";
        let rows = self.rows(sql, vec![environment.uuid().into(), now.0.into(), limit.into()]).await?;
        let notice = |row: &Row| {
            let participation = participation(environment, row)?;
            Ok(Notice { participation, due_at: time(row, 6)?, attempts: row.i64(7)? })
        };
        rows.iter().map(notice).collect()
    }
}

fn participation(environment: EnvironmentId, row: &Row) -> Result<Participation, StoreError> {
    Ok(Participation {
        environment,
        session: SessionId::new(row.uuid(0)?),
        application: ApplicationId::new(row.uuid(1)?),
        issuer: row.text(2)?.to_owned(),
        user: UserId::new(row.uuid(3)?),
        subject: row.text(4)?.to_owned(),
        expires_at: time(row, 5)?,
    })
}
