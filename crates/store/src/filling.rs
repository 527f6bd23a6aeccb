//! Going through the users of an environment for a group whose filter changed, some at a time and in the order of their ids.
//!
//! How far it has come stands in `group_fillings` and is moved in the commit that does the work: whoever dies is continued by another,
//! of two that do the same one does it, and a filter that changes meanwhile begins anew. A user who is written at the same time is
//! left to whoever writes them ([`crate::commit`]).

use std::collections::HashSet;

use protocol::id::{EnvironmentId, GroupId, PopulationId, UserId};
use protocol::model::{FoundUser, ObjectKind, User, UserFilter};
use protocol::time::Time;
use uuid::Uuid;

use crate::kinds::kind;
use crate::row::walk::take;
use crate::{Dialect, Reads, Statement, Store, StoreError, Value, placeholders};

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// There are users left.
    Partly,
    /// Another process did it, or the filter changed.
    Elsewhere,
    Wholly,
}

/// What is to be done.
struct Filling {
    revision: i64,
    after: Option<Uuid>,
    population: Option<PopulationId>,
    /// None: nobody is in the group by a filter.
    filter: Option<UserFilter>,
}

/// A user whose membership is not as the filter wants it.
struct Wrong {
    user: UserId,
    version: i64,
    meets: bool,
}

impl Reads {
    /// The groups whose users must be gone through, some of them.
    pub async fn fillings(&self) -> Result<Vec<(EnvironmentId, GroupId)>, StoreError> {
        let sql = "SELECT environment_id, group_id FROM group_fillings ORDER BY environment_id, group_id LIMIT 100";
        let rows = self.driver().read(Statement::new(sql, vec![])).await?;
        rows.iter().map(|row| Ok((EnvironmentId::new(row.uuid(0)?), GroupId::new(row.uuid(1)?)))).collect()
    }

    async fn filling(&self, environment: EnvironmentId, group: GroupId) -> Result<Option<Filling>, StoreError> {
        let sql = "SELECT f.revision, f.after_id, g.population_id, g.user_filter FROM group_fillings f
             JOIN groups g ON g.environment_id = f.environment_id AND g.id = f.group_id WHERE f.environment_id = $1 AND f.group_id = $2";
        let rows =
            self.driver().read(Statement::new(sql, vec![environment.uuid().into(), group.uuid().into()])).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let filter = row.opt_text(3)?.map(UserFilter::read).transpose();
        Ok(Some(Filling {
            revision: row.i64(0)?,
            after: row.opt_uuid(1)?,
            population: row.opt_uuid(2)?.map(PopulationId::new),
            // The newer process that wrote it does it.
            filter: filter.map_err(|_| StoreError::Unreadable("a group's filter".to_owned()))?,
        }))
    }

    /// The next users, each in their version, and the last id of them; None where there are no more.
    async fn next_users(
        &self,
        environment: EnvironmentId,
        filling: &Filling,
    ) -> Result<(Vec<User>, Option<Uuid>), StoreError> {
        let rows = self.driver().read(next(environment, filling.after)).await?;
        let mut users = rows.iter().map(take::<User>).collect::<Result<Vec<_>, _>>()?;
        let known = self.filters(&[environment], true).await?;
        for user in &mut users {
            user.custom.0.retain(|value| known.values().any(|known| known.has(value.attribute)));
        }
        let last = users.last().map(|user| user.id.uuid()).filter(|_| users.len() >= AT_ONCE);
        Ok((users, last))
    }

    /// Who between the two ids is in the group by its filter.
    async fn in_by_filter(
        &self,
        environment: EnvironmentId,
        group: GroupId,
        (after, last): (Option<Uuid>, Option<Uuid>),
    ) -> Result<HashSet<UserId>, StoreError> {
        let rows = self.driver().read(between(environment, group, (after, last))).await?;
        rows.iter().map(|row| row.uuid(0).map(UserId::new)).collect()
    }
}

impl Store {
    /// Goes through the next users for the group.
    ///
    /// # Errors
    /// What the database says; [`StoreError::Unreadable`] for a filter, or a user, of a newer version.
    pub async fn fill_group(&self, environment: EnvironmentId, group: GroupId, at: Time) -> Result<Filled, StoreError> {
        let Some(filling) = self.filling(environment, group).await? else { return Ok(Filled::Wholly) };
        let (users, last) = self.next_users(environment, &filling).await?;
        let within = self.in_by_filter(environment, group, (filling.after, last)).await?;
        let wrong = users.iter().filter_map(|user| wrong(user, &filling, &within));
        let mut batch = vec![moved(environment, group, &filling, last)];
        batch.extend(put_right(self.dialect(), (environment, group), &wrong.collect::<Vec<_>>(), at));
        match self.driver().commit(batch).await {
            Ok(()) if last.is_some() => Ok(Filled::Partly),
            Ok(()) => Ok(Filled::Wholly),
            Err(StoreError::Lost { .. }) => Ok(Filled::Elsewhere),
            Err(error) => Err(error),
        }
    }
}

