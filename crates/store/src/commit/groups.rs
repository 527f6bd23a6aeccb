//! Statements of who is in which group. Rows are held in one order wherever writers run side by side: the user, the group,
//! the membership.

use protocol::change::Change;
use protocol::id::{EnvironmentId, GroupId, PopulationId, UserId};
use protocol::model::{MAX_NESTED, Member};
use protocol::time::Time;

use super::Batch;
use crate::{Dialect, Value};

/// A user who may be in the group: its population is theirs, where it has one.
macro_rules! user_fits {
    () => {
        "SELECT 1 FROM users u WHERE u.environment_id = $1 AND u.id = $2 AND NOT EXISTS (
            SELECT 1 FROM groups g WHERE g.environment_id = $1 AND g.id = $3 AND g.population_id <> u.population_id)"
    };
}

/// A group may be in one of the environment or of its own population, and one of the environment in any: two populations never
/// share a group.
macro_rules! group_fits {
    () => {
        "SELECT 1 FROM groups child JOIN groups parent ON parent.environment_id = child.environment_id
         WHERE child.environment_id = $1 AND child.id = $2 AND parent.id = $3
            AND (parent.population_id IS NULL OR child.population_id IS NULL OR parent.population_id = child.population_id)"
    };
}

macro_rules! member {
    () => {
        "SELECT 1 FROM group_members WHERE environment_id = $1 AND group_id = $2 AND user_id = $3"
    };
}

macro_rules! leaving {
    ($which:literal) => {
        [
            concat!(
                "SELECT 1 FROM groups WHERE environment_id = $1 AND id IN (",
                $which,
                " AND m.direct) ORDER BY id FOR NO KEY UPDATE"
            ),
            concat!(
                "UPDATE groups SET direct_users = direct_users - 1 WHERE environment_id = $1 AND id IN (",
                $which,
                " AND m.direct)"
            ),
            concat!(
                "DELETE FROM group_members WHERE environment_id = $1 AND user_id = $2 AND group_id IN (",
                $which,
                ")"
            ),
        ]
    };
}

/// Adds the change's statements; hands back what does not concern members of groups.
pub(super) fn add(batch: &mut Batch, change: Change) -> Option<Change> {
    match change {
        Change::JoinGroup { environment, member: Member::User(user), group, at } => {
            join(batch, environment, user, group, at);
        }
        Change::JoinGroup { environment, member: Member::Group(child), group, at } => {
            nest(batch, environment, child, group, at);
        }
        Change::LeaveGroup { environment, member: Member::User(user), group } => {
            leave(batch, environment, user, group);
        }
        Change::LeaveGroup { environment, member: Member::Group(child), group } => batch.one(
            "DELETE FROM group_nestings WHERE environment_id = $1 AND child_id = $2 AND parent_id = $3",
            vec![environment.uuid().into(), child.uuid().into(), group.uuid().into()],
        ),
        change => return Some(change),
    }
    None
}

fn join(batch: &mut Batch, environment: EnvironmentId, user: UserId, group: GroupId, at: Time) {
    let own = || vec![environment.uuid().into(), user.uuid().into(), group.uuid().into()];
    // Who moves to another population meanwhile waits, or is seen there.
    let fits = match batch.dialect {
        Dialect::Postgres => concat!(user_fits!(), " FOR SHARE OF u"),
        Dialect::Sqlite => user_fits!(),
    };
    batch.one(fits, own());
    batch.one(
        "UPDATE groups SET direct_users = direct_users + 1 WHERE environment_id = $1 AND id = $2",
        vec![environment.uuid().into(), group.uuid().into()],
    );
    let mut values = own();
    values.push(at.0.into());
    batch.one(
        "INSERT INTO group_members (environment_id, user_id, group_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (environment_id, user_id, group_id) DO UPDATE SET direct = TRUE WHERE NOT group_members.direct",
        values,
    );
}

/// Who meets the group's filter is in it all the same.
fn leave(batch: &mut Batch, environment: EnvironmentId, user: UserId, group: GroupId) {
    let key = || vec![environment.uuid().into(), group.uuid().into()];
    batch.one("UPDATE groups SET direct_users = direct_users - 1 WHERE environment_id = $1 AND id = $2", key());
    let values = || key().into_iter().chain([user.uuid().into()]).collect::<Vec<Value>>();
    let held = match batch.dialect {
        Dialect::Postgres => concat!(member!(), " AND direct FOR UPDATE"),
        Dialect::Sqlite => concat!(member!(), " AND direct"),
    };
    batch.one(held, values());
    batch.run(
        "DELETE FROM group_members WHERE environment_id = $1 AND group_id = $2 AND user_id = $3 AND NOT filtered",
        values(),
    );
    batch.run(
        "UPDATE group_members SET direct = FALSE WHERE environment_id = $1 AND group_id = $2 AND user_id = $3",
        values(),
    );
}

fn nest(batch: &mut Batch, environment: EnvironmentId, child: GroupId, parent: GroupId, at: Time) {
    let own = || vec![environment.uuid().into(), child.uuid().into(), parent.uuid().into()];
    if batch.dialect == Dialect::Postgres {
        // Of two nestings that make a circle together neither is one alone: an environment's are made one after another.
        batch.one("SELECT 1 FROM environments WHERE id = $1 FOR NO KEY UPDATE", vec![environment.uuid().into()]);
    }
    let fits = match batch.dialect {
        Dialect::Postgres => concat!(group_fits!(), " FOR KEY SHARE"),
        Dialect::Sqlite => group_fits!(),
    };
    batch.one(fits, own());
    let mut values = own();
    values.push(MAX_NESTED.into());
    batch.one(
        concat!(
            crate::read::chains!(),
            "SELECT 1 FROM groups WHERE environment_id = $1 AND id = $3 AND NOT EXISTS (SELECT 1 FROM above WHERE id = $2)
                AND (SELECT MAX(level) FROM above) + (SELECT MAX(level) FROM below) <= $4"
        ),
        values,
    );
    let mut values = own();
    values.push(at.0.into());
    batch.one(
        "INSERT INTO group_nestings (environment_id, child_id, parent_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        values,
    );
}

/// The user leaves every group or, with a population, those of the others: who moves is taken out of them.
pub(super) fn user_leaves(batch: &mut Batch, environment: EnvironmentId, user: UserId, stays: Option<PopulationId>) {
    let [lock, count, leave] = if stays.is_some() { OTHERS } else { ALL };
    let values = || -> Vec<Value> {
        let stays = stays.map(|population| population.uuid().into());
        [environment.uuid().into(), user.uuid().into()].into_iter().chain(stays).collect()
    };
    if batch.dialect == Dialect::Postgres {
        // Two users who leave the same groups meet them in one order.
        batch.run(lock, values());
    }
    batch.run(count, values());
    batch.run(leave, values());
}

const ALL: [&str; 3] =
    leaving!("SELECT m.group_id FROM group_members m WHERE m.environment_id = $1 AND m.user_id = $2");
const OTHERS: [&str; 3] = leaving!(
    "SELECT m.group_id FROM group_members m JOIN groups g ON g.environment_id = m.environment_id AND g.id = m.group_id
     WHERE m.environment_id = $1 AND m.user_id = $2 AND g.population_id <> $3"
);
