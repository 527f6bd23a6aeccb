//! Deleting what has expired, in commits so small that no request behind one waits long for it.

use std::time::Duration;

use protocol::time::Time;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{Dialect, Extent, Manner, Statement, Store, StoreError, Value, Work};

/// What of a table is due. Found by an index on the time.
pub(crate) struct Due {
    /// Up to the rows that are meant.
    statement: &'static str,
    pub(crate) table: &'static str,
    key: &'static str,
    time: &'static str,
}

impl Store {
    /// Deletes what expired at least an hour ago, so that a replay shortly after is still recognised, activities from
    /// before `activities_before`, or from before what their environment keeps, and what environments left that are gone.
    /// Returns 1 when it ran: the drivers do not count rows.
    pub async fn purge(&self, now: Time, activities_before: Time) -> Result<u64, StoreError> {
        let before = now.plus(-RECOGNISED);
        for due in EXPIRED {
            self.purge_due(due, None, before).await?;
        }
        self.purge_due(&ACTIVITIES, None, activities_before).await?;
        for (environment, days) in self.own_days().await? {
            let own = now.plus(-days.saturating_mul(DAY));
            if own > activities_before {
                self.purge_due(&ACTIVITIES, Some(environment), own).await?;
            }
        }
        self.purge_families(before).await?;
        self.end_what_has_no_environment().await?;
        Ok(1)
    }

    /// The environments that say for how many days they keep activities.
    async fn own_days(&self) -> Result<Vec<(Uuid, i64)>, StoreError> {
        let rows = self.driver().list(Statement::new(OWN_DAYS, vec![]), self.unhurried()).await?.rows;
        rows.iter().map(|row| Ok((row.uuid(0)?, row.i64(1)?))).collect()
    }

    /// Of everybody, or of one environment.
    async fn purge_due(&self, due: &Due, of: Option<Uuid>, before: Time) -> Result<(), StoreError> {
        // Its own: what a row of another table took says nothing of these.
        let mut pace = Pace::default();
        let (first, some) = due.texts(self.dialect(), of.is_some());
        // A code that ended early has the time of that as a negative one, and is due when that is long ago.
        let mut from = 1_i64.saturating_sub(before.0);
        loop {
            let values = [from.into(), before.0.into()].into_iter().chain(of.map(Value::from)).collect::<Vec<_>>();
            let found = self.driver().list(Statement::new(first.clone(), values.clone()), self.unhurried()).await?.rows;
            let Some(row) = found.first() else { return Ok(()) };
            // PostgreSQL keeps what was deleted in its indices for a while: nobody goes through that again with every batch.
            from = row.i64(0)?;
            let mut values = values;
            values[0] = from.into();
            values.push(pace.rows());
            self.paced(vec![Statement::new(some.clone(), values)], &mut pace).await?;
        }
    }

    /// Where there is no index it is long.
    fn unhurried(&self) -> Work {
        Work { extent: Extent::Scan, time: self.times.scan * UNHURRIED }
    }

    /// An access token can outlive the line of refresh tokens that gave it, and its family tells whether it was revoked: so a
    /// family goes after its last access token. They are looked for beside the requests: after a while without a purge they are many.
    async fn purge_families(&self, before: Time) -> Result<(), StoreError> {
        let (work, mut pace) = (self.unhurried(), Pace::default());
        loop {
            let due = Statement::new(FAMILIES, vec![before.0.into(), FAMILIES_AT_ONCE.into()]);
            let rows = self.driver().list(due, work).await?.rows;
            let mut left = rows.as_slice();
            while !left.is_empty() {
                let (some, others) = left.split_at(left.len().min(pace.rows));
                // In the order of their keys, as several processes delete them: so none waits for one that waits for it.
                let keys = some.iter().map(|row| Ok((row.uuid(0)?, row.uuid(1)?)));
                let mut keys = keys.collect::<Result<Vec<_>, StoreError>>()?;
                keys.sort_unstable();
                let sql = "DELETE FROM families WHERE environment_id = $1 AND id = $2";
                let delete = |(environment, id): (Uuid, Uuid)| Statement::new(sql, vec![environment.into(), id.into()]);
                self.paced(keys.into_iter().map(delete).collect(), &mut pace).await?;
                left = others;
            }
            if (rows.len() as i64) < FAMILIES_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// Commits, and leaves the writer to others for as long as that took.
    pub(crate) async fn paced(&self, batch: Vec<Statement>, pace: &mut Pace) -> Result<(), StoreError> {
        let begun = Instant::now();
        self.driver().commit_as(batch, Manner { long: true, ..Manner::default() }).await?;
        let took = begun.elapsed();
        pace.follow(took);
        tokio::time::sleep(took).await;
        Ok(())
    }
}

impl Due {
    /// What finds the time of the first that is due from `$1` to before `$2`, of the environment `$3`, and what deletes some. The order
    /// names the index: an engine that believes many rows to be due would look for the first of them row by row. Where several processes
    /// delete, each takes the rows in that order, so that none waits for one that waits for it.
    pub(crate) fn texts(&self, dialect: Dialect, within: bool) -> (String, String) {
        let Due { statement, table, key, time } = self;
        let due = if within {
            let by = format!("environment_id, {time}");
            format!("FROM {table} WHERE ({by}) >= ($3, $1) AND ({by}) < ($3, $2) ORDER BY {by}")
        } else {
            format!("FROM {table} WHERE {time} >= $1 AND {time} < $2 ORDER BY {time}")
        };
        let limit = if within { 4 } else { 3 };
        let held = if dialect == Dialect::Postgres { " FOR UPDATE" } else { "" };
        let some = format!("{statement} WHERE ({key}) IN (SELECT {key} {due} LIMIT ${limit}{held})");
        (format!("SELECT {time} {due} LIMIT 1"), some)
    }
}

/// How many rows go in one commit: as many as the database deletes in a part of [`TURN`]. That others wait for the writer too counts
/// as its time, so under load there are fewer.
#[derive(Debug)]
pub(crate) struct Pace {
    rows: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { rows: FIRST }
    }
}

impl Pace {
    /// As a statement's parameter.
    pub(crate) fn rows(&self) -> Value {
        Value::I64(self.rows as i64)
    }

