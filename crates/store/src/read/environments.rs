//! Organizations, licences, environments, and what every environment's snapshot holds.

use protocol::id::{EnvironmentId, KeyRotationPolicyId, LicenseId, OrganizationId};
use protocol::model::{Environment, KeyStatus, License, ObjectKind, Organization, SigningKeyRecord};
use protocol::names::Named as _;
use protocol::time::Time;

use crate::kinds::{SIGNING_KEY, signing_key_texts, texts};
use crate::list::Scope;
use crate::row::walk::{take, take_of};
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
            return Ok(Page { rows: Vec::new(), next: None, prev: None, total: 0 });
        }
        let table = &texts(ObjectKind::Environment).table;
        self.page(table, Scope::organization(organization, only), list, take).await
    }

    /// Whether nothing was ever set up here.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.first("SELECT 1 FROM environments LIMIT 1", vec![]).await?.is_none())
    }

    /// The signing keys, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for one that this version cannot read: whoever decides by the others alone decides wrongly.
    pub async fn keys(&self, environment: EnvironmentId) -> Result<Vec<SigningKeyRecord>, StoreError> {
        self.key_rows(environment).await?.iter().map(|row| take_of(row, SIGNING_KEY)).collect()
    }

    /// Those of them that this version can read.
    pub async fn readable_keys(&self, environment: EnvironmentId) -> Result<Vec<SigningKeyRecord>, StoreError> {
        super::readable(self.key_rows(environment).await?.iter().map(|row| take_of(row, SIGNING_KEY)))
    }

    async fn key_rows(&self, environment: EnvironmentId) -> Result<Vec<Row>, StoreError> {
        self.rows(signing_key_texts().all, vec![environment.uuid().into()]).await
    }

    /// The environments in which a key waits to sign, or was retired: what the rotation has to look at.
    pub async fn rotating(&self) -> Result<Vec<EnvironmentId>, StoreError> {
        let sql = "SELECT DISTINCT environment_id FROM signing_keys WHERE body LIKE $1 OR body LIKE $2";
        let waiting = [KeyStatus::Next, KeyStatus::Retired].map(|status| with_status(status).into());
        self.rows(sql, waiting.to_vec()).await?.iter().map(|row| row.uuid(0).map(EnvironmentId::new)).collect()
    }
}

impl Reads {
    /// Environments, at most so many, whose own key rotation policy nobody wrote yet.
    pub async fn without_key_policy(&self, most: i64) -> Result<Vec<EnvironmentId>, StoreError> {
        let sql = "SELECT id FROM environments e WHERE NOT EXISTS (SELECT 1 FROM key_rotation_policies p WHERE p.environment_id = e.id) LIMIT $1";
        self.rows(sql, vec![most.into()]).await?.iter().map(|row| row.uuid(0).map(EnvironmentId::new)).collect()
    }

    /// The key rotation policies whose next key is to follow by `now`, those that wait longest first, at most so many behind the first
    /// `skipped`.
    pub async fn key_policies_due(
        &self,
        now: Time,
        (skipped, most): (i64, i64),
    ) -> Result<Vec<(EnvironmentId, KeyRotationPolicyId)>, StoreError> {
        let sql = "SELECT environment_id, id FROM key_rotation_policies WHERE due_at <= $1
             ORDER BY due_at, environment_id, id LIMIT $2 OFFSET $3";
        let rows = self.rows(sql, vec![now.0.into(), most.into(), skipped.into()]).await?;
        let read = |row: &Row| Ok((EnvironmentId::new(row.uuid(0)?), KeyRotationPolicyId::new(row.uuid(1)?)));
        rows.iter().map(read).collect()
    }

    /// The environments with keys that were retired by `before`, at most so many behind the first `skipped`.
    pub async fn keys_to_end(
        &self,
        before: Time,
        (skipped, most): (i64, i64),
    ) -> Result<Vec<EnvironmentId>, StoreError> {
        let sql = "SELECT DISTINCT environment_id FROM keys WHERE retired_at <= $1
             ORDER BY environment_id LIMIT $2 OFFSET $3";
        let rows = self.rows(sql, vec![before.0.into(), most.into(), skipped.into()]).await?;
        rows.iter().map(|row| row.uuid(0).map(EnvironmentId::new)).collect()
    }
}

/// The pattern of a key's body with this status.
pub(crate) fn with_status(status: KeyStatus) -> String {
    format!("%\"status\":\"{}\"%", status.stored())
}
