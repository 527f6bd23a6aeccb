//! Codes that were sent to people.

use protocol::id::{EnvironmentId, UserId};
use protocol::mailed::{CodeFor, MailedCode};
use protocol::secret::SecretDigest;

use super::time;
use crate::shape::unreadable;
use crate::{Reads, StoreError, Value};

impl Reads {
    /// The code that was sent last, unless it was used or went when it had expired.
    pub async fn mailed_code(
        &self,
        environment: EnvironmentId,
        user: UserId,
        kind: CodeFor,
    ) -> Result<Option<MailedCode>, StoreError> {
        let sql = "SELECT digest, expires_at, tries_left, sent FROM mailed_codes WHERE environment_id = $1 AND user_id = $2 AND kind = $3";
        let values = vec![environment.uuid().into(), user.uuid().into(), Value::word(kind.name())];
        let Some(row) = self.first(sql, values).await? else { return Ok(None) };
        let digest = row.bytes(0)?.try_into().map_err(|_| unreadable("digest of a code that was sent"))?;
        let (expires_at, tries_left, sent) = (time(&row, 1)?, row.i64(2)?, row.i64(3)?);
        let digest = SecretDigest::from_stored(digest);
        Ok(Some(MailedCode { environment, user, kind, digest, expires_at, tries_left, sent }))
    }
}
