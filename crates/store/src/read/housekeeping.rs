//! Following other nodes' changes.

use std::collections::BTreeMap;

use protocol::id::EnvironmentId;

use crate::{Reads, Statement, Store, StoreError};

/// How far the counters of configuration changes have come: one for each slot that processes write, and the one of the version
/// before, for all environments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions(BTreeMap<i64, Revision>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Revision {
    value: i64,
    /// How much of it processes of the version before can know.
    told: i64,
}

impl Revisions {
    /// Whether the history went back since `earlier`: after a failover that lost some of it, or a restore.
    pub fn went_back_since(&self, earlier: &Self) -> bool {
        earlier.0.iter().any(|(slot, was)| self.value(*slot) < was.value)
    }

    fn value(&self, slot: i64) -> i64 {
        self.0.get(&slot).map_or(0, |revision| revision.value)
    }
}

/// Of slots and how far each has come.
impl FromIterator<(i64, i64)> for Revisions {
    fn from_iter<T: IntoIterator<Item = (i64, i64)>>(slots: T) -> Self {
        Self(slots.into_iter().map(|(slot, value)| (slot, Revision { value, told: value })).collect())
    }
}

impl Reads {
    /// The latest revisions, and the environments that were configured after `after`.
    ///
    /// A commit that configures raises the counter of its slot first and holds its row to the end: so whatever has a revision up to
    /// the one that is read here can be read as well, and nobody passes one over.
    pub async fn revisions(&self, after: &Revisions) -> Result<(Revisions, Vec<EnvironmentId>), StoreError> {
        let sql = "SELECT slot, value, told FROM change_slots UNION ALL SELECT -1, value, value FROM change_counter WHERE id = 1";
        let mut latest = Revisions::default();
        for row in self.rows(sql, vec![]).await? {
            latest.0.insert(row.i64(0)?, Revision { value: row.i64(1)?, told: row.i64(2)? });
        }
        let mut changed = Vec::new();
        for (slot, revision) in &latest.0 {
            let after = after.value(*slot);
            if after < revision.value {
                changed.extend(self.configured(*slot, after).await?);
            }
        }
        changed.sort_unstable();
        changed.dedup();
        Ok((latest, changed))
    }

    async fn configured(&self, slot: i64, after: i64) -> Result<Vec<EnvironmentId>, StoreError> {
        let rows = if slot == BEFORE {
            let sql = "SELECT environment_id FROM environment_revisions WHERE revision > $1";
            self.rows(sql, vec![after.into()]).await?
        } else {
            let sql = "SELECT environment_id FROM changed_environments WHERE slot = $1 AND revision > $2";
            self.rows(sql, vec![slot.into(), after.into()]).await?
        };
        rows.iter().map(|row| row.uuid(0).map(EnvironmentId::new)).collect()
    }
}

impl Store {
    /// Repeats for processes of the version before what they cannot know of these revisions. One of several processes that try
    /// does it.
    pub async fn tell_older(&self, latest: &Revisions) -> Result<(), StoreError> {
        for (slot, Revision { value, told }) in latest.0.iter().filter(|(_, revision)| revision.told < revision.value) {
            let values = || vec![(*slot).into(), (*told).into(), (*value).into()];
            let claim = "UPDATE change_slots SET told = $3 WHERE slot = $1 AND told = $2";
            let repeat = "INSERT INTO environment_revisions (environment_id, revision)
                 SELECT environment_id, (SELECT value FROM change_counter WHERE id = 1) FROM changed_environments
                 WHERE slot = $1 AND revision > $2 AND revision <= $3
                 ON CONFLICT (environment_id) DO UPDATE SET revision = excluded.revision";
            let batch = vec![
                Statement::new(claim, values()).one(),
                Statement::new("UPDATE change_counter SET value = value + 1 WHERE id = 1", vec![]),
                Statement::new(repeat, values()),
            ];
            match self.driver().commit(batch).await {
                // Another one did.
                Ok(()) | Err(StoreError::Lost { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// No slot: where processes of the version before count.
const BEFORE: i64 = -1;
