//! Statements of who is in which group by its filter: in the commit that writes the user, and in the one that changes a filter.
//!
//! A writer of users decides by the filters that they know, and holds their revision until the commit; whoever changes a filter
//! raises it and waits for those writers. So each user is seen by a filter: by whoever writes them afterwards, or, as they were
//! before, by those who go through all of them ([`crate::filling`]).

use protocol::change::{Change, Guard};
use protocol::id::{EnvironmentId, GroupId};
use protocol::model::{Group, Object, User};

use super::Batch;
use crate::read::{ByEnvironment, Met};
use crate::{Dialect, Statement, Value, placeholders};

/// The environments in which users are written, but for those that begin with the same commit.
pub(super) fn written(changes: &[Change]) -> Vec<EnvironmentId> {
    let mut written: Vec<EnvironmentId> = Vec::new();
    for change in changes {
        match change {
            Change::Put(object, _) => {
                if let Object::User(user) = &**object {
                    written.push(user.environment);
                }
            }
            Change::ImportUsers(users) => written.extend(users.iter().map(|user| user.environment)),
            _ => {}
        }
    }
    written.sort_unstable();
    written.dedup();
    written.retain(|environment| !changes.iter().any(|change| begins(change, *environment)));
    written
}

fn begins(change: &Change, id: EnvironmentId) -> bool {
    let Change::Put(object, Guard::New) = change else { return false };
    matches!(&**object, Object::Environment(environment) if environment.id == id)
}

/// The guards that the filters are those which were decided by.
pub(super) fn hold(batch: &mut Batch, filters: &ByEnvironment) {
    let sql = match batch.dialect {
        // Whoever changes a filter waits for it, and nobody else does.
        Dialect::Postgres => "SELECT 1 FROM environments WHERE id = $1 AND group_filters = $2 FOR KEY SHARE",
        Dialect::Sqlite => "SELECT 1 FROM environments WHERE id = $1 AND group_filters = $2",
    };
    // In the order of their ids, in which everybody holds them.
    let mut all: Vec<_> = filters.iter().map(|(environment, filters)| (*environment, filters.revision)).collect();
    all.sort_unstable();
    for (environment, revision) in all {
        batch.one(sql, vec![environment.uuid().into(), revision.into()]);
    }
}

/// Puts the user, who was written just before, where the filters of their environment want them.
pub(super) fn place(batch: &mut Batch, user: &User, new: bool) {
    let Some(filters) = batch.filters.get(&user.environment).filter(|filters| !filters.is_empty()).cloned() else {
        return;
    };
    let Met { groups, unknown } = filters.met_by(user);
    if !new {
        let stay: Vec<Value> = groups.iter().chain(&unknown).map(|group| group.uuid().into()).collect();
        let rest = if stay.is_empty() {
            String::new()
        } else {
            format!(" AND group_id NOT IN ({})", placeholders(3, stay.len()))
        };
        let key = [user.environment.uuid().into(), user.id.uuid().into()];
        let values: Vec<Value> = key.into_iter().chain(stay).collect();
        for leave in [UNFILTERED, LEFT] {
            batch.push(Statement::new(format!("{leave}{rest}"), values.clone()));
        }
    }
    for group in groups {
        batch.run(
            ENTERED,
            vec![user.environment.uuid().into(), user.id.uuid().into(), group.uuid().into(), user.updated_at.0.into()],
        );
    }
}

/// The filter of a group is about to become this one: from then on nobody writes a user by what was before.
pub(super) fn changes(batch: &mut Batch, group: &Group, guard: Guard) {
    let filter = group.user_filter.clone();
    if guard == Guard::New {
        if filter.is_some() {
            raise(batch, group.environment, None);
            fill(batch, group.environment, group.id, None);
        }
        return;
    }
    let differs = (
        " AND EXISTS (SELECT 1 FROM groups g WHERE g.environment_id = $1 AND g.id = $2 AND g.user_filter IS DISTINCT FROM $3)",
        vec![group.id.uuid().into(), filter.into()],
    );
    raise(batch, group.environment, Some(differs.clone()));
    fill(batch, group.environment, group.id, Some(differs));
}

/// The group ends, and with it its filter, if it has one.
pub(super) fn ends(batch: &mut Batch, environment: EnvironmentId, group: GroupId) {
    let has =
        " AND EXISTS (SELECT 1 FROM groups g WHERE g.environment_id = $1 AND g.id = $2 AND g.user_filter IS NOT NULL)";
    raise(batch, environment, Some((has, vec![group.uuid().into()])));
}

/// A condition with its parameters, which are `$2` and on.
pub(super) type Where = (&'static str, Vec<Value>);

pub(super) fn raise(batch: &mut Batch, environment: EnvironmentId, only: Option<Where>) {
    let (only, values) = only.unwrap_or_default();
    let values: Vec<Value> = std::iter::once(environment.uuid().into()).chain(values).collect();
    if batch.dialect == Dialect::Postgres {
        // An update alone does not wait for those who hold the row's key.
        let held = format!("SELECT 1 FROM environments WHERE id = $1{only} FOR UPDATE");
        batch.push(Statement::new(held, values.clone()));
    }
    let raised = format!("UPDATE environments SET group_filters = group_filters + 1 WHERE id = $1{only}");
    batch.push(Statement::new(raised, values));
}

fn fill(batch: &mut Batch, environment: EnvironmentId, group: GroupId, only: Option<Where>) {
    let (only, values) = only.unwrap_or_else(|| ("", vec![group.uuid().into()]));
    let values = std::iter::once(environment.uuid().into()).chain(values).collect();
    let sql = format!(
        "INSERT INTO group_fillings (environment_id, group_id, revision) SELECT id, $2, group_filters FROM environments WHERE id = $1{only}
         ON CONFLICT (environment_id, group_id) DO UPDATE SET revision = excluded.revision, after_id = NULL"
    );
    batch.push(Statement::new(sql, values));
}

/// Who was put there too stays.
const UNFILTERED: &str =
    "UPDATE group_members SET filtered = FALSE WHERE environment_id = $1 AND user_id = $2 AND filtered AND direct";
const LEFT: &str = "DELETE FROM group_members WHERE environment_id = $1 AND user_id = $2 AND filtered AND NOT direct";
const ENTERED: &str = "INSERT INTO group_members (environment_id, user_id, group_id, created_at, direct, filtered) VALUES ($1, $2, $3, $4, FALSE, TRUE)
     ON CONFLICT (environment_id, user_id, group_id) DO UPDATE SET filtered = TRUE WHERE NOT group_members.filtered";
