//! Organizations, licences, environments, and what every environment's snapshot holds.

use protocol::id::{EnvironmentId, LicenseId, OrganizationId};
use protocol::model::{Environment, KeyStatus, License, ObjectKind, Organization, Scopes, SigningKeyRecord};
use protocol::names::Named as _;

use crate::kinds::{SIGNING_KEY, signing_key_texts, texts};
use crate::list::Scope;
use crate::row::walk::{take, take_of};
use crate::{List, Page, Reads, StoreError};

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

    pub async fn keys(&self, environment: EnvironmentId) -> Result<Vec<SigningKeyRecord>, StoreError> {
        let rows = self.rows(signing_key_texts().all, vec![environment.uuid().into()]).await?;
        super::readable(rows.iter().map(|row| take_of(row, SIGNING_KEY)))
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

/// The pattern of a key's body with this status.
pub(crate) fn with_status(status: KeyStatus) -> String {
    format!("%\"status\":\"{}\"%", status.stored())
}
