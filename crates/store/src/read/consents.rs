//! What people allow applications.

use protocol::consent::Consent;
use protocol::id::{ApplicationId, EnvironmentId, UserId};

use super::body;
use crate::{Reads, StoreError};

impl Reads {
    pub async fn consent(
        &self,
        environment: EnvironmentId,
        user: UserId,
        application: ApplicationId,
    ) -> Result<Option<Consent>, StoreError> {
        let sql = "SELECT body FROM consents WHERE environment_id = $1 AND user_id = $2 AND application_id = $3";
        let key = vec![environment.uuid().into(), user.uuid().into(), application.uuid().into()];
        self.first(sql, key).await?.map(|row| body(&row, 0)).transpose()
    }

    /// All that a user allows, by application, at most a thousand.
    pub async fn consents_of(&self, environment: EnvironmentId, user: UserId) -> Result<Vec<Consent>, StoreError> {
        let sql =
            "SELECT body FROM consents WHERE environment_id = $1 AND user_id = $2 ORDER BY application_id LIMIT 1000";
        let rows = self.rows(sql, vec![environment.uuid().into(), user.uuid().into()]).await?;
        rows.iter().map(|row| body(row, 0)).collect()
    }
}
