//! Roles: what somebody holds by themselves and by the groups that they are in, and to whom a role was given.

use std::sync::OnceLock;

use protocol::id::{EnvironmentId, RoleId};
use protocol::model::{ObjectKind, RoleAssignment};
use uuid::Uuid;

use crate::kinds::texts;
use crate::row::walk::take;
use crate::{Reads, StoreError};

impl Reads {
    /// What the actor holds, directly or by a group that they are in, themselves or through others.
    pub async fn held(&self, environment: EnvironmentId, actor: Uuid) -> Result<Vec<RoleAssignment>, StoreError> {
        let rows = self.rows(held(), vec![environment.uuid().into(), actor.into()]).await?;
        super::readable(rows.iter().map(take))
    }

    /// The same, where one that this version cannot read must not be passed over: it may be what forbids.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for such a one.
    pub async fn every_held(&self, environment: EnvironmentId, actor: Uuid) -> Result<Vec<RoleAssignment>, StoreError> {
        let rows = self.rows(held(), vec![environment.uuid().into(), actor.into()]).await?;
        rows.iter().map(take).collect()
    }

    /// Every assignment of a role of the environment's own making, which is given to actors of the environment alone.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for one that this version cannot read.
    pub async fn given(&self, environment: EnvironmentId, role: RoleId) -> Result<Vec<RoleAssignment>, StoreError> {
        static TEXT: OnceLock<String> = OnceLock::new();
        let text = TEXT.get_or_init(|| selected("environment_id = $1 AND role = $2"));
        let rows = self.rows(text, vec![environment.uuid().into(), role.uuid().into()]).await?;
        rows.iter().map(take).collect()
    }
}

/// By a group's filter nobody holds anything: whoever may edit a user could give it to them.
fn held() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        selected(
            "environment_id = $1 AND (actor = $2 OR actor IN (WITH RECURSIVE above (id) AS (
                SELECT group_id FROM group_members WHERE environment_id = $1 AND user_id = $2 AND direct UNION
                SELECT parent_id FROM group_nestings WHERE environment_id = $1 AND child_id = $2 UNION
                SELECT n.parent_id FROM above JOIN group_nestings n ON n.environment_id = $1 AND n.child_id = above.id)
             SELECT id FROM above))",
        )
    })
}

fn selected(condition: &str) -> String {
    let select = texts(ObjectKind::RoleAssignment).table.select;
    format!("SELECT {select} FROM role_assignments WHERE {condition} ORDER BY id")
}
