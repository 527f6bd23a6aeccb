//! Groups: who is in them, directly and through nesting.

use std::collections::HashMap;

use protocol::filter::{Filter, FilterValue, Op};
use protocol::id::{EnvironmentId, GroupId, UserId};
use protocol::model::{Group, Member, Membership, ObjectKind};

use crate::kinds::texts;
use crate::list::{Scope, Table};
use crate::row::walk::take;
use crate::{List, Page, Reads, Row, StoreError, Value, placeholders};

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

    /// The group, where the member is in it.
    pub async fn membership(
        &self,
        environment: EnvironmentId,
        member: Member,
        group: GroupId,
    ) -> Result<Option<Membership>, StoreError> {
        let value = FilterValue::Text(group.to_string());
        let filter = Some(Filter::Compare { path: "id".to_owned(), op: Op::Eq, value });
        Ok(self.memberships(environment, member, &List { filter, after: None, limit: 1 }).await?.rows.pop())
    }

    /// The groups that each of the users is in, directly or through others, in the order of creation.
    pub async fn groups_of(
        &self,
        environment: EnvironmentId,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Vec<Group>>, StoreError> {
        let mut found: HashMap<UserId, Vec<Group>> = HashMap::new();
        if users.is_empty() {
            return Ok(found);
        }
        let sql = format!(
            "WITH RECURSIVE above (user_id, id) AS (
                SELECT user_id, group_id FROM group_members WHERE environment_id = $1 AND user_id IN ({}) UNION
                SELECT above.user_id, n.parent_id FROM above JOIN group_nestings n ON n.environment_id = $1 AND n.child_id = above.id)
             SELECT g.direct_users, g.body, above.user_id FROM above JOIN groups g ON g.environment_id = $1 AND g.id = above.id
             ORDER BY g.created_at, g.id",
            placeholders(2, users.len())
        );
        let ids = users.iter().map(|id| Value::from(id.uuid()));
        let values = std::iter::once(environment.uuid().into()).chain(ids).collect();
        let rows = self.driver().read(crate::Statement::new(sql, values)).await?;
        let read = |row: &Row| Ok((UserId::new(row.uuid(2)?), take::<Group>(row)?));
        for (user, group) in super::readable(rows.iter().map(read))? {
            found.entry(user).or_default().push(group);
        }
        Ok(found)
    }

    /// How many users are in the group or in a group within it, each counted once.
    pub async fn users_within(&self, environment: EnvironmentId, group: GroupId) -> Result<i64, StoreError> {
        let sql = "WITH RECURSIVE within (id) AS (
                SELECT id FROM groups WHERE environment_id = $1 AND id = $2 UNION
                SELECT n.child_id FROM within JOIN group_nestings n ON n.environment_id = $1 AND n.parent_id = within.id)
             SELECT COUNT(DISTINCT m.user_id) FROM within JOIN group_members m ON m.environment_id = $1 AND m.group_id = within.id";
        let row = self.first(sql, vec![environment.uuid().into(), group.uuid().into()]).await?;
        row.map_or(Ok(0), |row| row.i64(0))
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
        let Some(row) = self.first(sql, values).await? else { return Ok(None) };
        let circle = row.i64(0)? > 0;
        Ok(row.opt_i64(1)?.map(|levels| Nesting { circle, levels }))
    }
}

/// What is selected of each group, and which they are: of the member `$2`.
macro_rules! of_member {
    ($table:literal, $member:literal, $group:literal) => {
        (
            concat!(
                "direct_users, body, CASE WHEN EXISTS (SELECT 1 FROM ", $table, " d WHERE d.environment_id = $1 AND d.", $member,
                " = $2 AND d.", $group, " = groups.id) THEN 'DIRECT' ELSE 'INDIRECT' END"
            ),
            concat!(
                "id IN (WITH RECURSIVE above (id) AS (
                    SELECT ", $group, " FROM ", $table, " WHERE environment_id = $1 AND ", $member, " = $2 UNION
                    SELECT n.parent_id FROM above JOIN group_nestings n ON n.environment_id = $1 AND n.child_id = above.id) SELECT id FROM above)"
            ),
        )
    };
}

const OF_USER: (&str, &str) = of_member!("group_members", "user_id", "group_id");
const OF_GROUP: (&str, &str) = of_member!("group_nestings", "child_id", "parent_id");
