//! Organizations, licences, environments, and what every environment's snapshot holds.

use protocol::id::{EnvironmentId, LicenseId, OrganizationId};
use protocol::model::{Environment, KeyStatus, License, Organization, Scopes, SigningKeyRecord};
use serde_json::json;

use super::{bodies, body, opt_time};
use crate::commit::Counted;
use crate::list::{Indexed, Kind, Scope, Table};
use crate::shape::{Shape, corrupt};
use crate::{List, Page, Reads, Row, StoreError};

impl Reads {
    pub async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        bodies(&self.rows("SELECT body FROM organizations ORDER BY created_at, id", vec![]).await?)
    }

    pub async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.first("SELECT body FROM organizations WHERE id = $1", vec![id.uuid().into()])
            .await?
            .map(|r| body(&r, 0))
            .transpose()
    }

    pub async fn licenses(&self, organization: OrganizationId) -> Result<Vec<License>, StoreError> {
        let sql = "SELECT body FROM licenses WHERE organization_id = $1 ORDER BY created_at, id";
        bodies(&self.rows(sql, vec![organization.uuid().into()]).await?)
    }

    pub async fn license(&self, organization: OrganizationId, id: LicenseId) -> Result<Option<License>, StoreError> {
        let sql = "SELECT body FROM licenses WHERE organization_id = $1 AND id = $2";
        self.first(sql, vec![organization.uuid().into(), id.uuid().into()]).await?.map(|r| body(&r, 0)).transpose()
    }

    pub async fn environment(&self, id: EnvironmentId) -> Result<Option<Environment>, StoreError> {
        self.first("SELECT body FROM environments WHERE id = $1", vec![id.uuid().into()])
            .await?
            .map(|r| body(&r, 0))
            .transpose()
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
        self.page(&ENVIRONMENTS, Scope::organization(organization, only), list, |row| body(row, 0)).await
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

const ENVIRONMENTS: Table = Table {
    select: "body",
    from: "environments",
    order: "created_at",
    attributes: &[
        ("id", "id", Kind::Id),
        ("name", "name_key", Kind::Folded),
        ("type", "kind", Kind::Exact),
        ("region", "region", Kind::Exact),
        ("organization.id", "organization_id", Kind::Id),
        ("license.id", "license_id", Kind::Id),
        ("createdAt", "created_at", Kind::Time),
        ("updatedAt", "updated_at", Kind::Time),
    ],
    indexed: &[Indexed::Few("id"), Indexed::Few("name_key")],
    counted: Some(Counted::Environments),
};