    fn follow(&mut self, took: Duration) {
        if took > TURN / 5 {
            self.rows = (self.rows / 2).max(FEWEST);
        } else if took < TURN / 20 {
            self.rows = (self.rows * 2).min(MOST);
        }
    }
}

pub(crate) const EXPIRED: &[Due] = &[
    expired("DELETE FROM flows", "flows", "environment_id, id"),
    expired("DELETE FROM access_tokens", "access_tokens", "environment_id, hash"),
    expired("DELETE FROM refresh_tokens", "refresh_tokens", "environment_id, hash"),
    expired("DELETE FROM sessions", "sessions", "environment_id, id"),
    Due {
        statement: "UPDATE applications SET previous_digest = NULL, previous_sealed = NULL, previous_created_at = NULL, previous_expires_at = NULL, previous_last_used = NULL",
        table: "applications",
        key: "environment_id, id",
        time: "previous_expires_at",
    },
    expired("DELETE FROM used_assertions", "used_assertions", "environment_id, application_id, hash"),
    // A sign-on that began with one may take longer than the reference lives: the hour is its time.
    expired("DELETE FROM pushed_requests", "pushed_requests", "environment_id, hash"),
    expired("DELETE FROM initial_access_tokens", "initial_access_tokens", "environment_id, id"),
    expired("DELETE FROM password_history", "password_history", "environment_id, user_id, hash"),
    expired("DELETE FROM mailed_codes", "mailed_codes", "environment_id, user_id, kind"),
    expired("DELETE FROM participations", "participations", "environment_id, session_id, application_id, issuer"),
    expired("DELETE FROM codes", "codes", "environment_id, hash"),
];

const fn expired(statement: &'static str, table: &'static str, key: &'static str) -> Due {
    Due { statement, table, key, time: "expires_at" }
}

pub(crate) const ACTIVITIES: Due =
    Due { statement: "DELETE FROM activities", table: "activities", key: "environment_id, id", time: "at" };
const OWN_DAYS: &str = "SELECT id, activity_retention_days FROM environments WHERE activity_retention_days > 0";
/// Those that are due.
pub(crate) const FAMILIES: &str = "SELECT environment_id, id FROM families WHERE expires_at < $1
     AND NOT EXISTS (SELECT 1 FROM access_tokens t WHERE t.environment_id = families.environment_id AND t.family_id = families.id)
     ORDER BY expires_at, environment_id, id LIMIT $2";
const RECOGNISED: i64 = 3600;
const DAY: i64 = 86_400;
/// Nobody waits for it, and it comes once in some minutes: so it may take as long as this many lists.
const UNHURRIED: u32 = 10;
/// More would be a burden to keep.
const FAMILIES_AT_ONCE: i64 = 50_000;
/// What the writer may be held at a time. Batches aim at a fifth of it: the next may take as much longer as its pages are further away.
const TURN: Duration = Duration::from_millis(50);
const FIRST: usize = 100;
const FEWEST: usize = 10;
pub(crate) const MOST: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    /// F14: as many rows as fit into a fifth of a turn, whatever the database takes for one.
    #[test]
    fn the_pace_follows_the_database() {
        for (micros_a_row, fits) in [(1, MOST), (50, 200), (1_000, FEWEST), (100_000, FEWEST)] {
            let mut pace = Pace::default();
            for _ in 0..50 {
                let took = Duration::from_micros(pace.rows as u64 * micros_a_row);
                pace.follow(took);
            }
            assert!((fits / 4..=fits * 2).contains(&pace.rows), "{micros_a_row}: {}", pace.rows);
            assert!(micros_a_row > 1_000 || pace.rows as u64 * micros_a_row <= 50_000);
        }
    }
}
