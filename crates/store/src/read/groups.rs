//! Groups: who is in them, directly and through nesting.

use std::collections::HashMap;

use protocol::id::{EnvironmentId, GroupId, PopulationId, UserId};
use protocol::model::{Member, Membership, ObjectKind};
use uuid::Uuid;

use crate::kinds::texts;
use crate::list::{Scope, Table};
use crate::row::walk::take;
use crate::{List, Page, Reads, Row, Statement, StoreError, Value, placeholders};

/// The groups from `$3` upwards and from `$2` downwards, each with its places in the chains. Chains are bounded when they are
/// made; should one be longer all the same, it is followed no further.
macro_rules! chains {
    () => {
        "WITH RECURSIVE above (id, level) AS (
            SELECT id, 1 FROM groups WHERE environment_id = $1 AND id = $3 UNION
            SELECT n.parent_id, level + 1 FROM above JOIN group_nestings n ON n.environment_id = $1 AND n.child_id = above.id WHERE level < 100),
         below (id, level) AS (
            SELECT id, 1 FROM groups WHERE environment_id = $1 AND id = $2 UNION
            SELECT n.child_id, level + 1 FROM below JOIN group_nestings n ON n.environment_id = $1 AND n.parent_id = below.id WHERE level < 100)
         "
    };
}
pub(crate) use chains;

/// A group's id and name, and the population whose it is.
pub type GroupNamed = (GroupId, String, Option<PopulationId>);

/// What nesting one group in another would make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nesting {
    /// The group would be within itself.
    pub circle: bool,
    /// How many groups the longest chain through both would have.
    pub levels: i64,
}

impl Reads {
    /// A page of the groups that the member is in, directly or through others.
    pub async fn memberships(
        &self,
        environment: EnvironmentId,
        member: Member,
        list: &List,
    ) -> Result<Page<Membership>, StoreError> {
        let (select, scope, id) = match member {
            Member::User(id) => (OF_USER.0, OF_USER.1, id.uuid()),
            Member::Group(id) => (OF_GROUP.0, OF_GROUP.1, id.uuid()),
        };
        let table = Table { select, ..texts(ObjectKind::Group).table };
        let scope = Scope::some(environment, scope, [id.into()]);
        self.page(&table, scope, list, |row| Ok(Membership { group: take(row)?, direct: row.text(2)? == "DIRECT" }))
            .await
    }

    /// The group, where the member is in it itself.
    pub async fn direct_membership(
        &self,
        environment: EnvironmentId,
        member: Member,
        group: GroupId,
    ) -> Result<Option<Membership>, StoreError> {
        let (sql, id) = match member {
            Member::User(id) => (USER_IN, id.uuid()),
            Member::Group(id) => (GROUP_IN, id.uuid()),
        };
        let row = self.first(sql, vec![environment.uuid().into(), id.into(), group.uuid().into()]).await?;
        row.map(|row| Ok(Membership { group: take(&row)?, direct: true })).transpose()
    }

    /// The group, where the member is in it, itself or through others.
    pub async fn membership(
        &self,
        environment: EnvironmentId,
        member: Member,
        group: GroupId,
    ) -> Result<Option<Membership>, StoreError> {
        if let Some(held) = self.direct_membership(environment, member, group).await? {
            return Ok(Some(held));
        }
        let (condition, id) = match member {
            Member::User(id) => (OF_USER.1, id.uuid()),
            Member::Group(id) => (OF_GROUP.1, id.uuid()),
        };
        let sql =
            format!("SELECT direct_users, body FROM groups WHERE environment_id = $1 AND id = $3 AND {condition}");
        let statement = Statement::new(sql, vec![environment.uuid().into(), id.into(), group.uuid().into()]);
        let row = self.listed(environment.uuid(), statement).await?.into_iter().next();
        row.map(|row| Ok(Membership { group: take(&row)?, direct: false })).transpose()
    }