pub(crate) fn next(environment: EnvironmentId, after: Option<Uuid>) -> Statement {
    let select = kind(ObjectKind::User).selected("");
    let mut values = vec![environment.uuid().into()];
    let after = after.map_or("", |after| {
        values.push(after.into());
        " AND id > $2"
    });
    let sql = format!("SELECT {select} FROM users WHERE environment_id = $1{after} ORDER BY id LIMIT {AT_ONCE}");
    Statement::new(sql, values)
}

pub(crate) fn between(
    environment: EnvironmentId,
    group: GroupId,
    (after, last): (Option<Uuid>, Option<Uuid>),
) -> Statement {
    let mut sql = IN_BY_FILTER.to_owned();
    let mut values: Vec<Value> = vec![environment.uuid().into(), group.uuid().into()];
    for (bound, compared) in [(after, ">"), (last, "<=")] {
        if let Some(bound) = bound {
            values.push(bound.into());
            sql = format!("{sql} AND user_id {compared} ${}", values.len());
        }
    }
    Statement::new(sql, values)
}

fn wrong(user: &User, filling: &Filling, within: &HashSet<UserId>) -> Option<Wrong> {
    let meets = filling.population.is_none_or(|own| own == user.population)
        && filling.filter.as_ref().is_some_and(|filter| filter.meets(&FoundUser::of(user)));
    (meets != within.contains(&user.id)).then_some(Wrong { user: user.id, version: user.version, meets })
}

/// The guard: nobody did this part before, and the filter is the same.
fn moved(environment: EnvironmentId, group: GroupId, filling: &Filling, last: Option<Uuid>) -> Statement {
    let mut values: Vec<Value> =
        vec![environment.uuid().into(), group.uuid().into(), filling.revision.into(), filling.after.into()];
    let own = "environment_id = $1 AND group_id = $2 AND revision = $3 AND after_id IS NOT DISTINCT FROM $4";
    let sql = if last.is_some() {
        values.push(last.into());
        format!("UPDATE group_fillings SET after_id = $5 WHERE {own}")
    } else {
        format!("DELETE FROM group_fillings WHERE {own}")
    };
    Statement::new(sql, values).one()
}

fn put_right(
    dialect: Dialect,
    (environment, group): (EnvironmentId, GroupId),
    wrong: &[Wrong],
    at: Time,
) -> Vec<Statement> {
    let mut statements = Vec::with_capacity(wrong.len() * 2 + 1);
    if dialect == Dialect::Postgres && !wrong.is_empty() {
        // Whoever writes one of them is waited for, and is seen by what comes then; whoever comes later waits.
        let sql = format!(
            "SELECT 1 FROM users WHERE environment_id = $1 AND id IN ({}) ORDER BY id FOR SHARE",
            placeholders(2, wrong.len())
        );
        let ids = std::iter::once(environment.uuid()).chain(wrong.iter().map(|one| one.user.uuid()));
        statements.push(Statement::new(sql, ids.map(Value::from).collect()));
    }
    for Wrong { user, version, meets } in wrong {
        let values = || -> Vec<Value> {
            vec![environment.uuid().into(), user.uuid().into(), group.uuid().into(), (*version).into()]
        };
        if *meets {
            let mut values = values();
            values.push(at.0.into());
            statements.push(Statement::new(ENTERS, values));
        } else {
            statements.extend([UNFILTERED, LEAVES].map(|sql| Statement::new(sql, values())));
        }
    }
    statements
}

/// The user is as they were seen.
macro_rules! unchanged {
    () => {
        "EXISTS (SELECT 1 FROM users u WHERE u.environment_id = $1 AND u.id = $2 AND u.version = $4)"
    };
}

const ENTERS: &str = "INSERT INTO group_members (environment_id, user_id, group_id, created_at, direct, filtered)
     SELECT u.environment_id, u.id, g.id, $5, FALSE, TRUE FROM users u JOIN groups g ON g.environment_id = u.environment_id
     WHERE u.environment_id = $1 AND u.id = $2 AND g.id = $3 AND u.version = $4
     ON CONFLICT (environment_id, user_id, group_id) DO UPDATE SET filtered = TRUE WHERE NOT group_members.filtered";
const UNFILTERED: &str = concat!(
    "UPDATE group_members SET filtered = FALSE WHERE environment_id = $1 AND user_id = $2 AND group_id = $3 AND filtered AND direct AND ",
    unchanged!()
);
const LEAVES: &str = concat!(
    "DELETE FROM group_members WHERE environment_id = $1 AND user_id = $2 AND group_id = $3 AND filtered AND NOT direct AND ",
    unchanged!()
);
const IN_BY_FILTER: &str = "SELECT user_id FROM group_members WHERE environment_id = $1 AND group_id = $2 AND filtered";
/// Users that one commit goes through.
const AT_ONCE: usize = 500;
