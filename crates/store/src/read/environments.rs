//! Organizations, licences, environments, and what every environment's snapshot holds.

use protocol::id::{EnvironmentId, LicenseId, OrganizationId};
use protocol::model::{Environment, KeyStatus, License, ObjectKind, Organization, Scopes, SigningKeyRecord};
use serde_json::json;

use super::opt_time;
use crate::kinds::texts;
use crate::list::Scope;
use crate::row::walk::take;
use crate::shape::{Shape, corrupt};
use crate::{List, Page, Reads, Row, StoreError};

impl Reads {
    pub async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        self.under(&[]).await
    }

    pub async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.one(&[id.uuid()]).await
    }

    pub async fn licenses(&self, organization: OrganizationId) -> Result<Vec<License>, StoreError> {
        self.under(&[organization.uuid()]).await
    }

    pub async fn license(&self, organization: OrganizationId, id: LicenseId) -> Result<Option<License>, StoreError> {
        self.one(&[organization.uuid(), id.uuid()]).await
    }

    pub async fn environment(&self, id: EnvironmentId) -> Result<Option<Environment>, StoreError> {
        self.one(&[id.uuid()]).await
    }

    /// The environments of an organization; where `only` is given, those of it.
    pub async fn environments(
        &self,
        organization: OrganizationId,
        list: &List,
        only: Option<&[EnvironmentId]>,
    ) -> Result<Page<Environment>, StoreError> {
        if only.is_some_and(<[_]>::is_empty) {
            return Ok(Page { rows: Vec::new(), next: None, total: 0 });
        }
        let table = &texts(ObjectKind::Environment).table;
        self.page(table, Scope::organization(organization, only), list, take).await
    }

    /// Whether nothing was ever set up here.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.first("SELECT 1 FROM environments LIMIT 1", vec![]).await?.is_none())
    }

    pub async fn keys(&self, environment: EnvironmentId) -> Result<Vec<SigningKeyRecord>, StoreError> {
        let sql =
            "SELECT kid, created_at, sealed, body FROM signing_keys WHERE environment_id = $1 ORDER BY created_at, kid";
        let rows = self.rows(sql, vec![environment.uuid().into()]).await?;
        super::readable(rows.iter().map(|row| key(environment, row)))
    }

    /// The environments in which a key waits to sign, or was retired: what the rotation has to look at.
    pub async fn rotating(&self) -> Result<Vec<EnvironmentId>, StoreError> {
        let sql = "SELECT DISTINCT environment_id FROM signing_keys WHERE body LIKE $1 OR body LIKE $2";
        let waiting = [KeyStatus::Next, KeyStatus::Retired].map(|status| with_status(status).into());
        self.rows(sql, waiting.to_vec()).await?.iter().map(|row| row.uuid(0).map(EnvironmentId::new)).collect()
    }

    pub async fn scopes(&self, environment: EnvironmentId) -> Result<Scopes, StoreError> {
        Ok(Scopes { resources: self.all(environment, &[]).await?, scopes: self.all(environment, &[]).await? })
    }
}

/// What of a key is not in its columns.
pub(crate) fn key_body(key: &SigningKeyRecord) -> String {
    json!({ "alg": key.alg.put(), "status": key.status.put(), "retired_at": key.retired_at.put() }).to_string()
}

/// The pattern of a key's body with this status.
pub(crate) fn with_status(status: KeyStatus) -> String {
    format!("%\"status\":{}%", status.put())
}

fn key(environment: EnvironmentId, row: &Row) -> Result<SigningKeyRecord, StoreError> {
    let json: serde_json::Value = serde_json::from_str(row.text(3)?).map_err(|_| corrupt("key"))?;
    Ok(SigningKeyRecord {
        environment,
        kid: row.text(0)?.to_owned(),
        alg: jose::Alg::take(&json["alg"])?,
        status: KeyStatus::take(&json["status"])?,
        sealed: row.bytes(2)?.to_vec(),
        created_at: opt_time(row, 1)?.unwrap_or_default(),
        retired_at: Shape::take(&json["retired_at"])?,
    })
}
