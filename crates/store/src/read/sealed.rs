//! Everything that only the master key opens, page by page across all environments: what a rotation of that key goes through.

use protocol::id::{ApplicationId, EnvironmentId, FamilyId, IdentityProviderId, KeyPairId, ResourceId};
use protocol::model::SecretOf;
use protocol::sealed::{Place, Sealed};
use protocol::secret::TokenHash;

use crate::shape::unreadable;
use crate::{Reads, Row, Statement, StoreError, Value};

/// How far a walk through everything sealed has come.
#[derive(Clone, Debug)]
pub struct SealedWalk {
    table: usize,
    /// The key of the last row.
    after: Option<[Value; 2]>,
    /// Rows at a time.
    rows: i64,
}

impl SealedWalk {
    pub fn new(rows: i64) -> Self {
        Self { table: 0, after: None, rows }
    }
}

impl Reads {
    /// The next sealed values; None after the last.
    pub async fn next_sealed(&self, walk: &mut SealedWalk) -> Result<Option<Vec<Sealed>>, StoreError> {
        while let Some(table) = TABLES.get(walk.table) {
            let [environment, id] = walk.after.clone().unwrap_or_else(|| [Value::Bytes(Vec::new()), (table.first)()]);
            let rows = self.rows(table.sql, vec![environment, id, walk.rows.into()]).await?;
            let Some(last) = rows.last() else {
                (walk.table, walk.after) = (walk.table + 1, None);
                continue;
            };
            walk.after = Some([last.bytes(0)?.to_vec().into(), (table.id)(last)?]);
            let found: Vec<Vec<Sealed>> = rows.iter().map(table.read).collect::<Result<_, _>>()?;
            return Ok(Some(found.into_iter().flatten().collect()));
        }
        Ok(None)
    }

    /// What the database says of a rotation of its master key that is under way.
    pub async fn master_key_rotation(&self) -> Result<Option<String>, StoreError> {
        let exists = Statement::new(self.dialect().table_exists(), vec!["notes".into()]);
        if self.driver().read(exists).await?.is_empty() {
            return Ok(None);
        }
        let row = self.first("SELECT value FROM notes WHERE name = 'master_key_rotation'", vec![]).await?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// How many sessions of servers that open the database by `url` it has; None where it cannot tell, as a file cannot.
    pub async fn sessions_by(&self, url: &str) -> Result<Option<i64>, StoreError> {
        if self.dialect() == crate::Dialect::Sqlite {
            return Ok(None);
        }
        // PostgreSQL keeps 63 octets of a name.
        let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = left($1, 63)";
        self.first(sql, vec![crate::postgres::application(url)?.into()]).await?.map(|row| row.i64(0)).transpose()
    }
}

/// A table with sealed values.
struct Table {
    sql: &'static str,
    /// What is less than every id.
    first: fn() -> Value,
    id: fn(&Row) -> Result<Value, StoreError>,
    read: fn(&Row) -> Result<Vec<Sealed>, StoreError>,
}

const TABLES: [Table; 6] = [
    Table {
        sql: "SELECT environment_id, kid, sealed FROM signing_keys WHERE (environment_id, kid) > ($1, $2)
             ORDER BY environment_id, kid LIMIT $3",
        first: || Value::word(""),
        id: |row| Ok(row.text(1)?.into()),
        read: |row| {
            let place = Place::SigningKey(environment(row)?, row.text(1)?.to_owned());
            Ok(vec![Sealed { place, value: row.bytes(2)?.to_vec() }])
        },
    },
    Table {
        sql: "SELECT environment_id, id, sealed FROM keys WHERE (environment_id, id) > ($1, $2)
             ORDER BY environment_id, id LIMIT $3",
        first: || Value::Bytes(Vec::new()),
        id: |row| Ok(row.bytes(1)?.to_vec().into()),
        read: |row| {
            let place = Place::KeyPair(environment(row)?, KeyPairId::new(row.uuid(1)?));
            Ok(vec![Sealed { place, value: row.bytes(2)?.to_vec() }])
        },
    },
    Table {
        sql: "SELECT environment_id, id, secret_sealed, previous_sealed FROM applications WHERE (environment_id, id) > ($1, $2)
             AND (secret_sealed IS NOT NULL OR previous_sealed IS NOT NULL) ORDER BY environment_id, id LIMIT $3",
        first: || Value::Bytes(Vec::new()),
        id: |row| Ok(row.bytes(1)?.to_vec().into()),
        read: |row| secrets(row, ApplicationId::new(row.uuid(1)?).into()),
    },
    Table {
        sql: "SELECT environment_id, id, secret_sealed, previous_sealed FROM resources WHERE (environment_id, id) > ($1, $2)
             AND (secret_sealed IS NOT NULL OR previous_sealed IS NOT NULL) ORDER BY environment_id, id LIMIT $3",
        first: || Value::Bytes(Vec::new()),
        id: |row| Ok(row.bytes(1)?.to_vec().into()),
        read: |row| secrets(row, ResourceId::new(row.uuid(1)?).into()),
    },
    Table {
        sql: "SELECT environment_id, id, secret_sealed FROM identity_providers WHERE (environment_id, id) > ($1, $2)
             ORDER BY environment_id, id LIMIT $3",
        first: || Value::Bytes(Vec::new()),
        id: |row| Ok(row.bytes(1)?.to_vec().into()),
        read: |row| {
            let place = Place::ProviderSecret(environment(row)?, IdentityProviderId::new(row.uuid(1)?));
            let value = row.bytes(2)?.to_vec();
            // A type without a secret has nothing sealed.
            Ok(if value.is_empty() { Vec::new() } else { vec![Sealed { place, value }] })
        },
    },
    Table {
        sql: "SELECT environment_id, hash, family_id, generation, sealed_successor FROM refresh_tokens
             WHERE (environment_id, hash) > ($1, $2) AND sealed_successor IS NOT NULL ORDER BY environment_id, hash LIMIT $3",
        first: || Value::Bytes(Vec::new()),
        id: |row| Ok(row.bytes(1)?.to_vec().into()),
        read: |row| {
            let place = Place::Successor {
                environment: environment(row)?,
                token: TokenHash::from_stored(row.bytes(1)?.try_into().map_err(|_| unreadable("hash"))?),
                family: FamilyId::new(row.uuid(2)?),
                generation: row.i64(3)?,
            };
            Ok(vec![Sealed { place, value: row.bytes(4)?.to_vec() }])
        },
    },
];

/// The secrets of one, the present one and the one before.
fn secrets(row: &Row, of: SecretOf) -> Result<Vec<Sealed>, StoreError> {
    let environment = environment(row)?;
    let current = (Place::Secret(environment, of), row.opt_bytes(2)?);
    let previous = (Place::PreviousSecret(environment, of), row.opt_bytes(3)?);
    let kept = [current, previous].into_iter().filter_map(|(place, value)| Some((place, value?.to_vec())));
    Ok(kept.map(|(place, value)| Sealed { place, value }).collect())
}

fn environment(row: &Row) -> Result<EnvironmentId, StoreError> {
    row.uuid(0).map(EnvironmentId::new)
}