    /// The groups that each of the users is in, directly or through others, in the order of creation.
    pub async fn groups_of(
        &self,
        environment: EnvironmentId,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Vec<GroupNamed>>, StoreError> {
        let mut found: HashMap<UserId, Vec<GroupNamed>> = HashMap::new();
        if users.is_empty() {
            return Ok(found);
        }
        // SQLite takes what is joined crosswise in the order in which it is written.
        let sql = format!(
            "WITH RECURSIVE above (user_id, id) AS (
                SELECT user_id, group_id FROM group_members WHERE environment_id = $1 AND user_id IN ({ids}) UNION
                SELECT above.user_id, n.parent_id FROM above CROSS JOIN group_nestings n WHERE n.environment_id = $1 AND n.child_id = above.id)
             SELECT above.user_id, g.id, {name}, g.population_id FROM above CROSS JOIN groups g WHERE g.environment_id = $1 AND g.id = above.id
             ORDER BY g.created_at, g.id",
            ids = placeholders(2, users.len()),
            name = self.dialect().json_text("g.body", "name"),
        );
        let statement = Statement::new(sql, with_ids(environment, users.iter().map(|id| id.uuid())));
        let rows = self.listed(environment.uuid(), statement).await?;
        let read = |row: &Row| {
            let population = row.opt_uuid(3)?.map(PopulationId::new);
            Ok((UserId::new(row.uuid(0)?), (GroupId::new(row.uuid(1)?), row.text(2)?.to_owned(), population)))
        };
        for (user, group) in super::readable(rows.iter().map(read))? {
            found.entry(user).or_default().push(group);
        }
        Ok(found)
    }

    /// The groups that the user is in, directly, by a filter or through others: `most` of them, in the order of creation, and whether
    /// that is all.
    ///
    /// It is for whatever tells of somebody's groups with every token, so it costs as much as they are in and no more.
    pub async fn groups_held(
        &self,
        environment: EnvironmentId,
        user: UserId,
        most: usize,
    ) -> Result<(Vec<(GroupId, String)>, bool), StoreError> {
        let sql = format!(
            "{HELD} SELECT g.id, {name} FROM held CROSS JOIN groups g WHERE g.environment_id = $1 AND g.id = held.id
             ORDER BY g.created_at, g.id LIMIT {limit}",
            name = self.dialect().json_text("g.body", "name"),
            limit = most.saturating_add(1),
        );
        let values = vec![environment.uuid().into(), user.uuid().into()];
        let rows = self.driver().read(Statement::new(sql, values)).await?;
        let read = |row: &Row| Ok((GroupId::new(row.uuid(0)?), row.text(1)?.to_owned()));
        let mut groups = super::readable(rows.iter().map(read))?;
        let all = rows.len() <= most;
        groups.truncate(most);
        Ok((groups, all))
    }

