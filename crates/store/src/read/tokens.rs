//! Codes, families and tokens.

use protocol::change::{AccessToken, Code, Family, PushedRequest, RefreshToken};
use protocol::id::{ApplicationId, EnvironmentId, FamilyId};
use protocol::secret::TokenHash;
use uuid::Uuid;

use super::{body, opt_time, time};
use crate::{Reads, Row, StoreError};

impl Reads {
    pub async fn code(&self, environment: EnvironmentId, hash: TokenHash) -> Result<Option<Code>, StoreError> {
        let sql = "SELECT body, consumed_at, expires_at FROM codes WHERE environment_id = $1 AND hash = $2";
        let row = self.first(sql, vec![environment.uuid().into(), hash.bytes().to_vec().into()]).await?;
        row.as_ref().map(code).transpose()
    }

    pub async fn family(&self, environment: EnvironmentId, id: FamilyId) -> Result<Option<Family>, StoreError> {
        let sql = "SELECT body, revoked_at, grace_replays FROM families WHERE environment_id = $1 AND id = $2";
        let row = self.first(sql, vec![environment.uuid().into(), id.uuid().into()]).await?;
        row.as_ref().map(family).transpose()
    }

    pub async fn refresh_token(
        &self,
        environment: EnvironmentId,
        hash: TokenHash,
    ) -> Result<Option<RefreshToken>, StoreError> {
        let sql = "SELECT family_id, generation, issued_at, expires_at, superseded_at, sealed_successor FROM refresh_tokens WHERE environment_id = $1 AND hash = $2";
        let row = self.first(sql, vec![environment.uuid().into(), hash.bytes().to_vec().into()]).await?;
        row.map(|row| refresh_token(environment, hash, &row)).transpose()
    }

    /// Whether a client used this assertion before.
    pub async fn assertion_used(
        &self,
        environment: EnvironmentId,
        application: ApplicationId,
        hash: TokenHash,
    ) -> Result<bool, StoreError> {
        let sql =
            "SELECT expires_at FROM used_assertions WHERE environment_id = $1 AND application_id = $2 AND hash = $3";
        let key = vec![environment.uuid().into(), application.uuid().into(), hash.bytes().to_vec().into()];
        Ok(self.first(sql, key).await?.is_some())
    }

    /// The pushed request of a reference, also when it has expired or was used: its reader tells which.
    pub async fn pushed_request(
        &self,
        environment: EnvironmentId,
        reference: TokenHash,
    ) -> Result<Option<PushedRequest>, StoreError> {
        let sql = "SELECT body, used_at FROM pushed_requests WHERE environment_id = $1 AND hash = $2";
        let row = self.first(sql, vec![environment.uuid().into(), reference.bytes().to_vec().into()]).await?;
        row.map(|row| Ok(PushedRequest { used_at: opt_time(&row, 1)?, ..body(&row, 0)? })).transpose()
    }

    /// Whether a DPoP proof was shown before.
    pub async fn proof_used(&self, environment: EnvironmentId, hash: TokenHash) -> Result<bool, StoreError> {
        self.assertion_used(environment, ApplicationId::new(Uuid::nil()), hash).await
    }

    /// The record of an access token. It reads as revoked when its family is.
    pub async fn access_token(
        &self,
        environment: EnvironmentId,
        hash: TokenHash,
    ) -> Result<Option<AccessToken>, StoreError> {
        let sql = "SELECT a.application_id, a.family_id, a.claims, a.expires_at, COALESCE(a.revoked_at, f.revoked_at)
             FROM access_tokens a LEFT JOIN families f ON f.environment_id = a.environment_id AND f.id = a.family_id
             WHERE a.environment_id = $1 AND a.hash = $2";
        let row = self.first(sql, vec![environment.uuid().into(), hash.bytes().to_vec().into()]).await?;
        row.map(|row| {
            Ok(AccessToken {
                environment,
                hash,
                application: ApplicationId::new(row.uuid(0)?),
                family: row.opt_uuid(1)?.map(FamilyId::new),
                claims: row.opt_text(2)?.map(str::to_owned),
                expires_at: time(&row, 3)?,
                revoked_at: opt_time(&row, 4)?,
            })
        })
        .transpose()
    }
}

pub(super) fn code(row: &Row) -> Result<Code, StoreError> {
    // One that was ended has the time of that as a negative one, in its column alone.
    Ok(Code { consumed_at: opt_time(row, 1)?, expires_at: time(row, 2)?, ..body(row, 0)? })
}

pub(super) fn family(row: &Row) -> Result<Family, StoreError> {
    Ok(Family { revoked_at: opt_time(row, 1)?, grace_replays: row.i64(2)?, ..body(row, 0)? })
}

pub(super) fn refresh_token(
    environment: EnvironmentId,
    hash: TokenHash,
    row: &Row,
) -> Result<RefreshToken, StoreError> {
    Ok(RefreshToken {
        environment,
        hash,
        family: FamilyId::new(row.uuid(0)?),
        generation: row.i64(1)?,
        issued_at: time(row, 2)?,
        expires_at: time(row, 3)?,
        superseded_at: opt_time(row, 4)?,
        sealed_successor: row.opt_bytes(5)?.map(<[u8]>::to_vec),
    })
}
