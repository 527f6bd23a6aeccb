//! Putting right what processes of earlier releases leave: they may still run beside this one, and write without counting, and
//! without a look at groups.

use std::fmt::Write as _;
use std::sync::OnceLock;

use protocol::change::Change;
use protocol::id::{EnvironmentId, GroupId};
use protocol::model::{Key, ObjectKind};
use uuid::Uuid;

use crate::kinds::kind;
use crate::{Extent, Row, Statement, Store, StoreError, Value, Work};

/// What came of all that was looked at.
#[derive(Default)]
struct Tally {
    wrong: u64,
    failed: Option<StoreError>,
}

impl Tally {
    /// False when nothing more can come of it.
    fn add(&mut self, outcome: Result<u64, StoreError>) -> bool {
        match outcome {
            Ok(wrong) => self.wrong += wrong,
            Err(error) => {
                let ends = matches!(error, StoreError::Unavailable(_));
                self.failed.get_or_insert(error);
                return !ends;
            }
        }
        true
    }
}

impl Store {
    /// Compares every counter, and who is in which group, with what is there, and puts right what differs. Returns how many were
    /// wrong.
    ///
    /// # Errors
    /// The first that occurred. One environment that takes too long keeps none of the others from being looked at; a database that
    /// does not answer does.
    pub async fn recount(&self) -> Result<u64, StoreError> {
        let mut tally = Tally::default();
        let mut goes_on = true;
        let sql = "SELECT id FROM environments UNION ALL SELECT id FROM organizations";
        for owner in self.looked_at(sql, vec![]).await? {
            let owner = owner.uuid(0)?;
            goes_on = goes_on
                && tally.add(self.end_groups(owner).await)
                && tally.add(self.end_members(owner).await)
                && tally.add(self.end_nestings(owner).await)
                && tally.add(self.put_right(owner, MEMBERS_COUNTED, vec![owner.into()], members_counted).await)
                && tally.add(
                    self.put_right(owner, differences(), vec![owner.into(), CORRECTIONS.into()], correction).await,
                );
            if !goes_on {
                break;
            }
        }
        tally.failed.map_or(Ok(tally.wrong), Err)
    }

    /// Groups of a population that is gone.
    async fn end_groups(&self, owner: Uuid) -> Result<u64, StoreError> {
        let sql = "SELECT g.id FROM groups g WHERE g.environment_id = $1 AND g.population_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM populations p WHERE p.environment_id = $1 AND p.id = g.population_id)";
        let mut wrong = 0;
        for row in self.looked_at(sql, vec![owner.into()]).await? {
            let key = Key::Group(EnvironmentId::new(owner), GroupId::new(row.uuid(0)?));
            wrong += mended(self.commit(vec![Change::Remove(key)]).await)?;
        }
        Ok(wrong)
    }

    /// Members who are gone, or went to another population than their group's, and members of groups that are gone. They are many, so
    /// they are looked at in parts.
    async fn end_members(&self, owner: Uuid) -> Result<u64, StoreError> {
        let (mut wrong, mut after) = (0, [Uuid::nil(); 2]);
        loop {
            let rows = self.looked_at(MEMBERS, vec![owner.into(), after[0].into(), after[1].into()]).await?;
            for row in &rows {
                after = [row.uuid(0)?, row.uuid(1)?];
                if row.i64(2)? != 0 {
                    wrong += mended(self.driver().commit(leaves(owner, after).into()).await)?;
                }
            }
            if rows.len() < PART {
                return Ok(wrong);
            }
        }
    }

    /// Nestings of groups that are gone.
    async fn end_nestings(&self, owner: Uuid) -> Result<u64, StoreError> {
        self.put_right(owner, NESTINGS, vec![owner.into()], |owner, row| {
            let sql = "DELETE FROM group_nestings WHERE environment_id = $1 AND child_id = $2 AND parent_id = $3";
            Ok(Statement::new(sql, vec![owner.into(), row.uuid(0)?.into(), row.uuid(1)?.into()]).one())
        })
        .await
    }

    /// Finds what is wrong, and commits for each row of it what mends it.
    async fn put_right(
        &self,
        owner: Uuid,
        find: &'static str,
        values: Vec<Value>,
        mend: impl Fn(Uuid, &Row) -> Result<Statement, StoreError>,
    ) -> Result<u64, StoreError> {
        let mut wrong = 0;
        for row in self.looked_at(find, values).await? {
            wrong += mended(self.driver().commit(vec![mend(owner, &row)?]).await)?;
        }
        Ok(wrong)
    }

    pub(super) async fn looked_at(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let work = Work { extent: Extent::Scan, time: self.times.scan };
        Ok(self.driver().list(Statement::new(sql, values), work).await?.rows)
    }
}

/// Whether it was this process that did it: another may have been quicker.
fn mended(outcome: Result<(), StoreError>) -> Result<u64, StoreError> {
    match outcome {
        Ok(()) => Ok(1),
        Err(StoreError::Lost { .. } | StoreError::Conflict { .. }) => Ok(0),
        Err(error) => Err(error),
    }
}