    /// Those of `groups` that the user is in, directly, by a filter or through others.
    pub async fn groups_among(
        &self,
        environment: EnvironmentId,
        user: UserId,
        groups: &[GroupId],
    ) -> Result<Vec<GroupId>, StoreError> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("{HELD} SELECT id FROM held WHERE id IN ({})", placeholders(3, groups.len()));
        let ids = groups.iter().map(|group| group.uuid());
        let values = with_ids(environment, std::iter::once(user.uuid()).chain(ids));
        let rows = self.driver().read(Statement::new(sql, values)).await?;
        rows.iter().map(|row| row.uuid(0).map(GroupId::new)).collect()
    }

    /// How many users are in each of the groups or in a group within it, each counted once. Nobody is in a group that is left out.
    pub async fn users_within(
        &self,
        environment: EnvironmentId,
        groups: &[GroupId],
    ) -> Result<HashMap<GroupId, i64>, StoreError> {
        if groups.is_empty() {
            return Ok(HashMap::new());
        }
        let sql = format!(
            "WITH RECURSIVE within (top, id) AS (
                SELECT id, id FROM groups WHERE environment_id = $1 AND id IN ({ids}) UNION
                SELECT within.top, n.child_id FROM within CROSS JOIN group_nestings n WHERE n.environment_id = $1 AND n.parent_id = within.id)
             SELECT within.top, COUNT(DISTINCT m.user_id) FROM within CROSS JOIN group_members m WHERE m.environment_id = $1 AND m.group_id = within.id
             GROUP BY within.top",
            ids = placeholders(2, groups.len()),
        );
        let statement = Statement::new(sql, with_ids(environment, groups.iter().map(|id| id.uuid())));
        let rows = self.listed(environment.uuid(), statement).await?;
        rows.iter().map(|row| Ok((GroupId::new(row.uuid(0)?), row.i64(1)?))).collect()
    }

    /// What it would make if `child` were put into `parent`. None where one of them is not there.
    pub async fn nesting(
        &self,
        environment: EnvironmentId,
        child: GroupId,
        parent: GroupId,
    ) -> Result<Option<Nesting>, StoreError> {
        let sql = concat!(
            chains!(),
            "SELECT (SELECT COUNT(*) FROM above WHERE id = $2), CAST((SELECT MAX(level) FROM above) + (SELECT MAX(level) FROM below) AS BIGINT)"
        );
        let values = vec![environment.uuid().into(), child.uuid().into(), parent.uuid().into()];
        let found = self.listed(environment.uuid(), Statement::new(sql, values)).await?;
        let Some(row) = found.first() else { return Ok(None) };
        let circle = row.i64(0)? > 0;
        Ok(row.opt_i64(1)?.map(|levels| Nesting { circle, levels }))
    }
}

/// The environment and the ids, as parameters.
fn with_ids(environment: EnvironmentId, ids: impl Iterator<Item = Uuid>) -> Vec<Value> {
    std::iter::once(environment.uuid()).chain(ids).map(Value::from).collect()
}

/// The groups of user `$2`. SQLite takes what is joined crosswise in the order in which it is written.
const HELD: &str = "WITH RECURSIVE held (id) AS (
        SELECT group_id FROM group_members WHERE environment_id = $1 AND user_id = $2 UNION
        SELECT n.parent_id FROM held CROSS JOIN group_nestings n WHERE n.environment_id = $1 AND n.child_id = held.id)";

/// The group `$3` with the member `$2` in it.
macro_rules! member_in {
    ($table:literal, $member:literal, $group:literal, $direct:literal) => {
        concat!(
            "SELECT g.direct_users, g.body FROM ",
            $table,
            " d JOIN groups g ON g.environment_id = d.environment_id AND g.id = d.",
            $group,
            " WHERE d.environment_id = $1 AND d.",
            $member,
            " = $2 AND d.",
            $group,
            " = $3",
            $direct
        )
    };
}

const USER_IN: &str = member_in!("group_members", "user_id", "group_id", " AND d.direct");
const GROUP_IN: &str = member_in!("group_nestings", "child_id", "parent_id", "");

/// What is selected of each group, and which they are: of the member `$2`.
macro_rules! of_member {
    ($table:literal, $member:literal, $group:literal, $direct:literal) => {
        (
            concat!(
                "direct_users, body, CASE WHEN EXISTS (SELECT 1 FROM ", $table, " d WHERE d.environment_id = $1 AND d.", $member,
                " = $2 AND d.", $group, " = groups.id", $direct, ") THEN 'DIRECT' ELSE 'INDIRECT' END"
            ),
            concat!(
                "id IN (WITH RECURSIVE above (id) AS (
                    SELECT ", $group, " FROM ", $table, " WHERE environment_id = $1 AND ", $member, " = $2 UNION
                    SELECT n.parent_id FROM above JOIN group_nestings n ON n.environment_id = $1 AND n.child_id = above.id) SELECT id FROM above)"
            ),
        )
    };
}

const OF_USER: (&str, &str) = of_member!("group_members", "user_id", "group_id", " AND d.direct");
const OF_GROUP: (&str, &str) = of_member!("group_nestings", "child_id", "parent_id", "");
