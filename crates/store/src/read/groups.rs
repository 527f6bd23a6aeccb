//! Groups: who is in them, directly and through nesting.

use protocol::id::{EnvironmentId, GroupId};

use crate::{Reads, StoreError};

impl Reads {
    /// How many users are in the group or in a group within it, each counted once.
    pub async fn users_within(&self, environment: EnvironmentId, group: GroupId) -> Result<i64, StoreError> {
        let sql = "WITH RECURSIVE within (id) AS (SELECT $2 UNION
                SELECT n.child_id FROM within JOIN group_nestings n ON n.environment_id = $1 AND n.parent_id = within.id)
             SELECT COUNT(DISTINCT m.user_id) FROM within JOIN group_members m ON m.environment_id = $1 AND m.group_id = within.id";
        let row = self.first(sql, vec![environment.uuid().into(), group.uuid().into()]).await?;
        row.map_or(Ok(0), |row| row.i64(0))
    }
}