/// The user is no member any more, unless they came to fit meanwhile or somebody else took them out.
fn leaves(environment: Uuid, [user, group]: [Uuid; 2]) -> [Statement; 2] {
    let count = "UPDATE groups SET direct_users = direct_users - 1 WHERE environment_id = $1 AND id = $2 AND EXISTS (
            SELECT 1 FROM group_members m WHERE m.environment_id = $1 AND m.user_id = $3 AND m.group_id = $2 AND m.direct)";
    let leave = "DELETE FROM group_members WHERE environment_id = $1 AND user_id = $2 AND group_id = $3 AND NOT EXISTS (
            SELECT 1 FROM users u JOIN groups g ON g.environment_id = u.environment_id
            WHERE u.environment_id = $1 AND u.id = $2 AND g.id = $3 AND (g.population_id IS NULL OR g.population_id = u.population_id))";
    [
        Statement::new(count, vec![environment.into(), group.into(), user.into()]),
        Statement::new(leave, vec![environment.into(), user.into(), group.into()]).one(),
    ]
}

/// Counts the group's members anew. Who comes or goes meanwhile changes what was counted, and then it is left to the next time.
fn members_counted(environment: Uuid, row: &Row) -> Result<Statement, StoreError> {
    let sql = "UPDATE groups SET direct_users = (SELECT COUNT(*) FROM group_members m WHERE m.environment_id = $1 AND m.group_id = $2 AND m.direct)
         WHERE environment_id = $1 AND id = $2 AND direct_users = $3";
    Ok(Statement::new(sql, vec![environment.into(), row.uuid(0)?.into(), row.i64(1)?.into()]).one())
}

/// Adds what is missing, unless the corrections are not what they were when it was found: then somebody else did.
fn correction(owner: Uuid, row: &Row) -> Result<Statement, StoreError> {
    let mut values: Vec<Value> =
        vec![owner.into(), row.text(0)?.into(), row.uuid(1)?.into(), CORRECTIONS.into(), row.i64(2)?.into()];
    Ok(match row.opt_i64(3)? {
        None => Statement::new(
            "INSERT INTO counts (owner_id, kind, of_id, slot, value) VALUES ($1, $2, $3, $4, $5)",
            values,
        ),
        Some(was) => {
            values.push(was.into());
            let sql = "UPDATE counts SET value = value + $5 WHERE owner_id = $1 AND kind = $2 AND of_id = $3 AND slot = $4 AND value = $6";
            Statement::new(sql, values).one()
        }
    })
}

const MEMBERS: &str = "SELECT m.user_id, m.group_id,
        CAST(CASE WHEN u.id IS NULL OR g.id IS NULL OR g.population_id <> u.population_id THEN 1 ELSE 0 END AS BIGINT)
     FROM (SELECT user_id, group_id FROM group_members WHERE environment_id = $1 AND (user_id, group_id) > ($2, $3)
        ORDER BY user_id, group_id LIMIT 5000) AS m
     LEFT JOIN users u ON u.environment_id = $1 AND u.id = m.user_id
     LEFT JOIN groups g ON g.environment_id = $1 AND g.id = m.group_id ORDER BY m.user_id, m.group_id";
/// As many as [`MEMBERS`] looks at.
const PART: usize = 5000;
const NESTINGS: &str = "SELECT n.child_id, n.parent_id FROM group_nestings n WHERE n.environment_id = $1 AND (
        NOT EXISTS (SELECT 1 FROM groups g WHERE g.environment_id = $1 AND g.id = n.child_id)
        OR NOT EXISTS (SELECT 1 FROM groups g WHERE g.environment_id = $1 AND g.id = n.parent_id))";
const MEMBERS_COUNTED: &str =
    "SELECT g.id, g.direct_users FROM groups g WHERE g.environment_id = $1 AND g.direct_users <>
        (SELECT COUNT(*) FROM group_members m WHERE m.environment_id = $1 AND m.group_id = g.id AND m.direct)";
/// What each counter of owner `$1` lacks, and what was corrected so far: read at one moment, so what is written meanwhile
/// changes both sides or neither.
fn differences() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut there = String::new();
        for kind in ObjectKind::ALL.into_iter().map(kind).filter(|kind| kind.counted) {
            let (table, owner) = (kind.table, if kind.is_within() { "environment_id" } else { "organization_id" });
            let part = kind.part().unwrap_or(owner);
            // Writing to a String cannot fail.
            let _ = write!(
                there,
                "SELECT '{table}' AS kind, {part} AS of_id, COUNT(*) AS there, CAST(NULL AS BIGINT) AS corrected FROM {table}
                    WHERE {owner} = $1 GROUP BY {part} UNION ALL "
            );
        }
        format!(
            "SELECT kind, of_id, CAST(SUM(there) AS BIGINT), MAX(corrected) FROM (
                {there}SELECT kind, of_id, -value, CASE WHEN slot = $2 THEN value END FROM counts WHERE owner_id = $1
            ) AS sides GROUP BY kind, of_id HAVING SUM(there) <> 0"
        )
    })
}

/// The slot that no process counts in.
const CORRECTIONS: i64 = -1;
