//! Applications with their secrets and grants, and the secrets of resources.

use protocol::client::Client;
use protocol::id::{ApplicationId, EnvironmentId, GroupId, ResourceId};
use protocol::mapping::ApplicationMappings;
use protocol::model::{Application, ApplicationAttribute, ClientSecret, SecretPair};
use protocol::secret::SecretDigest;
use protocol::time::Time;

use super::{opt_time, time};
use crate::row::walk::take;
use crate::shape::unreadable;
use crate::{Reads, Row, Statement, StoreError};

/// A client that was given no token since this time, in this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusedClient {
    pub id: ApplicationId,
    pub since: Time,
    pub version: i64,
}

impl Reads {
    /// The client with this `client_id`.
    pub async fn client(&self, environment: EnvironmentId, client_id: &str) -> Result<Option<Client>, StoreError> {
        let sql = "SELECT unused_since, body, secret_digest, secret_sealed, secret_created_at, secret_last_used,
                previous_digest, previous_sealed, previous_created_at, previous_last_used, previous_expires_at
             FROM applications WHERE environment_id = $1 AND client_id = $2";
        let row = self.first(sql, vec![environment.uuid().into(), client_id.into()]).await?;
        self.with_grants(environment, row).await
    }

    /// Whether the client is what it was when it was read, and nobody has `absent` as their `client_id`. Which of the two is in
    /// question does not show in the work: one row that is there and one that is not (CA-38).
    pub async fn client_is_still(&self, known: &Client, absent: &str) -> Result<bool, StoreError> {
        let sql =
            "SELECT COUNT(*), COUNT(CASE WHEN client_id = $2 AND version = $4 AND COALESCE(secret_digest, $7) = $5
                    AND COALESCE(previous_digest, $7) = $6 THEN 1 END)
             FROM applications WHERE environment_id = $1 AND client_id IN ($2, $3)";
        let Client { application, secrets, .. } = known;
        let digest = |secret: &Option<ClientSecret>| secret.as_ref().map_or(Vec::new(), |s| s.digest.bytes().to_vec());
        let values = vec![
            application.environment.uuid().into(),
            application.client_id.as_str().into(),
            absent.into(),
            application.version.into(),
            digest(&secrets.current).into(),
            digest(&secrets.previous).into(),
            Vec::new().into(),
        ];
        let row = self.first(sql, values).await?.ok_or_else(|| unreadable("a count"))?;
        Ok((row.i64(0)?, row.i64(1)?) == (1, 1))
    }

    /// The client of an application.
    pub async fn client_of(&self, environment: EnvironmentId, id: ApplicationId) -> Result<Option<Client>, StoreError> {
        let sql = "SELECT unused_since, body, secret_digest, secret_sealed, secret_created_at, secret_last_used,
                previous_digest, previous_sealed, previous_created_at, previous_last_used, previous_expires_at
             FROM applications WHERE environment_id = $1 AND id = $2";
        let row = self.first(sql, vec![environment.uuid().into(), id.uuid().into()]).await?;
        self.with_grants(environment, row).await
    }

    /// The applications that are for this group, among others or alone; a hundred of them.
    pub async fn applications_for(
        &self,
        environment: EnvironmentId,
        group: GroupId,
    ) -> Result<Vec<ApplicationId>, StoreError> {
        // No index tells: it is asked when a group ends, of as many rows as an environment has applications.
        let sql =
            "SELECT id FROM applications WHERE environment_id = $1 AND body LIKE $2 ORDER BY created_at, id LIMIT 100";
        let values = vec![environment.uuid().into(), format!("%\"groups\":[%\"{group}\"%").into()];
        let rows = self.listed(environment.uuid(), Statement::new(sql, values)).await?;
        rows.iter().map(|row| row.uuid(0).map(ApplicationId::new)).collect()
    }

    /// The applications that are for some groups.
    pub async fn applications_for_groups(&self, environment: EnvironmentId) -> Result<Vec<Application>, StoreError> {
        // As above: it is asked when a population ends.
        let sql = "SELECT unused_since, body FROM applications WHERE environment_id = $1 AND body LIKE $2 ORDER BY created_at, id";
        let values = vec![environment.uuid().into(), "%\"groups\":[\"%".into()];
        self.listed(environment.uuid(), Statement::new(sql, values)).await?.iter().map(take).collect()
    }

    /// The client that stands for all who registered with the metadata of this digest.
    pub async fn registered_as(&self, environment: EnvironmentId, digest: &str) -> Result<Option<Client>, StoreError> {
        let sql = "SELECT unused_since, body, secret_digest, secret_sealed, secret_created_at, secret_last_used,
                previous_digest, previous_sealed, previous_created_at, previous_last_used, previous_expires_at
             FROM applications WHERE environment_id = $1 AND registered_as = $2";
        let row = self.first(sql, vec![environment.uuid().into(), digest.into()]).await?;
        self.with_grants(environment, row).await
    }

    /// The environments in which a client that registered itself was given no token yet. An operator asks this, across environments.
    pub async fn with_unused_clients(&self) -> Result<Vec<EnvironmentId>, StoreError> {
        let sql =
            "SELECT DISTINCT environment_id FROM applications WHERE unused_since IS NOT NULL ORDER BY environment_id";
        self.rows(sql, vec![]).await?.iter().map(|row| row.uuid(0).map(EnvironmentId::new)).collect()
    }

    /// The clients that were given no token since `before`, `most` of those for the longest; none to whom an administrator gave
    /// something.
    pub async fn unused_clients(
        &self,
        environment: EnvironmentId,
        before: Time,
        most: i64,
    ) -> Result<Vec<UnusedClient>, StoreError> {
        let sql = "SELECT id, unused_since, version FROM applications a WHERE environment_id = $1 AND unused_since < $2
                AND NOT EXISTS (SELECT 1 FROM role_assignments r WHERE r.environment_id = $1 AND r.actor = a.id)
                AND NOT EXISTS (SELECT 1 FROM resource_grants g WHERE g.environment_id = $1 AND g.application_id = a.id)
                AND NOT EXISTS (SELECT 1 FROM application_attributes m WHERE m.environment_id = $1 AND m.application_id = a.id)
                AND NOT EXISTS (SELECT 1 FROM policy_assignments p WHERE p.environment_id = $1 AND p.application_id = a.id)
             ORDER BY unused_since, id LIMIT $3";
        let rows = self.rows(sql, vec![environment.uuid().into(), before.0.into(), most.into()]).await?;
        let unused = |row: &Row| {
            let (id, since) = (ApplicationId::new(row.uuid(0)?), time(row, 1)?);
            Ok(UnusedClient { id, since, version: row.i64(2)? })
        };
        rows.iter().map(unused).collect()
    }

    async fn with_grants(&self, environment: EnvironmentId, row: Option<Row>) -> Result<Option<Client>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let application: Application = take(&row)?;
        // With fewer of them it would be told of scopes that it does not hold.
        let grants = self.every(environment, &[application.id.uuid()]).await?;
        // With fewer of them somebody else might be told of, under the usual `sub`.
        let attributes: Vec<ApplicationAttribute> = self.every(environment, &[application.id.uuid()]).await?;
        let mappings = ApplicationMappings::of(&attributes);
        Ok(Some(Client { application, secrets: secrets(&row, 2)?, grants, mappings }))
    }

    /// The secrets of a resource; None where it is not there.
    pub async fn resource_secrets(
        &self,
        environment: EnvironmentId,
        id: ResourceId,
    ) -> Result<Option<SecretPair>, StoreError> {
        let sql = "SELECT secret_digest, secret_sealed, secret_created_at, secret_last_used,
                previous_digest, previous_sealed, previous_created_at, previous_last_used, previous_expires_at
             FROM resources WHERE environment_id = $1 AND id = $2";
        let row = self.first(sql, vec![environment.uuid().into(), id.uuid().into()]).await?;
        row.map(|row| secrets(&row, 0)).transpose()
    }
}

/// Both secrets, in nine columns from `at`.
fn secrets(row: &Row, at: usize) -> Result<SecretPair, StoreError> {
    let previous = secret(row, at + 4)?;
    let ends = |s| Ok::<_, StoreError>(ClientSecret { expires_at: opt_time(row, at + 8)?, ..s });
    Ok(SecretPair { current: secret(row, at)?, previous: previous.map(ends).transpose()? })
}

/// The secret in four columns from `at`.
fn secret(row: &Row, at: usize) -> Result<Option<ClientSecret>, StoreError> {
    let Some(digest) = row.opt_bytes(at)? else { return Ok(None) };
    let digest = digest.try_into().map_err(|_| unreadable("secret digest"))?;
    Ok(Some(ClientSecret {
        digest: SecretDigest::from_stored(digest),
        sealed: row.bytes(at + 1)?.to_vec(),
        created_at: time(row, at + 2)?,
        expires_at: None,
        last_used: opt_time(row, at + 3)?,
    }))
}
