//! Flows and sessions.

use protocol::flow::Flow;
use protocol::id::{EnvironmentId, FlowId, SessionId, UserId};
use protocol::model::Session;
use protocol::secret::TokenHash;
use protocol::time::Time;

use super::{body, opt_time, time};
use crate::shape::{Shape, unreadable};
use crate::{Reads, Row, StoreError, Value};

impl Reads {
    /// The flow, also when it has expired: its reader compares the time.
    pub async fn flow(&self, environment: EnvironmentId, id: FlowId) -> Result<Option<Flow>, StoreError> {
        let sql = "SELECT body, expires_at FROM flows WHERE environment_id = $1 AND id = $2";
        let row = self.first(sql, vec![environment.uuid().into(), id.uuid().into()]).await?;
        // One that was ended before its time has the new one in its column alone.
        row.map(|row| Ok(Flow { expires_at: time(&row, 1)?, ..body(&row, 0)? })).transpose()
    }

    pub async fn session(&self, environment: EnvironmentId, id: SessionId) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT id, user_id, token, auth_time, acr, amr, created_at, expires_at, ended_at FROM sessions WHERE environment_id = $1 AND id = $2";
        self.read_session(environment, sql, id.uuid().into()).await
    }

    /// The session whose cookie hashes to `token`.
    pub async fn session_by_token(
        &self,
        environment: EnvironmentId,
        token: TokenHash,
    ) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT id, user_id, token, auth_time, acr, amr, created_at, expires_at, ended_at FROM sessions WHERE environment_id = $1 AND token = $2";
        self.read_session(environment, sql, token.bytes().to_vec().into()).await
    }

    /// The live sessions of a user, the newest first, at most a thousand.
    pub async fn sessions_of(
        &self,
        environment: EnvironmentId,
        user: UserId,
        now: Time,
    ) -> Result<Vec<Session>, StoreError> {
        let sql = "SELECT id, user_id, token, auth_time, acr, amr, created_at, expires_at, ended_at FROM sessions
             WHERE environment_id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $3
             ORDER BY created_at DESC, id LIMIT 1000";
        let rows = self.rows(sql, vec![environment.uuid().into(), user.uuid().into(), now.0.into()]).await?;
        rows.iter().map(|row| session(environment, row)).collect()
    }

    async fn read_session(
        &self,
        environment: EnvironmentId,
        sql: &'static str,
        key: Value,
    ) -> Result<Option<Session>, StoreError> {
        let row = self.first(sql, vec![environment.uuid().into(), key]).await?;
        row.map(|row| session(environment, &row)).transpose()
    }
}

pub(super) fn session(environment: EnvironmentId, row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: SessionId::new(row.uuid(0)?),
        environment,
        user: UserId::new(row.uuid(1)?),
        token: TokenHash::from_stored(row.bytes(2)?.try_into().map_err(|_| unreadable("session"))?),
        auth_time: time(row, 3)?,
        acr: row.text(4)?.to_owned(),
        amr: Vec::read(row.text(5)?)?,
        created_at: time(row, 6)?,
        expires_at: time(row, 7)?,
        ended_at: opt_time(row, 8)?,
    })
}
